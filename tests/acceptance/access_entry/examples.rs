//! The examples of the documentation work as they are written.

use super::{Entry, ROOT, make_role};
use crate::support::cli::Cli;
use crate::support::examples;
use crate::support::features::Feature;
use crate::support::plan::Action;
use crate::support::workspace::Workspace;

const DEVELOPERS: &str = "ekscompute_access_entry.developers";

/// An example's text, about the cluster and the role of the test.
fn example(entry: &Entry, path: &str) -> String {
    let text = examples::example(path);
    text.replace("my-cluster", &entry.cluster.name).replace("arn:aws:iam::111122223333:role/developers", &entry.role)
}

fn write_variables(entry: &Entry, workspace: &Workspace, roles: &[(&str, &str)]) {
    let variable = |name: &str, value: &str| format!("variable \"{name}\" {{\n  default = \"{value}\"\n}}\n");
    let mut text = variable("cluster_name", &entry.cluster.name);
    text.extend(roles.iter().map(|(name, role)| variable(name, role)));
    workspace.write("variables.tf", &text);
}

#[test]
fn access_entry_examples_apply_and_import_as_written() {
    let entry = Entry::new(Cli::OnPath);
    let (deployers, nodes) = (make_role(&entry.cluster, "deployers"), make_role(&entry.cluster, "nodes"));
    let roles = [
        ("developer_role_arn", entry.role.as_str()),
        ("deployer_role_arn", &deployers),
        ("node_role_arn", &nodes),
        ("creator_arn", ROOT),
    ];
    write_variables(&entry, &entry.workspace, &roles);
    let folder = "resources/ekscompute_access_entry";
    for file in ["resource.tf", "resource_groups.tf", "resource_nodes.tf", "resource_adopt.tf"] {
        entry.workspace.write(file, &example(&entry, &format!("{folder}/{file}")));
    }
    entry.apply();

    let elsewhere = || {
        let workspace = entry.cluster.workspace(Cli::OnPath);
        write_variables(&entry, &workspace, &roles[..1]);
        workspace.write("resource.tf", &entry.workspace.read("resource.tf"));
        workspace
    };
    for (file, feature) in [("import-by-string-id.tf", None), ("import-by-identity.tf", Some(Feature::Identity))] {
        if feature.is_some_and(|feature| !feature.is_in(Cli::OnPath.release())) {
            continue;
        }
        let workspace = elsewhere();
        workspace.write("import.tf", &example(&entry, &format!("{folder}/{file}")));
        workspace.plan().assert_actions(&[(DEVELOPERS, Action::NoOp)]);
    }
    let workspace = elsewhere();
    let command = example(&entry, &format!("{folder}/import.sh"));
    let [_, "import", named, id] = command.split_whitespace().collect::<Vec<_>>()[..] else { panic!("{command}") };
    workspace.import(named, id).success();
    workspace.plan().assert_no_changes();

    if Feature::Query.is_in(Cli::OnPath.release()) {
        let list = "list-resources/ekscompute_access_entry/list-resource.tfquery.hcl";
        entry.workspace.write("all.tfquery.hcl", &example(&entry, list));
        let run = entry.workspace.run(&["query", "-json"]).success();
        assert_eq!(run.events("list_resource_found").len(), 4, "{run}");
    }
}
