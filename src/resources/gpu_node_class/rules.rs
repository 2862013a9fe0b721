//! What the fields of a node class must be together: the rules of the definitions, and where those have holes, what they
//! mean. What is unknown is checked when it is known.

use std::collections::BTreeMap;

use framework::diagnostics::Diagnostics;
use framework::model::{Attr, List, Map, Model};
use framework::path::Path;
use render::karpenter::node_class::{RESERVED_TAGS, RESERVED_TAGS_OF_AUTO_MODE, family_of_alias};

use super::api::{AUTO_MODE, KARPENTER, foreign_attributes};
use super::model::{
    AutoModeInterface, BlockDeviceMapping, EbsVolume, GpuNodeClass, Kubelet, PlacementGroupSelector,
    SecurityGroupSelectorTerm, SubnetSelectorTerm,
};

pub(super) mod ami;
mod interfaces;
mod user_data;

/// Whether a value is given for sure.
fn given<T>(attribute: &Attr<T>) -> bool {
    attribute.is_known()
}

/// Checks a configuration.
pub(super) fn together(config: &GpuNodeClass, diagnostics: &mut Diagnostics) {
    let controller = config.controller.text();
    if let Some(controller) = controller.filter(|text| [KARPENTER, AUTO_MODE].contains(text)) {
        of_controller(config, controller, diagnostics);
    }
    identity(config, diagnostics);
    subnets("subnet_selector_terms", &config.subnet_selector_terms, diagnostics);
    subnets("pod_subnet_selector_terms", &config.pod_subnet_selector_terms, diagnostics);
    groups("security_group_selector_terms", &config.security_group_selector_terms, diagnostics);
    groups("pod_security_group_selector_terms", &config.pod_security_group_selector_terms, diagnostics);
    reservations(config, diagnostics);
    if let Some(selector) = config.placement_group_selector.known() {
        placement_group(selector, diagnostics);
    }
    ami::check(config, diagnostics);
    volumes(&config.block_device_mappings, diagnostics);
    interfaces::check(config, diagnostics);
    user_data::check(config, diagnostics);
    if let Some(kubelet) = config.kubelet.known() {
        of_kubelet(kubelet, diagnostics);
    }
    connections(config, diagnostics);
    pods(config, diagnostics);
}

fn of_controller(config: &GpuNodeClass, controller: &str, diagnostics: &mut Diagnostics) {
    let value = config.to_value();
    for name in foreign_attributes(controller) {
        if value.member(name).is_none_or(|member| member.is_null()) {
            continue;
        }
        diagnostics.error_at(
            Path::attribute(*name),
            format!("{name} is not for controller {controller:?}"),
            not_there(name, controller),
        );
    }
    if controller == AUTO_MODE && config.name.text() == Some("default") {
        let detail = "EKS keeps the NodeClass default for its built-in node pools and undoes every change of it. Choose \
                      another name, or let a node pool use default without managing it.";
        diagnostics.error_at(Path::attribute("name"), "The NodeClass default belongs to EKS", detail);
    }
    let reserved = if controller == AUTO_MODE { RESERVED_TAGS_OF_AUTO_MODE.as_slice() } else { &RESERVED_TAGS };
    for key in config.tags.known().into_iter().flatten().map(|(key, _)| key) {
        if reserved.contains(&key.as_str()) {
            diagnostics.error_at(
                Path::attribute("tags").key(key),
                format!("The tag {key} is reserved"),
                format!("Nodes get {key} from their controller, which cannot be told another value. Leave it out."),
            );
        }
    }
}

/// Why a controller lacks an attribute.
fn not_there(name: &str, controller: &str) -> String {
    if controller != AUTO_MODE {
        return format!(
            "{name} is a field of EKS Auto Mode's NodeClass, and Karpenter's EC2NodeClass has no such field. Leave it out, or \
             set controller = \"auto_mode\"."
        );
    }
    let instead = match name {
        "ami_selector_terms" | "ami_family" => "EKS chooses the AMI itself, with drivers for GPUs.",
        "user_data" => "Nodes of EKS Auto Mode run no userdata of others.",
        "block_device_mappings" => "Use ephemeral_storage for the volume of images and pods.",
        "instance_store_policy" => "NVMe disks are used where ephemeral_storage is smaller than they are.",
        "network_interfaces" | "associate_public_ip_address" => "Write it inside advanced_networking.",
        "metadata_options" => "IMDSv2 with a hop limit of 1 is fixed.",
        "kubelet" => "EKS configures the kubelet itself.",
        _ => "EKS decides this itself.",
    };
    format!(
        "EKS Auto Mode's NodeClass lacks this field. {instead} Remove the argument, or set controller = \"karpenter\"."
    )
}

fn identity(config: &GpuNodeClass, diagnostics: &mut Diagnostics) {
    if given(&config.role) && given(&config.instance_profile) {
        let detail = "Nodes have either a role, for which an instance profile is made, or an instance profile that exists. \
                      Leave one of role and instance_profile out.";
        diagnostics.error_at(Path::attribute("instance_profile"), "Both role and instance_profile are given", detail);
    } else if config.role.is_null() && config.instance_profile.is_null() {
        let detail =
            "Nodes need an identity: set role to the name of an IAM role, or instance_profile to an instance profile.";
        diagnostics.error_at(Path::attribute("role"), "Neither role nor instance_profile is given", detail);
    }
}

/// Checks that exactly one of these is there. Unknown ones count as neither there nor absent.
fn exactly_one(path: &Path, members: &[(&str, Presence)], diagnostics: &mut Diagnostics) {
    let names: Vec<_> = members.iter().map(|(name, _)| *name).collect();
    let names = names.join(", ");
    let there = members.iter().filter(|(_, presence)| *presence == Presence::Given).count();
    if there > 1 {
        diagnostics.error_at(
            path.clone(),
            format!("{path} has too much"),
            format!("{path} selects by exactly one of {names}. Write a term for each, of which any may be true."),
        );
    } else if members.iter().all(|(_, presence)| *presence == Presence::Absent) {
        let detail = format!("{path} selects nothing: give it one of {names}.");
        diagnostics.error_at(path.clone(), format!("{path} is empty"), detail);
    }
}

/// Whether a value is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presence {
    Absent,
    Unsure,
    Given,
}

impl<T> From<&Attr<T>> for Presence {
    fn from(attribute: &Attr<T>) -> Self {
        match attribute {
            Attr::Null => Self::Absent,
            Attr::Unknown => Self::Unsure,
            Attr::Known(_) => Self::Given,
        }
    }
}

/// The known elements of a list with their paths.
fn each<'l, T>(path: &Path, list: &'l List<T>) -> impl Iterator<Item = (Path, &'l T)> {
    let path = path.clone();
    list.known()
        .into_iter()
        .flatten()
        .enumerate()
        .filter_map(move |(index, element)| Some((path.index(index), element.known()?)))
}

fn subnets(name: &str, terms: &List<SubnetSelectorTerm>, diagnostics: &mut Diagnostics) {
    for (path, term) in each(&Path::attribute(name), terms) {
        exactly_one(&path, &[("id", (&term.id).into()), ("tags", (&term.tags).into())], diagnostics);
    }
}

fn groups(name: &str, terms: &List<SecurityGroupSelectorTerm>, diagnostics: &mut Diagnostics) {
    for (path, term) in each(&Path::attribute(name), terms) {
        let members = [("id", (&term.id).into()), ("name", (&term.name).into()), ("tags", (&term.tags).into())];
        exactly_one(&path, &members, diagnostics);
    }
}

fn reservations(config: &GpuNodeClass, diagnostics: &mut Diagnostics) {
    let auto_mode = config.controller.text() == Some(AUTO_MODE);
    for (path, term) in
        each(&Path::attribute("capacity_reservation_selector_terms"), &config.capacity_reservation_selector_terms)
    {
        if auto_mode && !term.instance_match_criteria.is_null() {
            let detail = "EKS Auto Mode's NodeClass selects capacity reservations by id, or by tags and owner_id.";
            let at = path.then("instance_match_criteria");
            diagnostics.error_at(at, "instance_match_criteria is not for controller \"auto_mode\"", detail);
            continue;
        }
        let others = given(&term.tags) || given(&term.instance_match_criteria) || given(&term.owner_id);
        if given(&term.id) && others {
            let detail =
                "A term with an id selects that reservation, and nothing else in it counts. Leave the rest out.";
            diagnostics.error_at(path.then("id"), format!("{path} has more than an id"), detail);
        } else if term.id.is_null() && term.tags.is_null() && term.instance_match_criteria.is_null() {
            let names = if auto_mode { "id or tags" } else { "id, tags or instance_match_criteria" };
            let detail = format!("{path} needs {names}. owner_id only narrows what they select.");
            diagnostics.error_at(path.clone(), format!("{path} selects nothing"), detail);
        }
    }
}

fn placement_group(selector: &PlacementGroupSelector, diagnostics: &mut Diagnostics) {
    let members = [("id", (&selector.id).into()), ("name", (&selector.name).into())];
    exactly_one(&Path::attribute("placement_group_selector"), &members, diagnostics);
}

fn volumes(mappings: &List<BlockDeviceMapping>, diagnostics: &mut Diagnostics) {
    let path = Path::attribute("block_device_mappings");
    let roots = each(&path, mappings).filter(|(_, mapping)| mapping.root_volume == Attr::Known(true)).count();
    if roots > 1 {
        let detail = format!("The kubelet's folder is on one volume, and {roots} have root_volume = true.");
        diagnostics.error_at(path.clone(), "Several root volumes", detail);
    }
    for (path, mapping) in each(&path, mappings) {
        if let Some(ebs) = mapping.ebs.known() {
            volume(&path.then("ebs"), ebs, diagnostics);
        }
    }
}

fn volume(path: &Path, ebs: &EbsVolume, diagnostics: &mut Diagnostics) {
    if ebs.volume_size.is_null() && ebs.snapshot_id.is_null() {
        let detail = format!("{path} needs volume_size, or snapshot_id whose size it then has.");
        diagnostics.error_at(path.clone(), format!("{path} has no size"), detail);
    }
    let no_snapshot = ebs.snapshot_id.is_null() || ebs.snapshot_id.text() == Some("");
    if given(&ebs.volume_initialization_rate) && no_snapshot {
        let detail =
            "A volume is filled at a rate only when it is made from a snapshot: set snapshot_id, or leave it out.";
        let at = path.then("volume_initialization_rate");
        diagnostics.error_at(at, "volume_initialization_rate needs snapshot_id", detail);
    }
}

fn of_kubelet(kubelet: &Kubelet, diagnostics: &mut Diagnostics) {
    let path = Path::attribute("kubelet");
    if let (Some(high), Some(low)) =
        (kubelet.image_gc_high_threshold_percent.known(), kubelet.image_gc_low_threshold_percent.known())
        && high <= low
    {
        let detail = format!(
            "Images are deleted from image_gc_high_threshold_percent ({high}) down to image_gc_low_threshold_percent ({low}), \
             which therefore has to be less."
        );
        diagnostics.error_at(
            path.then("image_gc_high_threshold_percent"),
            "The high threshold is not above the low one",
            detail,
        );
    }
    let (soft, grace) = (&kubelet.eviction_soft, &kubelet.eviction_soft_grace_period);
    paired(&path, ("eviction_soft", soft), ("eviction_soft_grace_period", grace), diagnostics);
    paired(&path, ("eviction_soft_grace_period", grace), ("eviction_soft", soft), diagnostics);
}

/// Checks that each key of the one is in the other.
fn paired(
    path: &Path,
    (name, one): (&str, &Map<String>),
    (other_name, other): (&str, &Map<String>),
    diagnostics: &mut Diagnostics,
) {
    let nothing = BTreeMap::new();
    let others = match other {
        Attr::Unknown => return,
        other => other.known().unwrap_or(&nothing),
    };
    for key in one.known().into_iter().flatten().map(|(key, _)| key).filter(|key| !others.contains_key(*key)) {
        diagnostics.error_at(
            path.then(name).key(key),
            format!("{key} is missing in {other_name}"),
            format!("Each key of {name} needs one in {other_name}: a soft threshold has a grace period."),
        );
    }
}

fn connections(config: &GpuNodeClass, diagnostics: &mut Diagnostics) {
    let Some(tracking) = config.connection_tracking.known() else { return };
    let all = [&tracking.tcp_established_timeout, &tracking.udp_stream_timeout, &tracking.udp_timeout];
    if all.iter().all(|timeout| timeout.is_null()) {
        let detail = "Set at least one of tcp_established_timeout, udp_stream_timeout and udp_timeout.";
        diagnostics.error_at(Path::attribute("connection_tracking"), "connection_tracking is empty", detail);
    }
}

fn pods(config: &GpuNodeClass, diagnostics: &mut Diagnostics) {
    let (subnets, groups) = ("pod_subnet_selector_terms", "pod_security_group_selector_terms");
    let lone = match (&config.pod_subnet_selector_terms, &config.pod_security_group_selector_terms) {
        (Attr::Known(_), Attr::Null) => Some((subnets, groups)),
        (Attr::Null, Attr::Known(_)) => Some((groups, subnets)),
        _ => None,
    };
    if let Some((name, other)) = lone {
        let detail =
            format!("Pods outside the subnets of the nodes need both {name} and {other}. Set both or neither.");
        diagnostics.error_at(Path::attribute(name), format!("{name} without {other}"), detail);
    }
}
