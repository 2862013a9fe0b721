//! A name that is taken: by another address, by somebody else, by the predecessor.

use rstest::rstest;
use serde_json::json;

use super::{ADDRESS, Group, SCALING};
use crate::support::cli::Cli;
use crate::support::plan::Action;
use crate::support::sandbox::Cluster;

#[test]
fn second_resource_for_same_group_is_rejected() {
    let group = Group::new(Cli::OnPath);
    group.create(SCALING);
    let second = group.resource(SCALING).replace("\"workers\"", "\"others\"");
    group.workspace.write("main.tf", &format!("{}{second}", group.resource(SCALING)));
    for refresh in ["-refresh=true", "-refresh=false"] {
        let error = group.workspace.try_plan(&[refresh]).only_error();
        assert!(error.summary.contains("configured twice") && error.detail.contains("moved"), "{error:?}");
        assert!(error.code.contains("node_group_name"), "{error:?}");
    }
    // Who is renamed without a moved block has its predecessor destroyed in the same run: no second address.
    group.workspace.write("main.tf", &second);
    group
        .workspace
        .plan()
        .assert_actions(&[(ADDRESS, Action::Delete), ("ekscompute_node_group.others", Action::Create)]);
    assert_eq!(group.cluster.count("eks:CreateNodegroup"), 1);
}

#[test]
fn existing_unmanaged_group_is_reported_with_import_block() {
    let group = Group::of(Cli::OnPath, Cluster::seeded(json!({"nodegroups": 1})));
    let taken = group.cluster.made["nodegroups"][0].as_str().expect("the seed names its node groups").to_owned();
    let second = group
        .resource(&format!("disk_size = 50\n{SCALING}"))
        .replace("\"workers\"", "\"others\"")
        .replace(&group.name, &taken);
    // Nothing is in the state: this could be core's apply, where only the creation itself may fail.
    group.workspace.write("main.tf", &second);
    let plan = group.workspace.plan();
    let warnings = plan.warnings();
    assert!(warnings.iter().any(|one| one.summary.contains("already exists")), "{warnings:?}");
    let error = group.workspace.apply().only_error();
    assert!(error.detail.contains(&format!("id = \"{}:{taken}\"", group.cluster.name)), "{error:?}");

    group.create(SCALING);
    group.workspace.write("main.tf", &format!("{}{second}", group.resource(SCALING)));
    let error = group.workspace.try_plan(&[]).only_error();
    assert!(error.summary.contains("already exists"), "{error:?}");
    assert!(error.detail.contains(&format!("id = \"{}:{taken}\"", group.cluster.name)), "{error:?}");
    assert_eq!(group.cluster.node_groups().len(), 2);
}

#[rstest]
#[case::terraform(Cli::Terraform115)]
#[case::terraform_1_8(Cli::Terraform18)]
#[case::tofu(Cli::Tofu112)]
fn replacement_with_same_name(#[case] cli: Cli) {
    let group = Group::new(cli);
    group.create(SCALING);
    // The usual order: the predecessor goes first.
    group.workspace.run(&["taint", ADDRESS]).success();
    for options in [&[][..], &["-refresh=false"]] {
        let plan = group.workspace.plan_with(options);
        plan.assert_actions(&[(ADDRESS, Action::Replace)]);
    }
    group.workspace.apply().success();
    let replace = format!("-replace={ADDRESS}");
    group.workspace.plan_with(&[&replace]).assert_actions(&[(ADDRESS, Action::Replace)]);
    group.workspace.apply_plan().success();
    group.assert_exists_once();
    assert_eq!(group.cluster.count("eks:CreateNodegroup"), 3);

    // The other order cannot work with a fixed name, but it must not cost the group that is there.
    let first = format!("disk_size = 50\nlifecycle {{\n  create_before_destroy = true\n}}\n{SCALING}");
    group.configure(&first);
    group.assert_plan(Action::ReplaceCreatingFirst);
    let error = group.workspace.apply().only_error();
    assert!(error.summary.contains("already exists"), "{error:?}");
    group.assert_plan(Action::ReplaceCreatingFirst);
    group.assert_exists_once();
}
