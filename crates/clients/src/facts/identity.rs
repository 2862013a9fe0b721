//! Reads facts from STS and IAM.

use render::arn::Arn;
use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_sdk_iam::types::{
    ContextEntry, ContextKeyTypeEnum, PolicyEvaluationDecisionType as Evaluation, SummaryKeyType,
};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use super::{Found, during, text};
use crate::aws::errors::sorted;
use crate::errors::{ApiError, ErrorKind};
use preflight::derived::role_name;
use preflight::facts::{Caller, Decision, InstanceProfile, InstanceProfiles, Role, RolePolicies, Wish};
use preflight::policy::Policy;

const IAM: &str = "IAM";

/// Maximum number of concurrent simulations, over all principals.
pub(super) const WISHES_AT_ONCE: usize = 100;

/// Returns the caller, or `None` if the provider must not request the account.
pub(super) async fn caller(sts: Option<&aws_sdk_sts::Client>) -> Found<Caller> {
    let Some(sts) = sts else { return Ok(None) };
    let answer = sts.get_caller_identity().send().await;
    let answer = answer.map_err(sorted("STS", "GetCallerIdentity")).map_err(during("sts:GetCallerIdentity"))?;
    let arn = text(answer.arn());
    Ok(Some(Caller { account: text(answer.account()), principal: principal(&arn), arn }))
}

/// Returns the role or user whose policies apply to a caller. The ARN of an assumed role does not contain the path of
/// the role.
fn principal(arn: &str) -> Option<String> {
    let Arn { partition, account, resource, .. } = Arn::parse(arn)?;
    if resource.starts_with("user/") || resource.starts_with("role/") {
        return Some(arn.to_owned());
    }
    let name = resource.strip_prefix("assumed-role/")?.split('/').next()?;
    Some(format!("arn:{partition}:iam::{account}:role/{name}"))
}

/// Returns a role by its name, or by the name in its ARN.
pub(super) async fn role(iam: &aws_sdk_iam::Client, arn: &str, run_started_at: i64) -> Found<Role> {
    let answer = iam.get_role().role_name(role_name(arn)).send().await;
    let answer = answer.map_err(sorted(IAM, "GetRole")).map_err(during("iam:GetRole"))?;
    let Some(role) = answer.role else { return Ok(None) };
    let trust = role.assume_role_policy_document().map(decoded).unwrap_or_default();
    Ok(Some(Role {
        arn: role.arn.clone(),
        name: role.role_name.clone(),
        path: role.path.clone(),
        trust: Policy::parse(&trust),
        boundary: role.permissions_boundary().and_then(|boundary| boundary.permissions_boundary_arn.clone()),
        created_at: role.create_date.secs(),
        is_new: role.create_date.secs() > run_started_at,
    }))
}

/// Returns the day in UTC.
pub(super) fn today() -> Option<String> {
    let now = DateTime::from_secs(now()).fmt(Format::DateTime).ok()?;
    now.split('T').next().map(str::to_owned)
}

/// Returns the seconds since the Unix epoch.
fn now() -> i64 {
    seconds(SystemTime::now())
}

/// Returns the seconds from the Unix epoch to a time.
pub(super) fn seconds(moment: SystemTime) -> i64 {
    let now = moment.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_secs()).unwrap_or(i64::MAX)
}

/// Decodes a policy document. IAM returns policies URL-encoded (RFC 3986).
fn decoded(document: &str) -> String {
    let mut bytes = Vec::with_capacity(document.len());
    let mut rest = document.as_bytes();
    while let [first, others @ ..] = rest {
        let escaped = (*first == b'%').then(|| others.get(..2).and_then(|digits| std::str::from_utf8(digits).ok()));
        match escaped.flatten().and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &others[2..];
            }
            None => {
                bytes.push(*first);
                rest = others;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Returns the attached policies of a role, and the names of its inline policies.
pub(super) async fn role_policies(iam: &aws_sdk_iam::Client, arn: &str) -> Found<RolePolicies> {
    let name = role_name(arn);
    let pages = iam.list_attached_role_policies().role_name(name).into_paginator().items().send();
    let attached: Result<Vec<_>, _> = pages.collect().await;
    let attached = attached.map_err(sorted(IAM, "ListAttachedRolePolicies"));
    let attached = attached.map_err(during("iam:ListAttachedRolePolicies"))?;
    let pages = iam.list_role_policies().role_name(name).into_paginator().items().send();
    let inline: Result<Vec<_>, _> = pages.collect().await;
    let inline = inline.map_err(sorted(IAM, "ListRolePolicies")).map_err(during("iam:ListRolePolicies"))?;
    Ok(Some(RolePolicies { attached: attached.into_iter().filter_map(|policy| policy.policy_arn).collect(), inline }))
}

/// Returns an instance profile by name. It has at most one role.
pub(super) async fn instance_profile(iam: &aws_sdk_iam::Client, name: &str) -> Found<InstanceProfile> {
    let answer = iam.get_instance_profile().instance_profile_name(name).send().await;
    let answer = answer.map_err(sorted(IAM, "GetInstanceProfile")).map_err(during("iam:GetInstanceProfile"))?;
    let role = |roles: Vec<aws_sdk_iam::types::Role>| roles.into_iter().next().map(|role| role.role_name);
    Ok(answer.instance_profile.map(|profile| InstanceProfile { role: role(profile.roles) }))
}

/// Returns the instance profiles of the account.
pub(super) async fn instance_profiles(iam: &aws_sdk_iam::Client) -> Found<InstanceProfiles> {
    let answer = iam.get_account_summary().send().await;
    let answer = answer.map_err(sorted(IAM, "GetAccountSummary")).map_err(during("iam:GetAccountSummary"))?;
    let summary = answer.summary_map.unwrap_or_default();
    let number = |name: SummaryKeyType| summary.get(&name).copied();
    let numbers = number(SummaryKeyType::InstanceProfiles).zip(number(SummaryKeyType::InstanceProfilesQuota));
    Ok(numbers.map(|(count, most)| InstanceProfiles { count, most }))
}

/// Returns the results of the policy simulator, with one call per principal, resource, and context.
pub(super) async fn decisions(
    iam: aws_sdk_iam::Client,
    wishes: Vec<Wish>,
) -> Result<HashMap<Wish, Decision>, ApiError> {
    let mut groups: HashMap<_, Vec<Wish>> = HashMap::new();
    for wish in wishes {
        let key = (wish.principal.clone(), wish.resource.clone(), wish.context.clone());
        groups.entry(key).or_default().push(wish);
    }
    let calls = groups.into_values().map(|wishes| simulate(&iam, wishes));
    let mut found = HashMap::new();
    for answer in futures::future::join_all(calls).await {
        match answer {
            Ok(decisions) => found.extend(decisions),
            // A principal that does not exist must not make the results of other principals fail.
            Err(error) if error.kind == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

async fn simulate(iam: &aws_sdk_iam::Client, wishes: Vec<Wish>) -> Result<Vec<(Wish, Decision)>, ApiError> {
    let Some(Wish { principal, resource, context, .. }) = wishes.first() else { return Ok(Vec::new()) };
    let actions = wishes.iter().map(|wish| wish.action.clone()).collect();
    let call = iam.simulate_principal_policy().policy_source_arn(principal).set_action_names(Some(actions));
    let entry = |(key, value): &(String, String)| {
        let entry = ContextEntry::builder().context_key_name(key).context_key_values(value);
        entry.context_key_type(ContextKeyTypeEnum::String).build()
    };
    let context = (!context.is_empty()).then(|| context.iter().map(entry).collect());
    let pages = call.resource_arns(resource).set_context_entries(context).into_paginator().items().send();
    let results: Result<Vec<_>, _> = pages.collect().await;
    let results = results.map_err(sorted(IAM, "SimulatePrincipalPolicy"))?;
    let decision = |wish: Wish| {
        let result = results.iter().find(|result| result.eval_action_name == wish.action)?;
        let bounded = result.permissions_boundary_decision_detail();
        let of_resources = result.resource_specific_results().iter();
        let is_incomplete = !result.missing_context_values().is_empty()
            || of_resources.flat_map(|specific| specific.missing_context_values()).next().is_some();
        let decision = match result.eval_decision {
            Evaluation::Allowed => Decision::Allowed,
            _ if is_incomplete => Decision::Undecided,
            Evaluation::ExplicitDeny => Decision::ExplicitDeny,
            _ if bounded.is_some_and(|detail| !detail.allowed_by_permissions_boundary) => Decision::DeniedByBoundary,
            _ => Decision::ImplicitDeny,
        };
        Some((wish, decision))
    };
    Ok(wishes.into_iter().filter_map(decision).collect())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("arn:aws:iam::111122223333:user/ops/ann", Some("arn:aws:iam::111122223333:user/ops/ann"))]
    #[case(
        "arn:aws-cn:sts::111122223333:assumed-role/deploy/session",
        Some("arn:aws-cn:iam::111122223333:role/deploy")
    )]
    #[case("arn:aws:iam::111122223333:root", None)]
    #[case("arn:aws:sts::111122223333:federated-user/ann", None)]
    fn principal_arn_is_derived_from_caller_arn(#[case] arn: &str, #[case] expected: Option<&str>) {
        assert_eq!(principal(arn).as_deref(), expected);
    }

    #[rstest]
    #[case("%7B%22a%22%3A%20%22b%22%7D", r#"{"a": "b"}"#)]
    #[case(r#"{"a": "100%"}"#, r#"{"a": "100%"}"#)]
    #[case("%zz%4", "%zz%4")]
    fn documents_are_decoded(#[case] encoded: &str, #[case] expected: &str) {
        assert_eq!(decoded(encoded), expected);
    }
}
