//! Creating an object so that none is adopted by accident, and none orphaned.
//!
//! A server-side apply merges into an object that exists, including one that another state has just created. So the object is
//! created by POST, which succeeds for only one of two creators, with a token in an annotation. The token proves, when an
//! answer was lost or the apply was killed, that the object is that of this creation. An apply then makes the fields owned
//! as all later applies expect it, and the token is removed.

use std::time::Duration;

use serde_json::{Value as Json, json};
use tokio::time::Instant;

use super::owners::{self, token_of};
use super::{Managed, is_being_deleted, uid};
use crate::creation::{leaves_open, within};
use crate::creation_records::CreationRecord;
use crate::errors::{ApiError, ErrorKind};
use crate::kube::{Apply, CREATION_TOKEN, NO_SUCH_KIND, Patch, resource_version};
use crate::retry::Retry;
use crate::run_ledger::Claim;
use crate::unique;
use crate::wait::{Limits, Progress, Waiter};
use framework::diagnostics::Diagnostics;

/// How long a definition may take to be served after what installs it has been applied.
const INSTALLATION: Duration = Duration::from_secs(120);

/// The end of a creation: the object exists whatever else is said.
#[derive(Debug)]
pub struct Created<'l> {
    /// The object as it is.
    pub object: Json,
    /// Errors after the object was created.
    pub diagnostics: Diagnostics,
    claim: Claim<'l>,
}

impl Created<'_> {
    /// Notes that core gets the object. Last: a run that is killed before has returned nothing to core.
    pub fn returned(self) {
        self.claim.record_created();
    }
}

impl<'m> Managed<'m> {
    /// Creates the object. An existing object is an error, unless a record proves that an interrupted apply of this
    /// configuration created it.
    ///
    /// # Errors
    /// When the object does not exist, or is somebody else's.
    pub async fn create(&self, limits: &Limits, fields: &Json) -> Result<Created<'m>, Diagnostics> {
        let claim = self.ledger.claim(self.key.clone()).ok_or_else(|| self.twice())?;
        let found = self.vacate(limits).await?;
        let fields = &self.additions(fields).await?.complete(fields, &Json::Null);
        let begun = claim.unfinished();
        let object = match (found, begun) {
            (Some(found), Some(begun)) if is_begun(&found, &begun) => {
                tracing::info!("creating {self}: continues what an interrupted apply began");
                claim.keep_record(begun);
                found
            }
            (found, begun) => {
                // Nothing is left of what it began.
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

    /// Sends the object until it is certain whether it exists and is that of this creation.
    async fn post(&self, limits: &Limits, claim: &Claim<'_>, fields: &Json) -> Result<Json, Diagnostics> {
        let token = unique::token();
        claim.write_record(&token, fields);
        let mut content = fields.clone();
        content["metadata"]["annotations"][CREATION_TOKEN] = json!(token);
        let doing = format!("creating {self}");
        let send = || self.cluster.create(&self.object, &content);
        let error = match self.once_served(limits, &doing, send).await {
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

    /// Makes the fields those of this provider's applies, and removes the token.
    async fn confirm(&self, limits: &Limits, known_uid: &str, fields: &Json) -> Result<Json, ApiError> {
        let doing = format!("completing {self}");
        let mut own = fields.clone();
        own["metadata"]["uid"] = json!(known_uid);
        // The entry of the creation counts as another owner, with other values where arguments have changed since.
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

    /// What has the name, after what is being deleted is gone.
    async fn vacate(&self, limits: &Limits) -> Result<Option<Json>, Diagnostics> {
        let doing = format!("looking for {self}");
        let found = self.once_served(limits, &doing, || self.look()).await;
        let found = found.map_err(|error| self.refused("create", error))?;
        let Some(old) = found.filter(is_being_deleted) else { return self.look_again(limits).await };
        let waiter = Waiter::new(format!("the former {self} to be gone"));
        let waiter = waiter.interval(Duration::from_secs(1), Duration::from_secs(5));
        let waited = waiter.until(limits, || async {
            Ok(match self.look().await? {
                Some(live) if uid(&live) == uid(&old) => Progress::Pending(super::delete::finalizers(&live)),
                _ => Progress::Done(()),
            })
        });
        waited.await.map_err(|error| error.into_diagnostic(format!("Cannot create {self}"), ""))?;
        self.look_again(limits).await
    }

    async fn look_again(&self, limits: &Limits) -> Result<Option<Json>, Diagnostics> {
        let found = Retry::new().run(&format!("looking for {self}"), limits, || self.look()).await;
        found.map_err(|error| self.refused("create", error))
    }

    /// Repeats a call while the definition of the kind may still be on its way.
    async fn once_served<T, F, C>(&self, limits: &Limits, doing: &str, mut call: F) -> Result<T, ApiError>
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
            tracing::info!("{doing}: the cluster does not know the kind yet");
            if !limits.sleep_until(Instant::now() + Duration::from_secs(2)).await {
                return Err(ApiError::own(ErrorKind::Cancelled, doing.to_owned(), "interrupted"));
            }
        }
    }
}

/// Whether the record proves that the object was created by its creation.
pub(super) fn is_begun(object: &Json, begun: &CreationRecord) -> bool {
    token_of(object) == Some(begun.token()) || uid(object).is_some() && uid(object) == begun.evidence()
}

/// The patch that removes what is left of a creation by POST, if there is something left. It names the version that was read,
/// so that no change of another client is lost.
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
