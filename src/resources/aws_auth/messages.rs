//! The diagnostics.

use clients::errors::{ApiError, KUBERNETES};
use clients::partial_read::{FORGET, not_deleted};
use framework::diagnostics::{Diagnostic, Severity};
use framework::path::Path;
use render::aws_auth::{Found, Mapping, Refusal, places};

use super::editor::EditError;
use super::mapped::{Mapped, id};

/// The verb for a failed deletion.
pub(super) const DELETE: &str = "delete";

/// The cluster ignores the ConfigMap.
pub(super) fn ignored(cluster: &str, arn: &str) -> Diagnostic {
    let detail = format!(
        "Cluster {cluster} has authentication mode API, which ignores aws-auth. Create an access entry for {arn} \
         instead (ekscompute_access_entry). The mode cannot be changed back."
    );
    Diagnostic::error("Cluster ignores aws-auth", detail).at(Path::attribute("cluster_name"))
}

/// Another resource of the configuration manages the entry.
pub(super) fn twice<M: Mapped>(cluster: &str, arn: &str) -> Diagnostic {
    let detail = format!(
        "Another {} resource in this configuration manages the aws-auth entry for {arn} in cluster {cluster}. Remove \
         one of them. adopt = true supports only entries that no resource manages.",
        M::TYPE
    );
    Diagnostic::error(format!("The {} is mapped twice", M::NOUN), detail).at(Path::attribute(M::ARN))
}

/// The plan was interrupted.
pub(super) fn stopped() -> Diagnostic {
    Diagnostic::error(
        "Plan interrupted",
        "The plan was interrupted during a request to the cluster. Run terraform \
                                           plan again.",
    )
}

/// The ConfigMap cannot be read during plan. The apply can succeed if the caller gets access before it.
pub(super) fn unreadable_warning(cluster: &str, error: ApiError) -> Diagnostic {
    let advice = format!(
        "{}\n\nExisting entries, and text that cannot be edited, are reported only during apply. This warning is \
         reported once for all planned entries.",
        error.advice()
    );
    let summary = format!("Unable to read aws-auth in cluster {cluster} during plan");
    let told = error.into_diagnostic(summary, advice.trim_start());
    Diagnostic { severity: Severity::Warning, ..told.at(Path::attribute("cluster_name")) }
}

/// One resource of the configuration deletes the entry and another one creates it.
pub(super) fn renamed<M: Mapped>(cluster: &str, arn: &str) -> Diagnostic {
    let kind = M::TYPE;
    let detail = format!(
        "The plan deletes the aws-auth entry for {arn} in cluster {cluster} with one {kind} and creates it with \
         another. If the address of the resource has changed, add a moved block to keep the entry:\n\n  moved {{\n    \
         from = {kind}.OLD\n    to   = {kind}.NEW\n  }}\n\nOtherwise, apply without the new resource first."
    );
    Diagnostic::error(format!("The {} is mapped twice", M::NOUN), detail).at(Path::attribute(M::ARN))
}

/// The entry exists, and adoption is not configured.
pub(super) fn exists<M: Mapped>(cluster: &str, arn: &str, positions: &[usize]) -> Diagnostic {
    let kind = M::TYPE;
    let at = places(positions);
    let id = id(cluster, arn);
    let detail = format!(
        "aws-auth in cluster {cluster} contains an entry for {arn} at position {at} of {key}.{by_eks} If this resource \
         is being replaced with create_before_destroy, the entry still belongs to the previous resource: remove \
         create_before_destroy, or run terraform untaint. Otherwise, to manage the existing entry, set adopt = true or \
         import it:\n\n  import {{\n    to = {kind}.NAME\n    id = {id:?}\n  }}",
        key = M::MAPPING.key(),
        by_eks = match M::MAPPING {
            Mapping::Roles => " EKS creates an entry for the role of a managed node group or Fargate profile.",
            Mapping::Users => "",
        }
    );
    Diagnostic::error(format!("The {} is already mapped", M::NOUN), detail).at(Path::attribute(M::ARN))
}

/// The text cannot be edited.
pub(super) fn refused<M: Mapped>(cluster: &str, refusal: &Refusal) -> Diagnostic {
    let key = M::MAPPING.key();
    let advice = match refusal {
        Refusal::Unparsable { .. } | Refusal::NotAList => {
            "The cluster cannot parse it either, so no principal in this list can authenticate. Repair it with kubectl \
             edit configmap aws-auth -n kube-system."
        }
        Refusal::Duplicate { .. } => {
            "Remove all but one with kubectl edit configmap aws-auth -n kube-system. Removing the last one makes an \
             earlier one take effect."
        }
        Refusal::Control { .. } => "Use names without line breaks or control characters.",
        Refusal::Absent { .. } => "Another process removed the entry. Apply again to recreate it.",
        _ => {
            "Rewrite it in block style, one entry after the other, with kubectl edit configmap aws-auth -n kube-system."
        }
    };
    Diagnostic::error(
        format!("aws-auth in cluster {cluster} was not changed"),
        format!("{key} of the ConfigMap kube-system/aws-auth: {refusal}. {advice}"),
    )
    .at(Path::attribute("cluster_name"))
}

/// The entry cannot be read from the text.
pub(super) fn not_read<M: Mapped>(cluster: &str, refusal: &Refusal) -> Diagnostic {
    let Diagnostic { detail, .. } = refused::<M>(cluster, refusal);
    let detail = format!(
        "{detail}\n\nThe state keeps the stored entries of this list, so changes made outside of Terraform do not \
         appear. An entry can be created, changed, or deleted only after the repair. To stop managing entries instead, \
         remove them from the state: use a removed block with lifecycle {{ destroy = false }}, or run terraform state \
         rm ADDRESS."
    );
    Diagnostic::warning(format!("Unable to read {} of aws-auth in cluster {cluster}", M::MAPPING.key()), detail)
}

/// An edit failed.
pub(super) fn failed<M: Mapped>(verb: &str, cluster: &str, arn: &str, error: EditError) -> Diagnostic {
    let summary = format!("Unable to {verb} the mapping of {arn} in cluster {cluster}");
    match error {
        EditError::Refused(Refusal::Exists { positions, .. }) => exists::<M>(cluster, arn, &positions),
        EditError::Refused(refusal) if verb == DELETE => {
            let refused = refused::<M>(cluster, &refusal);
            let detail = format!("{}\n\n{FORGET}", refused.detail);
            Diagnostic { detail, ..refused }
        }
        EditError::Refused(refusal) => refused::<M>(cluster, &refusal),
        EditError::Immutable => Diagnostic::error(
            summary,
            "The ConfigMap kube-system/aws-auth is immutable. Another process set its immutable field. To change the \
             ConfigMap, delete it and recreate it with the same content.",
        ),
        EditError::TooLarge(_) => Diagnostic::error(
            summary,
            format!("{error}. Remove unused entries, or use access entries for some of them."),
        ),
        EditError::Api(error) if error.is_not_found() && error.service != KUBERNETES => {
            let advice = "Cluster not found in this account and Region. Check cluster_name and region.";
            error.into_diagnostic(summary, advice).at(Path::attribute("cluster_name"))
        }
        EditError::Api(error) if verb == DELETE => not_deleted(summary, error),
        EditError::Api(error) => error.into_diagnostic(summary, ""),
    }
}

/// Another tool overwrites the whole text.
pub(super) fn rewritten(cluster: &str, writers: &[String]) -> Diagnostic {
    let detail = format!(
        "Another tool ({}) writes the whole text of aws-auth in cluster {cluster} from a separate source. Its next \
         write removes this entry. Add the entry to that source, or stop managing aws-auth with that tool first.",
        writers.join(", ")
    );
    Diagnostic::warning("Another tool overwrites aws-auth", detail)
}

/// An entry never matches.
pub(super) fn dead(cluster: &str, arn: &str, entry: &Found) -> Diagnostic {
    let detail = format!(
        "The entry at position {} of mapRoles in cluster {cluster} contains the role with its path, {}. The cluster \
         never receives the path, so the entry has no effect. It is left unchanged. This resource maps {arn}, which \
         takes effect.",
        entry.position,
        entry.arn.as_deref().unwrap_or_default()
    );
    Diagnostic::warning("aws-auth entry for the role has no effect", detail)
}

/// There are several entries, of which only the last one takes effect.
pub(super) fn several(cluster: &str, arn: &str, positions: &[usize]) -> Diagnostic {
    let at = places(positions);
    let detail = format!(
        "aws-auth in cluster {cluster} has {} entries for {arn}, at positions {at}. Only the last one takes effect, \
         and removing it makes an earlier one take effect. Remove all but one.",
        positions.len()
    );
    Diagnostic::warning("Duplicate entries in aws-auth", detail)
}
