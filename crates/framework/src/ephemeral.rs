//! The trait for ephemeral resources, whose values are not stored in plan or state.

use std::time::SystemTime;

use async_trait::async_trait;

use super::context::{Configured, Context};
use super::diagnostics::Diagnostics;
use super::model::Model;
use super::private::Private;

/// A value that lives only while Terraform runs.
#[async_trait]
pub trait EphemeralResource: Send + Sync + 'static {
    /// The clients that the provider configuration creates.
    type Clients: Configured;
    /// The schema.
    type Model: Model;

    /// Checks a configuration beyond what the schema's validators do. Any value may be unknown.
    fn validate(&self, _config: &Self::Model, _diagnostics: &mut Diagnostics) {}

    /// Obtains the value. Every configured value is known. The result keeps them and fills the computed values. If an
    /// error is returned, the value must be released first, because Terraform core does not close it.
    async fn open(
        &self,
        context: &Context<Self::Clients>,
        config: Self::Model,
        lease: &mut Lease,
    ) -> Result<Self::Model, Diagnostics>;

    /// Keeps the value usable; the lease says when to come back.
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
    /// When to renew; none ends renewal.
    pub renew_at: Option<SystemTime>,
    /// The data for renewing and closing.
    pub private: Private,
}
