//! Process lifecycle: listen, print the handshake, serve, and shut down.

use std::io::{self, Write as _};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::transport;
use tonic_health::ServingStatus;

use super::about::ProviderInfo;
use super::broker::Broker;
use super::controller::Controller;
use super::handshake::{HandshakeError, Host};
use super::listen::{ListenError, Listener};
use super::proto::MAX_MESSAGE_BYTES;
use super::proto::plugin::grpc_broker_server::GrpcBrokerServer;
use super::proto::plugin::grpc_controller_server::GrpcControllerServer;
use super::proto::plugin::grpc_stdio_server::GrpcStdioServer;
use super::service::Service;
use super::signals::{self, End, Ends};
use super::stdio::Stdio;
use super::tls::{Tls, TlsError};
use super::{logging, reattach};
use framework::provider::Provider;
use framework::server::Server;

/// The service name in health checks of the host.
const HEALTH_NAME: &str = "plugin";
/// Set to `tcp`, this variable makes the plugin listen on loopback TCP instead of a Unix socket.
const NETWORK_VARIABLE: &str = "TF_PROVIDER_NETWORK";
/// The host kills the process after two seconds, so calls that are still running after this time are aborted.
const GRACE: Duration = Duration::from_secs(1);
/// More calls than any host sends concurrently: running calls must never delay StopProvider.
const CONCURRENT_CALLS: u32 = 100_000;
/// Sufficient to transfer a large state without waiting for acknowledgements.
const WINDOW_BYTES: u32 = 4 << 20;

/// The caller that starts and stops the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Terraform or OpenTofu.
    Plugin,
    /// A developer, who passes the printed variable to Terraform.
    Debug,
}

/// Errors of serving the provider.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// The program was started manually.
    #[error("this program was not started by a plugin host")]
    NoHost,
    /// A setting of the host, or the operating system, prevents serving.
    #[error("{0}")]
    Setup(String),
    /// The server failed.
    #[error("unable to serve the provider: {0}")]
    Serve(String),
}

impl From<HandshakeError> for WireError {
    fn from(error: HandshakeError) -> Self {
        if matches!(error, HandshakeError::NoHost) { Self::NoHost } else { Self::Setup(error.to_string()) }
    }
}

impl From<ListenError> for WireError {
    fn from(error: ListenError) -> Self {
        Self::Setup(error.to_string())
    }
}

impl From<TlsError> for WireError {
    fn from(error: TlsError) -> Self {
        Self::Setup(error.to_string())
    }
}

impl From<io::Error> for WireError {
    fn from(error: io::Error) -> Self {
        Self::Setup(error.to_string())
    }
}

/// Serves the provider until the host, or the developer in debug mode, stops it. Returns the exit status.
///
/// # Errors
/// Returns an error if the provider cannot be served.
pub fn serve<P: Provider>(about: ProviderInfo, mode: Mode, provider: P) -> Result<u8, WireError> {
    logging::start(about.name, variable);
    let host = match mode {
        Mode::Plugin => Host::read(variable)?,
        Mode::Debug => Host::absent(),
    };
    let server = Server::new(provider);
    let mistakes = server.mistakes();
    if !mistakes.is_empty() {
        return Err(WireError::Setup(mistakes.join("; ")));
    }
    let routes = Routes::new(Service::serving(&about, server));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let status = runtime.block_on(live(about, mode, &host, routes));
    // The remaining tasks can no longer send a response.
    runtime.shutdown_background();
    status
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

async fn live(about: ProviderInfo, mode: Mode, host: &Host, routes: Routes) -> Result<u8, WireError> {
    let mut ends = signals::watch()?;
    if !host.speaks_our_version() {
        tracing::warn!(offered = ?host.versions, "the host does not support protocol version 6");
    }
    let tcp = variable(NETWORK_VARIABLE).is_some_and(|network| network.eq_ignore_ascii_case("tcp"));
    let listener = Listener::bind(host, tcp).await?;
    let tls = host.client_certificate.as_deref().map(Tls::new).transpose()?;
    let (network, address) = (listener.network(), listener.address());
    if tls.is_none() && network == "tcp" {
        tracing::warn!(address, "without TLS, any user on this machine can use the provider at this address");
    }
    let announcement = match mode {
        Mode::Plugin => host.line(network, &address, tls.as_ref().map(|tls| tls.certificate.as_ref())),
        Mode::Debug => reattach::assignment(&about, network, &address),
    };
    let ended = CancellationToken::new();
    let (incoming, accepting) = listener.incoming(tls.map(|tls| tls.acceptor), ended.clone());
    let router = transport::Server::builder()
        .max_concurrent_streams(CONCURRENT_CALLS)
        .initial_stream_window_size(WINDOW_BYTES)
        .initial_connection_window_size(WINDOW_BYTES)
        .add_routes(with_plugin_services(routes, &ended).await);
    let serving = tokio::spawn(router.serve_with_incoming_shutdown(incoming, ended.clone().cancelled_owned()));
    announce(&announcement)?;
    tracing::info!(version = about.version, network, "serving the provider {}", about.name);
    wait_for_shutdown(&mut ends, mode, ended, serving, accepting).await
}

/// Prints the only line that this program writes to stdout while serving.
fn announce(line: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{line}")?;
    stdout.flush()
}

async fn with_plugin_services(routes: Routes, ended: &CancellationToken) -> Routes {
    let (health, health_service) = tonic_health::server::health_reporter();
    health.set_service_status(HEALTH_NAME, ServingStatus::Serving).await;
    let controller = GrpcControllerServer::new(Controller { ended: ended.clone() });
    let stdio = GrpcStdioServer::new(Stdio { ended: ended.clone() });
    let broker = GrpcBrokerServer::new(Broker { ended: ended.clone() });
    routes
        .add_service(health_service.max_decoding_message_size(MAX_MESSAGE_BYTES))
        .add_service(controller.max_decoding_message_size(MAX_MESSAGE_BYTES))
        .add_service(stdio.max_encoding_message_size(MAX_MESSAGE_BYTES))
        .add_service(broker.max_decoding_message_size(MAX_MESSAGE_BYTES).max_encoding_message_size(MAX_MESSAGE_BYTES))
}

type Serving = JoinHandle<Result<(), transport::Error>>;

/// Waits until the process must end, then lets open calls complete within the grace period, and removes the socket.
async fn wait_for_shutdown(
    ends: &mut Ends,
    mode: Mode,
    ended: CancellationToken,
    mut serving: Serving,
    accepting: JoinHandle<()>,
) -> Result<u8, WireError> {
    let (status, served) = tokio::select! {
        served = &mut serving => (0, Some(served)),
        () = ended.cancelled() => (0, None),
        end = signals::until_end(ends, mode == Mode::Plugin) => (status_of(end, mode), None),
    };
    ended.cancel();
    let served = match served {
        Some(served) => Some(served),
        None => tokio::time::timeout(GRACE, serving).await.ok(),
    };
    // The task owns the socket, which is removed when the task ends.
    let _ = accepting.await;
    match served {
        Some(Ok(Err(error))) => Err(WireError::Serve(error.to_string())),
        Some(Err(error)) => Err(WireError::Serve(error.to_string())),
        Some(Ok(Ok(()))) | None => Ok(status),
    }
}

/// Returns the exit status that shells use for a program that was ended by a signal. Ctrl-C in debug mode is not a
/// failure.
fn status_of(end: End, mode: Mode) -> u8 {
    match end {
        End::Interrupt if mode == Mode::Debug => 0,
        End::Interrupt => 130,
        End::Terminate => 143,
        End::HostGone => {
            tracing::warn!("the host has exited");
            1
        }
    }
}
