//! The required operations for node classes, in plain types.

use std::sync::Arc;

use async_trait::async_trait;

use clients::errors::ApiError;
use clients::kube::KubernetesApi;

/// The clusters of one Region.
#[async_trait]
pub trait Clusters: Send + Sync {
    /// Returns the names of all clusters.
    async fn names(&self) -> Result<Vec<String>, ApiError>;

    /// Returns the API server of a cluster.
    fn cluster(&self, name: &str) -> Arc<dyn KubernetesApi>;
}
