//! The trait for data sources.

use async_trait::async_trait;

use super::context::{Configured, Context};
use super::diagnostics::Diagnostics;
use super::model::Model;

/// An object that can be read.
#[async_trait]
pub trait DataSource: Send + Sync + 'static {
    /// The clients that the provider configuration creates.
    type Clients: Configured;
    /// The schema.
    type Model: Model;

    /// Validates the configuration beyond the validators of the schema. Any value can be unknown.
    fn validate(&self, _config: &Self::Model, _diagnostics: &mut Diagnostics) {}

    /// Reads the object. Every configured value is known. The result keeps them and sets the computed values.
    async fn read(
        &self,
        context: &Context<Self::Clients>,
        config: Self::Model,
        diagnostics: &mut Diagnostics,
    ) -> Result<Self::Model, Diagnostics>;
}
