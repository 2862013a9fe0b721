//! The `kubernetes` block of the provider, for clusters that are not reached through the EKS endpoint. Its arguments
//! have the same names as in the `hashicorp/kubernetes` provider.

use super::validators::{proxy, url};
use clients::kube::settings::{Exec, Settings};
use framework::blocks::ListBlock;
use framework::diagnostics::Diagnostics;
use framework::model::{Attr, List, Map, Model};
use framework::path::Path;
use framework::secrets::Secret;
use framework::validators::{length_between, one_of};

/// Configuration block for access to the Kubernetes API of clusters.
#[derive(Debug, Clone, PartialEq, Eq, Default, Model)]
pub struct KubernetesAccess {
    /// CA certificates to trust, in PEM format. Defaults to the CA certificate that EKS returns for the cluster. If `host` is
    /// set, defaults to the system certificates, and with `config_path` to the certificates in the file.
    #[attribute(optional, validate = [length_between(1..=usize::MAX)])]
    pub cluster_ca_certificate: Attr<String>,
    /// Name of the kubeconfig context. Defaults to the current context of the file.
    #[attribute(optional, validate = [length_between(1..=usize::MAX)])]
    pub config_context: Attr<String>,
    /// Path to a kubeconfig file that contains the server and the credentials.
    #[attribute(optional, validate = [length_between(1..=4096)])]
    pub config_path: Attr<String>,
    /// URL of the API server, such as the local end of a tunnel. If set, the provider uses this API server for all
    /// clusters.
    #[attribute(optional, validate = [url()])]
    pub host: Attr<String>,
    /// Whether to accept any server certificate, and `http` URLs of other machines. Any system on the network path can
    /// then read and change the requests, including the credentials. Defaults to `false`.
    #[attribute(optional)]
    pub insecure: Attr<bool>,
    /// URL of an HTTP proxy for the API server. Defaults to the proxy for AWS API calls.
    #[attribute(optional, validate = [proxy()])]
    pub proxy_url: Attr<String>,
    /// Server name to verify in the certificate of the API server. Defaults to the host name of the URL.
    #[attribute(optional, validate = [length_between(1..=253)])]
    pub tls_server_name: Attr<String>,
    /// Bearer token. If `token`, `exec`, and `config_path` are unset, the provider generates an EKS token from its AWS
    /// credentials and renews it before it expires.
    #[attribute(optional, sensitive, validate = [length_between(1..=usize::MAX)])]
    pub token: Attr<String>,
    /// Configuration block for a command that prints credentials, which the provider runs in the same way as kubectl.
    #[block(max = 1)]
    pub exec: ListBlock<ExecCommand>,
}

/// Configuration block for a command that prints credentials.
#[derive(Debug, Clone, PartialEq, Eq, Default, Model)]
pub struct ExecCommand {
    /// API version of the command output.
    #[attribute(
        required,
        validate = [one_of(&["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"])]
    )]
    pub api_version: Attr<String>,
    /// Arguments of the command.
    #[attribute(optional)]
    pub args: List<String>,
    /// Command to run.
    #[attribute(required, validate = [length_between(1..=4096)])]
    pub command: Attr<String>,
    /// Environment variables to add to the environment of the command.
    #[attribute(optional)]
    pub env: Map<String>,
}

/// Reports arguments that conflict with each other or require another argument.
pub(super) fn validate(access: &KubernetesAccess, diagnostics: &mut Diagnostics) {
    let path = Path::attribute("kubernetes").index(0);
    let exec = access.exec.first().is_some();
    let sources = [("token", access.token.is_known()), ("exec", exec), ("config_path", access.config_path.is_known())];
    let given: Vec<_> = sources.into_iter().filter_map(|(name, given)| given.then_some(name)).collect();
    if let [first, second, ..] = given.as_slice() {
        diagnostics.error_at(
            path.then(*second),
            "Conflicting credentials",
            format!("{first} and {second} both provide credentials for the API server. Remove one of them."),
        );
    }
    if access.config_context.is_known() && access.config_path.is_null() {
        diagnostics.error_at(
            path.then("config_context"),
            "config_context requires config_path",
            "config_context specifies a context of a kubeconfig file, but config_path is not set.",
        );
    }
    if access.host.is_known() && access.config_path.is_known() {
        diagnostics.error_at(
            path.then("host"),
            "Conflicting API servers",
            "host and config_path both specify an API server. Remove one of them.",
        );
    }
    if access.insecure == Attr::Known(true) && access.cluster_ca_certificate.is_known() {
        diagnostics.error_at(
            path.then("insecure"),
            "Certificate is not verified",
            "cluster_ca_certificate has no effect with insecure = true. Remove one of them.",
        );
    }
}

/// Converts the block to settings. All values are known.
pub(super) fn settings(block: Option<&KubernetesAccess>) -> Settings {
    let Some(access) = block else { return Settings::default() };
    let text = |attribute: &Attr<String>| attribute.text().map(str::to_owned);
    Settings {
        host: text(&access.host),
        cluster_ca_certificate: text(&access.cluster_ca_certificate),
        token: text(&access.token).map(Secret::new),
        config_path: text(&access.config_path).map(Into::into),
        config_context: text(&access.config_context),
        exec: access.exec.first().map(|exec| Exec {
            api_version: text(&exec.api_version).unwrap_or_default(),
            command: text(&exec.command).unwrap_or_default(),
            args: exec.args.known_elements().cloned().collect(),
            env: exec.env.known_members().map(|(name, value)| (name.clone(), value.clone())).collect(),
        }),
        proxy_url: text(&access.proxy_url).filter(|url| !url.is_empty()),
        tls_server_name: text(&access.tls_server_name),
        insecure: access.insecure == Attr::Known(true),
    }
}
