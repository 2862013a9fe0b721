//! The parts of a node that are read.

use serde::Deserialize;

use preflight::facts::Node;

use super::wire::{Condition, Metadata, is_ready, null_as_empty};

/// The label with the name of the managed node group.
pub(super) const NODE_GROUP: &str = "eks.amazonaws.com/nodegroup";

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
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NodeStatus {
    #[serde(deserialize_with = "null_as_empty")]
    conditions: Vec<Condition>,
}

impl NodeObject {
    /// Returns the node, or `None` if it belongs to no managed node group.
    pub(super) fn into_node(mut self) -> Option<Node> {
        let instance = self.spec.provider_id.rsplit('/').next().filter(|id| id.starts_with("i-"));
        Some(Node {
            node_group: self.metadata.labels.remove(NODE_GROUP)?,
            instance_id: instance.map(str::to_owned),
            is_ready: is_ready(&self.status.conditions),
            is_unschedulable: self.spec.unschedulable,
            name: self.metadata.name,
        })
    }
}
