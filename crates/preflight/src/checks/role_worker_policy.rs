//! The node role has the permissions that a node requires before it joins.

use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::permissions::{lacks, policies};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "role_worker_policy",
    finds: "Reports node roles that have no policies, or that lack AmazonEKSWorkerNodePolicy or equivalent \
            permissions.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::Role],
    reads: &[Family::Role, Family::RolePolicies, Family::Allowed],
    effects: &[Effect::BlocksApply, Effect::Warns],
    run,
};

/// AWS managed policies. Any one of them is sufficient.
const ENOUGH: [&str; 2] = ["AmazonEKSWorkerNodePolicy", "AmazonEKSWorkerNodeMinimalPolicy"];

/// The EC2 request of a node before it joins, which reads its own private DNS name.
const ACTION: &str = "ec2:DescribeInstances";

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let arn = subject.role_arn.need()?;
    let policies = policies(subject, facts, arn)?;
    let path = &subject.role_arn.path;
    let policy = |name: &str| format!("arn:{}:iam::aws:policy/{name}", subject.partition);
    if policies.is_empty() {
        let found = format!("{arn} has no attached or inline policies.");
        let why = "Nodes cannot join the cluster or pull images. EKS fails the node group with NodeCreationFailure \
                   after about 20 minutes.";
        let fix = format!(
            "Attach {}, {}, and {} to the role.",
            policy("AmazonEKSWorkerNodePolicy"),
            policy("AmazonEC2ContainerRegistryPullOnly"),
            policy("AmazonEKS_CNI_Policy")
        );
        verdicts.blocks_apply(path, Finding::new("Role has no policies", found, why, fix));
    } else if lacks(facts, arn, policies, &ENOUGH, ACTION)? {
        let found = format!("No policy of {arn} allows {ACTION}.");
        let why = "Nodes require this permission to join. Otherwise, EKS fails the node group with NodeCreationFailure \
                   after about 20 minutes.";
        let fix = format!("Attach {} to the role.", policy("AmazonEKSWorkerNodePolicy"));
        verdicts.warning(path, Finding::new("Role lacks the worker node policy", found, why, fix));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ROLE, attached, decision, fires, is_silent, node_group};
    use super::*;
    use crate::Phase;
    use crate::facts::{Decision, Fact};

    #[test]
    fn role_needs_the_policy_or_what_it_grants() {
        is_silent(&CHECK, &node_group());
        let minimal = attached(&["AmazonEKSWorkerNodeMinimalPolicy"]);
        is_silent(&CHECK, &node_group().with(Fact::RolePolicies(ROLE.to_owned(), minimal)));
        let others =
            node_group().with(Fact::RolePolicies(ROLE.to_owned(), attached(&["AmazonSSMManagedInstanceCore"])));
        is_silent(&CHECK, &others);
        is_silent(&CHECK, &others.clone().with(decision(ACTION, Decision::ExplicitDeny)));
        let without = others.with(decision(ACTION, Decision::ImplicitDeny));
        let words = &[ROLE, ACTION, "Attach arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"];
        fires(&CHECK, &without, Effect::Warns, "node_role_arn", words);
    }

    #[test]
    fn policies_of_a_new_role_are_judged_before_the_write() {
        let bare = node_group().with(Fact::RolePolicies(ROLE.to_owned(), attached(&[])));
        let words = &["no attached or inline policies", "policy/AmazonEKS_CNI_Policy"];
        fires(&CHECK, &bare, Effect::BlocksApply, "node_role_arn", words);
        let new = bare.clone().role(ROLE, |role| role.is_new = true);
        is_silent(&CHECK, &new);
        let before_write = new.plan(|subject| subject.phase = Phase::Now);
        fires(&CHECK, &before_write, Effect::BlocksApply, "node_role_arn", words);
        let china = bare.plan(|subject| subject.partition = "aws-cn".to_owned());
        fires(
            &CHECK,
            &china,
            Effect::BlocksApply,
            "node_role_arn",
            &["arn:aws-cn:iam::aws:policy/AmazonEKSWorkerNodePolicy"],
        );
    }
}
