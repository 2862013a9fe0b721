//! MoveResourceState.

use std::sync::Arc;

use super::call::Answer as _;
use super::types;
use crate::convert;
use crate::proto::tfplugin6::DynamicValue;
use crate::proto::tfplugin6::move_resource_state::{Request, Response};
use framework::diagnostics::Diagnostics;
use framework::private::Private;
use framework::provider::Provider;
use framework::server::{MoveRequest, Server};

pub(super) async fn move_resource_state<P: Provider>(server: Arc<Server<P>>, request: Request) -> Response {
    match moved(&server, request) {
        // The identity is set by the subsequent read of Terraform core. The private data of the source is not used.
        Ok((state, warnings)) => Response {
            target_state: Some(state),
            target_private: Private::before_first_read().to_bytes(),
            diagnostics: convert::diagnostics(warnings),
            ..Response::default()
        },
        Err(errors) => Response::failed(convert::diagnostics(errors)),
    }
}

fn moved<P: Provider>(server: &Server<P>, request: Request) -> Result<(DynamicValue, Diagnostics), Diagnostics> {
    let target = types::resource(server, &request.target_type_name)?;
    let (state, warnings) = server.move_resource_state(MoveRequest {
        source_state: convert::stored_json(request.source_state.as_ref(), "source state")?,
        source_provider_address: request.source_provider_address,
        source_type_name: request.source_type_name,
        source_schema_version: request.source_schema_version,
        target_type_name: request.target_type_name,
    })?;
    let state = target.schema.block.with_blocks(&convert::stored_value(&state, &target.ty, "moved state")?);
    Ok((convert::dynamic_value(&state, &target.ty, "moved state")?, warnings))
}
