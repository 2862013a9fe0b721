//! Making an object so that none is adopted by accident, and none orphaned.

use std::time::Duration;

use serde_json::{Value as Json, json};
use tokio::time::Instant;

use super::{Managed, is_being_deleted, owners, uid};
use crate::clients::creation::{leaves_open, within};
use crate::clients::errors::{ApiError, ErrorKind};
use crate::clients::kube::fields::declared;
use crate::clients::kube::{Apply, NO_SUCH_KIND};
use crate::clients::retry::Retry;
use crate::clients::wait::{Deadline, Limits, Progress, Waiter};
use framework::diagnostics::{Diagnostic, Diagnostics};

/// How long a definition may take to be served after what installs it has been applied.
const INSTALLATION: Duration = Duration::from_secs(120);

/// The end of a creation: the object exists whatever else is said.
#[derive(Debug)]
pub struct Created {
    /// The object as it is.
    pub object: Json,
    /// What the user should know, and errors.
    pub diagnostics: Diagnostics,
}

impl Managed<'_> {
    /// Makes the object. One that exists is left alone, unless it is what an interrupted creation of the same fields left.
    ///
    /// # Errors
    /// When the object does not exist, or is somebody else's.
    pub async fn create(&self, limits: &Limits, fields: &Json, force: bool) -> Result<Created, Diagnostics> {
        let claim = self.ledger.claim(self.key.clone()).ok_or_else(|| self.twice())?;
        let mut diagnostics = Diagnostics::new();
        if let Some(found) = self.vacate(limits).await? {
            if !is_remains(&found, fields, limits) {
                return Err(self.exists().into());
            }
            diagnostics.push(self.taken_for_remains());
        }
        let doing = format!("creating {self}");
        let apply = || self.apply(fields, &Json::Null, Apply { force, dry_run: false });
        let object = match self.once_served(limits, &doing, apply).await {
            Ok(object) => object,
            Err(error) => {
                let found =
                    if leaves_open(&error) { within(limits, self.cluster.get(&self.object)).await } else { None };
                let refused = self.refused("create", error);
                let Some(found) = found.filter(|found| is_remains(found, fields, limits)) else { return Err(refused) };
                diagnostics.extend(refused);
                found
            }
        };
        claim.record_created();
        Ok(Created { object, diagnostics })
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
                return Err(ApiError::own(ErrorKind::Cancelled, doing.to_owned(), "stopped by the user"));
            }
        }
    }

    fn taken_for_remains(&self) -> Diagnostic {
        let detail = "This provider has made it with exactly these fields a short while ago, so it was taken for what an \
                      interrupted apply had begun. It is in the state now.";
        Diagnostic::warning(format!("{self} was already there"), detail)
    }
}

/// Whether an object is what an interrupted run of this provider made of the same fields.
fn is_remains(found: &Json, fields: &Json, limits: &Limits) -> bool {
    let created = found["metadata"]["creationTimestamp"].as_str();
    owners::is_ours_alone(found)
        && is_recent(created, Deadline::total(&limits.deadline))
        && declared(&fields["spec"], &found["spec"], &json!(null)) == fields["spec"]
}

/// Whether an object was created within the longest time that a run takes.
fn is_recent(created_at: Option<&str>, longest_run: Duration) -> bool {
    let created: Option<jiff::Timestamp> = created_at.and_then(|text| text.parse().ok());
    let age = created.and_then(|created| Duration::try_from(jiff::Timestamp::now().duration_since(created)).ok());
    age.is_none_or(|age| age <= longest_run.max(Duration::from_secs(60 * 60)))
}
