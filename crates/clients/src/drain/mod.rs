//! Drains nodes: cordons them, evicts their pods within the limits of PodDisruptionBudgets, and waits until the pods are
//! deleted. Follows `kubectl drain`, with these differences: pods without a controller and pods with `emptyDir` volumes
//! are evicted as well, several nodes can be drained at the same time, and cordoned nodes are marked so that an
//! interrupted drain can be undone or resumed.

mod error;
mod node;
mod pods;

use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, StreamExt, TryStreamExt};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::context::Clients;
use crate::errors::ApiError;
use crate::kube::nodes::{Cordon, DRAIN_MARK, NodesApi};
use crate::retry::Retry;
use crate::wait::Limits;
use framework::model::Attr;
use framework::timeouts;
use node::NodeDrain;
use preflight::facts::Node;

pub use error::{DrainError, Refusal};

/// Maximum number of concurrent changes of nodes.
const CHANGES: usize = 10;

/// Time between two searches for other nodes.
const DESTINATIONS: Duration = Duration::from_secs(15);

/// How long a cluster can lack other nodes before that is final. Karpenter launches nodes only for pods that are already
/// evicted, and a node can be NotReady for a moment.
const LAUNCH: Duration = Duration::from_secs(3 * 60);

/// How nodes are drained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrainSettings {
    /// Maximum number of nodes that are drained at the same time.
    pub max_unavailable: usize,
    /// Maximum time for a node.
    pub drain_timeout: Duration,
    /// Replaces the termination grace period of each pod, in seconds.
    pub grace_period_seconds: Option<i64>,
    /// Whether to delete pods that are not evicted within the time, regardless of PodDisruptionBudgets.
    pub force: bool,
}

impl Default for DrainSettings {
    fn default() -> Self {
        let drain_timeout = Duration::from_secs(15 * 60);
        Self { max_unavailable: 1, drain_timeout, grace_period_seconds: None, force: false }
    }
}

/// A drain of nodes of one cluster.
#[derive(Clone, Copy)]
pub struct Drain<'d> {
    /// The cluster.
    pub cluster: &'d dyn NodesApi,
    /// How to drain.
    pub settings: &'d DrainSettings,
    /// The timeout of the operation, and its cancellation.
    pub limits: &'d Limits,
    /// Receives the progress, one line at a time.
    pub report: &'d (dyn Fn(String) + Send + Sync),
}

impl DrainSettings {
    /// Returns the configured settings. Values that are not set have their defaults.
    #[must_use]
    pub fn configured(
        max_unavailable: &Attr<i64>,
        drain_timeout: &Attr<String>,
        grace_period_seconds: &Attr<i64>,
        force: &Attr<bool>,
    ) -> Self {
        let default = Self::default();
        let given = max_unavailable.known().and_then(|count| usize::try_from(*count).ok());
        Self {
            max_unavailable: given.unwrap_or(default.max_unavailable),
            drain_timeout: timeouts::or_default(drain_timeout, default.drain_timeout),
            grace_period_seconds: grace_period_seconds.known().copied(),
            force: force.known().copied().unwrap_or_default(),
        }
    }
}

/// Connects to the nodes of a cluster, in a Region or in the provider Region.
pub type ConnectNodes = fn(&Clients, Option<&str>, &str) -> Arc<dyn NodesApi>;

/// Returns the nodes of a cluster.
#[must_use]
pub fn connect_nodes(clients: &Clients, region: Option<&str>, cluster: &str) -> Arc<dyn NodesApi> {
    clients.kubernetes().nodes(region, cluster)
}

/// Returns the message about nodes that [`Drain::undo`] could not uncordon, or an empty string without nodes.
#[must_use]
pub fn still_cordoned(nodes: &[String]) -> String {
    match nodes {
        [] => String::new(),
        nodes => format!("The following nodes could not be uncordoned: {}. Run kubectl uncordon.", nodes.join(", ")),
    }
}

impl Drain<'_> {
    /// Cordons all nodes, and then drains them. The nodes remain cordoned and marked: call [`Self::keep`] or
    /// [`Self::undo`] afterward, also after an error.
    ///
    /// # Errors
    /// Returns an error if a node cannot be drained. The drain of the other nodes then stops as well.
    pub async fn run(&self, nodes: &[Node]) -> Result<(), DrainError> {
        self.until_cancelled(async {
            // Pods of one node must not move to another node that is drained afterward.
            self.cordon(nodes).await?;
            let mut drains = Vec::new();
            for node in nodes {
                drains.push(async move { NodeDrain::new(*self, node).run().await });
            }
            let at_once = self.settings.max_unavailable.max(1);
            stream::iter(drains).map(Ok).try_for_each_concurrent(at_once, |drain| drain).await
        })
        .await
    }

    /// Ends a drain after which the nodes are to remain cordoned.
    ///
    /// # Errors
    /// Returns the first error. The other nodes are changed nevertheless.
    pub async fn keep(&self, nodes: &[Node]) -> Result<(), DrainError> {
        let ended = self.end(nodes, Cordon::Keep).await;
        ended.into_iter().find_map(|(_, result)| result.err()).map_or(Ok(()), Err)
    }

    /// Uncordons the nodes that this drain or an interrupted one has cordoned. Nodes that were cordoned before remain
    /// cordoned. Returns the nodes that could not be uncordoned.
    pub async fn undo(&self, nodes: &[Node]) -> Vec<String> {
        let ended = self.end(nodes, Cordon::Undo).await;
        ended.into_iter().filter_map(|(name, result)| result.is_err().then_some(name)).collect()
    }

    /// Ends the cordons of this drain. A node that was cordoned without the mark when the drain began was not cordoned by
    /// a drain.
    async fn end(&self, nodes: &[Node], change: Cordon) -> Vec<(String, Result<(), DrainError>)> {
        let time = self.limits.time_to_clean_up();
        // The timeout of the operation and its cancellation do not apply anymore.
        let limits = Limits::new(time, CancellationToken::new());
        let mut changes = Vec::new();
        for node in nodes.iter().filter(|node| is_ours(node)) {
            let limits = &limits;
            changes.push(async move {
                let changed = tokio::time::timeout(time, self.change(node, change, limits)).await;
                (node.name.clone(), changed.unwrap_or(Err(DrainError::Cancelled)))
            });
        }
        // An interrupted run has no time to wait for the other nodes.
        let at_once = if self.limits.cancellation.is_cancelled() { changes.len().max(1) } else { CHANGES };
        stream::iter(changes).buffer_unordered(at_once).collect().await
    }

    /// Waits until the cluster has had no other node that accepts pods for some minutes. The pods of a drain then cannot
    /// run anywhere, and budgets that require running pods never allow another eviction.
    pub async fn lacks_destination(&self, nodes: &[Node]) {
        let mut since = None;
        loop {
            // Most drains end earlier, without a list of all nodes.
            tokio::time::sleep(DESTINATIONS).await;
            if self.has_destination(nodes).await {
                since = None;
            } else if since.get_or_insert_with(Instant::now).elapsed() >= LAUNCH {
                return;
            }
        }
    }

    /// Whether the cluster has another node that accepts pods, or its nodes cannot be read.
    pub async fn has_destination(&self, nodes: &[Node]) -> bool {
        let accepts = |node: &Node| {
            let is_leaving = nodes.iter().any(|leaving| leaving.name == node.name);
            node.is_schedulable() && !node.is_tainted && !is_leaving
        };
        match self.cluster.nodes("").await {
            Ok(all) => all.iter().any(accepts),
            Err(error) => {
                tracing::debug!(%error, "unable to list the nodes");
                true
            }
        }
    }

    async fn cordon(&self, nodes: &[Node]) -> Result<(), DrainError> {
        let mut changes = Vec::new();
        for node in nodes.iter().filter(|node| is_ours(node)) {
            changes.push(self.change(node, Cordon::Begin, self.limits));
        }
        stream::iter(changes).map(Ok).try_for_each_concurrent(CHANGES, |change| change).await
    }

    /// A node that no longer exists needs no change.
    async fn change(&self, node: &Node, change: Cordon, limits: &Limits) -> Result<(), DrainError> {
        let call = || self.cluster.cordon(&node.name, change);
        match Retry::new().run("changing a node", limits, call).await {
            Err(error) if !error.is_not_found() => {
                let doing = match change {
                    Cordon::Begin => format!("Unable to cordon node {}", node.name),
                    Cordon::Keep => format!("Unable to remove the annotation {DRAIN_MARK} from node {}", node.name),
                    Cordon::Undo => format!("Unable to uncordon node {}", node.name),
                };
                Err(DrainError::api(doing, error))
            }
            _ => Ok(()),
        }
    }

    async fn until_cancelled<T>(&self, work: impl Future<Output = Result<T, DrainError>>) -> Result<T, DrainError> {
        let done = self.limits.cancellation.run_until_cancelled(work).await;
        done.unwrap_or(Err(DrainError::Cancelled))
    }
}

/// Whether the cordon of the node belongs to this drain.
fn is_ours(node: &Node) -> bool {
    !node.is_unschedulable || node.has_drain_mark
}

/// Reads the nodes to drain.
///
/// # Errors
/// Returns the error of the API server.
pub async fn selected(cluster: &dyn NodesApi, limits: &Limits, selector: &str) -> Result<Vec<Node>, DrainError> {
    let read = limits.cancellation.run_until_cancelled(cluster.nodes(selector));
    let found: Result<_, ApiError> = read.await.ok_or(DrainError::Cancelled)?;
    found.map_err(|error| DrainError::api("Unable to list the nodes".to_owned(), error))
}

#[cfg(test)]
mod tests;
