//! The schema of `ekscompute_drain_nodes`.

use clients::names;
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::model::{Attr, Model, Set};
use framework::validators as must;

/// Drains nodes: cordons all selected nodes, evicts their pods within the limits of PodDisruptionBudgets, and waits until
/// the pods are deleted.
///
/// Pods of DaemonSets, static pods, and finished pods remain. Pods without a controller and pods with `emptyDir` volumes
/// are evicted as well, so their data is lost. After a successful drain, the nodes remain cordoned. An interrupted or
/// failed drain uncordons the nodes that it cordoned. Nodes that were cordoned before remain cordoned.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct DrainNodes {
    /// Name of the EKS cluster.
    #[attribute(required, validate = [names::cluster_name()])]
    pub cluster_name: Attr<String>,
    /// Name of the managed node group whose nodes to drain. Set exactly one of `node_group_name`, `label_selector`, and
    /// `node_names`.
    #[attribute(optional, validate = [must::length_between(1..=63)])]
    pub node_group_name: Attr<String>,
    /// Label selector of the nodes to drain, in the syntax of `kubectl get nodes --selector`, such as
    /// `karpenter.sh/nodepool=gpu`.
    #[attribute(optional, validate = [must::length_between(1..=4096)])]
    pub label_selector: Attr<String>,
    /// Names of the Kubernetes nodes to drain. A name that does not exist is an error.
    #[attribute(optional, validate = [must::size_between(1..=usize::MAX)])]
    pub node_names: Set<String>,
    /// Maximum number of nodes that are drained at the same time. Defaults to `1`.
    #[attribute(optional, validate = [must::between(1..=i64::MAX)])]
    pub max_unavailable: Attr<i64>,
    /// Maximum time for each node. Defaults to `15m`.
    #[attribute(optional, validate = [must::go_duration()])]
    pub drain_timeout: Attr<String>,
    /// Termination grace period of the evicted pods, in seconds. If unset, the grace period of each pod applies.
    #[attribute(optional, validate = [must::between(0..=i64::MAX)])]
    pub grace_period_seconds: Attr<i64>,
    /// Whether to delete pods that are not evicted within `drain_timeout`, regardless of PodDisruptionBudgets. Defaults
    /// to `false`.
    #[attribute(optional)]
    pub force: Attr<bool>,
    /// Whether a failed or interrupted drain uncordons the nodes that it cordoned. Defaults to `true`.
    #[attribute(optional)]
    pub uncordon_on_failure: Attr<bool>,
    /// AWS Region of the cluster. Defaults to the Region set in the provider configuration.
    #[attribute(optional, validate = [names::region()])]
    pub region: Attr<String>,
    /// Timeout of the action. Defaults to `1h`.
    #[attribute(optional, validate = [must::go_duration()])]
    pub timeout: Attr<String>,
}

/// Requires exactly one of the arguments that select nodes.
pub(super) fn selects_once(config: &DrainNodes, diagnostics: &mut Diagnostics) {
    let unknown =
        config.node_group_name.is_unknown() || config.label_selector.is_unknown() || config.node_names.is_unknown();
    let known = [config.node_group_name.is_known(), config.label_selector.is_known(), config.node_names.is_known()];
    let count = known.iter().filter(|is| **is).count();
    if count > 1 || (count == 0 && !unknown) {
        let found = if count == 0 { "None of them is set." } else { "More than one of them is set." };
        let detail = format!("Set exactly one of node_group_name, label_selector, and node_names. {found}");
        diagnostics.push(Diagnostic::error("Invalid selection of nodes", detail));
    }
}
