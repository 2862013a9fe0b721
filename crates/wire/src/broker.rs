//! The broker service. The host opens this stream on startup to negotiate additional connections, which providers do
//! not have.

use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};

use super::proto::plugin::ConnInfo;
use super::proto::plugin::grpc_broker_server::GrpcBroker;

/// Reads the stream of the host and offers no connections.
pub(super) struct Broker {
    pub(super) ended: CancellationToken,
}

#[tonic::async_trait]
impl GrpcBroker for Broker {
    type StartStreamStream = BoxStream<'static, Result<ConnInfo, Status>>;

    async fn start_stream(
        &self,
        request: Request<Streaming<ConnInfo>>,
    ) -> Result<Response<Self::StartStreamStream>, Status> {
        let mut offers = request.into_inner();
        let until_host_closes = async move { while let Ok(Some(_)) = offers.message().await {} };
        let silence = stream::pending().take_until(until_host_closes).take_until(self.ended.clone().cancelled_owned());
        Ok(Response::new(silence.boxed()))
    }
}
