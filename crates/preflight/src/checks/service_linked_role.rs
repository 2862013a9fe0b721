//! The EKS service-linked role exists, or EKS can create it.

use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::permissions::{RequestedAction, caller_is_denied};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "service_linked_role",
    finds: "Reports accounts without the EKS service-linked role for node groups or for Fargate, if the caller is not \
            allowed to create it. EKS creates the role for the first node group or profile of an account.",
    kinds: &[Kind::NodeGroup, Kind::FargateProfile],
    inputs: &[Input::Cluster],
    reads: &[Family::Caller, Family::Role, Family::Allowed],
    effects: &[Effect::BlocksApply],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    if !subject.is_new() {
        return Ok(());
    }
    subject.cluster.need()?;
    // The permissions of the root user and of federated users cannot be simulated.
    let caller = facts.caller(())?.filter(|caller| caller.principal.is_some()).ok_or(Skip::Absent)?;
    let (name, services): (_, &[&str]) = match subject.kind {
        Kind::NodeGroup => ("AWSServiceRoleForAmazonEKSNodegroup", &["eks-nodegroup.amazonaws.com"]),
        Kind::FargateProfile => {
            ("AWSServiceRoleForAmazonEKSForFargate", &["eks-fargate.amazonaws.com", "eks-fargate-pods.amazonaws.com"])
        }
    };
    let service = services[0];
    let arn = format!("arn:{}:iam::{}:role/aws-service-role/{service}/{name}", subject.partition, caller.account);
    if facts.role(arn.as_str())?.is_some() {
        return Ok(());
    }
    let action = "iam:CreateServiceLinkedRole";
    let act = RequestedAction { action, resource: arn, key: "iam:AWSServiceName", values: services };
    if let Some(denied) = caller_is_denied(facts, &act)? {
        let found = format!(
            "Account {} has no role {name}, and the policies of {denied} do not allow {action}.",
            caller.account
        );
        let why = "EKS requires this role and creates it with the permissions of the first caller that needs it. If \
                   the caller lacks the permission, EKS rejects the request.";
        let fix = format!(
            "Have an administrator run aws iam create-service-linked-role --aws-service-name {service}, or grant \
             {action} for {service} to the caller."
        );
        verdicts.blocks_apply(
            &subject.cluster.path,
            Finding::new("Service-linked role cannot be created", found, why, fix),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{
        CALLER, World, called_by, caller_decision, fargate_profile, fires, is_silent, node_group,
    };
    use super::*;
    use crate::facts::{Decision, Fact, FactResult, Role};
    use crate::subject::Changed;

    const NODES: &str = "arn:aws:iam::111122223333:role/aws-service-role/eks-nodegroup.amazonaws.com/AWSServiceRoleForAmazonEKSNodegroup";
    const PODS: &str = "arn:aws:iam::111122223333:role/aws-service-role/eks-fargate.amazonaws.com/AWSServiceRoleForAmazonEKSForFargate";

    fn of(world: World, arn: &str, role: FactResult<Role>, services: &[&str], decision: Decision) -> World {
        let world = called_by(world, CALLER).with(Fact::Role(arn.to_owned(), role));
        services.iter().fold(world, |world, service| {
            let (action, key) = ("iam:CreateServiceLinkedRole", "iam:AWSServiceName");
            world.with(caller_decision(CALLER, action, arn, (key, service), Some(decision)))
        })
    }

    #[test]
    fn missing_role_requires_permission_to_create_it() {
        let services = ["eks-nodegroup.amazonaws.com"];
        let nodes = |role, decision| of(node_group(), NODES, role, &services, decision);
        is_silent(&CHECK, &node_group());
        is_silent(&CHECK, &nodes(FactResult::Known(Role::default()), Decision::ImplicitDeny));
        is_silent(&CHECK, &nodes(FactResult::Missing, Decision::Allowed));
        is_silent(&CHECK, &nodes(FactResult::Missing, Decision::Undecided));
        let denied = nodes(FactResult::Missing, Decision::ImplicitDeny);
        let words = &["no role AWSServiceRoleForAmazonEKSNodegroup", CALLER, "--aws-service-name eks-nodegroup"];
        fires(&CHECK, &denied, Effect::BlocksApply, "cluster_name", words);
        is_silent(&CHECK, &denied.plan(|subject| subject.changed = Changed::Only([Input::Cluster].into())));
        let services = ["eks-fargate.amazonaws.com", "eks-fargate-pods.amazonaws.com"];
        let pods = of(fargate_profile(), PODS, FactResult::Missing, &services, Decision::ExplicitDeny);
        fires(&CHECK, &pods, Effect::BlocksApply, "cluster_name", &["AWSServiceRoleForAmazonEKSForFargate"]);
    }
}
