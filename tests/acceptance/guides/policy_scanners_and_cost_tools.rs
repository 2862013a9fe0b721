//! Follows the guide to policy scanners and cost tools. The policies do not run here. Their conditions are evaluated on
//! the JSON form of a plan, which proves that the paths in them exist.

use serde_json::{Value, json};

use super::Guide;
use super::karpenter::{CLASSES, Nodes};
use crate::support::cli::Cli;
use crate::support::sandbox::Cluster;

const GROUP: &str = "ekscompute_node_group.workers";

/// What the policy in step 2 denies.
fn denied(plan: &Value) -> Vec<String> {
    let changes = plan["resource_changes"].as_array().into_iter().flatten();
    let groups = changes.filter(|each| {
        each["mode"] == "managed" && each["type"] == "ekscompute_node_group" && !each["change"]["after"].is_null()
    });
    let mut messages = Vec::new();
    for group in groups {
        let (address, change) = (group["address"].as_str().unwrap_or_default(), &group["change"]);
        let blocks = change["after"]["remote_access"].as_array().into_iter().flatten();
        for (index, access) in blocks.enumerate() {
            let known = access["source_security_group_ids"].as_array().is_some_and(|ids| !ids.is_empty());
            let unknown = &change["after_unknown"]["remote_access"][index]["source_security_group_ids"];
            let has_sources = known || *unknown == json!(true);
            if !access["ec2_ssh_key"].is_null() && !has_sources {
                messages.push(format!("{address}: remote_access"));
            }
        }
        let is_known = change["after_unknown"]["tags_all"] != json!(true);
        if is_known && change["after"]["tags_all"]["cost-center"].is_null() {
            messages.push(format!("{address}: tag"));
        }
    }
    messages
}

#[test]
fn policy_denies_open_remote_access_and_missing_tag() {
    let guide = Guide::read("policy-scanners-and-cost-tools");
    let rego = guide.code("Write the policy", "rego");
    // The rules that `denied` repeats.
    for rule in [
        "some index, access in group.change.after.remote_access",
        "object.get(access, \"ec2_ssh_key\", null) != null",
        "not has_sources(group.change, index)",
        "ids := change.after.remote_access[index].source_security_group_ids",
        "count(ids) > 0",
        "change.after_unknown.remote_access[index].source_security_group_ids == true",
        "object.get(group.change.after_unknown, \"tags_all\", false) != true",
        "not group.change.after.tags_all[\"cost-center\"]",
    ] {
        assert!(rego.lines().any(|line| line.trim() == rule), "{rule}");
    }
    let cluster = Cluster::new();
    cluster.ec2("CreateKeyPair", &format!("KeyName={}", cluster.name));
    let workspace = cluster.workspace(Cli::OnPath);
    guide.assert_formatted(&workspace);
    let subnets = "[\"subnet-0a1b2c3d4e5f60718\", \"subnet-1a2b3c4d5e6f70819\"]";
    let security_group = cluster.made("cluster_security_group_id");
    let named = |code: &str| {
        code.replace("my-cluster", &cluster.name)
            .replace("arn:aws:iam::111122223333:role/my-nodes", cluster.made("node_role_arn"))
            .replace(subnets, &cluster.subnets())
            .replace("my-key", &cluster.name)
            .replace("sg-0a1b2c3d4e5f60718", security_group)
    };
    let open = named(&guide.terraform("Step 2"));
    let denied_of = |text: &str| {
        workspace.write("main.tf", text);
        denied(&workspace.plan().json)
    };
    assert_eq!(denied_of(&open), [format!("{GROUP}: remote_access")]);

    let block = format!("  remote_access {{\n    ec2_ssh_key = \"{}\"\n  }}\n", cluster.name);
    assert!(open.contains(&block), "{open}");
    let fixed = open.replace(&block, &named(&guide.terraform("Fix the finding")));
    assert_eq!(denied_of(&fixed), [""; 0]);
    let untagged = fixed.replace("cost-center", "team");
    assert_eq!(denied_of(&untagged), [format!("{GROUP}: tag")]);
    let default_tags = "provider \"ekscompute\" {\n  default_tags {\n    tags = { cost-center = \"4711\" }\n  }\n}\n";
    assert_eq!(denied_of(&format!("{default_tags}{untagged}")), [""; 0]);

    // Security groups of the same plan, and none at all.
    let group = format!("resource \"terraform_data\" \"group\" {{\n  input = \"{security_group}\"\n}}\n");
    let listed = format!("[\"{security_group}\"]");
    for planned in ["[terraform_data.group.output]", "toset(split(\",\", terraform_data.group.output))"] {
        assert_eq!(denied_of(&format!("{group}{}", fixed.replace(&listed, planned))), [""; 0], "{planned}");
    }
    assert_eq!(denied_of(&fixed.replace(&listed, "[]")), [format!("{GROUP}: remote_access")]);
}

#[test]
fn checkov_policy_uses_attributes_of_plan() {
    let guide = Guide::read("policy-scanners-and-cost-tools");
    let policy: Value = serde_saphyr::from_str(&guide.code("Step 3", "yaml")).expect("a policy");
    let conditions = policy["definition"]["or"].as_array().expect("conditions");
    let condition = |attribute: &str, operator: &str| {
        json!({
            "cond_type": "attribute", "resource_types": ["ekscompute_node_group"],
            "attribute": attribute, "operator": operator,
        })
    };
    let key = condition("remote_access.ec2_ssh_key", "not_exists");
    assert_eq!(*conditions, [key, condition("remote_access.source_security_group_ids", "exists")]);
}

#[test]
fn tags_of_node_class_are_tags_of_instances() {
    let nodes = Nodes::new();
    let text = Guide::read("policy-scanners-and-cost-tools").terraform("Step 4");
    nodes.workspace.write("main.tf", &nodes.named(&text));
    nodes.apply();
    let class = nodes.object(&format!("{CLASSES}/default"));
    assert_eq!(class["spec"]["tags"], json!({"cost-center": "4711"}));
}
