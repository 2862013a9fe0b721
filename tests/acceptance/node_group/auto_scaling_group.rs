//! The block `auto_scaling_group`: set, healed, restored, and suspended for a rolling update.

use serde_json::{Value, json};

use super::{ADDRESS, Group, SCALING, block};
use crate::support::for_each_cli;
use crate::support::plan::Action;
use crate::support::sandbox::Cluster;

const REBALANCE: &str = "auto_scaling_group {\n  suspended_processes = [\"AZRebalance\"]\n}\n";

/// The calls that change settings of an Auto Scaling group.
const WRITES: &[&str] = &[
    "AttachTrafficSources",
    "DetachTrafficSources",
    "DisableMetricsCollection",
    "EnableMetricsCollection",
    "ResumeProcesses",
    "SetInstanceProtection",
    "SuspendProcesses",
    "UpdateAutoScalingGroup",
];

impl Group {
    fn scaling_group_name(&self) -> String {
        let attributes = self.attributes();
        let name = block(&attributes, "resources")["autoscaling_groups"][0]["name"].as_str().map(str::to_owned);
        name.expect("the name of the Auto Scaling group")
    }

    /// Makes an Auto Scaling call for the group, as somebody else would.
    fn scaling_call(&self, action: &str, form: &str) -> String {
        self.cluster.autoscaling(action, &format!("AutoScalingGroupName={}&{form}", self.scaling_group_name()))
    }

    /// The elements of a list in the description of the Auto Scaling group.
    fn scaling_list(&self, list: &str, element: &str) -> Vec<String> {
        let form = format!("AutoScalingGroupNames.member.1={}", self.scaling_group_name());
        let answer = self.cluster.autoscaling("DescribeAutoScalingGroups", &form);
        let inside =
            answer.split(&format!("<{list}>")).nth(1).and_then(|rest| rest.split(&format!("</{list}>")).next());
        let start = format!("<{element}>");
        let parts = inside.unwrap_or_default().split(&start).skip(1);
        let mut elements: Vec<_> = parts.filter_map(|part| part.split('<').next()).map(str::to_owned).collect();
        elements.sort();
        elements
    }

    fn suspended(&self) -> Vec<String> {
        self.scaling_list("SuspendedProcesses", "ProcessName")
    }

    fn drift_settings(&self, settings: &Value) {
        self.cluster.drift(&self.name, "set_asg_settings", settings);
    }

    /// The changes of settings that were made, in order, since a number of calls.
    fn setting_writes(&self, since: usize) -> Vec<String> {
        let calls = self.cluster.calls().into_iter().skip(since);
        let operations = calls.filter_map(|call| call.strip_prefix("autoscaling:").map(str::to_owned));
        operations.filter(|operation| WRITES.contains(&operation.as_str())).collect()
    }
}

for_each_cli! {
    fn suspended_process_is_set_healed_and_restored(cli) {
        let group = Group::new(cli);
        group.create(&format!("{REBALANCE}{SCALING}"));
        assert_eq!(group.suspended(), ["AZRebalance"]);
        // Another process of another owner is not drift.
        group.scaling_call("SuspendProcesses", "ScalingProcesses.member.1=ScheduledActions");
        group.workspace.plan().assert_no_changes();

        group.scaling_call("ResumeProcesses", "ScalingProcesses.member.1=AZRebalance");
        let plan = group.workspace.plan();
        plan.assert_actions(&[(ADDRESS, Action::Update)]);
        let change = plan.change(ADDRESS);
        assert_eq!(block(&change["before"], "auto_scaling_group")["suspended_processes"], json!(null));
        assert_eq!(block(&change["after"], "auto_scaling_group")["suspended_processes"], json!(["AZRebalance"]));
        // Nothing else becomes unknown.
        assert!(change["after_unknown"].as_object().is_some_and(|unknown| !unknown.values().any(|one| *one == json!(true))));
        group.apply();
        assert_eq!(group.suspended(), ["AZRebalance", "ScheduledActions"]);

        group.configure(SCALING);
        group.assert_plan(Action::Update);
        group.apply();
        assert_eq!(group.suspended(), ["ScheduledActions"]);
    }

    fn every_setting_is_set_and_restored(cli) {
        let group = Group::new(cli);
        let target = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef";
        let settings = format!(
            "capacity_type = \"SPOT\"\nauto_scaling_group {{\n  suspended_processes = [\"AZRebalance\", \"AlarmNotification\"]\n  \
             target_group_arns = [\"{target}\"]\n  protect_from_scale_in = true\n  capacity_rebalance = false\n  \
             termination_policies = [\"NewestInstance\", \"Default\"]\n  \
             enabled_metrics = [\"GroupDesiredCapacity\", \"GroupTotalInstances\"]\n}}\n{SCALING}"
        );
        let described = |group: &Group| {
            let form = format!("AutoScalingGroupNames.member.1={}", group.scaling_group_name());
            let answer = group.cluster.autoscaling("DescribeAutoScalingGroups", &form);
            let flag = |name: &str| answer.contains(&format!("<{name}>true</{name}>"));
            (flag("NewInstancesProtectedFromScaleIn"), flag("CapacityRebalance"))
        };
        group.create(&settings);
        assert_eq!(described(&group), (true, false));
        assert_eq!(group.suspended(), ["AZRebalance", "AlarmNotification"]);
        assert_eq!(group.scaling_list("EnabledMetrics", "Metric"), ["GroupDesiredCapacity", "GroupTotalInstances"]);
        assert_eq!(group.scaling_list("TargetGroupARNs", "member"), [target]);
        assert_eq!(group.scaling_list("TerminationPolicies", "member"), ["Default", "NewestInstance"]);

        group.drift_settings(&json!({
            "NewInstancesProtectedFromScaleIn": false, "TerminationPolicies": ["OldestInstance"], "TargetGroupARNs": [],
        }));
        let plan = group.workspace.plan();
        plan.assert_actions(&[(ADDRESS, Action::Update)]);
        let before = block(&plan.change(ADDRESS)["before"], "auto_scaling_group");
        assert_eq!((&before["protect_from_scale_in"], &before["target_group_arns"]), (&json!(false), &json!(null)));
        assert_eq!(before["termination_policies"], json!(["OldestInstance"]));
        group.apply();
        assert_eq!(described(&group), (true, false));

        group.create(&format!("capacity_type = \"SPOT\"\n{SCALING}"));
        assert_eq!(described(&group), (false, true));
        assert_eq!(group.suspended(), Vec::<String>::new());
        assert_eq!(group.scaling_list("EnabledMetrics", "Metric"), Vec::<String>::new());
        assert_eq!(group.scaling_list("TargetGroupARNs", "member"), Vec::<String>::new());
        assert_eq!(
            group.scaling_list("TerminationPolicies", "member"),
            ["Default", "OldestInstance", "OldestLaunchTemplate"]
        );
        assert_eq!(group.cluster.count("eks:CreateNodegroup"), 1);
    }

    fn rolling_update_resumes_rebalancing_and_suspends_it_again(cli) {
        let group = Group::of(cli, Cluster::seeded(json!({"version": "1.32"})));
        group.create(&format!("version = \"1.32\"\n{REBALANCE}{SCALING}"));
        group.cluster.upgrade("1.33");
        group.configure(&format!("version = \"1.33\"\n{REBALANCE}{SCALING}"));
        let since = group.cluster.calls().len();
        group.apply();
        let relevant = |call: &String| {
            ["autoscaling:ResumeProcesses", "eks:UpdateNodegroupVersion", "autoscaling:SuspendProcesses"]
                .contains(&call.as_str())
        };
        let order: Vec<_> = group.cluster.calls().into_iter().skip(since).filter(relevant).collect();
        let expected = ["autoscaling:ResumeProcesses", "eks:UpdateNodegroupVersion", "autoscaling:SuspendProcesses"];
        assert_eq!(order, expected);
        assert_eq!(group.suspended(), ["AZRebalance"]);
    }

    fn failed_rolling_update_suspends_rebalancing_again(cli) {
        let group = Group::of(cli, Cluster::seeded(json!({"version": "1.32"})));
        group.create(&format!("version = \"1.32\"\n{REBALANCE}{SCALING}"));
        group.cluster.upgrade("1.33");
        group.configure(&format!("version = \"1.33\"\n{REBALANCE}{SCALING}"));
        let errors = json!([{"errorCode": "PodEvictionFailure", "errorMessage": "stuck", "resourceIds": ["i-1"]}]);
        let failing = json!({"kind": "transition_fail", "transition": "nodegroup_version_update", "errors": errors});
        group.cluster.fault(failing);
        let run = group.workspace.apply();
        assert!(!run.succeeded() && run.only_error().detail.contains("PodEvictionFailure"), "{run}");
        assert_eq!(group.suspended(), ["AZRebalance"]);
    }

    fn settings_that_are_denied_to_a_plan_keep_their_stored_values(cli) {
        let group = Group::new(cli);
        group.create(&format!("{REBALANCE}{SCALING}"));
        group.cluster.fault(json!({
            "kind": "error", "operation": "DescribeAutoScalingGroups", "code": "AccessDenied", "status": 403,
            "message": "not authorized",
        }));
        let plan = group.workspace.plan();
        plan.assert_no_changes();
        let warnings = plan.warnings();
        let action = "\"Action\": \"autoscaling:DescribeAutoScalingGroups\"";
        assert_eq!(warnings.iter().filter(|one| one.detail.contains(action)).count(), 1, "{warnings:?}");
        group.cluster.remove_faults();
    }

    fn group_without_the_block_is_not_read(cli) {
        let group = Group::new(cli);
        group.create(SCALING);
        assert_eq!(group.cluster.count("autoscaling:DescribeAutoScalingGroups"), 0);
        assert_eq!(group.setting_writes(0), Vec::<String>::new());
        // A block without arguments is equivalent.
        group.create(&format!("auto_scaling_group {{}}\n{SCALING}"));
        assert_eq!(group.cluster.count("autoscaling:DescribeAutoScalingGroups"), 0);
    }

    fn replacement_gets_the_settings(cli) {
        let group = Group::new(cli);
        group.create(&format!("disk_size = 20\n{REBALANCE}{SCALING}"));
        let first = group.scaling_group_name();
        group.create(&format!("disk_size = 30\n{REBALANCE}{SCALING}"));
        assert_ne!(group.scaling_group_name(), first);
        assert_eq!(group.suspended(), ["AZRebalance"]);
        group.create(&format!("disk_size = 30\n{SCALING}"));
        assert_eq!(group.suspended(), Vec::<String>::new());
    }

    fn rejected_settings_name_their_argument(cli) {
        let group = Group::new(cli);
        for (argument, value, words) in [
            ("suspended_processes", "[\"Launch\"]", "EKS requires Launch"),
            ("enabled_metrics", "[\"Everything\"]", "GroupMinSize"),
            ("target_group_arns", "[\"web\"]", "target group"),
            ("termination_policies", "[\"Random\"]", "OldestInstance"),
            ("capacity_rebalance", "true", "SPOT"),
        ] {
            group.configure(&format!("auto_scaling_group {{\n  {argument} = {value}\n}}\n{SCALING}"));
            let run = group.workspace.run(&["plan", "-json"]);
            let error = run.only_error();
            assert!(error.summary.contains(argument) && error.detail.contains(words), "{error:?}");
        }
    }
}
