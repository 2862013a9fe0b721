//! The caller is allowed to create the planned object.

use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::permissions::{RequestedAction, caller_is_denied};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "caller_permissions",
    finds: "Reports callers whose policies do not allow creating node groups or Fargate profiles in the cluster, or \
            passing the role to EKS. Policies with conditions that cannot be evaluated in advance are not reported.",
    kinds: &[Kind::NodeGroup, Kind::FargateProfile],
    inputs: &[Input::Cluster, Input::Role],
    reads: &[Family::Caller, Family::Role, Family::Allowed],
    effects: &[Effect::Warns],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    if !subject.is_new() {
        return Ok(());
    }
    // Policies can specify the service that receives the role by any of these names.
    let (create, services): (_, &[&str]) = match subject.kind {
        Kind::NodeGroup => ("eks:CreateNodegroup", &["eks.amazonaws.com", "ec2.amazonaws.com", "ec2.amazonaws.com.cn"]),
        Kind::FargateProfile => ("eks:CreateFargateProfile", &["eks.amazonaws.com", "eks-fargate-pods.amazonaws.com"]),
    };
    let role = subject.role_arn.get();
    if let Ok(Some(arn)) = role {
        let pass = RequestedAction {
            action: "iam:PassRole",
            resource: arn.clone(),
            key: "iam:PassedToService",
            values: services,
        };
        if let Some(caller) = caller_is_denied(facts, &pass)? {
            let found = format!("The policies of {caller} do not allow iam:PassRole for {arn}.");
            let why = "EKS rejects the request if the caller is not allowed to pass the role.";
            let fix =
                format!("Grant iam:PassRole for {arn} to the caller, with iam:PassedToService = eks.amazonaws.com.");
            verdicts
                .warning(&subject.role_arn.path, Finding::new("Missing permission to pass the role", found, why, fix));
        }
    }
    let account = &facts.caller(())?.ok_or(Skip::Absent)?.account;
    let name = subject.cluster.need()?;
    let resource = format!("arn:{}:eks:{}:{account}:cluster/{name}", subject.partition, subject.region);
    if let Some(caller) = caller_is_denied(facts, &RequestedAction { action: create, resource, key: "", values: &[] })?
    {
        let found = format!("The policies of {caller} do not allow {create} for cluster {name}.");
        let fix = format!("Grant {create} for cluster {name} to the caller.");
        let summary = format!("Missing permission to create a {}", subject.kind.name());
        verdicts.warning(&subject.cluster.path, Finding::new(summary, found, "EKS rejects the request.", fix));
    }
    role.map(|_| ())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::testing::{
        CALLER, ROLE, World, called_by, caller_decision, fargate_profile, fires, is_silent, node_group,
    };
    use super::*;
    use crate::facts::{Decision, Fact, FactResult, Role};
    use crate::subject::Changed;

    const CLUSTER: &str = "arn:aws:eks:us-east-1:111122223333:cluster/demo";

    fn of(world: World, principal: &str, pass: &[(&str, Decision)], create: (&str, Decision)) -> World {
        let world = called_by(world, principal);
        let world = world.with(caller_decision(principal, create.0, CLUSTER, ("", ""), Some(create.1)));
        pass.iter().fold(world, |world, (service, decision)| {
            let key = "iam:PassedToService";
            world.with(caller_decision(principal, "iam:PassRole", ROLE, (key, service), Some(*decision)))
        })
    }

    fn nodes(pass: &[(&str, Decision)], create: Decision) -> World {
        of(node_group(), CALLER, pass, ("eks:CreateNodegroup", create))
    }

    const SERVICES: [&str; 3] = ["eks.amazonaws.com", "ec2.amazonaws.com", "ec2.amazonaws.com.cn"];

    #[rstest]
    #[case::not_allowed(Decision::ImplicitDeny)]
    #[case::denied(Decision::ExplicitDeny)]
    #[case::outside_the_boundary(Decision::DeniedByBoundary)]
    fn role_must_be_passed(#[case] decision: Decision) {
        let world = nodes(&SERVICES.map(|service| (service, decision)), Decision::Allowed);
        fires(&CHECK, &world, Effect::Warns, "node_role_arn", &[CALLER, ROLE, "iam:PassRole"]);
        is_silent(&CHECK, &world.plan(|subject| subject.changed = Changed::Only([Input::Role].into())));
    }

    #[test]
    fn one_way_to_pass_it_is_enough() {
        is_silent(&CHECK, &nodes(&[(SERVICES[0], Decision::Allowed)], Decision::Allowed));
        let second = [(SERVICES[0], Decision::ImplicitDeny), (SERVICES[1], Decision::Allowed)];
        is_silent(&CHECK, &nodes(&second, Decision::Allowed));
        is_silent(&CHECK, &nodes(&[(SERVICES[0], Decision::Undecided)], Decision::Undecided));
        is_silent(&CHECK, &node_group());
    }

    #[test]
    fn create_permission_is_required() {
        let pass = [(SERVICES[0], Decision::Allowed)];
        let path = "cluster_name";
        let words = &["eks:CreateNodegroup for cluster demo"];
        fires(&CHECK, &nodes(&pass, Decision::ImplicitDeny), Effect::Warns, path, words);
        let profile = of(fargate_profile(), CALLER, &pass, ("eks:CreateFargateProfile", Decision::ImplicitDeny));
        fires(&CHECK, &profile, Effect::Warns, path, &["eks:CreateFargateProfile for cluster demo"]);
    }

    #[test]
    fn role_of_the_caller_may_have_a_path() {
        let long = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/deploy";
        let role = Role { arn: long.to_owned(), ..Role::default() };
        let pass = [(SERVICES[0], Decision::ImplicitDeny), (SERVICES[1], Decision::Allowed)];
        let world = called_by(of(node_group(), long, &pass, ("eks:CreateNodegroup", Decision::ImplicitDeny)), CALLER)
            .with(Fact::Role(CALLER.to_owned(), FactResult::Known(role)))
            .with(caller_decision(CALLER, "eks:CreateNodegroup", CLUSTER, ("", ""), None));
        let world = SERVICES[..2].iter().fold(world, |world, service| {
            world.with(caller_decision(CALLER, "iam:PassRole", ROLE, ("iam:PassedToService", service), None))
        });
        fires(&CHECK, &world, Effect::Warns, "cluster_name", &[long]);
    }
}
