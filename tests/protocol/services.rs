//! The services of go-plugin beside the provider's.

use futures::stream;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::support::{Host, connect, within};
use wire::proto::plugin::grpc_broker_client::GrpcBrokerClient;
use wire::proto::plugin::grpc_controller_client::GrpcControllerClient;
use wire::proto::plugin::grpc_stdio_client::GrpcStdioClient;
use wire::proto::plugin::{ConnInfo, Empty};

#[tokio::test]
async fn health_of_the_plugin_is_serving() {
    let plugin = Host::new().start().await;
    let mut health = HealthClient::new(connect(&plugin).await);
    let asked = |service: &str| HealthCheckRequest { service: service.to_owned() };
    let answer = health.check(asked("plugin")).await.unwrap().into_inner();
    assert_eq!(answer.status(), ServingStatus::Serving);
    assert_eq!(health.check(asked("other")).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn stdio_and_broker_streams_stay_open_and_silent_until_shutdown() {
    let plugin = Host::new().start().await;
    let channel = connect(&plugin).await;
    let mut stdio = GrpcStdioClient::new(channel.clone()).stream_stdio(()).await.unwrap().into_inner();
    let offers = stream::pending::<ConnInfo>();
    let mut broker = GrpcBrokerClient::new(channel.clone()).start_stream(offers).await.unwrap().into_inner();
    // A task that waits on a stream ends with the stream.
    let stdio = tokio::spawn(async move { stdio.message().await });
    let broker = tokio::spawn(async move { broker.message().await });
    let mut health = HealthClient::new(channel.clone());
    for _ in 0..20 {
        health.check(HealthCheckRequest { service: "plugin".to_owned() }).await.unwrap();
    }
    assert!(!stdio.is_finished() && !broker.is_finished());
    GrpcControllerClient::new(channel).shutdown(Empty {}).await.unwrap();
    assert!(matches!(within("the end of stdio", stdio).await.unwrap(), Ok(None)));
    assert!(matches!(within("the end of the broker", broker).await.unwrap(), Ok(None)));
    let (status, rest) = plugin.end().await;
    assert!(status.success(), "{status}");
    assert_eq!(rest, "");
}

#[tokio::test]
async fn broker_stream_ends_when_the_host_closes_it() {
    let plugin = Host::new().start().await;
    let offers = stream::iter([ConnInfo { service_id: 1, ..ConnInfo::default() }]);
    let mut broker = GrpcBrokerClient::new(connect(&plugin).await).start_stream(offers).await.unwrap().into_inner();
    assert!(matches!(within("the end of the broker", broker.message()).await, Ok(None)));
}
