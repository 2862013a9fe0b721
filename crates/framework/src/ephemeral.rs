//! The trait for ephemeral resources, whose values are not stored in plan or state.

use std::time::SystemTime;

use async_trait::async_trait;

use super::context::{Configured, Context};
use super::diagnostics::Diagnostics;
use super::model::Model;
use super::private::Private;

/// A value that exists only while Terraform runs.
#[async_trait]
pub trait EphemeralResource: Send + Sync + 'static {
    /// The clients that the provider configuration creates.
    type Clients: Configured;
    /// The schema.
    type Model: Model;

    /// Validates the configuration beyond the validators of the schema. Any value can be unknown.
    fn validate(&self, _config: &Self::Model, _diagnostics: &mut Diagnostics) {}

    /// Obtains the value. Every configured value is known. The result keeps them and fills the computed values. If an
    /// error is returned, the value must be released first, because Terraform core does not close it.
    async fn open(
        &self,
        context: &Context<Self::Clients>,
        config: Self::Model,
        lease: &mut Lease,
    ) -> Result<Self::Model, Diagnostics>;

    /// Renews the value. The lease contains the time of the next renewal.
    async fn renew(&self, _context: &Context<Self::Clients>, _lease: &mut Lease) -> Result<(), Diagnostics> {
        Ok(())
    }

    /// Releases the value. The lease can come from the open operation or from the last renewal.
    async fn close(&self, _context: &Context<Self::Clients>, _lease: &Lease) -> Result<(), Diagnostics> {
        Ok(())
    }
}

/// The stored data of an open ephemeral resource.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lease {
    /// Time of the next renewal. `None` if no renewal is required.
    pub renew_at: Option<SystemTime>,
    /// The data for renewing and closing.
    pub private: Private,
}
