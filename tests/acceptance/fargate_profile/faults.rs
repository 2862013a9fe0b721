//! Harm at every single AWS call of a creation and a deletion, and faults that pass by themselves.

use rstest::rstest;
use serde_json::json;

use super::{ADDRESS, Profile, SELECTOR};
use crate::faults::every_call::{APPLY, DESTROY, Harm, share_out, switch_preflight_off};
use crate::support::cli::Cli;

fn victim() -> Profile {
    let profile = Profile::new(Cli::OnPath);
    switch_preflight_off(&profile.workspace);
    profile.configure(&format!("tags = {{ a = \"1\" }}\n{SELECTOR}"));
    profile
}

/// How many AWS calls a command makes that must succeed.
#[track_caller]
fn count_calls(profile: &Profile, command: &[&str]) -> usize {
    let before = profile.cluster.log().len();
    profile.workspace.run(command).success();
    profile.cluster.log().len() - before
}

/// Whatever AWS has, the state knows.
#[track_caller]
fn assert_not_forgotten(profile: &Profile, what: &str) {
    if !profile.cluster.fargate_profiles().is_empty() {
        assert_eq!(profile.workspace.addresses(), [ADDRESS], "the profile exists and is not in the state: {what}");
    }
}

#[track_caller]
fn strike(profile: &Profile, harm: Harm, command: &[&str], call: usize) {
    let run = harm.strike(&profile.cluster, &profile.workspace, command, call);
    if harm != Harm::Kill {
        assert_not_forgotten(profile, &run.text());
    }
}

#[rstest]
#[case::kill(Harm::Kill)]
#[case::ctrl_c(Harm::CtrlC)]
#[case::lost_answer(Harm::LostAnswer)]
fn each_call_of_a_profile_s_creation_and_deletion(#[case] harm: Harm) {
    share_out(|is_mine| {
        let profile = victim();
        let (creation, deletion) = (count_calls(&profile, APPLY), count_calls(&profile, DESTROY));
        for call in (0..creation.max(deletion)).filter(|call| is_mine(*call)) {
            if call < creation {
                strike(&profile, harm, APPLY, call);
            }
            profile.apply();
            assert_eq!(profile.cluster.fargate_profiles(), [profile.name]);
            if call < deletion {
                strike(&profile, harm, DESTROY, call);
            }
            profile.destroy();
        }
    });
}

#[test]
fn a_life_with_throttling_and_bursts_of_server_errors() {
    let profile = victim();
    let operations = ["CreateFargateProfile", "TagResource", "UntagResource", "DeleteFargateProfile"];
    for operation in operations {
        profile.cluster.fault(json!({"kind": "server_error", "status": 503, "operation": operation, "count": 3}));
    }
    profile.apply();
    profile.create(&format!("tags = {{ b = \"2\" }}\n{SELECTOR}"));
    profile.destroy();
    let answered = profile.cluster.log().iter().filter(|call| call.status == 503).count();
    assert_eq!(answered, 3 * operations.len());

    profile.cluster.fault(json!({"kind": "throttle", "probability": 0.5}));
    profile.workspace.apply().success();
    profile.workspace.destroy().success();
    assert!(profile.cluster.log().iter().any(|call| call.error.contains("Throttling")), "the fault never struck");
    assert!(profile.cluster.fargate_profiles().is_empty());
}

#[test]
fn a_role_that_eks_does_not_see_yet_is_waited_for() {
    let profile = victim();
    profile.cluster.fault(json!({
        "kind": "error", "operation": "CreateFargateProfile", "count": 1, "code": "InvalidParameterException",
        "message": "Misconfigured PodExecutionRole Trust Policy; Please add the eks-fargate-pods.amazonaws.com Service \
                    Principal to the Trust Policy",
    }));
    profile.apply();
    assert_eq!(profile.cluster.count("eks:CreateFargateProfile"), 2);
}

#[test]
fn a_failed_deletion_stays_in_the_state() {
    let profile = victim();
    profile.apply();
    profile.cluster.fault(json!({
        "kind": "transition_fail", "transition": "fargate_delete", "count": 1,
        "health_issues": [{"code": "ClusterUnreachable", "message": "no way", "resourceIds": []}],
    }));
    let error = profile.workspace.destroy().only_error();
    assert!(error.detail.contains("ClusterUnreachable") && error.detail.contains("no way"), "{error:?}");
    assert_eq!(profile.workspace.addresses(), [ADDRESS]);
    profile.destroy();
}
