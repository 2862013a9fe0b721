//! The diagnostics.

use clients::errors::ApiError;
use framework::diagnostics::Diagnostic;
use framework::path::Path;

use super::api;
use super::client::AccessEntry as Live;
use super::validators::policy_name;

/// The resource type.
const TYPE: &str = "ekscompute_access_entry";

/// The cluster does not support access entries.
pub(super) fn no_entries(cluster: &str) -> Diagnostic {
    let detail = format!(
        "Cluster {cluster} has authentication mode CONFIG_MAP, which does not support access entries. Set \
         access_config.authentication_mode of the cluster to API_AND_CONFIG_MAP and apply that change first, or run: \
         aws eks update-cluster-config --name {cluster} --access-config authenticationMode=API_AND_CONFIG_MAP. All \
         access that aws-auth grants is kept, but the mode cannot be changed back. To continue to use aws-auth, use \
         ekscompute_aws_auth_map_role or ekscompute_aws_auth_map_user."
    );
    Diagnostic::error("Cluster does not support access entries", detail).at(Path::attribute("cluster_name"))
}

/// An access entry of the principal already exists.
pub(super) fn exists(cluster: &str, principal: &str, error: Option<&ApiError>) -> Diagnostic {
    let said = error.map(|error| format!("{error}\n\n")).unwrap_or_default();
    let id = api::id(cluster, principal);
    let detail = format!(
        "{said}A principal can have only one access entry in a cluster. EKS creates some entries automatically: for \
         the creator of the cluster, and for the roles of managed node groups and Fargate profiles. These roles do not \
         require another entry. To manage the existing entry, set adopt = true or import it:\n\n  import {{\n    to = \
         {TYPE}.NAME\n    id = {id:?}\n  }}\n\nReplacement with create_before_destroy is not supported, because the \
         replacement has the same principal."
    );
    Diagnostic::error(format!("Access entry {id} already exists"), detail).at(Path::attribute("principal_arn"))
}

/// Two resources of one run manage the same entry.
pub(super) fn twice(cluster: &str, principal: &str) -> Diagnostic {
    let detail = format!(
        "Another {TYPE} resource in this configuration manages the access entry for {principal} in cluster {cluster}. \
         Remove one of them."
    );
    Diagnostic::error("Access entry is configured twice", detail).at(Path::attribute("principal_arn"))
}

/// The type of an entry to adopt differs from the configured type.
pub(super) fn other_type(live: &Live, wanted: &str) -> Diagnostic {
    let detail = format!(
        "The access entry for {} in cluster {} has type {}, which cannot be changed. The configuration sets type \
         {wanted}. Set type = {:?}, or delete the entry first.",
        live.principal_arn, live.cluster_name, live.kind, live.kind
    );
    Diagnostic::error("Access entry has a different type", detail).at(Path::attribute("type"))
}

/// Policies that were associated outside of Terraform are removed, because the resource manages all policies.
pub(super) fn takes_back(id: &str, policies: &[&str]) -> Diagnostic {
    let detail = format!(
        "If policy_association blocks are set, the entry keeps only the policies in these blocks. {} will be removed. \
         To keep a policy, add a block for it. To leave all policies unchanged, remove all blocks.",
        policies.join(", ")
    );
    Diagnostic::warning(format!("Access entry {id} will lose unmanaged policies"), detail)
        .at(Path::attribute("policy_association"))
}

/// Policies are kept, because this resource did not associate them.
pub(super) fn left_alone(id: &str, policies: &[&str]) -> Diagnostic {
    let detail = format!(
        "The configuration has no policy_association block, so policies that this resource did not associate are left \
         unchanged: {}. To remove them, apply once with a block for each policy, and then without.",
        policies.join(", ")
    );
    Diagnostic::warning(format!("Access entry {id} keeps its policies"), detail)
        .at(Path::attribute("policy_association"))
}

/// The access policy does not exist.
pub(super) fn no_such_policy(written: &str, known: &[String]) -> Diagnostic {
    let names: Vec<_> = known.iter().map(|arn| policy_name(arn)).collect();
    let detail = format!("Access policy {written:?} does not exist. Existing access policies: {}.", names.join(", "));
    Diagnostic::error("Access policy not found", detail).at(Path::attribute("policy_association"))
}

/// The caller is not allowed to list the access policies.
pub(super) fn policies_not_compared(error: &ApiError) -> Diagnostic {
    let detail = format!(
        "{error}\n\nAccess policies that do not exist are reported only when they are associated. Grant \
         eks:ListAccessPolicies to check them at plan time."
    );
    Diagnostic::warning("Unable to check access policies", detail).at(Path::attribute("policy_association"))
}

/// The entry of the caller does not grant permissions, or not immediately.
pub(super) fn caller_may_lose_permissions(cluster: &str, principal: &str, has_policies: bool) -> Diagnostic {
    let found = if has_policies {
        "EKS associates access policies in a second call, so the entry does not grant permissions at first"
    } else {
        "The entry does not grant permissions"
    };
    let detail = format!(
        "Terraform is running as {principal}. {found}. An access entry takes precedence over aws-auth, so the caller \
         immediately loses the permissions that aws-auth grants in cluster {cluster}. To keep access, add a custom \
         group to kubernetes_groups, and grant the permissions to this group with a ClusterRoleBinding. The guide to \
         access entries describes the steps."
    );
    Diagnostic::warning("Caller may lose permissions", detail).at(Path::attribute("principal_arn"))
}
