//! Changing an object, and taking over what a predecessor declared.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::{Managed, Wanted, owners, uid};
use crate::clients::errors::{ApiError, ErrorKind};
use crate::clients::kube::{Apply, Patch, resource_version};
use crate::clients::retry::Retry;
use crate::clients::wait::Limits;
use crate::framework::diagnostics::Diagnostics;

impl Managed<'_> {
    /// Applies the fields to the object of this uid; what the prior fields had and these have not is removed.
    ///
    /// The fields of predecessors become ours before that.
    ///
    /// # Errors
    /// When the object is another one by now, or the fields are refused.
    pub async fn update(&self, limits: &Limits, known_uid: &str, wanted: Wanted<'_>) -> Result<Json, Diagnostics> {
        let doing = format!("updating {self}");
        if !wanted.predecessors.is_empty() {
            let again = Retry::new().also(|error| error.kind == ErrorKind::Conflict);
            let again = again.pauses(Duration::from_millis(100), Duration::from_secs(2));
            let taken = again.run(&doing, limits, || self.take_over(known_uid, wanted.predecessors)).await;
            taken.map_err(|error| self.refused("take over the fields of", error))?;
        }
        let mut fields = wanted.fields.clone();
        // Refused if the object was deleted, or another one has its name now.
        fields["metadata"]["uid"] = json!(known_uid);
        let how = Apply { force: wanted.force, dry_run: false };
        let applied = Retry::new().run(&doing, limits, || self.apply(&fields, wanted.prior, how)).await;
        applied.map_err(|error| self.refused("update", error))
    }

    async fn take_over(&self, known_uid: &str, predecessors: &[String]) -> Result<(), ApiError> {
        let Some(live) = self.look().await?.filter(|live| uid(live) == Some(known_uid)) else { return Ok(()) };
        let version = self.object.kind.api_version();
        let Some(managers) = owners::taken_over(&live, predecessors, &version, self.has_metadata) else {
            return Ok(());
        };
        tracing::info!(?predecessors, "the fields of {self} that they declared are owned by this provider from now on");
        // With the version that was read, so that nobody's change is lost.
        let metadata = json!({"resourceVersion": resource_version(&live), "managedFields": managers});
        self.cluster.patch(&self.object, &Patch::Merge(json!({"metadata": metadata}))).await.map(|_| ())
    }
}
