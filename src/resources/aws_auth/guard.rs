//! Prevents the deletion of an entry if nodes or the caller would lose access.

use clients::access::{AccessFacts, identity, user_of};
use clients::errors::ApiError;
use framework::diagnostics::Diagnostic;
use render::aws_auth::Mapping;

use super::mapped::{Mapped, is_of};

/// The decision about a deletion.
#[derive(Debug)]
pub(super) enum GuardDecision {
    /// Delete the entry and report these diagnostics.
    Delete(Vec<Diagnostic>),
    /// Keep the entry and remove it from state.
    Keep(Diagnostic),
    /// Return an error.
    Refuse(Diagnostic),
}

/// Checks whether the caller or nodes would lose access without the entry of this ARN.
pub(super) async fn check<M: Mapped>(
    facts: &dyn AccessFacts,
    cluster: &str,
    arn: &str,
    adopted: bool,
) -> GuardDecision {
    let mode = match facts.authentication_mode(cluster).await {
        Ok(mode) => mode,
        Err(error) if error.is_not_found() => return GuardDecision::Delete(Vec::new()),
        Err(error) => return GuardDecision::Delete(vec![unchecked(cluster, arn, &error)]),
    };
    if mode == "API" {
        return GuardDecision::Delete(Vec::new());
    }
    if mode != "CONFIG_MAP" {
        match facts.access_entries(cluster).await {
            Ok(entries) if entries.iter().any(|entry| is_of::<M>(entry, arn)) => {
                return GuardDecision::Delete(Vec::new());
            }
            Ok(_) => {}
            Err(error) => return GuardDecision::Delete(vec![unchecked(cluster, arn, &error)]),
        }
    }
    match facts.caller().await {
        Ok(caller) if is_of::<M>(&identity(&caller), arn) => return GuardDecision::Refuse(own::<M>(cluster, arn)),
        Ok(_) => {}
        Err(error) => return GuardDecision::Delete(vec![unchecked(cluster, arn, &error)]),
    }
    // Nodes use roles.
    if M::MAPPING == Mapping::Users {
        return GuardDecision::Delete(Vec::new());
    }
    match user_of(facts, cluster, |role| is_of::<M>(role, arn)).await {
        Ok(Some(role)) if adopted => GuardDecision::Keep(kept(cluster, arn, &role.user)),
        Ok(Some(role)) => GuardDecision::Refuse(in_use(cluster, arn, &role.user)),
        Ok(None) => GuardDecision::Delete(Vec::new()),
        Err(error) if error.is_not_found() => GuardDecision::Delete(Vec::new()),
        Err(error) => GuardDecision::Delete(vec![unchecked(cluster, arn, &error)]),
    }
}

fn own<M: Mapped>(cluster: &str, arn: &str) -> Diagnostic {
    Diagnostic::error(
        "Caller would lose access to the cluster",
        format!(
            "Terraform is running as {arn}, and this aws-auth entry provides its access to cluster {cluster}. Delete \
             the entry as a different {}, create an access entry for the caller first, or set skip_lockout_guard = \
             true and apply it before destroying.",
            M::NOUN
        ),
    )
}

fn in_use(cluster: &str, arn: &str, user: &str) -> Diagnostic {
    Diagnostic::error(
        "Nodes would lose access to the cluster",
        format!(
            "{user} of cluster {cluster} uses {arn}, and nothing else grants its nodes access. Delete it first: \
             depends_on in its resource ensures this order. Alternatively, create an access entry for the role, keep \
             the entry with deletion_policy = \"retain\", or set skip_lockout_guard = true. Apply the change before \
             destroying."
        ),
    )
}

fn kept(cluster: &str, arn: &str, user: &str) -> Diagnostic {
    Diagnostic::warning(
        "Entry in aws-auth was kept",
        format!(
            "{user} of cluster {cluster} uses {arn}, whose entry existed before this resource adopted it. The entry is \
             kept, and EKS removes it together with the last managed node group of the role."
        ),
    )
}

fn unchecked(cluster: &str, arn: &str, error: &ApiError) -> Diagnostic {
    Diagnostic::warning(
        "Use of the entry was not checked",
        format!(
            "The aws-auth entry for {arn} in cluster {cluster} was deleted without checking whether it is in use: \
             {error}"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::super::role::AwsAuthMapRole;
    use super::*;

    #[test]
    fn role_comparison_ignores_path_and_case() {
        let role = "arn:aws:iam::111122223333:role/ops";
        let upper = role.to_uppercase().replace("ARN:AWS:IAM", "arn:aws:iam").replace("ROLE", "role");
        assert!(is_of::<AwsAuthMapRole>("arn:aws:iam::111122223333:role/team/ops", role));
        assert!(is_of::<AwsAuthMapRole>(&upper, role));
    }
}
