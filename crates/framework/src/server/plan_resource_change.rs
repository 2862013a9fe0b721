//! PlanResourceChange: runs the plan engine and the plan of the resource, then checks the rules of Terraform core.

use super::{Deferral, Server, no_such};
use crate::context::Context;
use crate::diagnostics::Diagnostics;
use crate::erased::{AnyResource, RawPlan};
use crate::path::Path;
use crate::plan_facts::PlanFacts;
use crate::plan_marker::PlanMarker;
use crate::private::Private;
use crate::provider::Provider;
use crate::schema::Block;
use crate::value::Value;
use crate::{plan, rules};

/// A plan request of Terraform core. A null `config` requests a destroy plan, a null `prior` a creation.
#[derive(Debug, Clone)]
pub struct PlanRequest {
    /// The resource type.
    pub type_name: String,
    /// The prior state.
    pub prior: Value,
    /// The configuration merged into the state by Terraform core.
    pub proposed: Value,
    /// The configuration.
    pub config: Value,
    /// The private data.
    pub private: Vec<u8>,
    /// The private data of an earlier plan of this object. Empty before protocol 6.11.
    pub planned_private: Vec<u8>,
    /// The stored identity.
    pub identity: Option<Value>,
    /// Whether the client supports deferral.
    pub deferral_allowed: bool,
}

/// The plan.
#[derive(Debug, Clone, Default)]
pub struct PlanResponse {
    /// The planned object, or `None` if there are errors.
    pub planned: Option<Value>,
    /// Paths of values whose change requires replacement.
    pub requires_replace: Vec<Path>,
    /// The private data for the operation that applies the plan.
    pub private: Vec<u8>,
    /// The identity, as far as it is known.
    pub identity: Option<Value>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
    /// Whether the plan is deferred to a later run.
    pub deferred: Option<Deferral>,
}

impl<P: Provider> Server<P> {
    /// PlanResourceChange.
    pub async fn plan_resource_change(&self, request: PlanRequest) -> PlanResponse {
        let Some(resource) = self.registry.resources.get(&request.type_name) else {
            return PlanResponse { diagnostics: no_such("resource", &request.type_name), ..PlanResponse::default() };
        };
        if request.config.is_null() {
            // Terraform core stores this private data and passes it to the deletion.
            let objections = resource.plan_destroy(&self.context(), &request.prior).err().unwrap_or_default();
            return PlanResponse {
                planned: Some(Value::Null),
                private: request.private,
                identity: request.identity.filter(|_| resource.identity_schema().is_some()),
                diagnostics: objections,
                ..PlanResponse::default()
            };
        }
        let context = self.context();
        let deferred = self.deferral(&context, request.deferral_allowed);
        match plan_object(resource.as_ref(), &context, &request).await {
            Ok(plan) => respond(resource.as_ref(), &context, &request, plan, deferred),
            Err(diagnostics) => PlanResponse { diagnostics, ..PlanResponse::default() },
        }
    }
}

fn respond<C: 'static>(
    resource: &dyn AnyResource<C>,
    context: &Context<C>,
    request: &PlanRequest,
    plan: RawPlan,
    deferred: Option<Deferral>,
) -> PlanResponse {
    let block = &resource.schema().block;
    let planned = plan::planned_in_form(block, &request.config, &request.prior, &plan.planned);
    let breaches = rules::planned(block, &request.config, &request.prior, &planned);
    let mut diagnostics = plan.diagnostics.clone();
    diagnostics.extend(rules::report(&request.type_name, "plan", breaches));
    let identity = planned_identity(resource, context, request, &plan).unwrap_or_else(|panic| {
        diagnostics.extend(panic);
        None
    });
    let mut private = plan.private;
    plan.facts.store(&mut private);
    PlanResponse {
        planned: Some(planned),
        requires_replace: plan.replace.iter().map(Path::addressable).collect(),
        private: private.to_bytes(),
        identity,
        diagnostics,
        deferred,
    }
}

/// An updated object keeps its identity. A new object gets it from the planned values. A replaced object has none yet:
/// this plan still contains values of the old object, and Terraform core plans again without them.
fn planned_identity<C: 'static>(
    resource: &dyn AnyResource<C>,
    context: &Context<C>,
    request: &PlanRequest,
    plan: &RawPlan,
) -> Result<Option<Value>, Diagnostics> {
    if resource.identity_schema().is_none() || !plan.replace.is_empty() {
        return Ok(None);
    }
    match request.identity.as_ref().filter(|_| !request.prior.is_null()) {
        Some(stored) => Ok(Some(stored.clone())),
        None => resource.identity(context, &plan.planned),
    }
}

/// Plans with normalized values. The requests and responses of Terraform core use other notations.
async fn plan_object<C: 'static>(
    resource: &dyn AnyResource<C>,
    context: &Context<C>,
    request: &PlanRequest,
) -> Result<RawPlan, Diagnostics> {
    let block = &resource.schema().block;
    let normal = |value: &Value| plan::normal(block, value);
    let (config, prior) = (normal(&request.config), normal(&request.prior));
    let settled = plan::settle(block, &config, &prior, &normal(&request.proposed));
    let settled = plan::keep_ignored(block, &config, &prior, &resource.plan_tags(context, &settled)?);
    let marked = marked(request);
    let mut open = plan::Open::default().and_after(block, &prior, &settled);
    loop {
        let start = changing(resource, context, &marked, (&config, &prior), &settled, &open)?;
        let mut planned = resource.plan(context, start).await?;
        planned.planned = plan::keep_ignored(block, &config, &prior, &normal(&planned.planned));
        // The resource's plan may have found additional changes, so that more values are unknown. The plan is computed
        // again from there, and makes the same decisions for the same inputs.
        let wider = open.and_after(block, &prior, &planned.planned);
        if wider == open || prior.is_null() {
            return Ok(finish(block, planned));
        }
        open = wider;
    }
}

/// Returns the normalized plan with unknown values.
fn changing<C: 'static>(
    resource: &dyn AnyResource<C>,
    context: &Context<C>,
    (private, marker, facts): &(Private, PlanMarker, PlanFacts),
    (config, prior): (&Value, &Value),
    settled: &Value,
    open: &plan::Open,
) -> Result<RawPlan, Diagnostics> {
    let block = &resource.schema().block;
    let marked = plan::mark_unknown(block, config, prior, settled, open);
    let planned = plan::keep_ignored(block, config, prior, &resource.plan_tags(context, &marked)?);
    Ok(RawPlan {
        config: config.clone(),
        prior: prior.clone(),
        replace: plan::replacements(block, config, prior, &planned),
        planned,
        private: private.clone(),
        marker: marker.clone(),
        facts: facts.clone(),
        diagnostics: Diagnostics::new(),
    })
}

/// Returns the private data of the plan, with the marker that identifies the resource, and the facts of an earlier
/// plan.
fn marked(request: &PlanRequest) -> (Private, PlanMarker, PlanFacts) {
    let mut private = Private::from_bytes(&request.private);
    // With a prior object, the private data comes from the state. A marker in it belongs to another resource and was
    // copied with the state.
    let stored = PlanMarker::stored(&private).filter(|_| request.prior.is_null());
    let earlier = Private::from_bytes(&request.planned_private);
    let marker = stored.or_else(|| PlanMarker::stored(&earlier)).unwrap_or_else(PlanMarker::random);
    marker.store(&mut private);
    (private, marker, PlanFacts::stored(&earlier))
}

/// Adds the replacements of the resource's plan, and removes replacements that it made unnecessary.
fn finish(block: &Block, mut plan: RawPlan) -> RawPlan {
    for path in plan::replacements(block, &plan.config, &plan.prior, &plan.planned) {
        if !plan.replace.contains(&path) {
            plan.replace.push(path);
        }
    }
    plan.replace.retain(|path| plan::still_differs(path, &plan.prior, &plan.planned));
    if plan.prior.is_null() {
        plan.replace.clear();
    }
    plan
}
