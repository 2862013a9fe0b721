//! Finds fields that the definition in the cluster does not have, and additional fields that it requires. Runs before
//! each dry run and each write, because an apply can upgrade the definition.

use serde_json::{Value as Json, json};

use super::{Managed, errors, owners};
use crate::kube::definitions::{Differences, Missing};
use framework::diagnostics::{Diagnostic, Diagnostics};
use render::karpenter::controller::Controller;
use render::karpenter::releases;

/// Required fields that are unset, with values of the same meaning.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Additions(Vec<(String, &'static str)>);

impl Additions {
    /// Adds the required fields. `live` is the object before the change.
    ///
    /// If another field manager owns such a field, its value is sent: the field is not configured here, so another
    /// value would be a conflict.
    pub(super) fn complete(&self, fields: &Json, live: &Json) -> Json {
        let mut fields = fields.clone();
        let others = owners::others(live);
        for (path, value) in &self.0 {
            let pointer = format!("/{}", path.replace('.', "/"));
            let kept = live.pointer(&pointer).filter(|_| errors::names_field(&others, path));
            let value = kept.cloned().unwrap_or_else(|| json!(value));
            if let Some((parent, name)) = pointer.rsplit_once('/')
                && let Some(parent) = fields.pointer_mut(parent)
            {
                parent[name] = value;
            }
        }
        fields
    }
}

impl Managed<'_> {
    /// Compares the fields with the definition. If it cannot be read, they are assumed to be compatible.
    ///
    /// # Errors
    /// Returns an error if the definition does not have one of the fields, labels, or values.
    pub(super) async fn additions(&self, fields: &Json) -> Result<Additions, Diagnostics> {
        let mut found = self.differences(fields, false).await;
        // The definition may have been upgraded since it was read.
        if !found.missing.is_empty() {
            found = self.differences(fields, true).await;
        }
        if !found.missing.is_empty() {
            return Err(found.missing.iter().map(|missing| self.missing(missing)).collect());
        }
        // The API server reports all other required fields.
        let value = |path: String| releases::if_unset(self.object.kind.kind, &path).map(|value| (path, value));
        Ok(Additions(found.required.into_iter().filter_map(value).collect()))
    }

    /// Checks the known part of the fields, while the cluster cannot check an object because other fields are unknown.
    ///
    /// # Errors
    /// Returns an error if the definition does not have one of the fields, labels, or values.
    pub async fn check_known(&self, fields: &Json) -> Result<(), Diagnostics> {
        self.additions(fields).await.map(|_| ())
    }

    async fn differences(&self, fields: &Json, fresh: bool) -> Differences {
        let definition = self.cluster.definition(self.object.kind, fresh).await;
        definition.map(|definition| definition.differences(fields)).unwrap_or_default()
    }

    /// Returns the error for a part that the definition does not have.
    pub(super) fn missing(&self, missing: &Missing) -> Diagnostic {
        let kind = self.object.kind.kind;
        let (path, name, what, release) = match missing {
            Missing::Field(path) => {
                let name = path.rsplit('.').next().unwrap_or(path);
                (path, name, format!("does not have the field {path}"), releases::of_field(kind, path))
            }
            Missing::Label { path, key } => {
                (path, key.as_str(), format!("does not allow the label {key} in {path}"), releases::of_label(kind, key))
            }
            Missing::Value { path, value, allowed } => {
                let what = format!("allows {} in {path}, but not {value}", allowed.join(", "));
                (path, value.as_str(), what, releases::of_value(kind, path, value))
            }
        };
        let advice = self.upgrade(release);
        let detail = format!("The definition of {kind} in cluster {} {what}. {advice}", self.cluster_name);
        Diagnostic::error(format!("Cluster does not support {name}"), detail).at((self.attribute_of)(path))
    }

    /// Returns the fix for a definition that is older than the release.
    fn upgrade(&self, release: Option<&str>) -> String {
        match (self.controller, release) {
            (Controller::AutoMode, _) => {
                "EKS installs and upgrades this definition. If the name is correct, EKS has not rolled out support for \
                 it to the cluster yet. Remove the argument until then."
                    .to_owned()
            }
            (Controller::Karpenter, Some(release)) => format!(
                "Karpenter {release} introduced it. Upgrade the karpenter-crd and karpenter charts to {release} or \
                 later first, or remove the argument."
            ),
            (Controller::Karpenter, None) => format!(
                "No Karpenter release up to {} supports it. Correct the name. If a later release supports it, upgrade \
                 the karpenter-crd and karpenter charts first.",
                releases::NEWEST
            ),
        }
    }
}
