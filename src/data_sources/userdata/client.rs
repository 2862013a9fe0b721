//! The required AWS operations, in plain types. [`super::aws`] calls the service.

use async_trait::async_trait;

use clients::errors::ApiError;

/// The API calls for one Region.
#[async_trait]
pub trait UserdataClient: Send + Sync {
    /// `eks:DescribeCluster`, called once per cluster and process.
    async fn cluster(&self, name: &str) -> Result<ClusterFacts, ApiError>;
}

/// The cluster settings that a node requires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterFacts {
    /// The URL of the API server. `None` while the cluster is being created.
    pub endpoint: Option<String>,
    /// The CA certificate: PEM in base64. `None` while the cluster is being created.
    pub certificate_authority: Option<String>,
    /// The service CIDR block, in the IP family of the cluster.
    pub service_cidr: Option<String>,
    /// The Kubernetes version, such as `1.33`.
    pub version: String,
    /// The status, such as `CREATING` or `ACTIVE`.
    pub status: String,
    /// The ID of a local cluster on AWS Outposts.
    pub outpost_id: Option<String>,
}
