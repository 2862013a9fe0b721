//! Rules for combinations of arguments of a node class: the rules of the CRDs, and additional rules for their gaps.
//! Unknown values are checked when they are known.

use clients::findings::path;
use clients::kube::fields::{attribute_of, field_names};
use clients::kube::free_form;
use framework::blocks::ListBlock;
use framework::diagnostics::Diagnostics;
use framework::model::{Attr, Model};
use framework::path::Path;
use framework::value::Value;
use render::karpenter::kubelet;
use render::karpenter::node_class::{RESERVED_TAGS, RESERVED_TAGS_OF_AUTO_MODE, family_of_alias};
use render::node::Place;

use super::api::{self, AUTO_MODE, KARPENTER, foreign_arguments};
use super::model::{
    AutoModeInterface, BlockDeviceMapping, EbsVolume, NodeClass, PlacementGroupSelector, SecurityGroupSelectorTerm,
    SubnetSelectorTerm,
};

pub(super) mod ami;
mod interfaces;
mod user_data;

/// Whether a value is set and known.
fn given<T>(attribute: &Attr<T>) -> bool {
    attribute.is_known()
}

/// Validates a configuration.
pub(super) fn together(config: &NodeClass, diagnostics: &mut Diagnostics) {
    let controller = config.controller.text();
    if let Some(controller) = controller.filter(|text| [KARPENTER, AUTO_MODE].contains(text)) {
        of_controller(config, controller, diagnostics);
    }
    identity(config, diagnostics);
    selection(config, diagnostics);
    subnets("subnet_selector_term", &config.subnet_selector_term, diagnostics);
    subnets("pod_subnet_selector_term", &config.pod_subnet_selector_term, diagnostics);
    groups("security_group_selector_term", &config.security_group_selector_term, diagnostics);
    groups("pod_security_group_selector_term", &config.pod_security_group_selector_term, diagnostics);
    reservations(config, diagnostics);
    if let Some(selector) = config.placement_group_selector.block() {
        placement_group(selector, diagnostics);
    }
    ami::check(config, diagnostics);
    volumes(&config.block_device_mapping, diagnostics);
    interfaces::check(config, diagnostics);
    user_data::check(config, diagnostics);
    of_kubelet(config, diagnostics);
    additional(config, diagnostics);
    connections(config, diagnostics);
    pods(config, diagnostics);
}

fn of_controller(config: &NodeClass, controller: &str, diagnostics: &mut Diagnostics) {
    let value = config.to_value();
    for name in foreign_arguments(controller) {
        let is_unset = |member: &Value| match member {
            // The state of a GPU node class contains it, and Terraform before 1.14 generates configuration from state.
            Value::Bool(false) => name == "default_volume",
            Value::Null | Value::Unknown(_) => true,
            Value::List(blocks) => blocks.is_empty(),
            // A `dynamic` block over an unknown collection can be empty. The attributes in its content are unknown.
            Value::Object(members) => {
                let mut given = members.values().filter(|member| !member.is_null()).peekable();
                given.peek().is_some() && given.all(Value::is_unknown)
            }
            _ => false,
        };
        if value.member(name).is_none_or(is_unset) {
            continue;
        }
        let who = if controller == AUTO_MODE { "EKS Auto Mode" } else { "Karpenter" };
        let summary = format!("{who} does not support {name}");
        diagnostics.error_at(Path::attribute(name), summary, not_there(name, controller));
    }
    if controller == AUTO_MODE && config.name.text() == Some("default") {
        let detail = "EKS manages the NodeClass default for its built-in node pools and reverts every change. Use another \
                      name, or reference default in a node pool without managing it.";
        diagnostics.error_at(Path::attribute("name"), "EKS manages the NodeClass default", detail);
    }
    let reserved = if controller == AUTO_MODE { RESERVED_TAGS_OF_AUTO_MODE.as_slice() } else { &RESERVED_TAGS };
    for key in config.tags.known().into_iter().flatten().map(|(key, _)| key) {
        if reserved.contains(&key.as_str()) {
            diagnostics.error_at(
                Path::attribute("tags").key(key),
                "Reserved tag key",
                format!("The controller sets the tag {key}. Remove it."),
            );
        }
    }
}

/// Returns the reason why a controller does not support an argument.
fn not_there(name: &str, controller: &str) -> String {
    if controller != AUTO_MODE {
        return format!(
            "{name} is a field of the EKS Auto Mode NodeClass. The Karpenter EC2NodeClass does not have it. Remove the argument, \
             or set controller = \"auto_mode\"."
        );
    }
    let instead = match name {
        "ami_selector_term" | "ami_family" => "EKS selects the AMI, including GPU drivers.",
        "user_data" => "EKS Auto Mode does not support custom user data.",
        "block_device_mapping" | "default_volume" => "Use ephemeral_storage for the volume of images and pods.",
        "instance_store_policy" => "EKS uses NVMe instance store volumes that are larger than ephemeral_storage.",
        "network_interface" | "associate_public_ip_address" => "Use advanced_networking.",
        "metadata_options" => "EKS always requires IMDSv2 with a hop limit of 1.",
        "kubelet" => "EKS configures the kubelet.",
        _ => "EKS manages this setting.",
    };
    format!(
        "The EKS Auto Mode NodeClass does not have this field. {instead} Remove the argument, or set controller = \"karpenter\"."
    )
}

fn identity(config: &NodeClass, diagnostics: &mut Diagnostics) {
    if given(&config.role) && given(&config.instance_profile) {
        let detail = "instance_profile conflicts with role, for which Karpenter creates an instance profile. Remove \
                      one of them.";
        diagnostics.error_at(Path::attribute("instance_profile"), "Conflicting arguments", detail);
    } else if config.role.is_null() && config.instance_profile.is_null() {
        let detail = "Exactly one of role or instance_profile must be set.";
        diagnostics.error_at(Path::attribute("role"), "Missing required argument", detail);
    }
}

/// Checks that subnets and security groups are selected. The schema does not require the blocks, because
/// `additional_spec` can contain terms with fields that the blocks do not support.
fn selection(config: &NodeClass, diagnostics: &mut Diagnostics) {
    let (subnets, groups) = (&config.subnet_selector_term, &config.security_group_selector_term);
    for (name, is_empty) in [
        ("subnet_selector_term", subnets.known().is_some_and(Vec::is_empty)),
        ("security_group_selector_term", groups.known().is_some_and(Vec::is_empty)),
    ] {
        if is_empty && api::is_in_additional_spec(config, name) == Some(false) {
            let detail = format!("At least one {name} block is required.");
            diagnostics.error_at(Path::attribute(name), format!("Missing {name} block"), detail);
        }
    }
}

/// Checks that exactly one of these arguments is set. An unknown value can be set or unset.
fn exactly_one(path: &Path, members: &[(&str, Presence)], diagnostics: &mut Diagnostics) {
    let names: Vec<_> = members.iter().map(|(name, _)| *name).collect();
    let names = names.join(", ");
    let there = members.iter().filter(|(_, presence)| *presence == Presence::Set).count();
    if there > 1 {
        diagnostics.error_at(
            path.clone(),
            format!("Conflicting arguments in {path}"),
            format!("Exactly one of {names} must be set in {path}. Use a separate block for each of them."),
        );
    } else if members.iter().all(|(_, presence)| *presence == Presence::Absent) {
        let detail = format!("Exactly one of {names} must be set in {path}.");
        diagnostics.error_at(path.clone(), format!("Missing required argument in {path}"), detail);
    }
}

/// Whether a value is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presence {
    Absent,
    Unsure,
    Set,
}

impl<T> From<&Attr<T>> for Presence {
    fn from(attribute: &Attr<T>) -> Self {
        match attribute {
            Attr::Null => Self::Absent,
            Attr::Unknown => Self::Unsure,
            Attr::Known(_) => Self::Set,
        }
    }
}

/// Returns the known blocks with their paths.
fn each<'l, T>(path: &Path, blocks: &'l ListBlock<T>) -> impl Iterator<Item = (Path, &'l T)> {
    let path = path.clone();
    blocks.iter().enumerate().map(move |(index, block)| (path.index(index), block))
}

fn subnets(name: &str, terms: &ListBlock<SubnetSelectorTerm>, diagnostics: &mut Diagnostics) {
    for (path, term) in each(&Path::attribute(name), terms) {
        exactly_one(&path, &[("id", (&term.id).into()), ("tags", (&term.tags).into())], diagnostics);
    }
}

fn groups(name: &str, terms: &ListBlock<SecurityGroupSelectorTerm>, diagnostics: &mut Diagnostics) {
    for (path, term) in each(&Path::attribute(name), terms) {
        let members = [("id", (&term.id).into()), ("name", (&term.name).into()), ("tags", (&term.tags).into())];
        exactly_one(&path, &members, diagnostics);
    }
}

fn reservations(config: &NodeClass, diagnostics: &mut Diagnostics) {
    let auto_mode = config.controller.text() == Some(AUTO_MODE);
    for (path, term) in
        each(&Path::attribute("capacity_reservation_selector_term"), &config.capacity_reservation_selector_term)
    {
        if auto_mode && !term.instance_match_criteria.is_null() {
            let detail = "EKS Auto Mode selects capacity reservations by id, or by tags and owner_id.";
            let at = path.then("instance_match_criteria");
            diagnostics.error_at(at, "EKS Auto Mode does not support instance_match_criteria", detail);
            continue;
        }
        let others = given(&term.tags) || given(&term.instance_match_criteria) || given(&term.owner_id);
        if given(&term.id) && others {
            let detail =
                "A term with id selects only that capacity reservation. Remove the other arguments of the term.";
            diagnostics.error_at(path.then("id"), format!("Conflicting arguments in {path}"), detail);
        } else if term.id.is_null() && term.tags.is_null() && term.instance_match_criteria.is_null() {
            let names = if auto_mode { "id or tags" } else { "id, tags, or instance_match_criteria" };
            let detail = format!("At least one of {names} must be set in {path}. owner_id only limits the selection.");
            diagnostics.error_at(path.clone(), format!("Missing required argument in {path}"), detail);
        }
    }
}

fn placement_group(selector: &PlacementGroupSelector, diagnostics: &mut Diagnostics) {
    let members = [("id", (&selector.id).into()), ("name", (&selector.name).into())];
    exactly_one(&Path::attribute("placement_group_selector"), &members, diagnostics);
}

fn volumes(mappings: &ListBlock<BlockDeviceMapping>, diagnostics: &mut Diagnostics) {
    let path = Path::attribute("block_device_mapping");
    let roots = each(&path, mappings).filter(|(_, mapping)| mapping.root_volume == Attr::Known(true)).count();
    if roots > 1 {
        let detail = format!("At most one volume can have root_volume = true, got: {roots}.");
        diagnostics.error_at(path.clone(), "Multiple root volumes", detail);
    }
    for (path, mapping) in each(&path, mappings) {
        if let Some(ebs) = mapping.ebs.block() {
            volume(&path.then("ebs"), ebs, diagnostics);
        }
    }
}

fn volume(path: &Path, ebs: &EbsVolume, diagnostics: &mut Diagnostics) {
    if ebs.volume_size.is_null() && ebs.snapshot_id.is_null() {
        let detail = format!("At least one of volume_size or snapshot_id must be set in {path}.");
        diagnostics.error_at(path.clone(), format!("Missing required argument in {path}"), detail);
    }
    let no_snapshot = ebs.snapshot_id.is_null() || ebs.snapshot_id.text() == Some("");
    if given(&ebs.volume_initialization_rate) && no_snapshot {
        let detail =
            "volume_initialization_rate requires snapshot_id, because only volumes from snapshots are initialized.";
        let at = path.then("volume_initialization_rate");
        diagnostics.error_at(at, "Missing required argument", detail);
    }
}

fn of_kubelet(config: &NodeClass, diagnostics: &mut Diagnostics) {
    let Some(given) = config.kubelet.known() else { return };
    let mut found = Vec::new();
    let is_whole = free_form::to_json(given).is_some();
    kubelet::check(&free_form::known_part(given), is_whole, api::family(config), &Place::of("kubelet"), &mut found);
    for finding in found {
        let path = path(&finding.place);
        let summary = format!("Invalid value for {path}");
        if finding.is_error() {
            diagnostics.error_at(path, summary, finding.text);
        } else {
            diagnostics.warning_at(path, summary, finding.text);
        }
    }
}

fn additional(config: &NodeClass, diagnostics: &mut Diagnostics) {
    let at = Path::attribute("additional_spec");
    if let Some(given) = config.additional_spec.known()
        && !free_form::known_part(given).is_object()
    {
        let detail = "additional_spec must be an object, such as { newField = { enabled = true } }.";
        diagnostics.error_at(at.clone(), "Invalid value for additional_spec", detail);
    }
    let known = field_names::<NodeClass>(&api::spec_arguments());
    let known: Vec<_> = known.iter().map(String::as_str).collect();
    let given = free_form::known_fields(&config.additional_spec);
    for (name, near) in free_form::misspelled(&given, &known) {
        let detail = format!("{name:?} is not a field of the node class. Did you mean {near:?}?");
        diagnostics.warning_at(at.clone(), "Possibly misspelled field", detail);
    }
    for field in api::overlaps(config) {
        let argument = attribute_of::<NodeClass>(&format!("spec.{field}"));
        let detail =
            format!("The argument {argument} sets the field spec.{field}. Remove the field from additional_spec.");
        diagnostics.error_at(at.clone(), "Field has a dedicated argument", detail);
    }
}

fn connections(config: &NodeClass, diagnostics: &mut Diagnostics) {
    let Some(tracking) = config.connection_tracking.block() else { return };
    let all = [&tracking.tcp_established_timeout, &tracking.udp_stream_timeout, &tracking.udp_timeout];
    if all.iter().all(|timeout| timeout.is_null()) {
        let detail = "At least one of tcp_established_timeout, udp_stream_timeout, or udp_timeout must be set.";
        diagnostics.error_at(
            Path::attribute("connection_tracking"),
            "Missing required argument in connection_tracking",
            detail,
        );
    }
}

fn pods(config: &NodeClass, diagnostics: &mut Diagnostics) {
    let (subnets, groups) = ("pod_subnet_selector_term", "pod_security_group_selector_term");
    let (given, given_groups) = (&config.pod_subnet_selector_term, &config.pod_security_group_selector_term);
    let lone = match (given.known().map(Vec::is_empty), given_groups.known().map(Vec::is_empty)) {
        (Some(false), Some(true)) => Some((subnets, groups)),
        (Some(true), Some(false)) => Some((groups, subnets)),
        _ => None,
    };
    if let Some((name, other)) = lone {
        let detail = format!("{name} requires {other}.");
        diagnostics.error_at(Path::attribute(name), "Missing required argument", detail);
    }
}
