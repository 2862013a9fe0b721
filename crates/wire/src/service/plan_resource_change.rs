//! PlanResourceChange.

use std::sync::Arc;

use super::call::Answer as _;
use super::types;
use crate::convert;
use crate::proto::tfplugin6::plan_resource_change::{Request, Response};
use framework::diagnostics::Diagnostics;
use framework::provider::Provider;
use framework::server::{PlanRequest, PlanResponse, ResourceSchema, Server};

pub(super) async fn plan_resource_change<P: Provider>(server: Arc<Server<P>>, request: Request) -> Response {
    let resource = types::resource(&server, &request.type_name);
    match resource.and_then(|resource| Ok((resource, decode(resource, request)?))) {
        Ok((resource, request)) => encode(resource, server.plan_resource_change(request).await),
        Err(errors) => Response::failed(convert::diagnostics(errors)),
    }
}

fn decode(resource: &ResourceSchema, request: Request) -> Result<PlanRequest, Diagnostics> {
    let (ty, identity) = (&resource.ty, types::identity(resource));
    Ok(PlanRequest {
        prior: convert::given_value(request.prior_state.as_ref(), ty, "state")?,
        proposed: convert::given_value(request.proposed_new_state.as_ref(), ty, "proposed state")?,
        config: convert::given_value(request.config.as_ref(), ty, "configuration")?,
        private: request.prior_private,
        planned_private: request.planned_private,
        identity: convert::given_identity(request.prior_identity.as_ref(), identity.as_ref())?,
        deferral_allowed: convert::deferral_allowed(request.client_capabilities.as_ref()),
        type_name: request.type_name,
    })
}

fn encode(resource: &ResourceSchema, response: PlanResponse) -> Response {
    let mut diagnostics = response.diagnostics;
    let identity = types::identity(resource);
    let planned = response.planned.map(|planned| convert::dynamic_value(&planned, &resource.ty, "plan")).transpose();
    let identity = convert::identity_data(response.identity.as_ref(), identity.as_ref());
    Response {
        planned_state: convert::kept(planned, &mut diagnostics),
        planned_identity: convert::kept(identity, &mut diagnostics),
        requires_replace: response.requires_replace.iter().map(convert::path).collect(),
        planned_private: response.private,
        deferred: convert::deferred(response.deferred),
        // It would disable the checks of Terraform core.
        legacy_type_system: false,
        diagnostics: convert::diagnostics(diagnostics),
    }
}
