//! What users are told.

use serde_json::json;

use super::{Auth, OF_EKS, P, ROLE, entry};
use crate::support::cli::Cli;
use crate::support::plan::Action;
use crate::support::sandbox::Cluster;

#[test]
fn contradictory_arguments_are_rejected() {
    let cluster = Cluster::new();
    let auth = Auth { workspace: cluster.workspace(Cli::OnPath), cluster };
    let cases = [
        (
            "  node_type = \"ec2_linux\"\n  username = \"x\"",
            "Conflicting arguments node_type and username",
            "username = \"x\"",
        ),
        (
            "  node_type = \"ec2_linux\"\n  groups = [\"x\"]",
            "Conflicting arguments node_type and groups",
            "groups = [\"x\"]",
        ),
        ("  groups = [\"x\"]", "Missing node_type or username", "resource \"ekscompute_aws_auth_map_role\" \"this\" {"),
        ("  username = \"{{Region}}\"", "", "username = \"{{Region}}\""),
        ("  username = \"a\\nb\"", "", "username = \"a\\nb\""),
        ("  node_type = \"windows\"", "", "node_type = \"windows\""),
    ];
    for (arguments, summary, code) in cases {
        auth.configure(&format!("  role_arn = \"{P}x\"\n{arguments}"));
        let error = auth.workspace.try_plan(&[]).only_error();
        assert!(error.summary.contains(summary) && error.code == code, "{arguments}: {error:?}");
    }
    auth.configure("  role_arn = \"arn:aws:iam::111122223333:instance-profile/x\"\n  username = \"x\"");
    let error = auth.workspace.try_plan(&[]).only_error();
    assert!(error.code.starts_with("role_arn"), "{error:?}");
}

#[test]
fn entries_that_exist_are_named_with_the_way_to_import_them() {
    let auth = Auth::new(Cli::OnPath);
    auth.put_roles(OF_EKS);
    auth.configure(&format!("  role_arn = \"{P}ng-a\"\n  username = \"x\""));
    let warnings = auth.workspace.plan().warnings();
    assert!(warnings.iter().any(|one| one.summary == "The role is already mapped"), "{warnings:?}");
    let error = auth.workspace.apply().only_error();
    assert_eq!(error.summary, "The role is already mapped");
    assert!(error.code.starts_with("role_arn"), "{error:?}");
    assert!(error.detail.contains("adopt = true"), "{error:?}");
    let (_, import) = error.detail.split_once("import {").expect("an import block");
    auth.configure(&format!("  role_arn = \"{P}ng-a\"\n  node_type = \"ec2_linux\""));
    auth.workspace
        .write("import.tf", &format!("import {{{}", import.replace("ekscompute_aws_auth_map_role.NAME", ROLE)));
    auth.assert_plan(Action::NoOp);
    auth.workspace.apply().success();
    auth.workspace.remove("import.tf");

    // A second resource for the same entry is seen in the plan.
    let one = auth.workspace.read("main.tf");
    auth.workspace.write("main.tf", &format!("{one}{}", one.replace("\"this\" {", "\"other\" {\n  adopt = true")));
    let error = auth.workspace.try_plan(&[]).only_error();
    assert_eq!(error.summary, "The role is mapped twice");
    auth.workspace.write("main.tf", &one);

    // Somebody adds the role once more.
    let twice = format!("{OF_EKS}{}", entry("NG-A", "viewer", &["viewers"]));
    auth.put_roles(&twice);
    let plan = auth.workspace.plan();
    plan.assert_actions(&[(ROLE, Action::Update)]);
    let warning = plan.warnings().into_iter().find(|each| each.summary == "Duplicate entries in aws-auth");
    assert!(warning.is_some_and(|warning| warning.detail.contains("positions 1 and 2")), "{}", plan.run);
    let error = auth.workspace.apply().only_error();
    assert!(error.detail.contains("2 entries, at positions 1 and 2"), "{error:?}");
    let error = auth.workspace.destroy().only_error();
    assert!(error.detail.contains("2 entries, at positions 1 and 2"), "{error:?}");
    assert_eq!(auth.roles(), twice);
}

#[test]
fn maps_that_others_guard_are_told_of() {
    let auth = Auth::new(Cli::OnPath);
    let annotation = "kubectl.kubernetes.io/last-applied-configuration";
    auth.put(&json!({"metadata": {"annotations": {annotation: "{}"}}, "data": {"mapRoles": OF_EKS}}));
    auth.configure(&format!("  role_arn = \"{P}x\"\n  username = \"x\"\n  groups = [\"g\"]"));
    let plan = auth.workspace.plan();
    let warning = plan.warnings().into_iter().find(|each| each.summary == "Another tool overwrites aws-auth");
    assert!(warning.is_some_and(|warning| warning.detail.contains("(kubectl apply) writes")), "{}", plan.run);
    auth.apply();
    assert_eq!(auth.map()["metadata"]["annotations"][annotation], json!("{}"), "the annotation is not touched");

    let mut map = auth.map();
    map["immutable"] = json!(true);
    auth.put(&map);
    auth.configure(&format!("  role_arn = \"{P}x\"\n  username = \"other\"\n  groups = [\"g\"]"));
    let error = auth.workspace.apply().only_error();
    assert!(error.detail.contains("is immutable"), "{error:?}");
    assert_eq!(auth.roles(), format!("{OF_EKS}{}", entry("x", "x", &["g"])));
}

#[test]
fn api_only_cluster_is_rejected() {
    let mode = json!({"cluster_config": {"accessConfig": {"authenticationMode": "API"}}});
    let cluster = Cluster::seeded(mode);
    let auth = Auth { workspace: cluster.workspace(Cli::OnPath), cluster };
    auth.configure(&format!("  role_arn = \"{P}x\"\n  username = \"x\""));
    let error = auth.workspace.try_plan(&[]).only_error();
    assert_eq!(error.summary, "Cluster ignores aws-auth");
    assert!(error.code.starts_with("cluster_name"), "{error:?}");
}

#[test]
fn an_entry_belongs_to_one_resource_whatever_becomes_of_it() {
    let auth = Auth::new(Cli::OnPath);
    let arguments = format!("  role_arn = \"{P}x\"\n  username = \"x\"\n  adopt = true");
    let one = auth.role("this", &arguments);
    let path = auth.role("other", &arguments.replace("role/x", "role/team/X"));
    auth.workspace.write("main.tf", &format!("{one}{path}"));
    let error = auth.workspace.try_plan(&[]).only_error();
    assert_eq!(error.summary, "The role is mapped twice");

    auth.workspace.write("main.tf", &one);
    auth.apply();
    auth.workspace.run(&["taint", ROLE]).success();
    auth.assert_plan(Action::Replace);
    auth.apply();
    auth.workspace.apply_with(&[&format!("-replace={ROLE}")]).success();
    auth.workspace.plan().assert_no_changes();
    assert_eq!(auth.roles(), "- groups: []\n  rolearn: arn:aws:iam::111122223333:role/x\n  username: x\n");

    // Another address is no other entry.
    auth.workspace.write("main.tf", &one.replace("\"this\"", "\"other\""));
    let error = auth.workspace.try_plan(&[]).only_error();
    let (_, moved) = error.detail.split_once("moved {").expect("a moved block");
    let (moved, _) = moved.split_once('}').expect("its end");
    auth.workspace
        .write("moved.tf", &format!("moved {{{}}}", moved.replace(".OLD", ".this").replace(".NEW", ".other")));
    auth.workspace.plan().assert_actions(&[("ekscompute_aws_auth_map_role.other", Action::NoOp)]);
    auth.workspace.apply().success();
    auth.workspace.run(&["taint", "ekscompute_aws_auth_map_role.other"]).success();
    auth.workspace.destroy().success();
    assert_eq!(auth.roles(), "[]\n");
}

#[test]
fn callers_that_may_not_read_the_map_are_told_in_the_plan() {
    let config_map = json!({"cluster_config": {"accessConfig": {"authenticationMode": "CONFIG_MAP"}}});
    let auth = Auth::of(Cli::OnPath, config_map);
    let of_nobody = "- userarn: arn:aws:iam::123456789012:root\n  username: nobody\n";
    auth.put(&json!({"data": {"mapUsers": of_nobody}}));
    let one = auth.role("this", &format!("  role_arn = \"{P}x\"\n  username = \"x\""));
    let other = auth.role("other", &format!("  role_arn = \"{P}y\"\n  username = \"y\""));
    auth.workspace.write("main.tf", &format!("{one}{other}"));
    let plan = auth.workspace.plan();
    let warnings: Vec<_> =
        plan.warnings().into_iter().filter(|each| each.summary.starts_with("Unable to read aws-auth")).collect();
    assert!(matches!(warnings.as_slice(), [only] if only.detail.contains("Forbidden")), "{}", plan.run);
    auth.workspace.write("main.tf", &one);
    let error = auth.workspace.apply().only_error();
    assert!(error.detail.contains("\"nobody\" cannot get resource \"configmaps\""), "{error:?}");

    let wrong = auth.cluster.workspace(Cli::OnPath).env("AWS_ACCESS_KEY_ID", "AKIASANDBOXINVALID00");
    wrong.write("main.tf", &one);
    assert_eq!(wrong.try_plan(&[]).only_error().summary, "Credentials are not valid");
    let missing = one.replace(&auth.cluster.name, "no-such-cluster");
    auth.workspace.write("main.tf", &missing);
    let error = auth.workspace.apply().only_error();
    assert!(error.code.starts_with("cluster_name") && error.detail.contains("Cluster not found"), "{error:?}");
}
