//! What every call of an object is given: the configured clients and the word to stop.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::diagnostics::{Diagnostic, Diagnostics};
use super::tags::TagPolicy;

/// What a provider's configuration becomes.
pub trait Configured: Send + Sync + 'static {
    /// The tags that all objects share or leave alone.
    fn tag_policy(&self) -> TagPolicy {
        TagPolicy::default()
    }

    /// What the configuration lacks, without which nothing can be asked or changed. What needs nobody's answer works all
    /// the same.
    fn missing(&self) -> Option<Diagnostic> {
        None
    }
}

impl Configured for () {}

/// The surroundings of one call.
#[derive(Debug)]
pub struct Context<C> {
    clients: Option<Arc<C>>,
    cancellation: CancellationToken,
}

impl<C> Clone for Context<C> {
    fn clone(&self) -> Self {
        Self { clients: self.clients.clone(), cancellation: self.cancellation.clone() }
    }
}

impl<C> Context<C> {
    /// A context for calls before, or with an incomplete, provider configuration.
    #[must_use]
    pub fn new(clients: Option<Arc<C>>, cancellation: CancellationToken) -> Self {
        Self { clients, cancellation }
    }

    /// The clients, if the provider's configuration is known.
    #[must_use]
    pub fn configured(&self) -> Option<&C> {
        self.clients.as_deref()
    }

    /// Tripped when the user interrupts.
    #[must_use]
    pub fn cancellation(&self) -> &CancellationToken {
        &self.cancellation
    }
}

impl<C: Configured> Context<C> {
    /// The clients to ask while planning, if the provider's configuration is known.
    ///
    /// # Errors
    /// When the configuration lacks what every question needs.
    pub fn known(&self) -> Result<Option<&C>, Diagnostics> {
        let clients = self.configured();
        clients.and_then(Configured::missing).map_or(Ok(clients), |missing| Err(missing.into()))
    }

    /// The clients.
    ///
    /// # Errors
    /// When the provider's configuration has values that are not known yet, or lacks what every call needs.
    pub fn clients(&self) -> Result<&C, Diagnostics> {
        self.known()?.ok_or_else(unconfigured)
    }

    /// The clients to ask about an object while planning. One that is `complete` has in its own attributes what the
    /// provider's configuration may lack, so that it can be planned, read and destroyed without that.
    ///
    /// # Errors
    /// When the configuration lacks what the object does not have either.
    pub fn known_of(&self, complete: bool) -> Result<Option<&C>, Diagnostics> {
        if complete { Ok(self.configured()) } else { self.known() }
    }

    /// The clients for an object, as [`Context::known_of`] says it.
    ///
    /// # Errors
    /// When the provider's configuration has values that are not known yet, or lacks what the object does not have.
    pub fn clients_of(&self, complete: bool) -> Result<&C, Diagnostics> {
        self.known_of(complete)?.ok_or_else(unconfigured)
    }
}

fn unconfigured() -> Diagnostics {
    Diagnostic::error(
        "Provider is not configured",
        "The provider block depends on values that are known only after apply, so the provider cannot read or change \
         anything. Apply the resources that the provider block depends on first, for example with -target.",
    )
    .into()
}
