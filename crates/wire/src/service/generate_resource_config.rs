//! GenerateResourceConfig.

use std::sync::Arc;

use super::call::Answer as _;
use super::types;
use crate::convert;
use crate::proto::tfplugin6::DynamicValue;
use crate::proto::tfplugin6::generate_resource_config::{Request, Response};
use framework::diagnostics::Diagnostics;
use framework::provider::Provider;
use framework::server::Server;

pub(super) async fn generate_resource_config<P: Provider>(server: Arc<Server<P>>, request: Request) -> Response {
    match generated(&server, &request) {
        Ok(config) => Response { config: Some(config), ..Response::default() },
        Err(errors) => Response::failed(convert::diagnostics(errors)),
    }
}

fn generated<P: Provider>(server: &Server<P>, request: &Request) -> Result<DynamicValue, Diagnostics> {
    let resource = types::resource(server, &request.type_name)?;
    let state = convert::given_value(request.state.as_ref(), &resource.ty, "state")?;
    let config = server.generate_resource_config(&request.type_name, &state)?;
    convert::dynamic_value(&config, &resource.ty, "generated configuration")
}
