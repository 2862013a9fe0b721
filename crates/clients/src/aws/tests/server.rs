//! A minimal HTTP/1.1 server for the SDK, with optional TLS, and optionally as a proxy.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// A request that arrived.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub(crate) line: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// Returns the access key that signed the request.
    pub(crate) fn signer(&self) -> &str {
        let credential = self.header("authorization").split_once("Credential=").map_or("", |(_, rest)| rest);
        credential.split('/').next().unwrap_or_default()
    }

    /// Whether the body of a query API contains the parameter.
    pub(crate) fn has(&self, parameter: &str) -> bool {
        self.body.split('&').any(|part| part == parameter)
    }
}

/// Status and body of a response.
pub(crate) type Answer = (u16, String);
type Handler = dyn Fn(&Request, usize) -> Answer + Send + Sync;

/// A running server. It stops with the runtime of the test.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) port: u16,
    requests: Arc<Mutex<Vec<Request>>>,
}

/// How the server is reached.
#[derive(Clone, Default)]
pub(crate) struct ServerOptions {
    /// TLS with this certificate.
    pub(crate) tls: Option<Arc<ServerConfig>>,
    /// As a proxy, which responds to a CONNECT request first.
    pub(crate) tunnel: bool,
}

impl Server {
    /// Responds to every request with the result of the function, which receives the number of previous requests.
    pub(crate) async fn start(handler: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static) -> Self {
        Self::start_with(ServerOptions::default(), handler).await
    }

    pub(crate) async fn start_with(
        manner: ServerOptions,
        handler: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let server = Self { port, requests: Arc::default() };
        let (requests, handler): (_, Arc<Handler>) = (Arc::clone(&server.requests), Arc::new(handler));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (manner, requests, handler) = (manner.clone(), Arc::clone(&requests), Arc::clone(&handler));
                tokio::spawn(async move {
                    if manner.tunnel {
                        let Some(connect) = read(&mut stream).await else { return };
                        keep(&requests, connect);
                        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
                    }
                    match manner.tls {
                        None => converse(stream, &requests, &*handler).await,
                        Some(config) => {
                            if let Ok(stream) = TlsAcceptor::from(config).accept(stream).await {
                                converse(stream, &requests, &*handler).await;
                            }
                        }
                    }
                });
            }
        });
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the requests of one STS operation, or the requests whose line contains the text.
    pub(crate) fn requests_of(&self, what: &str) -> Vec<Request> {
        let action = format!("Action={what}");
        self.requests().into_iter().filter(|request| request.has(&action) || request.line.contains(what)).collect()
    }
}

fn keep(requests: &Mutex<Vec<Request>>, request: Request) -> usize {
    let mut requests = requests.lock().unwrap_or_else(PoisonError::into_inner);
    requests.push(request);
    requests.len() - 1
}

async fn converse(mut stream: impl AsyncRead + AsyncWrite + Unpin, requests: &Mutex<Vec<Request>>, handler: &Handler) {
    while let Some(request) = read(&mut stream).await {
        let before = keep(requests, request.clone());
        let (status, body) = handler(&request, before);
        let length = body.len();
        let kind = if body.starts_with('<') { "text/xml" } else { "application/json" };
        let answer = format!(
            "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\ncontent-type: {kind}\r\nx-amzn-requestid: id-{before}\r\n\
             x-aws-ec2-metadata-token-ttl-seconds: 21600\r\n\r\n{body}"
        );
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<Request> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).ok()?;
    let mut lines = head.lines();
    let line = lines.next()?.to_owned();
    let headers: BTreeMap<_, _> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Request { line, headers, body: String::from_utf8(body).ok()? })
}

/// Returns a CA in PEM format, and a server certificate of it for the names.
pub(crate) fn certificate(names: &[&str]) -> (String, Arc<ServerConfig>) {
    let authority_key = rcgen::KeyPair::generate().expect("a key");
    let mut authority = rcgen::CertificateParams::new(Vec::new()).expect("parameters");
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority_certificate = authority.self_signed(&authority_key).expect("a certificate");
    let issuer = rcgen::Issuer::new(authority, authority_key);
    let key = rcgen::KeyPair::generate().expect("a key");
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let leaf = rcgen::CertificateParams::new(names).expect("names").signed_by(&key, &issuer).expect("a certificate");
    let chain = vec![CertificateDer::from(leaf)];
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("a usable certificate");
    (authority_certificate.pem(), Arc::new(config))
}

/// Returns the STS response to AssumeRole and AssumeRoleWithWebIdentity, with this access key and account.
pub(crate) fn assumed(operation: &str, access_key: &str, account: &str, expiration: &str) -> Answer {
    let body = format!(
        "<{operation}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{operation}Result><AssumedRoleUser>\
         <AssumedRoleId>AROA:s</AssumedRoleId><Arn>arn:aws:sts::{account}:assumed-role/r/s</Arn></AssumedRoleUser>\
         <Credentials><AccessKeyId>{access_key}</AccessKeyId><SecretAccessKey>secret-of-{access_key}</SecretAccessKey>\
         <SessionToken>token-of-{access_key}</SessionToken><Expiration>{expiration}</Expiration></Credentials>\
         </{operation}Result></{operation}Response>"
    );
    (200, body)
}

/// Returns the STS response to GetCallerIdentity.
pub(crate) fn identity(account: &str) -> Answer {
    let body = format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Arn>arn:aws:iam::{account}:user/u</Arn><UserId>U</UserId><Account>{account}</Account>\
         </GetCallerIdentityResult></GetCallerIdentityResponse>"
    );
    (200, body)
}

/// Returns the EKS response to ListClusters.
pub(crate) fn clusters() -> Answer {
    (200, "{\"clusters\":[\"a\"]}".to_owned())
}

/// Returns an STS error.
pub(crate) fn sts_error(status: u16, code: &str, message: &str) -> Answer {
    let body = format!("<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>");
    (status, body)
}
