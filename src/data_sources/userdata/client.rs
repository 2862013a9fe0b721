//! What a userdata needs of AWS, in plain types. [`super::aws`] asks the real service.

use async_trait::async_trait;

use clients::errors::ApiError;

/// The calls, for one region.
#[async_trait]
pub trait UserdataClient: Send + Sync {
    /// `eks:DescribeCluster`, once a process for each cluster.
    async fn cluster(&self, name: &str) -> Result<ClusterFacts, ApiError>;
}

/// What a node needs to know of its cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterFacts {
    /// The URL of the API server; none while the cluster is being made.
    pub endpoint: Option<String>,
    /// PEM in base64; none while the cluster is being made.
    pub certificate_authority: Option<String>,
    /// The addresses of services, of the family that the cluster uses.
    pub service_cidr: Option<String>,
    /// The Kubernetes version, such as `1.33`.
    pub version: String,
    /// `CREATING`, `ACTIVE` and so on.
    pub status: String,
    /// The id of a local cluster on Outposts.
    pub outpost_id: Option<String>,
}
