//! The trait for data sources.

use async_trait::async_trait;

use super::context::{Configured, Context};
use super::diagnostics::Diagnostics;
use super::model::Model;

/// Something to read.
#[async_trait]
pub trait DataSource: Send + Sync + 'static {
    /// The clients that the provider configuration creates.
    type Clients: Configured;
    /// The schema.
    type Model: Model;

    /// Checks a configuration beyond what the schema's validators do. Any value may be unknown.
    fn validate(&self, _config: &Self::Model, _diagnostics: &mut Diagnostics) {}

    /// Reads. Every configured value is known; the answer keeps them and fills the computed ones.
    async fn read(
        &self,
        context: &Context<Self::Clients>,
        config: Self::Model,
        diagnostics: &mut Diagnostics,
    ) -> Result<Self::Model, Diagnostics>;
}
