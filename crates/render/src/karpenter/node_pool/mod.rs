//! A node pool (`karpenter.sh/v1`) as plain values, and its conversion to and from the `spec` that is sent. Only
//! configured fields are sent: the server sets defaults, and other field managers can own the rest.

pub mod gpu;
pub mod keys;
mod nvidia;
pub mod plugin;
pub mod rules;
pub mod schedule;

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::controller::Controller;
use super::requirements::{Operator, Requirement};
use crate::node::Place;

/// A value and its argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed<T> {
    /// The argument.
    pub place: Place,
    /// The value.
    pub value: T,
}

/// A node pool. Unset and empty values are not sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NodePool {
    /// The controller that launches the nodes.
    pub controller: Controller,
    /// Name of the node class.
    pub node_class_name: String,
    /// Labels of the nodes.
    pub labels: BTreeMap<String, String>,
    /// Annotations of the nodes.
    pub annotations: BTreeMap<String, String>,
    /// Requirements on the nodes.
    pub requirements: Vec<Placed<Requirement>>,
    /// Taints of the nodes.
    pub taints: Vec<Placed<Taint>>,
    /// Taints that another component removes when a node is ready.
    pub startup_taints: Vec<Placed<Taint>>,
    /// Maximum lifetime of a node, or `Never`.
    pub expire_after: Option<String>,
    /// Maximum time to drain a node.
    pub termination_grace_period: Option<String>,
    /// The conditions under which nodes are disrupted.
    pub disruption: Option<Disruption>,
    /// Limits on the total resources of all nodes.
    pub limits: BTreeMap<String, String>,
    /// Priority of the pool.
    pub weight: Option<i64>,
    /// Number of nodes in a static pool.
    pub replicas: Option<i64>,
}

/// A taint.
#[derive(Debug, Clone, PartialEq, Eq, Default, PartialOrd, Ord)]
pub struct Taint {
    /// The key.
    pub key: String,
    /// The value, or an empty string.
    pub value: String,
    /// `NoSchedule`, `PreferNoSchedule`, or `NoExecute`.
    pub effect: String,
}

/// The conditions under which nodes are disrupted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Disruption {
    /// `WhenEmpty`, `WhenEmptyOrUnderutilized`, or `Balanced`.
    pub consolidation_policy: Option<String>,
    /// The delay, or `Never`. `None` for the server default. Karpenter releases before 1.15 require it.
    pub consolidate_after: Option<String>,
    /// Budgets for concurrent disruptions. `None` for the server default.
    pub budgets: Option<Vec<Budget>>,
}

/// The maximum number of nodes that are disrupted concurrently.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Budget {
    /// A number or a percentage.
    pub nodes: String,
    /// The start times as a cron expression, in UTC.
    pub schedule: Option<String>,
    /// The duration after each start time.
    pub duration: Option<String>,
    /// The reasons that the budget applies to. Empty for all reasons.
    pub reasons: Vec<String>,
}

impl<T> Placed<T> {
    /// The values in a list argument.
    pub fn list(input: &str, values: impl IntoIterator<Item = T>) -> Vec<Self> {
        let place = Place::of(input);
        values.into_iter().enumerate().map(|(index, value)| Self { place: place.index(index), value }).collect()
    }
}

impl Controller {
    /// Returns the group and kind of its node classes.
    #[must_use]
    pub fn node_class(self) -> (&'static str, &'static str) {
        match self {
            Self::Karpenter => ("karpenter.k8s.aws", "EC2NodeClass"),
            Self::AutoMode => ("eks.amazonaws.com", "NodeClass"),
        }
    }

    /// Returns the controller whose node classes have this group and kind.
    #[must_use]
    pub fn of_node_class(group: &str, kind: &str) -> Option<Self> {
        [Self::Karpenter, Self::AutoMode].into_iter().find(|each| each.node_class() == (group, kind))
    }
}

impl NodePool {
    /// Returns the `spec` to send.
    #[must_use]
    pub fn spec(&self) -> Json {
        let (group, kind) = self.controller.node_class();
        let requirements: Vec<_> = self.requirements.iter().map(|placed| requirement(&placed.value)).collect();
        let mut inner = json!({
            "nodeClassRef": {"group": group, "kind": kind, "name": self.node_class_name},
            "requirements": requirements,
        });
        let taints = |placed: &[Placed<Taint>]| -> Option<Json> {
            (!placed.is_empty()).then(|| placed.iter().map(|placed| taint(&placed.value)).collect())
        };
        put(&mut inner, "taints", taints(&self.taints));
        put(&mut inner, "startupTaints", taints(&self.startup_taints));
        put(&mut inner, "expireAfter", self.expire_after.as_ref().map(|text| json!(text)));
        put(&mut inner, "terminationGracePeriod", self.termination_grace_period.as_ref().map(|text| json!(text)));
        let mut template = json!({"spec": inner});
        put(&mut template, "metadata", self.metadata());
        let mut spec = json!({"template": template});
        put(&mut spec, "disruption", self.disruption.as_ref().map(disruption));
        put(&mut spec, "limits", (!self.limits.is_empty()).then(|| json!(self.limits)));
        put(&mut spec, "weight", self.weight.map(|weight| json!(weight)));
        put(&mut spec, "replicas", self.replicas.map(|replicas| json!(replicas)));
        spec
    }

    fn metadata(&self) -> Option<Json> {
        let mut metadata = json!({});
        put(&mut metadata, "labels", (!self.labels.is_empty()).then(|| json!(self.labels)));
        put(&mut metadata, "annotations", (!self.annotations.is_empty()).then(|| json!(self.annotations)));
        (metadata != json!({})).then_some(metadata)
    }

    /// Reads a `spec`. Fields that this version does not support are omitted.
    #[must_use]
    pub fn parse(spec: &Json) -> Self {
        let inner = &spec["template"]["spec"];
        let class = &inner["nodeClassRef"];
        let word = |value: &Json| value.as_str().unwrap_or_default().to_owned();
        Self {
            controller: Controller::of_node_class(&word(&class["group"]), &word(&class["kind"])).unwrap_or_default(),
            node_class_name: word(&class["name"]),
            labels: texts(&spec["template"]["metadata"]["labels"]),
            annotations: texts(&spec["template"]["metadata"]["annotations"]),
            requirements: Placed::list("requirement", parse_requirements(&inner["requirements"])),
            taints: Placed::list("taint", elements(&inner["taints"]).map(parse_taint)),
            startup_taints: Placed::list("startup_taint", elements(&inner["startupTaints"]).map(parse_taint)),
            expire_after: text(&inner["expireAfter"]),
            termination_grace_period: text(&inner["terminationGracePeriod"]),
            disruption: spec["disruption"].is_object().then(|| parse_disruption(&spec["disruption"])),
            limits: texts(&spec["limits"]),
            weight: spec["weight"].as_i64(),
            replicas: spec["replicas"].as_i64(),
        }
    }

    /// Returns only the requirements.
    #[must_use]
    pub fn asked(&self) -> Vec<Requirement> {
        self.requirements.iter().map(|placed| placed.value.clone()).collect()
    }
}

fn put(object: &mut Json, name: &str, value: Option<Json>) {
    if let (Some(members), Some(value)) = (object.as_object_mut(), value) {
        members.insert(name.to_owned(), value);
    }
}

fn requirement(given: &Requirement) -> Json {
    let mut found = json!({"key": given.key, "operator": given.operator.name()});
    put(&mut found, "values", (!given.values.is_empty()).then(|| json!(given.values)));
    put(&mut found, "minValues", given.min_values.map(|least| json!(least)));
    found
}

/// The API server rejects empty values.
fn taint(given: &Taint) -> Json {
    let mut found = json!({"key": given.key, "effect": given.effect});
    put(&mut found, "value", (!given.value.is_empty()).then(|| json!(given.value)));
    found
}

fn disruption(given: &Disruption) -> Json {
    let mut found = json!({});
    put(&mut found, "consolidateAfter", given.consolidate_after.as_ref().map(|after| json!(after)));
    put(&mut found, "consolidationPolicy", given.consolidation_policy.as_ref().map(|policy| json!(policy)));
    put(&mut found, "budgets", given.budgets.as_ref().map(|budgets| budgets.iter().map(budget).collect()));
    found
}

fn budget(given: &Budget) -> Json {
    let mut found = json!({"nodes": given.nodes});
    put(&mut found, "schedule", given.schedule.as_ref().map(|schedule| json!(schedule)));
    put(&mut found, "duration", given.duration.as_ref().map(|duration| json!(duration)));
    put(&mut found, "reasons", (!given.reasons.is_empty()).then(|| json!(given.reasons)));
    found
}

fn elements(list: &Json) -> impl Iterator<Item = &Json> {
    list.as_array().into_iter().flatten()
}

/// Returns a string, or a number if both are allowed.
fn text(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn texts(map: &Json) -> BTreeMap<String, String> {
    let members = map.as_object().into_iter().flat_map(Map::iter);
    members.filter_map(|(key, value)| Some((key.clone(), text(value)?))).collect()
}

/// Reads the requirements of a list. Requirements with unknown operators are omitted.
#[must_use]
pub fn parse_requirements(list: &Json) -> Vec<Requirement> {
    elements(list).filter_map(parse_requirement).collect()
}

fn parse_requirement(given: &Json) -> Option<Requirement> {
    Some(Requirement {
        key: text(&given["key"])?,
        operator: Operator::parse(given["operator"].as_str()?)?,
        values: elements(&given["values"]).filter_map(text).collect(),
        min_values: given["minValues"].as_u64().and_then(|least| u32::try_from(least).ok()),
    })
}

fn parse_taint(given: &Json) -> Taint {
    let part = |name: &str| text(&given[name]).unwrap_or_default();
    Taint { key: part("key"), value: part("value"), effect: part("effect") }
}

fn parse_disruption(given: &Json) -> Disruption {
    let budget = |given: &Json| Budget {
        nodes: text(&given["nodes"]).unwrap_or_default(),
        schedule: text(&given["schedule"]),
        duration: text(&given["duration"]),
        reasons: elements(&given["reasons"]).filter_map(text).collect(),
    };
    Disruption {
        consolidation_policy: text(&given["consolidationPolicy"]),
        consolidate_after: text(&given["consolidateAfter"]),
        budgets: given["budgets"].is_array().then(|| elements(&given["budgets"]).map(budget).collect()),
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
