//! Where the host reaches the plugin: a Unix socket that only its owner can open, or loopback TCP.

mod connection;
mod tcp;
#[cfg(unix)]
mod unix;

use std::io;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;

pub(super) use connection::Connection;

use super::handshake::Host;

/// A caller that has not proven who it is by then is dropped.
const TLS_HANDSHAKE_TIME: Duration = Duration::from_secs(30);
/// After an accept that failed for want of something, e.g. file descriptors, which will be there again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Why there is nothing to listen on.
#[derive(Debug, thiserror::Error)]
pub(super) enum ListenError {
    #[error("listening on {what}: {source}")]
    Io { what: String, source: io::Error },
    #[error("PLUGIN_UNIX_SOCKET_GROUP is not a group of this machine: {0}")]
    Group(String),
    #[error("no free port between {first} and {last}: {source}")]
    NoPort { first: u16, last: u16, source: io::Error },
}

/// Connections whose callers may speak.
pub(super) type Incoming = ReceiverStream<io::Result<Connection>>;

/// A place where the host can connect.
pub(super) enum Listener {
    #[cfg(unix)]
    Unix(unix::PrivateSocket),
    Tcp(tcp::Loopback),
}

impl Listener {
    /// Listens as the host asks: on a Unix socket, and on loopback TCP where that cannot be or `tcp` is set.
    ///
    /// # Errors
    /// When the system refuses.
    pub(super) async fn bind(host: &Host, tcp: bool) -> Result<Self, ListenError> {
        #[cfg(unix)]
        if !tcp && let Some(socket) = unix::PrivateSocket::bind(host)? {
            return Ok(Self::Unix(socket));
        }
        let _ = tcp;
        Ok(Self::Tcp(tcp::Loopback::bind(host.ports.clone()).await?))
    }

    /// The name of the network in the handshake line.
    pub(super) fn network(&self) -> &'static str {
        match self {
            #[cfg(unix)]
            Self::Unix(_) => "unix",
            Self::Tcp(_) => "tcp",
        }
    }

    /// The socket's path, or address and port.
    pub(super) fn address(&self) -> String {
        match self {
            #[cfg(unix)]
            Self::Unix(socket) => socket.path().display().to_string(),
            Self::Tcp(loopback) => loopback.address().to_string(),
        }
    }

    /// The next connection of somebody who may connect at all.
    async fn accept(&self) -> io::Result<Connection> {
        match self {
            #[cfg(unix)]
            Self::Unix(socket) => socket.accept().await,
            Self::Tcp(loopback) => loopback.accept().await,
        }
    }

    /// All connections until `ended`, TLS made on each in a task of its own so that a slow caller keeps nobody
    /// waiting. When the task that is returned beside the stream is done, the socket is removed.
    pub(super) fn incoming(self, tls: Option<TlsAcceptor>, ended: CancellationToken) -> (Incoming, JoinHandle<()>) {
        let (sender, receiver) = mpsc::channel(1);
        let accepting = tokio::spawn(async move {
            let _ = ended.run_until_cancelled(self.accept_all(tls, sender)).await;
        });
        (ReceiverStream::new(receiver), accepting)
    }

    async fn accept_all(&self, tls: Option<TlsAcceptor>, sender: mpsc::Sender<io::Result<Connection>>) {
        loop {
            let connection = match self.accept().await {
                Ok(connection) => connection,
                Err(error) => {
                    tracing::warn!(%error, "accepting a connection failed");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let (tls, sender) = (tls.clone(), sender.clone());
            tokio::spawn(async move {
                if let Some(connection) = secured(connection, tls).await {
                    // The receiver is gone only when the server has ended.
                    let _ = sender.send(Ok(connection)).await;
                }
            });
        }
    }
}

/// The connection with TLS on it, or nothing if the caller is not the host.
async fn secured(connection: Connection, tls: Option<TlsAcceptor>) -> Option<Connection> {
    let Some(tls) = tls else { return Some(connection) };
    match tokio::time::timeout(TLS_HANDSHAKE_TIME, tls.accept(connection)).await {
        Ok(Ok(stream)) => Some(Connection::new(stream)),
        Ok(Err(error)) => {
            tracing::warn!(%error, "refused a caller that is not the host");
            None
        }
        Err(_) => {
            tracing::warn!("refused a caller that did not finish the TLS handshake");
            None
        }
    }
}
