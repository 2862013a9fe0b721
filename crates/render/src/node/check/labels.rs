//! Validates labels and taints like Kubernetes and the kubelet.

use std::collections::BTreeSet;

use crate::node::{Effect, Family, Finding, Mode, Node, Place, Reader};

/// Maximum number of taints of a node group.
const MOST_TAINTS: usize = 50;

/// The taint that the NVIDIA device plugin tolerates. The plugin is a pod, except on Bottlerocket.
const GPU: &str = "nvidia.com/gpu";

/// Maximum length of the prefix of a key.
const PREFIX: usize = 253;

/// Maximum length of the name in a key, and of a value.
const NAME: usize = 63;

/// Keys in the namespaces of Kubernetes that the kubelet is allowed to set on its own node.
const OWN: [&str; 11] = [
    "kubernetes.io/hostname",
    "kubernetes.io/arch",
    "kubernetes.io/os",
    "beta.kubernetes.io/arch",
    "beta.kubernetes.io/os",
    "beta.kubernetes.io/instance-type",
    "node.kubernetes.io/instance-type",
    "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone",
];

/// Labels that EKS sets on managed nodes and uses to identify them.
const OF_THE_GROUP: [&str; 5] = [
    "eks.amazonaws.com/capacityType",
    "eks.amazonaws.com/nodegroup",
    "eks.amazonaws.com/nodegroup-image",
    "eks.amazonaws.com/sourceLaunchTemplateId",
    "eks.amazonaws.com/sourceLaunchTemplateVersion",
];

/// Labels that EKS sets on nodes that are not EC2 instances of the user.
const OF_OTHER_NODES: [&str; 2] = ["eks.amazonaws.com/compute-type", "eks.amazonaws.com/hybrid-credential-provider"];

pub(super) fn check(node: &Node, found: &mut Vec<Finding>) {
    if node.mode == Mode::Merge {
        belong_to_the_group(node, found);
        return;
    }
    for (key, value) in &node.node_labels {
        let place = Place::of("node_labels").key(key);
        if let Err(why) = key_of(key) {
            found.push(Finding::error(place, format!("{key:?} is not a valid label key: {why}.")));
        } else if node.checks(Reader::Kubelet) && is_refused(key) {
            let text = format!(
                "The kubelet does not start with the label {key}: in the namespaces kubernetes.io and k8s.io, it \
                 supports only node.kubernetes.io, kubelet.kubernetes.io, and a few well-known labels. Use another \
                 key, or use a controller that sets this label after the node has joined."
            );
            found.push(Finding::error(place, text));
        } else if let Err(why) = value_of(value) {
            found.push(Finding::error(place, format!("{value:?} is not a valid label value: {why}.")));
        } else {
            found.extend(of_eks(key, node.mode).map(|text| Finding::warning(place, text)));
        }
    }
    taints(node, found);
}

/// Returns the warning for a label in the namespace of EKS: the kubelet sets it, and EKS misinterprets the node.
fn of_eks(key: &str, mode: Mode) -> Option<String> {
    let name = key.strip_prefix("eks.amazonaws.com/")?;
    if OF_OTHER_NODES.contains(&key) {
        return Some(format!(
            "EKS sets {key} on Fargate, EKS Auto Mode, or hybrid nodes, and some pods and controllers avoid such \
             nodes. Remove it, or use another key."
        ));
    }
    match (OF_THE_GROUP.contains(&key), mode) {
        (true, Mode::SelfManaged) => Some(format!(
            "EKS identifies the nodes of managed node groups by {key}, but this node is not in a managed node group. \
             Remove it, or use another key."
        )),
        (true, _) => None,
        (false, _) => Some(format!(
            "Labels in eks.amazonaws.com are reserved for EKS, and {name} is not a known label. Use another key."
        )),
    }
}

fn belong_to_the_group(node: &Node, found: &mut Vec<Finding>) {
    let given = [
        ("node_labels", !node.node_labels.is_empty(), "labels"),
        ("node_taint", !node.node_taints.is_empty(), "taint blocks"),
    ];
    for (input, _, of_group) in given.into_iter().filter(|(_, is_given, _)| *is_given) {
        let text = format!(
            "In mode \"merge\", EKS sets the labels and taints of the node from the node group. Move {input} to the \
             {of_group} of the node group."
        );
        found.push(Finding::error(Place::of(input), text));
    }
}

fn taints(node: &Node, found: &mut Vec<Finding>) {
    let count = node.node_taints.len();
    if count > MOST_TAINTS {
        let text = format!("There are {count} taints, but nodes support at most {MOST_TAINTS}.");
        found.push(Finding::error(Place::of("node_taint"), text));
    }
    let mut seen = BTreeSet::new();
    for (index, taint) in node.node_taints.iter().enumerate() {
        let place = Place::of("node_taint").index(index);
        if let Err(why) = key_of(&taint.key) {
            let text = format!("{:?} is not a valid taint key: {why}.", taint.key);
            found.push(Finding::error(place.then("key"), text));
        }
        if let Err(why) = value_of(&taint.value) {
            let text = format!("{:?} is not a valid taint value: {why}.", taint.value);
            found.push(Finding::error(place.then("value"), text));
        }
        if taint.key == GPU && taint.effect == Effect::NoExecute && node.family != Family::Bottlerocket {
            let text = "The NVIDIA device plugin tolerates this key only with the effect NoSchedule. With NO_EXECUTE, \
                        it does not run on this node, and the node does not advertise GPUs. Use NO_SCHEDULE, or add a \
                        toleration to the plugin.";
            found.push(Finding::warning(place.then("effect"), text));
        }
        if !seen.insert((&taint.key, taint.effect)) {
            let effect = taint.effect.name();
            let text = format!(
                "Duplicate taint with the key {} and the effect {effect}. The kubelet supports only one of them.",
                taint.key
            );
            found.push(Finding::error(place, text));
        }
    }
}

/// Validates the key of a label or taint.
pub(crate) fn key_of(key: &str) -> Result<(), String> {
    let (prefix, name) = key.rsplit_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
    if name.is_empty() || !is_name(name) {
        return Err(format!(
            "its name must be 1 to {NAME} letters, digits, hyphens, underscores, and dots, and must start and end with \
             a letter or digit"
        ));
    }
    match prefix {
        Some(prefix) if !is_subdomain(prefix) => {
            Err(format!("the part before the \"/\" must be a lowercase DNS name of at most {PREFIX} characters"))
        }
        _ => Ok(()),
    }
}

/// Validates the value of a label or taint.
pub(crate) fn value_of(value: &str) -> Result<(), String> {
    if value.is_empty() || is_name(value) {
        return Ok(());
    }
    Err(format!(
        "it must be empty, or 1 to {NAME} letters, digits, hyphens, underscores, and dots, and must start and end with \
         a letter or digit"
    ))
}

fn is_name(text: &str) -> bool {
    let is_end = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    let is_inside = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    text.len() <= NAME && is_end(text.bytes().next()) && is_end(text.bytes().next_back()) && text.bytes().all(is_inside)
}

fn is_subdomain(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_label = |label: &str| {
        !label.is_empty() && !label.starts_with('-') && !label.ends_with('-') && label.bytes().all(is_letter)
    };
    text.len() <= PREFIX && text.split('.').all(is_label)
}

/// Returns whether the kubelet rejects the label on its own node.
pub(crate) fn is_refused(key: &str) -> bool {
    let Some((namespace, _)) = key.split_once('/') else { return false };
    let is_within =
        |domain: &str| namespace == domain || namespace.strip_suffix(domain).is_some_and(|start| start.ends_with('.'));
    let is_of_kubernetes = is_within("kubernetes.io") || is_within("k8s.io");
    let is_of_node = is_within("kubelet.kubernetes.io") || is_within("node.kubernetes.io");
    is_of_kubernetes && !is_of_node && !OWN.contains(&key)
}
