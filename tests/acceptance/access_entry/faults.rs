//! Harm at the AWS calls of a creation, an update and a deletion, and faults that pass by themselves.

use rstest::rstest;
use serde_json::json;

use super::{ADDRESS, Entry, ROOT, block, principals};
use crate::faults::every_call::{APPLY, DESTROY, Harm};
use crate::support::cli::Cli;

impl Entry {
    /// Writes one of two configurations that differ in what every way of updating takes.
    fn side(&self, one: bool) {
        let (side, policy, scope) =
            if one { ("one", "AmazonEKSViewPolicy", "a") } else { ("other", "AmazonEKSAdminPolicy", "b") };
        self.configure(&format!(
            "kubernetes_groups = [\"{side}\"]\ntags = {{ {side} = \"1\" }}\n{}{}",
            block(policy, &[]),
            block("AmazonEKSEditPolicy", &[scope])
        ));
    }

    /// The calls of a command at which harm is done: those that change something, and the one after each.
    #[track_caller]
    fn vulnerable(&self, command: &[&str]) -> Vec<usize> {
        let before = self.cluster.log().len();
        self.workspace.run(command).success();
        let calls = self.cluster.calls().split_off(before);
        let changes =
            |call: &String| !["Describe", "List", "Get"].iter().any(|read| call.contains(&format!(":{read}")));
        let after_change = |at: usize| at > 0 && changes(&calls[at - 1]);
        (0..calls.len()).filter(|at| changes(&calls[*at]) || after_change(*at)).collect()
    }

    /// Applies, which must succeed, and proves that configuration, state and EKS agree.
    #[track_caller]
    fn converge(&self) {
        self.apply();
        assert_eq!(principals(&self.cluster).len(), 2);
        assert_eq!(self.policies().len(), 2);
    }

    /// Whatever EKS has, the state knows.
    #[track_caller]
    fn assert_not_forgotten(&self, what: &str) {
        if principals(&self.cluster).len() > 1 {
            assert_eq!(self.workspace.addresses(), [ADDRESS], "the entry exists and is not in the state: {what}");
        }
    }
}

#[rstest]
#[case::kill(Harm::Kill)]
#[case::ctrl_c(Harm::CtrlC)]
#[case::lost_answer(Harm::LostAnswer)]
fn each_change_of_an_access_entry(#[case] harm: Harm) {
    let entry = Entry::new(Cli::OnPath);
    entry.side(true);
    let creation = entry.vulnerable(APPLY);
    entry.side(false);
    let update = entry.vulnerable(APPLY);
    let deletion = entry.vulnerable(DESTROY);
    assert!(creation.len() > 3 && update.len() > 5 && deletion.len() > 1, "{creation:?} {update:?} {deletion:?}");
    let strike = |command: &[&str], call: usize| {
        let run = harm.strike(&entry.cluster, &entry.workspace, command, call);
        if harm != Harm::Kill {
            entry.assert_not_forgotten(&run.text());
        }
    };
    for step in 0..creation.len().max(deletion.len()) {
        entry.side(true);
        creation.get(step).into_iter().for_each(|call| strike(APPLY, *call));
        entry.converge();
        deletion.get(step).into_iter().for_each(|call| strike(DESTROY, *call));
        entry.destroy();
    }
    entry.side(true);
    entry.converge();
    for (call, one) in update.into_iter().zip([false, true].into_iter().cycle()) {
        entry.side(one);
        strike(APPLY, call);
        entry.converge();
    }
    entry.destroy();
}

#[test]
fn an_access_entry_s_life_with_throttling_and_bursts_of_server_errors() {
    let entry = Entry::new(Cli::OnPath);
    let operations = [
        "CreateAccessEntry",
        "AssociateAccessPolicy",
        "UpdateAccessEntry",
        "DisassociateAccessPolicy",
        "TagResource",
        "UntagResource",
        "DeleteAccessEntry",
    ];
    for operation in operations {
        entry.cluster.fault(json!({"kind": "server_error", "status": 503, "operation": operation, "count": 3}));
    }
    entry.side(true);
    entry.converge();
    entry.side(false);
    entry.converge();
    entry.destroy();
    let answered = entry.cluster.log().iter().filter(|call| call.status == 503).count();
    assert_eq!(answered, 3 * operations.len());

    entry.cluster.fault(json!({"kind": "throttle", "probability": 0.5}));
    entry.side(true);
    entry.workspace.apply().success();
    entry.workspace.destroy().success();
    assert!(entry.cluster.log().iter().any(|call| call.error.contains("Throttling")), "the fault never struck");
    entry.cluster.remove_faults();
    assert_eq!(principals(&entry.cluster), [ROOT]);
}

#[test]
fn a_role_that_eks_does_not_see_yet_is_waited_for() {
    let entry = Entry::new(Cli::OnPath);
    entry.cluster.fault(json!({
        "kind": "error", "operation": "CreateAccessEntry", "count": 1, "code": "InvalidParameterException",
        "message": "The specified principalArn is invalid: invalid principal.",
    }));
    entry.cluster.fault(json!({
        "kind": "error", "operation": "AssociateAccessPolicy", "count": 1, "code": "ResourceNotFoundException",
        "message": "The specified principalArn could not be found",
    }));
    entry.side(true);
    entry.converge();
    assert_eq!(entry.cluster.count("eks:CreateAccessEntry"), 2);
}
