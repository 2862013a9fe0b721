//! The members of `kubelet_config`, and the flags for the same settings.

use serde_json::{Map as JsonMap, Value as Json};

use crate::kubelet_config::startup::{self, Surroundings};
use crate::kubelet_config::{self, flag_values};
use crate::node::{Family, Finding, Node, Place, Reader};

/// Members that another argument sets, or that the node determines automatically.
const ELSEWHERE: [(&str, &str); 8] = [
    ("apiVersion", "It is added automatically. Remove it"),
    ("kind", "It is added automatically. Remove it"),
    ("maxPods", "Use max_pods"),
    ("clusterDNS", "Use dns.cluster_ips"),
    ("registerWithTaints", "Use node_taint"),
    ("registerNode", "Nodes always register automatically. Remove it"),
    ("providerID", "The node determines it automatically. Remove it"),
    ("containerRuntimeEndpoint", "The node software sets it. Remove it"),
];

pub(super) fn check(node: &Node, found: &mut Vec<Finding>) {
    let place = Place::of("kubelet_config");
    let empty = JsonMap::new();
    let members = match &node.kubelet_config {
        Json::Null => &empty,
        Json::Object(members) => members,
        _ => {
            found.push(Finding::error(place, "kubelet_config must be an object, such as { podPidsLimit = 4096 }."));
            return;
        }
    };
    let set_elsewhere = |name: &str| ELSEWHERE.iter().find(|(own, _)| *own == name);
    for (name, instead) in members.keys().filter_map(|name| set_elsewhere(name)) {
        found.push(Finding::error(place.key(name), format!("{name} is not supported in kubelet_config. {instead}.")));
    }
    if !node.checks(Reader::Kubelet) {
        return;
    }
    let rest = members.iter().filter(|(name, _)| set_elsewhere(name).is_none());
    let rest: JsonMap<String, Json> = rest.map(|(name, value)| (name.clone(), value.clone())).collect();
    let known = found.len();
    kubelet_config::check(&rest, node.kubernetes_version.map(|(_, minor)| minor), &place, found);
    let of_flags = Place::of("kubelet_flags");
    // Bottlerocket does not support flags, and reports them separately.
    let given: &[String] = if node.family == Family::Bottlerocket { &[] } else { &node.kubelet_flags };
    let flags = flag_values::read(given, &of_flags, found);
    flag_values::contradictions(&rest, "kubelet_config", &flags, &of_flags, found);
    // The rules would misread a value of another type.
    if found[known..].iter().any(Finding::is_error) {
        return;
    }
    let around = Surroundings {
        family: node.family,
        version: node.kubernetes_version,
        mode: node.mode,
        replaced: &flag_values::replaced(&flags),
    };
    let mut judged = Vec::new();
    startup::check(&flag_values::over(&rest, &flags), &around, &place, &mut judged);
    found.extend(judged.into_iter().map(|finding| flag_values::relocated(finding, &place, &flags, &of_flags)));
}
