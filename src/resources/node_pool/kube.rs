//! The way to a cluster.

use std::sync::Arc;

use clients::context::Clients;
use clients::kube::KubernetesApi;

/// The cluster of that name in a region, or in the configured one.
#[must_use]
pub fn connect(clients: &Clients, region: Option<&str>, cluster: &str) -> Arc<dyn KubernetesApi> {
    clients.kubernetes().cluster(region, cluster)
}
