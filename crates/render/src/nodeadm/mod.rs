//! Renders the configuration for nodeadm on Amazon Linux 2023 and on hybrid nodes: a `NodeConfig`,
//! `node.eks.aws/v1alpha1`.
//!
//! nodeadm ignores unknown fields, and detects invalid values only when the node starts. Documents are therefore
//! validated against the [`schema`]. Source: nodeadm of the AMI release v20260724, and of hybrid nodes v1.0.20.

pub mod document;
pub mod merge;
pub mod schema;

mod cluster;
mod config;
mod conflicts;
mod expression;
mod kubelet;
mod runtime;
mod toml;

use serde_json::Value as Json;

use self::document::Document;
use super::mime::{NODE_CONFIG, Part};
use super::node::check::parts::ignored;
use super::node::commands::{calls_bootstrap, calls_nodeadm};
use super::node::{Family, Finding, Mode, Node, Place, Reader, Rendered, unused};
use super::yaml;

const SHELL: &str = "text/x-shellscript";

const OTHER_SYSTEMS: [(&str, &str); 3] = [
    ("bootstrap", "It applies only to Amazon Linux 2. Remove it."),
    ("bottlerocket_settings", "It applies only to Bottlerocket. Remove it."),
    ("windows", "It applies only to Windows. Remove it."),
];

const NO_LATER_MOMENT: (&str, &str) = (
    "post_bootstrap_scripts",
    "All user data scripts run before the kubelet starts, and none can run after the node has joined. Use \
     pre_bootstrap_scripts, a systemd unit that a script creates, or a DaemonSet.",
);

const BY_HAND: &str = "The configuration of a hybrid node is a file that only nodeadm init reads. Remove the argument.";

/// Arguments that only nodeadm on EC2 supports.
const NOT_HYBRID: [(&str, &str); 8] = [
    ("max_pods_expression", "Use max_pods."),
    ("feature_gates", "Remove it."),
    ("environment", "Set environment variables on the machine."),
    ("proxy", "Set the proxy on the machine before nodeadm runs."),
    ("containerd_base_runtime_spec", "Remove it."),
    ("pre_bootstrap_scripts", BY_HAND),
    ("post_bootstrap_scripts", BY_HAND),
    ("extra_part", BY_HAND),
];

/// Renders for [`Family::AmazonLinux2023`] and [`Family::Hybrid`].
///
/// # Errors
/// Returns an error if an argument is not supported, or if nodeadm or the kubelet would not read it unchanged.
pub fn render(node: &Node) -> Result<Rendered, Vec<Finding>> {
    let is_hybrid = node.family == Family::Hybrid;
    let mut found = unused(node, &OTHER_SYSTEMS);
    if is_hybrid {
        found.extend(unused(node, &NOT_HYBRID));
    } else {
        found.extend(unused(
            node,
            &[NO_LATER_MOMENT, ("hybrid", "It applies only to os_family \"hybrid\". Remove it.")],
        ));
        parts_checks(node, &mut found);
    }
    config::check(node, &mut found);
    let mut documents = Vec::new();
    for (index, text) in node.node_configs.iter().enumerate() {
        let place = Place::of("node_configs").index(index);
        match Document::read(text, node.family) {
            Ok(document) => {
                found.extend(document.findings(&place).into_iter().filter(|_| node.checks(Reader::Nodeadm)));
                documents.push((place, document.tree));
            }
            Err(error) => found.push(Finding::error(place, format!("Unable to read the document: {error}."))),
        }
    }
    let own = config::of(node);
    conflicts::check(&own, &documents, &mut found);
    if node.mode == Mode::Merge {
        conflicts::with_eks(&documents, &mut found);
    }
    cluster::check(node, &own, &documents, &mut found);
    if node.checks(Reader::Kubelet) {
        kubelet::check(node, &own, &documents, &mut found);
    }
    if node.checks(Reader::Containerd) {
        runtime::documents(node, &documents, &mut found);
    }
    if found.iter().any(Finding::is_error) {
        return Err(found);
    }
    let documents: Vec<Json> = documents.into_iter().map(|(_, tree)| tree).collect();
    if is_hybrid { Ok(hybrid(own, documents, found)) } else { multipart(node, own, documents, found) }
}

/// Checks a user's document that is merged with another document, which contains the cluster and the taints: every
/// Karpenter node registers with a taint.
pub fn check_merged(text: &str, place: &Place) -> Vec<Finding> {
    let node = Node::new(Family::AmazonLinux2023, Mode::Merge);
    let document = match Document::read(text, node.family) {
        Ok(document) => document,
        Err(error) => {
            let text = format!("nodeadm cannot read the NodeConfig, and the node does not join: {error}.");
            return vec![Finding::error(place.clone(), text)];
        }
    };
    let mut found = document.findings(place);
    found.extend(conflicts::with_taints(&document.tree, place));
    let documents = [(place.clone(), document.tree)];
    kubelet::check(&node, &Json::Null, &documents, &mut found);
    runtime::documents(&node, &documents, &mut found);
    found
}

/// Returns a single document, because nodeadm of hybrid nodes reads only one.
fn hybrid(own: Json, documents: Vec<Json>, warnings: Vec<Finding>) -> Rendered {
    let all: Vec<Json> = std::iter::once(own).chain(documents).collect();
    let merged = merge::merge(&all, Family::Hybrid);
    Rendered::plain(NODE_CONFIG, yaml::print(&merged), warnings)
}

fn multipart(node: &Node, own: Json, documents: Vec<Json>, warnings: Vec<Finding>) -> Result<Rendered, Vec<Finding>> {
    let script = |text: &String| part(SHELL, text.clone());
    let mut parts: Vec<Part> = node.pre_bootstrap_scripts.iter().map(script).collect();
    let (unchecked, others): (Vec<_>, Vec<_>) = node.extra_parts.iter().cloned().partition(is_node_config);
    parts.extend(others);
    let says_something = own.pointer("/spec").is_some();
    if says_something {
        parts.push(part(NODE_CONFIG, yaml::print(&own)));
    }
    parts.extend(documents.iter().map(|tree| part(NODE_CONFIG, yaml::print(tree))));
    // nodeadm merges later documents over earlier ones.
    parts.extend(unchecked);
    Rendered::multipart(parts, warnings)
}

/// Returns whether a part is an unchanged nodeadm document of the user.
fn is_node_config(part: &Part) -> bool {
    part.content_type.as_deref() == Some(NODE_CONFIG)
}

fn part(content_type: &str, body: String) -> Part {
    Part { content_type: Some(content_type.to_owned()), filename: None, is_base64: false, body: body.into_bytes() }
}

fn parts_checks(node: &Node, found: &mut Vec<Finding>) {
    for (index, part) in node.extra_parts.iter().enumerate() {
        let place = Place::of("extra_part").index(index);
        if is_node_config(part) {
            found.extend(unreadable(part).map(|text| Finding::warning(place, text)));
        } else if let Some(text) = ignored(part) {
            found.push(Finding::warning(place, text));
        }
    }
    let scripts = node.pre_bootstrap_scripts.iter().map(|script| script.as_bytes());
    let scripts = scripts.enumerate().map(|(index, script)| (Place::of("pre_bootstrap_scripts").index(index), script));
    let parts = node.extra_parts.iter().enumerate();
    let parts = parts.map(|(index, part)| (Place::of("extra_part").index(index), part.body.as_slice()));
    for (place, script) in scripts.chain(parts).filter(|(_, script)| script.starts_with(b"#!")) {
        let script = String::from_utf8_lossy(script);
        if calls_nodeadm(&script) || calls_bootstrap(&script) {
            let text = "nodeadm runs automatically, before and after the user data scripts. Do not start it in a \
                        script, and do not call bootstrap.sh, which only prints an error on Amazon Linux 2023.";
            found.push(Finding::error(place, text));
        }
    }
    if node.mode == Mode::Merge {
        of_the_group(node, found);
    }
}

/// Returns the warning for a document that nodeadm cannot read, with the result that the node does not join.
fn unreadable(part: &Part) -> Option<String> {
    let why = match std::str::from_utf8(&part.body) {
        Ok(text) => yaml::read(text).err()?.to_string(),
        Err(_) => "its bytes are not valid UTF-8".to_owned(),
    };
    Some(format!("nodeadm might not be able to read this document, in which case the node does not join: {why}."))
}

/// Returns warnings for settings that EKS also writes when it merges.
fn of_the_group(node: &Node, found: &mut Vec<Finding>) {
    let given = [
        (Place::of("max_pods"), node.max_pods.is_some(), "maxPods"),
        (Place::of("max_pods_expression"), node.max_pods_expression.is_some(), "maxPods"),
        (Place::of("dns").then("cluster_ips"), !node.dns.cluster_ips.is_empty(), "clusterDNS"),
    ];
    for (place, _, member) in given.into_iter().filter(|(_, is_given, _)| *is_given) {
        let text = format!(
            "EKS also adds {member} to this user data, and does not document which value takes precedence. To be sure, \
             specify an AMI in the launch template and use mode \"managed_ami\"."
        );
        found.push(Finding::warning(place, text));
    }
}

#[cfg(test)]
mod published_hybrid_tests;
#[cfg(test)]
mod published_tests;
#[cfg(test)]
mod tests;
