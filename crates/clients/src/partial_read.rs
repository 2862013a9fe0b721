//! Parts of an object that could not be read. Refresh and destroy work without them: the state keeps the last known
//! values, and a warning reports once per run which part is missing and why.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use super::errors::{ApiError, CLUSTER_DELETING, ErrorKind, KUBERNETES, NO_ENDPOINT};
use framework::diagnostics::{Diagnostic, Severity};

/// How to remove an object from state if it cannot be deleted.
pub const FORGET: &str = "To stop managing an object that no longer exists or is not reachable, remove it from state. \
                          Use a removed block with lifecycle { destroy = false }, or run terraform state rm ADDRESS.";

/// The causes that were reported in this run.
#[derive(Debug, Default)]
pub struct PartialReads(Mutex<HashSet<String>>);

/// A part of an object that is read with a separate call.
#[derive(Debug, Clone, Copy)]
pub struct Part<'p> {
    /// The part, such as `tags of the Auto Scaling groups`.
    pub name: &'p str,
    /// The IAM action of the call.
    pub action: &'static str,
    /// Which changes require the part, and how to fix the error, in full sentences.
    pub advice: &'p str,
}

impl PartialReads {
    /// Warns that a part of an object keeps its stored value. The same cause is reported once.
    pub fn part(&self, part: Part<'_>, error: &ApiError) -> Option<Diagnostic> {
        let Part { name, action, advice } = part;
        let cause =
            if error.kind == ErrorKind::Denied { action.to_owned() } else { format!("{action} {}", error.message) };
        let fix = match error.kind {
            ErrorKind::Denied => format!(
                "Grant the action to the caller:\n\n  {{\"Effect\": \"Allow\", \"Action\": \"{action}\", \"Resource\": \
                 \"*\"}}"
            ),
            _ => error.advice().to_owned(),
        };
        let detail = format!(
            "{error}\n\nThe state keeps the stored {name}, so changes made outside of Terraform are not detected. \
             Refresh and destroy still work. {advice} {fix}"
        );
        self.once(cause, || Diagnostic::warning(format!("Unable to read the {name}"), detail.trim_end()))
    }

    /// Warns that the objects of a cluster keep their stored state. The same cluster is reported once.
    pub fn cluster(&self, cluster: &str, error: &ApiError) -> Option<Diagnostic> {
        let detail = format!(
            "{error}\n\nThe last known state of the Kubernetes objects in cluster {cluster} is kept, so changes made \
             outside of Terraform are not detected. Creating, updating, and deleting these objects requires the API \
             server. {}\n\n{FORGET}",
            error.advice()
        );
        self.once(format!("cluster {cluster}"), || {
            Diagnostic::warning(format!("Unable to read Kubernetes objects in cluster {cluster}"), detail)
        })
    }

    /// Returns the warning if the cause has not been reported yet.
    pub fn once(&self, cause: String, warning: impl FnOnce() -> Diagnostic) -> Option<Diagnostic> {
        // The lock cannot be poisoned: no code that panics runs while it is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(cause).then(warning)
    }
}

/// Whether a read error does not concern the object, because its API server did not respond or rejected the caller.
/// If EKS rejects the caller or is unreachable, all requests fail.
#[must_use]
pub fn is_out_of_reach(error: &ApiError) -> bool {
    let has_no_server = matches!(error.code.as_deref(), Some(CLUSTER_DELETING | NO_ENDPOINT));
    !error.is_not_found() && (error.service == KUBERNETES || has_no_server)
}

/// Whether the live object is not the object of the stored ARN. EKS ARNs end with an ID of the object.
#[must_use]
pub fn is_another(stored: Option<&str>, live: &str) -> bool {
    stored.is_some_and(|stored| !stored.is_empty() && !live.is_empty() && stored != live)
}

/// Confirms that a live object is still the object in the state, before and after it is changed by its name.
///
/// # Errors
/// Returns an error if another object has the name now. It must not be changed or saved.
pub fn unchanged_identity(doing: &str, stored: Option<&str>, live: &str) -> Result<(), ApiError> {
    if !is_another(stored, live) {
        return Ok(());
    }
    let stored = stored.unwrap_or_default();
    let message = format!(
        "another process replaced the object after the plan: the state contains {stored}, but {live} now has its name. \
         Run the plan again"
    );
    Err(ApiError::own(ErrorKind::Conflict, doing.to_owned(), message))
}

/// Returns the warning for another object with the name of the object in state.
#[must_use]
pub fn replaced_outside(what: &str, stored: &str, live: &str) -> Diagnostic {
    let detail = format!(
        "The state contains {stored}, which no longer exists. Another process created {live} with the same name. It is \
         not managed by this state, so it is neither changed nor deleted. To manage it, import it."
    );
    Diagnostic::warning(format!("{what} was replaced outside of Terraform"), detail)
}

/// Whether the cluster is being deleted and no longer serves its API. Its objects are deleted with it.
#[must_use]
pub fn is_cluster_deleting(error: &ApiError) -> bool {
    error.code.as_deref() == Some(CLUSTER_DELETING)
}

/// Returns the warning for an object that is deleted with its cluster.
#[must_use]
pub fn left_to_the_cluster(what: &str, cluster: &str) -> Diagnostic {
    let detail = format!(
        "Cluster {cluster} is being deleted, and its API server no longer responds. {what} is deleted with the \
         cluster, and was removed from state."
    );
    Diagnostic::warning(format!("{what} is deleted with its cluster"), detail)
}

/// Returns the error of a deletion, with instructions for an object that is no longer reachable.
#[must_use]
pub fn not_deleted(summary: String, error: ApiError) -> Diagnostic {
    if !is_out_of_reach(&error) {
        return error.into_diagnostic(summary, "");
    }
    let advice = format!("{}\n\n{FORGET}", error.advice());
    Diagnostic { severity: Severity::Error, ..error.into_diagnostic(summary, advice.trim_start()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denied(operation: &'static str) -> ApiError {
        let code = Some("AccessDenied".to_owned());
        ApiError { service: "Auto Scaling", code, ..ApiError::own(ErrorKind::Denied, operation, "not authorized") }
    }

    const TAGS: Part<'_> = Part { name: "tags", action: "autoscaling:DescribeTags", advice: "Updates require them." };

    #[test]
    fn denied_part_is_reported_once_with_a_policy_statement() {
        let reads = PartialReads::default();
        let warning = reads.part(TAGS, &denied("DescribeTags")).expect("the first one");
        assert_eq!((warning.severity, warning.summary.as_str()), (Severity::Warning, "Unable to read the tags"));
        for words in ["not authorized", "\"Action\": \"autoscaling:DescribeTags\"", "Updates require them."] {
            assert!(warning.detail.contains(words), "{words}: {}", warning.detail);
        }
        assert_eq!(reads.part(TAGS, &denied("DescribeTags")), None);
        let other = ApiError::own(ErrorKind::Server, "DescribeTags", "oops");
        assert!(reads.part(TAGS, &other).is_some(), "another cause");
    }

    #[test]
    fn another_arn_is_another_object() {
        assert!(is_another(Some("arn:1"), "arn:2") && !is_another(Some("arn:1"), "arn:1"));
        assert!(!is_another(None, "arn:2") && !is_another(Some(""), "arn:2") && !is_another(Some("arn:1"), ""));
    }

    #[test]
    fn only_the_api_server_may_be_out_of_reach() {
        let of = |service, kind| ApiError { service, ..ApiError::own(kind, "GET", "no") };
        for kind in [ErrorKind::Connection, ErrorKind::Denied, ErrorKind::ForeignResponse, ErrorKind::Server] {
            assert!(is_out_of_reach(&of(KUBERNETES, kind)) && !is_out_of_reach(&of("EKS", kind)), "{kind:?}");
        }
        assert!(!is_out_of_reach(&of(KUBERNETES, ErrorKind::NotFound)));
        let creating = ApiError { code: Some(NO_ENDPOINT.to_owned()), ..of("EKS", ErrorKind::InUse) };
        assert!(is_out_of_reach(&creating) && !is_cluster_deleting(&creating));
    }
}
