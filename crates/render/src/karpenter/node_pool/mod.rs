//! A node pool (`karpenter.sh/v1`) as plain values, as the `spec` that is sent, and back. Only what is given is sent: the
//! server fills in the rest, and others may own it.

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

/// A value and the input that it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed<T> {
    /// The input.
    pub place: Place,
    /// The value.
    pub value: T,
}

/// A node pool. What is empty or none is not sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NodePool {
    /// Who starts the nodes.
    pub controller: Controller,
    /// Name of the node class.
    pub node_class_name: String,
    /// Labels of the nodes.
    pub labels: BTreeMap<String, String>,
    /// Annotations of the nodes.
    pub annotations: BTreeMap<String, String>,
    /// What the nodes must be.
    pub requirements: Vec<Placed<Requirement>>,
    /// Taints of the nodes.
    pub taints: Vec<Placed<Taint>>,
    /// Taints that somebody takes away once a node is ready.
    pub startup_taints: Vec<Placed<Taint>>,
    /// How long a node lives, or `Never`.
    pub expire_after: Option<String>,
    /// How long draining a node may take.
    pub termination_grace_period: Option<String>,
    /// When nodes are given up.
    pub disruption: Option<Disruption>,
    /// The most that all nodes together may have.
    pub limits: BTreeMap<String, String>,
    /// Which pool comes first.
    pub weight: Option<i64>,
    /// How many nodes there are, in a static pool.
    pub replicas: Option<i64>,
}

/// A taint.
#[derive(Debug, Clone, PartialEq, Eq, Default, PartialOrd, Ord)]
pub struct Taint {
    /// The key.
    pub key: String,
    /// The value; empty for none.
    pub value: String,
    /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
    pub effect: String,
}

/// When nodes are given up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Disruption {
    /// `WhenEmpty`, `WhenEmptyOrUnderutilized` or `Balanced`.
    pub consolidation_policy: Option<String>,
    /// After how long, or `Never`; none for the server's default. Karpenter releases before 1.15 require it.
    pub consolidate_after: Option<String>,
    /// How many at once; none for the server's default.
    pub budgets: Option<Vec<Budget>>,
}

/// How many nodes may be given up at once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Budget {
    /// A number or a percentage.
    pub nodes: String,
    /// When it begins to count, as cron says it, in UTC.
    pub schedule: Option<String>,
    /// For how long.
    pub duration: Option<String>,
    /// For which reasons; empty for all.
    pub reasons: Vec<String>,
}

impl<T> Placed<T> {
    /// Values that stand in a list input.
    pub fn list(input: &str, values: impl IntoIterator<Item = T>) -> Vec<Self> {
        let place = Place::of(input);
        values.into_iter().enumerate().map(|(index, value)| Self { place: place.index(index), value }).collect()
    }
}

impl Controller {
    /// Group and kind of its node classes.
    #[must_use]
    pub fn node_class(self) -> (&'static str, &'static str) {
        match self {
            Self::Karpenter => ("karpenter.k8s.aws", "EC2NodeClass"),
            Self::AutoMode => ("eks.amazonaws.com", "NodeClass"),
        }
    }

    /// The controller whose node classes are of that group and kind.
    #[must_use]
    pub fn of_node_class(group: &str, kind: &str) -> Option<Self> {
        [Self::Karpenter, Self::AutoMode].into_iter().find(|each| each.node_class() == (group, kind))
    }
}

impl NodePool {
    /// The `spec` to send.
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

    /// Reads a `spec`. What this version does not know is left out.
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

    /// The requirements alone.
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

/// The API server refuses a value that is there and empty.
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

/// A text, or a number where either may stand.
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

/// The requirements of a list. One with an operator that this version does not know is left out.
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
