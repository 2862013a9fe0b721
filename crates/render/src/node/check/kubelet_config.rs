//! What `kubelet_config` holds.

use serde_json::Value as Json;

use crate::kubelet_config::{self, judge};
use crate::node::{Family, Finding, Node, Place};

/// Members that another input says, or that the node finds out by itself.
const ELSEWHERE: [(&str, &str); 8] = [
    ("apiVersion", "It is added by itself; remove it"),
    ("kind", "It is added by itself; remove it"),
    ("maxPods", "Use max_pods"),
    ("clusterDNS", "Use dns.cluster_ips"),
    ("registerWithTaints", "Use node_taints"),
    ("registerNode", "A node always registers itself; remove it"),
    ("providerID", "The node finds it out; remove it"),
    ("containerRuntimeEndpoint", "The node's own software sets it; remove it"),
];

pub(super) fn check(node: &Node, found: &mut Vec<Finding>) {
    let place = Place::of("kubelet_config");
    match &node.kubelet_config {
        Json::Null => {}
        Json::Object(members) => {
            let set_elsewhere = |name: &str| ELSEWHERE.iter().find(|(own, _)| *own == name);
            for (name, instead) in members.keys().filter_map(|name| set_elsewhere(name)) {
                found.push(Finding::error(
                    place.key(name),
                    format!("{name} has no place in kubelet_config. {instead}."),
                ));
            }
            let rest = members.iter().filter(|(name, _)| set_elsewhere(name).is_none());
            let rest = rest.map(|(name, value)| (name.clone(), value.clone())).collect();
            let known = found.len();
            kubelet_config::check(&rest, &place, found);
            // Windows has no such file, and a value of another type was judged already.
            if node.family != Family::Windows && found.len() == known {
                judge::check(&rest, node.family, node.kubernetes_version, node.mode, &place, found);
            }
        }
        _ => found.push(Finding::error(place, "kubelet_config must be an object, such as { podPidsLimit = 4096 }.")),
    }
}
