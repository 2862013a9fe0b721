//! `test_faulty`: an object with which something goes wrong on request, or that is very large.

use async_trait::async_trait;
use framework::context::Context;
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::identity::NoIdentity;
use framework::model::{Attr, Model};
use framework::resource::{Change, ImportTarget, Plan, Record, Resource};
use framework::validators;

use crate::journal;
use crate::provider::Clients;

const KIND: &str = "faulty";
const FAULTS: &[&str] = &[
    "fail_before_create",
    "fail_halfway",
    "panic_halfway",
    "wait_halfway",
    "panic_in_plan",
    "panic_in_read",
    "panic_in_update",
    "fail_in_update",
    "fail_in_delete",
    "panic_in_delete",
    "wait_in_delete",
    "break_plan",
    "break_result",
];

/// A faulty.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub(crate) struct FaultyModel {
    /// The name.
    #[attribute(required, replace)]
    pub(crate) name: Attr<String>,
    /// What goes wrong.
    #[attribute(optional, validate = [validators::one_of(FAULTS)])]
    pub(crate) fault: Attr<String>,
    /// How large the payload is, in bytes.
    #[attribute(optional)]
    pub(crate) size: Attr<i64>,
    /// Something large.
    #[attribute(computed)]
    pub(crate) payload: Attr<String>,
    /// How far it came.
    #[attribute(computed)]
    pub(crate) progress: Attr<String>,
}

/// `test_faulty`.
pub(crate) struct Faulty;

impl FaultyModel {
    fn at(&self, progress: &str) -> Self {
        let size = self.size.known().and_then(|size| usize::try_from(*size).ok()).unwrap_or_default();
        Self { payload: Attr::Known("x".repeat(size)), progress: progress.into(), ..self.clone() }
    }

    fn goes_wrong(&self, fault: &str) -> bool {
        self.fault.text() == Some(fault)
    }

    fn name(&self) -> &str {
        self.name.text().unwrap_or_default()
    }
}

fn failure(words: &str) -> Diagnostics {
    Diagnostic::error(format!("The faulty {words}"), "It was asked for.").into()
}

async fn wait(context: &Context<Clients>) -> Diagnostics {
    journal::note("waiting");
    context.cancellation().cancelled().await;
    journal::note("cancelled");
    failure("was interrupted")
}

#[async_trait]
impl Resource for Faulty {
    type Clients = Clients;
    type Model = FaultyModel;
    type Identity = NoIdentity;

    async fn plan(&self, _context: &Context<Clients>, plan: &mut Plan<FaultyModel>) -> Result<(), Diagnostics> {
        if plan.config.goes_wrong("break_plan") {
            plan.planned.name = "another".into();
        }
        assert!(!plan.config.goes_wrong("panic_in_plan"), "the plan was bad");
        Ok(())
    }

    async fn create(
        &self,
        context: &Context<Clients>,
        change: &Change<FaultyModel>,
        record: &mut Record<FaultyModel>,
    ) -> Result<(), Diagnostics> {
        let planned = &change.planned;
        if planned.goes_wrong("fail_before_create") {
            return Err(failure("failed before it began"));
        }
        let store = &context.clients()?.store;
        let half = planned.at("half");
        store.put(KIND, planned.name(), &half)?;
        record.save(half);
        assert!(!planned.goes_wrong("panic_halfway"), "the rope broke");
        if planned.goes_wrong("fail_halfway") {
            return Err(failure("failed halfway"));
        }
        if planned.goes_wrong("wait_halfway") {
            return Err(wait(context).await);
        }
        let mut done = planned.at("done");
        store.put(KIND, planned.name(), &done)?;
        if planned.goes_wrong("break_result") {
            done.size = Attr::Known(-1);
        }
        record.save(done);
        Ok(())
    }

    async fn read(&self, context: &Context<Clients>, record: &mut Record<FaultyModel>) -> Result<(), Diagnostics> {
        let Some(faulty) = record.state().cloned() else { return Ok(()) };
        assert!(!faulty.goes_wrong("panic_in_read"), "the light went out");
        match context.clients()?.store.get(KIND, faulty.name())? {
            Some(found) => record.save(found),
            None => record.gone(),
        }
        Ok(())
    }

    async fn update(
        &self,
        context: &Context<Clients>,
        change: &Change<FaultyModel>,
        record: &mut Record<FaultyModel>,
    ) -> Result<(), Diagnostics> {
        let half = change.planned.at("half");
        assert!(!half.goes_wrong("panic_in_update"), "the wire snapped");
        let store = &context.clients()?.store;
        if half.goes_wrong("fail_in_update") {
            store.put(KIND, half.name(), &half)?;
            record.save(half);
            return Err(failure("failed in the middle of a change"));
        }
        let done = change.planned.at("done");
        store.put(KIND, done.name(), &done)?;
        record.save(done);
        Ok(())
    }

    async fn delete(&self, context: &Context<Clients>, record: &mut Record<FaultyModel>) -> Result<(), Diagnostics> {
        let Some(faulty) = record.state().cloned() else { return Ok(()) };
        assert!(!faulty.goes_wrong("panic_in_delete"), "the session collapsed");
        if faulty.goes_wrong("wait_in_delete") {
            return Err(wait(context).await);
        }
        if faulty.goes_wrong("fail_in_delete") {
            // The next try succeeds.
            record.save(FaultyModel { fault: Attr::Null, ..faulty });
            return Err(failure("cannot be undone"));
        }
        context.clients()?.store.delete(KIND, faulty.name())
    }

    async fn import(
        &self,
        _context: &Context<Clients>,
        _target: ImportTarget<NoIdentity>,
    ) -> Result<FaultyModel, Diagnostics> {
        Err(failure("cannot be imported"))
    }
}
