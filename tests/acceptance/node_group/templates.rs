//! What the contents of a launch template mean for the plan.

use serde_json::json;

use super::{ADDRESS, Group, SCALING};
use crate::support::cli::Cli;
use crate::support::plan::Action;

#[test]
fn a_template_version_with_an_ami_replaces_a_group_without_and_back() {
    let group = Group::new(Cli::OnPath);
    let name = &group.name;
    group
        .cluster
        .ec2("CreateLaunchTemplate", &format!("LaunchTemplateName={name}&LaunchTemplateData.InstanceType=t3.small"));
    for image in ["ami-0abc0000000000001", "ami-0abc0000000000002"] {
        let data = format!("LaunchTemplateData.InstanceType=t3.small&LaunchTemplateData.ImageId={image}");
        group.cluster.ec2("CreateLaunchTemplateVersion", &format!("LaunchTemplateName={name}&{data}"));
    }
    let configure = |version: u8| {
        group.configure(&format!("launch_template {{\n  name = \"{name}\"\n  version = {version}\n}}\n{SCALING}"));
    };
    configure(1);
    group.apply();
    for (version, action) in [(2, Action::Replace), (3, Action::Update), (1, Action::Replace)] {
        configure(version);
        let plan = group.workspace.plan();
        plan.assert_actions(&[(ADDRESS, action)]);
        let told = plan.warnings().iter().any(|one| one.detail.contains("between EKS AMIs and custom AMIs"));
        assert_eq!(told, action == Action::Replace, "version {version}");
        if action == Action::Replace {
            assert_eq!(plan.change(ADDRESS)["replace_paths"], json!([["launch_template", 0, "version"]]));
        }
        group.workspace.apply_plan().success();
        group.workspace.plan().assert_no_changes();
    }
}

#[test]
fn an_empty_prefix_is_as_good_as_none() {
    let group = Group::new(Cli::OnPath);
    group.create(&format!("node_group_name_prefix = \"\"\n{SCALING}"));
    assert_eq!(group.attributes()["node_group_name"], json!(group.name));
    group.workspace.run(&["state", "rm", ADDRESS]).success();
    group.workspace.import(ADDRESS, &group.id()).success();
    group.workspace.plan().assert_no_changes();
    assert_eq!(group.cluster.count("eks:CreateNodegroup"), 1);
}

#[test]
fn a_group_that_is_not_well_is_said_to_be() {
    let group = Group::new(Cli::OnPath);
    group.create(SCALING);
    for (status, cure) in [("CREATE_FAILED", "-replace="), ("DEGRADED", "issue")] {
        group.cluster.drift(&group.name, "set_status", &json!(status));
        let plan = group.workspace.plan();
        plan.assert_no_changes();
        let warnings = plan.warnings();
        assert!(warnings.iter().any(|one| one.summary.contains(status) && one.detail.contains(cure)), "{warnings:?}");
    }
}
