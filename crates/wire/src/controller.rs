//! The controller service, through which the host stops the process. After two seconds, the host kills it.

use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use super::proto::plugin::Empty;
use super::proto::plugin::grpc_controller_server::GrpcController;

/// Cancels the token that all long-running tasks of the process wait for.
pub(super) struct Controller {
    pub(super) ended: CancellationToken,
}

#[tonic::async_trait]
impl GrpcController for Controller {
    async fn shutdown(&self, _request: Request<Empty>) -> Result<Response<Empty>, Status> {
        tracing::debug!("the host stops the plugin");
        self.ended.cancel();
        Ok(Response::new(Empty {}))
    }
}
