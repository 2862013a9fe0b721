//! Converts between the model and the two kinds of node class.

use serde_json::{Value as Json, json};

use clients::kube::fields::{fields_of, from_json, known_fields_of, list_field_name, to_json, with_fields};
use clients::kube::free_form;
use clients::kube::managed::{Condition, generation, remembered, status_conditions, uid};
use clients::kube::{EC2_NODE_CLASS, Kind, NODE_CLASS};
use framework::model::{Attr, AttrField, AttrType, List, Map, Model};
use framework::path::Path;
use framework::value::Value;
use render::karpenter::form::Form;
use render::karpenter::node_class::{family_of_alias, images_device};

use super::model::NodeClass;

pub(super) const KARPENTER: &str = "karpenter";
pub(super) const AUTO_MODE: &str = "auto_mode";

/// Size of the default volume of GPU nodes for images and pods.
const IMAGES: &str = "300Gi";
/// Size of the system volume of Bottlerocket, which equals the Karpenter default.
const SYSTEM: &str = "4Gi";

/// How to install the CRDs in a cluster.
const BY_CHART: &str = "Install the Karpenter CRDs with the Helm chart karpenter-crd (helm install karpenter-crd \
                        oci://public.ecr.aws/karpenter/karpenter-crd --namespace kube-system). If a helm_release \
                        resource installs the chart, add it to depends_on. For EKS Auto Mode, set controller = \
                        \"auto_mode\".";
const BY_EKS: &str = "EKS installs it with EKS Auto Mode: set compute_config { enabled = true } on the cluster. For a \
                      self-installed Karpenter, set controller = \"karpenter\".";

/// Arguments that are fields of both kinds.
pub(super) const OF_BOTH: [&str; 7] = [
    "role",
    "instance_profile",
    "subnet_selector_term",
    "security_group_selector_term",
    "capacity_reservation_selector_term",
    "placement_group_selector",
    "tags",
];

/// Arguments that are fields of `EC2NodeClass` only.
pub(super) const OF_KARPENTER: [&str; 15] = [
    "ami_selector_term",
    "ami_family",
    "block_device_mapping",
    "instance_store_policy",
    "network_interface",
    "associate_public_ip_address",
    "ip_prefix_count",
    "kubelet",
    "metadata_options",
    "connection_tracking",
    "cpu_options",
    "enclave_options",
    "detailed_monitoring",
    "context",
    "user_data",
];

/// Arguments that are fields of the EKS Auto Mode `NodeClass` only.
pub(super) const OF_AUTO_MODE: [&str; 9] = [
    "pod_subnet_selector_term",
    "pod_security_group_selector_term",
    "snat_policy",
    "network_policy",
    "network_policy_event_logs",
    "ephemeral_storage",
    "advanced_networking",
    "advanced_security",
    "certificate_bundle",
];

/// Arguments that select a default of this provider. They are not fields.
const DEFAULTS_OF_KARPENTER: [&str; 1] = ["default_volume"];

/// All arguments that are fields of the spec.
pub(super) fn spec_arguments() -> Vec<&'static str> {
    [OF_BOTH.as_slice(), &OF_KARPENTER, &OF_AUTO_MODE].concat()
}

/// Arguments that only the other controller supports.
pub(super) fn foreign_arguments(controller: &str) -> Vec<&'static str> {
    if controller == AUTO_MODE {
        [OF_KARPENTER.as_slice(), &DEFAULTS_OF_KARPENTER].concat()
    } else {
        OF_AUTO_MODE.into()
    }
}

pub(super) fn kind(controller: &str) -> Kind {
    if controller == AUTO_MODE { NODE_CLASS } else { EC2_NODE_CLASS }
}

pub(super) fn installed_by(controller: &str) -> &'static str {
    if controller == AUTO_MODE { BY_EKS } else { BY_CHART }
}

/// Defaults of the CRD.
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

/// Returns the arguments with the CRD defaults instead of null, because the controllers also hash the defaults.
pub(super) fn effective(class: &NodeClass) -> Value {
    let given = class.to_value();
    let Some(controller) = class.controller.text() else { return given };
    let defaults = with_fields(&NodeClass::default(), &spec_arguments(), &defaults(controller));
    filled(&given, &defaults.to_value())
}

/// Returns the value, with the members of `defaults` instead of null.
fn filled(value: &Value, defaults: &Value) -> Value {
    match (value, defaults) {
        (Value::Null, defaults) => defaults.clone(),
        (Value::Object(members), defaults) => Value::object(members.iter().map(|(name, member)| {
            (name.clone(), defaults.member(name).map_or_else(|| member.clone(), |default| filled(member, default)))
        })),
        (value, _) => value.clone(),
    }
}

pub(super) fn id(cluster: &str, controller: &str, name: &str) -> String {
    format!("{cluster}/{controller}/{name}")
}

/// Returns the cluster name, the controller, and the name of the node class.
pub(super) fn names(model: &NodeClass) -> (&str, &str, &str) {
    (
        model.cluster_name.text().unwrap_or_default(),
        model.controller.text().unwrap_or_default(),
        model.name.text().unwrap_or_default(),
    )
}

/// Returns the fields to apply, or `None` while one of them is unknown.
pub(super) fn fields(model: &NodeClass) -> Option<Json> {
    let spec = typed_spec(model)?;
    let additional = match &model.additional_spec {
        Attr::Unknown => return None,
        Attr::Null => Json::Null,
        Attr::Known(value) => free_form::to_json(value)?,
    };
    let mut metadata = json!({});
    for (name, members) in [("labels", &model.object_labels), ("annotations", &model.object_annotations)] {
        match members.to_value() {
            Value::Null => {}
            members => metadata[name] = to_json(&members)?,
        }
    }
    Some(json!({"metadata": metadata, "spec": free_form::merged(spec, &additional)}))
}

/// Returns the known fields to apply.
pub(super) fn known_fields(model: &NodeClass) -> Json {
    let mut spec = known_fields_of(model, &spec_arguments());
    rename_owner(&mut spec, model.controller.text().unwrap_or_default(), ("ownerID", "owner"));
    let additional = free_form::known_fields(&model.additional_spec);
    json!({"metadata": {}, "spec": free_form::merged(spec, &additional)})
}

/// Returns the fields of all arguments except `additional_spec`.
fn typed_spec(model: &NodeClass) -> Option<Json> {
    let mut spec = fields_of(model, &spec_arguments())?;
    rename_owner(&mut spec, model.controller.text()?, ("ownerID", "owner"));
    match &model.default_ami_alias {
        Attr::Unknown => return None,
        Attr::Known(alias) => spec["amiSelectorTerms"] = json!([{"alias": alias}]),
        Attr::Null => {}
    }
    match model.default_volume {
        Attr::Unknown => return None,
        Attr::Known(true) => spec["blockDeviceMappings"] = volumes(family(model)?),
        Attr::Known(false) | Attr::Null => {}
    }
    Some(spec)
}

/// Returns the arguments for fields that `additional_spec` also sets, or for which an argument exists.
pub(super) fn overlaps(model: &NodeClass) -> Vec<String> {
    let Attr::Known(additional) = &model.additional_spec else { return Vec::new() };
    let given = typed_spec(model).unwrap_or_default();
    free_form::overlaps(&free_form::known_part(additional), &given, |spec| retyped(model, spec))
}

/// Returns the spec as the arguments would write it.
fn retyped(model: &NodeClass, spec: &Json) -> Json {
    let named = NodeClass { controller: model.controller.clone(), ..NodeClass::default() };
    typed_spec(&with_spec(&named, spec)).unwrap_or_default()
}

/// Returns whether `additional_spec` sets the field of these blocks, or `None` while that is unknown.
pub(super) fn is_in_additional_spec(model: &NodeClass, block: &str) -> Option<bool> {
    free_form::sets(&model.additional_spec, &[&list_field_name(block)])
}

/// Returns the AMI family that Karpenter uses, or `None` while it is unknown.
pub(super) fn family(model: &NodeClass) -> Option<&str> {
    match (&model.ami_family, &model.default_ami_alias) {
        (Attr::Known(family), _) => return Some(family),
        (Attr::Unknown, _) | (Attr::Null, Attr::Unknown) => return None,
        (Attr::Null, Attr::Known(alias)) => return family_of_alias(alias),
        (Attr::Null, Attr::Null) => {}
    }
    if is_in_additional_spec(model, "ami_selector_term")? {
        return family_of_additional_terms(model);
    }
    let mut aliases = model.ami_selector_term.known()?.iter().map(|term| &term.alias);
    aliases.try_fold("Custom", |family, alias| match alias {
        Attr::Unknown => None,
        Attr::Null => Some(family),
        Attr::Known(alias) => Some(family_of_alias(alias).unwrap_or(family)),
    })
}

fn family_of_additional_terms(model: &NodeClass) -> Option<&'static str> {
    let additional = free_form::to_json(model.additional_spec.known()?)?;
    let terms = additional["amiSelectorTerms"].as_array()?.iter();
    let mut families = terms.filter_map(|term| family_of_alias(term["alias"].as_str()?));
    Some(families.next_back().unwrap_or("Custom"))
}

/// Returns the default volumes of GPU nodes. Empty for families without default volumes.
pub(super) fn volumes(family: &str) -> Json {
    let volume = |device: &str, size: &str| json!({"deviceName": device, "ebs": {"volumeSize": size, "volumeType": "gp3", "encrypted": true}});
    match (family, images_device(family)) {
        ("AL2" | "AL2023", Some(device)) => json!([volume(device, IMAGES)]),
        ("Bottlerocket", Some(device)) => json!([volume("/dev/xvda", SYSTEM), volume(device, IMAGES)]),
        _ => json!([]),
    }
}

/// Whether the family has default volumes for GPU nodes.
pub(super) fn has_default_volumes(family: &str) -> bool {
    volumes(family) != json!([])
}

/// Renames the owner of capacity reservations, which has a different name in the two kinds.
fn rename_owner(spec: &mut Json, controller: &str, (from, to): (&str, &str)) {
    if controller != AUTO_MODE {
        return;
    }
    for term in spec["capacityReservationSelectorTerms"].as_array_mut().into_iter().flatten() {
        if let Some(owner) = term.as_object_mut().and_then(|term| term.remove(from)) {
            term[to] = owner;
        }
    }
    // Indexing a missing member adds it as null.
    if let Some(spec) = spec.as_object_mut() {
        spec.retain(|_, member| !member.is_null());
    }
}

/// Returns the node class with these fields.
pub(super) fn with(model: &NodeClass, fields: &Json) -> NodeClass {
    let texts = |name: &str| {
        Map::from_value(&from_json(&fields["metadata"][name], &Map::<String>::shape().ty()), &Path::root())
    };
    let stored = free_form::known_fields(&model.additional_spec);
    let (spec, additional) = free_form::split(&fields["spec"], &stored, |spec| retyped(model, spec));
    NodeClass {
        object_labels: texts("labels").unwrap_or_default(),
        object_annotations: texts("annotations").unwrap_or_default(),
        additional_spec: free_form::argument(&model.additional_spec, &additional),
        ..with_spec(model, &spec)
    }
}

/// Returns the node class with this spec, whose fields all have an argument. Configured defaults are kept if they
/// match.
fn with_spec(model: &NodeClass, spec: &Json) -> NodeClass {
    let mut spec = spec.clone();
    rename_owner(&mut spec, model.controller.text().unwrap_or_default(), ("owner", "ownerID"));
    let default_ami_alias = match &model.default_ami_alias {
        Attr::Known(alias) if spec["amiSelectorTerms"] == json!([{"alias": alias}]) => Attr::Known(alias.clone()),
        _ => Attr::Null,
    };
    let mut defaults: Vec<&str> = vec![];
    if default_ami_alias.is_known() {
        defaults.push("amiSelectorTerms");
    }
    let default_volume = match model.default_volume {
        Attr::Known(true) => {
            let has_default = family(model).is_some_and(|family| volumes(family) == spec["blockDeviceMappings"]);
            if has_default {
                defaults.push("blockDeviceMappings");
            }
            Attr::Known(has_default)
        }
        other => other,
    };
    if let Some(spec) = spec.as_object_mut() {
        spec.retain(|name, _| !defaults.contains(&name.as_str()));
    }
    let kubelet = free_form::argument(&model.kubelet, &spec["kubelet"]);
    NodeClass { default_ami_alias, default_volume, kubelet, ..with_fields(model, &spec_arguments(), &spec) }
}

/// Returns the live node class. The fields in the stored state are compared. After an import, these are the fields that
/// a field manager has written.
pub(super) fn from_live(form: Form, stored: &NodeClass, live: &Json, region: &str) -> NodeClass {
    let (cluster, controller, name) = names(stored);
    let is_import = stored.uid.is_null();
    let known = if is_import { None } else { fields(stored) };
    let mut model = with(stored, &remembered(known.as_ref(), live, &defaults(controller)));
    // An object from an import or a move keeps the volumes that it has.
    if form == Form::Gpu && model.default_volume.is_null() {
        model.default_volume = Attr::Known(false);
    }
    let region = stored.region.text().unwrap_or(region).into();
    NodeClass {
        id: id(cluster, controller, name).into(),
        region,
        force_conflicts: Attr::Known(stored.force_conflicts.known().copied().unwrap_or_default()),
        wait_for_ready: Attr::Known(stored.wait_for_ready.known().copied().unwrap_or(true)),
        ..seen(model, live)
    }
}

/// Sets the values that the server and the controller determine.
fn seen(mut model: NodeClass, live: &Json) -> NodeClass {
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

/// Returns a list of the status. A missing list is empty, so that expressions do not fail.
fn list<T: AttrType>(json: &Json) -> List<T> {
    let elements = from_json(json, &List::<T>::shape().ty());
    match List::from_value(&elements, &Path::root()) {
        Ok(Attr::Known(elements)) => Attr::Known(elements),
        _ => Attr::Known(vec![]),
    }
}

/// Whether a condition is permanent.
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
