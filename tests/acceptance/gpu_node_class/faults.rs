//! A node class whose provider is killed or interrupted, and whose API server fails it, in the middle of its life.

use std::time::Instant;

use serde_json::json;

use super::{ADDRESS, CLASS, Class};
use crate::faults::custom_resources::Victim;
use crate::faults::every_call::DESTROY;
use crate::support::cli::Cli;

fn victim(test: impl Fn(&Victim)) {
    let class = Class::new(Cli::OnPath);
    test(&Victim {
        cluster: &class.cluster,
        workspace: &class.workspace,
        address: ADDRESS,
        path: CLASS,
        configure: &|side| class.configure(&format!("tags = {{ team = \"{side}\" }}")),
        pointer: "/spec/tags/team",
        values: [json!("0"), json!("1")],
    });
}

#[test]
fn gpu_class_killed_or_interrupted_in_the_middle_of_writes() {
    victim(|victim| victim.is_killed_or_interrupted_in_the_middle_of_writes());
}

#[test]
fn gpu_class_outlives_faults_that_pass_and_refusals() {
    victim(|victim| victim.outlives_faults_that_pass_and_refusals());
}

#[test]
fn gpu_class_is_kept_when_its_deletion_is_interrupted() {
    let class = Class::new(Cli::OnPath);
    class.configure("");
    class.apply();
    class.cluster.karpenter(json!({"settings": {"held_finalizers": ["EC2NodeClass"]}}));
    let mut destroy = class.workspace.start(DESTROY);
    destroy.wait_until("the deletion", |_| class.live()["metadata"]["deletionTimestamp"].is_string());
    destroy.press_ctrl_c();
    let pressed = Instant::now();
    let errors = destroy.wait().errors();
    eprintln!("ended after {:?}", pressed.elapsed());
    assert!(errors.iter().any(|error| error.detail.contains("remains in state")), "{errors:?}");
    assert_eq!(class.workspace.addresses(), [ADDRESS]);
    class.cluster.karpenter(json!({"settings": {"held_finalizers": []}}));
    class.workspace.destroy().success();
    assert_eq!(class.cluster.kubernetes("GET", CLASS, json!({})).0, 404);
}
