//! The parts of a PodDisruptionBudget that are read.

use std::collections::BTreeMap;

use serde::Deserialize;

use preflight::facts::{Amount, BudgetLimit, DisruptionBudget, LabelExpression, LabelSelector};

use super::wire::{Condition, Metadata, null_as_empty};

/// A PodDisruptionBudget.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct BudgetObject {
    #[serde(deserialize_with = "null_as_empty")]
    metadata: Metadata,
    #[serde(deserialize_with = "null_as_empty")]
    spec: BudgetSpec,
    #[serde(deserialize_with = "null_as_empty")]
    status: BudgetStatus,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct BudgetSpec {
    selector: Option<Selector>,
    min_available: Option<IntOrString>,
    max_unavailable: Option<IntOrString>,
    #[serde(deserialize_with = "null_as_empty")]
    unhealthy_pod_eviction_policy: String,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum IntOrString {
    Int(i64),
    String(String),
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Selector {
    #[serde(deserialize_with = "null_as_empty")]
    match_labels: BTreeMap<String, String>,
    #[serde(deserialize_with = "null_as_empty")]
    match_expressions: Vec<Expression>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Expression {
    #[serde(deserialize_with = "null_as_empty")]
    key: String,
    #[serde(deserialize_with = "null_as_empty")]
    operator: String,
    #[serde(deserialize_with = "null_as_empty")]
    values: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct BudgetStatus {
    #[serde(deserialize_with = "null_as_empty")]
    observed_generation: i64,
    #[serde(deserialize_with = "null_as_empty")]
    expected_pods: i64,
    #[serde(deserialize_with = "null_as_empty")]
    current_healthy: i64,
    #[serde(deserialize_with = "null_as_empty")]
    desired_healthy: i64,
    #[serde(deserialize_with = "null_as_empty")]
    disruptions_allowed: i64,
    #[serde(deserialize_with = "null_as_empty")]
    conditions: Vec<Condition>,
}

impl From<BudgetObject> for DisruptionBudget {
    fn from(BudgetObject { metadata, spec, status }: BudgetObject) -> Self {
        let amount = |given: &Option<IntOrString>| given.as_ref().and_then(amount);
        let limit = amount(&spec.min_available).map(BudgetLimit::MinAvailable);
        let failed = status.conditions.into_iter().find(|condition| condition.reason == "SyncFailed");
        Self {
            namespace: metadata.namespace,
            name: metadata.name,
            selector: spec.selector.map(Into::into),
            limit: limit.or_else(|| amount(&spec.max_unavailable).map(BudgetLimit::MaxUnavailable)),
            always_allows_unready: spec.unhealthy_pod_eviction_policy == "AlwaysAllow",
            is_observed: status.observed_generation >= metadata.generation,
            expected_pods: status.expected_pods,
            current_healthy: status.current_healthy,
            desired_healthy: status.desired_healthy,
            disruptions_allowed: status.disruptions_allowed,
            sync_failure: failed.map(|condition| condition.message),
        }
    }
}

fn amount(given: &IntOrString) -> Option<Amount> {
    match given {
        IntOrString::Int(count) => Some(Amount::Count(*count)),
        IntOrString::String(text) => text.strip_suffix('%')?.parse().ok().map(Amount::Percent),
    }
}

impl From<Selector> for LabelSelector {
    fn from(selector: Selector) -> Self {
        let expression = |Expression { key, operator, values }: Expression| match operator.as_str() {
            "In" => LabelExpression::In(key, values),
            "NotIn" => LabelExpression::NotIn(key, values),
            "Exists" => LabelExpression::Exists(key),
            // The API server accepts no other operator.
            _ => LabelExpression::DoesNotExist(key),
        };
        Self {
            labels: selector.match_labels,
            expressions: selector.match_expressions.into_iter().map(expression).collect(),
        }
    }
}
