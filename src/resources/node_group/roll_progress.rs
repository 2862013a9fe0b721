//! The progress of an update that replaces nodes, as the cluster shows it, for the log and for a timeout.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use clients::kube::KubernetesApi;
use preflight::drain::Rolling;

use super::evictions;

/// Time between two reads of nodes, pods, and budgets, which can be large lists.
const PAUSE: Duration = Duration::from_secs(60);

/// Maximum time of a read, so that it does not delay the result of the update.
const PATIENCE: Duration = Duration::from_secs(15);

/// After this many failed reads, the cluster is not read again.
const FAILURES: u32 = 2;

/// Maximum number of causes in a line.
const CAUSES: usize = 3;

/// The nodes of a node group during an update.
pub(super) struct RollProgress<'r> {
    kubernetes: &'r dyn KubernetesApi,
    node_group: &'r str,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// When to read again. `None` before the first read.
    next: Option<Instant>,
    /// The number of failed reads.
    failures: u32,
    /// The last result.
    text: String,
    /// When each cause was first seen.
    since: BTreeMap<String, Instant>,
}

impl<'r> RollProgress<'r> {
    pub(super) fn new(kubernetes: &'r dyn KubernetesApi, node_group: &'r str) -> Self {
        Self { kubernetes, node_group, seen: Mutex::default() }
    }

    /// Returns the state of the nodes and what keeps pods on cordoned nodes, or an empty string if the cluster does not
    /// show it.
    pub(super) async fn describe(&self) -> String {
        {
            let mut seen = self.lock();
            if seen.failures >= FAILURES || seen.next.is_some_and(|next| Instant::now() < next) {
                return seen.text.clone();
            }
            seen.next = Some(Instant::now() + PAUSE);
        }
        let Some(workloads) = evictions::workloads(self.kubernetes, PATIENCE).await else {
            let mut seen = self.lock();
            seen.failures += 1;
            seen.text = String::new();
            return String::new();
        };
        let rolling = Rolling::of(&workloads, self.node_group);
        let mut seen = self.lock();
        seen.text = rolling.map(|rolling| seen.line(&rolling)).unwrap_or_default();
        seen.text.clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Seen> {
        // The lock cannot be poisoned: no code that panics runs while it is held.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn line(&mut self, rolling: &Rolling) -> String {
        let now = Instant::now();
        let since = rolling.causes.iter().map(|cause| (cause.clone(), *self.since.get(cause).unwrap_or(&now)));
        self.since = since.collect();
        let Rolling { nodes, ready, cordoned, causes } = rolling;
        let mut parts = vec![format!("nodes: {nodes}, Ready: {ready}, cordoned: {cordoned}")];
        parts.extend(causes.iter().take(CAUSES).map(|cause| {
            match self.since.get(cause).map_or(0, |since| since.elapsed().as_secs() / 60) {
                0 => cause.clone(),
                minutes => format!("{cause} (for {minutes}m)"),
            }
        }));
        if causes.len() > CAUSES {
            parts.push(format!("and {} more", causes.len() - CAUSES));
        }
        parts.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clients::errors::{ApiError, ErrorKind};
    use clients::kube::fake::Fake;
    use preflight::facts::{DisruptionBudget, LabelSelector, Node, Pod, Workloads};

    /// A cluster in which a budget keeps a pod on a cordoned node.
    fn blocked() -> Fake {
        let node = |name: &str, is_unschedulable| Node {
            name: name.to_owned(),
            node_group: Some("workers".to_owned()),
            is_ready: true,
            is_unschedulable,
            ..Node::default()
        };
        let pod = Pod { namespace: "shop".into(), name: "web".into(), node: "old".into(), ..Pod::default() };
        let budget = DisruptionBudget {
            namespace: "shop".into(),
            name: "all".into(),
            selector: Some(LabelSelector::default()),
            is_observed: true,
            ..DisruptionBudget::default()
        };
        let nodes = vec![node("old", true), node("new", false)];
        let fake = Fake::default();
        fake.world().workloads = Workloads { nodes, pods: vec![pod], budgets: vec![budget] };
        fake
    }

    #[tokio::test(start_paused = true)]
    async fn cause_and_its_duration_are_described() {
        let cluster = blocked();
        let progress = RollProgress::new(&cluster, "workers");
        let first = progress.describe().await;
        assert!(first.starts_with("nodes: 2, Ready: 2, cordoned: 1; PodDisruptionBudget shop/all: "), "{first}");
        tokio::time::advance(Duration::from_secs(15)).await;
        assert_eq!(progress.describe().await, first);
        assert_eq!(cluster.world().calls.len(), 1);
        tokio::time::advance(Duration::from_secs(170)).await;
        let later = progress.describe().await;
        assert!(later.ends_with(" (for 3m)"), "{later}");
        // The budget allows the eviction.
        cluster.world().workloads.pods.clear();
        tokio::time::advance(PAUSE).await;
        assert_eq!(progress.describe().await, "nodes: 2, Ready: 2, cordoned: 1");
    }

    #[tokio::test(start_paused = true)]
    async fn unreadable_cluster_is_not_read_again() {
        let cluster = blocked();
        cluster.world().broken.push(("LIST", ApiError::own(ErrorKind::Denied, "LIST", "forbidden")));
        let progress = RollProgress::new(&cluster, "workers");
        assert_eq!(progress.describe().await, "");
        for _ in 0..3 {
            tokio::time::advance(PAUSE).await;
            assert_eq!(progress.describe().await, "");
        }
        assert_eq!(cluster.world().calls.len(), 2);
    }
}
