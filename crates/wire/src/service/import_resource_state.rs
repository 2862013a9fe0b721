//! ImportResourceState.

use std::sync::Arc;

use super::call::Answer as _;
use super::types;
use crate::convert;
use crate::proto::tfplugin6::import_resource_state::{ImportedResource, Request, Response};
use framework::diagnostics::Diagnostics;
use framework::private::Private;
use framework::provider::Provider;
use framework::server::{ImportRequest, ImportResponse, ResourceSchema, Server};

pub(super) async fn import_resource_state<P: Provider>(server: Arc<Server<P>>, request: Request) -> Response {
    let type_name = request.type_name.clone();
    let resource = types::resource(&server, &type_name);
    match resource.and_then(|resource| Ok((resource, decode(resource, request)?))) {
        Ok((resource, request)) => encode(resource, type_name, server.import_resource_state(request).await),
        Err(errors) => Response::failed(convert::diagnostics(errors)),
    }
}

fn decode(resource: &ResourceSchema, request: Request) -> Result<ImportRequest, Diagnostics> {
    let identity = types::identity(resource);
    Ok(ImportRequest {
        id: request.id,
        identity: convert::given_identity(request.identity.as_ref(), identity.as_ref())?,
        deferral_allowed: convert::deferral_allowed(request.client_capabilities.as_ref()),
        type_name: request.type_name,
    })
}

fn encode(resource: &ResourceSchema, type_name: String, response: ImportResponse) -> Response {
    let mut diagnostics = response.diagnostics;
    let identity = types::identity(resource);
    let state = response.state.map(|state| convert::dynamic_value(&state, &resource.ty, "imported state")).transpose();
    let identity = convert::identity_data(response.identity.as_ref(), identity.as_ref());
    let identity = convert::kept(identity, &mut diagnostics);
    let imported = convert::kept(state, &mut diagnostics).map(|state| ImportedResource {
        type_name,
        state: Some(state),
        private: Private::before_first_read().to_bytes(),
        identity,
    });
    Response {
        imported_resources: imported.into_iter().collect(),
        deferred: convert::deferred(response.deferred),
        diagnostics: convert::diagnostics(diagnostics),
    }
}
