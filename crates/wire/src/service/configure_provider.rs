//! ConfigureProvider.

use std::sync::Arc;

use super::call::Answer as _;
use crate::convert;
use crate::proto::tfplugin6 as proto;
use framework::provider::Provider;
use framework::server::Server;

pub(super) async fn configure_provider<P: Provider>(
    server: Arc<Server<P>>,
    request: proto::configure_provider::Request,
) -> proto::configure_provider::Response {
    let ty = server.schemas().provider.block.ty();
    let diagnostics = match convert::given_value(request.config.as_ref(), &ty, "provider configuration") {
        Ok(config) => server.configure_provider(&config, &request.terraform_version).await,
        Err(errors) => errors,
    };
    proto::configure_provider::Response::failed(convert::diagnostics(diagnostics))
}
