//! The node role has permission to pull images from Amazon ECR.

use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::permissions::{lacks, policies};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "role_image_pull_policy",
    finds: "Reports node roles without AmazonEC2ContainerRegistryPullOnly or equivalent permissions to pull images \
            from ECR.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::Role],
    reads: &[Family::Role, Family::RolePolicies, Family::Allowed],
    effects: &[Effect::Warns],
    run,
};

/// AWS managed policies. Any one of them is sufficient.
const ENOUGH: [&str; 4] = [
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonEC2ContainerRegistryReadOnly",
    "AmazonEC2ContainerRegistryPowerUser",
    "AmazonEC2ContainerRegistryFullAccess",
];

/// The first API call of an image pull, and the only one that cannot be restricted to certain repositories.
const ACTION: &str = "ecr:GetAuthorizationToken";

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let arn = subject.role_arn.need()?;
    let policies = policies(subject, facts, arn)?;
    if lacks(facts, arn, policies, &ENOUGH, ACTION)? {
        let found = format!("No policy of {arn} allows {ACTION}.");
        let why = "Nodes pull the images of the network plugin and kube-proxy from Amazon ECR. If the pull fails, they \
                   do not become ready.";
        let fix =
            format!("Attach arn:{}:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly to the role.", subject.partition);
        verdicts.warning(&subject.role_arn.path, Finding::new("Role cannot pull images", found, why, fix));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ROLE, attached, decision, fires, is_silent, node_group};
    use super::*;
    use crate::facts::{Decision, Fact};

    #[test]
    fn role_needs_a_policy_for_images() {
        is_silent(&CHECK, &node_group());
        let worker = Fact::RolePolicies(ROLE.to_owned(), attached(&["AmazonEKSWorkerNodePolicy"]));
        is_silent(&CHECK, &node_group().with(worker.clone()));
        let without = node_group().with(worker).with(decision(ACTION, Decision::ImplicitDeny));
        let words = &[ROLE, ACTION, "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly"];
        fires(&CHECK, &without, Effect::Warns, "node_role_arn", words);
        let older = attached(&["AmazonEC2ContainerRegistryReadOnly"]);
        is_silent(&CHECK, &without.with(Fact::RolePolicies(ROLE.to_owned(), older)));
    }

    #[test]
    fn role_without_policies_is_reported_once() {
        is_silent(&CHECK, &node_group().with(Fact::RolePolicies(ROLE.to_owned(), attached(&[]))));
    }
}
