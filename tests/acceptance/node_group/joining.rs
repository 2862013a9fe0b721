//! Nodes that do not join: the error quotes what the console output of their instances shows.

use std::path::Path;

use rstest::rstest;
use serde_json::{Value, json};

use super::{Group, SCALING};
use crate::support::cli::Cli;

/// Returns a console output of the tests of `preflight::node_log`.
fn output(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/preflight/src/node_log/tests/outputs");
    std::fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Creates a node group whose nodes do not join and have this console output, and returns the detail of the error.
fn creation_error(console: &Value) -> String {
    let group = Group::new(Cli::OnPath);
    let mut rule = console.clone();
    (rule["cluster"], rule["nodegroup"]) = (json!(group.cluster.name), json!(group.name));
    group.cluster.console_output(&rule);
    let issue = json!({"code": "NodeCreationFailure", "message": "Instances failed to join the kubernetes cluster"});
    let failing = json!({"kind": "transition_fail", "transition": "nodegroup_create", "health_issues": [issue]});
    group.cluster.fault(failing);
    group.configure(SCALING);
    group.workspace.apply().only_error().detail
}

#[rstest]
#[case::user_data("al2023/no_node_config.txt", "could not find NodeConfig")]
#[case::role("al2023/describe_instances_denied.txt", "DescribeInstances")]
#[case::old_user_data("al2023/bootstrap_script.txt", "bootstrap.sh")]
fn error_quotes_the_console_output(#[case] name: &str, #[case] quote: &str) {
    let detail = creation_error(&json!({"text": output(name)}));
    assert!(detail.contains("The console output of i-") && detail.contains(quote), "{detail}");
    assert!(detail.contains("Instances failed to join") && detail.contains("CREATE_FAILED"), "{detail}");
}

#[test]
fn output_without_a_cause_claims_none() {
    let detail = creation_error(&json!({"text": output("healthy/al2023_retries.txt")}));
    assert!(detail.contains("Instances failed to join"), "{detail}");
    assert!(!detail.contains("retrying request"), "{detail}");
}

#[test]
fn missing_permission_is_named() {
    let error = json!({"code": "UnauthorizedOperation", "message": "You are not authorized", "status": 403});
    let detail = creation_error(&json!({"error": error}));
    assert!(detail.contains("Allow ec2:GetConsoleOutput"), "{detail}");
}
