//! Each bad input gets one diagnostic, at the attribute, before anything is done.

use serde_json::json;

use super::{ADDRESS, Entry, block};
use crate::support::cli::Cli;
use crate::support::plan::Action;
use crate::support::sandbox::Cluster;

const HEADER: &str = "resource \"ekscompute_access_entry\" \"this\" {";

/// Arguments that are wrong, the line that must be blamed, and words of the explanation.
const WRONG: &[(&str, &str, &str)] = &[
    ("type = \"NODE\"\n", "type = \"NODE\"", "EC2_LINUX"),
    ("kubernetes_groups = [\"system:masters\"]\n", "kubernetes_groups = [\"system:masters\"]", "system:"),
    ("user_name = \"eks:x\"\n", "user_name = \"eks:x\"", "amazon:"),
    ("user_name = \"{{SessionName}}\"\n", "user_name = \"{{SessionName}}\"", "colon"),
    ("type = \"EC2_LINUX\"\nkubernetes_groups = [\"a\"]\n", "kubernetes_groups = [\"a\"]", "Remove kubernetes_groups"),
    ("type = \"FARGATE_LINUX\"\nuser_name = \"a\"\n", "user_name = \"a\"", "Remove user_name"),
    ("deletion_policy = \"keep\"\n", "deletion_policy = \"keep\"", "retain"),
    ("timeouts {\n  update = \"soon\"\n}\n", "update = \"soon\"", "30s"),
];

/// Policies that are wrong, and words of the explanation. The protocol has no path into a set: the resource is blamed.
const WRONG_POLICIES: &[(&str, &str, &[&str], &str)] = &[
    ("", "arn:aws:iam::aws:policy/AdministratorAccess", &[], "IAM policies are not access policies"),
    ("type = \"EC2_WINDOWS\"\n", "AmazonEKSViewPolicy", &[], "does not support access policy AmazonEKSViewPolicy"),
    ("type = \"EC2\"\n", "AmazonEKSViewPolicy", &[], "support only AmazonEKSAutoNodePolicy"),
];

#[test]
fn invalid_access_entry_arguments_are_reported_at_their_location() {
    let entry = Entry::new(Cli::OnPath);
    for (bad, code, words) in WRONG {
        entry.configure(bad);
        let run = entry.workspace.validate();
        let error = run.only_error();
        assert_eq!(error.code, *code, "{run}");
        assert!(error.summary.contains(words) || error.detail.contains(words), "{words}: {run}");
    }
    for (more, policy, namespaces, words) in WRONG_POLICIES {
        entry.configure(&format!("{more}{}", block(policy, namespaces)));
        let run = entry.workspace.validate();
        let error = run.only_error();
        assert_eq!(error.code, HEADER, "{run}");
        assert!(error.summary.contains(words) || error.detail.contains(words), "{words}: {run}");
    }
    let twice = format!("{}{}", block("AmazonEKSViewPolicy", &[]), block("AmazonEKSViewPolicy", &["a"]));
    let scope = block("AmazonEKSViewPolicy", &["a"]).replace("type = \"namespace\"", "type = \"cluster\"");
    for (bad, words) in [(twice, "associated twice"), (scope, "Remove the namespaces")] {
        entry.configure(&bad);
        let error = entry.workspace.validate().only_error();
        assert!(error.summary.contains(words) || error.detail.contains(words), "{error:?}");
    }
    for (principal, words) in [
        ("arn:aws:sts::123456789012:assumed-role/a/b", "Role sessions"),
        ("arn:aws:iam::123456789012:role/aws-service-role/eks.amazonaws.com/x", "service-linked"),
    ] {
        entry.workspace.write("main.tf", &super::resource("this", &entry.cluster.name, principal, ""));
        let error = entry.workspace.validate().only_error();
        assert!(error.code.starts_with("principal_arn") && error.detail.contains(words), "{error:?}");
    }
}

#[test]
fn unknown_policy_and_conflicting_entries_are_rejected() {
    let entry = Entry::new(Cli::OnPath);
    entry.configure(&block("AmazonEKSVeiwPolicy", &[]));
    let error = entry.workspace.try_plan(&[]).only_error();
    assert_eq!(error.summary, "Access policy not found");
    assert!(error.detail.contains("AmazonEKSViewPolicy"), "{error:?}");

    let body = json!({"principalArn": entry.role, "kubernetesGroups": ["others"]});
    entry.cluster.eks("POST", &format!("/clusters/{}/access-entries", entry.cluster.name), &body);
    entry.configure("");
    let error = entry.workspace.apply().only_error();
    assert!(error.summary.contains("already exists") && error.code.starts_with("principal_arn"), "{error:?}");
    let import = format!("to = ekscompute_access_entry.NAME\n    id = \"{}\"", entry.id());
    assert!(error.detail.contains(&import), "{error:?}");

    entry.configure("adopt = true\ntype = \"EC2_LINUX\"\n");
    let error = entry.workspace.try_plan(&[]).only_error();
    assert!(error.detail.contains("has type STANDARD") && error.code.starts_with("type"), "{error:?}");

    // Two resources for one principal.
    let twice = ["one", "two"].map(|name| super::resource(name, &entry.cluster.name, &entry.role, "adopt = true\n"));
    entry.workspace.write("main.tf", &twice.concat());
    let run = entry.workspace.apply();
    assert!(run.errors().iter().all(|error| error.summary == "Access entry is configured twice"), "{run}");
    assert!(!run.succeeded());
}

#[test]
fn config_map_only_cluster_is_rejected_at_plan_time() {
    let mode = json!({"cluster_config": {"accessConfig": {"authenticationMode": "CONFIG_MAP"}}});
    let entry = Entry::of(Cli::OnPath, Cluster::seeded(mode));
    entry.configure("");
    let error = entry.workspace.try_plan(&[]).only_error();
    assert_eq!(error.summary, "Cluster does not support access entries");
    assert!(error.code.starts_with("cluster_name") && error.detail.contains("API_AND_CONFIG_MAP"), "{error:?}");
    entry.set_mode("API_AND_CONFIG_MAP");
    entry.workspace.plan().assert_actions(&[(ADDRESS, Action::Create)]);
}

#[test]
fn a_principal_that_is_not_there_is_named() {
    let entry = Entry::new(Cli::OnPath);
    let nobody = "arn:aws:iam::123456789012:role/nobody";
    let timeouts = "timeouts {\n  create = \"1s\"\n}\n";
    entry.workspace.write("main.tf", &super::resource("this", &entry.cluster.name, nobody, timeouts));
    let error = entry.workspace.apply().only_error();
    assert!(error.summary.contains(nobody) && error.detail.contains("The role or user does not exist"), "{error:?}");
}

#[test]
fn replacement_on_request_is_no_second_entry() {
    let entry = Entry::new(Cli::OnPath);
    entry.configure("");
    entry.workspace.apply().success();
    entry.workspace.apply_with(&[&format!("-replace={ADDRESS}")]).success();
    entry.workspace.plan().assert_no_changes();
    assert_eq!(entry.cluster.count("eks:CreateAccessEntry"), 2);
}
