//! UpgradeResourceState and UpgradeResourceIdentity.

use std::sync::Arc;

use super::call::Answer as _;
use super::types;
use crate::convert;
use crate::proto::tfplugin6 as proto;
use framework::diagnostics::Diagnostics;
use framework::provider::Provider;
use framework::server::Server;

pub(super) async fn upgrade_resource_state<P: Provider>(
    server: Arc<Server<P>>,
    request: proto::upgrade_resource_state::Request,
) -> proto::upgrade_resource_state::Response {
    match state(&server, &request) {
        Ok(state) => proto::upgrade_resource_state::Response { upgraded_state: Some(state), ..Default::default() },
        Err(errors) => proto::upgrade_resource_state::Response::failed(convert::diagnostics(errors)),
    }
}

fn state<P: Provider>(
    server: &Server<P>,
    request: &proto::upgrade_resource_state::Request,
) -> Result<proto::DynamicValue, Diagnostics> {
    let resource = types::resource(server, &request.type_name)?;
    let stored = convert::stored_json(request.raw_state.as_ref(), "state")?;
    let current = server.upgrade_resource_state(&request.type_name, request.version, stored)?;
    let value = resource.schema.block.with_blocks(&convert::stored_value(&current, &resource.ty, "state")?);
    convert::dynamic_value(&value, &resource.ty, "state")
}

pub(super) async fn upgrade_resource_identity<P: Provider>(
    server: Arc<Server<P>>,
    request: proto::upgrade_resource_identity::Request,
) -> proto::upgrade_resource_identity::Response {
    match identity(&server, &request) {
        Ok(upgraded_identity) => proto::upgrade_resource_identity::Response { upgraded_identity, ..Default::default() },
        Err(errors) => proto::upgrade_resource_identity::Response::failed(convert::diagnostics(errors)),
    }
}

fn identity<P: Provider>(
    server: &Server<P>,
    request: &proto::upgrade_resource_identity::Request,
) -> Result<Option<proto::ResourceIdentityData>, Diagnostics> {
    let resource = types::resource(server, &request.type_name)?;
    let stored = convert::stored_json(request.raw_identity.as_ref(), "identity")?;
    let current = server.upgrade_resource_identity(&request.type_name, stored)?;
    let (Some(ty), false) = (types::identity(resource), current.is_null()) else { return Ok(None) };
    let value = convert::stored_value(&current, &ty, "identity")?;
    convert::identity_data(Some(&value), Some(&ty))
}
