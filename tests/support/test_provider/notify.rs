//! `test_notify`, an action. The journal tells what was done.

use async_trait::async_trait;
use framework::action::{Action, Progress};
use framework::context::Context;
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::model::{Attr, Model};
use framework::validators;

use crate::journal;
use crate::provider::Clients;

/// Notify.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub(crate) struct NotifyModel {
    /// For whom.
    #[attribute(required)]
    pub(crate) basic: Attr<String>,
    /// How often.
    #[attribute(optional, validate = [validators::between(1..=1000)])]
    pub(crate) times: Attr<i64>,
    /// How it ends: well without it.
    #[attribute(optional, validate = [validators::one_of(&["fail", "panic", "wait"])])]
    pub(crate) ending: Attr<String>,
}

/// `test_notify`.
pub(crate) struct Notify;

#[async_trait]
impl Action for Notify {
    type Clients = Clients;
    type Model = NotifyModel;

    async fn plan(&self, _context: &Context<Clients>, config: &NotifyModel) -> Result<(), Diagnostics> {
        if config.basic.text() == Some("nobody") {
            return Err(Diagnostic::error("Nobody to applaud", "Name a basic object.").into());
        }
        Ok(())
    }

    async fn invoke(
        &self,
        context: &Context<Clients>,
        config: NotifyModel,
        progress: &Progress,
    ) -> Result<(), Diagnostics> {
        context.clients()?;
        let basic = config.basic.text().unwrap_or_default();
        for notice in 1..=config.times.known().copied().unwrap_or(1) {
            progress.report(format!("notice {notice} for {basic}"));
            journal::note(&format!("notice {notice} for {basic}"));
        }
        match config.ending.text() {
            Some("fail") => Err(Diagnostic::error("The notify failed", "Hands hurt.").into()),
            Some("panic") => panic!("the notify brought the house down"),
            Some("wait") => {
                journal::note("waiting");
                context.cancellation().cancelled().await;
                Err(Diagnostic::error("The notify was interrupted", "Somebody shouted stop.").into())
            }
            _ => Ok(()),
        }
    }
}
