//! ApplyResourceChange.

use std::sync::Arc;

use super::call::Answer as _;
use super::types;
use crate::convert;
use crate::proto::tfplugin6::apply_resource_change::{Request, Response};
use framework::diagnostics::Diagnostics;
use framework::provider::Provider;
use framework::server::{ApplyRequest, ApplyResponse, ResourceSchema, Server};

pub(super) async fn apply_resource_change<P: Provider>(server: Arc<Server<P>>, request: Request) -> Response {
    let resource = types::resource(&server, &request.type_name);
    match resource.and_then(|resource| Ok((resource, decode(resource, request)?))) {
        Ok((resource, request)) => encode(resource, server.apply_resource_change(request).await),
        // Nothing was changed. Without a new state, Terraform core keeps the stored one.
        Err(errors) => Response::failed(convert::diagnostics(errors)),
    }
}

fn decode(resource: &ResourceSchema, request: Request) -> Result<ApplyRequest, Diagnostics> {
    let (ty, identity) = (&resource.ty, types::identity(resource));
    Ok(ApplyRequest {
        prior: convert::given_value(request.prior_state.as_ref(), ty, "state")?,
        planned: convert::given_value(request.planned_state.as_ref(), ty, "plan")?,
        config: convert::given_value(request.config.as_ref(), ty, "configuration")?,
        planned_private: request.planned_private,
        planned_identity: convert::given_identity(request.planned_identity.as_ref(), identity.as_ref())?,
        type_name: request.type_name,
    })
}

fn encode(resource: &ResourceSchema, response: ApplyResponse) -> Response {
    let mut diagnostics = response.diagnostics;
    let (new_state, new_identity) =
        types::object(resource, &response.state, response.identity.as_ref(), &mut diagnostics);
    Response {
        new_state,
        new_identity,
        private: response.private,
        // It would disable the checks of Terraform core.
        legacy_type_system: false,
        diagnostics: convert::diagnostics(diagnostics),
    }
}
