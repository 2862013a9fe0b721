//! Taking over what exists: import in three ways, `moved` from `aws_eks_fargate_profile`, and `terraform query`.

use serde_json::{Value, json};

use super::{ADDRESS, Profile};
use crate::support::cli::Cli;
use crate::support::for_each_cli;
use crate::support::plan::Action;
use crate::support::sandbox::Cluster;

/// The configuration that fits what [`existing`] makes.
const ARGUMENTS: &str = "selector {\n  namespace = \"batch\"\n}\n";

/// A profile that somebody else made, known only to AWS.
fn existing(cli: Cli) -> Profile {
    Profile::of(cli, Cluster::seeded(json!({"fargate_profiles": ["batch"]})))
}

/// The state file as the aws provider 6.66 leaves it behind: empty maps where nothing is given.
fn state_of_aws(profile: &Profile, arn: &Value) -> Value {
    let region = profile.cluster.made("region");
    json!({
        "version": 4,
        "terraform_version": "1.8.4",
        "serial": 7,
        "lineage": "6a1c9a6e-3a0e-4f5a-8f36-3d2d0f1ad7a1",
        "outputs": {},
        "resources": [{
            "mode": "managed",
            "type": "aws_eks_fargate_profile",
            "name": "batch",
            "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
            "instances": [{
                "schema_version": 0,
                "attributes": {
                    "arn": arn,
                    "cluster_name": profile.cluster.name,
                    "fargate_profile_name": profile.name,
                    "id": profile.id(),
                    "pod_execution_role_arn": profile.cluster.made("fargate_role_arn"),
                    "region": region,
                    "selector": [{"labels": {}, "namespace": "batch"}],
                    "status": "ACTIVE",
                    "subnet_ids": profile.cluster.made["private_subnet_ids"],
                    "tags": {},
                    "tags_all": {},
                    "timeouts": null,
                },
                "sensitive_attributes": [],
                "identity_schema_version": 0,
                "identity": {
                    "account_id": profile.cluster.made("account"),
                    "cluster_name": profile.cluster.name,
                    "fargate_profile_name": profile.name,
                    "region": region,
                },
            }],
        }],
        "check_results": null,
    })
}

#[test]
fn fargate_import_three_ways_and_generated_configuration() {
    let profile = existing(Cli::OnPath);
    profile.configure(ARGUMENTS);
    profile.workspace.import(ADDRESS, &profile.id()).success();
    profile.workspace.plan().assert_no_changes();
    profile.workspace.run(&["state", "rm", ADDRESS]).success();

    let block = format!("import {{\n  to = {ADDRESS}\n  id = \"{}\"\n}}\n", profile.id());
    profile.workspace.write("import.tf", &block);
    profile.assert_plan(Action::NoOp);
    profile.apply();
    profile.workspace.run(&["state", "rm", ADDRESS]).success();

    profile.workspace.remove("main.tf");
    let plan = profile.workspace.plan_with(&["-generate-config-out=generated.tf"]);
    plan.assert_actions(&[(ADDRESS, Action::NoOp)]);
    profile.apply();
    assert!(profile.workspace.read("generated.tf").contains("namespace = \"batch\""));

    for (id, words) in [("nobody:knows", "nobody"), ("no-colon", "cluster_name:fargate_profile_name")] {
        let empty = profile.cluster.workspace(Cli::OnPath);
        empty.write("main.tf", &profile.resource(ARGUMENTS));
        let run = empty.import(ADDRESS, id);
        assert!(!run.succeeded() && run.text().contains(words), "{run}");
    }
    assert_eq!(profile.cluster.count("eks:CreateFargateProfile"), 0);
}

#[test]
fn fargate_import_by_the_identity() {
    let profile = existing(Cli::Terraform112);
    let block = format!(
        "import {{\n  to = {ADDRESS}\n  identity = {{\n    cluster_name = \"{}\"\n    fargate_profile_name = \"batch\"\n  \
         }}\n}}\n",
        profile.cluster.name
    );
    profile.workspace.write("main.tf", &format!("{}{block}", profile.resource(ARGUMENTS)));
    profile.assert_plan(Action::NoOp);
    profile.apply();
    assert_eq!(profile.attributes()["id"], json!(profile.id()));
}

for_each_cli! {
    fn fargate_moved_from_the_aws_provider(cli) {
        let profile = existing(cli);
        // Read what exists, to know what the aws provider had in its state.
        let reader = profile.cluster.workspace(cli);
        reader.write("main.tf", &profile.resource(ARGUMENTS));
        reader.import(ADDRESS, &profile.id()).success();
        let known = reader.attributes(ADDRESS);

        // Terraform wants the provider of the old state installed; a move never asks it about the resource.
        profile.workspace.also_provide("hashicorp/aws", "terraform-provider-aws");
        profile.workspace.write("terraform.tfstate", &state_of_aws(&profile, &known["arn"]).to_string());
        let moved = format!("moved {{\n  from = aws_eks_fargate_profile.batch\n  to = {ADDRESS}\n}}\n");
        profile.workspace.write("main.tf", &format!("{}{moved}", profile.resource(ARGUMENTS)));
        profile.assert_plan(Action::NoOp);
        profile.apply();
        assert_eq!(profile.attributes(), known);
        // The state had an empty map of labels; who writes one plans the same.
        let with_labels = ARGUMENTS.replace("}\n", "  labels = {}\n}\n");
        profile.workspace.write("main.tf", &profile.resource(&with_labels));
        profile.workspace.plan().assert_no_changes();
        assert_eq!(profile.cluster.count("eks:CreateFargateProfile"), 0);
    }
}

#[test]
fn fargate_query_lists_and_generates_configuration_that_plans_clean() {
    let profile = Profile::of(Cli::Terraform115, Cluster::seeded(json!({"fargate_profiles": ["a", "b", "c"]})));
    let list = format!(
        "list \"ekscompute_fargate_profile\" \"all\" {{\n  provider = ekscompute\n  config {{\n    cluster_name = \"{}\"\n  \
         }}\n}}\n",
        profile.cluster.name
    );
    profile.workspace.write("all.tfquery.hcl", &list);
    let run = profile.workspace.run(&["query", "-json", "-generate-config-out=generated.tf"]).success();
    let found = run.events("list_resource_found");
    let names = found.iter().map(|event| event["list_resource_found"]["identity"]["fargate_profile_name"].clone());
    assert_eq!(names.collect::<Vec<_>>(), ["a", "b", "c"], "{run}");
    profile.workspace.remove("all.tfquery.hcl");
    let plan = profile.workspace.plan();
    assert!(plan.actions().values().all(|action| *action == Action::NoOp), "{}", plan.run);
    assert_eq!(plan.actions().len(), 3);
    profile.apply();
    assert_eq!(profile.cluster.count("eks:CreateFargateProfile"), 0);
}
