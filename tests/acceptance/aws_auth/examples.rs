//! The examples of the documentation, and the ways to bring an entry under management.

use serde_json::json;

use super::{Auth, OF_EKS, P, ROLE, entry};
use crate::support::cli::Cli;
use crate::support::examples;
use crate::support::features::{Feature, run_where_supported};
use crate::support::plan::Action;
use crate::support::workspace::Workspace;

fn example(path: &str, cluster: &str) -> String {
    examples::example(path).replace("my-cluster", cluster)
}

impl Auth {
    fn write_variables(&self, workspace: &Workspace) {
        let variable = |name: &str, value: &str| format!("variable \"{name}\" {{\n  default = {value}\n}}\n");
        let variables = [
            variable("cluster_name", &format!("\"{}\"", self.cluster.name)),
            variable("node_role_arn", &format!("\"{}\"", self.cluster.made("node_role_arn"))),
            // As in the examples of imports.
            variable("self_managed_node_role_arn", "\"arn:aws:iam::111122223333:role/my-nodes\""),
            variable("deployer_user_arn", "\"arn:aws:iam::111122223333:user/ci/deployer\""),
            variable("subnet_ids", &self.cluster.subnets()),
        ];
        workspace.write("variables.tf", &variables.concat());
    }
}

#[test]
fn examples_work_as_written() {
    let auth = Auth::new(Cli::OnPath);
    auth.cluster.start_kubernetes(json!({"aws_auth_writer": true}));
    auth.write_variables(&auth.workspace);
    let role = "resources/ekscompute_aws_auth_map_role";
    let user = "resources/ekscompute_aws_auth_map_user";
    for (name, file) in [("nodes", "resource.tf"), ("people", "resource_people.tf"), ("adopt", "resource_adopt.tf")] {
        auth.workspace.write(&format!("{name}.tf"), &example(&format!("{role}/{file}"), ""));
    }
    auth.workspace.write("user.tf", &example(&format!("{user}/resource.tf"), ""));
    auth.apply();

    for (folder, address) in
        [(role, "ekscompute_aws_auth_map_role.nodes"), (user, "ekscompute_aws_auth_map_user.deployer")]
    {
        let elsewhere = || {
            let workspace = auth.cluster.workspace(Cli::OnPath);
            auth.write_variables(&workspace);
            workspace.write("resource.tf", &example(&format!("{folder}/resource.tf"), ""));
            workspace
        };
        for (file, feature) in [("import-by-string-id.tf", None), ("import-by-identity.tf", Some(Feature::Identity))] {
            if feature.is_some_and(|feature| !feature.is_in(Cli::OnPath.release())) {
                continue;
            }
            let workspace = elsewhere();
            workspace.write("import.tf", &example(&format!("{folder}/{file}"), &auth.cluster.name));
            workspace.plan().assert_actions(&[(address, Action::NoOp)]);
            workspace.apply_plan().success();
            workspace.plan().assert_no_changes();
        }
        let workspace = elsewhere();
        let command = example(&format!("{folder}/import.sh"), &auth.cluster.name);
        let [_, "import", named, id] = command.split_whitespace().collect::<Vec<_>>()[..] else { panic!("{command}") };
        assert_eq!(named, address);
        workspace.import(named, id).success();
        workspace.plan().assert_no_changes();
    }
    auth.workspace.destroy().success();
}

#[test]
fn query_finds_and_generates_configuration_that_plans_clean() {
    run_where_supported(Cli::OnPath, &[Feature::Query], |cli| {
        let auth = Auth::new(cli);
        let dead = entry("team/ops", "ops", &["ops"]);
        let ops = entry("ops", "ops", &["ops"]);
        let users = "- {userarn: 'arn:aws:iam::111122223333:user/a/jane', username: jane}\n";
        auth.put(&json!({"data": {"mapRoles": format!("{OF_EKS}{dead}{ops}"), "mapUsers": users}}));
        for (kind, names) in [("role", vec!["role/ng-a", "role/ops"]), ("user", vec!["user/a/jane"])] {
            let list = format!("list-resources/ekscompute_aws_auth_map_{kind}/list-resource.tfquery.hcl");
            auth.workspace.write("all.tfquery.hcl", &example(&list, &auth.cluster.name));
            let generated = format!("-generate-config-out={kind}.tf");
            let run = auth.workspace.run(&["query", "-json", &generated]).success();
            let found = run.events("list_resource_found");
            let found: Vec<_> =
                found.iter().filter_map(|each| each["list_resource_found"]["display_name"].as_str()).collect();
            let names: Vec<_> = names.into_iter().map(|name| format!("arn:aws:iam::111122223333:{name}")).collect();
            assert_eq!(found, names);
        }
        auth.workspace.remove("all.tfquery.hcl");
        let written = auth.workspace.read("role.tf");
        assert!(written.contains("node_type") && written.contains("ec2_linux"), "{written}");
        let plan = auth.workspace.plan();
        assert!(plan.actions().values().all(|action| *action == Action::NoOp), "{}", plan.run);
        assert_eq!(plan.actions().len(), 3);
        auth.workspace.apply_plan().success();
        auth.workspace.plan().assert_no_changes();
        assert_eq!(auth.roles(), format!("{OF_EKS}{dead}{ops}"));
    });
}

#[test]
fn ids_and_entries_that_are_not_there_cannot_be_imported() {
    let auth = Auth::new(Cli::OnPath);
    auth.configure(&format!("  role_arn = \"{P}x\"\n  username = \"x\""));
    let refused = auth.workspace.import(ROLE, "only-a-cluster");
    assert!(!refused.succeeded() && refused.text().contains("Invalid import ID"), "{refused}");
    let refused = auth.workspace.import(ROLE, &format!("{}/{P}x", auth.cluster.name));
    assert!(!refused.succeeded() && refused.text().contains("non-existent"), "{refused}");
}
