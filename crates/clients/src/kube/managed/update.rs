//! Updates objects, and transfers ownership from the field managers of a moved state.

use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use super::owners::token_of;
use super::{Managed, Wanted, owners, uid};
use crate::errors::{ApiError, ErrorKind};
use crate::kube::{Apply, CREATION_TOKEN, FIELD_MANAGER, Patch, resource_version};
use crate::retry::Retry;
use crate::wait::Limits;
use framework::diagnostics::Diagnostics;

impl Managed<'_> {
    /// Applies the fields to the object with this UID, and removes prior fields that are not in the new ones.
    ///
    /// Before that, ownership of the fields of the previous field managers is transferred.
    ///
    /// # Errors
    /// Returns an error if another object has the name now, or if the fields are rejected.
    pub async fn update(&self, limits: &Limits, known_uid: &str, wanted: Wanted<'_>) -> Result<Json, Diagnostics> {
        let doing = format!("updating {self}");
        let additions = self.additions(wanted.fields).await?;
        let again = Retry::new().also(|error| error.kind == ErrorKind::Conflict);
        let again = again.pauses(Duration::from_millis(100), Duration::from_secs(2));
        let taken = again.run(&doing, limits, || self.take_over(known_uid, wanted.predecessors)).await;
        taken.map_err(|error| self.refused("transfer field ownership of", error))?;
        let live = Retry::new().run(&doing, limits, || self.fetch()).await;
        let live = live.map_err(|error| self.refused("update", error))?.unwrap_or_default();
        let complete = additions.complete(wanted.fields, &live);
        let mut fields = planned_fields(&complete, wanted.prior, &live, &owners::ours(&live));
        // The API server rejects the request if the object was deleted, or if another object has its name now.
        fields["metadata"]["uid"] = json!(known_uid);
        let how = Apply { force: wanted.force, dry_run: false };
        let applied = Retry::new().run(&doing, limits, || self.apply(&fields, wanted.prior, how)).await;
        applied.map_err(|error| self.refused("update", error))
    }

    async fn take_over(&self, known_uid: &str, predecessors: &[String]) -> Result<(), ApiError> {
        let Some(live) = self.fetch().await?.filter(|live| uid(live) == Some(known_uid)) else { return Ok(()) };
        let mut predecessors = predecessors.to_vec();
        // The object was imported after its creation was killed.
        if owners::has_creation(&live) {
            predecessors.push(FIELD_MANAGER.to_owned());
        }
        let version = self.object.kind.api_version();
        let Some(managers) = owners::taken_over(&live, &predecessors, &version, self.has_metadata) else {
            return Ok(());
        };
        tracing::info!(?predecessors, "transferring field ownership of {self} to this provider");
        // The version that was read prevents a concurrent change from being lost.
        let mut metadata = json!({"resourceVersion": resource_version(&live), "managedFields": managers});
        if token_of(&live).is_some() {
            metadata["annotations"][CREATION_TOKEN] = Json::Null;
        }
        self.cluster.patch(&self.object, &Patch::Merge(json!({"metadata": metadata}))).await.map(|_| ())
    }
}

/// Returns the fields to apply: fields that the plan changes, and all other fields whose live value still equals the
/// state.
///
/// A field that was edited or removed after the plan is omitted. The edit has transferred its ownership, so that
/// omitting it changes nothing, and the next plan shows it. A field that this provider still owns is always applied,
/// because server-side apply would remove it otherwise.
pub(super) fn planned_fields(fields: &Json, prior: &Json, live: &Json, own: &Json) -> Json {
    let Json::Object(members) = fields else { return fields.clone() };
    let mut kept = Map::new();
    for (name, member) in members {
        let inside = &own[format!("f:{name}")];
        let (before, now) = (&prior[name.as_str()], &live[name.as_str()]);
        // The server does not store empty values, so they cannot have been removed.
        let drifted = member == before && member != now && inside.is_null() && !is_empty(member);
        match (member, before) {
            (Json::Object(all), Json::Object(_)) if !all.is_empty() && !is_atomic(inside) => {
                let part = planned_fields(member, before, now, inside);
                // No nested field remains to apply.
                if part.as_object().is_none_or(|part| !part.is_empty()) || !drifted {
                    kept.insert(name.clone(), part);
                }
            }
            _ if drifted => {}
            _ => {
                kept.insert(name.clone(), member.clone());
            }
        }
    }
    Json::Object(kept)
}

fn is_empty(member: &Json) -> bool {
    member.as_object().is_some_and(Map::is_empty) || member.as_array().is_some_and(Vec::is_empty)
}

/// Whether field managers can own this path only as a whole.
fn is_atomic(own: &Json) -> bool {
    own.as_object().is_some_and(Map::is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(fields: &Json, prior: &Json, live: &Json, own: &Json) -> Json {
        planned_fields(fields, prior, live, own)
    }

    #[test]
    fn unplanned_changes_are_excluded() {
        let prior = json!({"spec": {"role": "a", "weight": 1, "tags": {"x": "1", "y": "1"}, "gone": 1}});
        let fields = json!({"spec": {"role": "b", "weight": 1, "tags": {"x": "1", "y": "1"}, "gone": 1}});
        let live = json!({"spec": {"role": "a", "weight": 9, "tags": {"x": "9", "y": "1"}}});
        let own = json!({"f:spec": {"f:role": {}, "f:tags": {"f:y": {}}}});
        let expected = json!({"spec": {"role": "b", "tags": {"y": "1"}}});
        assert_eq!(planned(&fields, &prior, &live, &own), expected);
    }

    #[test]
    fn planned_changes_and_owned_fields_are_applied() {
        let prior = json!({"metadata": {}, "spec": {"role": "a", "terms": [{"id": 1}], "kubelet": {"maxPods": 1}}});
        let fields = json!({"metadata": {}, "spec": {"role": "b", "terms": [{"id": 1}], "kubelet": {"maxPods": 2}}});
        // The role was edited, too, and the server has added a default to the list.
        let live = json!({"spec": {"role": "c", "terms": [{"id": 1, "default": 0}], "kubelet": {"maxPods": 1}}});
        let own = json!({"f:spec": {"f:terms": {}, "f:kubelet": {"f:maxPods": {}}}});
        assert_eq!(planned(&fields, &prior, &live, &own), fields);
    }

    #[test]
    fn removed_object_is_excluded_entirely() {
        let fields = json!({"spec": {"role": "b", "options": {"hop": 1}, "none": {}}});
        let prior = json!({"spec": {"role": "a", "options": {"hop": 1}, "none": {}}});
        let own = json!({"f:spec": {"f:role": {}}});
        let expected = json!({"spec": {"role": "b", "none": {}}});
        assert_eq!(planned(&fields, &prior, &json!({"spec": {"role": "a"}}), &own), expected);
    }
}
