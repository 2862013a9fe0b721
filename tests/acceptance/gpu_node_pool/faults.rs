//! A node pool whose provider is killed or interrupted, and whose API server fails it, in the middle of its life.

use serde_json::json;

use super::{ADDRESS, Pools};
use crate::faults::custom_resources::Victim;
use crate::support::cli::Cli;

fn victim(test: impl Fn(&Victim)) {
    let pools = Pools::new(Cli::OnPath, "karpenter-v1.14.1");
    test(&Victim {
        cluster: &pools.cluster,
        workspace: &pools.workspace,
        address: ADDRESS,
        path: "/apis/karpenter.sh/v1/nodepools/gpu",
        configure: &|side| pools.configure("expire_after", &format!("weight = {}\n\n  expire_after", side + 1)),
        pointer: "/spec/weight",
        values: [json!(1), json!(2)],
    });
}

#[test]
fn a_pool_is_killed_or_interrupted_in_the_middle_of_writes() {
    victim(|victim| victim.is_killed_or_interrupted_in_the_middle_of_writes());
}

#[test]
fn a_pool_outlives_faults_that_pass_and_refusals() {
    victim(|victim| victim.outlives_faults_that_pass_and_refusals());
}
