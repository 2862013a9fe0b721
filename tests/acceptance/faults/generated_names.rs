//! A provider that is killed while it creates under a name that only it knew.

use std::path::Path;

use rstest::rstest;

use super::{ADDRESS, Form, Victim};
use crate::support::cli::Cli;
use crate::support::workspace::PROVIDER;

impl Victim {
    /// Like [`Form::One`], but only the beginning of the name is given.
    fn configure_with_prefix(&self) {
        self.configure(Form::One);
        let name = format!("node_group_name = \"{}\"", self.name);
        let prefix = format!("node_group_name_prefix = \"{}-\"", self.name);
        self.workspace.write("main.tf", &self.workspace.read("main.tf").replace(&name, &prefix));
    }

    /// Kills the provider while it waits for its creation; what EKS then has and no state knows.
    fn kill_a_creation(&self) -> String {
        self.cluster.hold_changes();
        let mut apply = self.workspace.start_apply();
        apply.wait_until("the wait", |_| self.cluster.count("eks:DescribeNodegroup") > 0);
        assert!(apply.kill_processes_of(Path::new(PROVIDER)) > 0, "the provider runs");
        apply.wait();
        assert!(self.workspace.addresses().is_empty());
        let [left] = <[String; 1]>::try_from(self.cluster.node_groups()).expect("one node group");
        left
    }
}

#[rstest]
#[case::terraform(Cli::Terraform115)]
#[case::tofu(Cli::Tofu112)]
fn next_apply_resumes_creation_of_killed_run(#[case] cli: Cli) {
    let victim = Victim::new(cli);
    victim.configure_with_prefix();
    let left = victim.kill_a_creation();
    let mut apply = victim.workspace.start_apply();
    apply.wait_until("the repeated request", |_| victim.cluster.count("eks:CreateNodegroup") > 1);
    victim.cluster.remove_faults();
    victim.cluster.finish(&left);
    apply.wait().success();
    assert_eq!(victim.workspace.attributes(ADDRESS)["node_group_name"], left.as_str());
    assert_eq!(victim.cluster.node_groups(), [left]);
    victim.workspace.plan().assert_no_changes();
    victim.destroy();
}

#[test]
fn a_killed_creation_is_named_elsewhere_and_continued_here() {
    let victim = Victim::new(Cli::Terraform115);
    victim.configure_with_prefix();
    let left = victim.kill_a_creation();
    victim.cluster.remove_faults();
    victim.cluster.finish(&left);
    // Another directory has no proof that the group is its own.
    let elsewhere = victim.cluster.workspace(Cli::Terraform115);
    elsewhere.write("main.tf", &victim.workspace.read("main.tf"));
    let warnings = elsewhere.plan().warnings();
    let named =
        |one: &&crate::support::run::Diagnostic| one.detail.contains(&format!("{}:{left}", victim.cluster.name));
    let named = warnings.iter().find(named).unwrap_or_else(|| panic!("the group is named: {warnings:?}"));
    assert!(named.detail.contains("import {") && named.detail.contains("delete-nodegroup"), "{named:?}");
    elsewhere.apply().success();
    assert_eq!(victim.cluster.node_groups().len(), 2);
    victim.workspace.apply().success();
    assert_eq!(victim.workspace.attributes(ADDRESS)["node_group_name"], left.as_str());
    assert_eq!(victim.cluster.node_groups().len(), 2);
    elsewhere.destroy().success();
    assert_eq!(victim.cluster.node_groups(), [left]);
    victim.destroy();
}
