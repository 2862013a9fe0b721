//! What runs on the nodes of managed node groups: the parts of nodes, pods, and PodDisruptionBudgets that decide whether
//! the nodes can be drained.

use std::collections::BTreeMap;

/// The nodes of all managed node groups of a cluster, and what runs on them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Workloads {
    /// The nodes with the label `eks.amazonaws.com/nodegroup`.
    pub nodes: Vec<Node>,
    /// The pods on these nodes.
    pub pods: Vec<Pod>,
    /// The PodDisruptionBudgets of all namespaces.
    pub budgets: Vec<DisruptionBudget>,
}

/// A node.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Node {
    /// The name.
    pub name: String,
    /// The name of the managed node group, if it belongs to one.
    pub node_group: Option<String>,
    /// The EC2 instance, from the provider ID.
    pub instance_id: Option<String>,
    /// Whether its condition `Ready` is true.
    pub is_ready: bool,
    /// Whether it is cordoned.
    pub is_unschedulable: bool,
    /// Whether a taint other than the taint of cordoned nodes keeps pods without a toleration away.
    pub is_tainted: bool,
    /// Whether a drain of this provider cordoned it and has not ended.
    pub has_drain_mark: bool,
    /// The annotation of a rolling replacement of this provider that has not replaced it yet.
    pub roll_mark: Option<String>,
    /// When it joined, in RFC 3339 format.
    pub created_at: String,
}

/// The phase of a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PodPhase {
    /// Not all containers have started.
    Pending,
    /// Running.
    #[default]
    Running,
    /// All containers have ended, successfully or not.
    Finished,
    /// The kubelet does not report the state.
    Unknown,
}

/// The object that creates a pod again after an eviction.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// A Deployment, by the name that its ReplicaSet implies.
    Deployment(String),
    /// A StatefulSet.
    StatefulSet(String),
    /// A DaemonSet. Its pods are not evicted.
    DaemonSet(String),
    /// A Job.
    Job(String),
    /// The kubelet, for a static pod.
    Node(String),
    /// Any other kind, such as a ReplicaSet without a Deployment: kind and name.
    Other(String, String),
}

/// A pod.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pod {
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// The UID.
    pub uid: String,
    /// The name of its node.
    pub node: String,
    /// The labels.
    pub labels: BTreeMap<String, String>,
    /// The phase.
    pub phase: PodPhase,
    /// Whether its condition `Ready` is true.
    pub is_ready: bool,
    /// Whether it is being deleted.
    pub is_deleting: bool,
    /// Whether it is the mirror of a static pod.
    pub is_mirror: bool,
    /// Its controller. `None` for a pod that nothing creates again.
    pub owner: Option<Owner>,
    /// Whether it tolerates `node.kubernetes.io/unschedulable`, so that it can be scheduled on a cordoned node.
    pub tolerates_cordon: bool,
    /// Whether it has an `emptyDir` volume on disk.
    pub has_empty_dir: bool,
    /// Whether it has a volume from a PersistentVolumeClaim.
    pub has_claim: bool,
    /// The annotation `cluster-autoscaler.kubernetes.io/safe-to-evict`.
    pub safe_to_evict: Option<bool>,
    /// The termination grace period.
    pub grace_period_seconds: i64,
}

/// A number of pods, or a percentage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// A number.
    Count(i64),
    /// A percentage of the expected pods.
    Percent(i64),
}

/// How a PodDisruptionBudget limits disruptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BudgetLimit {
    /// `minAvailable`.
    MinAvailable(Amount),
    /// `maxUnavailable`.
    MaxUnavailable(Amount),
}

/// A PodDisruptionBudget with its status.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DisruptionBudget {
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// The pods to which it applies. `None` selects no pods.
    pub selector: Option<LabelSelector>,
    /// The limit.
    pub limit: Option<BudgetLimit>,
    /// Whether it allows the eviction of a running pod that is not ready even if the budget is used up
    /// (`unhealthyPodEvictionPolicy: AlwaysAllow`).
    pub always_allows_unready: bool,
    /// Whether the status describes the current specification.
    pub is_observed: bool,
    /// The number of pods to which it applies.
    pub expected_pods: i64,
    /// The number of healthy pods.
    pub current_healthy: i64,
    /// The number of healthy pods that must remain.
    pub desired_healthy: i64,
    /// The number of pods that can be evicted now.
    pub disruptions_allowed: i64,
    /// Why the controller cannot compute the status, if it cannot.
    pub sync_failure: Option<String>,
}

/// A label selector.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LabelSelector {
    /// Labels that must have these values.
    pub labels: BTreeMap<String, String>,
    /// Requirements that must all hold.
    pub expressions: Vec<LabelExpression>,
}

/// A requirement of a label selector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LabelExpression {
    /// The label has one of these values.
    In(String, Vec<String>),
    /// The label has none of these values, or the pod does not have it.
    NotIn(String, Vec<String>),
    /// The pod has the label.
    Exists(String),
    /// The pod does not have the label.
    DoesNotExist(String),
}

impl LabelSelector {
    /// Returns whether it selects these labels. An empty selector selects everything.
    #[must_use]
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        self.labels.iter().all(|(key, value)| labels.get(key) == Some(value))
            && self.expressions.iter().all(|expression| expression.matches(labels))
    }
}

impl LabelExpression {
    fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        match self {
            Self::In(key, values) => labels.get(key).is_some_and(|value| values.contains(value)),
            Self::NotIn(key, values) => labels.get(key).is_none_or(|value| !values.contains(value)),
            Self::Exists(key) => labels.contains_key(key),
            Self::DoesNotExist(key) => !labels.contains_key(key),
        }
    }
}

impl Owner {
    /// Returns its kind and its name.
    #[must_use]
    pub fn kind_and_name(&self) -> (&str, &str) {
        match self {
            Self::Deployment(name) => ("Deployment", name),
            Self::StatefulSet(name) => ("StatefulSet", name),
            Self::DaemonSet(name) => ("DaemonSet", name),
            Self::Job(name) => ("Job", name),
            Self::Node(name) => ("node", name),
            Self::Other(kind, name) => (kind, name),
        }
    }
}

impl Node {
    /// Returns whether pods that tolerate its taints can be scheduled on it.
    #[must_use]
    pub fn is_schedulable(&self) -> bool {
        self.is_ready && !self.is_unschedulable
    }
}

impl Pod {
    /// Returns whether it belongs to its node, as the pods of DaemonSets and static pods do. A drain ignores it.
    #[must_use]
    pub fn belongs_to_node(&self) -> bool {
        self.is_mirror || matches!(self.owner, Some(Owner::DaemonSet(_) | Owner::Node(_)))
    }

    /// Returns whether draining its node evicts it: not a pod that belongs to the node or that ends anyway.
    #[must_use]
    pub fn is_evicted(&self) -> bool {
        !self.belongs_to_node() && !self.is_deleting && self.phase != PodPhase::Finished
    }
}

impl DisruptionBudget {
    /// Returns whether it applies to a pod.
    #[must_use]
    pub fn selects(&self, pod: &Pod) -> bool {
        self.namespace == pod.namespace && self.selector.as_ref().is_some_and(|selector| selector.matches(&pod.labels))
    }

    /// Returns whether the API server would reject the eviction of this pod now. The rules for pods that are not ready:
    /// `canIgnorePDB` and `checkAndDecrement` of the eviction API.
    #[must_use]
    pub fn rejects(&self, pod: &Pod) -> bool {
        if !self.selects(pod) || !pod.is_evicted() || pod.phase == PodPhase::Pending || !self.is_observed {
            return false;
        }
        let spare = self.current_healthy >= self.desired_healthy && self.desired_healthy > 0;
        let ignored = !pod.is_ready && (self.always_allows_unready || spare);
        self.disruptions_allowed < 1 && !ignored
    }

    /// Returns why it can never allow a disruption with the current number of pods, such as `maxUnavailable is 0`.
    #[must_use]
    pub fn never_allows(&self) -> Option<String> {
        match self.limit? {
            BudgetLimit::MaxUnavailable(Amount::Count(0)) => Some("maxUnavailable is 0".to_owned()),
            BudgetLimit::MaxUnavailable(Amount::Percent(0)) => Some("maxUnavailable is 0%".to_owned()),
            BudgetLimit::MinAvailable(_) if self.expected_pods < 1 => None,
            BudgetLimit::MinAvailable(Amount::Count(count)) if count >= self.expected_pods => {
                Some(format!("minAvailable is {count} of {}", pods(self.expected_pods)))
            }
            // Kubernetes rounds up the number of pods that must remain.
            BudgetLimit::MinAvailable(Amount::Percent(percent))
                if self.expected_pods.saturating_mul(percent).saturating_add(99) / 100 >= self.expected_pods =>
            {
                Some(format!("minAvailable is {percent}% of {}", pods(self.expected_pods)))
            }
            BudgetLimit::MinAvailable(_) | BudgetLimit::MaxUnavailable(_) => None,
        }
    }
}

/// Returns such as `1 pod` and `3 pods`.
fn pods(count: i64) -> String {
    if count == 1 { "1 pod".to_owned() } else { format!("{count} pods") }
}

#[cfg(test)]
#[path = "workloads_tests.rs"]
mod tests;
