//! The pod execution role is not a node role.

use crate::derived::cluster;
use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "role_is_node_role",
    finds: "Reports a pod execution role that node groups of the cluster use as their node role.",
    kinds: &[Kind::FargateProfile],
    inputs: &[Input::Cluster, Input::Role],
    reads: &[Family::Cluster, Family::Role, Family::NodeRoles],
    effects: &[Effect::BlocksApply],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let (arn, cluster) = (subject.role_arn.need()?, cluster(subject, facts)?);
    let role = facts.role(arn.as_str())?.ok_or(Skip::Absent)?;
    // Nodes can use only roles that trust EC2, so for most roles the node groups are not read.
    let is_for_nodes =
        |service: &&str| role.trust.as_ref().is_some_and(|policy| policy.trusting(service).next().is_some());
    if ["ec2.amazonaws.com", "ec2.amazonaws.com.cn"].iter().all(|service| !is_for_nodes(service)) {
        return Ok(());
    }
    let roles = facts.node_roles(cluster.name.as_str())?.ok_or(Skip::Absent)?;
    let groups: Vec<_> = roles.iter().filter(|(_, role)| *role == arn).map(|(name, _)| name.as_str()).collect();
    if !groups.is_empty() {
        let found = format!("{arn} is the node role of {} in cluster {}.", groups.join(", "), cluster.name);
        let why = "Within a cluster, a role cannot be used for both nodes and Fargate. EKS reports \
                   PodExecutionRoleAlreadyInUse.";
        let fix = "Create a separate pod execution role for Fargate.";
        let finding = Finding::new("Pod execution role is a node role", found, why, fix);
        verdicts.blocks_apply(&subject.role_arn.path, finding);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ROLE, World, fargate_profile, fires, is_silent, trust};
    use super::*;
    use crate::facts::{Fact, FactResult};

    fn of_groups(role: &str) -> World {
        let roles = [("workers".to_owned(), role.to_owned())].into();
        fargate_profile().with(Fact::NodeRoles("demo".to_owned(), FactResult::Known(roles)))
    }

    fn for_nodes(world: World) -> World {
        world.role(ROLE, |role| {
            let statements = trust("ec2.amazonaws.com").expect("a policy").statements;
            role.trust.as_mut().expect("a policy").statements.extend(statements);
        })
    }

    #[test]
    fn role_is_for_pods_alone() {
        is_silent(&CHECK, &fargate_profile());
        let shared = for_nodes(of_groups(ROLE));
        fires(
            &CHECK,
            &shared,
            Effect::BlocksApply,
            "pod_execution_role_arn",
            &["the node role of workers in cluster demo"],
        );
        is_silent(&CHECK, &for_nodes(of_groups("arn:aws:iam::111122223333:role/other")));
    }
}
