//! Taking over what exists: import in three ways, `moved` from `aws_eks_access_entry`, `adopt`, and `terraform query`.

use serde_json::{Value, json};

use super::{ADDRESS, Entry, ROOT, block, principals, resource, scope};
use crate::support::cli::Cli;
use crate::support::features::{Feature, run_where_supported};
use crate::support::for_each_cli;
use crate::support::plan::Action;

/// The configuration that fits what [`existing`] makes.
fn arguments() -> String {
    format!("kubernetes_groups = [\"ops\"]\n{}", block("AmazonEKSViewPolicy", &["a"]))
}

/// An entry that somebody else made, known only to EKS.
fn existing(cli: Cli) -> Entry {
    let entry = Entry::new(cli);
    let body = json!({"principalArn": entry.role, "kubernetesGroups": ["ops"]});
    entry.cluster.eks("POST", &format!("/clusters/{}/access-entries", entry.cluster.name), &body);
    entry.associate("AmazonEKSViewPolicy", &json!({"type": "namespace", "namespaces": ["a"]}));
    entry
}

/// The state file as the aws provider 6.66 leaves it behind.
fn state_of_aws(entry: &Entry, known: &Value) -> Value {
    let region = entry.cluster.made("region");
    json!({
        "version": 4,
        "terraform_version": "1.8.4",
        "serial": 7,
        "lineage": "6a1c9a6e-3a0e-4f5a-8f36-3d2d0f1ad7a1",
        "outputs": {},
        "resources": [{
            "mode": "managed",
            "type": "aws_eks_access_entry",
            "name": "this",
            "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
            "instances": [{
                "schema_version": 0,
                "attributes": {
                    "access_entry_arn": known["access_entry_arn"],
                    "cluster_name": entry.cluster.name,
                    "created_at": known["created_at"],
                    "id": entry.id(),
                    "kubernetes_groups": ["ops"],
                    "modified_at": known["modified_at"],
                    "principal_arn": entry.role,
                    "region": region,
                    "tags": {},
                    "tags_all": {},
                    "timeouts": null,
                    "type": "STANDARD",
                    "user_name": known["user_name"],
                },
                "sensitive_attributes": [],
            }],
        }],
        "check_results": null,
    })
}

#[test]
fn access_entry_import_three_ways_and_generated_configuration() {
    let entry = existing(Cli::OnPath);
    entry.configure(&arguments());
    entry.workspace.import(ADDRESS, &entry.id()).success();
    entry.workspace.plan().assert_no_changes();
    entry.workspace.run(&["state", "rm", ADDRESS]).success();

    let import = format!("import {{\n  to = {ADDRESS}\n  id = \"{}\"\n}}\n", entry.id());
    entry.workspace.write("import.tf", &import);
    entry.assert_plan(Action::NoOp);
    entry.apply();
    entry.workspace.run(&["state", "rm", ADDRESS]).success();

    entry.workspace.remove("main.tf");
    entry.workspace.plan_with(&["-generate-config-out=generated.tf"]).assert_actions(&[(ADDRESS, Action::NoOp)]);
    entry.apply();
    let generated = entry.workspace.read("generated.tf");
    assert!(generated.contains("AmazonEKSViewPolicy"), "{generated}");

    for (id, words) in
        [(format!("nobody:{}", entry.role), "nobody"), ("no-arn".to_owned(), "cluster_name:principal_arn")]
    {
        let empty = entry.cluster.workspace(Cli::OnPath);
        empty.write("main.tf", &entry.resource(""));
        let run = empty.import(ADDRESS, &id);
        assert!(!run.succeeded() && run.text().contains(words), "{run}");
    }
    assert_eq!(entry.cluster.count("eks:UpdateAccessEntry"), 0);
}

#[test]
fn access_entry_import_by_the_identity() {
    let entry = existing(Cli::Terraform112);
    let identity = format!(
        "import {{\n  to = {ADDRESS}\n  identity = {{\n    cluster_name = \"{}\"\n    principal_arn = \"{}\"\n  }}\n}}\n",
        entry.cluster.name, entry.role
    );
    entry.workspace.write("main.tf", &format!("{}{identity}", entry.resource(&arguments())));
    entry.assert_plan(Action::NoOp);
    entry.apply();
    assert_eq!(entry.attributes()["id"], json!(entry.id()));
}

#[test]
fn policies_of_other_resources_survive_an_import_without_blocks() {
    let entry = existing(Cli::OnPath);
    entry.configure("kubernetes_groups = [\"ops\"]\n");
    entry.workspace.import(ADDRESS, &entry.id()).success();
    let plan = entry.workspace.plan();
    let kept = plan.warnings().iter().any(|each| each.summary.contains("keeps its policies"));
    assert!(kept, "{}", plan.run);
    entry.apply();
    assert_eq!(entry.policies(), [("AmazonEKSViewPolicy".to_owned(), scope(&["a"]))]);
}

for_each_cli! {
    fn access_entry_moved_from_the_aws_provider(cli) {
        let entry = existing(cli);
        // Read what exists, to know what the aws provider had in its state.
        let reader = entry.cluster.workspace(cli);
        reader.write("main.tf", &entry.resource(&arguments()));
        reader.import(ADDRESS, &entry.id()).success();
        let known = reader.attributes(ADDRESS);

        // Terraform wants the provider of the old state installed; a move never asks it about the resource.
        entry.workspace.also_provide("hashicorp/aws", "terraform-provider-aws");
        entry.workspace.write("terraform.tfstate", &state_of_aws(&entry, &known).to_string());
        let moved = format!("moved {{\n  from = aws_eks_access_entry.this\n  to = {ADDRESS}\n}}\n");
        // The policy is a resource of its own there, and this one leaves it alone.
        entry.workspace.write("main.tf", &format!("{}{moved}", entry.resource("kubernetes_groups = [\"ops\"]\n")));
        entry.assert_plan(Action::NoOp);
        entry.apply();
        assert_eq!(entry.attributes()["access_entry_arn"], known["access_entry_arn"]);
        assert_eq!(entry.policies(), [("AmazonEKSViewPolicy".to_owned(), scope(&["a"]))]);
        // With a block it is taken over, which changes nothing at EKS.
        entry.workspace.write("main.tf", &entry.resource(&arguments()));
        entry.apply();
        let changes = ["AssociateAccessPolicy", "DisassociateAccessPolicy", "UpdateAccessEntry", "CreateAccessEntry"];
        let made: usize = changes.iter().map(|call| entry.cluster.count(&format!("eks:{call}"))).sum();
        // Those of the test itself.
        assert_eq!(made, 2);
    }
}

#[test]
fn entry_of_the_creator_is_adopted() {
    let entry = Entry::new(Cli::OnPath);
    let of_creator = |arguments: &str| {
        let arguments = format!("{arguments}{}", block("AmazonEKSClusterAdminPolicy", &[]));
        entry.workspace.write("main.tf", &resource("this", &entry.cluster.name, ROOT, &arguments));
    };
    of_creator("");
    let error = entry.workspace.apply().only_error();
    assert!(error.summary.contains("already exists") && error.detail.contains("adopt = true"), "{error:?}");
    of_creator("adopt = true\n");
    entry.assert_plan(Action::Create);
    entry.workspace.apply_plan().success();
    entry.workspace.plan().assert_no_changes();
    assert_eq!(entry.cluster.count("eks:AssociateAccessPolicy"), 0);
}

#[test]
fn access_entry_query_lists_and_generates_configuration_that_plans_clean() {
    run_where_supported(Cli::OnPath, &[Feature::Query], |cli| {
        let entry = existing(cli);
        let list = format!(
            "list \"ekscompute_access_entry\" \"all\" {{\n  provider = ekscompute\n  config {{\n    cluster_name = \"{}\"\n  \
             }}\n}}\n",
            entry.cluster.name
        );
        entry.workspace.write("all.tfquery.hcl", &list);
        let run = entry.workspace.run(&["query", "-json", "-generate-config-out=generated.tf"]).success();
        let found = run.events("list_resource_found");
        let found = found.iter().map(|event| event["list_resource_found"]["identity"]["principal_arn"].clone());
        assert_eq!(found.collect::<Vec<_>>(), principals(&entry.cluster), "{run}");
        let generated = entry.workspace.read("generated.tf");
        assert!(!generated.contains("user_name") && !generated.contains("skip_lockout_guard"), "{generated}");
        entry.workspace.remove("all.tfquery.hcl");
        let plan = entry.workspace.plan();
        assert!(plan.actions().values().all(|action| *action == Action::NoOp), "{}", plan.run);
        assert_eq!(plan.actions().len(), 2);
        entry.apply();
        assert_eq!(entry.cluster.count("eks:UpdateAccessEntry"), 0);
    });
}
