//! ApplyResourceChange: create, update, or delete, then check the rules of Terraform core. An existing object is always
//! stored in state.

use super::{Server, no_such};
use crate::diagnostics::Diagnostics;
use crate::erased::{RawChange, Verb};
use crate::plan_facts::PlanFacts;
use crate::plan_marker::PlanMarker;
use crate::private::Private;
use crate::provider::Provider;
use crate::value::Value;
use crate::{plan, rules};

/// An apply request of Terraform core. A null `prior` requests creation, a null `planned` deletion.
#[derive(Debug, Clone)]
pub struct ApplyRequest {
    /// The resource type.
    pub type_name: String,
    /// The prior state.
    pub prior: Value,
    /// The planned object.
    pub planned: Value,
    /// The configuration, completely known and without `ignore_changes`.
    pub config: Value,
    /// The private data of the plan.
    pub planned_private: Vec<u8>,
    /// The planned identity.
    pub planned_identity: Option<Value>,
}

/// The result to store.
#[derive(Debug, Clone, Default)]
pub struct ApplyResponse {
    /// The current object, or null if it does not exist.
    pub state: Value,
    /// The private data.
    pub private: Vec<u8>,
    /// The identity.
    pub identity: Option<Value>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

impl<P: Provider> Server<P> {
    /// ApplyResourceChange.
    pub async fn apply_resource_change(&self, request: ApplyRequest) -> ApplyResponse {
        let Some(resource) = self.registry.resources.get(&request.type_name) else {
            return ApplyResponse {
                state: request.prior,
                private: request.planned_private,
                identity: request.planned_identity,
                diagnostics: no_such("resource", &request.type_name),
            };
        };
        let verb = match (request.prior.is_null(), request.planned.is_null()) {
            (true, _) => Verb::Create,
            (false, false) => Verb::Update,
            (false, true) => Verb::Delete,
        };
        let mut private = Private::from_bytes(&request.planned_private);
        PlanMarker::remove(&mut private);
        PlanFacts::remove(&mut private);
        let block = &resource.schema().block;
        let write_only = plan::write_only(block, &plan::normal(block, &request.config));
        let change = RawChange {
            prior: plan::normal(block, &request.prior),
            planned: plan::normal(block, &request.planned),
            write_only,
            private,
        };
        let context = self.context();
        let record = resource.apply_change(&context, verb, change).await;
        let mut diagnostics = record.diagnostics;
        // A failed operation may have left the object unchanged.
        let failed = diagnostics.has_error() && verb != Verb::Create;
        let known = if failed { &request.prior } else { &request.planned };
        let found = plan::in_form_of(block, known, &plan::normal(block, &record.state));
        // Terraform core would lose an object whose state it rejects, so only valid states are returned.
        let state = rules::storable(block, &found);
        let schema = resource.identity_schema();
        let planned_identity = request.planned_identity.filter(Value::is_wholly_known);
        let identity = record.identity.or(planned_identity).filter(|_| schema.is_some() && !state.is_null());
        if !diagnostics.has_error() {
            let mut breaches = rules::applied(block, &request.planned, &found);
            if !state.is_null() {
                breaches.extend(rules::identified(schema, identity.as_ref()));
            }
            diagnostics.extend(rules::report(&request.type_name, "result", breaches));
        }
        ApplyResponse { state, private: record.private.to_bytes(), identity, diagnostics }
    }
}
