//! The role trusts the service that assumes it.

use crate::derived::account;
use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::policy::{Statement, like, like_beginning};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "role_trust_policy",
    finds: "Reports a node role that EC2 cannot assume, or a pod execution role that Fargate cannot assume. The trust \
            policy does not include the service, denies it, or allows it only for another cluster or account. A trust \
            policy that cannot be parsed is reported as a warning. Statements with unsupported elements are not \
            evaluated.",
    kinds: &[Kind::NodeGroup, Kind::FargateProfile],
    inputs: &[Input::Cluster, Input::Role],
    reads: &[Family::Role],
    effects: &[Effect::BlocksApply, Effect::Warns],
    run,
};

/// A service that the role must trust: its principal, its display name, and the consequence otherwise.
struct Trusted {
    service: &'static str,
    who: &'static str,
    why: &'static str,
}

const EC2: Trusted = Trusted { service: "ec2.amazonaws.com", who: "EC2", why: "EKS rejects this node role." };
const FARGATE: Trusted =
    Trusted { service: "eks-fargate-pods.amazonaws.com", who: "Fargate", why: "EKS rejects this pod execution role." };

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let arn = subject.role_arn.need()?;
    let role = facts.role(arn.as_str())?.ok_or(Skip::Absent)?;
    let trusted = match subject.kind {
        Kind::NodeGroup => EC2,
        Kind::FargateProfile => FARGATE,
    };
    let path = &subject.role_arn.path;
    let Some(policy) = &role.trust else {
        let found = format!("The trust policy of {arn} is not a policy document with statements.");
        let fix = format!("Check that the trust policy allows {} to assume the role.", trusted.service);
        let summary = "Role trust policy cannot be parsed";
        verdicts.warning(path, Finding::new(summary, found, trusted.why, fix));
        return Ok(());
    };
    // In China, service names can end in `.cn`.
    let in_china = format!("{}.cn", trusted.service);
    let statements: Vec<_> = policy.trusting(trusted.service).chain(policy.trusting(&in_china)).collect();
    let denied = policy.denies(trusted.service) && (subject.partition != "aws-cn" || policy.denies(&in_china));
    // Other partitions can use unknown service names.
    let is_known = ["aws", "aws-cn", "aws-us-gov"].contains(&subject.partition.as_str());
    if denied || statements.is_empty() && !policy.is_unclear() && is_known {
        verdicts.blocks_apply(path, not_trusted(arn, &trusted, denied));
        return Ok(());
    }
    if subject.kind == Kind::FargateProfile
        && !statements.is_empty()
        && !policy.is_unclear()
        && let Some(finding) = for_others(subject, arn, &statements)?
    {
        verdicts.blocks_apply(path, finding);
    }
    Ok(())
}

fn not_trusted(arn: &str, Trusted { service, who, why }: &Trusted, denied: bool) -> Finding {
    let (found, fix) = if denied {
        (
            format!("The trust policy of {arn} denies {service} permission to assume the role."),
            format!("Remove {service} from the statement with Effect \"Deny\" in the trust policy."),
        )
    } else {
        (
            format!("The trust policy of {arn} does not allow {service} to assume the role."),
            format!(
                "Add a statement with Effect \"Allow\", Principal {{\"Service\": \"{service}\"}}, and Action \
                 \"sts:AssumeRole\" to the trust policy."
            ),
        )
    };
    Finding::new(format!("Role does not trust {who}"), found, *why, fix)
}

/// Reports a trust policy in which every statement for Fargate requires profiles of other clusters or accounts.
fn for_others(subject: &Subject, arn: &str, statements: &[&Statement]) -> Result<Option<Finding>, Skip> {
    let cluster = subject.cluster.need()?;
    let account = account(arn).unwrap_or_default();
    let profiles = format!("arn:{}:eks:{}:{account}:fargateprofile/{cluster}/", subject.partition, subject.region);
    let misfits = statements.iter().map(|statement| misfit(statement, &profiles, account));
    let Some(misfits) = misfits.collect::<Option<Vec<_>>>() else { return Ok(None) };
    let found = format!(
        "The trust policy of {arn} allows {} to assume the role only if {}, but the profiles of this cluster have ARNs \
         that match {profiles}* in account {account}.",
        FARGATE.service,
        misfits.join(", or ")
    );
    let fix = format!(
        "In the conditions of the trust policy, allow {profiles}* for aws:SourceArn, and the cluster account for \
         aws:SourceAccount."
    );
    Ok(Some(Finding::new("Role trusts Fargate only for another cluster", found, FARGATE.why, fix)))
}

/// Returns the condition of a statement that no profile of the cluster can satisfy, or `None` if no condition is
/// certain to fail.
fn misfit(statement: &Statement, profiles: &str, account: &str) -> Option<String> {
    statement.conditions.iter().find_map(|condition| {
        let wanted = condition.wanted()?;
        let fits = |value: &String| match condition.key.to_ascii_lowercase().as_str() {
            "aws:sourcearn" => like_beginning(profiles, value),
            "aws:sourceaccount" => account.is_empty() || like(account, value),
            _ => true,
        };
        (!wanted.iter().any(fits)).then(|| format!("{} is {}", condition.key, wanted.join(" or ")))
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::testing::{ROLE, fargate_profile, fires, is_silent, node_group, trust};
    use super::*;
    use crate::policy::Policy;

    #[test]
    fn node_role_must_trust_ec2() {
        is_silent(&CHECK, &node_group());
        is_silent(&CHECK, &node_group().role(ROLE, |role| role.trust = trust("ec2.amazonaws.com.cn")));
        let other = node_group().role(ROLE, |role| role.trust = trust("eks.amazonaws.com"));
        fires(&CHECK, &other, Effect::BlocksApply, "node_role_arn", &[ROLE, "\"ec2.amazonaws.com\""]);
        is_silent(&CHECK, &other.plan(|subject| subject.partition = "aws-iso".to_owned()));
    }

    #[rstest]
    #[case::this_cluster("arn:aws:eks:us-east-1:111122223333:fargateprofile/demo/*", true)]
    #[case::one_profile("arn:aws:eks:us-east-1:111122223333:fargateprofile/demo/web/*", true)]
    #[case::any_cluster("arn:aws:eks:us-east-1:111122223333:fargateprofile/*", true)]
    #[case::other_cluster("arn:aws:eks:us-east-1:111122223333:fargateprofile/demo2/*", false)]
    #[case::other_region("arn:aws:eks:eu-west-1:111122223333:fargateprofile/demo/*", false)]
    fn fargate_condition_must_match_cluster(#[case] pattern: &str, #[case] fits: bool) {
        let policy = format!(
            r#"{{"Statement":{{"Effect":"Allow","Action":"sts:AssumeRole",
                "Principal":{{"Service":"eks-fargate-pods.amazonaws.com"}},
                "Condition":{{"ArnLike":{{"aws:SourceArn":"{pattern}"}}}}}}}}"#
        );
        let world = fargate_profile().role(ROLE, |role| role.trust = Policy::parse(&policy));
        if fits {
            is_silent(&CHECK, &world);
        } else {
            fires(&CHECK, &world, Effect::BlocksApply, "pod_execution_role_arn", &[pattern, ":fargateprofile/demo/*"]);
        }
    }

    #[rstest]
    #[case::other_account("StringEquals", "aws:SourceAccount", "444455556666", true)]
    #[case::this_account("StringEquals", "aws:SourceAccount", "111122223333", false)]
    #[case::negated("StringNotEquals", "aws:SourceAccount", "111122223333", false)]
    #[case::variable("StringLike", "aws:SourceArn", "${aws:PrincipalTag/x}", false)]
    #[case::other_key("StringEquals", "sts:ExternalId", "x", false)]
    fn only_what_is_certain_of_a_condition_counts(
        #[case] operator: &str,
        #[case] key: &str,
        #[case] value: &str,
        #[case] found: bool,
    ) {
        let policy = format!(
            r#"{{"Statement":{{"Effect":"Allow","Action":"sts:AssumeRole",
                "Principal":{{"Service":"eks-fargate-pods.amazonaws.com"}},
                "Condition":{{"{operator}":{{"{key}":"{value}"}}}}}}}}"#
        );
        let world = fargate_profile().role(ROLE, |role| role.trust = Policy::parse(&policy));
        if found {
            fires(&CHECK, &world, Effect::BlocksApply, "pod_execution_role_arn", &[key, value]);
        } else {
            is_silent(&CHECK, &world);
        }
    }

    #[test]
    fn unreadable_policy_warns_and_unclear_policy_is_skipped() {
        let unread = node_group().role(ROLE, |role| role.trust = None);
        fires(&CHECK, &unread, Effect::Warns, "node_role_arn", &["cannot be parsed", "ec2.amazonaws.com"]);
        let unclear = r#"{"Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","NotPrincipal":{"AWS":"x"}}]}"#;
        is_silent(&CHECK, &node_group().role(ROLE, |role| role.trust = Policy::parse(unclear)));
    }

    #[test]
    fn denial_wins() {
        let policy = r#"{"Statement":[
            {"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"ec2.amazonaws.com"}},
            {"Effect":"Deny","Action":"sts:*","Principal":{"Service":"ec2.amazonaws.com"}}]}"#;
        let denied = node_group().role(ROLE, |role| role.trust = Policy::parse(policy));
        fires(&CHECK, &denied, Effect::BlocksApply, "node_role_arn", &["denies ec2.amazonaws.com"]);
    }

    #[test]
    fn pod_execution_role_must_trust_fargate() {
        is_silent(&CHECK, &fargate_profile());
        let nodes = fargate_profile().role(ROLE, |role| role.trust = trust("ec2.amazonaws.com"));
        let words = &[ROLE, "eks-fargate-pods.amazonaws.com"];
        fires(&CHECK, &nodes, Effect::BlocksApply, "pod_execution_role_arn", words);
    }
}
