//! The state of a live object.

use serde_json::Value as Json;

use clients::kube::fields::{declared, named};
use clients::kube::managed::{everybodys, last_applied, status_conditions, uid};
use framework::model::{Attr, Map};
use render::karpenter::node_pool::NodePool;

use super::model::GpuNodePool;
use super::{convert, work};

/// The state of the object: the fields that the stored attributes declare, and the status. After an import, when nothing is
/// declared yet, the fields that any field manager has written.
pub(super) fn of(stored: &GpuNodePool, live: &Json, region: &str) -> GpuNodePool {
    let owned = &everybodys(live)["f:spec"];
    let spec = match convert::is_import(stored) {
        true => written(&live["spec"], owned, live),
        false => declared(&convert::pool(stored).spec(), &live["spec"], owned),
    };
    let model = convert::model(stored, &NodePool::parse(&spec));
    let model = GpuNodePool {
        region: model.region.text().unwrap_or(region).into(),
        force_conflicts: Attr::Known(model.force_conflicts.known().copied().unwrap_or(false)),
        wait_for_ready: Attr::Known(model.wait_for_ready.known().copied().unwrap_or(true)),
        conditions: status_conditions(live),
        node_count: Attr::Known(live["status"]["nodes"].as_i64().unwrap_or_default()),
        resources: resources(live),
        previous_field_managers: Attr::Null,
        uid: uid(live).unwrap_or_default().into(),
        ..model
    };
    GpuNodePool { id: work::id(&model).into(), ..model }
}

/// What somebody has written. Where nobody declares fields, but they were made or edited, defaults of the server look as
/// if they were written, too: those are left out.
fn written(spec: &Json, owned: &Json, live: &Json) -> Json {
    let mut found = named(spec, owned);
    let managers = live["metadata"]["managedFields"].as_array().into_iter().flatten();
    let mut declaring =
        managers.filter(|entry| entry["operation"] == "Apply" && !entry["fieldsV1"]["f:spec"].is_null());
    if declaring.next().is_some() {
        return found;
    }
    if let Some(sent) = last_applied(live) {
        return declared(&sent["spec"], spec, owned);
    }
    without_defaults(&mut found);
    found
}

fn without_defaults(spec: &mut Json) {
    let is_default = |value: &Json, defaults: &[&str]| value.as_str().is_some_and(|text| defaults.contains(&text));
    if let Some(inner) = spec["template"]["spec"].as_object_mut()
        && inner.get("expireAfter").is_some_and(|value| is_default(value, &["720h", "336h"]))
    {
        inner.remove("expireAfter");
    }
    let Some(disruption) = spec.get_mut("disruption").and_then(Json::as_object_mut) else { return };
    if disruption.get("budgets") == Some(&serde_json::json!([{"nodes": "10%"}])) {
        disruption.remove("budgets");
    }
    if disruption.get("consolidationPolicy").is_some_and(|value| is_default(value, &["WhenEmptyOrUnderutilized"])) {
        disruption.remove("consolidationPolicy");
    }
    let is_all =
        disruption.len() == 1 && disruption.get("consolidateAfter").is_some_and(|value| is_default(value, &["0s"]));
    if is_all && let Some(spec) = spec.as_object_mut() {
        spec.remove("disruption");
    }
}

fn resources(live: &Json) -> Map<String> {
    let all = live["status"]["resources"].as_object().into_iter().flatten();
    Map::of(all.map(|(name, amount)| (name.clone(), amount.as_str().map_or_else(|| amount.to_string(), str::to_owned))))
}
