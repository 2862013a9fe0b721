//! The trait for actions, which run on request and leave no state.

use async_trait::async_trait;
use tokio::sync::mpsc;

use super::context::{Configured, Context};
use super::diagnostics::Diagnostics;
use super::model::Model;

/// Something done on request.
#[async_trait]
pub trait Action: Send + Sync + 'static {
    /// The clients that the provider configuration creates.
    type Clients: Configured;
    /// The configuration.
    type Model: Model;

    /// Checks a configuration beyond what the schema's validators do. Any value may be unknown.
    fn validate(&self, _config: &Self::Model, _diagnostics: &mut Diagnostics) {}

    /// Validates during plan. Values may be unknown.
    async fn plan(&self, _context: &Context<Self::Clients>, _config: &Self::Model) -> Result<(), Diagnostics> {
        Ok(())
    }

    /// Does it. Every configured value is known.
    async fn invoke(
        &self,
        context: &Context<Self::Clients>,
        config: Self::Model,
        progress: &Progress,
    ) -> Result<(), Diagnostics>;
}

/// Where an action reports what it is doing.
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
