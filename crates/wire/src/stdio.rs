//! The stdio service. The host reads from it what the plugin writes to its standard streams after the handshake, which
//! is nothing.

use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use super::proto::plugin::StdioData;
use super::proto::plugin::grpc_stdio_server::GrpcStdio;

/// A stream without data that ends with the process, because the host logs a warning if it ends earlier.
pub(super) struct Stdio {
    pub(super) ended: CancellationToken,
}

#[tonic::async_trait]
impl GrpcStdio for Stdio {
    type StreamStdioStream = BoxStream<'static, Result<StdioData, Status>>;

    async fn stream_stdio(&self, _request: Request<()>) -> Result<Response<Self::StreamStdioStream>, Status> {
        let silence = stream::pending().take_until(self.ended.clone().cancelled_owned());
        Ok(Response::new(silence.boxed()))
    }
}
