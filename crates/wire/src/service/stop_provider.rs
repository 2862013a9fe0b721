//! StopProvider.

use std::sync::Arc;

use crate::proto::tfplugin6::stop_provider::{Request, Response};
use framework::provider::Provider;
use framework::server::Server;

/// Responds immediately. Running calls end later.
pub(super) async fn stop_provider<P: Provider>(server: Arc<Server<P>>, _request: Request) -> Response {
    server.stop();
    Response::default()
}
