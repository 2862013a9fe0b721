//! Taking over what exists: import in three ways, and `moved` from `aws_eks_node_group`.

use serde_json::{Value, json};

use super::{ADDRESS, Group, block};
use crate::support::cli::Cli;
use crate::support::for_each_cli;
use crate::support::plan::Action;
use crate::support::sandbox::Cluster;

/// The configuration that fits what [`existing`] makes.
const ARGUMENTS: &str = "instance_types = [\"t3.large\"]\nlabels = { a = \"1\" }\ntags = { team = \"a\" }\n\
                         scaling_config {\n  desired_size = 2\n  max_size = 3\n  min_size = 1\n}\n";

/// A group that somebody else made, known only to AWS.
fn existing(cli: Cli) -> Group {
    let cluster = Cluster::seeded(json!({
        "nodegroups": 1,
        "nodegroup": {
            "instanceTypes": ["t3.large"],
            "labels": {"a": "1"},
            "tags": {"team": "a"},
            "scalingConfig": {"minSize": 1, "maxSize": 3, "desiredSize": 2},
        },
    }));
    let name = cluster.made["nodegroups"][0].as_str().expect("the seed names its node groups").to_owned();
    Group { name, ..Group::of(cli, cluster) }
}

/// The state file as the aws provider 6.66 leaves it behind.
fn state_of_aws(group: &Group, attributes: &Value) -> Value {
    json!({
        "version": 4,
        "terraform_version": "1.8.4",
        "serial": 7,
        "lineage": "6a1c9a6e-3a0e-4f5a-8f36-3d2d0f1ad7a1",
        "outputs": {},
        "resources": [{
            "mode": "managed",
            "type": "aws_eks_node_group",
            "name": "workers",
            "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
            "instances": [{
                "schema_version": 0,
                "attributes": attributes,
                "sensitive_attributes": [],
                "private": "eyJlMmJmYjczMC1lY2FhLTExZTYtOGY4OC0zNDM2M2JjN2M0YzAiOnsiY3JlYXRlIjozNjAwMDAwMDAwMDAw\
                            LCJkZWxldGUiOjM2MDAwMDAwMDAwMDAsInVwZGF0ZSI6MzYwMDAwMDAwMDAwMH19",
                "identity_schema_version": 0,
                "identity": {
                    "account_id": group.cluster.made("account"),
                    "cluster_name": group.cluster.name,
                    "node_group_name": group.name,
                    "region": group.cluster.made("region"),
                },
            }],
        }],
        "check_results": null,
    })
}

/// Attributes in the shape of the aws provider's schema: lists of one for blocks, empty instead of null.
fn attributes_of_aws(group: &Group, arn: &Value, auto_scaling_group: &Value) -> Value {
    json!({
        "ami_type": "AL2023_x86_64_STANDARD",
        "arn": arn,
        "capacity_type": "ON_DEMAND",
        "cluster_name": group.cluster.name,
        "disk_size": 20,
        "force_update_version": null,
        "id": group.id(),
        "instance_types": ["t3.large"],
        "labels": {"a": "1"},
        "launch_template": [],
        "node_group_name": group.name,
        "node_group_name_prefix": "",
        "node_repair_config": [],
        "node_role_arn": group.cluster.made("node_role_arn"),
        "region": group.cluster.made("region"),
        "release_version": "1.33.5-20251016",
        "remote_access": [],
        "resources": [{
            "autoscaling_groups": [{"name": auto_scaling_group}],
            "remote_access_security_group_id": "",
        }],
        "scaling_config": [{"desired_size": 2, "max_size": 3, "min_size": 1}],
        "status": "ACTIVE",
        "subnet_ids": group.cluster.made["private_subnet_ids"],
        "tags": {"team": "a"},
        "tags_all": {"team": "a"},
        "taint": [],
        "timeouts": null,
        "update_config": [{"max_unavailable": 1, "max_unavailable_percentage": 0, "update_strategy": "DEFAULT"}],
        "version": "1.33",
        "warm_pool_config": [],
    })
}

/// Moves an existing group over from a state of the aws provider, 6.66 but for what the edit makes of it.
fn move_over(cli: Cli, edit: fn(&mut Value)) {
    let group = existing(cli);
    // Read what exists, to know what the aws provider had in its state.
    let reader = group.cluster.workspace(cli);
    reader.write("main.tf", &group.resource(ARGUMENTS));
    reader.import(ADDRESS, &group.id()).success();
    let mut known = reader.attributes(ADDRESS);
    let auto_scaling_group = &block(&known, "resources")["autoscaling_groups"][0]["name"];
    let mut attributes = attributes_of_aws(&group, &known["arn"], auto_scaling_group);
    edit(&mut attributes);
    // The strategy DEFAULT and none are the same; the state keeps the one it had.
    known["update_config"][0]["update_strategy"] = attributes["update_config"][0]["update_strategy"].clone();

    // Terraform wants the provider of the old state installed; a move never asks it about the resource.
    group.workspace.also_provide("hashicorp/aws", "terraform-provider-aws");
    group.workspace.write("terraform.tfstate", &state_of_aws(&group, &attributes).to_string());
    let moved = format!("moved {{\n  from = aws_eks_node_group.workers\n  to = {ADDRESS}\n}}\n");
    group.workspace.write("main.tf", &format!("{}{moved}", group.resource(ARGUMENTS)));
    let plan = group.workspace.plan();
    plan.assert_actions(&[(ADDRESS, Action::NoOp)]);
    group.apply();
    assert_eq!(group.workspace.addresses(), [ADDRESS]);
    assert_eq!(group.attributes(), known);
    assert_eq!(group.cluster.count("eks:CreateNodegroup"), 0);
    group.workspace.destroy().success();
    assert!(group.cluster.node_groups().is_empty());
}

for_each_cli! {
    fn import_by_the_command_line(cli) {
        let group = existing(cli);
        group.configure(ARGUMENTS);
        group.workspace.import(ADDRESS, &group.id()).success();
        assert_eq!(group.attributes()["status"], json!("ACTIVE"));
        group.workspace.plan().assert_no_changes();
    }

    fn import_by_a_block_with_the_id(cli) {
        let group = existing(cli);
        let block = format!("import {{\n  to = {ADDRESS}\n  id = \"{}\"\n}}\n", group.id());
        group.workspace.write("main.tf", &format!("{}{block}", group.resource(ARGUMENTS)));
        let plan = group.workspace.plan();
        plan.assert_actions(&[(ADDRESS, Action::NoOp)]);
        assert_eq!(plan.change(ADDRESS)["importing"]["id"], json!(group.id()));
        group.apply();
        assert_eq!(group.cluster.count("eks:CreateNodegroup"), 0);
    }

    #[needs(Identity)]
    fn import_by_a_block_with_the_identity(cli) {
        let group = existing(cli);
        let block = format!(
            "import {{\n  to = {ADDRESS}\n  identity = {{\n    cluster_name = \"{}\"\n    node_group_name = \"{}\"\n  }}\n}}\n",
            group.cluster.name, group.name
        );
        group.workspace.write("main.tf", &format!("{}{block}", group.resource(ARGUMENTS)));
        group.workspace.plan().assert_actions(&[(ADDRESS, Action::NoOp)]);
        group.apply();
        assert_eq!(group.attributes()["id"], json!(group.id()));
        assert_eq!(group.cluster.count("eks:CreateNodegroup"), 0);
    }

    fn import_generates_configuration_that_plans_clean(cli) {
        let group = existing(cli);
        let block = format!("import {{\n  to = {ADDRESS}\n  id = \"{}\"\n}}\n", group.id());
        group.workspace.write("main.tf", &block);
        let plan = group.workspace.plan_with(&["-generate-config-out=generated.tf"]);
        plan.assert_actions(&[(ADDRESS, Action::NoOp)]);
        assert!(group.workspace.read("generated.tf").contains("scaling_config {"));
        group.apply();
        assert_eq!(group.cluster.count("eks:CreateNodegroup"), 0);
    }

    fn import_of_missing_group_or_invalid_id_fails(cli) {
        let group = Group::new(cli);
        group.configure(ARGUMENTS);
        for (id, words) in [(group.id(), group.name.as_str()), ("no-colon".to_owned(), "cluster_name:node_group_name")] {
            let run = group.workspace.import(ADDRESS, &id);
            assert!(!run.succeeded() && run.text().contains(words), "{run}");
        }
    }

    #[everywhere]
    fn moved_from_the_aws_provider(cli) {
        move_over(cli, |_| {});
    }

    // Releases 3 and 4 knew less; what a fork or a later release adds is passed over.
    fn moved_from_an_old_aws_provider(cli) {
        move_over(cli, |attributes| {
            for newer in ["node_group_name_prefix", "node_repair_config", "region", "tags_all", "taint", "warm_pool_config"] {
                attributes.as_object_mut().and_then(|all| all.remove(newer)).expect("an attribute to leave out");
            }
            attributes["update_config"] = json!([{"max_unavailable": 1, "max_unavailable_percentage": 0}]);
            attributes["scaling_config"][0]["weight"] = json!(7);
            attributes["of_a_fork"] = json!({"a": [1]});
        });
    }
}
