//! What a node group needs may be born in the same apply.

use serde_json::json;

use super::{ADDRESS, Group, SCALING};
use crate::support::for_each_cli;
use crate::support::plan::Action;

for_each_cli! {
    fn an_unknown_cluster_plans_and_applies_in_one_go(cli) {
        let group = Group::new(cli);
        let resource = group
            .resource(SCALING)
            .replace(&format!("\"{}\"", group.cluster.name), "terraform_data.cluster.output.name")
            .replace(&format!("\"{}\"", group.cluster.made("node_role_arn")), "terraform_data.cluster.output.role")
            .replace(&group.cluster.subnets(), "terraform_data.cluster.output.subnets");
        let cluster = format!(
            "resource \"terraform_data\" \"cluster\" {{\n  input = {{\n    name = \"{}\"\n    role = \"{}\"\n    \
             subnets = {}\n  }}\n}}\n",
            group.cluster.name,
            group.cluster.made("node_role_arn"),
            group.cluster.subnets()
        );
        group.workspace.write("main.tf", &format!("{cluster}{resource}"));
        let plan = group.workspace.plan();
        plan.assert_actions(&[(ADDRESS, Action::Create), ("terraform_data.cluster", Action::Create)]);
        assert_eq!(plan.change(ADDRESS)["after_unknown"]["cluster_name"], json!(true));
        group.workspace.apply_plan().success();
        group.workspace.plan().assert_no_changes();
        group.assert_exists_once();
        group.workspace.destroy().success();
        assert!(group.cluster.node_groups().is_empty());
    }
}
