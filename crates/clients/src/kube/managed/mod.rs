//! Operations on custom resources that are managed by server-side apply. Only configured fields are owned, existing
//! objects are not adopted, fields of other field managers are left unchanged, and waits report their reason.
//!
//! A resource type creates a [`Managed`] for its object and passes `{"metadata": {"labels", "annotations"}, "spec"}`.
//! The result is the live object. [`super::fields`] converts between attributes and such fields.

mod conditions;
mod create;
mod definition;
mod delete;
mod errors;
mod owners;
mod preview;
mod state;
mod update;

pub use conditions::{Condition, StatusCondition, conditions, status_conditions};
pub use create::{Created, completed};
pub use delete::finalizers;
pub use owners::{everybodys, is_ours_alone, ours, token_of};
pub use preview::Preview;
pub use state::{last_applied, remembered};

use serde_json::Value as Json;

use super::{Apply, KubernetesApi, NO_SUCH_KIND, Object};
use crate::errors::{ApiError, KUBERNETES};
use crate::run_ledger::{ObjectKey, RunLedger};
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::path::Path;
use framework::resource::Plan;
use render::karpenter::controller::Controller;

/// A custom resource in a cluster.
pub struct Managed<'m> {
    /// The cluster that contains the object.
    pub cluster: &'m dyn KubernetesApi,
    /// Name of the cluster.
    pub cluster_name: &'m str,
    /// The kind and name of the object.
    pub object: Object,
    /// How the definition of the kind is installed in a cluster, in full sentences.
    pub installed_by: &'m str,
    /// The controller of the kind. The user upgrades its definition with a chart, or EKS installs it.
    pub controller: Controller,
    /// The import ID of the object.
    pub import_id: &'m str,
    /// The resource type, such as `ekscompute_gpu_node_class`.
    pub resource_type: &'static str,
    /// Returns the attribute of a field, as [`super::fields::attribute_of`] does.
    pub attribute_of: fn(&str) -> Path,
    /// Whether the labels and annotations of the object are attributes.
    pub has_metadata: bool,
    /// Whether dependent objects exist. The object is then deleted after them, so that an interrupted deletion can
    /// continue.
    pub has_dependents: bool,
    /// Identifies the object among all objects of a run.
    pub key: ObjectKey,
    /// The operations of the resources of this run.
    pub ledger: &'m RunLedger,
}

impl std::fmt::Debug for Managed<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} of cluster {}", self.object, self.cluster_name)
    }
}

impl std::fmt::Display for Managed<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} of cluster {}", self.object, self.cluster_name)
    }
}

/// The parameters of an update.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'w> {
    /// The fields to own after the update.
    pub fields: &'w Json,
    /// The fields that were owned before.
    pub prior: &'w Json,
    /// Whether to force ownership of fields that other field managers apply.
    pub force: bool,
    /// The field managers of the provider from which the state was moved. Ownership of their fields is transferred to
    /// this provider.
    pub predecessors: &'w [String],
}

/// Returns the UID of an object. A recreated object has a different UID.
#[must_use]
pub fn uid(object: &Json) -> Option<&str> {
    object["metadata"]["uid"].as_str()
}

/// Returns the generation of an object, which is incremented on every change to its spec.
#[must_use]
pub fn generation(object: &Json) -> Option<i64> {
    object["metadata"]["generation"].as_i64()
}

fn is_being_deleted(object: &Json) -> bool {
    !object["metadata"]["deletionTimestamp"].is_null()
}

impl Managed<'_> {
    /// Returns the live object of a state, or `None` if the object, its kind, or its cluster does not exist, or if the
    /// object has another UID.
    ///
    /// # Errors
    /// Returns an error if the request fails.
    pub async fn read(&self, known_uid: Option<&str>) -> Result<Option<Json>, ApiError> {
        let found = self.find(known_uid).await?;
        match &found {
            Some(_) => self.ledger.record_read(&self.key),
            None => self.ledger.record_state_read(),
        }
        Ok(found)
    }

    /// Returns the same object during an apply.
    ///
    /// # Errors
    /// Returns an error if the request fails.
    pub async fn find(&self, known_uid: Option<&str>) -> Result<Option<Json>, ApiError> {
        match self.cluster.get(&self.object).await {
            Ok(object) if known_uid.is_none_or(|known| uid(&object) == Some(known)) => Ok(Some(object)),
            Ok(_) => {
                tracing::warn!("{self} was deleted, and another object now has its name");
                Ok(None)
            }
            Err(error) if error.is_not_found() => {
                tracing::warn!(%error, "{self} not found");
                Ok(None)
            }
            Err(error) if error.code.as_deref() == Some(NO_SUCH_KIND) => {
                tracing::warn!("{self} not found: the cluster no longer serves its kind");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Records the planned operation on the object. Returns an error if another resource manages it.
    pub fn record_plan<M>(&self, plan: &Plan<M>, key_of: impl Fn(&M) -> Option<ObjectKey>) -> Option<Diagnostic> {
        self.ledger.record_plan(plan, key_of).map(|_| self.twice())
    }

    /// Returns the error of a read.
    #[must_use]
    pub fn not_read(&self, error: ApiError) -> Diagnostics {
        error.into_diagnostic(format!("Unable to read {self}"), "").into()
    }

    /// Returns the object, or `None` if it does not exist. A missing cluster or kind is an error.
    async fn fetch(&self) -> Result<Option<Json>, ApiError> {
        match self.cluster.get(&self.object).await {
            Err(error) if error.is_not_found() && error.service == KUBERNETES => Ok(None),
            answer => answer.map(Some),
        }
    }

    /// Applies the fields. Manual edits of prior fields are reverted without force. Force is required for fields that
    /// another field manager applies, that this provider has never applied, or that are new.
    async fn apply(&self, fields: &Json, prior: &Json, how: Apply) -> Result<Json, ApiError> {
        let refused = match self.cluster.apply(&self.object, fields, how).await {
            Err(error) if error.code.as_deref() == Some(super::FIELD_MANAGER_CONFLICT) => error,
            answer => return answer,
        };
        let live = self.cluster.get(&self.object).await?;
        let own = owners::ours(&live);
        // A manual edit transfers the ownership of the field. If this provider still owns a field, the other field
        // manager had set it before: `kubectl apply` without server-side apply is recorded as `Update`, too.
        let is_drift = |cause: &crate::errors::Cause| {
            errors::manager_of(cause).is_some_and(|manager| owners::only_updates(&live, manager))
                && errors::has_field(prior, &cause.field)
                && !own.is_null()
                && !errors::names_field(&own, &cause.field)
        };
        if refused.causes.is_empty() || !refused.causes.iter().all(is_drift) {
            return Err(refused);
        }
        tracing::info!("reverting manually edited fields of {self}");
        self.cluster.apply(&self.object, fields, Apply { force: true, ..how }).await
    }
}

#[cfg(test)]
mod tests;
