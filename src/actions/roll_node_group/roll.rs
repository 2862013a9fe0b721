//! Replaces the nodes of a managed node group, a few at a time.

use std::time::Duration;

use clients::drain::{Drain, DrainError, DrainSettings, selected, still_cordoned};
use clients::errors::ErrorKind;
use clients::kube::nodes::{NodesApi, of_node_group};
use clients::retry::Retry;
use clients::wait::{Limits, Progress, Waiter};
use framework::diagnostics::{Diagnostic, Diagnostics};
use preflight::facts::Node;
use preflight::finding::counted;

use super::client::{RollClient, RolledGroup};
use super::progress::{Left, left};

/// Maximum time for the replacement of terminated instances. A large instance with GPUs needs some minutes to join.
const LAUNCH: Duration = Duration::from_secs(30 * 60);

/// A rolling replacement of the nodes of a managed node group.
pub(super) struct Roll<'r> {
    pub(super) client: &'r dyn RollClient,
    pub(super) cluster: &'r dyn NodesApi,
    pub(super) settings: &'r DrainSettings,
    pub(super) limits: &'r Limits,
    pub(super) report: &'r (dyn Fn(String) + Send + Sync),
    pub(super) cluster_name: &'r str,
    pub(super) node_group_name: &'r str,
}

impl Roll<'_> {
    /// Replaces all nodes, or the nodes that an interrupted replacement left.
    pub(super) async fn run(&self) -> Result<(), Diagnostics> {
        let id = self.id();
        self.requires_idle().await?;
        let nodes = self.nodes().await?;
        if nodes.is_empty() {
            (self.report)(format!("Node group {id} has no nodes, so there is nothing to replace"));
            return Ok(());
        }
        let Left { nodes, mark, is_continued } = left(nodes, jiff::Timestamp::now());
        let verb = if is_continued { "Continuing to replace" } else { "Replacing" };
        (self.report)(format!("{verb} {} of node group {id}", counted(nodes.len(), "node")));
        for node in nodes.iter().filter(|node| node.roll_mark.as_ref() != Some(&mark)) {
            self.mark(node, &mark).await?;
        }
        let mut replaced = 0;
        for batch in nodes.chunks(self.settings.max_unavailable.max(1)) {
            let step = self.step(batch, replaced, nodes.len()).await?;
            self.replace(&step).await?;
            replaced += batch.len();
            (self.report)(format!("{replaced} of {} replaced", counted(nodes.len(), "node")));
        }
        Ok(())
    }

    fn id(&self) -> String {
        format!("{}:{}", self.cluster_name, self.node_group_name)
    }

    /// EKS rejects no termination of instances while it updates the node group itself, but both would replace the nodes.
    async fn requires_idle(&self) -> Result<(), Diagnostics> {
        let RolledGroup { status, .. } = self.described().await?;
        if matches!(status.as_str(), "ACTIVE" | "DEGRADED") {
            return Ok(());
        }
        let detail = format!("Its status is {status}. Wait until it is ACTIVE, and invoke the action again.");
        Err(Diagnostic::error(format!("Unable to replace the nodes of node group {}", self.id()), detail).into())
    }

    async fn described(&self) -> Result<RolledGroup, Diagnostics> {
        let call = || self.client.describe(self.cluster_name, self.node_group_name);
        let described = Retry::new().run("reading the node group", self.limits, call).await;
        Ok(described.map_err(|error| error.into_diagnostic(format!("Unable to read node group {}", self.id()), ""))?)
    }

    async fn nodes(&self) -> Result<Vec<Node>, Diagnostics> {
        let nodes = selected(self.cluster, self.limits, &of_node_group(self.node_group_name)).await;
        Ok(nodes.map_err(|error| error.into_diagnostic("No node was replaced."))?)
    }

    async fn mark(&self, node: &Node, mark: &str) -> Result<(), Diagnostics> {
        let call = || self.cluster.set_roll_mark(&node.name, mark);
        match Retry::new().run("marking the nodes", self.limits, call).await {
            Err(error) if !error.is_not_found() => {
                Err(error.into_diagnostic(format!("Unable to mark node {}", node.name), "No node was replaced.").into())
            }
            _ => Ok(()),
        }
    }

    /// Reads the nodes again, because a roll takes hours: others can cordon nodes, and a new node can have the name of an
    /// old one.
    async fn step(&self, batch: &[Node], replaced: usize, total: usize) -> Result<Step, Diagnostics> {
        let is_meant = |node: &Node| is_among(batch, node);
        let (nodes, others): (Vec<_>, Vec<_>) = self.nodes().await?.into_iter().partition(is_meant);
        let ready = others.iter().filter(|node| node.is_schedulable()).count() + nodes.len();
        Ok(Step { nodes, ready, replaced, total })
    }

    /// Drains the nodes, terminates their instances, and waits for the replacements.
    async fn replace(&self, step: &Step) -> Result<(), Diagnostics> {
        let Self { cluster, settings, limits, report, .. } = *self;
        let drain = Drain { cluster, settings, limits, report };
        if let Err(error) = drain.run(&step.nodes).await {
            return Err(error
                .into_diagnostic(&self.undone(&drain, &step.nodes, step.replaced, step.total).await)
                .into());
        }
        for (index, node) in step.nodes.iter().enumerate() {
            if let Err(error) = self.terminate(node).await {
                let after = self.undone(&drain, &step.nodes[index..], step.replaced + index, step.total).await;
                return Err(error.into_diagnostic(&after).into());
            }
        }
        self.ready(step).await
    }

    /// A node without an instance in its provider ID cannot be terminated.
    async fn terminate(&self, node: &Node) -> Result<(), DrainError> {
        let doing = format!("Unable to terminate the instance of node {}", node.name);
        let Some(instance) = &node.instance_id else {
            let message = "the node has no instance ID in spec.providerID";
            return Err(DrainError::api(
                doing,
                clients::errors::ApiError::own(ErrorKind::Invalid, "terminating", message),
            ));
        };
        (self.report)(format!("{}: terminating instance {instance}", node.name));
        match Retry::new().run("terminating an instance", self.limits, || self.client.terminate(instance)).await {
            Err(error) if !error.is_not_found() => Err(DrainError::api(doing, error)),
            _ => Ok(()),
        }
    }

    /// Waits until the old nodes no longer exist, and as many nodes are ready as before. Nodes that were not ready before
    /// are ignored, and an autoscaler can lower the desired number in the meantime.
    async fn ready(&self, step: &Step) -> Result<(), Diagnostics> {
        let what = format!("the replacements of {} of node group {}", counted(step.nodes.len(), "node"), self.id());
        let limits = self.limits.at_most(LAUNCH);
        let waiter = Waiter::new(what).interval(Duration::from_secs(5), Duration::from_secs(15));
        let selector = of_node_group(self.node_group_name);
        let waited = waiter.until(&limits, || async {
            let (nodes, group) = tokio::try_join!(
                self.cluster.nodes(&selector),
                self.client.describe(self.cluster_name, self.node_group_name)
            )?;
            let (old, new): (Vec<_>, Vec<_>) = nodes.iter().partition(|node| is_among(&step.nodes, node));
            let ready = new.iter().filter(|node| node.is_schedulable()).count();
            let required = step.ready.min(group.desired_size);
            Ok(match old.is_empty() && ready >= required {
                true => Progress::Done(()),
                false => Progress::Pending(format!("ready nodes: {ready} of {required}, old nodes: {}", old.len())),
            })
        });
        waited.await.map_err(|error| {
            let done = step.replaced + step.nodes.len();
            let next = if done < step.total {
                "invoke the action again to continue"
            } else {
                "wait for the replacements. Do not invoke the action again, because it would replace all nodes again"
            };
            let after = format!(
                "The instances of {done} of {} nodes were terminated. Check the scaling activities of the Auto Scaling group \
                 and the health of the node group, and {next}.",
                step.total
            );
            error.into_diagnostic(format!("Replacement nodes of node group {} are not ready", self.id()), &after).into()
        })
    }

    /// Uncordons the nodes that are not replaced, and returns in what state the group is.
    async fn undone(&self, drain: &Drain<'_>, batch: &[Node], replaced: usize, total: usize) -> String {
        let left = still_cordoned(&drain.undo(batch).await);
        let left = if left.is_empty() { left } else { format!(" {left}") };
        format!(
            "{replaced} of {total} nodes were replaced.{left} After you have corrected the cause, invoke the action again to \
             continue with the remaining nodes."
        )
    }
}

/// The nodes that are replaced at the same time.
struct Step {
    nodes: Vec<Node>,
    /// The number of nodes that must be ready afterward.
    ready: usize,
    replaced: usize,
    total: usize,
}

/// Whether a node is one of these nodes. A replacement can get the address, and therefore the name, of the old node.
fn is_among(nodes: &[Node], node: &Node) -> bool {
    nodes.iter().any(|each| each.name == node.name && each.instance_id == node.instance_id)
}
