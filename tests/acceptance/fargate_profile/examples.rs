//! The examples of the documentation work as they are written.

use super::{ADDRESS, Profile};
use crate::support::cli::Cli;
use crate::support::examples;
use crate::support::plan::Action;

/// An example's text, about the cluster of the test.
fn example(profile: &Profile, path: &str) -> String {
    examples::example(path).replace("my-cluster", &profile.cluster.name)
}

fn variables(profile: &Profile) -> String {
    let variable = |name: &str, value: &str| format!("variable \"{name}\" {{\n  default = {value}\n}}\n");
    [
        variable("cluster_name", &format!("\"{}\"", profile.cluster.name)),
        variable("pod_execution_role_arn", &format!("\"{}\"", profile.cluster.made("fargate_role_arn"))),
        variable("private_subnet_ids", &profile.cluster.subnets()),
    ]
    .concat()
}

/// A profile as `resource.tf` describes it.
fn made(cli: Cli) -> Profile {
    let profile = Profile::new(cli);
    profile.workspace.write("variables.tf", &variables(&profile));
    let text = example(&profile, "resources/ekscompute_fargate_profile/resource.tf");
    profile.workspace.write("resource.tf", &text);
    profile.apply();
    profile
}

#[test]
fn fargate_examples_apply_and_import_as_written() {
    let profile = made(Cli::Terraform115);
    let resources = |file: &str| example(&profile, &format!("resources/ekscompute_fargate_profile/{file}"));
    profile.workspace.write("several.tf", &resources("resource_several.tf"));
    let data = "data-sources/ekscompute_fargate_profile/data-source.tf";
    profile.workspace.write("data.tf", &example(&profile, data));
    profile.apply();
    assert_eq!(profile.cluster.fargate_profiles(), ["batch", "jobs", "kube-system", "web"]);
    let outputs = profile.workspace.run(&["output", "-json", "fargate_namespaces"]).success().json();
    assert_eq!(outputs, serde_json::json!(["batch", "team-*"]));

    for file in ["import-by-string-id.tf", "import-by-identity.tf"] {
        let other = profile.cluster.workspace(Cli::Terraform115);
        for file in ["variables.tf", "resource.tf"] {
            other.write(file, &profile.workspace.read(file));
        }
        other.write("import.tf", &resources(file));
        other.plan().assert_actions(&[(ADDRESS, Action::NoOp)]);
    }
    let other = profile.cluster.workspace(Cli::Terraform115);
    for file in ["variables.tf", "resource.tf"] {
        other.write(file, &profile.workspace.read(file));
    }
    let text = resources("import.sh");
    let [_, "import", address, id] = text.split_whitespace().collect::<Vec<_>>()[..] else {
        panic!("not an import command: {text}");
    };
    other.import(address, id).success();
    other.plan().assert_no_changes();

    let list = "list-resources/ekscompute_fargate_profile/list-resource.tfquery.hcl";
    profile.workspace.write("all.tfquery.hcl", &example(&profile, list));
    let run = profile.workspace.run(&["query", "-json"]).success();
    assert_eq!(run.events("list_resource_found").len(), 4, "{run}");
    profile.destroy();
}
