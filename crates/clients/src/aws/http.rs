//! HTTP connections to AWS: proxies and trusted CAs, initialized with the first request.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use hyper_util::client::proxy::matcher::Matcher;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::insecure_tls::UnverifiedConnector;
use super::reach::{Reach, Target};
use super::settings::Http;

/// An error in the HTTP settings.
#[derive(Debug, thiserror::Error)]
pub(super) enum HttpError {
    /// The CA bundle cannot be read.
    #[error("unable to read {path}: {source}")]
    Unreadable {
        /// Path of the file.
        path: String,
        /// The reason.
        source: std::io::Error,
    },
    /// The CA bundle contains no certificates.
    #[error("{path} does not contain a usable certificate in PEM format: {reason}")]
    NoCertificate {
        /// Path of the file.
        path: String,
        /// The reason.
        reason: String,
    },
}

/// Connect timeout and read timeout of a connector.
type Timeouts = (Option<Duration>, Option<Duration>);

/// The HTTP client that the whole process shares.
#[derive(Debug)]
pub(super) struct LazyHttpClient {
    plan: Arc<Plan>,
    connectors: Mutex<HashMap<Timeouts, SharedHttpConnector>>,
}

/// The validated HTTP settings. Errors are reported immediately, before the first connection.
#[derive(Debug)]
struct Plan {
    http: Http,
    authorities: Option<Vec<u8>>,
    reach: Reach,
}

impl LazyHttpClient {
    /// Prepares a client. No connection is opened, and the system trust store is not read yet.
    ///
    /// # Errors
    /// Returns an error if the CA bundle is not valid.
    pub(super) fn new(http: Http) -> Result<Self, HttpError> {
        let authorities = http.ca_bundle.as_deref().map(read_bundle).transpose()?;
        Ok(Self { plan: Arc::new(Plan { http, authorities, reach: Reach::default() }), connectors: Mutex::default() })
    }
}

/// Reads a CA bundle and checks that all of its certificates can be trusted, because later errors cannot be reported.
fn read_bundle(path: &Path) -> Result<Vec<u8>, HttpError> {
    let shown = path.display().to_string();
    let pem = std::fs::read(path).map_err(|source| HttpError::Unreadable { path: shown.clone(), source })?;
    let unusable = |reason: String| HttpError::NoCertificate { path: shown.clone(), reason };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
        roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
    }
    if roots.is_empty() { Err(unusable("no certificate found".to_owned())) } else { Ok(pem) }
}

impl HttpClient for LazyHttpClient {
    fn http_connector(&self, settings: &HttpConnectorSettings, _components: &RuntimeComponents) -> SharedHttpConnector {
        let key = (settings.connect_timeout(), settings.read_timeout());
        let mut connectors = self.connectors.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || SharedHttpConnector::new(Routes::new(Arc::clone(&self.plan), settings.clone()));
        connectors.entry(key).or_insert_with(make).clone()
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        Some(ConnectorMetadata::new("hyper", Some("1.x".into())))
    }
}

/// The connectors by transport. Each is created with the first request that uses it.
struct Routes {
    plan: Arc<Plan>,
    settings: HttpConnectorSettings,
    ways: [OnceLock<SharedHttpConnector>; 4],
}

/// The transport to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transport {
    PlainDirect,
    PlainProxied,
    TlsDirect,
    TlsProxied,
}

impl Transport {
    fn of(uri: &http::Uri, http: &Http) -> Self {
        let tls = uri.scheme_str() == Some("https");
        // A proxy cannot reach this machine or its metadata service.
        let near = uri.host().is_none_or(is_near);
        match (tls, near) {
            (true, false) if http.https_proxy.is_some() => Self::TlsProxied,
            (true, _) => Self::TlsDirect,
            (false, false) if http.http_proxy.is_some() => Self::PlainProxied,
            (false, _) => Self::PlainDirect,
        }
    }
}

/// Returns the URL of the proxy for an `https` URL, or `None` if the connection is direct.
pub(super) fn proxy_for(http: &Http, url: &str) -> Option<String> {
    let uri = url.parse().ok()?;
    let proxy = http.https_proxy.as_deref().filter(|_| Transport::of(&uri, http) == Transport::TlsProxied)?;
    let matcher = Matcher::builder().https(proxy).no(http.no_proxy.as_deref().unwrap_or_default()).build();
    matcher.intercept(&uri).map(|_| proxy.to_owned())
}

/// Whether the host is a loopback or link-local address.
fn is_near(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    match host.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(address)) => address.is_loopback() || address.is_link_local(),
        Ok(std::net::IpAddr::V6(address)) => address.is_loopback() || address.segments().starts_with(&[0xfd00, 0x0ec2]),
        Err(_) => host.eq_ignore_ascii_case("localhost") || host.to_ascii_lowercase().ends_with(".localhost"),
    }
}

impl Routes {
    fn new(plan: Arc<Plan>, settings: HttpConnectorSettings) -> Self {
        Self { plan, settings, ways: Default::default() }
    }

    fn connector(&self, way: Transport) -> &SharedHttpConnector {
        self.ways[way as usize].get_or_init(|| self.connect(way))
    }

    fn connect(&self, way: Transport) -> SharedHttpConnector {
        let http = &self.plan.http;
        let tls = matches!(way, Transport::TlsDirect | Transport::TlsProxied);
        if tls && http.insecure {
            let proxy = http.https_proxy.as_deref().filter(|_| way == Transport::TlsProxied);
            let no_proxy = http.no_proxy.as_deref().unwrap_or_default();
            return SharedHttpConnector::new(UnverifiedConnector::new(proxy, no_proxy, &self.settings));
        }
        let mut builder = Connector::builder().connector_settings(self.settings.clone());
        builder.set_proxy_config(Some(self.proxy(way)));
        let connector = builder
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .tls_context(self.trust(tls || way == Transport::PlainProxied))
            .build();
        SharedHttpConnector::new(connector)
    }

    fn proxy(&self, way: Transport) -> ProxyConfig {
        let http = &self.plan.http;
        let config = match (way, &http.http_proxy, &http.https_proxy) {
            (Transport::PlainProxied, Some(url), _) => ProxyConfig::http(url.as_str()),
            (Transport::TlsProxied, _, Some(url)) => ProxyConfig::https(url.as_str()),
            _ => Ok(ProxyConfig::disabled()),
        };
        let config = config.unwrap_or_else(|error| {
            // The settings were validated before.
            tracing::error!(%error, "ignoring the proxy setting");
            ProxyConfig::disabled()
        });
        match &http.no_proxy {
            Some(hosts) => config.no_proxy(hosts),
            None => config,
        }
    }

    /// Sends a request through the configured transport, and records whether the endpoint is reachable.
    fn send(&self, uri: &http::Uri, request: HttpRequest) -> HttpConnectorFuture {
        let http = &self.plan.http;
        let way = Transport::of(uri, http);
        let proxy = match way {
            Transport::PlainProxied => http.http_proxy.as_deref(),
            Transport::TlsProxied => http.https_proxy.as_deref(),
            Transport::PlainDirect | Transport::TlsDirect => None,
        };
        let Some(target) = Target::of(&request, uri, proxy) else { return self.connector(way).call(request) };
        if let Some(error) = self.plan.reach.is_given_up(&target) {
            return HttpConnectorFuture::ready(Err(error));
        }
        let (plan, answer) = (Arc::clone(&self.plan), self.connector(way).call(request));
        let patience = self.plan.reach.patience(&target);
        HttpConnectorFuture::new(async move {
            let answer = match patience {
                None => answer.await,
                Some(patience) => match tokio::time::timeout(patience, answer).await {
                    Ok(answer) => answer,
                    Err(_) => return Err(plan.reach.unanswered(&target, patience)),
                },
            };
            if answer.is_ok() {
                plan.reach.answered(&target);
            }
            answer.map_err(|error| plan.reach.failed(&target, error))
        })
    }

    /// Returns the trusted CAs: the bundle, or else the system trust store, which is slower to read.
    fn trust(&self, needed: bool) -> TlsContext {
        let store = match &self.plan.authorities {
            Some(pem) => TrustStore::empty().with_pem_certificate(pem.clone()),
            None => TrustStore::empty().with_native_roots(needed),
        };
        TlsContext::builder().with_trust_store(store).build().unwrap_or_default()
    }
}

impl fmt::Debug for Routes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Routes").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl HttpConnector for Routes {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        match request.uri().parse::<http::Uri>() {
            Ok(uri) => self.send(&uri, request),
            Err(error) => HttpConnectorFuture::ready(Err(ConnectorError::user(error.into()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("https://eks.us-east-1.amazonaws.com/", Transport::TlsProxied)]
    #[case("http://eks.test/", Transport::PlainProxied)]
    #[case("http://127.0.0.1:5000/", Transport::PlainDirect)]
    #[case("https://localhost:5000/", Transport::TlsDirect)]
    #[case("http://169.254.169.254/latest/api/token", Transport::PlainDirect)]
    #[case("http://[fd00:ec2::254]/latest/api/token", Transport::PlainDirect)]
    #[case("http://169.254.170.2/credentials", Transport::PlainDirect)]
    fn near_hosts_are_reached_directly(#[case] uri: &str, #[case] way: Transport) {
        let proxied = Http {
            http_proxy: Some("http://proxy:3128".to_owned()),
            https_proxy: Some("http://proxy:3128".to_owned()),
            ..Http::default()
        };
        let uri = uri.parse().expect("a URI");
        assert_eq!(Transport::of(&uri, &proxied), way);
    }

    #[test]
    fn each_scheme_has_its_own_proxy() {
        let only_tls = Http { https_proxy: Some("http://proxy:3128".to_owned()), ..Http::default() };
        assert_eq!(Transport::of(&"http://eks.test/".parse().expect("a URI"), &only_tls), Transport::PlainDirect);
        assert_eq!(Transport::of(&"https://eks.test/".parse().expect("a URI"), &only_tls), Transport::TlsProxied);
    }
}
