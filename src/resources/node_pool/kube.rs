//! Connects to a cluster.

use std::sync::Arc;

use clients::context::Clients;
use clients::kube::KubernetesApi;

/// Returns the cluster in `region`, or in the configured Region if it is `None`.
#[must_use]
pub fn connect(clients: &Clients, region: Option<&str>, cluster: &str) -> Arc<dyn KubernetesApi> {
    clients.kubernetes().cluster(region, cluster)
}
