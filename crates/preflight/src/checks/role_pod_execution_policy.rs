//! The pod execution role has permission to pull images.

use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::permissions::{lacks, policies};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "role_pod_execution_policy",
    finds: "Reports pod execution roles without AmazonEKSFargatePodExecutionRolePolicy or equivalent permissions.",
    kinds: &[Kind::FargateProfile],
    inputs: &[Input::Role],
    reads: &[Family::Role, Family::RolePolicies, Family::Allowed],
    effects: &[Effect::Warns],
    run,
};

const POLICY: &str = "AmazonEKSFargatePodExecutionRolePolicy";

/// The first API call of an image pull.
const ACTION: &str = "ecr:GetAuthorizationToken";

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let arn = subject.role_arn.need()?;
    let policies = policies(subject, facts, arn)?;
    if policies.is_empty() || lacks(facts, arn, policies, &[POLICY], ACTION)? {
        let found = format!("No policy of {arn} allows {ACTION}.");
        let why = "Pods on Fargate, including CoreDNS, cannot pull images from Amazon ECR and stay Pending.";
        let fix = format!("Attach arn:{}:iam::aws:policy/{POLICY} to the role.", subject.partition);
        verdicts.warning(&subject.role_arn.path, Finding::new("Role cannot pull images", found, why, fix));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ROLE, attached, decision, fargate_profile, fires, is_silent};
    use super::*;
    use crate::facts::{Decision, Fact};

    #[test]
    fn role_needs_the_policy_or_what_it_grants() {
        is_silent(&CHECK, &fargate_profile());
        let bare = fargate_profile().with(Fact::RolePolicies(ROLE.to_owned(), attached(&[])));
        let words = &[ROLE, "arn:aws:iam::aws:policy/AmazonEKSFargatePodExecutionRolePolicy"];
        fires(&CHECK, &bare, Effect::Warns, "pod_execution_role_arn", words);
        let other = Fact::RolePolicies(ROLE.to_owned(), attached(&["CloudWatchLogsFullAccess"]));
        let other = fargate_profile().with(other);
        is_silent(&CHECK, &other);
        let without = other.with(decision(ACTION, Decision::ImplicitDeny));
        fires(&CHECK, &without, Effect::Warns, "pod_execution_role_arn", words);
    }
}
