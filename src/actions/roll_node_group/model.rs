//! The schema of `ekscompute_roll_node_group`.

use clients::names;
use framework::model::{Attr, Model};
use framework::validators as must;

/// Replaces all nodes of a managed node group, without a change of its Kubernetes version or AMI release: drains a node,
/// terminates its instance, and waits until the replacement is ready before it continues with the next node.
///
/// No additional nodes are launched, so the other nodes need capacity for the pods of a drained node. After an
/// interrupted or failed invocation, another one continues with the nodes that were not replaced yet, up to 24 hours
/// after the first invocation.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct RollNodeGroup {
    /// Name of the EKS cluster.
    #[attribute(required, validate = [names::cluster_name()])]
    pub cluster_name: Attr<String>,
    /// Name of the managed node group.
    #[attribute(required, validate = [must::length_between(1..=63)])]
    pub node_group_name: Attr<String>,
    /// Maximum number of nodes that are replaced at the same time. Defaults to `1`.
    #[attribute(optional, validate = [must::between(1..=i64::MAX)])]
    pub max_unavailable: Attr<i64>,
    /// Maximum time for the drain of each node. Defaults to `15m`.
    #[attribute(optional, validate = [must::go_duration()])]
    pub drain_timeout: Attr<String>,
    /// Termination grace period of the evicted pods, in seconds. If unset, the grace period of each pod applies.
    #[attribute(optional, validate = [must::between(0..=i64::MAX)])]
    pub grace_period_seconds: Attr<i64>,
    /// Whether to delete pods that are not evicted within `drain_timeout`, regardless of PodDisruptionBudgets. Defaults
    /// to `false`.
    #[attribute(optional)]
    pub force: Attr<bool>,
    /// AWS Region of the cluster. Defaults to the Region set in the provider configuration.
    #[attribute(optional, validate = [names::region()])]
    pub region: Attr<String>,
    /// Timeout of the action. Defaults to `3h`.
    #[attribute(optional, validate = [must::go_duration()])]
    pub timeout: Attr<String>,
}
