//! Loopback TCP, for systems without Unix sockets.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;

use tokio::net::TcpListener;

use super::{Connection, ListenError};

/// A port that only this machine can reach. Only TLS authenticates the callers.
pub(crate) struct Loopback {
    listener: TcpListener,
    address: SocketAddr,
}

impl Loopback {
    /// Listens on the first free port of the range.
    pub(super) async fn bind(ports: RangeInclusive<u16>) -> Result<Self, ListenError> {
        let (first, last) = (*ports.start(), *ports.end());
        let mut failure = io::Error::from(io::ErrorKind::AddrInUse);
        for port in ports {
            match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
                Ok(listener) => {
                    let address = listener
                        .local_addr()
                        .map_err(|source| ListenError::Io { what: "loopback".to_owned(), source })?;
                    return Ok(Self { listener, address });
                }
                Err(error) => failure = error,
            }
        }
        Err(ListenError::NoPort { first, last, source: failure })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) async fn accept(&self) -> io::Result<Connection> {
        let (stream, _) = self.listener.accept().await?;
        // Messages are small and answered immediately. Waiting to fill a packet would only delay them.
        stream.set_nodelay(true)?;
        Ok(Connection::new(stream))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn taken_ports_are_skipped() {
        let taken = Loopback::bind(0..=0).await.unwrap();
        let port = taken.address().port();
        assert!(taken.address().ip().is_loopback());
        assert!(matches!(Loopback::bind(port..=port).await, Err(ListenError::NoPort { .. })));
    }
}
