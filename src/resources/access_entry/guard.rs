//! Prevents the deletion of an entry, or a reduction of its permissions, if nodes or the caller would lose access.

use clients::access::{identity, user_of};
use clients::errors::ApiError;
use framework::diagnostics::Diagnostic;
use framework::path::Path;
use render::aws_auth::{Listing, Mapping};
use render::role_arn::without_path;

use super::api;
use super::client::{Access, AwsAuth};
use super::model::AccessEntry;
use super::validators::policy_name;

/// The decision about a deletion.
#[derive(Debug)]
pub(super) enum GuardDecision {
    /// Delete the entry and report this diagnostic.
    Delete(Option<Diagnostic>),
    /// Keep the entry and remove it from state.
    Keep(Diagnostic),
    /// Return an error.
    Refuse(Diagnostic),
}

/// Checks whether the caller or nodes would lose access without the entry of this principal.
pub(super) async fn deletion(access: &Access, cluster: &str, principal: &str, adopted: bool) -> GuardDecision {
    match losers(access, cluster, principal).await {
        Ok(AffectedPrincipal::Nobody) => GuardDecision::Delete(None),
        Ok(AffectedPrincipal::Caller) => GuardDecision::Refuse(own(cluster, principal)),
        Ok(AffectedPrincipal::Nodes(user)) if adopted => GuardDecision::Keep(kept(cluster, principal, &user)),
        Ok(AffectedPrincipal::Nodes(user)) => GuardDecision::Refuse(in_use(cluster, principal, &user)),
        Err(error) if error.is_not_found() => GuardDecision::Delete(None),
        Err(error) => GuardDecision::Delete(Some(unchecked(cluster, principal, &error))),
    }
}

/// The principal that has access only through the entry.
enum AffectedPrincipal {
    Nobody,
    Caller,
    Nodes(String),
}

async fn losers(access: &Access, cluster: &str, principal: &str) -> Result<AffectedPrincipal, ApiError> {
    let loser = if is_caller(access, principal).await? {
        AffectedPrincipal::Caller
    } else {
        match nodes_of(access, cluster, principal).await? {
            Some(user) => AffectedPrincipal::Nodes(user),
            None => return Ok(AffectedPrincipal::Nobody),
        }
    };
    if access.facts.authentication_mode(cluster).await? == "API" {
        return Ok(loser);
    }
    // A ConfigMap that cannot be read is treated as empty.
    let map = access.client.aws_auth(cluster).await.unwrap_or_default();
    Ok(if is_mapped(&map, principal) { AffectedPrincipal::Nobody } else { loser })
}

/// Returns an error if the change reduces the permissions of the caller.
///
/// # Errors
/// Returns an error if STS does not return the caller.
pub(super) async fn reduction(
    access: &Access,
    prior: &AccessEntry,
    planned: &AccessEntry,
    owned: bool,
) -> Result<Option<Diagnostic>, ApiError> {
    let lost = lost(prior, planned, owned);
    let Some((path, what)) = lost else { return Ok(None) };
    let (cluster, principal) = api::names(prior);
    Ok(is_caller(access, principal).await?.then(|| reduced(cluster, principal, &what).at(Path::attribute(path))))
}

/// Returns a permission that the entry loses.
fn lost(prior: &AccessEntry, planned: &AccessEntry, owned: bool) -> Option<(&'static str, String)> {
    if planned.kubernetes_groups.is_known() {
        let after = api::elements(&planned.kubernetes_groups);
        let groups = api::elements(&prior.kubernetes_groups);
        let gone: Vec<_> = groups.into_iter().filter(|group| !after.contains(group)).collect();
        if !gone.is_empty() {
            let noun = if gone.len() == 1 { "group" } else { "groups" };
            return Some(("kubernetes_groups", format!("{noun} {}", gone.join(", "))));
        }
    }
    if !owned || !planned.policy_association.0.known().is_some_and(|_| api::is_certain(planned)) {
        return None;
    }
    let after = api::associations(planned);
    let narrower = |policy: &String| {
        let (before, after) = (&api::associations(prior)[policy], after.get(policy));
        after.is_none_or(|after| {
            after.kind != "cluster" && (before.kind == "cluster" || !before.namespaces.is_subset(&after.namespaces))
        })
    };
    let before = api::associations(prior);
    let gone: Vec<_> = before.keys().filter(|policy| narrower(policy)).map(|policy| policy_name(policy)).collect();
    (!gone.is_empty()).then(|| ("policy_association", format!("permissions of {}", gone.join(", "))))
}

/// Returns the managed node group or Fargate profile that uses the role.
pub(super) async fn nodes_of(access: &Access, cluster: &str, principal: &str) -> Result<Option<String>, ApiError> {
    let role = user_of(access.facts.as_ref(), cluster, |role| same(role, principal)).await?;
    Ok(role.map(|role| role.user))
}

/// Whether Terraform is running as the principal.
pub(super) async fn is_caller(access: &Access, principal: &str) -> Result<bool, ApiError> {
    Ok(same(&identity(&access.facts.caller().await?), principal))
}

/// Whether two ARNs identify the same principal. The ARN of a caller has no path.
fn same(one: &str, other: &str) -> bool {
    let plain = |arn: &str| without_path(arn).unwrap_or_else(|_| arn.to_owned());
    plain(one).eq_ignore_ascii_case(&plain(other))
}

/// Whether `aws-auth` grants the principal access if it has no access entry.
pub(super) fn is_mapped(map: &AwsAuth, principal: &str) -> bool {
    let plain = without_path(principal).unwrap_or_else(|_| principal.to_owned());
    [(&map.roles, Mapping::Roles), (&map.users, Mapping::Users)]
        .into_iter()
        .any(|(text, mapping)| Listing::read(text, mapping).is_ok_and(|listing| listing.of(&plain).next().is_some()))
}

fn own(cluster: &str, principal: &str) -> Diagnostic {
    Diagnostic::error(
        "Caller would lose access to the cluster",
        format!(
            "Terraform is running as {principal}, and this access entry provides its access to cluster {cluster}. \
             Delete the entry as a different principal, or set skip_lockout_guard = true and apply it before \
             destroying. If the cluster uses aws-auth, the caller can also be mapped there first. If the entry is only \
             tainted, run terraform untaint to keep it. Any principal with the eks:CreateAccessEntry permission can \
             restore its own access."
        ),
    )
}

fn reduced(cluster: &str, principal: &str, what: &str) -> Diagnostic {
    Diagnostic::error(
        "Caller would lose permissions",
        format!(
            "Terraform is running as {principal}, which would lose {what} in cluster {cluster}. Apply this as a \
             different principal, or set skip_lockout_guard = true. To replace a permission, add the new one first and \
             apply."
        ),
    )
}

fn in_use(cluster: &str, principal: &str, user: &str) -> Diagnostic {
    Diagnostic::error(
        "Nodes would lose access to the cluster",
        format!(
            "{user} of cluster {cluster} uses {principal}, and nothing else grants its nodes access. Delete it first: \
             depends_on in its resource ensures this order. Alternatively, keep the entry with deletion_policy = \
             \"retain\", or set skip_lockout_guard = true. Apply either setting before destroying. If the cluster uses \
             aws-auth, the role can also be mapped there first."
        ),
    )
}

fn kept(cluster: &str, principal: &str, user: &str) -> Diagnostic {
    Diagnostic::warning(
        "Access entry was kept",
        format!(
            "{user} of cluster {cluster} uses {principal}, whose access entry existed before this resource adopted it. \
             The entry is kept. If EKS created it, EKS deletes it together with the last managed node group or Fargate \
             profile of the role."
        ),
    )
}

fn unchecked(cluster: &str, principal: &str, error: &ApiError) -> Diagnostic {
    Diagnostic::warning(
        "Use of the access entry was not checked",
        format!(
            "The access entry for {principal} in cluster {cluster} was deleted without checking whether it is in use: \
             {error}"
        ),
    )
}
