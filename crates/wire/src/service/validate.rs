//! The six Validate…Config RPCs.

use std::sync::Arc;

use super::call::Answer;
use super::types;
use crate::convert;
use crate::proto::tfplugin6 as proto;
use framework::diagnostics::Diagnostics;
use framework::provider::Provider;
use framework::server::Server;
use framework::types::Type;
use framework::value::Value;

pub(super) async fn validate_provider_config<P: Provider>(
    server: Arc<Server<P>>,
    request: proto::validate_provider_config::Request,
) -> proto::validate_provider_config::Response {
    let ty = Ok(server.schemas().provider.block.ty());
    validated(ty, request.config, |config| server.validate_provider_config(config))
}

pub(super) async fn validate_resource_config<P: Provider>(
    server: Arc<Server<P>>,
    request: proto::validate_resource_config::Request,
) -> proto::validate_resource_config::Response {
    let name = &request.type_name;
    let ty = types::resource(&server, name).map(|resource| resource.ty.clone());
    let write_only_allowed =
        request.client_capabilities.is_some_and(|capabilities| capabilities.write_only_attributes_allowed);
    validated(ty, request.config, |config| server.validate_resource_config(name, config, write_only_allowed))
}

pub(super) async fn validate_data_resource_config<P: Provider>(
    server: Arc<Server<P>>,
    request: proto::validate_data_resource_config::Request,
) -> proto::validate_data_resource_config::Response {
    let name = &request.type_name;
    let ty = types::data_source(&server, name);
    validated(ty, request.config, |config| server.validate_data_resource_config(name, config))
}

pub(super) async fn validate_ephemeral_resource_config<P: Provider>(
    server: Arc<Server<P>>,
    request: proto::validate_ephemeral_resource_config::Request,
) -> proto::validate_ephemeral_resource_config::Response {
    let name = &request.type_name;
    let ty = types::ephemeral_resource(&server, name);
    validated(ty, request.config, |config| server.validate_ephemeral_resource_config(name, config))
}

pub(super) async fn validate_list_resource_config<P: Provider>(
    server: Arc<Server<P>>,
    request: proto::validate_list_resource_config::Request,
) -> proto::validate_list_resource_config::Response {
    let name = &request.type_name;
    let ty = types::list_resource(&server, name);
    validated(ty, request.config, |config| server.validate_list_resource_config(name, config))
}

pub(super) async fn validate_action_config<P: Provider>(
    server: Arc<Server<P>>,
    request: proto::validate_action_config::Request,
) -> proto::validate_action_config::Response {
    let name = &request.type_name;
    let ty = types::action(&server, name);
    validated(ty, request.config, |config| server.validate_action_config(name, config))
}

/// Reads the configuration and returns the diagnostics of the check.
fn validated<A: Answer>(
    ty: Result<Type, Diagnostics>,
    config: Option<proto::DynamicValue>,
    check: impl FnOnce(&Value) -> Diagnostics,
) -> A {
    let config = ty.and_then(|ty| convert::given_value(config.as_ref(), &ty, "configuration"));
    A::failed(convert::diagnostics(config.map_or_else(|errors| errors, |config| check(&config))))
}
