//! What Windows support needs of a cluster, in plain types.

use async_trait::async_trait;

use clients::errors::ApiError;

/// The ConfigMap that the VPC resource controller reads.
pub const NAMESPACE: &str = "kube-system";
/// Its name.
pub const CONFIG_MAP: &str = "amazon-vpc-cni";
/// The key that switches Windows support on, with the value `true`.
pub const KEY: &str = "enable-windows-ipam";

/// The key as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Key {
    /// `true` or something else.
    pub value: String,
    /// The token of a creation that is not complete yet.
    pub token: Option<String>,
    /// Whether this provider manages the key.
    pub is_ours: bool,
}

impl Key {
    /// Whether Windows support is on.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.value == "true"
    }
}

/// What a removal did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Removal {
    /// The key is gone, or was.
    Done,
    /// These managers declare the key themselves, so it stays.
    KeptFor(Vec<String>),
}

/// The clusters of one region.
#[async_trait]
pub trait WindowsSupportClient: Send + Sync {
    /// Names of all clusters.
    async fn clusters(&self) -> Result<Vec<String>, ApiError>;

    /// The family of the addresses of pods: `ipv4` or `ipv6`.
    async fn ip_family(&self, cluster: &str) -> Result<String, ApiError>;

    /// Whether EKS runs something in the cluster that may run Linux pods: a node group or a Fargate profile.
    async fn may_run_linux(&self, cluster: &str) -> Result<bool, ApiError>;

    /// The key; none without the ConfigMap or the key.
    async fn read(&self, cluster: &str) -> Result<Option<Key>, ApiError>;

    /// Creates the key with a token, so that only one of two concurrent callers succeeds. A repeated call with the same token
    /// succeeds as well. `AlreadyExists` if it is `true` already; forced, only if this provider manages it. A `Conflict` if another
    /// manager owns it, unless forced, or if the object was changed meanwhile.
    async fn create(&self, cluster: &str, force: bool, token: &str) -> Result<(), ApiError>;

    /// Removes the token, and all else that is left of the creation.
    async fn complete(&self, cluster: &str) -> Result<(), ApiError>;

    /// Sets the key to `true` and owns it. Forced, it is taken from another manager, which is a `Conflict` otherwise.
    async fn enable(&self, cluster: &str, force: bool, dry_run: bool) -> Result<(), ApiError>;

    /// Removes the key; `Conflict` if the object was changed meanwhile.
    async fn disable(&self, cluster: &str) -> Result<Removal, ApiError>;
}
