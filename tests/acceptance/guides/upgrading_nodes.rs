//! Follows the guide to upgrading nodes.

use serde_json::json;

use super::Guide;
use super::karpenter::{CLASS, CLASSES, Nodes, POOL};
use crate::support::cli::Cli;
use crate::support::plan::{Action, Plan};
use crate::support::sandbox::{Cluster, tag};
use crate::support::workspace::Workspace;

const GUIDE: &str = include_str!("../../../docs-src/guides/upgrading-nodes.md");
const GROUP: &str = "ekscompute_node_group.workers";
const AMI_TYPE: &str = "AL2023_x86_64_STANDARD";

/// The node group of the example.
struct Group {
    guide: Guide,
    cluster: Cluster,
    workspace: Workspace,
    text: String,
}

impl Group {
    fn new() -> Self {
        let guide = Guide::read("upgrading-nodes");
        let cluster = Cluster::alone(json!({"version": "1.33"}));
        let workspace = cluster.workspace(Cli::OnPath);
        let subnets = "[\"subnet-0a1b2c3d4e5f60718\", \"subnet-1a2b3c4d5e6f70819\"]";
        let text = guide.terraform("Example configuration");
        assert!(text.contains(subnets), "{text}");
        let text = text
            .replace("my-cluster", &cluster.name)
            .replace("arn:aws:iam::111122223333:role/my-nodes", cluster.made("node_role_arn"))
            .replace(subnets, &cluster.subnets());
        Self { guide, cluster, workspace, text }
    }

    /// Sets the arguments below a heading of the guide, in place of those with the same names.
    fn set(&mut self, heading: &str) {
        for line in self.guide.terraform(heading).lines() {
            let (name, _) = line.split_once(" = ").expect("an argument");
            self.remove(name);
            self.text = self.text.replacen("  scaling_config {", &format!("  {line}\n  scaling_config {{"), 1);
        }
    }

    fn remove(&mut self, name: &str) {
        let is_other = |line: &&str| line.trim_start().split_once(' ').is_none_or(|(other, _)| other != name);
        let others: Vec<_> = self.text.lines().filter(is_other).collect();
        self.text = others.join("\n") + "\n";
    }

    #[track_caller]
    fn plan(&self) -> Plan {
        self.workspace.write("main.tf", &self.text);
        self.workspace.plan()
    }

    #[track_caller]
    fn apply(&self) {
        self.workspace.write("main.tf", &self.text);
        self.workspace.apply().success();
        self.workspace.plan().assert_no_changes();
    }

    #[track_caller]
    fn assert_attribute(&self, name: &str, value: &str) {
        assert_eq!(self.workspace.attributes(GROUP)[name], json!(value));
    }
}

/// The plan warns with a summary that the guide quotes.
#[track_caller]
fn assert_quoted_warning(plan: &Plan, start: &str) {
    let warnings = plan.warnings();
    let found = warnings.iter().find(|warning| warning.summary.starts_with(start));
    let found = found.unwrap_or_else(|| panic!("no warning {start:?}: {warnings:#?}"));
    assert!(GUIDE.contains(&format!("`{}`", found.summary)), "the guide does not quote {:?}", found.summary);
}

#[test]
fn node_group_follows_control_plane_and_rolls_back() {
    let mut group = Group::new();
    group.apply();

    // Step 3 before step 2.
    let before = group.text.clone();
    group.set("Step 3");
    assert_quoted_warning(&group.plan(), "Kubernetes version newer");
    group.text = before;
    group.cluster.upgrade("1.34");
    group.plan().assert_no_changes();
    group.set("Step 3");
    let plan = group.plan();
    plan.assert_actions(&[(GROUP, Action::Update)]);
    let change = plan.change(GROUP);
    assert_eq!((&change["before"]["version"], &change["after"]["version"]), (&json!("1.33"), &json!("1.34")));
    assert_eq!(change["after_unknown"]["release_version"], json!(true));
    group.workspace.apply_plan().success();
    group.workspace.plan().assert_no_changes();
    group.assert_attribute("version", "1.34");
    group.set("Blocked evictions");
    group.apply();

    let release = "1.34.9-20261101";
    group.cluster.publish("1.34", AMI_TYPE, release);
    group.plan().assert_no_changes();
    group.set("Follow the recommended release");
    let plan = group.plan();
    plan.assert_actions(&[(GROUP, Action::Update)]);
    assert_eq!(plan.change(GROUP)["after"]["release_version"], json!(release));
    group.apply();
    group.assert_attribute("release_version", release);
    group.remove("ami_update_policy");
    group.set("Use a verified release");
    group.apply();

    group.remove("release_version");
    group.set("Rollback");
    let plan = group.plan();
    plan.assert_actions(&[(GROUP, Action::Update)]);
    assert_quoted_warning(&plan, "Node group will be rolled back");
    group.apply();
    group.assert_attribute("version", "1.33");
    group.cluster.upgrade("1.33");
    group.plan().assert_no_changes();
    assert_eq!(group.cluster.count("eks:CreateNodegroup"), 1);
}

#[test]
fn launch_template_version_is_updated_in_place() {
    let mut group = Group::new();
    group.guide.assert_formatted(&group.workspace);
    let data = "LaunchTemplateData.BlockDeviceMapping.1.DeviceName=%2Fdev%2Fxvda&\
                LaunchTemplateData.BlockDeviceMapping.1.Ebs.VolumeSize";
    let answer = group.cluster.ec2("CreateLaunchTemplate", &format!("LaunchTemplateName=workers&{data}=30"));
    let id = tag(&answer, "launchTemplateId");
    group.cluster.ec2("CreateLaunchTemplateVersion", &format!("LaunchTemplateName=workers&{data}=40"));
    let block = group.guide.terraform("Step 5").replace("lt-0a1b2c3d4e5f60718", &id);
    assert!(block.contains(&id) && block.contains("version = \"2\""), "{block}");
    let text = group.text.clone();
    let with = |block: &str| text.replacen("  scaling_config {", &format!("{block}\n  scaling_config {{"), 1);
    group.text = with(&block.replace("version = \"2\"", "version = \"1\""));
    group.apply();
    group.text = with(&block);
    group.plan().assert_actions(&[(GROUP, Action::Update)]);
    group.apply();
    assert_eq!(group.cluster.count("eks:CreateNodegroup"), 1);
}

#[test]
fn new_alias_updates_node_class() {
    let cluster = Cluster::alone(json!({"version": "1.34"}));
    cluster.publish("1.34", AMI_TYPE, "1.34.3-20260801");
    let nodes = Nodes::of(cluster);
    let text = nodes.named(&Guide::read("upgrading-nodes").terraform("Step 6"));
    let pinned = "al2023@v20260801";
    assert!(text.contains(pinned), "{text}");
    nodes.workspace.write("main.tf", &text.replace(pinned, "al2023@latest"));
    nodes.apply();
    nodes.workspace.write("main.tf", &text.replace(pinned, "al2023@v20990101"));
    assert_quoted_warning(&nodes.workspace.plan(), "AMIs of the alias");
    nodes.workspace.write("main.tf", &text);
    let plan = nodes.workspace.plan();
    plan.assert_actions(&[(CLASS, Action::Update), (POOL, Action::NoOp)]);
    assert_quoted_warning(&plan, "Nodes of node class");
    nodes.apply();
    let spec = nodes.object(&format!("{CLASSES}/default"))["spec"].take();
    assert_eq!(spec["amiSelectorTerms"], json!([{"alias": pinned}]));
}
