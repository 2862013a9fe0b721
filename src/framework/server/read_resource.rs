//! ReadResource: the object as it is now. Private data and identity replace the stored ones, so they are echoed.

use super::{Deferral, Server, no_such};
use crate::framework::diagnostics::Diagnostics;
use crate::framework::path::Path;
use crate::framework::private::Private;
use crate::framework::provider::Provider;
use crate::framework::schema::Block;
use crate::framework::value::Value;
use crate::framework::{plan, rules};

/// What core asks to read.
#[derive(Debug, Clone)]
pub struct ReadRequest {
    /// The resource type.
    pub type_name: String,
    /// The state; after an import only what identifies the object.
    pub state: Value,
    /// Stored beside the state.
    pub private: Vec<u8>,
    /// The stored identity.
    pub identity: Option<Value>,
    /// Whether the client takes a deferral for an answer.
    pub deferral_allowed: bool,
}

/// The object as it is now.
#[derive(Debug, Clone, Default)]
pub struct ReadResponse {
    /// The object, null if it is gone.
    pub state: Value,
    /// Stored beside the state.
    pub private: Vec<u8>,
    /// The identity.
    pub identity: Option<Value>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
    /// Whether the read waits for a later run.
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
            // With a provider block that is not known yet the stored object is the best knowledge there is.
            tracing::warn!(tf_resource_type = request.type_name, "not read: the provider block is not known yet");
            let deferred = self.deferral(&context, request.deferral_allowed);
            return unchanged(request, Diagnostics::new(), deferred);
        }
        let record = resource.read(&context, request.state.clone(), Private::from_bytes(&request.private)).await;
        let block = &resource.schema().block;
        let mut diagnostics = record.diagnostics;
        let mut left = Vec::new();
        rules::unknowns(&record.state, &Path::root(), &mut left);
        let breaches = left.iter().map(|path| rules::Breach::new(path, "the value is unknown after reading")).collect();
        diagnostics.extend(rules::report(&request.type_name, "read", breaches));
        let state = keep_equivalent(block, &request.state, &rules::storable(block, &record.state));
        let identity = if state.is_null() { None } else { record.identity.or(request.identity) };
        ReadResponse {
            state,
            private: record.private.to_bytes(),
            identity: identity.filter(|_| resource.identity_schema().is_some()),
            diagnostics,
            deferred: None,
        }
    }
}

/// A value that only is written differently from the stored one is no drift: the stored one stays.
fn keep_equivalent(block: &Block, stored: &Value, read: &Value) -> Value {
    if stored.is_null() || read.is_null() {
        read.clone()
    } else {
        plan::settle(&equivalence_only(block), read, stored, read)
    }
}

/// The block without defaults, which have no meaning for what was read.
fn equivalence_only(block: &Block) -> Block {
    let mut block = block.clone();
    block.attributes.iter_mut().for_each(|attribute| attribute.default = None);
    for nested in &mut block.blocks {
        nested.block = equivalence_only(&nested.block);
    }
    block
}
