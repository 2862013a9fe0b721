//! Converts a live object to state.

use serde_json::Value as Json;

use clients::kube::fields::{declared, from_json, named};
use clients::kube::free_form;
use clients::kube::managed::{everybodys, last_applied, remembered, status_conditions, uid};
use framework::model::{Attr, AttrField, Map};
use framework::path::Path;
use render::karpenter::form::Form;
use render::karpenter::node_pool::NodePool as Pool;

use super::model::NodePool;
use super::{convert, work};

/// Returns the state of the object: the fields that the stored attributes declare, and the status. After an import, no
/// fields are declared, so all fields that a field manager has written are returned.
pub(super) fn of(form: Form, stored: &NodePool, live: &Json, region: &str) -> NodePool {
    let owned = &everybodys(live)["f:spec"];
    let known = (!convert::is_import(stored)).then(|| work::fields(stored));
    let spec = match &known {
        None => written(&live["spec"], owned, live),
        Some(fields) => declared(&fields["spec"], &live["spec"], owned),
    };
    let metadata = &remembered(known.as_ref(), live, &Json::Null)["metadata"];
    let model = NodePool {
        object_labels: texts(&metadata["labels"], &stored.object_labels),
        object_annotations: texts(&metadata["annotations"], &stored.object_annotations),
        ..of_spec(form, stored, &spec)
    };
    let model = NodePool {
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
    NodePool { id: work::id(&model).into(), ..model }
}

/// Converts a spec to arguments.
pub(super) fn of_spec(form: Form, stored: &NodePool, spec: &Json) -> NodePool {
    let declared = free_form::known_fields(&stored.additional_spec);
    let (spec, additional) = free_form::split(spec, &declared, retyped);
    NodePool {
        additional_spec: free_form::argument(&stored.additional_spec, &additional),
        ..convert::model(form, stored, &Pool::parse(&spec))
    }
}

/// Returns the spec as the arguments would write it.
pub(super) fn retyped(spec: &Json) -> Json {
    Pool::parse(spec).spec()
}

/// Converts labels or annotations. An empty map keeps its stored form.
fn texts(live: &Json, stored: &Map<String>) -> Map<String> {
    if live.as_object().is_none_or(serde_json::Map::is_empty) && stored.known_members().next().is_none() {
        return stored.clone();
    }
    Map::from_value(&from_json(live, &Map::<String>::shape().ty()), &Path::root()).unwrap_or_default()
}

/// The fields that a field manager has written. If no manager applies the object, server defaults are in the fields of
/// the manager that created it, and are excluded here.
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
