//! Between the model and the two kinds of node class.

use serde_json::{Value as Json, json};

use clients::kube::fields::{fields_of, from_json, with_fields};
use clients::kube::managed::{Condition, generation, remembered, status_conditions, uid};
use clients::kube::{EC2_NODE_CLASS, Kind, NODE_CLASS};
use framework::model::{Attr, AttrField, AttrType, List};
use framework::path::Path;

use super::model::GpuNodeClass;

pub(super) const KARPENTER: &str = "karpenter";
pub(super) const AUTO_MODE: &str = "auto_mode";

/// How the definitions get into a cluster.
const BY_CHART: &str = "Karpenter's definitions come with its chart karpenter-crd (helm install karpenter-crd \
    oci://public.ecr.aws/karpenter/karpenter-crd --namespace kube-system); let this resource depend on that helm_release. For \
    EKS Auto Mode, set controller = \"auto_mode\".";
const BY_EKS: &str = "EKS installs it with EKS Auto Mode: set compute_config { enabled = true } on the cluster. For a \
    Karpenter of your own, set controller = \"karpenter\".";

/// Attributes that are fields of both kinds.
pub(super) const OF_BOTH: [&str; 7] = [
    "role",
    "instance_profile",
    "subnet_selector_terms",
    "security_group_selector_terms",
    "capacity_reservation_selector_terms",
    "placement_group_selector",
    "tags",
];

/// Attributes that are fields of `EC2NodeClass` alone.
pub(super) const OF_KARPENTER: [&str; 14] = [
    "ami_selector_terms",
    "ami_family",
    "block_device_mappings",
    "instance_store_policy",
    "network_interfaces",
    "associate_public_ip_address",
    "ip_prefix_count",
    "kubelet",
    "metadata_options",
    "connection_tracking",
    "cpu_options",
    "detailed_monitoring",
    "context",
    "user_data",
];

/// Attributes that are fields of EKS Auto Mode's `NodeClass` alone.
pub(super) const OF_AUTO_MODE: [&str; 9] = [
    "pod_subnet_selector_terms",
    "pod_security_group_selector_terms",
    "snat_policy",
    "network_policy",
    "network_policy_event_logs",
    "ephemeral_storage",
    "advanced_networking",
    "advanced_security",
    "certificate_bundles",
];

const METADATA: [&str; 2] = ["labels", "annotations"];

/// All attributes that are fields of the spec.
pub(super) fn spec_attributes() -> Vec<&'static str> {
    [OF_BOTH.as_slice(), &OF_KARPENTER, &OF_AUTO_MODE].concat()
}

/// Attributes that only the other controller has.
pub(super) fn foreign_attributes(controller: &str) -> &'static [&'static str] {
    if controller == AUTO_MODE { &OF_KARPENTER } else { &OF_AUTO_MODE }
}

pub(super) fn kind(controller: &str) -> Kind {
    if controller == AUTO_MODE { NODE_CLASS } else { EC2_NODE_CLASS }
}

pub(super) fn installed_by(controller: &str) -> &'static str {
    if controller == AUTO_MODE { BY_EKS } else { BY_CHART }
}

/// What the definition fills in by itself.
fn defaults(controller: &str) -> Json {
    if controller == AUTO_MODE {
        json!({
            "snatPolicy": "Random",
            "networkPolicy": "DefaultAllow",
            "networkPolicyEventLogs": "Disabled",
            "ephemeralStorage": {"size": "80Gi", "iops": 3000, "throughput": 125},
        })
    } else {
        json!({"metadataOptions": {
            "httpEndpoint": "enabled", "httpProtocolIPv6": "disabled", "httpPutResponseHopLimit": 1,
            "httpTokens": "required",
        }})
    }
}

pub(super) fn id(cluster: &str, controller: &str, name: &str) -> String {
    format!("{cluster}/{controller}/{name}")
}

/// Name of the cluster, controller, name of the class.
pub(super) fn names(model: &GpuNodeClass) -> (&str, &str, &str) {
    (
        model.cluster_name.text().unwrap_or_default(),
        model.controller.text().unwrap_or_default(),
        model.name.text().unwrap_or_default(),
    )
}

/// The fields to apply; none while any of them is unknown.
pub(super) fn fields(model: &GpuNodeClass) -> Option<Json> {
    let mut spec = fields_of(model, &spec_attributes())?;
    rename_owner(&mut spec, model.controller.text()?, ("ownerID", "owner"));
    Some(json!({"metadata": fields_of(model, &METADATA)?, "spec": spec}))
}

/// The two kinds call the owner of a capacity reservation by two names.
fn rename_owner(spec: &mut Json, controller: &str, (from, to): (&str, &str)) {
    if controller != AUTO_MODE {
        return;
    }
    for term in spec["capacityReservationSelectorTerms"].as_array_mut().into_iter().flatten() {
        if let Some(owner) = term.as_object_mut().and_then(|term| term.remove(from)) {
            term[to] = owner;
        }
    }
    // Looking for what is not there has made it null.
    if let Some(spec) = spec.as_object_mut() {
        spec.retain(|_, member| !member.is_null());
    }
}

/// The class with these fields.
pub(super) fn with(model: &GpuNodeClass, fields: &Json) -> GpuNodeClass {
    let mut spec = fields["spec"].clone();
    rename_owner(&mut spec, model.controller.text().unwrap_or_default(), ("owner", "ownerID"));
    let model = with_fields(model, &METADATA, &fields["metadata"]);
    with_fields(&model, &spec_attributes(), &spec)
}

/// The class as it is. Of its fields those count that the stored state has; after an import, those that somebody wrote.
pub(super) fn from_live(stored: &GpuNodeClass, live: &Json, region: &str) -> GpuNodeClass {
    let (cluster, controller, name) = names(stored);
    let known = if stored.uid.is_null() { None } else { fields(stored) };
    let model = with(stored, &remembered(known.as_ref(), live, &defaults(controller)));
    let region = stored.region.text().unwrap_or(region).into();
    GpuNodeClass {
        id: id(cluster, controller, name).into(),
        region,
        force_conflicts: Attr::Known(stored.force_conflicts.known().copied().unwrap_or_default()),
        wait_for_ready: Attr::Known(stored.wait_for_ready.known().copied().unwrap_or(true)),
        ..seen(model, live)
    }
}

/// The model with what the server and the controller say of the object.
fn seen(mut model: GpuNodeClass, live: &Json) -> GpuNodeClass {
    let status = &live["status"];
    model.resolved_amis = list(&status["amis"]);
    model.resolved_subnets = list(&status["subnets"]);
    model.resolved_security_groups = list(&status["securityGroups"]);
    model.resolved_capacity_reservations = list(&status["capacityReservations"]);
    model.resolved_instance_profile = status["instanceProfile"].as_str().map(str::to_owned).into();
    model.conditions = status_conditions(live);
    model.generation = generation(live).into();
    model.uid = uid(live).map(str::to_owned).into();
    if !model.previous_field_managers.is_known() {
        model.previous_field_managers = Attr::Null;
    }
    model
}

/// A list of the status. One that is not there is empty, so that expressions over it work.
fn list<T: AttrType>(json: &Json) -> List<T> {
    let elements = from_json(json, &List::<T>::shape().ty());
    match List::from_value(&elements, &Path::root()) {
        Ok(Attr::Known(elements)) => Attr::Known(elements),
        _ => Attr::Known(vec![]),
    }
}

/// Conditions that no waiting mends.
pub(super) fn is_final(condition: &Condition) -> bool {
    matches!(
        condition.reason.as_str(),
        "UnsupportedAlias" | "TagValidationFailed" | "InvalidKubeletConfiguration" | "UserDataSizeLimitExceeded"
    )
}

/// Whether a NodeClaim was launched from the class.
pub(super) fn uses(claim: &Json, controller: &str, name: &str) -> bool {
    let (kind, reference) = (kind(controller), &claim["spec"]["nodeClassRef"]);
    reference["group"] == kind.group && reference["kind"] == kind.kind && reference["name"] == name
}
