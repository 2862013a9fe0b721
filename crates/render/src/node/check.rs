//! Validates arguments for all operating systems, and whether an operating system supports them.

pub(crate) mod cluster;
mod kubelet_config;
pub(crate) mod labels;
pub(crate) mod parts;
mod scripts;
pub(crate) mod services;

use serde_json::Value as Json;

use super::{Finding, Mode, Node, Place};

/// Validates the arguments for all consumers: names and values of labels and taints, and their absence in
/// [`Mode::Merge`]; the endpoint, certificate authority, and service CIDR block of the cluster; the format of kubelet
/// flags; names and types in `kubelet_config`; conflicts with other arguments; addresses, URLs, and variable names;
/// line endings and first lines of scripts; parts that cloud-init cannot read; the syntax of containerd's TOML; and
/// strings that look like secrets.
///
/// The renderers validate `max_pods_expression`, `feature_gates`, `node_configs`, `bottlerocket_settings`, and
/// `hybrid`; `max_pods` and `dns` in [`Mode::Merge`]; whitespace in flags; and strings that the consumer's quoting does
/// not support.
#[must_use]
pub fn check(node: &Node) -> Vec<Finding> {
    let mut found = Vec::new();
    labels::check(node, &mut found);
    cluster::check(node, &mut found);
    kubelet_config::check(node, &mut found);
    services::check(node, &mut found);
    scripts::check(node, &mut found);
    parts::check(node, &mut found);
    found
}

/// Returns an error for each of these arguments that is set, because the family or mode does not support it. Each name
/// has a fix, in full sentences.
#[must_use]
pub fn unused(node: &Node, inputs: &[(&str, &str)]) -> Vec<Finding> {
    let given = inputs.iter().filter(|(input, _)| is_given(node, input));
    let mode = match node.mode {
        Mode::Merge => " in mode \"merge\"",
        Mode::ManagedAmi | Mode::SelfManaged => "",
    };
    let error = |(input, instead): &(&str, &str)| {
        Finding::error(
            Place::of(input),
            format!("{} does not support {input}{mode}. {instead}", capital(node.family.name())),
        )
    };
    given.map(error).collect()
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Returns whether the user set an argument.
fn is_given(node: &Node, input: &str) -> bool {
    let Node { windows, bootstrap, dns, .. } = node;
    let has_members = |tree: &Json| tree.as_object().is_some_and(|members| !members.is_empty());
    match input {
        "node_labels" => !node.node_labels.is_empty(),
        "node_taint" => !node.node_taints.is_empty(),
        "max_pods" => node.max_pods.is_some(),
        "max_pods_expression" => node.max_pods_expression.is_some(),
        "kubelet_config" => has_members(&node.kubelet_config),
        "kubelet_flags" => !node.kubelet_flags.is_empty(),
        "containerd_config" => node.containerd_config.is_some(),
        "containerd_base_runtime_spec" => has_members(&node.containerd_base_runtime_spec),
        "instance_store" => node.instance_store.is_some(),
        "environment" => !node.environment.is_empty(),
        "proxy" => node.proxy.is_some(),
        "dns" => *dns != super::Dns::default(),
        "feature_gates" => !node.feature_gates.is_empty(),
        "pre_bootstrap_scripts" => !node.pre_bootstrap_scripts.is_empty(),
        "post_bootstrap_scripts" => !node.post_bootstrap_scripts.is_empty(),
        "extra_part" => !node.extra_parts.is_empty(),
        "node_configs" => !node.node_configs.is_empty(),
        "bootstrap" => *bootstrap != super::Bootstrap::default(),
        "bottlerocket_settings" => node.bottlerocket_settings.is_string() || has_members(&node.bottlerocket_settings),
        "windows" => *windows != super::Windows::default(),
        "hybrid" => node.hybrid.is_some(),
        "outpost_id" => node.cluster.as_ref().is_some_and(|cluster| cluster.outpost_id.is_some()),
        _ => false,
    }
}
