//! The parts of a node that are read.

use serde::Deserialize;

use preflight::facts::Node;

use super::pod::UNSCHEDULABLE;
use super::wire::{Condition, Metadata, is_ready, null_as_empty};

/// The label with the name of the managed node group.
pub(in crate::kube) const NODE_GROUP: &str = "eks.amazonaws.com/nodegroup";

/// The annotation of nodes that a drain has cordoned and not drained yet. It distinguishes them from other
/// cordoned nodes, even if the process is killed.
pub const DRAIN_MARK: &str = "terraform-provider-ekscompute/drain";

/// The annotation of nodes that a rolling replacement has not replaced yet, so that an interrupted replacement can
/// continue.
pub(in crate::kube) const ROLL_MARK: &str = "terraform-provider-ekscompute/roll";

/// A node.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NodeObject {
    #[serde(deserialize_with = "null_as_empty")]
    metadata: Metadata,
    #[serde(deserialize_with = "null_as_empty")]
    spec: NodeSpec,
    #[serde(deserialize_with = "null_as_empty")]
    status: NodeStatus,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NodeSpec {
    #[serde(rename = "providerID")]
    #[serde(deserialize_with = "null_as_empty")]
    provider_id: String,
    #[serde(deserialize_with = "null_as_empty")]
    unschedulable: bool,
    #[serde(deserialize_with = "null_as_empty")]
    taints: Vec<NodeTaint>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NodeTaint {
    #[serde(deserialize_with = "null_as_empty")]
    key: String,
    #[serde(deserialize_with = "null_as_empty")]
    effect: String,
}

impl NodeTaint {
    /// A taint that only expresses a preference keeps no pod away.
    fn keeps_pods_away(&self) -> bool {
        self.key != UNSCHEDULABLE && self.effect != "PreferNoSchedule"
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NodeStatus {
    #[serde(deserialize_with = "null_as_empty")]
    conditions: Vec<Condition>,
}

impl From<NodeObject> for Node {
    fn from(NodeObject { mut metadata, spec, status }: NodeObject) -> Self {
        let instance = spec.provider_id.rsplit('/').next().filter(|id| id.starts_with("i-"));
        Self {
            node_group: metadata.labels.remove(NODE_GROUP),
            instance_id: instance.map(str::to_owned),
            is_ready: is_ready(&status.conditions),
            is_unschedulable: spec.unschedulable,
            is_tainted: spec.taints.iter().any(NodeTaint::keeps_pods_away),
            has_drain_mark: metadata.annotations.contains_key(DRAIN_MARK),
            roll_mark: metadata.annotations.remove(ROLL_MARK),
            created_at: metadata.creation_timestamp,
            name: metadata.name,
        }
    }
}
