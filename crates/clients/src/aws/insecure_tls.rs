//! TLS without certificate verification, for `insecure = true`. The HTTP client of the SDK does not support it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, HttpConnectorSettings};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector as TcpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};

type Direct = HttpsConnector<TcpConnector>;
type Tunnelled = HttpsConnector<Tunnel<Direct>>;

/// Sends requests over TLS without verifying the server.
pub(super) struct UnverifiedConnector {
    direct: Client<Direct, SdkBody>,
    tunnelled: Option<(Matcher, Client<Tunnelled, SdkBody>)>,
    read_timeout: Option<Duration>,
}

impl UnverifiedConnector {
    /// Creates a connector that uses the proxy, except for the hosts of `no_proxy`.
    pub(super) fn new(proxy: Option<&str>, no_proxy: &str, settings: &HttpConnectorSettings) -> Self {
        let mut tcp = TcpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(settings.connect_timeout());
        let tls = unverified_tls();
        let direct = HttpsConnector::from((tcp, Arc::clone(&tls)));
        let tunnelled = proxy.and_then(|proxy| {
            let matcher = Matcher::builder().https(proxy).no(no_proxy).build();
            // The host does not matter: it only determines the address and credentials of the proxy.
            let probe =
                Matcher::builder().https(proxy).build().intercept(&http::Uri::from_static("https://a.test/"))?;
            let mut tunnel = Tunnel::new(probe.uri().clone(), direct.clone());
            if let Some(credentials) = probe.basic_auth() {
                tunnel = tunnel.with_auth(credentials.clone());
            }
            Some((matcher, client(HttpsConnector::from((tunnel, Arc::clone(&tls))))))
        });
        Self { direct: client(direct), tunnelled, read_timeout: settings.read_timeout() }
    }
}

fn client<C>(connector: C) -> Client<C, SdkBody>
where
    C: hyper_util::client::legacy::connect::Connect + Clone,
{
    Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(connector)
}

impl fmt::Debug for UnverifiedConnector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("UnverifiedConnector")
            .field("proxied", &self.tunnelled.is_some())
            .finish_non_exhaustive()
    }
}

impl HttpConnector for UnverifiedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into()))),
        };
        let answer = match &self.tunnelled {
            Some((matcher, client)) if matcher.intercept(request.uri()).is_some() => client.request(request),
            _ => self.direct.request(request),
        };
        let patience = self.read_timeout.unwrap_or(Duration::MAX);
        HttpConnectorFuture::new(async move {
            match tokio::time::timeout(patience, answer).await {
                Ok(Ok(response)) => HttpResponse::try_from(response.map(SdkBody::from_body_1_x))
                    .map_err(|error| ConnectorError::other(error.into(), None)),
                Ok(Err(error)) => Err(ConnectorError::io(error.into())),
                Err(elapsed) => Err(ConnectorError::timeout(elapsed.into())),
            }
        })
    }
}

fn unverified_tls() -> Arc<ClientConfig> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = Arc::new(AnyServer(Arc::clone(&provider)));
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(rustls::DEFAULT_VERSIONS)
        .expect("the provider supports its default protocol versions")
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Arc::new(config)
}

/// Accepts every certificate. The handshake signatures are still verified.
#[derive(Debug)]
struct AnyServer(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyServer {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
