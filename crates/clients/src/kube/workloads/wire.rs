//! The parts of Kubernetes objects that are read, and their conversion. All other members are skipped, so that a page
//! requires little memory in addition to the response.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use preflight::facts::{
    Amount, BudgetLimit, DisruptionBudget, LabelExpression, LabelSelector, Node, Owner, Pod, PodPhase,
};

/// The label with the name of the managed node group.
pub(super) const NODE_GROUP: &str = "eks.amazonaws.com/nodegroup";

/// The taint of cordoned nodes.
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

/// The annotation of the mirrors of static pods.
const MIRROR: &str = "kubernetes.io/config.mirror";

const SAFE_TO_EVICT: &str = "cluster-autoscaler.kubernetes.io/safe-to-evict";

/// The label with the hash in the name of the ReplicaSet of a Deployment.
const TEMPLATE_HASH: &str = "pod-template-hash";

/// The containers that Istio and Linkerd add to pods.
const PROXIES: [&str; 2] = ["istio-proxy", "linkerd-proxy"];

/// The default termination grace period, in seconds.
const GRACE_PERIOD: i64 = 30;

/// A page of a list.
#[derive(Debug, Deserialize)]
pub(super) struct Page<T> {
    /// Content without it does not come from an API server.
    #[serde(rename = "apiVersion")]
    _api_version: String,
    pub(super) metadata: PageMetadata,
    #[serde(bound(deserialize = "T: Deserialize<'de>"), deserialize_with = "null_as_empty")]
    pub(super) items: Vec<T>,
}

/// Go programs can write null for a list, map, or pointer that was never set.
fn null_as_empty<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(value: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(value)?.unwrap_or_default())
}

#[derive(Debug, Deserialize)]
pub(super) struct PageMetadata {
    #[serde(rename = "continue")]
    pub(super) next: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Metadata {
    #[serde(deserialize_with = "null_as_empty")]
    name: String,
    #[serde(deserialize_with = "null_as_empty")]
    namespace: String,
    #[serde(deserialize_with = "null_as_empty")]
    generation: i64,
    #[serde(deserialize_with = "null_as_empty")]
    labels: BTreeMap<String, String>,
    #[serde(deserialize_with = "null_as_empty")]
    annotations: BTreeMap<String, String>,
    deletion_timestamp: Option<String>,
    #[serde(deserialize_with = "null_as_empty")]
    owner_references: Vec<OwnerReference>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OwnerReference {
    #[serde(deserialize_with = "null_as_empty")]
    kind: String,
    #[serde(deserialize_with = "null_as_empty")]
    name: String,
    #[serde(deserialize_with = "null_as_empty")]
    controller: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Condition {
    #[serde(rename = "type")]
    #[serde(deserialize_with = "null_as_empty")]
    kind: String,
    #[serde(deserialize_with = "null_as_empty")]
    status: String,
    #[serde(deserialize_with = "null_as_empty")]
    reason: String,
    #[serde(deserialize_with = "null_as_empty")]
    message: String,
}

fn is_ready(conditions: &[Condition]) -> bool {
    conditions.iter().any(|condition| condition.kind == "Ready" && condition.status == "True")
}

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

/// A pod.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PodObject {
    #[serde(deserialize_with = "null_as_empty")]
    metadata: Metadata,
    #[serde(deserialize_with = "null_as_empty")]
    spec: PodSpec,
    #[serde(deserialize_with = "null_as_empty")]
    status: PodStatus,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PodSpec {
    #[serde(deserialize_with = "null_as_empty")]
    node_name: String,
    #[serde(deserialize_with = "null_as_empty")]
    tolerations: Vec<Toleration>,
    #[serde(deserialize_with = "null_as_empty")]
    volumes: Vec<Volume>,
    #[serde(deserialize_with = "null_as_empty")]
    containers: Vec<Container>,
    termination_grace_period_seconds: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Toleration {
    #[serde(deserialize_with = "null_as_empty")]
    key: String,
    #[serde(deserialize_with = "null_as_empty")]
    operator: String,
    #[serde(deserialize_with = "null_as_empty")]
    value: String,
    #[serde(deserialize_with = "null_as_empty")]
    effect: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Container {
    #[serde(deserialize_with = "null_as_empty")]
    name: String,
    #[serde(deserialize_with = "null_as_empty")]
    volume_mounts: Vec<VolumeMount>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct VolumeMount {
    #[serde(deserialize_with = "null_as_empty")]
    name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Volume {
    #[serde(deserialize_with = "null_as_empty")]
    name: String,
    empty_dir: Option<EmptyDir>,
    persistent_volume_claim: Option<Claim>,
    ephemeral: Option<Claim>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct EmptyDir {
    #[serde(deserialize_with = "null_as_empty")]
    medium: String,
}

/// A volume whose data outlives the node. Its members do not matter.
#[derive(Debug, Default, Deserialize)]
struct Claim {}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PodStatus {
    #[serde(deserialize_with = "null_as_empty")]
    phase: String,
    #[serde(deserialize_with = "null_as_empty")]
    conditions: Vec<Condition>,
}

impl Toleration {
    /// Returns whether it tolerates the taint `node.kubernetes.io/unschedulable:NoSchedule`. An empty key tolerates
    /// every taint, and an empty effect every effect.
    fn tolerates_cordon(&self) -> bool {
        let (exists, effect) = (self.operator == "Exists", self.effect.as_str());
        let key = (self.key.is_empty() && exists) || self.key == UNSCHEDULABLE && (exists || self.value.is_empty());
        key && (effect.is_empty() || effect == "NoSchedule")
    }
}

impl PodSpec {
    /// Returns whether a volume is an `emptyDir` on disk that a container of the workload mounts. Service meshes add
    /// such volumes to every pod, for their own proxy and init containers.
    fn keeps_data_in(&self, volume: &Volume) -> bool {
        let is_on_disk = volume.empty_dir.as_ref().is_some_and(|dir| dir.medium.is_empty());
        let own = self.containers.iter().filter(|container| !PROXIES.contains(&container.name.as_str()));
        is_on_disk && own.flat_map(|container| &container.volume_mounts).any(|mount| mount.name == volume.name)
    }
}

impl PodObject {
    /// Returns the name of the node, or an empty string.
    pub(super) fn node(&self) -> &str {
        &self.spec.node_name
    }
}

impl From<PodObject> for Pod {
    fn from(PodObject { metadata, spec, status }: PodObject) -> Self {
        Self {
            owner: owner(&metadata),
            is_mirror: metadata.annotations.contains_key(MIRROR),
            safe_to_evict: metadata.annotations.get(SAFE_TO_EVICT).and_then(|text| text.parse().ok()),
            is_deleting: metadata.deletion_timestamp.is_some(),
            phase: match status.phase.as_str() {
                "Pending" => PodPhase::Pending,
                "Running" => PodPhase::Running,
                "Succeeded" | "Failed" => PodPhase::Finished,
                _ => PodPhase::Unknown,
            },
            is_ready: is_ready(&status.conditions),
            tolerates_cordon: spec.tolerations.iter().any(Toleration::tolerates_cordon),
            has_empty_dir: spec.volumes.iter().any(|volume| spec.keeps_data_in(volume)),
            has_claim: spec
                .volumes
                .iter()
                .any(|volume| volume.persistent_volume_claim.is_some() || volume.ephemeral.is_some()),
            grace_period_seconds: spec.termination_grace_period_seconds.unwrap_or(GRACE_PERIOD),
            namespace: metadata.namespace,
            name: metadata.name,
            node: spec.node_name,
            labels: metadata.labels,
        }
    }
}

/// Returns the controller. The ReplicaSet of a Deployment is named after it and the hash of the pod template.
fn owner(metadata: &Metadata) -> Option<Owner> {
    let OwnerReference { kind, name, .. } = metadata.owner_references.iter().find(|owner| owner.controller)?;
    let deployment = || name.strip_suffix(metadata.labels.get(TEMPLATE_HASH)?)?.strip_suffix('-');
    Some(match kind.as_str() {
        "ReplicaSet" => match deployment() {
            Some(deployment) => Owner::Deployment(deployment.to_owned()),
            None => Owner::Other(kind.clone(), name.clone()),
        },
        "StatefulSet" => Owner::StatefulSet(name.clone()),
        "DaemonSet" => Owner::DaemonSet(name.clone()),
        "Job" => Owner::Job(name.clone()),
        "Node" => Owner::Node(name.clone()),
        _ => Owner::Other(kind.clone(), name.clone()),
    })
}

/// A PodDisruptionBudget.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct BudgetObject {
    #[serde(deserialize_with = "null_as_empty")]
    metadata: Metadata,
    #[serde(deserialize_with = "null_as_empty")]
    spec: BudgetSpec,
    #[serde(deserialize_with = "null_as_empty")]
    status: BudgetStatus,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct BudgetSpec {
    selector: Option<Selector>,
    min_available: Option<IntOrString>,
    max_unavailable: Option<IntOrString>,
    #[serde(deserialize_with = "null_as_empty")]
    unhealthy_pod_eviction_policy: String,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum IntOrString {
    Int(i64),
    String(String),
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Selector {
    #[serde(deserialize_with = "null_as_empty")]
    match_labels: BTreeMap<String, String>,
    #[serde(deserialize_with = "null_as_empty")]
    match_expressions: Vec<Expression>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Expression {
    #[serde(deserialize_with = "null_as_empty")]
    key: String,
    #[serde(deserialize_with = "null_as_empty")]
    operator: String,
    #[serde(deserialize_with = "null_as_empty")]
    values: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct BudgetStatus {
    #[serde(deserialize_with = "null_as_empty")]
    observed_generation: i64,
    #[serde(deserialize_with = "null_as_empty")]
    expected_pods: i64,
    #[serde(deserialize_with = "null_as_empty")]
    current_healthy: i64,
    #[serde(deserialize_with = "null_as_empty")]
    desired_healthy: i64,
    #[serde(deserialize_with = "null_as_empty")]
    disruptions_allowed: i64,
    #[serde(deserialize_with = "null_as_empty")]
    conditions: Vec<Condition>,
}

impl From<BudgetObject> for DisruptionBudget {
    fn from(BudgetObject { metadata, spec, status }: BudgetObject) -> Self {
        let amount = |given: &Option<IntOrString>| given.as_ref().and_then(amount);
        let limit = amount(&spec.min_available).map(BudgetLimit::MinAvailable);
        let failed = status.conditions.into_iter().find(|condition| condition.reason == "SyncFailed");
        Self {
            namespace: metadata.namespace,
            name: metadata.name,
            selector: spec.selector.map(Into::into),
            limit: limit.or_else(|| amount(&spec.max_unavailable).map(BudgetLimit::MaxUnavailable)),
            always_allows_unready: spec.unhealthy_pod_eviction_policy == "AlwaysAllow",
            is_observed: status.observed_generation >= metadata.generation,
            expected_pods: status.expected_pods,
            current_healthy: status.current_healthy,
            desired_healthy: status.desired_healthy,
            disruptions_allowed: status.disruptions_allowed,
            sync_failure: failed.map(|condition| condition.message),
        }
    }
}

fn amount(given: &IntOrString) -> Option<Amount> {
    match given {
        IntOrString::Int(count) => Some(Amount::Count(*count)),
        IntOrString::String(text) => text.strip_suffix('%')?.parse().ok().map(Amount::Percent),
    }
}

impl From<Selector> for LabelSelector {
    fn from(selector: Selector) -> Self {
        let expression = |Expression { key, operator, values }: Expression| match operator.as_str() {
            "In" => LabelExpression::In(key, values),
            "NotIn" => LabelExpression::NotIn(key, values),
            "Exists" => LabelExpression::Exists(key),
            // The API server accepts no other operator.
            _ => LabelExpression::DoesNotExist(key),
        };
        Self {
            labels: selector.match_labels,
            expressions: selector.match_expressions.into_iter().map(expression).collect(),
        }
    }
}
