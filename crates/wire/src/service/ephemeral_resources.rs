//! OpenEphemeralResource, RenewEphemeralResource, and CloseEphemeralResource.

use std::sync::Arc;

use super::call::Answer as _;
use super::types;
use crate::convert;
use crate::proto::tfplugin6 as proto;
use framework::diagnostics::Diagnostics;
use framework::ephemeral::Lease;
use framework::provider::Provider;
use framework::server::{OpenResponse, Server};
use framework::types::Type;
use framework::value::Value;

pub(super) async fn open_ephemeral_resource<P: Provider>(
    server: Arc<Server<P>>,
    request: proto::open_ephemeral_resource::Request,
) -> proto::open_ephemeral_resource::Response {
    let deferral_allowed = convert::deferral_allowed(request.client_capabilities.as_ref());
    match decode(&server, &request) {
        Ok((ty, config)) => {
            encode(&ty, server.open_ephemeral_resource(&request.type_name, &config, deferral_allowed).await)
        }
        Err(errors) => proto::open_ephemeral_resource::Response::failed(convert::diagnostics(errors)),
    }
}

fn decode<P: Provider>(
    server: &Server<P>,
    request: &proto::open_ephemeral_resource::Request,
) -> Result<(Type, Value), Diagnostics> {
    let ty = types::ephemeral_resource(server, &request.type_name)?;
    let config = convert::given_value(request.config.as_ref(), &ty, "configuration")?;
    Ok((ty, config))
}

fn encode(ty: &Type, response: OpenResponse) -> proto::open_ephemeral_resource::Response {
    let mut diagnostics = response.diagnostics;
    let result = response.result.map(|result| convert::dynamic_value(&result, ty, "result")).transpose();
    proto::open_ephemeral_resource::Response {
        result: convert::kept(result, &mut diagnostics),
        renew_at: convert::timestamp(response.lease.renew_at),
        private: Some(response.lease.private.to_bytes()),
        deferred: convert::deferred(response.deferred),
        diagnostics: convert::diagnostics(diagnostics),
    }
}

pub(super) async fn renew_ephemeral_resource<P: Provider>(
    server: Arc<Server<P>>,
    request: proto::renew_ephemeral_resource::Request,
) -> proto::renew_ephemeral_resource::Response {
    let mut lease = Lease { renew_at: None, private: convert::private(request.private) };
    let diagnostics = server.renew_ephemeral_resource(&request.type_name, &mut lease).await;
    proto::renew_ephemeral_resource::Response {
        renew_at: convert::timestamp(lease.renew_at),
        private: Some(lease.private.to_bytes()),
        diagnostics: convert::diagnostics(diagnostics),
    }
}

pub(super) async fn close_ephemeral_resource<P: Provider>(
    server: Arc<Server<P>>,
    request: proto::close_ephemeral_resource::Request,
) -> proto::close_ephemeral_resource::Response {
    let lease = Lease { renew_at: None, private: convert::private(request.private) };
    let diagnostics = server.close_ephemeral_resource(&request.type_name, &lease).await;
    proto::close_ephemeral_resource::Response { diagnostics: convert::diagnostics(diagnostics) }
}
