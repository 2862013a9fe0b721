//! The required AWS operations, in plain types. [`super::aws`] calls the service.

use std::sync::Arc;

use async_trait::async_trait;

use clients::errors::ApiError;
use render::karpenter::instance_type::Offer;

/// The API calls for one Region.
#[async_trait]
pub trait InstanceTypesClient: Send + Sync {
    /// Returns all instance types with GPUs or other accelerators and the zones that offer them, ordered by family and
    /// then by size. Read once per process (`ec2:DescribeInstanceTypeOfferings`, `ec2:DescribeInstanceTypes`,
    /// `ec2:DescribeAvailabilityZones`).
    async fn offers(&self) -> Result<Arc<Vec<Offer>>, ApiError>;
}
