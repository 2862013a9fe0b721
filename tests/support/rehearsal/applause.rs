//! `rehearsal_applause`, an action. The journal tells what was done.

use async_trait::async_trait;
use framework::action::{Action, Progress};
use framework::context::Context;
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::model::{Attr, Model};
use framework::validators;

use crate::journal;
use crate::provider::Clients;

/// Applause.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub(crate) struct ApplauseModel {
    /// For whom.
    #[attribute(required)]
    pub(crate) actor: Attr<String>,
    /// How often.
    #[attribute(optional, validate = [validators::between(1..=1000)])]
    pub(crate) claps: Attr<i64>,
    /// How it ends: well without it.
    #[attribute(optional, validate = [validators::one_of(&["fail", "panic", "wait"])])]
    pub(crate) ending: Attr<String>,
}

/// `rehearsal_applause`.
pub(crate) struct Applause;

#[async_trait]
impl Action for Applause {
    type Clients = Clients;
    type Model = ApplauseModel;

    async fn plan(&self, _context: &Context<Clients>, config: &ApplauseModel) -> Result<(), Diagnostics> {
        if config.actor.text() == Some("nobody") {
            return Err(Diagnostic::error("Nobody to applaud", "Name an actor.").into());
        }
        Ok(())
    }

    async fn invoke(
        &self,
        context: &Context<Clients>,
        config: ApplauseModel,
        progress: &Progress,
    ) -> Result<(), Diagnostics> {
        context.clients()?;
        let actor = config.actor.text().unwrap_or_default();
        for clap in 1..=config.claps.known().copied().unwrap_or(1) {
            progress.report(format!("clap {clap} for {actor}"));
            journal::note(&format!("clap {clap} for {actor}"));
        }
        match config.ending.text() {
            Some("fail") => Err(Diagnostic::error("The applause failed", "Hands hurt.").into()),
            Some("panic") => panic!("the applause brought the house down"),
            Some("wait") => {
                journal::note("waiting");
                context.cancellation().cancelled().await;
                Err(Diagnostic::error("The applause was interrupted", "Somebody shouted stop.").into())
            }
            _ => Ok(()),
        }
    }
}
