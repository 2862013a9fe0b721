//! A node class whose provider is killed or interrupted, and whose API server fails it, in the middle of its life.

use serde_json::json;

use super::{ADDRESS, CLASS, Class};
use crate::faults::custom_resources::Victim;
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
