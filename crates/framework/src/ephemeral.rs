//! What an author implements for an ephemeral resource: a value that no plan or state holds.

use std::time::SystemTime;

use async_trait::async_trait;

use super::context::{Configured, Context};
use super::diagnostics::Diagnostics;
use super::model::Model;
use super::private::Private;

/// A value that lives only while Terraform runs.
#[async_trait]
pub trait EphemeralResource: Send + Sync + 'static {
    /// What the provider's configuration becomes.
    type Clients: Configured;
    /// The schema.
    type Model: Model;

    /// Checks a configuration beyond what the schema's validators do. Any value may be unknown.
    fn validate(&self, _config: &Self::Model, _diagnostics: &mut Diagnostics) {}

    /// Obtains the value. Every configured value is known; the answer keeps them and fills the computed ones.
    /// What was obtained is given up again before an error is returned, as core will not close it.
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

    /// Gives the value up. The lease may be that of the opening or of the last renewal.
    async fn close(&self, _context: &Context<Self::Clients>, _lease: &Lease) -> Result<(), Diagnostics> {
        Ok(())
    }
}

/// What is remembered of an open ephemeral resource.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lease {
    /// When to renew; none ends renewal.
    pub renew_at: Option<SystemTime>,
    /// What renewing and closing need.
    pub private: Private,
}
