//! The permissions boundary of the role allows the actions that nodes and pods require.

use crate::facts::{Decision, Facts, Family, Skip, together};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::permissions::decision;
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "role_permissions_boundary",
    finds: "Reports a permissions boundary of the node role or pod execution role that does not allow the required \
            actions.",
    kinds: &[Kind::NodeGroup, Kind::FargateProfile],
    inputs: &[Input::Role],
    reads: &[Family::Role, Family::Allowed],
    effects: &[Effect::Warns],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let arn = subject.role_arn.need()?;
    let role = facts.role(arn.as_str())?.ok_or(Skip::Absent)?;
    let Some(boundary) = &role.boundary else { return Ok(()) };
    let (actions, why): (&[&str], _) = match subject.kind {
        Kind::NodeGroup => (
            &["ec2:DescribeInstances", "ecr:GetAuthorizationToken"],
            "A permissions boundary limits the permissions that all policies of the role grant. Nodes require these \
             actions to join. Otherwise, EKS reports NodeCreationFailure after about 20 minutes.",
        ),
        Kind::FargateProfile => (
            &["ecr:GetAuthorizationToken"],
            "A permissions boundary limits the permissions that all policies of the role grant. Pods require these \
             actions to pull images from Amazon ECR.",
        ),
    };
    let decisions = together(actions.iter().map(|action| decision(facts, arn, action)))?;
    let is_cut = |decision: &Option<Decision>| *decision == Some(Decision::DeniedByBoundary);
    let cut: Vec<_> = actions.iter().zip(decisions).filter(|(_, decision)| is_cut(decision)).collect();
    if !cut.is_empty() {
        let names = cut.iter().map(|(action, _)| **action).collect::<Vec<_>>().join(", ");
        let found = format!("The permissions boundary {boundary} of {arn} does not allow {names}.");
        let fix = format!("Allow {names} in {boundary}, or set another permissions boundary for the role.");
        let summary = "Role permissions boundary is too restrictive";
        verdicts.warning(&subject.role_arn.path, Finding::new(summary, found, why, fix));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ROLE, decision, fargate_profile, fires, is_silent, node_group};
    use super::*;

    const BOUNDARY: &str = "arn:aws:iam::111122223333:policy/boundary";

    #[test]
    fn boundary_must_allow_what_is_needed() {
        for (world, path) in [(node_group(), "node_role_arn"), (fargate_profile(), "pod_execution_role_arn")] {
            let bounded = world.role(ROLE, |role| role.boundary = Some(BOUNDARY.to_owned()));
            is_silent(&CHECK, &bounded);
            let action = "ecr:GetAuthorizationToken";
            let cut = bounded.with(decision(action, Decision::DeniedByBoundary));
            fires(&CHECK, &cut, Effect::Warns, path, &[BOUNDARY, action]);
            is_silent(&CHECK, &cut.clone().with(decision(action, Decision::ImplicitDeny)));
            is_silent(&CHECK, &cut.role(ROLE, |role| role.boundary = None));
        }
    }
}
