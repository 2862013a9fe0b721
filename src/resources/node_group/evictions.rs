//! Explains why EKS could not evict the pods of a node group, from what the cluster contains right after the failure.

use std::collections::BTreeSet;
use std::time::Duration;

use clients::kube::KubernetesApi;
use clients::wait::Limits;
use preflight::drain::remaining;
use preflight::facts::Workloads;

use super::client::Issue;

/// The code of the update error. Its resource IDs are the names of nodes.
const NOT_EVICTED: &str = "PodEvictionFailure";

/// Maximum number of nodes that are named.
const NODES: usize = 3;

/// A large cluster requires a few seconds.
const PATIENCE: Duration = Duration::from_secs(20);

/// Returns what runs in the cluster, or `None` if it cannot be read in this time.
pub(super) async fn workloads(cluster: &dyn KubernetesApi, patience: Duration) -> Option<Workloads> {
    match tokio::time::timeout(patience, cluster.workloads()).await {
        Ok(Ok(workloads)) => Some(workloads),
        Ok(Err(error)) => {
            tracing::debug!(%error, "unable to read the nodes and pods of the cluster");
            None
        }
        Err(_) => None,
    }
}

/// Returns what keeps pods on the nodes, or an empty string if the errors have another cause, the cluster cannot be read,
/// or the run is interrupted. Without access to the cluster, the error of EKS is complete, so this adds no message about
/// it.
pub(super) async fn explain(
    cluster: &dyn KubernetesApi,
    limits: &Limits,
    node_group: &str,
    errors: &[Issue],
) -> String {
    let failed: Vec<_> = errors.iter().filter(|error| error.code == NOT_EVICTED).collect();
    if failed.is_empty() {
        return String::new();
    }
    let read = limits.cancellation.run_until_cancelled(workloads(cluster, PATIENCE));
    let Some(workloads) = read.await.flatten() else { return String::new() };
    let reported: BTreeSet<_> = failed.iter().flat_map(|error| &error.resource_ids).map(String::as_str).collect();
    // The old nodes of a failed update remain cordoned.
    let own = workloads.nodes.iter().filter(|node| node.node_group.as_deref() == Some(node_group));
    let nodes: BTreeSet<_> = own
        .filter(|node| if reported.is_empty() { node.is_unschedulable } else { reported.contains(node.name.as_str()) })
        .map(|node| node.name.as_str())
        .collect();
    if nodes.is_empty() {
        return String::new();
    }
    let list: Vec<_> = nodes.iter().take(NODES).copied().collect();
    let more = if nodes.len() > NODES { format!(" and {} more", nodes.len() - NODES) } else { String::new() };
    let names = format!("{}{more}", list.join(", "));
    let left = workloads.pods.iter().filter(|pod| pod.is_evicted() && nodes.contains(pod.node.as_str())).count();
    match remaining(&workloads, &nodes) {
        Some(causes) => format!("The following prevents the drain of {names}:\n{causes}"),
        None if left == 0 => format!("No pods that must be evicted remain on {names} now. Apply again."),
        None => format!("No PodDisruptionBudget prevents the eviction of pods from {names} now. Apply again."),
    }
}
