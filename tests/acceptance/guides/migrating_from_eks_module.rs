//! The guide from `terraform-aws-modules/eks`. A local module with the same addresses takes the place of the module,
//! and `terraform_data` the place of the AWS resources that move with the node group.

use serde_json::{Value, json};

use super::{Guide, top_level};
use crate::support::cli::Cli;
use crate::support::plan::Action;
use crate::support::sandbox::{Cluster, tag};
use crate::support::workspace::Workspace;

const GROUP: &str = "ekscompute_node_group.workers";
const PROFILE: &str = "ekscompute_fargate_profile.batch";
/// The name of the node group in the guide, with a suffix that the AWS provider generated.
const NAME: &str = "workers-20260101000000000000000001";
const IN_MODULE: &str = "module.eks.module.eks_managed_node_group[\"workers\"]";

/// The objects of a node group in the module. The other group shows that objects without a `moved` block stay.
const GROUP_MODULE: &str = r#"
variable "settings" {}

resource "terraform_data" "role" {
  count = 1
  input = var.settings.role
}

resource "terraform_data" "policies" {
  for_each = toset(var.settings.policies)
  input    = each.key
}

resource "terraform_data" "template" {
  count = var.settings.template == null ? 0 : 1
  input = var.settings.template
}
"#;

const MODULE: &str = r#"
variable "name" {}
variable "cluster_version" {}
variable "eks_managed_node_groups" {}
variable "fargate_profiles" {}

module "eks_managed_node_group" {
  source   = "./group"
  for_each = var.eks_managed_node_groups
  settings = each.value
}

module "fargate_profile" {
  source   = "./group"
  for_each = var.fargate_profiles
  settings = each.value
}

output "cluster_name" {
  value = var.name
}

output "cluster_version" {
  value = var.cluster_version
}
"#;

/// A node group and a Fargate profile that the module created.
struct Migration {
    guide: Guide,
    cluster: Cluster,
    workspace: Workspace,
    template: String,
}

impl Migration {
    fn new() -> Self {
        let cluster = Cluster::seeded(json!({"fargate_profiles": ["batch"]}));
        let template = make_launch_template(&cluster, "workers");
        let settings = json!({
            "instanceTypes": ["m6i.large"],
            "amiType": "AL2023_x86_64_STANDARD",
            "launchTemplate": {"id": template, "version": "1"},
            "updateConfig": {"maxUnavailablePercentage": 33},
            "tags": {"Name": "workers"},
        });
        make_node_group(&cluster, NAME, settings);
        let workspace = cluster.workspace(Cli::OnPath);
        workspace.also_provide("hashicorp/aws", "terraform-provider-aws");
        workspace.write("eks/main.tf", MODULE);
        workspace.write("eks/group/main.tf", GROUP_MODULE);
        Self { guide: Guide::read("migrating-from-eks-module"), cluster, workspace, template }
    }

    /// The call of the module with these node groups and profiles, and a group that stays.
    fn module(&self, groups: &str, profiles: &str) -> String {
        format!(
            "module \"eks\" {{\n  source = \"./eks\"\n  name = \"{}\"\n  cluster_version = \"{}\"\n  \
             eks_managed_node_groups = {{ stays = {}, {groups} }}\n  fargate_profiles = {{ {profiles} }}\n}}\n",
            self.cluster.name,
            self.cluster.made("version"),
            settings("stays", &["AmazonEKSWorkerNodePolicy"], "null"),
        )
    }

    fn group_settings(&self) -> String {
        let policies = ["AmazonEC2ContainerRegistryReadOnly", "AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy"];
        settings(self.cluster.made("node_role_arn"), &policies, &self.template_input())
    }

    fn profile_settings(&self) -> String {
        let policies = ["AmazonEKSFargatePodExecutionRolePolicy", "AmazonEKS_CNI_Policy"];
        settings(self.cluster.made("fargate_role_arn"), &policies, "null")
    }

    fn template_input(&self) -> String {
        format!("{{ id = \"{}\", version = \"1\" }}", self.template)
    }

    /// The module before the migration.
    fn before(&self) -> String {
        let (group, profile) = (self.group_settings(), self.profile_settings());
        self.module(&format!("workers = {group}"), &format!("batch = {profile}"))
    }

    /// The stand-ins of the AWS resources of step 3.
    fn stand_ins(&self) -> String {
        let resource = |name: &str, input: &str| format!("resource \"terraform_data\" \"{name}\" {{\n  {input}\n}}\n");
        let policies = |owner: &str, names: &[&str]| {
            resource(&format!("policies_{owner}"), &format!("for_each = toset({names:?})\n  input = each.key"))
        };
        let workers = ["AmazonEC2ContainerRegistryReadOnly", "AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy"];
        [
            resource("role_workers", &format!("input = \"{}\"", self.cluster.made("node_role_arn"))),
            resource("role_batch", &format!("input = \"{}\"", self.cluster.made("fargate_role_arn"))),
            policies("workers", &workers),
            policies("batch", &["AmazonEKSFargatePodExecutionRolePolicy", "AmazonEKS_CNI_Policy"]),
            resource("template_workers", &format!("input = {}", self.template_input())),
        ]
        .concat()
    }

    /// HCL of the guide for this cluster and with the stand-ins.
    fn adapt(&self, text: &str) -> String {
        text.replace("[\"subnet-0123456789abcdef0\", \"subnet-0123456789abcdef1\"]", &self.cluster.subnets())
            .replace("my-cluster", &self.cluster.name)
            .replace("aws_iam_role.workers.arn", "terraform_data.role_workers.output")
            .replace("aws_iam_role.batch.arn", "terraform_data.role_batch.output")
            .replace("aws_launch_template.workers.id", "terraform_data.template_workers.output.id")
            .replace("aws_launch_template.workers.default_version", "terraform_data.template_workers.output.version")
            .replace("aws_iam_role_policy_attachment.this", "terraform_data.policies")
            .replace("aws_iam_role_policy_attachment.", "terraform_data.policies_")
            .replace("aws_iam_role.this[0]", "terraform_data.role[0]")
            .replace("aws_iam_role.", "terraform_data.role_")
            .replace("aws_launch_template.this[0]", "terraform_data.template[0]")
            .replace("aws_launch_template.", "terraform_data.template_")
    }

    /// Steps 3 and 4 of the guide.
    fn steps(&self) -> String {
        let moved = top_level(&self.guide.terraform("Step 3"), "moved");
        format!("{}{}{}", self.stand_ins(), self.adapt(&moved), self.adapt(&self.guide.terraform("Step 4")))
    }

    /// Applies the module, and adds the objects of the AWS provider to the state.
    fn apply_module(&self) {
        self.workspace.write("main.tf", &self.before());
        self.workspace.run(&["get"]).success();
        self.workspace.apply().success();
        let state = self.workspace.read("terraform.tfstate");
        let mut state: Value = serde_json::from_str(&state).expect("a state is JSON");
        let resources = state["resources"].as_array_mut().expect("a state has resources");
        resources.push(in_module(IN_MODULE, "aws_eks_node_group", &self.group_of_aws()));
        let profile = self.profile_of_aws();
        resources.push(in_module("module.eks.module.fargate_profile[\"batch\"]", "aws_eks_fargate_profile", &profile));
        self.workspace.write("terraform.tfstate", &state.to_string());
    }

    /// The attributes of the node group as the AWS provider stores them.
    fn group_of_aws(&self) -> Value {
        let path = format!("/clusters/{}/node-groups/{NAME}", self.cluster.name);
        let live = &self.cluster.eks("GET", &path, &json!({}))["nodegroup"];
        json!({
            "ami_type": live["amiType"],
            "arn": live["nodegroupArn"],
            "capacity_type": live["capacityType"],
            "cluster_name": self.cluster.name,
            "disk_size": 0,
            "force_update_version": null,
            "id": format!("{}:{NAME}", self.cluster.name),
            "instance_types": live["instanceTypes"],
            "labels": {},
            "launch_template": [{"id": self.template, "name": live["launchTemplate"]["name"], "version": "1"}],
            "node_group_name": NAME,
            "node_group_name_prefix": "workers-",
            "node_repair_config": [],
            "node_role_arn": live["nodeRole"],
            "region": self.cluster.made("region"),
            "release_version": live["releaseVersion"],
            "remote_access": [],
            "resources": [{
                "autoscaling_groups": live["resources"]["autoScalingGroups"],
                "remote_access_security_group_id": "",
            }],
            "scaling_config": [{"desired_size": 2, "max_size": 3, "min_size": 1}],
            "status": "ACTIVE",
            "subnet_ids": live["subnets"],
            "tags": {"Name": "workers"},
            "tags_all": {"Name": "workers"},
            "taint": [],
            "timeouts": null,
            "update_config": [{"max_unavailable": 0, "max_unavailable_percentage": 33, "update_strategy": "DEFAULT"}],
            "version": live["version"],
            "warm_pool_config": [],
        })
    }

    fn profile_of_aws(&self) -> Value {
        let path = format!("/clusters/{}/fargate-profiles/batch", self.cluster.name);
        let live = &self.cluster.eks("GET", &path, &json!({}))["fargateProfile"];
        json!({
            "arn": live["fargateProfileArn"],
            "cluster_name": self.cluster.name,
            "fargate_profile_name": "batch",
            "id": format!("{}:batch", self.cluster.name),
            "pod_execution_role_arn": live["podExecutionRoleArn"],
            "region": self.cluster.made("region"),
            "selector": [{"labels": {}, "namespace": "batch"}],
            "status": "ACTIVE",
            "subnet_ids": live["subnets"],
            "tags": {},
            "tags_all": {},
            "timeouts": null,
        })
    }

    /// The node group and the profile exist, and no call has changed them.
    #[track_caller]
    fn assert_untouched(&self) {
        assert_eq!(self.cluster.node_groups(), [NAME]);
        assert_eq!(self.cluster.fargate_profiles(), ["batch"]);
        let is_change = |call: &String| {
            ["Create", "Update", "Delete", "Tag", "Untag"].iter().any(|verb| call.contains(&format!(":{verb}")))
        };
        let changes: Vec<_> = self.cluster.calls().into_iter().filter(is_change).collect();
        // The calls of the test itself.
        assert_eq!(changes, ["ec2:CreateLaunchTemplate", "eks:CreateNodegroup"]);
    }
}

/// The settings of a group in the local module.
fn settings(role: &str, policies: &[&str], template: &str) -> String {
    format!("{{ role = \"{role}\", policies = {policies:?}, template = {template} }}")
}

/// A resource of the AWS provider in a module, as a state contains it.
fn in_module(module: &str, kind: &str, attributes: &Value) -> Value {
    json!({
        "module": module,
        "mode": "managed",
        "type": kind,
        "name": "this",
        "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
        "instances": [
            {"index_key": 0, "schema_version": 0, "attributes": attributes, "sensitive_attributes": []},
        ],
    })
}

/// Creates a launch template as another tool would, and returns its ID.
pub(super) fn make_launch_template(cluster: &Cluster, name: &str) -> String {
    let data = "LaunchTemplateData.MetadataOptions.HttpTokens=required";
    let answer = cluster.ec2("CreateLaunchTemplate", &format!("LaunchTemplateName={}-{name}&{data}", cluster.name));
    tag(&answer, "launchTemplateId")
}

/// Creates a node group as another tool would, and waits for it.
pub(super) fn make_node_group(cluster: &Cluster, name: &str, mut settings: Value) {
    settings["nodegroupName"] = json!(name);
    settings["nodeRole"] = cluster.made["node_role_arn"].clone();
    settings["subnets"] = cluster.made["private_subnet_ids"].clone();
    settings["scalingConfig"] = json!({"minSize": 1, "maxSize": 3, "desiredSize": 2});
    settings["clientRequestToken"] = json!(name);
    let path = format!("/clusters/{}/node-groups", cluster.name);
    cluster.eks("POST", &path, &settings);
    // The creation ends when the status is requested.
    let found = cluster.eks("GET", &format!("{path}/{name}"), &json!({}));
    assert_eq!(found["nodegroup"]["status"], json!("ACTIVE"));
}

#[test]
fn eks_module_groups_move_without_changes_and_back() {
    let migration = Migration::new();
    let workspace = &migration.workspace;
    migration.guide.assert_formatted(workspace);
    migration.apply_module();
    let before = workspace.run(&["state", "pull"]).success().stdout;
    workspace.write("before.tfstate", &before);

    // As long as the module declares the group, it cannot move.
    workspace.write("main.tf", &format!("{}{}", migration.before(), migration.steps()));
    let errors = workspace.try_plan(&[]).errors();
    assert!(errors.iter().any(|error| error.summary == "Moved object still exists"), "{errors:?}");

    workspace.write("main.tf", &format!("{}{}", migration.module("", ""), migration.steps()));
    let plan = workspace.plan();
    plan.assert_actions(&[(GROUP, Action::NoOp), (PROFILE, Action::NoOp)]);
    let changes = plan.json["resource_changes"].as_array().cloned().unwrap_or_default();
    let moved = changes.iter().filter(|change| !change["previous_address"].is_null()).count();
    // Two roles, five policies, a launch template, the node group, and the profile.
    assert_eq!(moved, 10, "{}", plan.run);
    workspace.apply_plan().success();
    workspace.plan().assert_no_changes();
    migration.assert_untouched();
    let addresses = workspace.addresses();
    assert!(addresses.iter().any(|address| address == GROUP), "{addresses:?}");
    assert!(!addresses.iter().any(|address| address.starts_with(IN_MODULE)), "{addresses:?}");
    assert!(addresses.iter().any(|address| address.contains("[\"stays\"].terraform_data.role[0]")), "{addresses:?}");

    // The state of step 1 is restored.
    workspace.run(&["state", "push", "-force", "before.tfstate"]).success();
    let addresses = workspace.addresses();
    assert!(addresses.contains(&format!("{IN_MODULE}.aws_eks_node_group.this[0]")), "{addresses:?}");
    assert!(!addresses.iter().any(|address| address == GROUP), "{addresses:?}");
    migration.assert_untouched();
}

#[test]
fn eks_module_group_is_imported_instead_of_moved() {
    let migration = Migration::new();
    let workspace = &migration.workspace;
    // A node group in the module whose type every provider installation has.
    let group = "resource \"terraform_data\" \"group\" {\n  count = var.settings.template == null ? 0 : 1\n}\n";
    workspace.write("eks/group/main.tf", &format!("{GROUP_MODULE}{group}"));
    workspace.write("main.tf", &migration.before());
    workspace.run(&["get"]).success();
    workspace.apply().success();

    let moved = top_level(&migration.guide.terraform("Step 3"), "moved");
    let resource = top_level(&migration.guide.terraform("Step 4"), "resource \"ekscompute_node_group\"");
    let import = migration
        .guide
        .terraform("Importing instead of moving")
        .replace("aws_eks_node_group.this[0]", "terraform_data.group[0]")
        .replace("aws_eks_node_group.", "terraform_data.");
    let steps = format!("{}{}", migration.stand_ins(), migration.adapt(&format!("{moved}{resource}{import}")));

    // A removed block cannot address the resource in the module.
    let address = "module.eks.module.eks_managed_node_group.terraform_data.group";
    let removed = format!("removed {{\n  from = {address}\n  lifecycle {{\n    destroy = false\n  }}\n}}\n");
    workspace.write("main.tf", &format!("{}{removed}", migration.module("", "")));
    let errors = workspace.try_plan(&[]).errors();
    assert!(errors.iter().any(|error| error.summary == "Removed resource still exists"), "{errors:?}");

    workspace.write("main.tf", &format!("{}{steps}", migration.module("", "")));
    let plan = workspace.plan();
    plan.assert_actions(&[(GROUP, Action::NoOp), ("terraform_data.previous_workers", Action::Forget)]);
    assert_eq!(plan.change(GROUP)["importing"]["id"], json!(format!("{}:{NAME}", migration.cluster.name)));
    workspace.apply_plan().success();
    workspace.plan().assert_no_changes();
    migration.assert_untouched();
}
