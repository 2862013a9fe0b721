//! ReadResource.

use std::sync::Arc;

use super::call::Answer as _;
use super::types;
use crate::convert;
use crate::proto::tfplugin6 as proto;
use crate::proto::tfplugin6::read_resource::{Request, Response};
use framework::diagnostics::Diagnostics;
use framework::provider::Provider;
use framework::server::{ReadRequest, ReadResponse, ResourceSchema, Server};

pub(super) async fn read_resource<P: Provider>(server: Arc<Server<P>>, request: Request) -> Response {
    let resource = types::resource(&server, &request.type_name);
    match resource.and_then(|resource| Ok((resource, decode(resource, request)?))) {
        Ok((resource, request)) => encode(resource, server.read_resource(request).await),
        Err(errors) => Response::failed(convert::diagnostics(errors)),
    }
}

fn decode(resource: &ResourceSchema, request: Request) -> Result<ReadRequest, Diagnostics> {
    let identity = types::identity(resource);
    Ok(ReadRequest {
        state: convert::given_value(request.current_state.as_ref(), &resource.ty, "state")?,
        private: request.private,
        identity: convert::given_identity(request.current_identity.as_ref(), identity.as_ref())?,
        deferral_allowed: convert::deferral_allowed(request.client_capabilities.as_ref()),
        type_name: request.type_name,
    })
}

fn encode(resource: &ResourceSchema, response: ReadResponse) -> proto::read_resource::Response {
    let mut diagnostics = response.diagnostics;
    let (new_state, new_identity) =
        types::object(resource, &response.state, response.identity.as_ref(), &mut diagnostics);
    Response {
        new_state,
        new_identity,
        private: response.private,
        deferred: convert::deferred(response.deferred),
        diagnostics: convert::diagnostics(diagnostics),
    }
}
