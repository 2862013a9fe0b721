//! `terraform query` and the configuration it generates.

use serde_json::json;

use super::Group;
use crate::support::for_each_cli;
use crate::support::sandbox::Cluster;

for_each_cli! {
    #[needs(Query)]
    fn query_lists_and_generates_configuration_that_plans_clean(cli) {
        let group = Group::of(cli, Cluster::seeded(json!({"nodegroups": 3})));
        group.workspace.write(
            "all.tfquery.hcl",
            &format!(
                "list \"ekscompute_node_group\" \"all\" {{\n  provider = ekscompute\n  config {{\n    \
                 cluster_name = \"{}\"\n  }}\n}}\n",
                group.cluster.name
            ),
        );
        let run = group.workspace.run(&["query", "-json", "-generate-config-out=generated.tf"]).success();
        let found = run.events("list_resource_found");
        let mut names: Vec<_> =
            found.iter().map(|event| event["list_resource_found"]["identity"]["node_group_name"].clone()).collect();
        names.sort_by_key(ToString::to_string);
        assert_eq!(json!(names), group.cluster.made["nodegroups"], "{run}");

        // Nothing is pinned that others decide: an autoscaler, an upgrade.
        let generated = group.workspace.read("generated.tf");
        for pinned in ["desired_size", "release_version", " version "] {
            assert!(!generated.contains(pinned), "{pinned}: {generated}");
        }
        group.workspace.remove("all.tfquery.hcl");
        let plan = group.workspace.plan();
        assert!(plan.actions().values().all(|action| *action == crate::support::plan::Action::NoOp), "{}", plan.run);
        assert_eq!(plan.actions().len(), 3);
        group.workspace.apply().success();
        group.workspace.plan().assert_no_changes();
        assert_eq!(group.cluster.count("eks:CreateNodegroup"), 0);
    }
}
