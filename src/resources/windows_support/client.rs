//! The required cluster operations for Windows support, in plain types.

use async_trait::async_trait;

use clients::errors::ApiError;

/// The ConfigMap that the VPC resource controller reads.
pub const NAMESPACE: &str = "kube-system";
/// Its name.
pub const CONFIG_MAP: &str = "amazon-vpc-cni";
/// The key that enables Windows support with the value `true`.
pub const KEY: &str = "enable-windows-ipam";

/// The live key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Key {
    /// The value: `true` or another string.
    pub value: String,
    /// The token of a creation that is not complete yet.
    pub token: Option<String>,
    /// Whether this provider manages the key.
    pub is_ours: bool,
}

impl Key {
    /// Whether Windows support is enabled.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.value == "true"
    }
}

/// The result of a removal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Removal {
    /// The key was removed, or did not exist.
    Done,
    /// These field managers also declare the key, so it was kept.
    KeptFor(Vec<String>),
}

/// The clusters of one Region.
#[async_trait]
pub trait WindowsSupportClient: Send + Sync {
    /// Returns the names of all clusters.
    async fn clusters(&self) -> Result<Vec<String>, ApiError>;

    /// Returns the IP family of pods: `ipv4` or `ipv6`.
    async fn ip_family(&self, cluster: &str) -> Result<String, ApiError>;

    /// Whether the cluster has a node group or Fargate profile that can run Linux pods.
    async fn may_run_linux(&self, cluster: &str) -> Result<bool, ApiError>;

    /// Returns the key, or `None` if the ConfigMap or the key does not exist.
    async fn read(&self, cluster: &str) -> Result<Option<Key>, ApiError>;

    /// Creates the key with a token, so that only one of two concurrent callers succeeds. A repeated call with the same
    /// token also succeeds. Returns `AlreadyExists` if the key is already `true`; with `force`, only if this provider
    /// manages it. Returns `Conflict` if another field manager owns the key and `force` is not set, or if the object
    /// was changed concurrently.
    async fn create(&self, cluster: &str, force: bool, token: &str) -> Result<(), ApiError>;

    /// Removes the token and all other data of the creation.
    async fn complete(&self, cluster: &str) -> Result<(), ApiError>;

    /// Sets the key to `true` and owns it. Without `force`, another owner is a `Conflict`.
    async fn enable(&self, cluster: &str, force: bool, dry_run: bool) -> Result<(), ApiError>;

    /// Removes the key. Returns `Conflict` if the object was changed concurrently.
    async fn disable(&self, cluster: &str) -> Result<Removal, ApiError>;
}
