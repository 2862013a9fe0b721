//! Renders the settings document of Bottlerocket: TOML that early-boot-config reads once, at the first boot, and
//! submits to the settings API. The API rejects the entire document for one unknown name or one wrong type, and the
//! node then never joins. Every setting is therefore checked here against the documentation.

mod builder;
mod document;
mod inputs;
mod kind;
mod kubelet;
mod merged;
mod rules;
mod settings;
mod texts;

use serde_json::{Map, Value as Json};

use self::builder::SettingsBuilder;
pub use self::merged::check_merged;
use super::node::{Finding, Mode, Node, Place, Reader, Rendered, unused};

/// Arguments that Bottlerocket does not support.
const UNUSED: [(&str, &str); 9] = [
    (
        "pre_bootstrap_scripts",
        "Bottlerocket has no shell to run user data scripts. Use bootstrap-containers or bootstrap-commands in \
         bottlerocket_settings, which run before the kubelet starts.",
    ),
    (
        "post_bootstrap_scripts",
        "Bottlerocket has no shell to run user data scripts, and user data cannot run anything after the kubelet \
         starts. Use a DaemonSet. To run commands before the kubelet starts, use bootstrap-containers or \
         bootstrap-commands in bottlerocket_settings.",
    ),
    ("extra_part", "Bottlerocket user data is TOML, not MIME. Use bottlerocket_settings."),
    ("node_configs", "Bottlerocket does not run nodeadm. Use bottlerocket_settings."),
    ("feature_gates", "Bottlerocket does not run nodeadm. Remove the argument."),
    ("max_pods_expression", "Use max_pods, for example with the max_pods function."),
    (
        "containerd_config",
        "For containerd, use the settings container-registry, container-runtime, and oci-defaults in \
         bottlerocket_settings.",
    ),
    ("containerd_base_runtime_spec", "Use oci-defaults in bottlerocket_settings."),
    (
        "environment",
        "Bottlerocket supports only the environment variables of a proxy (argument proxy) and of the credential \
         provider (kubernetes.credential-providers in bottlerocket_settings).",
    ),
];

/// Arguments of other families.
const FOREIGN: [(&str, &str); 4] = [
    ("bootstrap", "Bottlerocket has no bootstrap.sh. Remove the argument."),
    ("windows", "It applies only to Windows. Remove it."),
    ("hybrid", "It applies only to hybrid nodes. Remove it."),
    ("outpost_id", "Bottlerocket nodes join the cluster through its endpoint. Remove the argument."),
];

/// The cluster settings, and the arguments that set them.
const FACTS: [(&str, &str); 3] = [
    ("cluster-name", "cluster_name"),
    ("api-server", "cluster_endpoint"),
    ("cluster-certificate", "cluster_ca_certificate"),
];

/// The settings that EKS reads from the node group, and their source.
const OF_THE_GROUP: [(&str, &str); 2] = [("node-labels", "labels"), ("node-taints", "taint blocks")];

/// Renders the settings. The result is deterministic.
///
/// # Errors
/// Returns an error if a setting does not exist in Bottlerocket, has a value that its settings API rejects, has
/// conflicting values, or is not supported in this variant or mode.
pub fn render(node: &Node) -> Result<Rendered, Vec<Finding>> {
    let mut sheet = SettingsBuilder::new(node.kubernetes_version, node.checks(Reader::Bottlerocket));
    sheet.findings.extend(unused(node, &UNUSED));
    sheet.findings.extend(unused(node, &FOREIGN));
    inputs::put(node, &mut sheet);
    kubelet::put(node, &mut sheet);
    put_settings(node, &mut sheet);
    if node.checks(Reader::Bottlerocket) {
        rules::check(node, &mut sheet);
    }
    if node.checks(Reader::Kubelet) {
        kubelet::judge(node, &mut sheet);
    }
    if node.mode == Mode::Merge {
        said_by_eks(&mut sheet);
    }
    let SettingsBuilder { settings, findings, .. } = sheet;
    if findings.iter().any(Finding::is_error) {
        return Err(findings);
    }
    let text = document::print(&settings);
    if text.is_empty() {
        return Ok(Rendered::nothing(findings));
    }
    Ok(Rendered::plain("application/toml", text, findings))
}

/// Returns a warning for the settings that EKS also writes when it merges.
fn said_by_eks(sheet: &mut SettingsBuilder) {
    for name in ["max-pods", "cluster-dns-ip"] {
        let Some(place) = sheet.place_of(&["kubernetes", name]) else { continue };
        let text = format!(
            "In mode \"merge\", EKS also sets settings.kubernetes.{name} and does not document which value takes \
             precedence. To be sure, specify an AMI in the launch template and use mode \"managed_ami\"."
        );
        sheet.findings.push(Finding::warning(place, text));
    }
}

/// Returns the settings that the user specifies by their names: an object, or a document.
fn put_settings(node: &Node, sheet: &mut SettingsBuilder) {
    let place = Place::of("bottlerocket_settings");
    let own = match &node.bottlerocket_settings {
        Json::Null => return,
        Json::Object(members) if members.contains_key("settings") => Err((
            place.key("settings"),
            "Set the members of settings directly, for example { kubernetes = { log-level = 3 } }, or the complete \
             document as a string."
                .to_owned(),
        )),
        Json::Object(members) => Ok((members.clone(), true)),
        Json::String(text) => document::read(text).map(|members| (members, false)).map_err(|why| (place.clone(), why)),
        other => Err((place.clone(), format!("{other} is neither an object of settings nor a TOML string."))),
    };
    match own {
        Ok((mut settings, is_tree)) => {
            reject_managed_settings(node, &mut settings, is_tree, sheet);
            sheet.put_tree(&Json::Object(settings), &place, is_tree);
        }
        Err((place, why)) => sheet.findings.push(Finding::error(place, why)),
    }
}

/// Removes the Kubernetes settings that only an argument or EKS can set, each with an error.
fn reject_managed_settings(node: &Node, own: &mut Map<String, Json>, is_tree: bool, sheet: &mut SettingsBuilder) {
    let Some(kubernetes) = own.get_mut("kubernetes").and_then(Json::as_object_mut) else { return };
    let is_merged = node.mode == Mode::Merge;
    let facts = FACTS.iter().map(|(name, input)| match is_merged {
        true => (*name, format!("In mode \"merge\", EKS sets settings.kubernetes.{name}. Remove it.")),
        false => (*name, format!("Set settings.kubernetes.{name} with the argument {input}, and remove it here.")),
    });
    let of_the_group = OF_THE_GROUP.iter().filter(|_| is_merged).map(|(name, place)| {
        let text = format!(
            "In mode \"merge\", EKS sets settings.kubernetes.{name} from the node group. Move it to the {place} of the \
             node group."
        );
        (*name, text)
    });
    for (name, text) in facts.chain(of_the_group) {
        if kubernetes.remove(name).is_some_and(|value| !value.is_null()) {
            let place = Place::of("bottlerocket_settings");
            let place = if is_tree { place.key("kubernetes").key(name) } else { place };
            sheet.findings.push(Finding::error(place, text));
        }
    }
}

/// Returns whether the user's settings contain this Kubernetes setting.
fn says(settings: &Json, name: &str) -> bool {
    let read = settings.as_str().and_then(|text| document::read(text).ok()).map(Json::Object);
    let kubernetes = read.as_ref().unwrap_or(settings).get("kubernetes");
    kubernetes.and_then(|kubernetes| kubernetes.get(name)).is_some_and(|value| !value.is_null())
}

#[cfg(test)]
mod published_tests;
#[cfg(test)]
mod tests;
