//! The configuration and the flags of the kubelet.

use serde_json::{Map, Value as Json};

use super::quote::{flag, shell};
use crate::node::{Finding, Mode, Node, Place};

const CONFIG: &str = "/etc/kubernetes/kubelet/kubelet-config.json";

/// Members that `bootstrap.sh` always overwrites, and the flag that takes precedence. The second string separates the
/// name and the value of a map member.
const WRITTEN: [(&str, &str, &str); 5] = [
    ("evictionHard", "eviction-hard", "<"),
    ("kubeReserved", "kube-reserved", "="),
    // Only this flag makes bootstrap.sh omit the cgroups of reserved resources.
    ("reservedSystemCPUs", "reserved-cpus", ""),
    ("kubeReservedCgroup", "kube-reserved-cgroup", ""),
    ("systemReservedCgroup", "system-reserved-cgroup", ""),
];

/// Adds the lines that change the configuration, and returns the flags for `--kubelet-extra-args`.
pub(super) fn write(node: &Node, lines: &mut Vec<String>, found: &mut Vec<Finding>) -> Vec<String> {
    let mut flags = Vec::new();
    flags.extend(node.labels_flag());
    flags.extend(node.taints_flag());
    flags.extend(node.max_pods.map(|max_pods| format!("--max-pods={max_pods}")));
    let empty = Map::new();
    let mut members = node.kubelet_config.as_object().unwrap_or(&empty).clone();
    let place = Place::of("kubelet_config");
    if members.remove("cgroupDriver").is_some() {
        let text = "bootstrap.sh always sets the systemd cgroup driver. Remove cgroupDriver.";
        found.push(Finding::error(place.key("cgroupDriver"), text));
    }
    for (name, own, between) in WRITTEN {
        let Some(value) = members.remove(name) else { continue };
        if node.mode == Mode::Merge {
            let text = format!(
                "bootstrap.sh overwrites {name}, and in mode \"merge\" EKS calls bootstrap.sh. Specify an AMI in the \
                 launch template and use mode \"managed_ami\"."
            );
            found.push(Finding::error(place.key(name), text));
            continue;
        }
        let written = flag_of(own, between, &value);
        if written.contains(['\'', '"', '\\', ' ']) || written.chars().any(char::is_control) {
            let text = format!(
                "{name} is passed to the kubelet as a flag, which must not contain quotes, spaces, or backslashes."
            );
            found.push(Finding::error(place.key(name), text));
        }
        flags.push(written);
    }
    flags.extend(node.kubelet_flags.iter().cloned());
    if !members.is_empty() {
        let change = shell(&Json::Object(members).to_string());
        lines.push(format!("config=$(jq --argjson change {change} '. * $change' {CONFIG})"));
        lines.push(format!("printf '%s\\n' \"$config\" >{CONFIG}"));
    }
    flags.iter().map(|given| flag(given)).collect()
}

/// Returns `--name=value`, with all members of a map in one value.
fn flag_of(name: &str, between: &str, value: &Json) -> String {
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    match value {
        Json::Object(members) => {
            let members: Vec<_> = members.iter().map(|(key, value)| format!("{key}{between}{}", text(value))).collect();
            format!("--{name}={}", members.join(","))
        }
        value => format!("--{name}={}", text(value)),
    }
}
