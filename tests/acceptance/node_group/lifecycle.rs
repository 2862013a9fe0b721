//! Create, plan again, change, heal, destroy.

use serde_json::json;

use super::{ADDRESS, Group, SCALING, block, members_of};
use crate::support::for_each_cli;
use crate::support::plan::Action;
use crate::support::sandbox::Cluster;

const EVERYTHING: &str = r#"
ami_type       = "AL2023_x86_64_STANDARD"
capacity_type  = "SPOT"
disk_size      = 30
instance_types = ["m5.large", "m5a.large"]
labels         = { team = "a", stage = "test" }
scaling_config {
  desired_size = 2
  max_size     = 4
  min_size     = 1
}
taint {
  key    = "dedicated"
  value  = "batch"
  effect = "NO_SCHEDULE"
}
update_config {
  max_unavailable = 2
}
node_repair_config {
  enabled = true
}
tags = { Environment = "test" }
timeouts {
  create = "30m"
  update = "1h30m"
}
"#;

/// Changes of single arguments, each from the step before, and at last of several at once.
const STEPS: &[(&str, &str)] = &[
    ("fewest arguments", "@scaling"),
    ("labels added", "labels = { a = \"1\", b = \"2\" }\n@scaling"),
    ("labels changed and removed", "labels = { a = \"3\" }\n@scaling"),
    ("taint added", "labels = { a = \"3\" }\ntaint {\n  key = \"a\"\n  effect = \"NO_SCHEDULE\"\n}\n@scaling"),
    (
        "taint's effect changed",
        "labels = { a = \"3\" }\ntaint {\n  key = \"a\"\n  effect = \"NO_EXECUTE\"\n}\n@scaling",
    ),
    ("labels and taints gone", "@scaling"),
    ("scaling", "scaling_config {\n  desired_size = 0\n  max_size = 5\n  min_size = 0\n}\n"),
    (
        "update strategy",
        "@scaling update_config {\n  max_unavailable_percentage = 50\n  update_strategy = \"MINIMAL\"\n}\n",
    ),
    ("unavailable count", "@scaling update_config {\n  max_unavailable = 2\n}\n"),
    ("repair on", "@scaling update_config {\n  max_unavailable = 2\n}\nnode_repair_config {\n  enabled = true\n}\n"),
    (
        "tags",
        "@scaling update_config {\n  max_unavailable = 2\n}\nnode_repair_config {\n  enabled = true\n}\ntags = { a = \"1\" }\n",
    ),
    (
        "everything at once",
        "labels = { z = \"26\" }\ntags = { b = \"2\" }\ntaint {\n  key = \"z\"\n  effect = \"PREFER_NO_SCHEDULE\"\n}\n\
         scaling_config {\n  desired_size = 3\n  max_size = 6\n  min_size = 2\n}\nupdate_config {\n  \
         max_unavailable = 3\n}\nnode_repair_config {\n  enabled = false\n}\n",
    ),
];

for_each_cli! {
    #[everywhere]
    fn create_change_destroy(cli) {
        let group = Group::new(cli);
        group.configure(EVERYTHING);
        group.workspace.validate().success();
        let plan = group.workspace.plan();
        plan.assert_actions(&[(ADDRESS, Action::Create)]);
        assert_eq!(plan.change(ADDRESS)["after_unknown"]["arn"], json!(true));
        group.workspace.apply_plan().success();
        group.workspace.plan().assert_no_changes();

        let attributes = group.attributes();
        let expected = json!({
            "id": group.id(),
            "status": "ACTIVE",
            "capacity_type": "SPOT",
            "disk_size": 30,
            "instance_types": ["m5.large", "m5a.large"],
            "labels": {"team": "a", "stage": "test"},
            "tags": {"Environment": "test"},
            "version": group.cluster.made("version"),
        });
        assert_eq!(members_of(&attributes, &expected), expected);
        assert_eq!(block(&attributes, "scaling_config"), json!({"desired_size": 2, "max_size": 4, "min_size": 1}));
        assert_eq!(
            block(&attributes, "taint"),
            json!({"key": "dedicated", "value": "batch", "effect": "NO_SCHEDULE"})
        );
        assert_eq!(
            block(&attributes, "resources")["autoscaling_groups"][0]["name"].as_str(),
            group.auto_scaling_groups().first().map(|name| format!("eks-{}-{name}", group.name)).as_deref()
        );

        group.configure(&EVERYTHING.replace("team = \"a\"", "team = \"b\"").replace("max_size     = 4", "max_size = 7"));
        group.assert_plan(Action::Update);
        group.apply();

        group.workspace.destroy().success();
        group.assert_gone();
    }

    fn every_argument_that_can_change_changes_in_place(cli) {
        let group = Group::new(cli);
        for (number, (what, arguments)) in STEPS.iter().enumerate() {
            group.configure(&arguments.replace("@scaling", SCALING));
            let run = group.workspace.apply().success();
            let planned = run.events("planned_change");
            let actions: Vec<_> = planned.iter().map(|event| event["change"]["action"].clone()).collect();
            assert_eq!(actions, [if number == 0 { json!("create") } else { json!("update") }], "{what}: {run}");
            let next = group.workspace.try_plan(&[]);
            assert_eq!(next.code, Some(0), "{what}: {next}");
        }
        assert_eq!(group.cluster.count("eks:CreateNodegroup"), 1);
        assert_eq!(group.cluster.count("eks:DeleteNodegroup"), 0);
    }

    fn a_newer_kubernetes_version_is_an_update(cli) {
        let group = Group::of(cli, Cluster::seeded(json!({"version": "1.32"})));
        group.create(&format!("version = \"1.32\"\n{SCALING}"));
        group.cluster.upgrade("1.33");
        group.workspace.plan().assert_no_changes();
        group.configure(&format!("version = \"1.33\"\nforce_update_version = true\nlabels = {{ a = \"1\" }}\n{SCALING}"));
        group.assert_plan(Action::Update);
        group.apply();
        assert_eq!(group.attributes()["version"], json!("1.33"));
        assert_eq!(group.cluster.count("eks:UpdateNodegroupVersion"), 1);
        assert_eq!(group.cluster.count("eks:UpdateNodegroupConfig"), 1);
    }

    fn a_newer_release_waits_for_the_latest_policy(cli) {
        let group = Group::of(cli, Cluster::alone(json!({"version": "1.33"})));
        group.create(SCALING);
        group.cluster.publish("1.33", "AL2023_x86_64_STANDARD", "1.33.9-20261101");
        group.workspace.plan().assert_no_changes();
        group.configure(&format!("ami_update_policy = \"latest\"\n{SCALING}"));
        let plan = group.workspace.plan();
        plan.assert_actions(&[(ADDRESS, Action::Update)]);
        assert_eq!(plan.change(ADDRESS)["after"]["release_version"], json!("1.33.9-20261101"));
        group.apply();
        assert_eq!(group.attributes()["release_version"], json!("1.33.9-20261101"));
    }

    fn drift_is_shown_and_healed(cli) {
        let group = Group::new(cli);
        group.create(EVERYTHING);
        group.cluster.drift(&group.name, "set_labels", &json!({"team": "c", "foreign": "1"}));
        group.cluster.drift(&group.name, "set_tags", &json!({"Environment": "prod"}));
        group.cluster.drift(&group.name, "set_taints", &json!([]));
        group.cluster.drift(&group.name, "set_scaling", &json!({"maxSize": 9}));
        let plan = group.workspace.plan();
        plan.assert_actions(&[(ADDRESS, Action::Update)]);
        assert_eq!(plan.change(ADDRESS)["before"]["labels"], json!({"team": "c", "foreign": "1"}));
        group.workspace.refresh().success();
        assert_eq!(group.attributes()["labels"], json!({"team": "c", "foreign": "1"}));
        group.apply();
        assert_eq!(group.attributes()["labels"], json!({"team": "a", "stage": "test"}));
    }

    fn externally_deleted_group_is_recreated(cli) {
        let group = Group::new(cli);
        group.create(SCALING);
        group.cluster.drift(&group.name, "delete", &json!(null));
        group.assert_plan(Action::Create);
        group.apply();
        group.assert_exists_once();
        group.cluster.drift(&group.name, "delete", &json!(null));
        group.workspace.destroy().success();
    }

    fn unset_desired_size_preserves_autoscaler_changes(cli) {
        let group = Group::new(cli);
        group.create("scaling_config {\n  max_size = 5\n  min_size = 1\n}\n");
        group.cluster.drift(&group.name, "set_desired_size", &json!(4));
        group.workspace.plan().assert_no_changes();
        group.configure("labels = { a = \"1\" }\nscaling_config {\n  max_size = 6\n  min_size = 1\n}\n");
        group.assert_plan(Action::Update);
        group.apply();
        assert_eq!(block(&group.attributes(), "scaling_config")["desired_size"], json!(4));
        // With the size configured the same drift is a change.
        group.create("scaling_config {\n  desired_size = 2\n  max_size = 6\n  min_size = 1\n}\n");
        group.cluster.drift(&group.name, "set_desired_size", &json!(4));
        group.assert_plan(Action::Update);
    }

    fn launch_template_versions_move_in_place_and_latest_rests(cli) {
        let group = Group::new(cli);
        let name = format!("template-{}", group.name);
        let data = |size: u32| {
            format!("LaunchTemplateData.BlockDeviceMapping.1.DeviceName=%2Fdev%2Fxvda&\
                     LaunchTemplateData.BlockDeviceMapping.1.Ebs.VolumeSize={size}")
        };
        group.cluster.ec2("CreateLaunchTemplate", &format!("LaunchTemplateName={name}&{}", data(30)));
        let template = |version: &str| {
            format!("launch_template {{\n  name = \"{name}\"\n  version = \"{version}\"\n}}\n{SCALING}")
        };
        group.create(&template("1"));
        group.cluster.ec2("CreateLaunchTemplateVersion", &format!("LaunchTemplateName={name}&{}", data(40)));
        group.workspace.plan().assert_no_changes();
        group.configure(&template("2"));
        group.assert_plan(Action::Update);
        group.apply();
        group.create(&template("$Latest"));
        group.create(&template("$Default"));
        assert_eq!(group.cluster.count("eks:CreateNodegroup"), 1);
    }

    fn auto_scaling_group_tags_are_set_and_healed(cli) {
        let group = Group::new(cli);
        let tags = |value: &str| format!("auto_scaling_group_tags = {{ a = \"{value}\", b = \"2\" }}\n{SCALING}");
        group.create(&tags("1"));
        group.cluster.drift(&group.name, "remove_asg_tags", &json!(["a"]));
        group.assert_plan(Action::Update);
        group.apply();
        group.configure(&tags("3"));
        group.assert_plan(Action::Update);
        group.apply();
        group.create(SCALING);
    }
}
