//! Many profiles of one cluster: they queue in the process, and wait for other processes.

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::json;

use super::{Profile, SELECTOR};
use crate::support::cli::Cli;
use crate::support::plan::Action;
use crate::support::sandbox::{Call, Cluster};
use crate::support::workspace::Workspace;

const EACH: usize = 20;

/// Twenty profiles in each cluster.
fn crowd(clusters: &[&Cluster]) -> String {
    let each = |(number, cluster): (usize, &&Cluster)| {
        format!(
            "resource \"ekscompute_fargate_profile\" \"of_{number}\" {{\n  count = {EACH}\n  cluster_name = \"{}\"\n  \
             fargate_profile_name = \"profile-${{count.index}}\"\n  pod_execution_role_arn = \"{}\"\n  subnet_ids = {}\n  \
             selector {{\n    namespace = \"n${{count.index}}\"\n  }}\n}}\n",
            cluster.name,
            cluster.made("fargate_role_arn"),
            cluster.subnets()
        )
    };
    clusters.iter().enumerate().map(each).collect()
}

/// Reads the journal: of each cluster at most one profile was made or deleted at a time, and nothing was refused.
#[track_caller]
fn assert_one_at_a_time(log: &[Call], operation: &str) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    // Of each cluster, whether what was begun last has been seen to be over: a description then follows.
    let mut busy: BTreeMap<String, bool> = BTreeMap::new();
    for call in log {
        let Some(cluster) = call.target.strip_prefix("/clusters/").and_then(|rest| rest.split('/').next()) else {
            continue;
        };
        assert!(call.status < 400 || call.status == 404, "{call:?}");
        if call.operation == operation {
            let was_busy = busy.insert(cluster.to_owned(), true);
            assert_ne!(was_busy, Some(true), "two in flight on {cluster}: {call:?}");
            *counts.entry(cluster.to_owned()).or_default() += 1;
        } else if call.operation == "eks:DescribeFargateProfile" {
            busy.insert(cluster.to_owned(), false);
        }
    }
    assert_eq!(counts.values().copied().collect::<Vec<_>>(), [EACH, EACH], "{counts:?}");
}

#[test]
fn profiles_are_created_and_deleted_sequentially_per_cluster() {
    let cluster = Cluster::alone(json!({}));
    cluster.set(&json!({"max_fargate_profiles": EACH}));
    let other = cluster.sibling();
    let workspace = cluster.workspace(Cli::OnPath).env("TF_LOG_PROVIDER", "INFO").env("TF_LOG_PATH", "log.txt");
    workspace.write("main.tf", &crowd(&[&cluster, &other]));
    workspace.apply().success();
    assert_eq!((cluster.fargate_profiles().len(), other.fargate_profiles().len()), (EACH, EACH));
    let made = cluster.log();
    assert_one_at_a_time(&made, "eks:CreateFargateProfile");
    // Once per cluster for the plan, for the plan that Terraform core makes once more, and for the check before the write.
    let asked = |operation: &str| made.iter().filter(|call| call.operation == operation).count();
    assert_eq!(asked("eks:ListFargateProfiles"), 6);

    // The log says who waits for whom.
    let log = workspace.read("log.txt");
    for words in [
        format!("for cluster {} in us-east-1; in progress: creating Fargate profile {}:", cluster.name, cluster.name),
        format!("admitted from the queue for cluster {} in us-east-1", other.name),
    ] {
        assert!(log.contains(&words), "{words} is not in the log");
    }

    workspace.plan().assert_no_changes();
    let before = cluster.log().len();
    workspace.destroy().success();
    assert_one_at_a_time(&cluster.log()[before..], "eks:DeleteFargateProfile");
    assert!(cluster.fargate_profiles().is_empty() && other.fargate_profiles().is_empty());
}

#[test]
fn profiles_beyond_the_quota_stop_a_strict_plan() {
    let cluster = Cluster::alone(json!({}));
    let other = cluster.sibling();
    let workspace = cluster.workspace(Cli::OnPath);
    workspace.write("main.tf", &crowd(&[&cluster, &other]));
    // The same run may raise the quota, so only a strict plan stops.
    let is_of_quota = |each: &crate::support::run::Diagnostic| each.detail.contains("L-33415657");
    let warnings = workspace.plan().warnings();
    // Plans run concurrently: one of the first ten may include later ones in its count.
    assert!(warnings.iter().filter(|each| is_of_quota(each)).count() >= 2 * (EACH - 10), "{warnings:?}");
    workspace.write("provider.tf", "provider \"ekscompute\" {\n  preflight {\n    mode = \"strict\"\n  }\n}\n");
    let run = workspace.try_plan(&[]);
    let errors = run.errors();
    assert!(errors.len() >= 2 * (EACH - 10), "{run}");
    for error in &errors {
        assert!(error.code.starts_with("cluster_name = "), "{error:?}");
        assert!(error.detail.contains("Region is 10") && error.detail.contains("L-33415657"), "{error:?}");
    }
}

/// A second profile of the cluster, in a workspace of its own.
fn neighbour(profile: &Profile) -> Workspace {
    let workspace = profile.cluster.workspace(Cli::OnPath);
    workspace.write("main.tf", &second(profile));
    workspace
}

/// A second profile of the cluster.
fn second(profile: &Profile) -> String {
    profile.resource(SELECTOR).replace("\"batch\" {", "\"second\" {").replace("name = \"batch\"", "name = \"second\"")
}

#[test]
fn create_waits_for_profile_of_another_process() {
    let profile = Profile::new(Cli::OnPath);
    profile.configure(SELECTOR);
    profile.cluster.hold_changes();
    let mut first = profile.workspace.start_apply();
    first.wait_until("the first creation", |_| !profile.cluster.fargate_profiles().is_empty());
    profile.cluster.remove_faults();
    let mut second = neighbour(&profile);
    second = second.env("TF_LOG_PROVIDER", "INFO").env("TF_LOG_PATH", "log.txt");
    let mut waiting = second.start_apply();
    waiting
        .wait_until("a refusal", |_| profile.cluster.log().iter().any(|call| call.error == "ResourceInUseException"));
    profile.finish();
    first.wait().success();
    waiting.wait().success();
    assert_eq!(profile.cluster.fargate_profiles(), ["batch", "second"]);
    assert!(second.read("log.txt").contains("currently has Fargate profile batch in status CREATING"));
}

/// Starts to make two profiles, of which one is held in the middle and the other one queues.
fn start_two(profile: &Profile) -> crate::support::background::Background {
    profile.workspace.write("main.tf", &format!("{}{}", profile.resource(SELECTOR), second(profile)));
    profile.cluster.hold_changes();
    let mut apply = profile.workspace.start(&["apply", "-json", "-auto-approve"]);
    apply.wait_until("a creation", |_| profile.cluster.count("eks:DescribeFargateProfile") > 0);
    apply
}

#[test]
fn ctrl_c_empties_the_queue_and_keeps_what_is_being_made() {
    let profile = Profile::new(Cli::OnPath);
    let apply = start_two(&profile);
    let pressed = Instant::now();
    apply.press_ctrl_c();
    let run = apply.wait();
    // Printed, not asserted; the process ends although nobody lets the creation end.
    eprintln!("ended {:?} after Ctrl-C", pressed.elapsed());
    assert_eq!(profile.cluster.count("eks:CreateFargateProfile"), 1);
    let errors: Vec<_> = run.errors().into_iter().filter(|error| !error.address.is_empty()).collect();
    assert!(errors.iter().any(|error| error.detail.contains("untaint")), "{run}");
    assert!(errors.iter().any(|error| error.detail.contains("interrupted while queued")), "{run}");
    let addresses = profile.workspace.addresses();
    let [kept] = addresses.as_slice() else { panic!("{addresses:?}: {run}") };
    assert_eq!(profile.workspace.attributes(kept)["status"], json!("CREATING"));

    profile.cluster.remove_faults();
    let made = profile.cluster.fargate_profiles();
    profile.cluster.finish(&made[0]);
    profile.workspace.run(&["untaint", kept]).success();
    profile.apply();
    assert_eq!(profile.cluster.count("eks:CreateFargateProfile"), 2);
    profile.destroy();
}

#[test]
fn creation_of_a_killed_process_is_continued() {
    let profile = Profile::new(Cli::OnPath);
    let apply = start_two(&profile);
    assert!(apply.kill_processes_of(std::path::Path::new(crate::support::workspace::PROVIDER)) > 0);
    assert!(!apply.wait().succeeded());
    profile.cluster.remove_faults();
    let made = profile.cluster.fargate_profiles();
    profile.cluster.finish(&made[0]);
    profile.workspace.apply().success();
    profile.workspace.plan().assert_no_changes();
    assert_eq!(profile.cluster.fargate_profiles(), ["batch", "second"]);
    assert_eq!(profile.cluster.count("eks:DeleteFargateProfile"), 0);
    profile.destroy();
}

#[test]
fn failed_creation_frees_the_queue_and_the_next_apply_heals() {
    let profile = Profile::new(Cli::OnPath);
    profile.cluster.fault(json!({
        "kind": "transition_fail",
        "transition": "fargate_create",
        "count": 1,
        "health_issues": [{"code": "PodExecutionRoleAlreadyInUse", "message": "used", "resourceIds": ["arn"]}],
    }));
    profile.workspace.write("main.tf", &format!("{}{}", profile.resource(SELECTOR), second(&profile)));
    let error = profile.workspace.apply().only_error();
    for words in ["PodExecutionRoleAlreadyInUse", "a separate role"] {
        assert!(error.detail.contains(words), "{words}: {error:?}");
    }
    assert_eq!(profile.cluster.fargate_profiles(), ["batch", "second"]);
    let actions = profile.workspace.plan().actions();
    assert_eq!(actions.values().filter(|action| **action == Action::Replace).count(), 1, "{actions:?}");
    profile.apply();
    profile.destroy();
}

#[test]
fn duplicate_profile_is_rejected_before_and_after_creation() {
    let profile = Profile::new(Cli::OnPath);
    let both = |arguments: &str| {
        let twin = profile.resource(&format!("{arguments}{SELECTOR}")).replace("\"batch\" {", "\"twin\" {");
        profile.workspace.write("main.tf", &format!("{}{twin}", profile.resource(SELECTOR)));
    };
    both("");
    let error = profile.workspace.apply().only_error();
    assert!(error.summary.contains("configured twice"), "{error:?}");
    assert_eq!((profile.workspace.addresses().len(), profile.cluster.count("eks:CreateFargateProfile")), (0, 0));
    profile.create(SELECTOR);
    // An exact copy of the one that stays, in whatever order core plans them.
    for parallelism in ["-parallelism=1", "-parallelism=10"] {
        both("");
        let errors = profile.workspace.try_plan(&[parallelism]).errors();
        assert!(errors.iter().any(|error| error.summary.contains("configured twice")), "{errors:?}");
    }
    profile.create(SELECTOR);
    assert_eq!(profile.cluster.count("eks:CreateFargateProfile"), 1);
}
