//! Creates objects so that none is adopted or orphaned by accident.
//!
//! A server-side apply merges into an existing object, even into one that another state has just created. Therefore,
//! the object is created with POST, which succeeds for only one of two creators, and with a token in an annotation. If
//! the response was lost or the apply was killed, the token proves that this creation created the object. Afterwards,
//! an apply establishes the field ownership that all later applies expect, and the token is removed.

use std::time::Duration;

use serde_json::{Value as Json, json};
use tokio::time::Instant;

use super::owners::{self, token_of};
use super::{Managed, is_being_deleted, uid};
use crate::creation::{leaves_open, within};
use crate::creation_records::CreationRecord;
use crate::errors::{ApiError, ErrorKind};
use crate::generated_name;
use crate::kube::{Apply, CREATION_TOKEN, NO_SUCH_KIND, Patch, resource_version};
use crate::retry::Retry;
use crate::run_ledger::Claim;
use crate::wait::{Limits, Progress, Waiter};
use framework::diagnostics::Diagnostics;

/// How long to wait until a definition is served after the resource that installs it has been applied.
const INSTALLATION: Duration = Duration::from_secs(120);

/// The result of a creation. The object exists even if there are errors.
#[derive(Debug)]
pub struct Created<'l> {
    /// The live object.
    pub object: Json,
    /// Errors after the object was created.
    pub diagnostics: Diagnostics,
    claim: Claim<'l>,
}

impl Created<'_> {
    /// Records that the object is returned to Terraform core. Must be called last: a run that is killed earlier
    /// returns nothing to Terraform core.
    pub fn returned(self) {
        self.claim.record_created();
    }
}

impl<'m> Managed<'m> {
    /// Creates the object. An existing object is an error, unless a record proves that an interrupted apply of this
    /// configuration created it.
    ///
    /// # Errors
    /// Returns an error if the object was not created, or if another process created it.
    pub async fn create(&self, limits: &Limits, fields: &Json) -> Result<Created<'m>, Diagnostics> {
        let claim = self.ledger.claim(self.key.clone()).ok_or_else(|| self.twice())?;
        let found = self.wait_for_free_name(limits).await?;
        let fields = &self.additions(fields).await?.complete(fields, &Json::Null);
        let begun = claim.unfinished();
        let object = match (found, begun) {
            (Some(found), Some(begun)) if is_interrupted_create(&found, &begun) => {
                tracing::info!("creating {self}: resuming the creation that an interrupted apply started");
                claim.keep_record(begun);
                found
            }
            (found, begun) => {
                // The object of the interrupted creation no longer exists.
                begun.into_iter().for_each(CreationRecord::remove);
                if found.is_some() {
                    return Err(self.exists().into());
                }
                self.post(limits, &claim, fields).await?
            }
        };
        claim.confirm_record(uid(&object).unwrap_or_default());
        let confirmed = self.confirm(limits, uid(&object).unwrap_or_default(), fields).await;
        let (object, diagnostics) = match confirmed {
            Ok(object) => (object, Diagnostics::new()),
            Err(error) => (object, self.refused("complete", error)),
        };
        Ok(Created { object, diagnostics, claim })
    }

    /// Sends the object until it is certain whether it exists and whether this creation created it.
    async fn post(&self, limits: &Limits, claim: &Claim<'_>, fields: &Json) -> Result<Json, Diagnostics> {
        let token = generated_name::token();
        claim.write_record(&token, fields);
        let mut content = fields.clone();
        content["metadata"]["annotations"][CREATION_TOKEN] = json!(token);
        let doing = format!("creating {self}");
        let send = || self.cluster.create(&self.object, &content);
        let error = match self.retry_until_served(limits, &doing, send).await {
            Ok(object) => return Ok(object),
            Err(error) => error,
        };
        let exists = error.kind == ErrorKind::AlreadyExists;
        if exists || leaves_open(&error) {
            match within(limits, self.cluster.get(&self.object)).await {
                Some(found) if token_of(&found) == Some(&token) => return Ok(found),
                // Whether the object was created is unknown, so the record stays for the next apply.
                None if !exists => return Err(self.refused("create", error)),
                _ => {}
            }
        }
        claim.discard_record();
        Err(if exists { self.exists().into() } else { self.refused("create", error) })
    }

    /// Makes this provider's server-side apply own the fields, and removes the token.
    async fn confirm(&self, limits: &Limits, known_uid: &str, fields: &Json) -> Result<Json, ApiError> {
        let doing = format!("completing {self}");
        let mut own = fields.clone();
        own["metadata"]["uid"] = json!(known_uid);
        // The `managedFields` entry of the creation is a different owner. It has other values if the arguments have
        // changed since.
        let how = Apply { force: true, dry_run: false };
        let apply = || self.cluster.apply(&self.object, &own, how);
        Retry::new().run(&doing, limits, apply).await?;
        let again = Retry::new().also(|error| error.kind == ErrorKind::Conflict);
        let again = again.pauses(Duration::from_millis(100), Duration::from_secs(2));
        let complete = || async {
            let live = self.cluster.get(&self.object).await?;
            match completed(&live) {
                Some(patch) => self.cluster.patch(&self.object, &patch).await,
                None => Ok(live),
            }
        };
        again.run(&doing, limits, complete).await
    }

    /// Returns the object that has the name, after waiting for an object that is being deleted.
    async fn wait_for_free_name(&self, limits: &Limits) -> Result<Option<Json>, Diagnostics> {
        let doing = format!("looking up {self}");
        let found = self.retry_until_served(limits, &doing, || self.fetch()).await;
        let found = found.map_err(|error| self.refused("create", error))?;
        let Some(old) = found.filter(is_being_deleted) else { return self.refetch(limits).await };
        let waiter = Waiter::new(format!("previous {self} to be deleted"));
        let waiter = waiter.interval(Duration::from_secs(1), Duration::from_secs(5));
        let waited = waiter.until(limits, || async {
            Ok(match self.fetch().await? {
                Some(live) if uid(&live) == uid(&old) => Progress::Pending(super::delete::finalizers(&live)),
                _ => Progress::Done(()),
            })
        });
        waited.await.map_err(|error| error.into_diagnostic(format!("Unable to create {self}"), ""))?;
        self.refetch(limits).await
    }

    async fn refetch(&self, limits: &Limits) -> Result<Option<Json>, Diagnostics> {
        let found = Retry::new().run(&format!("looking up {self}"), limits, || self.fetch()).await;
        found.map_err(|error| self.refused("create", error))
    }

    /// Retries a call while the definition of the kind may not be installed yet.
    async fn retry_until_served<T, F, C>(&self, limits: &Limits, doing: &str, mut call: F) -> Result<T, ApiError>
    where
        F: FnMut() -> C,
        C: Future<Output = Result<T, ApiError>>,
    {
        let until = Instant::now() + INSTALLATION;
        loop {
            let error = match Retry::new().run(doing, limits, &mut call).await {
                Err(error) if error.code.as_deref() == Some(NO_SUCH_KIND) => error,
                answer => return answer,
            };
            if Instant::now() >= until || limits.deadline.has_passed() {
                return Err(error);
            }
            tracing::info!("{doing}: the cluster does not serve the kind yet, retrying");
            if !limits.sleep_until(Instant::now() + Duration::from_secs(2)).await {
                return Err(ApiError::own(ErrorKind::Cancelled, doing.to_owned(), "interrupted"));
            }
        }
    }
}

/// Whether the record proves that its creation created the object.
pub(super) fn is_interrupted_create(object: &Json, begun: &CreationRecord) -> bool {
    token_of(object) == Some(begun.token()) || uid(object).is_some() && uid(object) == begun.evidence()
}

/// Returns the patch that removes the traces of a creation by POST, or `None` if there is nothing to remove. The patch
/// contains the version that was read, so that no change of another client is lost.
#[must_use]
pub fn completed(live: &Json) -> Option<Patch> {
    let metadata = json!({
        "uid": uid(live),
        "resourceVersion": resource_version(live),
        "managedFields": owners::without_creation(live)?,
        "annotations": {CREATION_TOKEN: null},
    });
    Some(Patch::Merge(json!({"metadata": metadata})))
}
