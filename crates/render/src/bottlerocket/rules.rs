//! Constraints of Bottlerocket and EKS on combinations of settings.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;

use super::builder::SettingsBuilder;
use super::texts::is_bare;
use crate::ami_types::Accelerator;
use crate::node::{Cluster, Mode, Node, Place, check as check_node};

/// Host containers that always exist.
const BUILT_IN: [&str; 2] = ["admin", "control"];

/// Settings that only the variants for NVIDIA GPUs have.
const NVIDIA: [&str; 3] = ["kubelet-device-plugins", "kubelet-dra-drivers", "nvidia-container-runtime"];

/// GPUs whose partitions can be specified by number.
const COUNTED: [&str; 3] = ["a100.", "h100.", "h200."];

pub(super) fn check(node: &Node, sheet: &mut SettingsBuilder) {
    host_containers(sheet);
    bootstrap_commands(sheet);
    nvidia(node, sheet);
    garbage_collection(sheet);
    resource_limits(sheet);
    family_of_dns(node, sheet);
    secrets(sheet);
    labels(node, sheet);
    if node.mode == Mode::Merge {
        merged(sheet);
    }
}

fn host_containers(sheet: &mut SettingsBuilder) {
    let containers: Vec<_> = sheet.members(&["host-containers"]).map(|(name, it)| (name.clone(), it.clone())).collect();
    for (name, container) in &containers {
        let path = ["host-containers", name.as_str()];
        if !BUILT_IN.contains(&name.as_str()) {
            let needed = ["enabled", "source", "superpowered"];
            let missing: Vec<_> = needed.into_iter().filter(|setting| container.get(setting).is_none()).collect();
            if !missing.is_empty() {
                let text = format!(
                    "settings.host-containers.{name} requires {}. Only the built-in containers admin and control can \
                     omit it.",
                    missing.join(", ")
                );
                sheet.error_at(&path, text);
            }
        }
        if name == "admin" && !is_json(container.get("user-data")) {
            let text = "settings.host-containers.admin.user-data is not base64-encoded JSON, which the admin container \
                        requires, for example base64encode(jsonencode({ ssh = { authorized-keys = [\"…\"] } })).";
            sheet.warn_at(&["host-containers", "admin", "user-data"], text.to_owned());
        }
    }
}

/// Returns whether it is unset or a base64-encoded object.
fn is_json(user_data: Option<&Json>) -> bool {
    let Some(text) = user_data.and_then(Json::as_str) else { return true };
    let Ok(decoded) = STANDARD.decode(text) else { return true };
    serde_json::from_slice::<Json>(&decoded).is_ok_and(|value| value.is_object())
}

fn bootstrap_commands(sheet: &mut SettingsBuilder) {
    let mut wrong = Vec::new();
    for (name, command) in sheet.members(&["bootstrap-commands"]) {
        let lists = command.get("commands").and_then(Json::as_array).into_iter().flatten();
        for words in lists.filter_map(Json::as_array) {
            let word = |index: usize| words.get(index).and_then(Json::as_str);
            let why = match (word(0), word(1)) {
                (Some("apiclient"), Some("exec")) => {
                    "runs \"apiclient exec\", which is not available because no container is running yet"
                }
                (Some("apiclient"), _) => continue,
                _ => "does not start with \"apiclient\", the only supported command",
            };
            wrong.push((name.clone(), why));
        }
    }
    for (name, why) in wrong {
        let text = format!(
            "A command of settings.bootstrap-commands.{name} {why}. For other commands, use bootstrap-containers."
        );
        sheet.error_at(&["bootstrap-commands", &name, "commands"], text);
    }
}

fn nvidia(node: &Node, sheet: &mut SettingsBuilder) {
    if let Some(ami_type) = node.ami_type.filter(|ami_type| ami_type.accelerator != Accelerator::Nvidia) {
        for name in NVIDIA {
            if sheet.get(&[name]).is_some() {
                let text = format!(
                    "{} does not support settings.{name} and rejects the entire user data. Only AMI types with NVIDIA \
                     in their name support it.",
                    ami_type.name
                );
                sheet.error_at(&[name], text);
            }
        }
    }
    let plugin = ["kubelet-device-plugins", "nvidia"];
    let text_of = |name: &str| sheet.get(&[plugin[0], plugin[1], name]).and_then(Json::as_str).map(str::to_owned);
    let sharing = text_of("device-sharing-strategy");
    let partitioning = text_of("device-partitioning-strategy");
    let has_mig = partitioning.as_deref() == Some("mig");
    if has_mig && sharing.as_deref() == Some("mps") {
        let text = "device-sharing-strategy \"mps\" conflicts with device-partitioning-strategy \"mig\": the device \
                    plugin does not start.";
        sheet.error_at(&[plugin[0], plugin[1], "device-sharing-strategy"], text.to_owned());
    }
    if has_mig && sharing.as_deref() == Some("time-slicing") {
        let text = "Time-slicing has no effect on the partitions of device-partitioning-strategy \"mig\".";
        sheet.warn_at(&[plugin[0], plugin[1], "device-sharing-strategy"], text.to_owned());
    }
    let strategies = [
        ("time-slicing", "device-sharing-strategy", "time-slicing", &sharing),
        ("mps", "device-sharing-strategy", "mps", &sharing),
        ("mig", "device-partitioning-strategy", "mig", &partitioning),
    ];
    for (table, strategy, needed, given) in strategies {
        let path = [plugin[0], plugin[1], table];
        if sheet.get(&path).is_some() && given.as_deref() != Some(needed) {
            sheet.warn_at(&path, format!("The table {table} has no effect without {strategy} = {needed:?}."));
        }
    }
    partitions(sheet);
}

fn partitions(sheet: &mut SettingsBuilder) {
    let path = ["kubelet-device-plugins", "nvidia", "mig", "profile"];
    let is_counted = |model: &str| COUNTED.iter().any(|counted| model.starts_with(counted));
    let is_count = |profile: &Json| profile.as_str().is_some_and(|profile| profile.len() == 1);
    let profiles = sheet.members(&path).filter(|(model, profile)| is_count(profile) && !is_counted(model));
    for model in profiles.map(|(model, _)| model.clone()).collect::<Vec<_>>() {
        let text = format!(
            "The partitions of {model} cannot be specified by number, unlike those of A100, H100, and H200. Set a \
             profile such as \"1g.5gb\"."
        );
        sheet.error_at(&[path[0], path[1], path[2], path[3], &model], text);
    }
}

/// The kubelet does not start if garbage collection would end before it starts.
fn garbage_collection(sheet: &mut SettingsBuilder) {
    let number = |name: &str| {
        let value = sheet.get(&["kubernetes", name])?;
        value.as_i64().or_else(|| value.as_str()?.parse().ok())
    };
    let (high, low) = (number("image-gc-high-threshold-percent"), number("image-gc-low-threshold-percent"));
    // The defaults of the kubelet.
    let (high, low) = match (high, low) {
        (None, None) => return,
        (high, low) => (high.unwrap_or(85), low.unwrap_or(80)),
    };
    if low >= high {
        let text = format!(
            "image-gc-low-threshold-percent is {low} and image-gc-high-threshold-percent is {high}. The kubelet does \
             not start unless the low threshold is below the high threshold."
        );
        let given = ["image-gc-low-threshold-percent", "image-gc-high-threshold-percent"];
        let name = given.into_iter().find(|name| sheet.get(&["kubernetes", name]).is_some()).unwrap_or(given[0]);
        sheet.error_at(&["kubernetes", name], text);
    }
}

/// The kernel rejects a soft limit above the hard limit, so that no container starts.
fn resource_limits(sheet: &mut SettingsBuilder) {
    let path = ["oci-defaults", "resource-limits"];
    let limits: Vec<_> = sheet.members(&path).map(|(name, limit)| (name.clone(), limit.clone())).collect();
    for (name, limit) in &limits {
        // -1 and "unlimited" are the same.
        let number = |name: &str| match limit.get(name)? {
            Json::String(text) if text == "unlimited" => Some(i64::MAX),
            value => value.as_i64().map(|number| if number < 0 { i64::MAX } else { number }),
        };
        let (Some(soft), Some(hard)) = (number("soft-limit"), number("hard-limit")) else { continue };
        if soft > hard {
            let text = format!(
                "The soft limit of settings.oci-defaults.resource-limits.{name} is above its hard limit: the kernel \
                 rejects it, and no container starts. Raise hard-limit."
            );
            sheet.error_at(&[path[0], path[1], name, "soft-limit"], text);
        }
    }
}

/// The node address has the IP family of the first DNS server.
fn family_of_dns(node: &Node, sheet: &mut SettingsBuilder) {
    let path = ["kubernetes", "cluster-dns-ip"];
    let first = sheet.get(&path).and_then(|given| given.get(0).unwrap_or(given).as_str()).map(str::to_owned);
    let is_ipv6 = node.cluster.as_ref().is_some_and(Cluster::is_ipv6);
    if let Some(address) = first.filter(|address| is_ipv6 && !address.contains(':')) {
        let text = format!(
            "The cluster services have IPv6 addresses, but {address} is not an IPv6 address. Bottlerocket uses the IP \
             family of the first DNS server for the node address, so the node would use IPv4. Specify an IPv6 address \
             first, or remove the argument."
        );
        sheet.error_at(&path, text);
    }
}

fn secrets(sheet: &mut SettingsBuilder) {
    let secret: [&[&str]; 4] = [
        &["container-registry", "credentials"],
        &["kubernetes", "bootstrap-token"],
        &["kubernetes", "server-key"],
        &["aws", "credentials"],
    ];
    for path in secret {
        if sheet.get(path).is_some() {
            let text = format!(
                "settings.{} is a secret. Any pod that can reach the instance metadata service can read the user data, \
                 and so can any principal that can describe the launch template or read the state.",
                path.join(".")
            );
            sheet.warn_at(path, text);
        }
    }
}

/// Labels in the settings have the same rules as the argument `node_labels`.
fn labels(node: &Node, sheet: &mut SettingsBuilder) {
    if node.mode == Mode::Merge {
        return;
    }
    let mut other = Node::new(node.family, node.mode);
    let given = sheet.members(&["kubernetes", "node-labels"]).filter(|(key, _)| !node.node_labels.contains_key(*key));
    other.node_labels = given.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect();
    for mut finding in check_node(&other) {
        let key = other.node_labels.keys().find(|key| finding.place == Place::of("node_labels").key(key));
        let Some(key) = key else { continue };
        finding.place = sheet.place_of(&["kubernetes", "node-labels", key]).unwrap_or_default();
        // Values that the type of the setting rejects were already reported.
        if !sheet.findings.iter().any(|found| found.place == finding.place && found.is_error()) {
            sheet.findings.push(finding);
        }
    }
}

/// Reports values that the TOML parser of EKS does not support.
fn merged(sheet: &mut SettingsBuilder) {
    let mut wrong = Vec::new();
    for (name, value) in &sheet.settings {
        unmergeable(value, &mut vec![name.clone()], &mut wrong);
    }
    for (path, what) in wrong {
        let names: Vec<&str> = path.iter().map(String::as_str).collect();
        let text = format!(
            "settings.{} {what}, which EKS cannot merge with its own settings. Use mode \"managed_ami\", or remove the \
             setting.",
            path.join(".")
        );
        sheet.error_at(&names, text);
    }
}

/// Adds the paths of values that EKS documents as unsupported in TOML.
fn unmergeable(value: &Json, path: &mut Vec<String>, wrong: &mut Vec<(Vec<String>, &'static str)>) {
    let is_quote = |letter: char| matches!(letter, '"' | '\'' | '\\') || letter.is_control();
    match value {
        Json::Object(members) => {
            let is_quoted = path.last().is_some_and(|name| !is_bare(name));
            if is_quoted {
                wrong.push((path.clone(), "is a table whose name requires quotes"));
            }
            for (name, member) in members {
                path.push(name.clone());
                if name.contains(is_quote) {
                    wrong.push((path.clone(), "has a quote, a backslash, or a control character in its name"));
                }
                unmergeable(member, path, wrong);
                path.pop();
            }
        }
        Json::Array(elements) => {
            let form = |value: &Json| std::mem::discriminant(value);
            let is_float = |value: &Json| value.is_f64();
            let is_mixed = elements.windows(2).any(|pair| {
                form(&pair[0]) != form(&pair[1]) || (pair[0].is_number() && is_float(&pair[0]) != is_float(&pair[1]))
            });
            if is_mixed {
                wrong.push((path.clone(), "has a list with values of different types"));
            }
            for element in elements {
                unmergeable(element, path, wrong);
            }
        }
        Json::String(text) if text.contains(is_quote) => {
            wrong.push((path.clone(), "has a quote, a backslash, or a control character in its value"));
        }
        _ => {}
    }
}
