//! What the provider's `kubernetes` block says, resolved: no value is unknown here.

use std::collections::BTreeMap;
use std::path::PathBuf;

use framework::secrets::Secret;

/// How clusters are reached where EKS's own answers do not serve. `None` means that EKS is asked.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The API server's URL.
    pub host: Option<String>,
    /// Certificates to trust, in PEM.
    pub cluster_ca_certificate: Option<String>,
    /// A bearer token.
    pub token: Option<Secret>,
    /// A kubeconfig file.
    pub config_path: Option<PathBuf>,
    /// The context of the kubeconfig file, if not its current one.
    pub config_context: Option<String>,
    /// A command that prints credentials.
    pub exec: Option<Exec>,
    /// An HTTP proxy to the API server.
    pub proxy_url: Option<String>,
    /// The name in the server's certificate, if not the host of the URL.
    pub tls_server_name: Option<String>,
    /// The server's certificate is not checked.
    pub insecure: bool,
}

/// A credential plugin of client-go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exec {
    /// `client.authentication.k8s.io/v1` or `v1beta1`.
    pub api_version: String,
    /// The program.
    pub command: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Variables added to its environment.
    pub env: BTreeMap<String, String>,
}

impl Settings {
    /// Whether the block names another server than the one EKS tells.
    #[must_use]
    pub fn names_a_server(&self) -> bool {
        self.host.is_some() || self.config_path.is_some()
    }

    /// Whether the block brings credentials, so that no token of EKS is made.
    #[must_use]
    pub fn brings_credentials(&self) -> bool {
        self.token.is_some() || self.exec.is_some() || self.config_path.is_some()
    }
}
