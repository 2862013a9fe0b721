//! Dry runs at plan time.

use serde_json::Value as Json;

use super::create::is_interrupted_create;
use super::update::planned_fields;
use super::{Managed, Wanted, errors, is_being_deleted, owners, uid};
use crate::errors::ApiError;
use crate::kube::{Apply, FIELD_MANAGER_CONFLICT};
use framework::diagnostics::{Diagnostic, Diagnostics, Severity};

/// The result of a dry run at plan time.
#[derive(Debug, Clone, PartialEq)]
pub enum Preview {
    /// The cluster, the definition, or the credentials do not exist yet or do not respond, so only the apply can show
    /// the result.
    Unknowable,
    /// The object after the write, with the defaults of the server.
    Possible(Box<Json>),
    /// The apply would fail. If that is not certain, the diagnostics are warnings.
    Refused(Diagnostics),
}

impl Managed<'_> {
    /// Previews the creation of the object.
    pub async fn preview_create(&self, fields: &Json, force: bool) -> Preview {
        match self.fetch().await {
            Err(error) => return self.preview_unavailable(&error),
            Ok(Some(live)) if is_being_deleted(&live) || self.ledger.is_known(&self.key) => return Preview::Unknowable,
            Ok(Some(live)) => {
                // An object that an interrupted apply of this configuration created is continued.
                let begun = self.ledger.creations().unfinished(&self.key);
                if begun.is_some_and(|begun| is_interrupted_create(&live, &begun)) {
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

    /// Previews an update of the object with this UID.
    pub async fn preview_update(&self, known_uid: &str, wanted: Wanted<'_>) -> Preview {
        // Ownership of the fields of the previous field managers is transferred before the fields are applied.
        let force = wanted.force || !wanted.predecessors.is_empty();
        match self.fetch().await {
            Err(error) => self.preview_unavailable(&error),
            // Terraform also plans before it destroys. A field manager conflict must not prevent the deletion, so it is
            // only a warning here. The write fails with an error.
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
            Err(error) => self.preview_unavailable(&error),
        }
    }

    fn preview_unavailable(&self, error: &ApiError) -> Preview {
        tracing::debug!(%error, "unable to preview {self} during plan");
        Preview::Unknowable
    }
}
