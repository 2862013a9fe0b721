//! What happens when the nodes of a managed node group are drained: which pods cannot be evicted, and which are lost.
//!
//! The checks in `checks/drain` evaluate it before an update or a replacement, and the resource evaluates [`remaining`]
//! after an update that failed with `PodEvictionFailure`. Source: EKS user guide, phases of an update; the eviction API.

mod budgets;
mod failure;
mod pods;
mod update;

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::facts::{Facts, Pod, Skip, Workloads};
use crate::finding::counted;
use crate::subject::{Changed, DrainBeforeDelete, Input, Phase, Subject};
use framework::path::Path;

pub use budgets::{BudgetRefusal, Overlap, overlaps, refusals};
pub use failure::{Rolling, remaining};
pub use pods::{PodGroup, grouped};
pub use update::{additional_nodes, replaces_nodes};

/// How the nodes leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DrainMode {
    /// EKS updates the node group and fails if it cannot evict a pod.
    Update,
    /// EKS updates the node group with `force_update_version` and deletes the pods that it cannot evict.
    ForcedUpdate,
    /// EKS deletes the node group after its replacement is planned, and terminates the nodes in any case.
    Replacement,
    /// The provider drains the nodes before it deletes the node group, for at most this many minutes for each node. Then
    /// the deletion fails.
    DrainedReplacement(i64),
    /// The same, but then it deletes the pods.
    ForcedReplacement(i64),
}

impl DrainMode {
    /// Returns how long EKS, or the provider, tries to evict the pods of a node. Source: EKS user guide, phases of an update, and
    /// deletion of a managed node group.
    #[must_use]
    pub fn minutes(self) -> i64 {
        match self {
            Self::Update | Self::ForcedUpdate => 15,
            Self::Replacement => 5,
            Self::DrainedReplacement(minutes) | Self::ForcedReplacement(minutes) => minutes,
        }
    }
}

/// The nodes that a plan drains, and what runs on them.
#[derive(Debug)]
pub struct Drain<'d> {
    /// The cluster.
    pub cluster: &'d str,
    /// The node group whose nodes leave.
    pub node_group: &'d str,
    /// How they leave.
    pub mode: DrainMode,
    /// The argument that causes it, or the name of the node group that replaces it.
    pub path: Path,
    /// The names of the nodes.
    pub nodes: BTreeSet<&'d str>,
    /// Everything that runs in managed node groups of the cluster.
    pub workloads: &'d Workloads,
}

/// The inputs whose change makes EKS replace the nodes of a node group.
pub const ROLLING: [Input; 3] = [Input::LaunchTemplate, Input::Version, Input::ReleaseVersion];

/// Returns the nodes that the plan drains.
///
/// # Errors
/// Returns an error if the plan does not drain nodes, or if what runs on them is not read yet or cannot be read.
pub fn drain<'d>(subject: &'d Subject, facts: &'d Facts) -> Result<Drain<'d>, Skip> {
    let (cluster, node_group, mode, path) = leaving(subject)?;
    let workloads = facts.workloads(cluster)?.ok_or(Skip::Absent)?;
    let nodes = workloads.nodes.iter().filter(|node| node.node_group.as_deref() == Some(node_group));
    let nodes: BTreeSet<_> = nodes.map(|node| node.name.as_str()).collect();
    if nodes.is_empty() { Err(Skip::Absent) } else { Ok(Drain { cluster, node_group, mode, path, nodes, workloads }) }
}

/// Returns the cluster and the name of the node group whose nodes leave, how they leave, and why.
fn leaving(subject: &Subject) -> Result<(&str, &str, DrainMode, Path), Skip> {
    // Immediately before the write, the plan has already reported this.
    if subject.phase != Phase::Plan {
        return Err(Skip::Absent);
    }
    // If the cluster is unknown, it is replaced as well.
    let cluster = subject.cluster.need()?;
    if let (Changed::Everything, Some(replaced)) = (&subject.changed, &subject.replaced) {
        let mode = match replaced.drain_before_delete {
            None => DrainMode::Replacement,
            Some(DrainBeforeDelete { minutes, force: false }) => DrainMode::DrainedReplacement(minutes),
            Some(DrainBeforeDelete { minutes, force: true }) => DrainMode::ForcedReplacement(minutes),
        };
        return Ok((&replaced.cluster, &replaced.name, mode, subject.name.path.clone()));
    }
    let input = ROLLING.into_iter().find(|input| subject.updates(*input)).ok_or(Skip::Absent)?;
    let path = match input {
        Input::LaunchTemplate => subject.launch_template.path.index(0).then("version"),
        Input::Version => subject.version.path.clone(),
        _ => subject.release_version.path.clone(),
    };
    let mode = if subject.force_update { DrainMode::ForcedUpdate } else { DrainMode::Update };
    Ok((cluster, subject.name.need()?, mode, path))
}

impl<'d> Drain<'d> {
    /// Returns the pods that must leave the nodes.
    pub fn pods(&self) -> impl Iterator<Item = &'d Pod> {
        self.workloads.pods.iter().filter(|pod| pod.is_evicted() && self.nodes.contains(pod.node.as_str()))
    }

    /// Returns these of the pods that must leave the nodes, by owner, one line each.
    pub fn lines(&self, is_meant: impl Fn(&Pod) -> bool) -> Vec<String> {
        grouped(self.pods().filter(|pod| is_meant(pod))).iter().map(PodGroup::line).collect()
    }

    /// Returns what drains the nodes, as the beginning of a sentence.
    #[must_use]
    pub fn reason(&self) -> String {
        let nodes = counted(self.nodes.len(), "node");
        match self.mode {
            DrainMode::Update | DrainMode::ForcedUpdate => {
                format!("This update replaces the {nodes} of node group {}", self.id())
            }
            DrainMode::Replacement | DrainMode::DrainedReplacement(_) | DrainMode::ForcedReplacement(_) => {
                format!("This replacement deletes the {nodes} of node group {}", self.id())
            }
        }
    }

    /// Returns the ID of the node group.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}:{}", self.cluster, self.node_group)
    }

    /// Returns what happens to a pod that cannot be evicted, in full sentences.
    #[must_use]
    pub fn consequence(&self) -> Cow<'static, str> {
        let text = match self.mode {
            DrainMode::DrainedReplacement(minutes) => {
                return Cow::Owned(format!(
                    "Because of drain_before_delete, the provider tries to evict the pods of a node for up to {minutes} \
                     minutes. Then the deletion fails, and the node group remains, unless no other node of the cluster \
                     accepts pods."
                ));
            }
            DrainMode::ForcedReplacement(minutes) => {
                return Cow::Owned(format!(
                    "Because force is true in drain_before_delete, the provider deletes the pods that it cannot evict \
                     within {minutes} minutes, regardless of the PodDisruptionBudget."
                ));
            }
            DrainMode::Update => {
                "EKS tries to evict the pods of a node for up to 15 minutes. Then the update fails with \
                 PodEvictionFailure, and some nodes remain cordoned."
            }
            DrainMode::ForcedUpdate => {
                "Because force_update_version is true, EKS deletes the pods that it cannot evict within 15 minutes, \
                 regardless of the PodDisruptionBudget."
            }
            DrainMode::Replacement => {
                "EKS tries to evict the pods of a node for up to 5 minutes. Then it terminates the nodes regardless of the \
                 PodDisruptionBudget."
            }
        };
        Cow::Borrowed(text)
    }
}
