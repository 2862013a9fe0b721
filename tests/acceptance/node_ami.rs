//! `ekscompute_node_ami` against the public parameters of the sandbox.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::cli::Cli;
use crate::support::sandbox::Cluster;
use crate::support::workspace::Workspace;

fn workspace() -> (Cluster, Workspace) {
    let cluster = Cluster::new();
    let workspace = cluster.workspace(Cli::OnPath);
    (cluster, workspace)
}

fn outputs(workspace: &Workspace) -> Value {
    let outputs = workspace.run(&["output", "-json"]).success().json();
    outputs.as_object().into_iter().flatten().map(|(name, output)| (name.clone(), output["value"].clone())).collect()
}

#[test]
fn node_ami_example_works_as_written() {
    let (_cluster, workspace) = workspace();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data-sources/ekscompute_node_ami/data-source.tf");
    workspace.write("main.tf", &std::fs::read_to_string(file).expect("the example"));
    workspace.write("variables.tf", "variable \"release_version\" {\n  default = \"1.44.0-3a1d8b30\"\n}\n");
    workspace.apply().success();
    let outputs = outputs(&workspace);
    let ids: Vec<_> = outputs["image_ids"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    assert!(ids.len() == 2 && ids.iter().all(|id| id.starts_with("ami-")), "{outputs}");
    workspace.plan().assert_no_changes();
}

#[test]
fn node_amis_of_all_types_are_found_in_few_calls() {
    let (cluster, workspace) = workspace();
    let types = ["AL2_x86_64", "AL2023_ARM_64_NVIDIA", "BOTTLEROCKET_x86_64_FIPS", "WINDOWS_FULL_2022_x86_64"];
    workspace.write(
        "main.tf",
        &format!(
            "data \"ekscompute_node_ami\" \"all\" {{\n  for_each           = toset({})\n  ami_type           = each.key\n  \
             kubernetes_version = \"1.32\"\n  include_available  = true\n}}\n\
             data \"ekscompute_node_ami\" \"oldest\" {{\n  for_each           = data.ekscompute_node_ami.all\n  \
             ami_type           = each.key\n  kubernetes_version = \"1.32\"\n  \
             release_version    = reverse(each.value.available)[0].release_version\n}}\n\
             output \"newest\" {{\n  value = {{ for name, ami in data.ekscompute_node_ami.all : name => \
             [ami.release_version, ami.image_id] }}\n}}\n\
             output \"same\" {{\n  value = [for name, ami in data.ekscompute_node_ami.all : \
             ami.available[0].image_id == ami.image_id]\n}}\n\
             output \"oldest\" {{\n  value = {{ for name, ami in data.ekscompute_node_ami.oldest : name => \
             ami.image_id == reverse(data.ekscompute_node_ami.all[name].available)[0].image_id }}\n}}\n",
            json!(types)
        ),
    );
    workspace.plan();
    let calls = cluster.calls();
    let count = |operation: &str| calls.iter().filter(|call| *call == operation).count();
    // Seven parameters of recommended ones, then six of pinned ones.
    assert!(count("ssm:GetParameters") <= 4 && count("ssm:GetParameter") == 0, "{calls:?}");
    workspace.apply().success();
    let outputs = outputs(&workspace);
    assert_eq!(outputs["newest"]["BOTTLEROCKET_x86_64_FIPS"][0], json!("1.49.0-713f44ce"));
    assert_eq!(outputs["newest"]["WINDOWS_FULL_2022_x86_64"][0], json!("1.32-2025.10.16"));
    assert_eq!(outputs["newest"]["AL2_x86_64"][0], json!("1.32.9-20251016"));
    assert_eq!(outputs["same"], json!([true, true, true, true]));
    for name in types {
        assert_eq!(outputs["oldest"][name], json!(true), "{name}");
    }
}

#[test]
fn node_ami_that_is_not_published_is_one_error_at_its_place() {
    let (_cluster, workspace) = workspace();
    for (arguments, code, detail) in [
        (
            "ami_type = \"AL2_x86_64\"\nkubernetes_version = \"1.34\"",
            "kubernetes_version = \"1.34\"",
            "does not publish an AMI",
        ),
        (
            "ami_type = \"AL2023_x86_64_STANDARD\"\nkubernetes_version = \"1.33\"\nrelease_version = \"1.33.1-20200101\"",
            "release_version = \"1.33.1-20200101\"",
            "1.33.5-20251016",
        ),
        ("ami_type = \"CUSTOM\"\nkubernetes_version = \"1.33\"", "ami_type = \"CUSTOM\"", "must be one of"),
        ("ami_type = \"AL2_x86_64\"\nkubernetes_version = \"v1\"", "kubernetes_version = \"v1\"", "such as \"1.33\""),
    ] {
        workspace.write("main.tf", &format!("data \"ekscompute_node_ami\" \"a\" {{\n{arguments}\n}}\n"));
        let error = workspace.try_plan(&[]).only_error();
        assert_eq!(error.code.trim(), code, "{error:?}");
        assert!(error.detail.contains(detail), "{error:?}");
    }
}
