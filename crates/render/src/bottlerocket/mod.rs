//! Bottlerocket's settings document: TOML that early-boot-config reads once, at the first boot, and submits to the settings
//! API. That API refuses the whole document for one unknown name or one wrong type, and the node then never joins: so every
//! setting is checked here against what is documented.

mod document;
mod inputs;
mod kind;
mod kubelet;
mod merged;
mod rules;
mod settings;
mod sheet;
mod texts;

use serde_json::{Map, Value as Json};

pub use self::merged::check_merged;
use self::sheet::Sheet;
use super::node::{Finding, Mode, Node, Place, Reader, Rendered, unused};

/// What Bottlerocket has no place for.
const UNUSED: [(&str, &str); 9] = [
    (
        "pre_bootstrap_scripts",
        "It has no shell that userdata could run. Use bootstrap-containers or bootstrap-commands in bottlerocket_settings; \
         they run before the kubelet starts.",
    ),
    (
        "post_bootstrap_scripts",
        "It has no shell that userdata could run, and nothing in userdata runs after the kubelet started. Use a DaemonSet, \
         or bootstrap-containers or bootstrap-commands in bottlerocket_settings, which run before.",
    ),
    ("extra_parts", "Its userdata is TOML, not MIME. Use bottlerocket_settings."),
    ("node_configs", "nodeadm does not run there. Use bottlerocket_settings."),
    ("feature_gates", "nodeadm does not run there."),
    ("max_pods_expression", "Use max_pods, for which there is the function max_pods."),
    (
        "containerd_config",
        "Of containerd it has the settings container-registry, container-runtime and oci-defaults; use these in \
         bottlerocket_settings.",
    ),
    ("containerd_base_runtime_spec", "Use oci-defaults in bottlerocket_settings."),
    (
        "environment",
        "The only variables that can be set are those of a proxy, with proxy, and those of the credential provider, with \
         kubernetes.credential-providers in bottlerocket_settings.",
    ),
];

/// What belongs to another family.
const FOREIGN: [(&str, &str); 4] = [
    ("bootstrap", "It has no bootstrap.sh."),
    ("windows", "It is for Windows."),
    ("hybrid", "It is for hybrid nodes."),
    ("outpost_id", "A node of it joins the cluster by its endpoint."),
];

/// What joins the node, and the inputs that say it.
const FACTS: [(&str, &str); 3] = [
    ("cluster-name", "cluster_name"),
    ("api-server", "cluster_endpoint"),
    ("cluster-certificate", "cluster_ca_certificate"),
];

/// What EKS takes from the node group, and from what of it.
const OF_THE_GROUP: [(&str, &str); 2] = [("node-labels", "labels"), ("node-taints", "taint blocks")];

/// Renders the settings, the same bytes for the same node.
///
/// # Errors
/// When a setting is none of Bottlerocket's, has a value that its settings API refuses, is said twice with different values,
/// or has no place on this variant or in this mode.
pub fn render(node: &Node) -> Result<Rendered, Vec<Finding>> {
    let mut sheet = Sheet::new(node.kubernetes_version, node.checks(Reader::Bottlerocket));
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
    let Sheet { settings, findings, .. } = sheet;
    if findings.iter().any(Finding::is_error) {
        return Err(findings);
    }
    let text = document::print(&settings);
    if text.is_empty() {
        return Ok(Rendered::nothing(findings));
    }
    Ok(Rendered::plain("application/toml", text, findings))
}

/// A warning for the settings that EKS writes too when it merges.
fn said_by_eks(sheet: &mut Sheet) {
    for name in ["max-pods", "cluster-dns-ip"] {
        let Some(place) = sheet.place_of(&["kubernetes", name]) else { continue };
        let text = format!(
            "In mode \"merge\" EKS also sets settings.kubernetes.{name} and does not document which value takes precedence. \
             To be sure, set the AMI in the launch template and use mode \"managed_ami\"."
        );
        sheet.findings.push(Finding::warning(place, text));
    }
}

/// The settings that the user gives by their own names: an object, or a document.
fn put_settings(node: &Node, sheet: &mut Sheet) {
    let place = Place::of("bottlerocket_settings");
    let own = match &node.bottlerocket_settings {
        Json::Null => return,
        Json::Object(members) if members.contains_key("settings") => Err((
            place.key("settings"),
            "Give what is below settings, for example { kubernetes = { log-level = 3 } }; or the whole document as a text."
                .to_owned(),
        )),
        Json::Object(members) => Ok((members.clone(), true)),
        Json::String(text) => document::read(text).map(|members| (members, false)).map_err(|why| (place.clone(), why)),
        other => Err((place.clone(), format!("{other} is neither an object of settings nor a text of TOML."))),
    };
    match own {
        Ok((mut settings, is_tree)) => {
            take_what_has_its_place(node, &mut settings, is_tree, sheet);
            sheet.put_tree(&Json::Object(settings), &place, is_tree);
        }
        Err((place, why)) => sheet.findings.push(Finding::error(place, why)),
    }
}

/// Takes out the settings of Kubernetes that only an input or EKS may say, each with an error.
fn take_what_has_its_place(node: &Node, own: &mut Map<String, Json>, is_tree: bool, sheet: &mut Sheet) {
    let Some(kubernetes) = own.get_mut("kubernetes").and_then(Json::as_object_mut) else { return };
    let is_merged = node.mode == Mode::Merge;
    let facts = FACTS.iter().map(|(name, input)| match is_merged {
        true => (*name, format!("In mode \"merge\" EKS supplies settings.kubernetes.{name} itself. Remove it.")),
        false => (*name, format!("The place for settings.kubernetes.{name} is {input}. Remove it here.")),
    });
    let of_the_group = OF_THE_GROUP.iter().filter(|_| is_merged).map(|(name, place)| {
        let text = format!(
            "In mode \"merge\" EKS writes settings.kubernetes.{name} itself, from the node group. Move it to the {place} of \
             the node group."
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

/// Whether the user's own settings have this setting of Kubernetes.
fn says(settings: &Json, name: &str) -> bool {
    let read = settings.as_str().and_then(|text| document::read(text).ok()).map(Json::Object);
    let kubernetes = read.as_ref().unwrap_or(settings).get("kubernetes");
    kubernetes.and_then(|kubernetes| kubernetes.get(name)).is_some_and(|value| !value.is_null())
}

#[cfg(test)]
mod published_tests;
#[cfg(test)]
mod tests;
