//! What runs on the nodes of managed node groups, from the API server of their cluster.

use std::sync::Arc;
use std::time::Duration;

use super::aws_auth::answered_within;
use super::{ApiServers, Found};
use preflight::facts::Workloads;

/// The operation in the cluster: a Kubernetes verb and objects. Messages use it for all three lists.
const ACTION: &str = "list of pods";

/// A large cluster requires a few seconds. Without a response, a plan continues.
const PATIENCE: Duration = Duration::from_secs(20);

/// Returns the workloads, or `None` if the cluster does not exist.
pub(super) async fn read(servers: Option<&ApiServers>, cluster: &str) -> Found<Arc<Workloads>> {
    let Some((kubernetes, region)) = servers else { return Ok(None) };
    let server = kubernetes.cluster(Some(region), cluster);
    Ok(answered_within(PATIENCE, cluster, ACTION, server.workloads()).await?.map(Arc::new))
}
