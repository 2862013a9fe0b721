//! Faults that pass by themselves: throttling, failing servers, credentials that expire and are renewed. An apply
//! outlasts them.

use std::time::Instant;

use rstest::rstest;
use serde_json::json;

use super::{ADDRESS, Form, Victim};
use crate::support::background::Background;
use crate::support::cli::Cli;
use crate::support::sandbox::Cluster;

/// Everything that changes something. The first answers of each are errors.
const CHANGES: &[&str] = &[
    "CreateNodegroup",
    "UpdateNodegroupVersion",
    "UpdateNodegroupConfig",
    "TagResource",
    "UntagResource",
    "CreateOrUpdateTags",
    "DeleteTags",
    "DeleteNodegroup",
];

fn throttle(victim: &Victim) {
    victim.cluster.fault(json!({"kind": "throttle", "probability": 0.5}));
}

#[track_caller]
fn assert_was_throttled(victim: &Victim) {
    assert!(victim.cluster.log().iter().any(|call| call.error.contains("Throttling")), "the fault never struck");
}

#[test]
fn a_creation_and_a_deletion_under_throttling_of_half_the_calls() {
    let victim = Victim::new(Cli::Terraform115);
    throttle(&victim);
    victim.workspace.apply().success();
    assert_was_throttled(&victim);
    victim.assert_exists_once();
    victim.destroy();
}

#[test]
fn an_update_under_throttling_of_half_the_calls() {
    let victim = Victim::new(Cli::Terraform115);
    victim.converge();
    victim.configure(Form::Other);
    throttle(&victim);
    victim.workspace.apply().success();
    assert_was_throttled(&victim);
    victim.cluster.remove_faults();
    victim.converge();
    victim.destroy();
}

#[rstest]
#[case::internal_error(500)]
#[case::unavailable(503)]
fn a_life_with_bursts_of_server_errors(#[case] status: u16) {
    let victim = Victim::new(Cli::Terraform115);
    for operation in CHANGES {
        victim.cluster.fault(json!({"kind": "server_error", "status": status, "operation": operation, "count": 3}));
    }
    victim.converge();
    victim.configure(Form::Other);
    victim.converge();
    victim.destroy();
    let answered = victim.cluster.log().iter().filter(|call| call.status == u64::from(status)).count();
    assert_eq!(answered, 3 * CHANGES.len());
}

/// Starts an apply whose creation lasts, and waits until the provider waits for it.
fn start_waiting(victim: &Victim) -> Background {
    victim.cluster.hold_changes();
    let mut apply = victim.workspace.start_apply();
    // The plan looks at the name, too.
    apply.wait_until("the wait", |_| {
        let calls = victim.cluster.calls();
        let created = calls.iter().position(|call| call == "eks:CreateNodegroup");
        created.is_some_and(|at| calls[at..].iter().any(|call| call == "eks:DescribeNodegroup"))
    });
    apply
}

#[rstest]
#[case::terraform(Cli::Terraform115)]
#[case::tofu(Cli::Tofu112)]
fn credentials_that_expire_during_a_wait_are_waited_for(#[case] cli: Cli) {
    // Restoring credentials restores those of every test, hence a sandbox of its own.
    let victim = Victim::of(cli, Cluster::alone(json!({})));
    let mut apply = start_waiting(&victim);
    victim.cluster.expire_credentials();
    apply.wait_until("a refusal", |_| victim.cluster.log().iter().any(|call| call.error.contains("Expired")));
    victim.cluster.remove_faults();
    victim.cluster.finish(&victim.name);
    victim.cluster.restore_credentials();
    apply.wait().success();
    assert_eq!(victim.cluster.count("eks:CreateNodegroup"), 1);
    victim.converge();
    victim.destroy();
}

#[rstest]
#[case::terraform(Cli::Terraform115)]
#[case::tofu(Cli::Tofu112)]
fn ctrl_c_stops_the_wait_and_keeps_the_group(#[case] cli: Cli) {
    let victim = Victim::new(cli);
    let apply = start_waiting(&victim);
    let pressed = Instant::now();
    apply.press_ctrl_c();
    let run = apply.wait();
    // Printed, not asserted; the process ends although nobody lets the creation end.
    eprintln!("{} ended {:?} after Ctrl-C", cli.name(), pressed.elapsed());
    // Terraform adds errors of its own without an address.
    let errors: Vec<_> = run.errors().into_iter().filter(|error| error.address == ADDRESS).collect();
    let [error] = errors.as_slice() else { panic!("{run}") };
    assert!(error.summary.contains("Unable to confirm") && error.detail.contains("untaint"), "{error:?}");
    assert_eq!(victim.workspace.attributes(ADDRESS)["status"], json!("CREATING"));
    victim.cluster.remove_faults();
    victim.cluster.finish(&victim.name);
    // As the message says: once it is ACTIVE, untaint keeps it.
    victim.workspace.run(&["untaint", ADDRESS]).success();
    victim.converge();
    assert_eq!(victim.cluster.count("eks:CreateNodegroup"), 1);
    victim.destroy();
}
