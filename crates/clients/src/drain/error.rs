//! Why nodes cannot be drained.

use std::time::Duration;

use crate::errors::{ApiError, ErrorKind};
use crate::wait::show;
use framework::diagnostics::Diagnostic;

/// Required permissions, for the messages.
const PERMISSIONS: &str = "The caller requires an access entry with the access policy AmazonEKSClusterAdminPolicy, or a \
                           ClusterRole that allows list and patch for nodes, list and delete for pods, create for \
                           pods/eviction, and list for poddisruptionbudgets.";

/// Why the drain of a node ended although pods remain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Waiting longer does not help.
    Permanent,
    /// The time for the node has expired.
    DrainTimeout,
    /// The time for the whole operation has expired.
    OperationTimeout,
}

/// A drain that failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DrainError {
    /// A request failed.
    #[error("{doing}: {error}")]
    Api {
        /// What failed, as the summary of a message.
        doing: String,
        /// The error.
        error: Box<ApiError>,
    },
    /// Pods did not leave a node.
    #[error("unable to drain node {node} within {}: {causes}", show(*.waited))]
    Refused {
        /// The node.
        node: String,
        /// How long the drain waited.
        waited: Duration,
        /// What keeps the pods on the node, one line per cause.
        causes: String,
        /// Why the drain ended.
        reason: Refusal,
        /// Whether pods are deleted after the time.
        is_forced: bool,
    },
    /// The user interrupted the run.
    #[error("interrupted")]
    Cancelled,
}

impl DrainError {
    /// Wraps the error of a request. `doing` is the summary of the message.
    #[must_use]
    pub fn api(doing: String, error: ApiError) -> Self {
        match error.kind {
            ErrorKind::Cancelled => Self::Cancelled,
            _ => Self::Api { doing, error: Box::new(error) },
        }
    }

    /// Returns the message for the user. `after` says in what state the nodes are.
    #[must_use]
    pub fn into_diagnostic(self, after: &str) -> Diagnostic {
        match self {
            Self::Api { doing, error } => {
                let permissions = if error.kind == ErrorKind::Denied { PERMISSIONS } else { "" };
                let advice: Vec<_> = [permissions, after].into_iter().filter(|text| !text.is_empty()).collect();
                error.into_diagnostic(doing, &advice.join(" "))
            }
            Self::Refused { node, waited, causes, reason, is_forced } => {
                let why = match reason {
                    Refusal::Permanent => format!("The following prevents the drain of node {node}:"),
                    Refusal::DrainTimeout | Refusal::OperationTimeout => {
                        format!("The following pods did not leave node {node} within {}:", show(waited))
                    }
                };
                let fix = match reason {
                    Refusal::OperationTimeout => "The timeout of the operation has expired. Increase it, and retry.",
                    _ if is_forced => "Correct the cause, and retry.",
                    Refusal::Permanent => {
                        "Correct the cause, or set force to true to delete such pods after drain_timeout."
                    }
                    Refusal::DrainTimeout => {
                        "Change the PodDisruptionBudget or the number of replicas, or set force to true to delete such \
                         pods after drain_timeout."
                    }
                };
                let detail = format!("{why}\n{causes}\n\n{fix} {after}");
                Diagnostic::error(format!("Unable to drain node {node}"), detail.trim_end())
            }
            Self::Cancelled => {
                let detail = format!("The run was interrupted before all nodes were drained. {after}");
                Diagnostic::error("Interrupted drain", detail.trim_end())
            }
        }
    }
}
