//! An apply does what its plan showed, whatever an autoscaler or another user does.

use serde_json::json;

use super::{ADDRESS, Group, block};
use crate::support::for_each_cli;
use crate::support::plan::Action;

/// The pattern of the published modules: the size is set once, and an autoscaler's from then on.
const MODULE: &str = "scaling_config {\n  desired_size = 1\n  max_size = 10\n  min_size = 1\n}\n\
                      lifecycle {\n  ignore_changes = [scaling_config[0].desired_size]\n}\n";

impl Group {
    fn live(&self) -> serde_json::Value {
        let path = format!("/clusters/{}/node-groups/{}", self.cluster.name, self.name);
        self.cluster.eks("GET", &path, &json!({}))["nodegroup"].clone()
    }

    #[track_caller]
    fn assert_size(&self, size: u32) {
        assert_eq!(self.live()["scalingConfig"]["desiredSize"], json!(size));
    }
}

for_each_cli! {
    fn ignored_size_survives_every_other_change(cli) {
        let group = Group::new(cli);
        group.create(MODULE);
        group.cluster.drift(&group.name, "set_desired_size", &json!(7));
        for (arguments, calls) in [
            ("labels = { a = \"1\" }\n", "eks:UpdateNodegroupConfig"),
            ("labels = { a = \"1\" }\ntags = { a = \"1\" }\n", "eks:TagResource"),
            ("labels = { a = \"1\" }\ntags = { a = \"1\" }\ntimeouts {\n  update = \"1h\"\n}\n", ""),
            ("labels = { a = \"1\" }\ntags = { a = \"1\" }\nskip_preflight = [\"subnet_way_out\"]\n", ""),
        ] {
            let before = group.cluster.calls().len();
            group.configure(&format!("{arguments}{MODULE}"));
            group.assert_plan(Action::Update);
            group.apply();
            group.assert_size(7);
            let is_change = |call: &&String| call.contains(":Update") || call.contains(":Tag") || call.contains(":Untag");
            let made: Vec<_> = group.cluster.calls()[before..].iter().filter(is_change).cloned().collect();
            assert_eq!(made.join(" "), calls, "{arguments}");
        }
        // The range may change around the size.
        group.configure(&MODULE.replace("max_size = 10", "max_size = 20"));
        group.assert_plan(Action::Update);
        group.apply();
        group.assert_size(7);
    }

    fn changes_after_the_plan_are_left_alone(cli) {
        let group = Group::new(cli);
        let arguments = |label: &str| {
            format!(
                "labels = {{ a = \"{label}\" }}\ntags = {{ a = \"{label}\" }}\nauto_scaling_group_tags = {{ a = \"{label}\" }}\n\
                 scaling_config {{\n  desired_size = 2\n  max_size = 10\n  min_size = 1\n}}\n"
            )
        };
        group.create(&arguments("1"));
        group.configure(&arguments("2"));
        group.assert_plan(Action::Update);
        group.cluster.drift(&group.name, "set_desired_size", &json!(7));
        group.cluster.drift(&group.name, "set_labels", &json!({"a": "1", "foreign": "1"}));
        group.cluster.drift(&group.name, "set_taints", &json!([{"key": "foreign", "effect": "NO_EXECUTE"}]));
        group.cluster.drift(&group.name, "set_tags", &json!({"a": "1", "foreign": "1"}));
        group.cluster.drift(&group.name, "set_asg_tags", &json!({"foreign": "1"}));
        group.workspace.apply_plan().success();
        let live = group.live();
        assert_eq!(live["labels"], json!({"a": "2", "foreign": "1"}));
        assert_eq!(live["tags"], json!({"a": "2", "foreign": "1"}));
        assert_eq!(live["taints"].as_array().map(Vec::len), Some(1));
        group.assert_size(7);
        // The next plan shows all of it, and its apply sets it back.
        let plan = group.workspace.plan();
        plan.assert_actions(&[(ADDRESS, Action::Update)]);
        let before = plan.change(ADDRESS)["before"].clone();
        assert_eq!(before["labels"], json!({"a": "2", "foreign": "1"}));
        assert_eq!(before["tags"], json!({"a": "2", "foreign": "1"}));
        assert_eq!(block(&before, "scaling_config")["desired_size"], json!(7));
        group.apply();
        group.assert_size(2);
        assert_eq!(group.live()["labels"], json!({"a": "2"}));
    }

    fn size_outside_of_a_new_range_is_moved_with_a_warning(cli) {
        let group = Group::new(cli);
        group.create(MODULE);
        group.cluster.drift(&group.name, "set_desired_size", &json!(7));
        group.configure(&MODULE.replace("max_size = 10", "max_size = 5"));
        let plan = group.workspace.plan();
        plan.assert_actions(&[(ADDRESS, Action::Update)]);
        assert!(plan.warnings().iter().any(|warning| warning.summary.contains("The desired size will be changed")));
        group.workspace.apply_plan().success();
        group.assert_size(5);
        group.workspace.plan().assert_no_changes();
    }

    fn ignored_arguments_keep_what_others_set(cli) {
        let group = Group::new(cli);
        let arguments = |version: &str| {
            format!(
                "labels = {{ a = \"1\" }}\ntags = {{ a = \"1\" }}\nforce_update_version = {version}\n\
                 scaling_config {{\n  desired_size = 1\n  max_size = 10\n  min_size = 1\n}}\n\
                 lifecycle {{\n  ignore_changes = [labels, taint, tags, tags_all, scaling_config]\n}}\n"
            )
        };
        group.create(&arguments("false"));
        group.cluster.drift(&group.name, "set_labels", &json!({"foreign": "1"}));
        group.cluster.drift(&group.name, "set_tags", &json!({"foreign": "1"}));
        group.cluster.drift(&group.name, "set_taints", &json!([{"key": "foreign", "effect": "NO_EXECUTE"}]));
        group.cluster.drift(&group.name, "set_scaling", &json!({"maxSize": 8, "desiredSize": 7}));
        group.workspace.plan().assert_no_changes();
        let live = group.live();
        group.configure(&arguments("true"));
        group.assert_plan(Action::Update);
        group.apply();
        for name in ["labels", "tags", "taints", "scalingConfig", "modifiedAt"] {
            assert_eq!(group.live()[name], live[name], "{name}");
        }
    }

    fn warm_pool_limit_can_be_removed(cli) {
        let group = Group::new(cli);
        let pool = |limit: &str| format!("{}warm_pool_config {{\n  min_size = 1\n{limit}}}\n", super::SCALING);
        let limit = |group: &Group| group.live()["warmPoolConfig"].get("maxGroupPreparedCapacity").cloned();
        group.create(&pool("  max_group_prepared_capacity = 3\n"));
        assert_eq!(limit(&group), Some(json!(3)));
        group.configure(&pool(""));
        group.assert_plan(Action::Update);
        group.apply();
        assert_eq!(limit(&group), None);
        group.create(&pool("  max_group_prepared_capacity = 3\n"));
        group.create(&pool("  max_group_prepared_capacity = -1\n"));
        assert_eq!(limit(&group), None);
        assert_eq!(block(&group.attributes(), "warm_pool_config")["max_group_prepared_capacity"], json!(-1));
    }

    fn rollback_and_older_releases_are_updates(cli) {
        let group = Group::of(cli, crate::support::sandbox::Cluster::seeded(json!({"version": "1.34"})));
        let version = |version: &str| format!("version = \"{version}\"\n{}", super::SCALING);
        group.create(&version("1.34"));
        group.configure(&format!("release_version = \"1.34.1-20250904\"\n{}", version("1.34")));
        group.assert_plan(Action::Update);
        group.apply();
        assert_eq!(group.live()["releaseVersion"], json!("1.34.1-20250904"));
        group.configure(&version("1.33"));
        let plan = group.workspace.plan();
        plan.assert_actions(&[(ADDRESS, Action::Update)]);
        assert!(plan.warnings().iter().any(|warning| warning.summary.contains("rolled back")));
        group.workspace.apply_plan().success();
        assert_eq!(group.live()["version"], json!("1.33"));
        group.cluster.upgrade("1.33");
        group.workspace.plan().assert_no_changes();
    }
}
