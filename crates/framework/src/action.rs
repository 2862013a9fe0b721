//! The trait for actions, which run on request and leave no state.

use async_trait::async_trait;
use tokio::sync::mpsc;

use super::context::{Configured, Context};
use super::diagnostics::Diagnostics;
use super::model::Model;

/// An operation that runs on request.
#[async_trait]
pub trait Action: Send + Sync + 'static {
    /// The clients that the provider configuration creates.
    type Clients: Configured;
    /// The model of the configuration.
    type Model: Model;

    /// Validates the configuration beyond the validators of the schema. Any value can be unknown.
    fn validate(&self, _config: &Self::Model, _diagnostics: &mut Diagnostics) {}

    /// Validates during plan. Values may be unknown.
    async fn plan(&self, _context: &Context<Self::Clients>, _config: &Self::Model) -> Result<(), Diagnostics> {
        Ok(())
    }

    /// Runs the action. Every configured value is known.
    async fn invoke(
        &self,
        context: &Context<Self::Clients>,
        config: Self::Model,
        progress: &Progress,
    ) -> Result<(), Diagnostics>;
}

/// Receives the progress of an action.
#[derive(Debug, Clone)]
pub struct Progress(mpsc::UnboundedSender<String>);

impl Progress {
    pub(crate) fn new(sender: mpsc::UnboundedSender<String>) -> Self {
        Self(sender)
    }

    /// Shows a line to the user.
    pub fn report(&self, message: impl Into<String>) {
        // If the receiver is closed, the action continues.
        let _ = self.0.send(message.into());
    }
}
