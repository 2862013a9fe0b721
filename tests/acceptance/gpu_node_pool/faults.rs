//! A node pool whose provider is killed or interrupted, and whose API server fails it, in the middle of its life.

use std::time::Instant;

use serde_json::json;

use super::{ADDRESS, Pools};
use crate::faults::custom_resources::Victim;
use crate::faults::every_call::DESTROY;
use crate::support::cli::Cli;
use crate::support::plan::Action;

fn victim(test: impl Fn(&Victim)) {
    let pools = Pools::new(Cli::OnPath, "karpenter-v1.14.1");
    test(&Victim {
        cluster: &pools.cluster,
        workspace: &pools.workspace,
        address: ADDRESS,
        path: "/apis/karpenter.sh/v1/nodepools/gpu",
        configure: &|side| {
            let arguments = format!("weight = {}\n  skip_preflight = [\"pool_node_class\"]", side + 1);
            pools.configure("expire_after", &format!("{arguments}\n\n  expire_after"));
        },
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

#[test]
fn a_deletion_that_is_interrupted_forgets_no_nodes() {
    let pools = Pools::new(Cli::OnPath, "karpenter-v1.14.1");
    pools.configure("720h", "720h");
    pools.apply();
    pools.cluster.karpenter(json!({"node_claims": {"pool": "gpu", "count": 1}}));
    pools.karpenter(json!({"drain_seconds": null}));
    let mut destroy = pools.workspace.start(DESTROY);
    destroy.wait_until("the deletion", |_| pools.object("gpu")["metadata"]["deletionTimestamp"].is_string());
    destroy.press_ctrl_c();
    let pressed = Instant::now();
    let errors = destroy.wait().errors();
    eprintln!("ended after {:?}", pressed.elapsed());
    assert!(errors.iter().any(|error| error.detail.contains("remains in state")), "{errors:?}");
    assert_eq!(pools.workspace.addresses(), [ADDRESS]);
    // A look at what is there does not forget it as long as it has nodes.
    pools.workspace.plan_with(&["-destroy"]).assert_actions(&[(ADDRESS, Action::Delete)]);
    pools.karpenter(json!({"drain_seconds": 0}));
    pools.workspace.destroy().success();
    assert!(pools.workspace.addresses().is_empty());
    assert_eq!(pools.object("gpu")["code"], 404);
}
