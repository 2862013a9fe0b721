//! The role trusts the service that assumes it.

use crate::preflight::facts::{Facts, Family, Skip};
use crate::preflight::known::account;
use crate::preflight::policy::{Statement, like_beginning};
use crate::preflight::verdict::{Finding, Verdicts};
use crate::preflight::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "role_trust_policy",
    finds: "A node role that EC2, or a pod execution role that Fargate, may not assume: its trust policy does not name \
            the service, or only for another cluster.",
    kinds: &[Kind::NodeGroup, Kind::FargateProfile],
    inputs: &[Input::Cluster, Input::Role],
    reads: &[Family::Role],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut Verdicts) -> Result<(), Skip> {
    let arn = subject.role_arn.need()?;
    let role = facts.role(arn.as_str())?.ok_or(Skip::Absent)?;
    let (service, who, call) = match subject.kind {
        Kind::NodeGroup => ("ec2.amazonaws.com", "EC2", "EKS refuses such a node role."),
        Kind::FargateProfile => ("eks-fargate-pods.amazonaws.com", "Fargate", "EKS refuses such a pod execution role."),
    };
    // In China, names of services may end in .cn.
    let in_china = format!("{service}.cn");
    let mut statements = role.trust.trusting(service).chain(role.trust.trusting(&in_china)).peekable();
    if statements.peek().is_none() {
        // Elsewhere services may have names that are not known here.
        if !["aws", "aws-cn", "aws-us-gov"].contains(&subject.partition.as_str()) {
            return Ok(());
        }
        let found = format!("The trust policy of {arn} does not let {service} assume the role.");
        let fix = format!(
            "Add to the trust policy a statement with Effect \"Allow\", Principal {{\"Service\": \"{service}\"}} and \
             Action \"sts:AssumeRole\"."
        );
        verdicts
            .error(&subject.role_arn.path, Finding::new(format!("The role does not trust {who}"), found, call, fix));
        return Ok(());
    }
    if subject.kind == Kind::NodeGroup {
        return Ok(());
    }
    let cluster = subject.cluster.need()?;
    let account = account(arn).unwrap_or_default();
    let profiles = format!("arn:{}:eks:{}:{account}:fargateprofile/{cluster}/", subject.partition, subject.region);
    let wanted: Vec<_> = statements.map(source_arns).collect();
    let fits = |pattern: &&str| like_beginning(&profiles, pattern);
    if wanted.iter().any(|patterns| patterns.is_empty() || patterns.iter().any(&fits)) {
        return Ok(());
    }
    let found = format!(
        "The trust policy of {arn} lets {service} assume the role only where aws:SourceArn is {}; profiles of this \
         cluster are {profiles}*.",
        wanted.concat().join(" or ")
    );
    let fix = format!("Allow {profiles}* in the condition aws:SourceArn of the trust policy.");
    let summary = "The role trusts Fargate only for another cluster";
    verdicts.error(&subject.role_arn.path, Finding::new(summary, found, call, fix));
    Ok(())
}

/// What the conditions want `aws:SourceArn` to be, one of it.
fn source_arns(statement: &Statement) -> Vec<&str> {
    let conditions = statement.conditions.iter().filter(|condition| {
        let positive = !condition.operator.contains("Not") && !condition.operator.starts_with("Null");
        positive && condition.key.eq_ignore_ascii_case("aws:SourceArn")
    });
    conditions.flat_map(|condition| condition.values.iter().map(String::as_str)).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::testing::{ROLE, fargate_profile, fires, is_silent, node_group, trust};
    use super::*;
    use crate::preflight::Severity;
    use crate::preflight::policy::Policy;

    #[test]
    fn node_role_must_trust_ec2() {
        is_silent(&CHECK, &node_group());
        is_silent(&CHECK, &node_group().role(ROLE, |role| role.trust = trust("ec2.amazonaws.com.cn")));
        let other = node_group().role(ROLE, |role| role.trust = trust("eks.amazonaws.com"));
        fires(&CHECK, &other, Severity::Error, "node_role_arn", &[ROLE, "\"ec2.amazonaws.com\""]);
        is_silent(&CHECK, &other.plan(|subject| subject.partition = "aws-iso".to_owned()));
    }

    #[rstest]
    #[case::this_cluster("arn:aws:eks:us-east-1:111122223333:fargateprofile/demo/*", true)]
    #[case::one_profile("arn:aws:eks:us-east-1:111122223333:fargateprofile/demo/web/*", true)]
    #[case::any_cluster("arn:aws:eks:us-east-1:111122223333:fargateprofile/*", true)]
    #[case::other_cluster("arn:aws:eks:us-east-1:111122223333:fargateprofile/demo2/*", false)]
    #[case::other_region("arn:aws:eks:eu-west-1:111122223333:fargateprofile/demo/*", false)]
    fn fargate_condition_must_fit_the_cluster(#[case] pattern: &str, #[case] fits: bool) {
        let policy = format!(
            r#"{{"Statement":{{"Effect":"Allow","Action":"sts:AssumeRole",
                "Principal":{{"Service":"eks-fargate-pods.amazonaws.com"}},
                "Condition":{{"ArnLike":{{"aws:SourceArn":"{pattern}"}}}}}}}}"#
        );
        let world = fargate_profile().role(ROLE, |role| role.trust = Policy::parse(&policy).expect("a policy"));
        if fits {
            is_silent(&CHECK, &world);
        } else {
            fires(&CHECK, &world, Severity::Error, "pod_execution_role_arn", &[pattern, ":fargateprofile/demo/*"]);
        }
    }

    #[test]
    fn pod_execution_role_must_trust_fargate() {
        is_silent(&CHECK, &fargate_profile());
        let nodes = fargate_profile().role(ROLE, |role| role.trust = trust("ec2.amazonaws.com"));
        let words = &[ROLE, "eks-fargate-pods.amazonaws.com"];
        fires(&CHECK, &nodes, Severity::Error, "pod_execution_role_arn", words);
    }
}
