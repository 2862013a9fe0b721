//! What users are told.

use clients::errors::ApiError;
use framework::diagnostics::Diagnostic;
use framework::path::Path;

use super::api;
use super::client::AccessEntry as Live;
use super::validators::policy_name;

/// The resource's type.
const TYPE: &str = "ekscompute_access_entry";

/// The cluster knows `aws-auth` only.
pub(super) fn no_entries(cluster: &str) -> Diagnostic {
    let detail = format!(
        "Cluster {cluster} has authentication mode CONFIG_MAP, in which there are no access entries. Set \
         access_config.authentication_mode of the cluster to API_AND_CONFIG_MAP and apply that first (aws eks \
         update-cluster-config --name {cluster} --access-config authenticationMode=API_AND_CONFIG_MAP does the same): \
         everybody keeps the access that aws-auth gives, and the mode cannot be changed back. To stay with aws-auth, use \
         ekscompute_aws_auth_map_role or ekscompute_aws_auth_map_user."
    );
    Diagnostic::error("The cluster has no access entries", detail).at(Path::attribute("cluster_name"))
}

/// Another entry of the principal is there.
pub(super) fn exists(cluster: &str, principal: &str, error: Option<&ApiError>) -> Diagnostic {
    let said = error.map(|error| format!("{error}\n\n")).unwrap_or_default();
    let id = api::id(cluster, principal);
    let detail = format!(
        "{said}A principal has one access entry in a cluster. EKS makes some itself: for the creator of the cluster and for the \
         roles of managed node groups and Fargate profiles, which then need none of yours. Set adopt = true to take it over, \
         or import it:\n\n  import {{\n    to = {TYPE}.NAME\n    id = {id:?}\n  }}\n\nA replacement with \
         create_before_destroy is not possible, as the new entry would have the same principal."
    );
    Diagnostic::error(format!("Access entry {id} exists already"), detail).at(Path::attribute("principal_arn"))
}

/// Two resources of one run have the same entry.
pub(super) fn twice(cluster: &str, principal: &str) -> Diagnostic {
    let detail = format!(
        "Another {TYPE} of this configuration manages the access entry of {principal} in cluster {cluster}. Remove one of the \
         two."
    );
    Diagnostic::error("The access entry is configured twice", detail).at(Path::attribute("principal_arn"))
}

/// An entry to adopt is of a type that it cannot lose.
pub(super) fn other_type(live: &Live, wanted: &str) -> Diagnostic {
    let detail = format!(
        "The access entry of {} in cluster {} has type {}, which cannot be changed, and the configuration says {wanted}. Set \
         type = {:?}, or delete the entry first.",
        live.principal_arn, live.cluster_name, live.kind, live.kind
    );
    Diagnostic::error("The access entry has another type", detail).at(Path::attribute("type"))
}

/// Policies of others go, because this resource has all from now on.
pub(super) fn takes_back(id: &str, policies: &[&str]) -> Diagnostic {
    let detail = format!(
        "With policy_association blocks the entry has the policies of these blocks and no others. {} will be taken from it. To \
         keep one, write a block for it; to leave all to others, write none.",
        policies.join(", ")
    );
    Diagnostic::warning(format!("Access entry {id} loses policies that somebody else associated"), detail)
        .at(Path::attribute("policy_association"))
}

/// Policies stay, because this resource has not associated them.
pub(super) fn left_alone(id: &str, policies: &[&str]) -> Diagnostic {
    let detail = format!(
        "The configuration has no policy_association block, so policies that this resource has not associated itself are left \
         to others: {} stay. To take them away, apply once with a block for each, and then without.",
        policies.join(", ")
    );
    Diagnostic::warning(format!("Access entry {id} keeps its policies"), detail)
        .at(Path::attribute("policy_association"))
}

/// EKS has no such policy.
pub(super) fn no_such_policy(written: &str, known: &[String]) -> Diagnostic {
    let names: Vec<_> = known.iter().map(|arn| policy_name(arn)).collect();
    let detail = format!("EKS has no access policy {written:?} here. It has {}.", names.join(", "));
    Diagnostic::error("No such access policy", detail).at(Path::attribute("policy_association"))
}

/// Nobody may ask which policies there are.
pub(super) fn policies_not_compared(error: &ApiError) -> Diagnostic {
    let detail = format!(
        "{error}\n\nWhether the access policies exist shows only when they are associated. Allow eks:ListAccessPolicies to have \
         them compared in the plan."
    );
    Diagnostic::warning("The access policies cannot be compared", detail).at(Path::attribute("policy_association"))
}

/// The caller's own entry will give it nothing, or not at once.
pub(super) fn without_rights(cluster: &str, principal: &str, has_policies: bool) -> Diagnostic {
    let found = if has_policies {
        "EKS attaches access policies in a second call; until then the entry gives no rights"
    } else {
        "The entry gives no rights"
    };
    let detail = format!(
        "{principal} is who runs this. {found}, and where an access entry exists, aws-auth does not count: what the caller has \
         there in cluster {cluster} is gone from that moment on. A group of your own in kubernetes_groups that a \
         ClusterRoleBinding gives the rights to closes the gap; the guide to access entries shows how."
    );
    Diagnostic::warning("The caller may be without rights for a while", detail).at(Path::attribute("principal_arn"))
}
