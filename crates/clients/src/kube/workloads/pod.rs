//! The parts of a pod that are read.

use serde::Deserialize;
use serde_json::Value as Json;

use preflight::facts::{Owner, Pod, PodPhase};
use preflight::pool::Toleration;
use render::karpenter::node_pool::Taint;

use super::wire::{Condition, Metadata, OwnerReference, is_ready, null_as_empty};

/// The taint of cordoned nodes.
pub(super) const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

/// The annotation of the mirrors of static pods.
const MIRROR: &str = "kubernetes.io/config.mirror";

const SAFE_TO_EVICT: &str = "cluster-autoscaler.kubernetes.io/safe-to-evict";

/// The label with the hash in the name of the ReplicaSet of a Deployment.
const TEMPLATE_HASH: &str = "pod-template-hash";

/// The containers that Istio and Linkerd add to pods.
const PROXIES: [&str; 2] = ["istio-proxy", "linkerd-proxy"];

/// The default termination grace period, in seconds.
const GRACE_PERIOD: i64 = 30;

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
    tolerations: Vec<Json>,
    #[serde(deserialize_with = "null_as_empty")]
    volumes: Vec<Volume>,
    #[serde(deserialize_with = "null_as_empty")]
    containers: Vec<Container>,
    termination_grace_period_seconds: Option<i64>,
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
        let cordon = Taint { key: UNSCHEDULABLE.to_owned(), value: String::new(), effect: "NoSchedule".to_owned() };
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
            tolerates_cordon: spec.tolerations.iter().any(|given| Toleration::parse(given).covers(&cordon)),
            has_empty_dir: spec.volumes.iter().any(|volume| spec.keeps_data_in(volume)),
            has_claim: spec
                .volumes
                .iter()
                .any(|volume| volume.persistent_volume_claim.is_some() || volume.ephemeral.is_some()),
            grace_period_seconds: spec.termination_grace_period_seconds.unwrap_or(GRACE_PERIOD),
            namespace: metadata.namespace,
            name: metadata.name,
            uid: metadata.uid,
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
