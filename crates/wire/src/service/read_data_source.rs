//! ReadDataSource.

use std::sync::Arc;

use super::call::Answer as _;
use super::types;
use crate::convert;
use crate::proto::tfplugin6::read_data_source::{Request, Response};
use framework::diagnostics::Diagnostics;
use framework::provider::Provider;
use framework::server::{ReadDataResponse, Server};
use framework::types::Type;
use framework::value::Value;

pub(super) async fn read_data_source<P: Provider>(server: Arc<Server<P>>, request: Request) -> Response {
    let deferral_allowed = convert::deferral_allowed(request.client_capabilities.as_ref());
    match decode(&server, &request) {
        Ok((ty, config)) => encode(&ty, server.read_data_source(&request.type_name, &config, deferral_allowed).await),
        Err(errors) => Response::failed(convert::diagnostics(errors)),
    }
}

fn decode<P: Provider>(server: &Server<P>, request: &Request) -> Result<(Type, Value), Diagnostics> {
    let ty = types::data_source(server, &request.type_name)?;
    let config = convert::given_value(request.config.as_ref(), &ty, "configuration")?;
    Ok((ty, config))
}

fn encode(ty: &Type, response: ReadDataResponse) -> Response {
    let mut diagnostics = response.diagnostics;
    let state = response.state.map(|state| convert::dynamic_value(&state, ty, "result")).transpose();
    Response {
        state: convert::kept(state, &mut diagnostics),
        deferred: convert::deferred(response.deferred),
        diagnostics: convert::diagnostics(diagnostics),
    }
}
