//! Deleting an object, and saying what holds it back.

use std::time::Duration;

use serde_json::Value as Json;

use super::{Managed, is_being_deleted, uid};
use crate::errors::{ApiError, ErrorKind};
use crate::kube::{Delete, NO_SUCH_KIND, NODE_CLAIM, resource_version};
use crate::partial_read::{goes_with_its_cluster, left_to_the_cluster, not_deleted};
use crate::retry::Retry;
use crate::wait::{Limits, Progress, Waiter};
use framework::diagnostics::{Diagnostic, Diagnostics};

/// At most so many names are shown.
const SHOWN: usize = 10;

impl Managed<'_> {
    /// Deletes the object of this uid and waits until it is gone. `holds` tells which NodeClaims hold it back.
    ///
    /// # Errors
    /// When it is not gone in time: the message names finalizers and NodeClaims.
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

    /// Deletes the object of this uid without waiting for it to be gone. If it is kept, a warning says why.
    ///
    /// # Errors
    /// When the cluster does not accept it.
    pub async fn begin_deletion(&self, limits: &Limits, known_uid: &str) -> Result<Option<Diagnostic>, Diagnostics> {
        if self.ledger.is_created(&self.key) {
            return Ok(Some(self.kept()));
        }
        let doing = format!("deleting {self}");
        let again = Retry::new().also(|error| error.kind == ErrorKind::Conflict);
        let again = again.pauses(Duration::from_millis(100), Duration::from_secs(2));
        match again.run(&doing, limits, || self.request_deletion(known_uid)).await {
            Ok(()) => Ok(None),
            Err(error) if goes_with_its_cluster(&error) => {
                Ok(Some(left_to_the_cluster(&self.object.to_string(), self.cluster_name)))
            }
            Err(error) => Err(not_deleted(format!("Cannot delete {self}"), error).into()),
        }
    }

    /// The object, if it is still there and no other one of the name.
    ///
    /// # Errors
    /// When the cluster cannot be asked.
    pub async fn present(&self, known_uid: &str) -> Result<Option<Json>, ApiError> {
        match self.cluster.get(&self.object).await {
            Err(error) if error.is_not_found() || error.code.as_deref() == Some(NO_SUCH_KIND) => Ok(None),
            answer => Ok(Some(answer?).filter(|live| uid(live) == Some(known_uid))),
        }
    }

    /// The same after the deletion was accepted: it needs no end of its own when the cluster is deleted meanwhile.
    ///
    /// # Errors
    /// When the cluster cannot be asked.
    pub async fn remains(&self, known_uid: &str) -> Result<Option<Json>, ApiError> {
        match self.present(known_uid).await {
            Err(error) if goes_with_its_cluster(&error) => Ok(None),
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

    /// What the object waits for.
    async fn blockers(&self, live: &Json, holds: &(impl Fn(&Json) -> bool + Send + Sync)) -> String {
        let finalizers = finalizers(live);
        let claims = match self.cluster.list(NODE_CLAIM, None).await {
            Ok(claims) => claims,
            Err(error) => {
                tracing::debug!(%error, "NodeClaims cannot be listed");
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
        format!("{finalizers}; NodeClaims {shown}{rest} use it")
    }

    fn held_back(&self, error: ApiError) -> Diagnostic {
        let advice = match error.kind {
            ErrorKind::Timeout => {
                "It is marked for deletion and goes as soon as nothing holds it: delete the node pools whose nodes use it, look \
                 for PodDisruptionBudgets and pods with karpenter.sh/do-not-disrupt on those nodes, and check that the \
                 controller that removes the finalizer is still running. It stays in the state; apply again, or raise \
                 timeouts { delete }."
            }
            ErrorKind::Cancelled => "It is marked for deletion and stays in the state. Apply again to go on.",
            _ => "",
        };
        error.into_diagnostic(format!("{self} is not deleted yet"), advice)
    }

    /// An object that this run has made again under its name is not what the state of its predecessor means.
    fn kept(&self) -> Diagnostic {
        let detail = "Its successor has the same name, so it is the successor that would be deleted now.";
        Diagnostic::warning(format!("{self} was kept"), detail)
    }
}

/// The state of an object that is to go.
#[must_use]
pub fn finalizers(live: &Json) -> String {
    let all = live["metadata"]["finalizers"].as_array().into_iter().flatten();
    let names: Vec<_> = all.filter_map(Json::as_str).collect();
    if names.is_empty() { "being deleted".to_owned() } else { format!("held by finalizer {}", names.join(", ")) }
}
