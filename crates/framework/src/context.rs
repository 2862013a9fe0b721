//! The context of every operation: the configured clients and the cancellation token.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::diagnostics::{Diagnostic, Diagnostics};
use super::tags::TagPolicy;

/// The result of the provider configuration.
pub trait Configured: Send + Sync + 'static {
    /// Returns the default tags and the ignored tags for all objects.
    fn tag_policy(&self) -> TagPolicy {
        TagPolicy::default()
    }

    /// Returns an error if the configuration lacks a value that every request requires. Operations without requests
    /// work without it.
    fn missing(&self) -> Option<Diagnostic> {
        None
    }
}

impl Configured for () {}

/// The context of one call.
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
    /// Creates a context for calls before the provider configuration, or with an incomplete one.
    #[must_use]
    pub fn new(clients: Option<Arc<C>>, cancellation: CancellationToken) -> Self {
        Self { clients, cancellation }
    }

    /// Returns the clients, if the provider configuration is known.
    #[must_use]
    pub fn configured(&self) -> Option<&C> {
        self.clients.as_deref()
    }

    /// Returns the token that is cancelled when the user interrupts the run.
    #[must_use]
    pub fn cancellation(&self) -> &CancellationToken {
        &self.cancellation
    }
}

impl<C: Configured> Context<C> {
    /// Returns the clients for requests during plan, if the provider configuration is known.
    ///
    /// # Errors
    /// Returns an error if the configuration lacks a value that every request requires.
    pub fn known(&self) -> Result<Option<&C>, Diagnostics> {
        let clients = self.configured();
        clients.and_then(Configured::missing).map_or(Ok(clients), |missing| Err(missing.into()))
    }

    /// Returns the clients.
    ///
    /// # Errors
    /// Returns an error if the provider configuration has unknown values, or lacks a value that every request requires.
    pub fn clients(&self) -> Result<&C, Diagnostics> {
        self.known()?.ok_or_else(unconfigured)
    }

    /// Returns the clients for requests about an object during plan. If `complete` is set, the object's own attributes
    /// contain the value that the provider configuration might lack, so that it can be planned, read, and destroyed
    /// without it.
    ///
    /// # Errors
    /// Returns an error if both the configuration and the object lack the value.
    pub fn known_of(&self, complete: bool) -> Result<Option<&C>, Diagnostics> {
        if complete { Ok(self.configured()) } else { self.known() }
    }

    /// Returns the clients for an object. See [`Context::known_of`].
    ///
    /// # Errors
    /// Returns an error if the provider configuration has unknown values, or if both the configuration and the object
    /// lack a required value.
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
