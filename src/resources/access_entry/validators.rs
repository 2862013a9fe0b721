//! Validators of single arguments, and which values are equivalent.

use framework::validators::{Validator, string_matching};
use framework::value::Value;
use render::arn::Arn;

/// The type for users and programs. Only these entries have custom groups and user names.
pub(super) const STANDARD: &str = "STANDARD";

/// The types of entries (`eks:CreateAccessEntry`).
pub(super) const TYPES: &[&str] =
    &[STANDARD, "EC2_LINUX", "EC2_WINDOWS", AUTO_MODE, "FARGATE_LINUX", "HYBRID_LINUX", "HYPERPOD_LINUX"];

/// The type of EKS Auto Mode nodes, and the only access policy that it supports.
pub(super) const AUTO_MODE: &str = "EC2";
pub(super) const AUTO_MODE_POLICY: &str = "AmazonEKSAutoNodePolicy";

/// Reserved prefixes of user names (Amazon EKS User Guide).
const RESERVED: [&str; 5] = ["system:", "eks:", "aws:", "amazon:", "iam:"];

/// An IAM role or user, or the root user of an account, except service-linked roles.
pub(super) fn principal() -> Validator {
    string_matching("be a valid IAM role or user ARN, such as `arn:aws:iam::111122223333:role/team/ops`", is_principal)
        .or_hint(|text| {
            Some(sso_role(text).map_or_else(
                || "Role sessions, IAM groups, and service-linked roles cannot have an access entry.".to_owned(),
                |(partition, account, name)| {
                    format!(
                        "The role of an IAM Identity Center permission set has a path, which access entries require and \
                         aws-auth does not: \
                         arn:{partition}:iam::{account}:role/aws-reserved/sso.amazonaws.com/REGION/{name}. \
                         REGION is the Region of IAM Identity Center; in us-east-1, the path has no Region. To show the ARN, \
                         run: aws iam get-role --role-name {name} --query Role.Arn"
                    )
                },
            ))
        })
}

/// Returns partition, account, and name of an IAM Identity Center role ARN without a path.
fn sso_role(text: &str) -> Option<(&str, &str, &str)> {
    let arn = Arn::parse(text).filter(Arn::is_iam)?;
    let name = arn.resource.strip_prefix("role/").filter(|name| name.starts_with("AWSReservedSSO_"))?;
    (!name.contains('/')).then_some((arn.partition, arn.account, name))
}

pub(super) fn is_principal(text: &str) -> bool {
    let Some(arn) = Arn::parse(text).filter(Arn::is_iam) else { return false };
    let named = ["role/", "user/"].iter().find_map(|kind| arn.resource.strip_prefix(kind));
    !text.contains(char::is_whitespace)
        && !is_service_linked(text)
        && sso_role(text).is_none()
        && (arn.resource == "root" || named.is_some_and(|name| !name.is_empty() && !name.ends_with('/')))
}

/// Whether the ARN identifies a service-linked role.
pub(super) fn is_service_linked(arn: &str) -> bool {
    arn.contains(":role/aws-service-role/")
}

/// A group that role bindings reference.
pub(super) fn group() -> Validator {
    string_matching("be the name of a custom group, which does not start with `system:`", |text| {
        !text.is_empty() && !text.starts_with("system:") && !text.contains(char::is_control)
    })
}

/// A custom user name.
pub(super) fn user_name() -> Validator {
    string_matching(
        "be a name that does not start with `system:`, `eks:`, `aws:`, `amazon:`, or `iam:`, and has a colon before \
         `{{SessionName}}`, such as `ops:{{SessionName}}`",
        |text| {
            let session = text.split_once("{{SessionName").map(|(before, _)| before.contains(':'));
            !text.is_empty()
                && !RESERVED.iter().any(|reserved| text.starts_with(reserved))
                && session.unwrap_or(true)
                && !text.contains(char::is_control)
        },
    )
}

/// An access policy, by ARN or name.
pub(super) fn policy() -> Validator {
    string_matching(
        "be the name of an EKS access policy or its ARN, such as \
         `arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy`",
        |text| {
            let name = match text.split_once(":eks::aws:cluster-access-policy/") {
                Some((head, name)) if head.starts_with("arn:aws") => name,
                Some(_) => return false,
                None => text,
            };
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        },
    )
    .or_hint(|text| text.contains(":iam::").then(|| "IAM policies are not access policies.".to_owned()))
}

/// Whether two sets of associations are equivalent. A policy name equals its ARN, and unset namespaces equal an empty
/// set.
pub(super) fn same_associations(configured: &Value, stored: &Value) -> bool {
    let (Some(configured), Some(stored)) = (configured.elements(), stored.elements()) else {
        return configured == stored;
    };
    let contains = |all: &[Value], one: &Value| all.iter().any(|other| same_association(other, one));
    configured.iter().all(|one| contains(stored, one)) && stored.iter().all(|one| contains(configured, one))
}

fn same_association(one: &Value, other: &Value) -> bool {
    let policy = |association: &Value| association.member("policy_arn").and_then(Value::as_str).map(str::to_owned);
    let same = match (policy(one), policy(other)) {
        (Some(one), Some(other)) if one.starts_with("arn:") && other.starts_with("arn:") => one == other,
        (Some(one), Some(other)) => policy_name(&one) == policy_name(&other),
        _ => false,
    };
    same && scope(one) == scope(other)
}

/// Returns the type and the namespaces of the scope of an association.
pub(super) fn scope(association: &Value) -> Option<(Value, Value)> {
    let [scope] = association.member("access_scope")?.elements()? else { return None };
    let namespaces = match scope.member("namespaces") {
        Some(Value::Set(namespaces)) if namespaces.is_empty() => Value::Null,
        namespaces => namespaces.cloned().unwrap_or(Value::Null),
    };
    Some((scope.member("type").cloned().unwrap_or(Value::Null), namespaces))
}

/// Returns the name of an access policy.
pub(super) fn policy_name(written: &str) -> &str {
    written.rsplit('/').next().unwrap_or(written)
}
