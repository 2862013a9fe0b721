//! What the cluster says of fields while they are only planned.

use serde_json::Value as Json;

use super::create::is_begun;
use super::update::planned_fields;
use super::{Managed, Wanted, errors, is_being_deleted, owners, uid};
use crate::errors::ApiError;
use crate::kube::{Apply, FIELD_MANAGER_CONFLICT};
use framework::diagnostics::{Diagnostic, Diagnostics, Severity};

/// The answer to a question that is asked while planning.
#[derive(Debug, Clone, PartialEq)]
pub enum Preview {
    /// Cluster, definition or credentials are not there yet, or do not answer: the apply will tell.
    Unknowable,
    /// The object as it would become, with the server's defaults.
    Possible(Box<Json>),
    /// The apply would fail. Where that is not certain, these are warnings.
    Refused(Diagnostics),
}

impl Managed<'_> {
    /// Asks what creating would lead to.
    pub async fn preview_create(&self, fields: &Json, force: bool) -> Preview {
        match self.look().await {
            Err(error) => return self.unknowable(&error),
            Ok(Some(live)) if is_being_deleted(&live) || self.ledger.is_known(&self.key) => return Preview::Unknowable,
            Ok(Some(live)) => {
                // What an interrupted apply of this configuration created is continued.
                let begun = self.ledger.creations().unfinished(&self.key);
                if begun.is_some_and(|begun| is_begun(&live, &begun)) {
                    return Preview::Unknowable;
                }
                let severity = if self.ledger.state_was_read() { Severity::Error } else { Severity::Warning };
                return Preview::Refused(Diagnostic { severity, ..self.exists() }.into());
            }
            Ok(None) => {}
        }
        match self.additions(fields).await {
            Err(missing) => Preview::Refused(missing),
            Ok(additions) => {
                self.preview(&additions.complete(fields, &Json::Null), &Json::Null, force, Severity::Error).await
            }
        }
    }

    /// Asks what an update of the object of this uid would lead to.
    pub async fn preview_update(&self, known_uid: &str, wanted: Wanted<'_>) -> Preview {
        // What predecessors declare is taken over before the fields are applied.
        let force = wanted.force || !wanted.predecessors.is_empty();
        match self.look().await {
            Err(error) => self.unknowable(&error),
            // Terraform plans before it destroys, too: a field that another manager has taken meanwhile must not keep the
            // object from being destroyed. The write is refused.
            Ok(Some(live)) if uid(&live) == Some(known_uid) => {
                let complete = match self.additions(wanted.fields).await {
                    Ok(additions) => additions.complete(wanted.fields, &live),
                    Err(missing) => return Preview::Refused(missing),
                };
                let fields = planned_fields(&complete, wanted.prior, &live, &owners::ours(&live));
                let force = force || owners::has_creation(&live);
                self.preview(&fields, wanted.prior, force, Severity::Warning).await
            }
            Ok(_) if !wanted.predecessors.is_empty() => Preview::Refused(self.not_here().into()),
            Ok(_) => Preview::Unknowable,
        }
    }

    async fn preview(&self, fields: &Json, prior: &Json, force: bool, conflict: Severity) -> Preview {
        match self.apply(fields, prior, Apply { force, dry_run: true }).await {
            Ok(object) => Preview::Possible(Box::new(object)),
            Err(error) if error.code.as_deref() == Some(FIELD_MANAGER_CONFLICT) => {
                let refused = self.refused("apply", error).into_iter();
                Preview::Refused(refused.map(|found| Diagnostic { severity: conflict, ..found }).collect())
            }
            Err(error) if errors::is_verdict(&error) => Preview::Refused(self.refused("apply", error)),
            Err(error) => self.unknowable(&error),
        }
    }

    fn unknowable(&self, error: &ApiError) -> Preview {
        tracing::debug!(%error, "{self} cannot be tried while planning");
        Preview::Unknowable
    }
}
