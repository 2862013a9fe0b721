//! Values for the chart `nvidia-device-plugin`.

use serde_json::{Value as Json, json};

use super::{Nodes, PRESENT, Sharing};

pub(super) fn values(nodes: &Nodes) -> Json {
    if nodes.why_not_needed().is_some() {
        return json!({"devicePlugin": {"enabled": false}, "gfd": {"enabled": false}});
    }
    let critical = json!({"key": "CriticalAddonsOnly", "operator": "Exists"});
    let mut values = json!({
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": terms(nodes),
        }}},
        "tolerations": nodes.tolerations(vec![critical]),
    });
    if let Some(enabled) = nodes.feature_discovery {
        values["gfd"] = json!({"enabled": enabled});
    }
    if nodes.feature_discovery == Some(true) {
        // The default list of the chart tolerates only one value of the taint.
        let control_plane =
            json!({"key": "node-role.kubernetes.io/control-plane", "operator": "Exists", "effect": "NoSchedule"});
        values["nfd"] = json!({"worker": {"tolerations": nodes.tolerations(vec![control_plane])}});
    }
    if let Some(mig) = nodes.mig {
        values["migStrategy"] = json!(mig.name());
    }
    if let Some(sharing) = &nodes.sharing {
        let mut map = json!({});
        map[Sharing::NAME] = Json::String(sharing.configuration());
        values["config"] = json!({"map": map, "default": Sharing::NAME});
    }
    values
}

/// Returns the terms of the chart, of which one must match, and a term for the node pools. Each term contains the
/// expressions that exclude nodes with an integrated plugin.
fn terms(nodes: &Nodes) -> Vec<Json> {
    let is_in = |key: &str, values: Json| json!({"key": key, "operator": "In", "values": values});
    let not_in = |key: &str, values: Json| json!({"key": key, "operator": "NotIn", "values": values});
    let mut found = vec![
        is_in("feature.node.kubernetes.io/pci-10de.present", json!(["true"])),
        is_in("feature.node.kubernetes.io/cpu-model.vendor_id", json!(["NVIDIA"])),
        is_in(PRESENT, json!(["true"])),
    ];
    if !nodes.pools.is_empty() {
        found.push(is_in("karpenter.sh/nodepool", json!(nodes.pools)));
    }
    let mut excluded = vec![
        not_in("eks.amazonaws.com/compute-type", json!(["auto"])),
        not_in("feature.node.kubernetes.io/system-os_release.ID", json!(["bottlerocket"])),
    ];
    if !nodes.other_pools.is_empty() {
        excluded.push(not_in("karpenter.sh/nodepool", json!(nodes.other_pools)));
    }
    let term = |found: Json| {
        let all: Vec<_> = std::iter::once(found).chain(excluded.iter().cloned()).collect();
        json!({"matchExpressions": all})
    };
    found.into_iter().map(term).collect()
}
