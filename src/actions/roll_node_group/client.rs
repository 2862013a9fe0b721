//! The required AWS operations for a rolling replacement, in plain types.

use async_trait::async_trait;

use clients::errors::ApiError;

/// A node group as far as a rolling replacement depends on it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RolledGroup {
    /// The status, such as `ACTIVE`.
    pub status: String,
    /// The desired number of nodes.
    pub desired_size: usize,
}

/// The API calls for one Region.
#[async_trait]
pub trait RollClient: Send + Sync {
    /// `eks:DescribeNodegroup`.
    async fn describe(&self, cluster: &str, node_group: &str) -> Result<RolledGroup, ApiError>;

    /// `autoscaling:TerminateInstanceInAutoScalingGroup`, without a change of the desired capacity, so that the Auto
    /// Scaling group launches a replacement. An instance that no longer exists is `NotFound`.
    async fn terminate(&self, instance: &str) -> Result<(), ApiError>;
}
