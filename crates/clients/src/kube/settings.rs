//! The resolved `kubernetes` block of the provider, without unknown values.

use std::collections::BTreeMap;
use std::path::PathBuf;

use framework::secrets::Secret;

/// How to reach clusters if the address and credentials from EKS cannot be used. `None` means that EKS is queried.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// URL of the API server.
    pub host: Option<String>,
    /// CA certificates to trust, in PEM format.
    pub cluster_ca_certificate: Option<String>,
    /// Bearer token.
    pub token: Option<Secret>,
    /// Path to a kubeconfig file.
    pub config_path: Option<PathBuf>,
    /// The context of the kubeconfig file, if it is not the current one.
    pub config_context: Option<String>,
    /// A command that prints credentials.
    pub exec: Option<Exec>,
    /// URL of an HTTP proxy to the API server.
    pub proxy_url: Option<String>,
    /// The name in the server certificate, if it is not the host of the URL.
    pub tls_server_name: Option<String>,
    /// Whether to skip TLS certificate verification.
    pub insecure: bool,
}

/// A credential plugin of client-go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exec {
    /// API version: `client.authentication.k8s.io/v1` or `v1beta1`.
    pub api_version: String,
    /// The command.
    pub command: String,
    /// The arguments of the command.
    pub args: Vec<String>,
    /// Additional environment variables of the command.
    pub env: BTreeMap<String, String>,
}

impl Settings {
    /// Whether the block contains the server, instead of EKS.
    #[must_use]
    pub fn has_server(&self) -> bool {
        self.host.is_some() || self.config_path.is_some()
    }

    /// Whether the block contains credentials, so that no EKS token is created.
    #[must_use]
    pub fn has_credentials(&self) -> bool {
        self.token.is_some() || self.exec.is_some() || self.config_path.is_some()
    }
}
