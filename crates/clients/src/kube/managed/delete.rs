//! Deletes objects, and reports what delays the deletion.

use std::time::Duration;

use serde_json::Value as Json;

use super::{Managed, is_being_deleted, uid};
use crate::errors::{ApiError, ErrorKind};
use crate::kube::{Delete, NO_SUCH_KIND, NODE_CLAIM, resource_version};
use crate::partial_read::{is_cluster_deleting, left_to_the_cluster, not_deleted};
use crate::retry::Retry;
use crate::wait::{Limits, Progress, Waiter};
use framework::diagnostics::{Diagnostic, Diagnostics};

/// Maximum number of names in a message.
const SHOWN: usize = 10;

impl Managed<'_> {
    /// Deletes the object with this UID and waits until it no longer exists. `holds` returns `true` for NodeClaims that
    /// delay the deletion.
    ///
    /// # Errors
    /// Returns an error if the deletion does not complete in time. The message contains the finalizers and NodeClaims.
    pub async fn delete(
        &self,
        limits: &Limits,
        known_uid: &str,
        holds: impl Fn(&Json) -> bool + Send + Sync,
    ) -> Result<Diagnostics, Diagnostics> {
        if let Some(kept) = self.begin_deletion(limits, known_uid).await? {
            return Ok(kept.into());
        }
        let waiter = Waiter::new(format!("{self} to be deleted"));
        let waiter = waiter.interval(Duration::from_millis(500), Duration::from_secs(5));
        let gone = waiter.until(limits, || async {
            Ok(match self.remains(known_uid).await? {
                None => Progress::Done(()),
                Some(live) => Progress::Pending(self.blockers(&live, &holds).await),
            })
        });
        gone.await.map_err(|error| self.held_back(error))?;
        Ok(Diagnostics::new())
    }

    /// Deletes the object with this UID without waiting. If the object is kept, returns a warning with the reason.
    ///
    /// # Errors
    /// Returns an error if the cluster rejects the deletion.
    pub async fn begin_deletion(&self, limits: &Limits, known_uid: &str) -> Result<Option<Diagnostic>, Diagnostics> {
        if self.ledger.is_created(&self.key) {
            return Ok(Some(self.kept()));
        }
        let doing = format!("deleting {self}");
        let again = Retry::new().also(|error| error.kind == ErrorKind::Conflict);
        let again = again.pauses(Duration::from_millis(100), Duration::from_secs(2));
        match again.run(&doing, limits, || self.request_deletion(known_uid)).await {
            Ok(()) => Ok(None),
            Err(error) if is_cluster_deleting(&error) => {
                Ok(Some(left_to_the_cluster(&self.object.to_string(), self.cluster_name)))
            }
            Err(error) => Err(not_deleted(format!("Unable to delete {self}"), error).into()),
        }
    }

    /// Returns the object if it still exists and has this UID.
    ///
    /// # Errors
    /// Returns an error if the request fails.
    pub async fn present(&self, known_uid: &str) -> Result<Option<Json>, ApiError> {
        match self.cluster.get(&self.object).await {
            Err(error) if error.is_not_found() || error.code.as_deref() == Some(NO_SUCH_KIND) => Ok(None),
            answer => Ok(Some(answer?).filter(|live| uid(live) == Some(known_uid))),
        }
    }

    /// Returns the same object after the deletion was accepted. If the cluster is deleted in the meantime, the object
    /// counts as deleted.
    ///
    /// # Errors
    /// Returns an error if the request fails.
    pub async fn remains(&self, known_uid: &str) -> Result<Option<Json>, ApiError> {
        match self.present(known_uid).await {
            Err(error) if is_cluster_deleting(&error) => Ok(None),
            answer => answer,
        }
    }

    async fn request_deletion(&self, known_uid: &str) -> Result<(), ApiError> {
        let Some(live) = self.present(known_uid).await?.filter(|live| !is_being_deleted(live)) else { return Ok(()) };
        let how = Delete { resource_version: resource_version(&live), foreground: self.has_dependents };
        match self.cluster.delete(&self.object, how).await {
            Err(error) if error.is_not_found() => Ok(()),
            answer => answer,
        }
    }

    /// Describes what the object is waiting for.
    async fn blockers(&self, live: &Json, holds: &(impl Fn(&Json) -> bool + Send + Sync)) -> String {
        let finalizers = finalizers(live);
        let claims = match self.cluster.list(NODE_CLAIM, None).await {
            Ok(claims) => claims,
            Err(error) => {
                tracing::debug!(%error, "unable to list NodeClaims");
                return finalizers;
            }
        };
        let names: Vec<_> =
            claims.iter().filter(|claim| holds(claim)).filter_map(|claim| claim["metadata"]["name"].as_str()).collect();
        if names.is_empty() {
            return finalizers;
        }
        let more = names.len().saturating_sub(SHOWN);
        let shown = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        let kind = if names.len() == 1 { "NodeClaim" } else { "NodeClaims" };
        format!("{finalizers}; used by {kind} {shown}{rest}")
    }

    fn held_back(&self, error: ApiError) -> Diagnostic {
        let advice = match error.kind {
            ErrorKind::Timeout => {
                "The object is marked for deletion and remains in state until nothing blocks the deletion. Delete the \
                 node pools whose nodes use it. Check those nodes for PodDisruptionBudgets and pods with \
                 karpenter.sh/do-not-disrupt. Check that the controller that removes the finalizer is still running. \
                 Then retry the apply, or increase timeouts { delete }."
            }
            ErrorKind::Cancelled => {
                "The object is marked for deletion and remains in state. Retry the apply to continue."
            }
            _ => "",
        };
        error.into_diagnostic(format!("Deletion of {self} is not complete"), advice)
    }

    /// Returns the warning for an object that this run has recreated with the same name. The state refers to the
    /// previous object.
    fn kept(&self) -> Diagnostic {
        let detail = "This run has recreated the object with the same name, so a deletion would delete the new object.";
        Diagnostic::warning(format!("{self} was kept"), detail)
    }
}

/// Describes the state of an object that is being deleted.
#[must_use]
pub fn finalizers(live: &Json) -> String {
    let all = live["metadata"]["finalizers"].as_array().into_iter().flatten();
    let names: Vec<_> = all.filter_map(Json::as_str).collect();
    match names.as_slice() {
        [] => "being deleted".to_owned(),
        [name] => format!("held by finalizer {name}"),
        names => format!("held by finalizers {}", names.join(", ")),
    }
}
