//! Creates a client from an address and the settings.

use std::time::Duration;

use kube::config::{AuthInfo, ExecConfig, ExecInteractiveMode, KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::errors::without_credentials;
use super::settings::{Exec, Settings};
use crate::errors::{ApiError, ErrorKind, KUBERNETES};

const CONNECTING: &str = "connecting";

/// A firewall may block the endpoint, which results in no response at all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The API server itself times out after 60 seconds.
const READ_TIMEOUT: Duration = Duration::from_secs(65);

/// Timeout for a program that provides credentials. It must not wait for a browser or a one-time password.
const EXEC_TIMEOUT: Duration = Duration::from_secs(60);

/// The server to connect to, before the settings of the provider block are applied.
#[derive(Debug, Clone, Default)]
pub(super) struct Target {
    /// URL of the server, or `None` if the settings contain it.
    pub(super) endpoint: Option<String>,
    /// CA certificates to trust, in PEM format.
    pub(super) certificate_authority: Option<String>,
    /// The proxy through which this machine reaches the URL.
    pub(super) proxy: Option<String>,
}

/// Prepares a client. No connection is opened yet.
///
/// # Errors
/// Returns an error if the target or the settings are not valid.
pub(super) async fn client(target: &Target, settings: &Settings) -> Result<Client, ApiError> {
    let mut config = match &settings.config_path {
        Some(path) => from_file(path, settings).await?,
        None => {
            let endpoint = settings.host.as_ref().or(target.endpoint.as_ref());
            Config::new(uri(endpoint.map(String::as_str).unwrap_or_default())?)
        }
    };
    let authority = settings.cluster_ca_certificate.as_ref().or(target.certificate_authority.as_ref());
    if let Some(pem) = authority {
        config.root_cert = Some(certificates(pem)?);
    }
    if let Some(proxy) = settings.proxy_url.as_ref().or(target.proxy.as_ref()) {
        config.proxy_url = Some(uri(proxy)?);
    }
    if settings.tls_server_name.is_some() {
        config.tls_server_name.clone_from(&settings.tls_server_name);
    }
    config.accept_invalid_certs |= settings.insecure;
    if let Some(token) = &settings.token {
        config.auth_info = AuthInfo { token: Some(token.expose().to_owned().into()), ..AuthInfo::default() };
    } else if let Some(exec) = &settings.exec {
        config.auth_info = AuthInfo { exec: Some(plugin(exec)), ..AuthInfo::default() };
    }
    if let Some(exec) = &mut config.auth_info.exec {
        // A provider has no terminal, and its standard error goes to the log.
        exec.interactive_mode = Some(ExecInteractiveMode::Never);
        exec.drop_env = Some(exec.drop_env.take().unwrap_or_default().into_iter().chain(of_the_plugin()).collect());
    }
    refuse_clear_text(&config, settings)?;
    config.connect_timeout = Some(CONNECT_TIMEOUT);
    config.read_timeout = Some(READ_TIMEOUT);
    config.reset_reader_on_write = true;
    // The retries are implemented in `request`, which determines whether a request is safe to repeat.
    config.default_retry = false;
    made(config, EXEC_TIMEOUT).await
}

/// Creates the client. Its constructor runs the `exec` program for credentials.
async fn made(config: Config, timeout: Duration) -> Result<Client, ApiError> {
    let client = tokio::task::spawn_blocking(move || Client::try_from(config));
    match tokio::time::timeout(timeout, client).await {
        Ok(Ok(client)) => client.map_err(|error| unusable(without_credentials(&error))),
        Ok(Err(error)) => Err(unusable(error.to_string())),
        Err(_) => Err(unusable(format!(
            "the exec command for credentials did not exit within {} s. It must not wait for input",
            timeout.as_secs()
        ))),
    }
}

/// The variables that Terraform sets for its plugins. They identify and authenticate the plugin, so no other program
/// gets them.
fn of_the_plugin() -> impl Iterator<Item = String> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    names.filter(|name| ["PLUGIN_", "TF_PLUGIN_", "TF_REATTACH_"].iter().any(|prefix| name.starts_with(prefix)))
}

/// Credentials must not be sent over a network unencrypted, unless the user disables server verification.
fn refuse_clear_text(config: &Config, settings: &Settings) -> Result<(), ApiError> {
    let url = &config.cluster_url;
    let host = url.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let is_near = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    if url.scheme_str() != Some("http") || is_near || settings.insecure {
        return Ok(());
    }
    Err(unusable(format!(
        "{url} is not encrypted, so the credentials could be intercepted. Use an https URL, or set insecure = true in \
         the kubernetes block of the provider configuration to accept this risk"
    )))
}

async fn from_file(path: &std::path::Path, settings: &Settings) -> Result<Config, ApiError> {
    let shown = path.display();
    // The text around a syntax error can contain credentials.
    let first_line = |error: &str| error.lines().next().unwrap_or_default().to_owned();
    let unreadable = |error: &str| unusable(format!("config_path {shown}: {}", first_line(error)));
    let file = Kubeconfig::read_from(path).map_err(|error| unreadable(&error.to_string()))?;
    let options = KubeConfigOptions { context: settings.config_context.clone(), ..KubeConfigOptions::default() };
    let config = Config::from_custom_kubeconfig(file, &options).await;
    config.map_err(|error| unusable(format!("config_path {shown}: {error}")))
}

fn uri(text: &str) -> Result<http::Uri, ApiError> {
    text.parse().map_err(|_| unusable(format!("{text:?} is not a valid URL")))
}

fn certificates(pem: &str) -> Result<Vec<Vec<u8>>, ApiError> {
    let found: Result<Vec<_>, _> =
        CertificateDer::pem_slice_iter(pem.as_bytes()).map(|found| found.map(|found| found.to_vec())).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(unusable("the cluster CA certificate does not contain a certificate in PEM format".to_owned())),
        Err(error) => Err(unusable(format!("unable to read the cluster CA certificate: {error}"))),
    }
}

fn plugin(exec: &Exec) -> ExecConfig {
    let variable = |(name, value): (&String, &String)| {
        [("name".to_owned(), name.clone()), ("value".to_owned(), value.clone())].into_iter().collect()
    };
    ExecConfig {
        api_version: Some(exec.api_version.clone()),
        command: Some(exec.command.clone()),
        args: Some(exec.args.clone()),
        env: Some(exec.env.iter().map(variable).collect()),
        drop_env: None,
        install_hint: None,
        interactive_mode: Some(ExecInteractiveMode::Never),
        provide_cluster_info: false,
        cluster: None,
        other: std::collections::BTreeMap::new(),
    }
}

fn unusable(message: String) -> ApiError {
    ApiError { service: KUBERNETES, ..ApiError::own(ErrorKind::Invalid, CONNECTING, message) }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::remote("http://cluster.test", false, false)]
    #[case::remote_accepted("http://cluster.test", true, true)]
    #[case::loopback("http://127.0.0.1:8001", false, true)]
    #[case::loopback_by_name("http://localhost:8001", false, true)]
    #[case::loopback_of_version_6("http://[::1]:8001", false, true)]
    #[case::other_address("http://10.0.0.1", false, false)]
    #[case::encrypted("https://cluster.test", false, true)]
    fn credentials_cross_no_network_in_clear_text(
        #[case] url: &str,
        #[case] insecure: bool,
        #[case] is_accepted: bool,
    ) {
        let config = Config::new(uri(url).expect("a URL"));
        let settings = Settings { insecure, ..Settings::default() };
        let found = refuse_clear_text(&config, &settings);
        assert_eq!(found.is_ok(), is_accepted, "{found:?}");
    }

    #[tokio::test]
    async fn program_for_credentials_has_a_time_limit() {
        let mut config = Config::new(uri("https://127.0.0.1:1").expect("a URL"));
        let exec = Exec {
            api_version: "client.authentication.k8s.io/v1".to_owned(),
            command: "sleep".to_owned(),
            args: vec!["20".to_owned()],
            env: std::collections::BTreeMap::new(),
        };
        config.auth_info.exec = Some(plugin(&exec));
        let started = std::time::Instant::now();
        let error = made(config, Duration::from_secs(1)).await.err().expect("no credentials");
        assert!(error.message.contains("did not exit within 1 s"), "{error}");
        assert!(started.elapsed() < Duration::from_secs(10));
    }
}
