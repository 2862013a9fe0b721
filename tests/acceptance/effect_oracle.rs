//! The effect oracle itself: it fails where an apply does what its plan did not show.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rstest::rstest;
use serde_json::{Value, json};

use crate::node_group::{Group, SCALING};
use crate::support::cli::Cli;
use crate::support::oracle::{Report, State, judge};

const ADDRESS: &str = "ekscompute_node_group.a";

fn change(actions: &[&str], before: Value, after: Value, unknown: Value) -> Value {
    let change = json!({"actions": actions, "before": before, "after": after, "after_unknown": unknown});
    json!({
        "address": ADDRESS, "mode": "managed", "type": "ekscompute_node_group",
        "provider_name": "registry.terraform.io/ekscompute/ekscompute", "change": change,
    })
}

fn state(attributes: Value) -> State {
    State::from([(ADDRESS.to_owned(), attributes)])
}

/// The report on an update.
fn update(before: Value, after: Value, unknown: Value, refreshed: Value) -> Report {
    let plan = json!({ "resource_changes": [change(&["update"], before, after, unknown)] });
    judge(&plan, &state(refreshed), None)
}

/// What is planned, what of it is unknown, what a refresh finds, and how many violations that is; the size was 7.
#[rstest]
#[case::planned_value(json!({"labels": {"a": "1"}, "size": 7}), json!({}), json!({"labels": {"a": "1"}, "size": 7}), 0)]
#[case::hidden_change(json!({"labels": {"a": "1"}, "size": 7}), json!({}), json!({"labels": {"a": "1"}, "size": 1}), 1)]
#[case::other_value(json!({"labels": {"a": "1"}, "size": 7}), json!({}), json!({"labels": {"a": "2"}, "size": 7}), 1)]
#[case::lost_key(json!({"labels": {"a": "1"}, "size": 7}), json!({}), json!({"labels": {}, "size": 7}), 1)]
#[case::extra_key(json!({"size": 7, "labels": {}}), json!({}), json!({"size": 7, "labels": {"b": "1"}}), 1)]
#[case::null_for_absent(json!({"size": 7, "labels": null}), json!({}), json!({"size": 7}), 0)]
#[case::empty_for_null(json!({"size": 7, "labels": null}), json!({}), json!({"size": 7, "labels": []}), 1)]
#[case::unknown(json!({"size": 7}), json!({"labels": true}), json!({"size": 7, "labels": {"b": "1"}}), 0)]
#[case::fewer_elements(json!({"size": 7, "x": ["a", "b"]}), json!({}), json!({"size": 7, "x": ["a"]}), 1)]
#[case::other_order(json!({"size": 7, "x": ["a", "b"]}), json!({}), json!({"size": 7, "x": ["b", "a"]}), 2)]
#[case::set_with_unknowns_in_another_order(
    json!({"size": 7, "x": [{"k": "a"}, {"k": "b"}]}),
    json!({"x": [{"v": true}, {"v": true}]}),
    json!({"size": 7, "x": [{"k": "b", "v": "1"}, {"k": "a", "v": "2"}]}),
    0,
)]
#[case::element_of_a_set_with_unknowns(
    json!({"size": 7, "x": [{"k": "a"}, {"k": "b"}]}),
    json!({"x": [{"v": true}, {"v": true}]}),
    json!({"size": 7, "x": [{"k": "b", "v": "1"}, {"k": "c", "v": "2"}]}),
    1,
)]
fn oracle_compares_every_known_leaf(
    #[case] planned: Value,
    #[case] unknown: Value,
    #[case] refreshed: Value,
    #[case] violations: usize,
) {
    let report = update(json!({"size": 7, "labels": null}), planned, unknown, refreshed);
    assert_eq!(report.violations.len(), violations, "{report:#?}");
}

#[test]
fn oracle_reports_path_of_unplanned_change() {
    let report = update(json!({"size": 7}), json!({"size": 7}), json!({}), json!({"size": 1}));
    let expected = format!("{ADDRESS}.size: changed, and the plan does not show it: planned 7, found 1, before 7");
    assert_eq!(report.violations, [expected]);
}

#[test]
fn oracle_notes_unknown_leaves_that_never_change() {
    let before = json!({"status": "ACTIVE", "blocks": [{"time": 1}]});
    let unknown = json!({"status": true, "blocks": [{"time": true}]});
    let report = update(before, json!({"blocks": [{}]}), unknown, json!({"status": "ACTIVE", "blocks": [{"time": 2}]}));
    let leaf = |path: &str| format!("ekscompute_node_group update {path}");
    assert_eq!(report.unknown, [(leaf("blocks.*.time"), true), (leaf("status"), false)]);
}

#[rstest]
#[case::left_alone(json!({"size": 9, "max": 3}), 0)]
#[case::set_back(json!({"size": 7, "max": 3}), 1)]
#[case::planned_and_not_done(json!({"size": 9, "max": 2}), 1)]
fn oracle_requires_unplanned_drift_to_be_preserved(#[case] refreshed: Value, #[case] violations: usize) {
    let (before, after) = (json!({"size": 7, "max": 2}), json!({"size": 7, "max": 3}));
    let plan = json!({ "resource_changes": [change(&["update"], before, after, json!({}))] });
    let report = judge(&plan, &state(refreshed), Some(&state(json!({"size": 9, "max": 2}))));
    assert_eq!(report.violations.len(), violations, "{report:#?}");
}

#[rstest]
#[case::left_alone(json!({"a": "2", "foreign": "1"}), 0)]
#[case::removed(json!({"a": "2"}), 1)]
fn oracle_requires_added_keys_to_be_preserved(#[case] labels: Value, #[case] violations: usize) {
    let labeled = |labels: Value| json!({ "labels": labels });
    let (before, after) = (labeled(json!({"a": "1"})), labeled(json!({"a": "2"})));
    let plan = json!({ "resource_changes": [change(&["update"], before, after, json!({}))] });
    let live = state(labeled(json!({"a": "1", "foreign": "1"})));
    let report = judge(&plan, &state(labeled(labels)), Some(&live));
    assert_eq!(report.violations.len(), violations, "{report:#?}");
}

#[rstest]
#[case::created_and_missing(&["create"], json!({"size": 1}), None, 1)]
#[case::deleted(&["delete"], json!(null), None, 0)]
#[case::deleted_and_still_there(&["delete"], json!(null), Some(json!({})), 1)]
#[case::replaced(&["delete", "create"], json!({"size": 1}), Some(json!({"size": 1})), 0)]
#[case::kept(&["no-op"], json!({"size": 7}), Some(json!({"size": 7})), 0)]
#[case::kept_and_changed(&["no-op"], json!({"size": 7}), Some(json!({"size": 1})), 1)]
fn oracle_counts_objects(
    #[case] actions: &[&str],
    #[case] after: Value,
    #[case] refreshed: Option<Value>,
    #[case] violations: usize,
) {
    let plan = json!({ "resource_changes": [change(actions, json!({"size": 7}), after, json!({}))] });
    let refreshed = refreshed.map(state).unwrap_or_default();
    assert_eq!(judge(&plan, &refreshed, None).violations.len(), violations);
}

#[test]
fn oracle_watches_objects_that_are_not_targeted() {
    let mut resource = change(&[], json!(null), json!(null), json!({}));
    resource["values"] = json!({"size": 7});
    let module = json!({"resources": [], "child_modules": [{"resources": [resource]}]});
    let plan = json!({"resource_changes": [], "prior_state": {"values": {"root_module": module}}});
    assert_eq!(judge(&plan, &state(json!({"size": 7})), None).violations.len(), 0);
    assert_eq!(judge(&plan, &state(json!({"size": 1})), None).violations.len(), 1);
}

#[test]
fn oracle_judges_applies_of_the_real_program() {
    let group = Group::new(Cli::OnPath);
    group.configure(&format!("labels = {{ a = \"1\" }}\n{SCALING}"));
    let mut apply = group.workspace.start_apply();
    apply.try_the_oracle();
    // The apply has ended, and its effect is not yet compared.
    apply.wait_for_output("Apply complete");
    group.cluster.drift(&group.name, "set_labels", &json!({"a": "2"}));
    let judged = catch_unwind(AssertUnwindSafe(|| apply.wait()));
    let message = judged.expect_err("a violation").downcast::<String>().expect("a message");
    assert!(message.contains("labels.a: differs from the plan: planned \"1\", found \"2\""), "{message}");
}

#[test]
fn oracle_accepts_drift_that_the_test_expects() {
    let group = Group::new(Cli::OnPath);
    let scaling = "scaling_config {\n  max_size = 5\n  min_size = 1\n}\n";
    group.create(scaling);
    group.configure(&format!("labels = {{ a = \"1\" }}\n{scaling}"));
    group.workspace.plan();
    group.cluster.drift(&group.name, "set_desired_size", &json!(4));
    group.workspace.expect_drift();
    group.workspace.apply_plan().success();
}
