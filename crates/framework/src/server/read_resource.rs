//! ReadResource: returns the live object. Private data and identity in the response replace the stored ones, so
//! unchanged values must be returned.

use super::{Deferral, Server, no_such};
use crate::diagnostics::Diagnostics;
use crate::private::Private;
use crate::provider::Provider;
use crate::value::Value;
use crate::{plan, rules};

/// A read request of Terraform core.
#[derive(Debug, Clone)]
pub struct ReadRequest {
    /// The resource type.
    pub type_name: String,
    /// The state. After an import, only the identifying attributes are set.
    pub state: Value,
    /// The private data.
    pub private: Vec<u8>,
    /// The stored identity.
    pub identity: Option<Value>,
    /// Whether the client supports deferral.
    pub deferral_allowed: bool,
}

/// The live object.
#[derive(Debug, Clone, Default)]
pub struct ReadResponse {
    /// The object, or null if it no longer exists.
    pub state: Value,
    /// The private data.
    pub private: Vec<u8>,
    /// The identity.
    pub identity: Option<Value>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
    /// Whether the read is deferred to a later run.
    pub deferred: Option<Deferral>,
}

impl<P: Provider> Server<P> {
    /// ReadResource.
    pub async fn read_resource(&self, request: ReadRequest) -> ReadResponse {
        let unchanged = |request: ReadRequest, diagnostics, deferred| ReadResponse {
            state: request.state,
            private: request.private,
            identity: request.identity,
            diagnostics,
            deferred,
        };
        let Some(resource) = self.registry.resources.get(&request.type_name) else {
            let diagnostics = no_such("resource", &request.type_name);
            return unchanged(request, diagnostics, None);
        };
        let context = self.context();
        if context.configured().is_none() {
            // If the provider configuration is unknown, the stored object is returned.
            tracing::warn!(tf_resource_type = request.type_name, "skipping read: provider configuration is unknown");
            let deferred = self.deferral(&context, request.deferral_allowed);
            return unchanged(request, Diagnostics::new(), deferred);
        }
        let block = &resource.schema().block;
        let stored = plan::normal(block, &request.state);
        let mut private = Private::from_bytes(&request.private);
        let is_first = private.take_first_read();
        let record = resource.read(&context, stored.clone(), private).await;
        let mut diagnostics = record.diagnostics;
        let read = plan::normal(block, &rules::storable(block, &record.state));
        let state = plan::keep_equivalent(block, &stored, &read);
        let state = if is_first && !diagnostics.has_error() {
            plan::with_zeros(block, &state)
        } else {
            plan::in_form_of(block, &request.state, &state)
        };
        let schema = resource.identity_schema();
        let was_identified = request.identity.is_some();
        let identity = record.identity.or(request.identity).filter(|_| schema.is_some() && !state.is_null());
        if !diagnostics.has_error() {
            let mut breaches = rules::left_unknown(&record.state, "the value is still unknown after reading");
            if !state.is_null() {
                // An object that was moved from another provider may not have an identity yet.
                if identity.is_some() || was_identified {
                    breaches.extend(rules::identified(schema, identity.as_ref()));
                }
            }
            diagnostics.extend(rules::report(&request.type_name, "read", breaches));
        }
        ReadResponse { state, private: record.private.to_bytes(), identity, diagnostics, deferred: None }
    }
}
