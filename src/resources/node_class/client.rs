//! What node classes need of a region, in plain types.

use std::sync::Arc;

use async_trait::async_trait;

use clients::errors::ApiError;
use clients::kube::KubernetesApi;

/// The clusters of one region.
#[async_trait]
pub trait Clusters: Send + Sync {
    /// Names of all clusters.
    async fn names(&self) -> Result<Vec<String>, ApiError>;

    /// The API server of a cluster.
    fn cluster(&self, name: &str) -> Arc<dyn KubernetesApi>;
}
