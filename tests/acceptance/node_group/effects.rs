//! An apply does what its plan showed, whatever an autoscaler or another user does.

use serde_json::json;

use super::{ADDRESS, Group, SCALING, block};
use crate::support::for_each_cli;
use crate::support::plan::Action;

/// The pattern of the published modules: the size is set once, and an autoscaler's from then on.
const MODULE: &str = "scaling_config {\n  desired_size = 1\n  max_size = 10\n  min_size = 1\n}\n\
                      lifecycle {\n  ignore_changes = [scaling_config[0].desired_size]\n}\n";

/// The managed node group module of terraform-aws-eks, with only the resource type renamed.
const PUBLISHED_MODULE: &str = r#"
variable "place" {
  type = object({ cluster_name = string, node_role_arn = string, subnet_ids = list(string), name = string })
}
variable "labels" { default = null }
variable "tags" { default = {} }
variable "taints" { default = {} }
variable "update_config" { default = { max_unavailable_percentage = 33 } }
variable "node_repair_config" { default = null }
variable "remote_access" { default = null }
variable "timeouts" { default = null }

resource "ekscompute_node_group" "this" {
  count = 1

  cluster_name  = var.place.cluster_name
  node_role_arn = var.place.node_role_arn
  subnet_ids    = var.place.subnet_ids

  scaling_config {
    min_size     = 1
    max_size     = 10
    desired_size = 1
  }

  node_group_name        = null
  node_group_name_prefix = "${var.place.name}-"

  ami_type             = "AL2023_x86_64_STANDARD"
  release_version      = null
  capacity_type        = "ON_DEMAND"
  disk_size            = null
  force_update_version = null
  instance_types       = ["m6i.large"]
  labels               = var.labels
  version              = null

  dynamic "remote_access" {
    for_each = var.remote_access != null ? [var.remote_access] : []
    content {
      ec2_ssh_key               = remote_access.value.ec2_ssh_key
      source_security_group_ids = remote_access.value.source_security_group_ids
    }
  }

  dynamic "taint" {
    for_each = var.taints
    content {
      key    = taint.value.key
      value  = taint.value.value
      effect = taint.value.effect
    }
  }

  dynamic "update_config" {
    for_each = var.update_config != null ? [var.update_config] : []
    content {
      max_unavailable_percentage = try(update_config.value.max_unavailable_percentage, null)
      max_unavailable            = try(update_config.value.max_unavailable, null)
    }
  }

  dynamic "node_repair_config" {
    for_each = var.node_repair_config != null ? [var.node_repair_config] : []
    content {
      enabled = node_repair_config.value.enabled
    }
  }

  dynamic "timeouts" {
    for_each = var.timeouts != null ? [var.timeouts] : []
    content {
      create = try(timeouts.value.create, null)
      update = try(timeouts.value.update, null)
      delete = try(timeouts.value.delete, null)
    }
  }

  tags = merge(var.tags, { Name = var.place.name })

  lifecycle {
    create_before_destroy = true
    ignore_changes        = [scaling_config[0].desired_size]
  }
}
"#;

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
            ("labels = { a = \"1\" }\ntags = { a = \"1\" }\nskip_preflight = [\"subnet_outbound_route\"]\n", ""),
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

    fn published_module_leaves_the_size_alone(cli) {
        let mut group = Group::new(cli);
        group.workspace.write("node_group/main.tf", PUBLISHED_MODULE);
        let required = group.workspace.read("versions.tf");
        group.workspace.write("node_group/versions.tf", &required);
        let place = format!(
            "place = {{ cluster_name = \"{}\", node_role_arn = \"{}\", subnet_ids = {}, name = \"{}\" }}\n",
            group.cluster.name,
            group.cluster.made("node_role_arn"),
            group.cluster.subnets(),
            group.name
        );
        let call = |arguments: &str| format!("module \"nodes\" {{\n  source = \"./node_group\"\n{place}{arguments}}}\n");
        group.workspace.write("main.tf", &call(""));
        group.workspace.run(&["get"]).success();
        group.apply();
        group.name = group.cluster.node_groups().pop().expect("a node group");
        group.cluster.drift(&group.name, "set_desired_size", &json!(7));
        for arguments in [
            "tags = { team = \"a\" }\n",
            "labels = { team = \"a\" }\n",
            "taints = { a = { key = \"a\", value = \"b\", effect = \"NO_SCHEDULE\" } }\n",
            "update_config = { max_unavailable = 2 }\n",
            "node_repair_config = { enabled = true }\n",
            "timeouts = { update = \"1h\" }\n",
        ] {
            group.workspace.write("main.tf", &call(arguments));
            group.workspace.plan().assert_actions(&[("module.nodes.ekscompute_node_group.this[0]", Action::Update)]);
            group.apply();
            group.assert_size(7);
        }
    }

    fn drift_after_plan_is_preserved_until_next_plan(cli) {
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
        group.workspace.expect_drift();
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

    fn ignored_size_outside_of_a_new_range_is_a_plan_error(cli) {
        let group = Group::new(cli);
        group.create(MODULE);
        group.cluster.drift(&group.name, "set_desired_size", &json!(7));
        group.configure(&MODULE.replace("max_size = 10", "max_size = 5"));
        let run = group.workspace.run(&["plan", "-json"]);
        assert_eq!(run.only_error().summary, "Desired size is out of range");
        group.assert_size(7);
    }

    fn ignore_changes_preserves_external_values(cli) {
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
        let pool = |limit: &str| format!("{}warm_pool_config {{\n  min_size = 1\n{limit}}}\n", SCALING);
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
        let version = |version: &str| format!("version = \"{version}\"\n{}", SCALING);
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
