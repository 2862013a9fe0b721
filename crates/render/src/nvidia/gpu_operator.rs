//! Values for the chart `gpu-operator`.

use serde_json::{Value as Json, json};

use super::{Nodes, Sharing};

/// The ConfigMap that the chart creates from the sharing configuration.
const CONFIG_MAP: &str = "nvidia-device-plugin-sharing";

/// Amazon AMIs include the driver and the toolkit, which the operator would overwrite.
pub(super) fn values(nodes: &Nodes) -> Json {
    let is_built_in = nodes.why_not_needed().is_some();
    let control_plane =
        json!({"key": "node-role.kubernetes.io/control-plane", "operator": "Exists", "effect": "NoSchedule"});
    let mut values = json!({
        "driver": {"enabled": false},
        "toolkit": {"enabled": false},
        "devicePlugin": {"enabled": !is_built_in},
        "daemonsets": {"tolerations": nodes.tolerations(Vec::new())},
        "node-feature-discovery": {"worker": {"tolerations": nodes.tolerations(vec![control_plane])}},
    });
    if let Some(enabled) = nodes.feature_discovery {
        values["gfd"] = json!({"enabled": enabled});
    }
    if let Some(mig) = nodes.mig {
        values["mig"] = json!({"strategy": mig.name()});
    }
    if let Some(sharing) = nodes.sharing.as_ref().filter(|_| !is_built_in) {
        let mut data = json!({});
        data[Sharing::NAME] = Json::String(sharing.configuration());
        values["devicePlugin"]["config"] =
            json!({"create": true, "name": CONFIG_MAP, "default": Sharing::NAME, "data": data});
    }
    values
}
