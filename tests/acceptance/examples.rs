//! The first example of each resource page, as a reader copies it: apply, an empty plan, destroy, and no warning.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::cli::Cli;
use crate::support::examples::{self, example, read};
use crate::support::run::Run;
use crate::support::sandbox::Cluster;

/// Declares the variables of the examples.
fn variables(cluster: &Cluster) -> String {
    let variable = |name: &str, value: &Value| format!("variable \"{name}\" {{\n  default = {value}\n}}\n");
    [
        variable("cluster_name", &json!(cluster.name)),
        variable("subnet_ids", &cluster.made["private_subnet_ids"]),
        variable("private_subnet_ids", &cluster.made["private_subnet_ids"]),
    ]
    .concat()
}

/// Returns an example in which the values of the objects of the AWS provider are known after apply.
fn with_unknown_values(cluster: &Cluster, text: &str) -> String {
    let node_role = cluster.made("node_role_arn");
    let arn = |name: &str| format!("arn:aws:iam::{}:{name}", cluster.made("account"));
    let values = json!({
        "node_role_arn": node_role,
        "node_role_name": node_role.rsplit('/').next(),
        "pod_execution_role_arn": cluster.made("fargate_role_arn"),
        "developer_role_arn": node_role,
        "self_managed_node_role_arn": arn("role/my-nodes"),
        "deployer_user_arn": arn("user/ci/deployer"),
    });
    examples::with_unknown_values(text, &values)
}

/// Returns the warnings of a run, except the one about the unreleased provider.
fn warnings(run: &Run) -> Vec<String> {
    run.own_warnings().into_iter().map(|each| format!("{}: {}", each.summary, each.detail)).collect()
}

/// Follows the first example of a resource page.
#[track_caller]
fn copy_and_paste(cluster: &Cluster, ty: &str) {
    let workspace = cluster.workspace(Cli::OnPath);
    workspace.write("variables.tf", &variables(cluster));
    let text = example(&format!("resources/{ty}/resource.tf"));
    workspace.write("main.tf", &with_unknown_values(cluster, &text));
    let applied = workspace.apply().success();
    let plan = workspace.plan();
    plan.assert_no_changes();
    let destroyed = workspace.destroy().success();
    assert!(workspace.addresses().is_empty(), "{destroyed}");
    for run in [applied, plan.run, destroyed] {
        assert_eq!(warnings(&run), [""; 0], "{ty}: {}", run.command);
    }
}

/// Creates a cluster with Karpenter, the AMIs that the examples name, and discovery tags.
fn with_karpenter() -> Cluster {
    let cluster = Cluster::alone(json!({}));
    for ami_type in ["AL2023_x86_64_NVIDIA", "AL2023_x86_64_STANDARD", "AL2023_ARM_64_STANDARD"] {
        cluster.publish("1.33", ami_type, "1.33.3-20260801");
    }
    cluster.start_kubernetes(json!({}));
    cluster.custom_resources(json!({"install": "karpenter-v1.15.2"}));
    cluster.karpenter(json!({}));
    let subnets = cluster.made["private_subnet_ids"].as_array().expect("subnets").iter().filter_map(Value::as_str);
    for id in subnets.chain([cluster.made("cluster_security_group_id")]) {
        let tag = format!("Tag.1.Key=karpenter.sh%2Fdiscovery&Tag.1.Value={}", cluster.name);
        cluster.ec2("CreateTags", &format!("ResourceId.1={id}&{tag}"));
    }
    cluster
}

#[test]
fn node_group_example_is_complete() {
    copy_and_paste(&Cluster::new(), "ekscompute_node_group");
}

#[test]
fn fargate_profile_example_is_complete() {
    copy_and_paste(&Cluster::new(), "ekscompute_fargate_profile");
}

#[test]
fn access_entry_example_is_complete() {
    copy_and_paste(&Cluster::new(), "ekscompute_access_entry");
}

#[test]
fn aws_auth_examples_are_complete() {
    let cluster = Cluster::new();
    cluster.start_kubernetes(json!({}));
    copy_and_paste(&cluster, "ekscompute_aws_auth_map_role");
    copy_and_paste(&cluster, "ekscompute_aws_auth_map_user");
}

#[test]
fn windows_support_example_is_complete() {
    let cluster = Cluster::seeded(json!({"fargate_profiles": ["kube-system"]}));
    cluster.start_kubernetes(json!({}));
    copy_and_paste(&cluster, "ekscompute_windows_support");
}

#[test]
fn karpenter_examples_are_complete() {
    let cluster = with_karpenter();
    copy_and_paste(&cluster, "ekscompute_node_class");
    copy_and_paste(&cluster, "ekscompute_node_pool");
    copy_and_paste(&cluster, "ekscompute_gpu_node_class");

    cluster.install_nvidia_device_plugin();
    copy_and_paste(&cluster, "ekscompute_gpu_node_pool");
}

/// Returns the words that follow a prefix in the text: names of variables, or types and names of objects.
fn names(text: &str, prefix: &str, parts: usize) -> BTreeSet<String> {
    let is_inside = |letter: char| letter.is_alphanumeric() || "_-.".contains(letter);
    let found = text.split(|letter: char| !is_inside(letter)).filter_map(|word| word.strip_prefix(prefix));
    found.map(|word| word.split('.').take(parts).collect::<Vec<_>>().join(".")).collect()
}

/// Every object and variable that a first example refers to is declared in it, and its providers have a source.
#[test]
fn first_examples_declare_what_they_use() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/resources");
    let folders: Vec<_> = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry")).collect();
    assert!(folders.len() >= 10, "{folders:?}");
    for folder in folders {
        let ty = folder.file_name().to_string_lossy().into_owned();
        let text = read(&format!("resources/{ty}/resource.tf"));
        assert!(text.contains("source = \"ekscompute/ekscompute\""), "{ty} has no source of the provider");
        let has_aws = text.contains("resource \"aws_") || text.contains("data \"aws_");
        assert_eq!(
            has_aws,
            text.contains("source  = \"hashicorp/aws\"") || text.contains("source = \"hashicorp/aws\""),
            "{ty}"
        );
        for variable in names(&text, "var.", 1) {
            let declaration = format!("variable \"{variable}\" {{\n  description = \"");
            assert!(text.contains(&declaration), "{ty} does not declare {variable} with a description");
        }
        for object in names(&text, "aws_", 2).into_iter().filter(|object| object.contains('.')) {
            let (of, name) = object.split_once('.').expect("a type and a name");
            assert!(text.contains(&format!("\"aws_{of}\" \"{name}\" {{")), "{ty} does not declare aws_{object}");
        }
        let policies = text.matches("resource \"aws_iam_role_policy_attachment\"").count();
        let dependencies = text.matches("aws_iam_role_policy_attachment.").count();
        assert_eq!(policies, dependencies, "{ty} does not depend on each attachment");
    }
}
