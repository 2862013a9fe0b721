//! ImportResourceState: returns the state that the read of an existing object requires. Terraform core reads the object
//! immediately afterwards.

use super::{Deferral, Server, no_such};
use crate::diagnostics::Diagnostics;
use crate::provider::Provider;
use crate::resource::ImportTarget;
use crate::rules;
use crate::value::Value;

/// An import request of Terraform core: an ID or an identity.
#[derive(Debug, Clone)]
pub struct ImportRequest {
    /// The resource type.
    pub type_name: String,
    /// The ID. Empty if an identity is set.
    pub id: String,
    /// The identity.
    pub identity: Option<Value>,
    /// Whether the client supports deferral.
    pub deferral_allowed: bool,
}

/// The object to read.
#[derive(Debug, Clone, Default)]
pub struct ImportResponse {
    /// The state for the read, or `None` if there are errors.
    pub state: Option<Value>,
    /// The identity.
    pub identity: Option<Value>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
    /// Whether the import is deferred to a later run.
    pub deferred: Option<Deferral>,
}

impl<P: Provider> Server<P> {
    /// ImportResourceState.
    pub async fn import_resource_state(&self, request: ImportRequest) -> ImportResponse {
        let Some(resource) = self.registry.resources.get(&request.type_name) else {
            return ImportResponse {
                diagnostics: no_such("resource", &request.type_name),
                ..ImportResponse::default()
            };
        };
        let context = self.context();
        if let Some(deferred) = self.deferral(&context, request.deferral_allowed) {
            return ImportResponse { deferred: Some(deferred), ..ImportResponse::default() };
        }
        let target = match request.identity {
            Some(identity) if request.id.is_empty() => ImportTarget::Identity(identity),
            _ => ImportTarget::Id(request.id),
        };
        match resource.import(&context, target).await {
            Ok((state, identity)) => ImportResponse {
                state: Some(rules::storable(&resource.schema().block, &state)),
                identity: identity
                    .filter(|identity| resource.identity_schema().is_some() && identity.is_wholly_known()),
                ..ImportResponse::default()
            },
            Err(diagnostics) => ImportResponse { diagnostics, ..ImportResponse::default() },
        }
    }
}
