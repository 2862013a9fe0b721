//! The effect oracle: after every successful apply, the plan that was applied is compared with a refresh.
//!
//! Every leaf that the plan showed as known must have the planned value, so a leaf that changed was shown as changing.
//! The findings of a run are appended to a file; `cargo run -p xtask -- effects` sums up the files.

mod compare;
mod findings;
mod snapshot;
mod watch;

use serde_json::Value;

use compare::{Comparison, Leaf, compare};
use findings::record;
pub(crate) use snapshot::State;
use snapshot::{Snapshot, refreshed_state};
pub(crate) use watch::{GATEWAY_TOKEN, Watch};

/// What a change does to an object, as far as its effects are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verb {
    Create,
    Update,
    Keep,
    Delete,
}

impl Verb {
    fn of(actions: &Value) -> Self {
        let has = |action: &str| actions.as_array().into_iter().flatten().any(|each| each == action);
        match (has("create"), has("update"), has("delete") || has("forget")) {
            // A replacement shows the new object.
            (true, ..) => Self::Create,
            (_, true, _) => Self::Update,
            (.., true) => Self::Delete,
            _ => Self::Keep,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Keep => "keep",
            Self::Delete => "delete",
        }
    }
}

/// What the oracle found about one apply.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) objects: usize,
    pub(crate) leaves: usize,
    pub(crate) violations: Vec<String>,
    /// Leaves that the plan showed as unknown, as `type verb path`, and whether they changed.
    pub(crate) unknown: Vec<(String, bool)>,
}

/// Compares a plan with the refreshed state. `live` is the state right before the apply, where another process changed
/// an object after the plan: what the plan leaves as it was must then be what was live.
pub(crate) fn judge(plan: &Value, refreshed: &State, live: Option<&State>) -> Report {
    let mut report = Report::default();
    for change in managed(&plan["resource_changes"]) {
        let address = change["address"].as_str().unwrap_or_default();
        if !change["deposed"].is_null() {
            continue;
        }
        let details = &change["change"];
        let verb = Verb::of(&details["actions"]);
        let previous = change["previous_address"].as_str().unwrap_or(address);
        let live = live.and_then(|state| state.get(previous).or_else(|| state.get(address)));
        let before = if verb == Verb::Create { &Value::Null } else { &details["before"] };
        let planned = compare::rebase(before, &details["after"], live.filter(|_| verb != Verb::Create));
        judge_object(&mut report, change, verb, (before, &planned, &details["after_unknown"]), refreshed.get(address));
    }
    for resource in untouched(plan) {
        let address = resource["address"].as_str().unwrap_or_default();
        let live = live.and_then(|state| state.get(address));
        let values = compare::rebase(&resource["values"], &resource["values"], live);
        judge_object(&mut report, resource, Verb::Keep, (&values, &values, &Value::Null), refreshed.get(address));
    }
    report
}

fn judge_object(
    report: &mut Report,
    resource: &Value,
    verb: Verb,
    (before, planned, unknown): (&Value, &Value, &Value),
    actual: Option<&Value>,
) {
    let address = resource["address"].as_str().unwrap_or_default();
    report.objects += 1;
    match (planned.is_null(), actual) {
        (true, None) => {}
        (true, Some(_)) => report.violations.push(format!("{address}: still in the state after it was deleted")),
        (false, None) => report.violations.push(format!("{address}: missing after the apply")),
        (false, Some(actual)) => {
            let Comparison { leaves, violations, unknown } = compare(before, planned, unknown, actual);
            report.leaves += leaves;
            report.violations.extend(violations.into_iter().map(|violation| format!("{address}.{violation}")));
            let kind = resource["type"].as_str().unwrap_or_default();
            let named = |Leaf { path, changed }: Leaf| (format!("{kind} {} {path}", verb.name()), changed);
            report.unknown.extend(unknown.into_iter().map(named));
        }
    }
}

/// The objects of this provider.
fn managed(resources: &Value) -> impl Iterator<Item = &Value> {
    let ours = |each: &&Value| {
        let provider = each["provider_name"].as_str().unwrap_or_default();
        each["mode"] == "managed" && provider.ends_with("/ekscompute/ekscompute")
    };
    resources.as_array().into_iter().flatten().filter(ours)
}

/// Objects in the state that the plan does not mention, as with `-target`.
fn untouched(plan: &Value) -> Vec<&Value> {
    let changes = || plan["resource_changes"].as_array().into_iter().flatten();
    let mentioned = |address: &Value| {
        changes().any(|change| change["address"] == *address || change["previous_address"] == *address)
    };
    let (mut found, mut modules) = (Vec::new(), vec![&plan["prior_state"]["values"]["root_module"]]);
    while let Some(module) = modules.pop() {
        found.extend(managed(&module["resources"]).filter(|resource| !mentioned(&resource["address"])));
        modules.extend(module["child_modules"].as_array().into_iter().flatten());
    }
    found
}
