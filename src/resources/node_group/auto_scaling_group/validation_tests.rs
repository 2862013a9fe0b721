//! Validation and planning of the block.

use framework::blocks::ListBlock;
use framework::diagnostics::Severity;
use framework::model::{Attr, List, Set};
use framework::resource::Plan;

use super::super::group_settings::GroupSettings;
use super::super::model::NodeGroup;
use super::super::tests::{config, fewest_arguments};
use super::super::validation;
use super::check;
use super::tests::{names, suspending};

const TARGET_GROUP: &str = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/0123456789abcdef";

fn with(settings: GroupSettings) -> NodeGroup {
    NodeGroup { auto_scaling_group: ListBlock::of([settings]), ..config() }
}

/// Returns path and message of every error of the validation.
fn errors(config: &NodeGroup) -> Vec<(String, String)> {
    let found = framework::testing::validated(config, validation::together);
    let path = |path: &Option<framework::path::Path>| path.as_ref().map(ToString::to_string).unwrap_or_default();
    found.iter().map(|error| (path(&error.path), format!("{}: {}", error.summary, error.detail))).collect()
}

fn targets(arns: &[&str]) -> GroupSettings {
    GroupSettings { target_group_arns: names(arns), ..GroupSettings::default() }
}

fn policies(policies: &[&str]) -> GroupSettings {
    let policies = List::of(policies.iter().map(|policy| (*policy).to_owned()));
    GroupSettings { termination_policies: policies, ..GroupSettings::default() }
}

fn metrics(metrics: &[&str]) -> GroupSettings {
    GroupSettings { enabled_metrics: names(metrics), ..GroupSettings::default() }
}

#[test]
fn valid_settings_are_accepted() {
    let function = "arn:aws:lambda:eu-west-1:111122223333:function:pick";
    for settings in [
        GroupSettings::default(),
        suspending(&["AZRebalance", "AlarmNotification", "ScheduledActions", "AddToLoadBalancer"]),
        suspending(&["InstanceRefresh", "ReplaceUnhealthy", "HealthCheck"]),
        targets(&[TARGET_GROUP]),
        policies(&["OldestInstance", "Default", function, &format!("{function}:live")]),
        metrics(&["GroupDesiredCapacity", "WarmPoolTotalCapacity"]),
        GroupSettings { capacity_rebalance: Attr::Known(false), ..GroupSettings::default() },
    ] {
        assert_eq!(errors(&with(settings.clone())), [], "{settings:?}");
    }
}

#[test]
fn invalid_settings_are_rejected_at_their_argument() {
    let nlb = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/a/0123456789abcdef";
    for (argument, settings, found) in [
        ("suspended_processes", suspending(&["AzRebalance"]), "AzRebalance"),
        ("suspended_processes", suspending(&["Launch"]), "EKS requires Launch to create, update, scale, and delete"),
        ("suspended_processes", suspending(&["Terminate"]), "EKS requires Terminate"),
        ("target_group_arns", targets(&[nlb]), "loadbalancer/net"),
        ("target_group_arns", targets(&["web"]), "got: \"web\""),
        ("termination_policies", policies(&["Oldest"]), "got: \"Oldest\""),
        ("termination_policies", policies(&["arn:aws:lambda:eu-west-1:111122223333:layer:a"]), "layer:a"),
        ("enabled_metrics", metrics(&["GroupSize"]), "got: \"GroupSize\""),
    ] {
        let found_errors = errors(&with(settings));
        let [(path, message)] = found_errors.as_slice() else { panic!("{argument}: {found_errors:?}") };
        assert_eq!(*path, format!("auto_scaling_group[0].{argument}"));
        assert!(message.contains(found), "{found}: {message}");
    }
}

#[test]
fn capacity_rebalance_requires_spot() {
    let settings = |rebalance| GroupSettings { capacity_rebalance: Attr::Known(rebalance), ..GroupSettings::default() };
    for (capacity_type, rebalance, expected) in
        [("ON_DEMAND", true, 1), ("CAPACITY_BLOCK", true, 1), ("SPOT", true, 0), ("ON_DEMAND", false, 0), ("", true, 0)]
    {
        let config = NodeGroup { capacity_type: capacity_type.into(), ..with(settings(rebalance)) };
        let found = errors(&config);
        assert_eq!(found.len(), expected, "{capacity_type} {rebalance}: {found:?}");
        assert!(found.iter().all(|(path, _)| path == "auto_scaling_group[0].capacity_rebalance"));
    }
}

/// Returns the severity, the path, and the summary of what the plan reports.
fn planned(config: &NodeGroup, prior: Option<&NodeGroup>, planned: &NodeGroup) -> Vec<(Severity, String, String)> {
    let mut plan = Plan::new(config.clone(), prior.cloned(), planned.clone());
    check(&mut plan);
    let path = |path: &Option<framework::path::Path>| path.as_ref().map(ToString::to_string).unwrap_or_default();
    plan.diagnostics.iter().map(|one| (one.severity, path(&one.path), one.summary.clone())).collect()
}

#[test]
fn unset_capacity_type_of_a_new_group_is_on_demand() {
    let config = with(GroupSettings { capacity_rebalance: Attr::Known(true), ..GroupSettings::default() });
    let new = NodeGroup { capacity_type: Attr::Unknown, ..config.clone() };
    let found = planned(&config, None, &new);
    assert!(
        matches!(found.as_slice(), [(Severity::Error, path, _)] if path == "auto_scaling_group[0].capacity_rebalance")
    );
    // The state of a Spot group keeps the capacity type, and an unknown value can become SPOT.
    let spot = NodeGroup { capacity_type: "SPOT".into(), ..config.clone() };
    assert_eq!(planned(&config, Some(&spot), &spot), []);
    let unknown = NodeGroup { capacity_type: Attr::Unknown, ..config };
    assert_eq!(planned(&unknown, None, &new), []);
}

#[test]
fn target_group_of_another_region_is_rejected() {
    let config = with(targets(&[TARGET_GROUP]));
    for (region, expected) in [(Attr::from("eu-west-1"), 0), ("us-east-1".into(), 1), (Attr::Unknown, 0)] {
        let new = NodeGroup { region: region.clone(), ..config.clone() };
        assert_eq!(planned(&config, None, &new).len(), expected, "{region:?}");
    }
}

#[test]
fn protection_is_reported_when_it_is_enabled_and_when_a_size_is_lowered() {
    let settings = GroupSettings { protect_from_scale_in: Attr::Known(true), ..GroupSettings::default() };
    let sized = |size| {
        let mut group = with(settings.clone());
        group.scaling_config.first_mut().expect("sizes").desired_size = Attr::Known(size);
        group
    };
    let paths = |prior: Option<&NodeGroup>, after: &NodeGroup| {
        planned(after, prior, after).into_iter().map(|(severity, path, _)| (severity, path)).collect::<Vec<_>>()
    };
    let enabled = (Severity::Warning, "auto_scaling_group[0].protect_from_scale_in".to_owned());
    for prior in [None, Some(&config())] {
        assert_eq!(paths(prior, &sized(2)), vec![enabled.clone()], "{prior:?}");
    }
    assert_eq!(paths(Some(&sized(2)), &sized(2)), []);
    assert_eq!(paths(Some(&sized(2)), &sized(3)), []);
    let lowered = (Severity::Warning, "scaling_config[0].desired_size".to_owned());
    assert_eq!(paths(Some(&sized(2)), &sized(1)), [lowered]);
}

#[test]
fn suspended_repair_is_reported_once() {
    let repairing = with(suspending(&["HealthCheck", "ReplaceUnhealthy", "AZRebalance"]));
    let found = planned(&repairing, None, &repairing);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(planned(&repairing, Some(&repairing), &repairing), []);
    let other = with(suspending(&["AZRebalance"]));
    assert_eq!(planned(&other, None, &other), []);
}

#[test]
fn unknown_settings_are_not_validated() {
    let unknown = GroupSettings {
        capacity_rebalance: Attr::Unknown,
        enabled_metrics: Attr::Unknown,
        protect_from_scale_in: Attr::Unknown,
        suspended_processes: Attr::Unknown,
        target_group_arns: Set::Unknown,
        termination_policies: List::Unknown,
    };
    let config = NodeGroup { capacity_type: "ON_DEMAND".into(), ..with(unknown) };
    assert_eq!(errors(&config), []);
    assert_eq!(planned(&config, None, &config), []);
    let several = NodeGroup { auto_scaling_group: ListBlock::Unknown, ..fewest_arguments() };
    assert_eq!((errors(&several), planned(&several, None, &several)), (vec![], vec![]));
}
