//! What cannot change in place replaces, and only that.

use serde_json::json;

use super::{ADDRESS, Group, SCALING};
use crate::support::for_each_cli;
use crate::support::plan::Action;

/// Arguments that differ from [`BEFORE`] in one, which forces replacement.
const BEFORE: &str = "ami_type = \"AL2023_x86_64_STANDARD\"\ncapacity_type = \"ON_DEMAND\"\ndisk_size = 20\n\
                      instance_types = [\"t3.medium\"]\n";
const AFTER: &[(&str, &str, &str)] = &[
    ("ami_type", "\"AL2023_x86_64_STANDARD\"", "\"BOTTLEROCKET_x86_64\""),
    ("capacity_type", "\"ON_DEMAND\"", "\"SPOT\""),
    ("disk_size", "20", "50"),
    ("instance_types", "[\"t3.medium\"]", "[\"t3.large\", \"t3.medium\"]"),
];

for_each_cli! {
    fn immutable_arguments_force_replacement(cli) {
        let group = Group::new(cli);
        group.create(&format!("{BEFORE}{SCALING}"));
        for (argument, old, new) in AFTER {
            let changed = BEFORE.replace(&format!("{argument} = {old}"), &format!("{argument} = {new}"));
            group.configure(&format!("{changed}{SCALING}"));
            let plan = group.workspace.plan();
            plan.assert_actions(&[(ADDRESS, Action::Replace)]);
            let paths = plan.change(ADDRESS)["replace_paths"].as_array().cloned().unwrap_or_default();
            assert!(paths.iter().any(|path| path[0] == *argument), "{argument}: {paths:?}");
        }
    }

    fn a_name_prefix_replaces_before_it_deletes(cli) {
        let group = Group::new(cli);
        let configure = |capacity: &str| {
            let resource = group
                .resource(&format!(
                    "capacity_type = \"{capacity}\"\nlifecycle {{\n  create_before_destroy = true\n}}\n{SCALING}"
                ))
                .replace(
                    &format!("node_group_name = \"{}\"", group.name),
                    &format!("node_group_name_prefix = \"{}-\"", group.name),
                );
            group.workspace.write("main.tf", &resource);
        };
        configure("ON_DEMAND");
        group.apply();
        let first = group.attributes()["node_group_name"].clone();
        assert!(first.as_str().is_some_and(|name| name.starts_with(&group.name) && name.len() > group.name.len()));
        configure("SPOT");
        group.assert_plan(Action::ReplaceCreatingFirst);
        group.apply();
        assert_ne!(group.attributes()["node_group_name"], first);
        assert_eq!(group.cluster.node_groups().len(), 1);
    }

    fn another_cluster_replaces_and_a_renamed_resource_does_not(cli) {
        let group = Group::new(cli);
        group.create(SCALING);
        let renamed = group.resource(SCALING).replace("\"workers\"", "\"others\"");
        let moved = "moved {\n  from = ekscompute_node_group.workers\n  to = ekscompute_node_group.others\n}\n";
        group.workspace.write("main.tf", &format!("{renamed}{moved}"));
        group.workspace.plan().assert_actions(&[]);
        group.workspace.apply().success();
        let elsewhere = renamed.replace(&group.cluster.name, "acceptance-none");
        group.workspace.write("main.tf", &elsewhere);
        let run = group.workspace.try_plan(&[]);
        if run.code == Some(2) {
            let planned = run.events("planned_change");
            assert_eq!(planned[0]["change"]["action"], json!("replace"), "{run}");
        } else {
            assert!(run.only_error().detail.contains("acceptance-none"), "{run}");
        }
    }
}
