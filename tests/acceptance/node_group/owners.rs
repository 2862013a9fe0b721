//! Two states, one name or prefix: each node group has one owner, also after an apply was killed.

use std::path::Path;

use rstest::rstest;

use super::{ADDRESS, Group, SCALING};
use crate::support::cli::Cli;
use crate::support::workspace::{PROVIDER, Workspace};

impl Group {
    /// Kills Terraform and the provider while EKS creates the group.
    fn kill_creation(&self) {
        self.cluster.hold_changes();
        let mut apply = self.workspace.start_apply();
        apply.wait_until("the creation", |_| !self.cluster.node_groups().is_empty());
        apply.kill_with(Path::new(PROVIDER));
        self.cluster.remove_faults();
        assert!(self.workspace.addresses().is_empty());
        let left = self.cluster.node_groups();
        assert_eq!(left.len(), 1, "{left:?}");
        self.cluster.finish(&left[0]);
    }

    fn elsewhere(&self, cli: Cli) -> Workspace {
        let workspace = self.cluster.workspace(cli);
        workspace.write("main.tf", &self.workspace.read("main.tf"));
        workspace
    }
}

fn with_prefix(group: &Group) -> String {
    let name = format!("node_group_name = \"{}\"", group.name);
    group.resource(SCALING).replace(&name, &format!("node_group_name_prefix = \"{}-\"", group.name))
}

#[rstest]
#[case::terraform(Cli::OnPath)]
#[case::tofu(Cli::Tofu112)]
fn one_name_in_two_workspaces_has_one_owner(#[case] cli: Cli) {
    let group = Group::new(cli);
    group.create(SCALING);
    group.workspace.run(&["workspace", "new", "other"]).success();
    let error = group.workspace.apply().only_error();
    assert!(error.summary.contains("already exists"), "{error:?}");
    assert!(error.detail.contains(&format!("id = \"{}\"", group.id())), "{error:?}");
    group.workspace.destroy().success();
    group.assert_exists_once();
    group.workspace.run(&["workspace", "select", "default"]).success();
    group.workspace.plan().assert_no_changes();
}

#[test]
fn one_prefix_in_two_workspaces_gives_two_groups() {
    let group = Group::new(Cli::OnPath);
    group.workspace.write("main.tf", &with_prefix(&group));
    group.apply();
    group.workspace.run(&["workspace", "new", "other"]).success();
    group.apply();
    assert_eq!(group.cluster.node_groups().len(), 2);
    group.workspace.destroy().success();
    group.workspace.run(&["workspace", "select", "default"]).success();
    group.workspace.plan().assert_no_changes();
    assert_eq!(group.cluster.node_groups().len(), 1);
}

#[rstest]
#[case::terraform(Cli::OnPath)]
#[case::tofu(Cli::Tofu112)]
fn killed_apply_recovers_in_its_directory_and_workspace(#[case] cli: Cli) {
    let group = Group::new(cli);
    group.configure(SCALING);
    group.kill_creation();
    for refused in [&group.elsewhere(cli), &group.workspace] {
        if std::ptr::eq(refused, &group.workspace) {
            group.workspace.run(&["workspace", "new", "other"]).success();
        }
        let error = refused.apply().only_error();
        assert!(error.summary.contains("already exists"), "{error:?}");
        assert!(error.detail.contains("import {") && error.detail.contains(&group.id()), "{error:?}");
    }
    group.workspace.run(&["workspace", "select", "default"]).success();
    group.apply();
    group.assert_exists_once();
    assert_eq!(group.cluster.count("eks:DeleteNodegroup"), 0);
    group.workspace.destroy().success();
    group.assert_gone();
}

#[test]
fn killed_apply_with_other_arguments_since_converges() {
    let group = Group::new(Cli::OnPath);
    group.configure(SCALING);
    group.kill_creation();
    group.create(&format!("disk_size = 50\n{SCALING}"));
    group.assert_exists_once();
    assert_eq!(group.attributes()["disk_size"], 50);
}

#[test]
fn copy_of_a_group_never_owns_it() {
    let group = Group::new(Cli::OnPath);
    group.create(SCALING);
    let copy = group.resource(SCALING).replace("\"workers\" {", "\"copy\" {");
    group.workspace.write("main.tf", &format!("{}{copy}", group.resource(SCALING)));
    // Without the original the plan cannot know it, and the creation refuses.
    for options in [&[][..], &["-refresh=false"], &["-target=ekscompute_node_group.copy"]] {
        let errors = group.workspace.apply_with(options).errors();
        assert!(!errors.is_empty(), "{options:?}");
        assert_eq!(group.workspace.addresses(), [ADDRESS]);
    }
    group.assert_exists_once();
}
