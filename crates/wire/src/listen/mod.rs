//! Listeners for the host: a Unix socket that only its owner can open, or loopback TCP.

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

/// A connection whose TLS handshake takes longer is closed.
const TLS_HANDSHAKE_TIME: Duration = Duration::from_secs(30);
/// Pause after a failed accept, because the cause, such as a lack of file descriptors, is usually temporary.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Errors of creating a listener.
#[derive(Debug, thiserror::Error)]
pub(super) enum ListenError {
    #[error("unable to listen on {what}: {source}")]
    Io { what: String, source: io::Error },
    #[error("PLUGIN_UNIX_SOCKET_GROUP is not a group on this machine: {0}")]
    Group(String),
    #[error("no free port between {first} and {last}: {source}")]
    NoPort { first: u16, last: u16, source: io::Error },
}

/// Accepted connections of authenticated callers.
pub(super) type Incoming = ReceiverStream<io::Result<Connection>>;

/// A listener for connections of the host.
pub(super) enum Listener {
    #[cfg(unix)]
    Unix(unix::PrivateSocket),
    Tcp(tcp::Loopback),
}

impl Listener {
    /// Listens as the host requires: on a Unix socket, or on loopback TCP if that is not possible or `tcp` is set.
    ///
    /// # Errors
    /// Returns an error if the operating system rejects the listener.
    pub(super) async fn bind(host: &Host, tcp: bool) -> Result<Self, ListenError> {
        #[cfg(unix)]
        if !tcp && let Some(socket) = unix::PrivateSocket::bind(host)? {
            return Ok(Self::Unix(socket));
        }
        let _ = tcp;
        Ok(Self::Tcp(tcp::Loopback::bind(host.ports.clone()).await?))
    }

    /// Returns the name of the network in the handshake line.
    pub(super) fn network(&self) -> &'static str {
        match self {
            #[cfg(unix)]
            Self::Unix(_) => "unix",
            Self::Tcp(_) => "tcp",
        }
    }

    /// Returns the path of the socket, or the address and port.
    pub(super) fn address(&self) -> String {
        match self {
            #[cfg(unix)]
            Self::Unix(socket) => socket.path().display().to_string(),
            Self::Tcp(loopback) => loopback.address().to_string(),
        }
    }

    /// Returns the next connection of an allowed caller.
    async fn accept(&self) -> io::Result<Connection> {
        match self {
            #[cfg(unix)]
            Self::Unix(socket) => socket.accept().await,
            Self::Tcp(loopback) => loopback.accept().await,
        }
    }

    /// Returns all connections until `ended`. The TLS handshake of each connection runs in a separate task, so that a
    /// slow caller does not block others. When the returned task completes, the socket is removed.
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
                    tracing::warn!(%error, "unable to accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let (tls, sender) = (tls.clone(), sender.clone());
            tokio::spawn(async move {
                if let Some(connection) = secured(connection, tls).await {
                    // The receiver is dropped only when the server has stopped.
                    let _ = sender.send(Ok(connection)).await;
                }
            });
        }
    }
}

/// Returns the connection with TLS, or `None` if the caller is not the host.
async fn secured(connection: Connection, tls: Option<TlsAcceptor>) -> Option<Connection> {
    let Some(tls) = tls else { return Some(connection) };
    match tokio::time::timeout(TLS_HANDSHAKE_TIME, tls.accept(connection)).await {
        Ok(Ok(stream)) => Some(Connection::new(stream)),
        Ok(Err(error)) => {
            tracing::warn!(%error, "rejected a caller that is not the host");
            None
        }
        Err(_) => {
            tracing::warn!("rejected a caller that did not complete the TLS handshake");
            None
        }
    }
}
