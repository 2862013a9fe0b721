//! What Windows support needs of a cluster, in plain types.

use async_trait::async_trait;

use crate::clients::errors::ApiError;

/// The ConfigMap that the VPC resource controller reads.
pub const NAMESPACE: &str = "kube-system";
/// Its name.
pub const CONFIG_MAP: &str = "amazon-vpc-cni";
/// The key that switches Windows support on, with the value `true`.
pub const KEY: &str = "enable-windows-ipam";

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

    /// The value of the key; none without the ConfigMap or the key.
    async fn read(&self, cluster: &str) -> Result<Option<String>, ApiError>;

    /// Sets the key to `true` and owns it. Forced, it is taken from another manager, which is a `Conflict` otherwise.
    async fn enable(&self, cluster: &str, force: bool, dry_run: bool) -> Result<(), ApiError>;

    /// Removes the key; `Conflict` if the object was changed meanwhile.
    async fn disable(&self, cluster: &str) -> Result<Removal, ApiError>;
}
