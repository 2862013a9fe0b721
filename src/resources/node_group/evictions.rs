//! Explains why EKS could not evict the pods of a node group, from what the cluster contains right after the failure.

use std::collections::BTreeSet;
use std::time::Duration;

use clients::kube::KubernetesApi;
use preflight::drain::remaining;

use super::client::Issue;

/// The code of the update error. Its resource IDs are the names of nodes.
const NOT_EVICTED: &str = "PodEvictionFailure";

/// A large cluster requires a few seconds.
const PATIENCE: Duration = Duration::from_secs(20);

/// Returns what keeps pods on the nodes, or an empty string if the errors have another cause or the cluster cannot be
/// read. Without access to the cluster, the error of EKS is complete, so this adds no message about it.
pub(super) async fn explain(cluster: &dyn KubernetesApi, node_group: &str, errors: &[Issue]) -> String {
    let failed: Vec<_> = errors.iter().filter(|error| error.code == NOT_EVICTED).collect();
    if failed.is_empty() {
        return String::new();
    }
    let workloads = match tokio::time::timeout(PATIENCE, cluster.workloads()).await {
        Ok(Ok(workloads)) => workloads,
        Ok(Err(error)) => {
            tracing::debug!(%error, "unable to read the pods that were not evicted");
            return String::new();
        }
        Err(_) => return String::new(),
    };
    let reported: BTreeSet<_> = failed.iter().flat_map(|error| &error.resource_ids).map(String::as_str).collect();
    // The old nodes of a failed update remain cordoned.
    let cordoned = workloads.nodes.iter().filter(|node| node.node_group == node_group && node.is_unschedulable);
    let cordoned = cordoned.map(|node| node.name.as_str());
    let nodes = if reported.is_empty() { cordoned.collect() } else { reported };
    match remaining(&workloads, &nodes) {
        Some(list) => format!("The following pods remain on these nodes, and this keeps them there:\n{list}"),
        None => "Nothing keeps pods on these nodes now, so a budget may allow evictions again. Apply again.".to_owned(),
    }
}
