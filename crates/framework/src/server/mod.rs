//! The RPCs of the protocol, one file per RPC, with framework values: no wire types and no sockets.

mod actions;
mod apply_resource_change;
mod call_function;
mod configure_provider;
mod ephemeral_resources;
mod generate_resource_config;
mod import_resource_state;
mod list_resource;
mod move_resource_state;
mod plan_resource_change;
mod read_data_source;
mod read_resource;
mod schemas;
mod upgrade_resource_state;
mod validate;

use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use tokio_util::sync::CancellationToken;

pub use actions::ActionEvent;
pub use apply_resource_change::{ApplyRequest, ApplyResponse};
pub use ephemeral_resources::OpenResponse;
pub use import_resource_state::{ImportRequest, ImportResponse};
pub use list_resource::{ListEvent, ListRequest};
pub use move_resource_state::MoveRequest;
pub use plan_resource_change::{PlanRequest, PlanResponse};
pub use read_data_source::ReadDataResponse;
pub use read_resource::{ReadRequest, ReadResponse};
pub use schemas::{ResourceSchema, Schemas};

use super::context::Context;
use super::diagnostics::{Diagnostic, Diagnostics};
use super::provider::{Provider, Registry};
use super::schema_validation::{self, Kind};

/// A provider behind the RPCs of the protocol. It serves calls in any order, concurrently, and also before
/// configuration.
pub struct Server<P: Provider> {
    provider: P,
    registry: Registry<P::Clients>,
    schemas: OnceLock<Schemas>,
    clients: RwLock<Option<Arc<P::Clients>>>,
    cancellation: RwLock<CancellationToken>,
}

/// Why a response is deferred to a later run. Only used if the client supports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deferral {
    /// The provider block depends on unknown values.
    ProviderConfigUnknown,
}

impl<P: Provider> Server<P> {
    /// Creates a server for a provider that is not configured yet.
    pub fn new(provider: P) -> Self {
        let registry = provider.registry();
        Self {
            provider,
            registry,
            schemas: OnceLock::new(),
            clients: RwLock::new(None),
            cancellation: RwLock::new(CancellationToken::new()),
        }
    }

    /// Creates a server with a provider that is already configured.
    #[cfg(any(test, feature = "testing"))]
    pub fn configured(provider: P, clients: P::Clients) -> Self {
        let server = Self::new(provider);
        *server.clients.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(clients));
        server
    }

    /// Returns the schema errors. A provider with errors must not start: Terraform core would reject it or crash.
    pub fn mistakes(&self) -> Vec<String> {
        let schemas = self.schemas();
        let mut found = self.registry.mistakes();
        found.extend(schema_validation::provider(&schemas.provider));
        for (name, resource) in &schemas.resources {
            found.extend(schema_validation::resource(name, &resource.schema, resource.identity.as_ref()));
        }
        for (kind, served) in [
            (Kind::DataSource, &schemas.data_sources),
            (Kind::Ephemeral, &schemas.ephemeral_resources),
            (Kind::List, &schemas.list_resources),
            (Kind::Action, &schemas.actions),
        ] {
            found.extend(served.iter().flat_map(|(name, schema)| schema_validation::object(kind, name, schema)));
        }
        found.extend(schemas.functions.iter().flat_map(|(name, function)| schema_validation::function(name, function)));
        found.extend(schema_validation::prefixes(self.registry.type_names()));
        found
    }

    /// StopProvider: cancels the running calls. Later calls run normally.
    pub fn stop(&self) {
        let mut current = self.cancellation.write().unwrap_or_else(PoisonError::into_inner);
        current.cancel();
        *current = CancellationToken::new();
    }

    fn context(&self) -> Context<P::Clients> {
        let clients = self.clients.read().unwrap_or_else(PoisonError::into_inner).clone();
        let cancellation = self.cancellation.read().unwrap_or_else(PoisonError::into_inner).clone();
        Context::new(clients, cancellation)
    }

    /// Whether to defer the response to a later run: only if the provider is not configured and the client supports it.
    fn deferral(&self, context: &Context<P::Clients>, allowed: bool) -> Option<Deferral> {
        (allowed && context.configured().is_none()).then_some(Deferral::ProviderConfigUnknown)
    }
}

impl<P: Provider> std::fmt::Debug for Server<P> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Server").field("registry", &self.registry).finish_non_exhaustive()
    }
}

/// Returns the error for a type that this provider does not serve.
pub fn no_such(kind: &str, name: &str) -> Diagnostics {
    Diagnostic::error(
        format!("Unknown {kind} {name}"),
        format!(
            "This version of the provider does not support the {kind} {name}. Check the name, or upgrade the provider \
             with terraform init -upgrade."
        ),
    )
    .into()
}

#[cfg(test)]
mod tests;
