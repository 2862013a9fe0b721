//! Changes that AWS accepts and then fails: what the user is told, and that the next apply heals.

use rstest::rstest;
use serde_json::json;

use super::{ADDRESS, Form, Victim};
use crate::support::cli::Cli;
use crate::support::plan::Action;

#[rstest]
#[case::terraform(Cli::Terraform115)]
#[case::tofu(Cli::Tofu112)]
fn a_failed_creation_is_tainted_and_the_next_apply_heals(#[case] cli: Cli) {
    let victim = Victim::new(cli);
    victim.cluster.fault(json!({
        "kind": "transition_fail",
        "transition": "nodegroup_create",
        "count": 1,
        "health_issues": [{
            "code": "NodeCreationFailure",
            "message": "Instances failed to join the kubernetes cluster",
            "resourceIds": ["i-0123456789abcdef0"],
        }],
    }));
    let error = victim.workspace.apply().only_error();
    assert_eq!(error.address, ADDRESS);
    for words in ["NodeCreationFailure", "Instances failed to join", "i-0123456789abcdef0"] {
        assert!(error.detail.contains(words), "{words}: {error:?}");
    }
    victim.workspace.plan().assert_actions(&[(ADDRESS, Action::Replace)]);
    victim.converge();
    victim.destroy();
}

#[test]
fn a_creation_that_fails_for_a_passing_reason_is_begun_again() {
    let victim = Victim::new(Cli::Terraform115);
    victim.cluster.fault(json!({
        "kind": "transition_fail",
        "transition": "nodegroup_create",
        "count": 1,
        "health_issues": [{"code": "IamThrottling", "message": "Your IAM requests were throttled", "resourceIds": []}],
    }));
    victim.converge();
    let made = ["eks:CreateNodegroup", "eks:DeleteNodegroup"].map(|operation| victim.cluster.count(operation));
    assert_eq!(made, [2, 1]);
    victim.destroy();
}

#[test]
fn failed_version_update_reports_errors_and_fix() {
    let victim = Victim::new(Cli::Terraform115);
    victim.converge();
    victim.cluster.fault(json!({
        "kind": "transition_fail",
        "transition": "nodegroup_version_update",
        "count": 1,
        "errors": [{
            "errorCode": "PodEvictionFailure",
            "errorMessage": "Reached max retries while trying to evict pods from nodes in node group",
            "resourceIds": ["ip-10-0-1-2.ec2.internal"],
        }],
    }));
    victim.configure(Form::Other);
    let error = victim.workspace.apply().only_error();
    for words in ["PodEvictionFailure", "Reached max retries", "PodDisruptionBudget", "force_update_version"] {
        assert!(error.detail.contains(words), "{words}: {error:?}");
    }
    victim.workspace.plan().assert_actions(&[(ADDRESS, Action::Update)]);
    victim.converge();
    victim.destroy();
}

#[test]
fn apply_converges_after_failed_configuration_update() {
    let victim = Victim::new(Cli::Terraform115);
    victim.converge();
    victim.cluster.fault(json!({
        "kind": "transition_fail",
        "transition": "nodegroup_config_update",
        "count": 1,
        "errors": [{"errorCode": "AccessDenied", "errorMessage": "not authorized", "resourceIds": ["role"]}],
    }));
    victim.configure(Form::Other);
    let error = victim.workspace.apply().only_error();
    assert!(error.detail.contains("AccessDenied") && error.detail.contains("not authorized"), "{error:?}");
    victim.converge();
    victim.destroy();
}

#[test]
fn a_failed_deletion_stays_in_the_state() {
    let victim = Victim::new(Cli::Terraform115);
    victim.converge();
    victim.cluster.fault(json!({
        "kind": "transition_fail",
        "transition": "nodegroup_delete",
        "count": 1,
        "health_issues": [{
            "code": "Ec2SecurityGroupDeletionFailure",
            "message": "could not delete the remote access security group",
            "resourceIds": ["sg-0123456789abcdef0"],
        }],
    }));
    let run = victim.workspace.destroy();
    let error = run.only_error();
    for words in ["Ec2SecurityGroupDeletionFailure", "sg-0123456789abcdef0"] {
        assert!(error.detail.contains(words), "{words}: {error:?}");
    }
    victim.assert_not_forgotten(&run);
    victim.destroy();
}
