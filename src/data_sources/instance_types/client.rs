//! The required AWS operations, in plain types. [`super::aws`] calls the service.

use std::sync::Arc;

use async_trait::async_trait;

use clients::errors::ApiError;
use render::karpenter::instance_type::Offer;

/// The calls, for one region.
#[async_trait]
pub trait InstanceTypesClient: Send + Sync {
    /// All types with GPUs or other accelerators and the zones that offer them, ordered by family, then by size; read once a
    /// process (`ec2:DescribeInstanceTypeOfferings`, `ec2:DescribeInstanceTypes`, `ec2:DescribeAvailabilityZones`).
    async fn offers(&self) -> Result<Arc<Vec<Offer>>, ApiError>;
}
