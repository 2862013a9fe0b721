//! Create, plan again, change, replace, heal, destroy.

use serde_json::json;

use super::{ADDRESS, Profile, SELECTOR};
use crate::support::cli::Cli;
use crate::support::for_each_cli;
use crate::support::plan::Action;

const EVERYTHING: &str = r#"
selector {
  namespace = "batch"
  labels    = { app = "web*", tier = "?" }
}
selector {
  namespace = "team-*"
  labels    = {}
}
selector {
  namespace = "plain"
}
tags = { Environment = "test" }
timeouts {
  create = "30m"
  delete = "1h"
}
"#;

for_each_cli! {
    #[everywhere]
    fn fargate_create_change_replace_destroy(cli) {
        let profile = Profile::new(cli);
        profile.configure(EVERYTHING);
        profile.workspace.validate().success();
        let plan = profile.workspace.plan();
        plan.assert_actions(&[(ADDRESS, Action::Create)]);
        assert_eq!(plan.change(ADDRESS)["after_unknown"]["arn"], json!(true));
        assert_eq!(plan.change(ADDRESS)["after"]["id"], json!(profile.id()));
        profile.workspace.apply_plan().success();
        profile.workspace.plan().assert_no_changes();
        let attributes = profile.attributes();
        assert_eq!((&attributes["status"], &attributes["health"]), (&json!("ACTIVE"), &json!([])));
        assert_eq!(attributes["selector"].as_array().map(Vec::len), Some(3));

        // Tags change in place.
        profile.configure(&EVERYTHING.replace("Environment = \"test\"", "Environment = \"prod\", team = \"a\""));
        profile.assert_plan(Action::Update);
        profile.apply();
        assert_eq!(profile.cluster.count("eks:CreateFargateProfile"), 1);

        // Everything else replaces, and the plan says why.
        profile.configure(SELECTOR);
        let plan = profile.workspace.plan();
        plan.assert_actions(&[(ADDRESS, Action::Replace)]);
        let warnings = plan.warnings();
        assert!(warnings.iter().any(|warning| warning.summary.contains("selector replaces")), "{warnings:?}");
        profile.apply();
        assert_eq!(profile.cluster.count("eks:DeleteFargateProfile"), 1);
        profile.destroy();
    }
}

#[test]
fn fargate_drift_and_deletion_are_corrected() {
    let profile = Profile::new(Cli::OnPath);
    profile.workspace.write(
        "provider.tf",
        "provider \"ekscompute\" {\n  default_tags {\n    tags = { owner = \"platform\" }\n  }\n}\n",
    );
    let tagged = format!("tags = {{ team = \"a\" }}\n{SELECTOR}");
    profile.create(&tagged);
    assert_eq!(profile.attributes()["tags_all"], json!({"owner": "platform", "team": "a"}));

    profile.cluster.drift_profile(profile.name, "set_tags", &json!({"team": "b", "foreign": "1"}));
    let plan = profile.workspace.plan();
    plan.assert_actions(&[(ADDRESS, Action::Update)]);
    assert_eq!(plan.change(ADDRESS)["before"]["tags"], json!({"team": "b", "foreign": "1"}));
    profile.apply();
    assert_eq!(profile.attributes()["tags_all"], json!({"owner": "platform", "team": "a"}));

    profile.cluster.drift_profile(profile.name, "delete", &json!(null));
    profile.assert_plan(Action::Create);
    profile.apply();
    profile.cluster.drift_profile(profile.name, "set_status", &json!("DELETE_FAILED"));
    profile.assert_plan(Action::Replace);
    profile.apply();
    profile.cluster.drift_profile(profile.name, "delete", &json!(null));
    profile.destroy();
}

#[test]
fn fargate_without_subnets_takes_the_private_ones_of_the_cluster() {
    let profile = Profile::new(Cli::OnPath);
    let resource = profile.resource(SELECTOR);
    let without: Vec<_> = resource.lines().filter(|line| !line.starts_with("subnet_ids")).collect();
    profile.workspace.write("main.tf", &without.join("\n"));
    profile.apply();
    assert_eq!(profile.attributes()["subnet_ids"].as_array().map(Vec::len), Some(2));
    profile.workspace.write("main.tf", &resource);
    profile.workspace.plan().assert_no_changes();
}

#[test]
fn fargate_of_an_unknown_cluster_plans_and_applies_in_one_go() {
    let profile = Profile::new(Cli::OnPath);
    let known = [
        (format!("\"{}\"", profile.cluster.name), "name"),
        (format!("\"{}\"", profile.cluster.made("fargate_role_arn")), "role"),
        (profile.cluster.subnets(), "subnets"),
    ];
    let mut resource = profile.resource(&format!("{SELECTOR}tags = {{ role = terraform_data.cluster.output.role }}\n"));
    let mut input = String::new();
    for (value, name) in &known {
        resource = resource.replace(value, &format!("terraform_data.cluster.output.{name}"));
        input.push_str(&format!("    {name} = {value}\n"));
    }
    let cluster = format!("resource \"terraform_data\" \"cluster\" {{\n  input = {{\n{input}  }}\n}}\n");
    profile.workspace.write("main.tf", &format!("{cluster}{resource}"));
    let plan = profile.workspace.plan();
    plan.assert_actions(&[(ADDRESS, Action::Create), ("terraform_data.cluster", Action::Create)]);
    profile.workspace.apply_plan().success();
    profile.workspace.plan().assert_no_changes();

    // A name that is known of a cluster that is not there yet does not break the plan either.
    profile.destroy();
    profile.workspace.write("main.tf", &profile.resource(SELECTOR).replacen(&profile.cluster.name, "not-yet", 1));
    profile.assert_plan(Action::Create);
}

#[test]
fn fargate_replacement_that_creates_first_needs_another_name() {
    let profile = Profile::new(Cli::OnPath);
    let first = "lifecycle {\n  create_before_destroy = true\n}\n";
    profile.create(&format!("{SELECTOR}{first}"));
    profile.configure(&format!("{}{first}", SELECTOR.replace("batch", "jobs")));
    let error = profile.workspace.apply().only_error();
    assert!(error.detail.contains("the replacement also needs a different name"), "{error:?}");
    assert_eq!(profile.cluster.fargate_profiles(), ["batch"]);

    // Equal settings are no proof that it is its own.
    profile.configure(&format!("{SELECTOR}{first}"));
    profile.workspace.run(&["taint", ADDRESS]).success();
    let error = profile.workspace.apply().only_error();
    assert!(error.detail.contains("the replacement also needs a different name"), "{error:?}");
    assert_eq!(profile.cluster.fargate_profiles(), ["batch"]);
    profile.workspace.run(&["untaint", ADDRESS]).success();
    profile.workspace.plan().assert_no_changes();

    let other = profile.resource(&format!("{}{first}", SELECTOR.replace("batch", "jobs")));
    profile.workspace.write("main.tf", &other.replace("name = \"batch\"", "name = \"jobs\""));
    profile.assert_plan(Action::ReplaceCreatingFirst);
    profile.apply();
    assert_eq!(profile.cluster.fargate_profiles(), ["jobs"]);
}
