//! What all custom resources share that a noun manages by server-side apply: only what the noun names is owned, nothing
//! that exists is adopted, others' fields are left alone, and waits say what they wait for.
//!
//! A noun makes a [`Managed`] for its object, gives it `{"metadata": {"labels", "annotations"}, "spec"}`, and gets the live
//! object back. [`super::fields`] turns attributes into such fields and back.

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

/// One custom resource of one cluster.
pub struct Managed<'m> {
    /// The cluster.
    pub cluster: &'m dyn KubernetesApi,
    /// Its name.
    pub cluster_name: &'m str,
    /// The object.
    pub object: Object,
    /// How the definition of its kind gets into a cluster, in whole sentences.
    pub installed_by: &'m str,
    /// The controller of the kind. Its definition is in a chart, which the user upgrades, or EKS installs it.
    pub controller: Controller,
    /// The id to import it by.
    pub import_id: &'m str,
    /// The resource type, e.g. `ekscompute_gpu_node_class`.
    pub resource_type: &'static str,
    /// The attribute that a field means, as [`super::fields::attribute_of`] finds it.
    pub attribute_of: fn(&str) -> Path,
    /// Whether labels and annotations of the object itself are attributes.
    pub has_metadata: bool,
    /// Whether other objects belong to it: then it is deleted after them, so that a deletion that was interrupted goes on.
    pub has_dependents: bool,
    /// What tells it from all others of a run.
    pub key: ObjectKey,
    /// What the resources of this run do with each object.
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

/// What an update wants.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'w> {
    /// The fields to own from now on.
    pub fields: &'w Json,
    /// The fields that were owned before.
    pub prior: &'w Json,
    /// Whether fields are taken from managers who declare them.
    pub force: bool,
    /// Managers of a provider from which the state was moved: what they declared becomes ours.
    pub predecessors: &'w [String],
}

/// The uid of an object: another one of the same name has another.
#[must_use]
pub fn uid(object: &Json) -> Option<&str> {
    object["metadata"]["uid"].as_str()
}

/// The generation of an object, which every change of its spec raises.
#[must_use]
pub fn generation(object: &Json) -> Option<i64> {
    object["metadata"]["generation"].as_i64()
}

fn is_being_deleted(object: &Json) -> bool {
    !object["metadata"]["deletionTimestamp"].is_null()
}

impl Managed<'_> {
    /// The object of a state as it is; none if it is not there, is another one than that of the known uid, or its kind or
    /// its cluster is gone.
    ///
    /// # Errors
    /// When the cluster cannot be asked.
    pub async fn read(&self, known_uid: Option<&str>) -> Result<Option<Json>, ApiError> {
        let found = self.find(known_uid).await?;
        match &found {
            Some(_) => self.ledger.record_read(&self.key),
            None => self.ledger.record_state_read(),
        }
        Ok(found)
    }

    /// The same during an apply.
    ///
    /// # Errors
    /// When the cluster cannot be asked.
    pub async fn find(&self, known_uid: Option<&str>) -> Result<Option<Json>, ApiError> {
        match self.cluster.get(&self.object).await {
            Ok(object) if known_uid.is_none_or(|known| uid(&object) == Some(known)) => Ok(Some(object)),
            Ok(_) => {
                tracing::warn!("{self} was deleted, and another object made under its name");
                Ok(None)
            }
            Err(error) if error.is_not_found() => {
                tracing::warn!(%error, "{self} is gone");
                Ok(None)
            }
            Err(error) if error.code.as_deref() == Some(NO_SUCH_KIND) => {
                tracing::warn!("the cluster does not know the kind of {self} any more, so it is gone");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Records what a plan does with the object, and reports another resource that has it.
    pub fn record_plan<M>(&self, plan: &Plan<M>, key_of: impl Fn(&M) -> Option<ObjectKey>) -> Option<Diagnostic> {
        self.ledger.record_plan(plan, key_of).map(|_| self.twice())
    }

    /// The error of a read.
    #[must_use]
    pub fn not_read(&self, error: ApiError) -> Diagnostics {
        error.into_diagnostic(format!("Cannot read {self}"), "").into()
    }

    /// The object; none if it is not there. A cluster or kind that is not there is an error.
    async fn look(&self) -> Result<Option<Json>, ApiError> {
        match self.cluster.get(&self.object).await {
            Err(error) if error.is_not_found() && error.service == KUBERNETES => Ok(None),
            answer => answer.map(Some),
        }
    }

    /// Applies the fields. What the prior fields have and an edit by hand has changed is set back without force; what
    /// somebody else declares, what this provider has never applied, or what is new, is only taken over with it.
    async fn apply(&self, fields: &Json, prior: &Json, how: Apply) -> Result<Json, ApiError> {
        let refused = match self.cluster.apply(&self.object, fields, how).await {
            Err(error) if error.code.as_deref() == Some(super::FIELD_MANAGER_CONFLICT) => error,
            answer => return answer,
        };
        let live = self.cluster.get(&self.object).await?;
        let own = owners::ours(&live);
        // An edit takes the field away from who owned it. What we still own, the other one has had before: `kubectl apply`
        // updates, too, where it applies on the side of the client.
        let is_drift = |cause: &crate::errors::Cause| {
            errors::manager_of(cause).is_some_and(|manager| owners::only_updates(&live, manager))
                && errors::has_field(prior, &cause.field)
                && !own.is_null()
                && !errors::names_field(&own, &cause.field)
        };
        if refused.causes.is_empty() || !refused.causes.iter().all(is_drift) {
            return Err(refused);
        }
        tracing::info!("fields of {self} that were edited by hand are set back");
        self.cluster.apply(&self.object, fields, Apply { force: true, ..how }).await
    }
}

#[cfg(test)]
mod tests;
