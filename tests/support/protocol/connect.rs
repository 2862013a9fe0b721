//! Connections to a plugin, proper and improper.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use hyper_util::rt::TokioIo;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, RootCertStore, SignatureScheme};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint};

use super::{Identity, Plugin};

/// What a call answered, whatever the message.
pub(crate) type Answered<T> = Result<tonic::Response<T>, tonic::Status>;

pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Opens a connection to where the handshake line says, and nothing more.
pub(crate) async fn dial(plugin: &Plugin) -> std::io::Result<Box<dyn Stream>> {
    Ok(match plugin.field(3) {
        "unix" => Box::new(UnixStream::connect(plugin.field(4)).await?),
        _ => Box::new(TcpStream::connect(plugin.field(4)).await?),
    })
}

/// Makes TLS on a connection as the holder of a certificate, or as nobody, trusting exactly the certificate in the
/// handshake line.
pub(crate) async fn secured(
    plugin: &Plugin,
    stream: Box<dyn Stream>,
    identity: Option<&Identity>,
) -> std::io::Result<tokio_rustls::client::TlsStream<Box<dyn Stream>>> {
    let crypto = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(STANDARD_NO_PAD.decode(plugin.field(6)).unwrap())).unwrap();
    let config = ClientConfig::builder_with_provider(crypto.clone())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let mut config = match identity {
        None => config.with_no_client_auth(),
        Some(identity) => {
            let key = crypto.key_provider.load_private_key(identity.key()).unwrap();
            let certified = CertifiedKey::new(vec![identity.certificate.clone()], key);
            config.with_client_cert_resolver(Arc::new(Always(Arc::new(certified))))
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

/// Presents its certificate also where the key does not belong to it.
#[derive(Debug)]
struct Always(Arc<CertifiedKey>);

impl rustls::client::ResolvesClientCert for Always {
    fn resolve(&self, _hints: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// Connects as the host that started the plugin.
pub(crate) async fn connect(plugin: &Plugin) -> Channel {
    let stream = dial(plugin).await.unwrap();
    match plugin.identity() {
        None => channel(stream).await.unwrap(),
        Some(identity) => channel(secured(plugin, stream, Some(identity)).await.unwrap()).await.unwrap(),
    }
}

/// A gRPC channel over one connection.
pub(crate) async fn channel(stream: impl Stream + 'static) -> Result<Channel, tonic::transport::Error> {
    let mut stream = Some(stream);
    let connector = tower::service_fn(move |_| {
        let stream = stream.take().ok_or_else(|| std::io::Error::other("the connection was lost"));
        async move { stream.map(TokioIo::new) }
    });
    Endpoint::from_static("http://localhost").connect_with_connector(connector).await
}
