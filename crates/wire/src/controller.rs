//! The host ends the process here; it kills what has not ended within two seconds.

use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use super::proto::plugin::Empty;
use super::proto::plugin::grpc_controller_server::GrpcController;

/// Trips the token on which everything that lives as long as the process waits.
pub(super) struct Controller {
    pub(super) ended: CancellationToken,
}

#[tonic::async_trait]
impl GrpcController for Controller {
    async fn shutdown(&self, _request: Request<Empty>) -> Result<Response<Empty>, Status> {
        tracing::debug!("the host ends the plugin");
        self.ended.cancel();
        Ok(Response::new(Empty {}))
    }
}
