//! Field ownership in `metadata.managedFields`.

use serde_json::{Map, Value as Json, json};

use crate::kube::{CREATION_TOKEN, FIELD_MANAGER};

fn entries(object: &Json) -> impl Iterator<Item = &Json> {
    // Fields that are written through a subresource, such as the status, are not configuration.
    let all = object["metadata"]["managedFields"].as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().filter(|entry| entry["subresource"].as_str().unwrap_or_default().is_empty())
}

fn is_ours(entry: &Json) -> bool {
    entry["manager"] == FIELD_MANAGER && entry["operation"] == "Apply"
}

/// Returns the fields that this provider owns, as `fieldsV1`, or null if it owns none.
#[must_use]
pub fn ours(object: &Json) -> Json {
    entries(object).find(|entry| is_ours(entry)).map_or(Json::Null, |entry| entry["fieldsV1"].clone())
}

/// Returns the fields that any field manager owns, as `fieldsV1`.
#[must_use]
pub fn everybodys(object: &Json) -> Json {
    entries(object).fold(json!({}), |all, entry| union(all, &entry["fieldsV1"]))
}

/// Returns the fields that other field managers own, as `fieldsV1`.
pub(super) fn others(object: &Json) -> Json {
    entries(object).filter(|entry| !is_ours(entry)).fold(json!({}), |all, entry| union(all, &entry["fieldsV1"]))
}

/// Whether only this provider has written parts of the spec.
#[must_use]
pub fn is_ours_alone(object: &Json) -> bool {
    !ours(object)["f:spec"].is_null()
        && entries(object).filter(|entry| !is_ours(entry)).all(|entry| entry["fieldsV1"]["f:spec"].is_null())
}

/// Whether the field manager only updates the object, as a manual edit does, and does not apply a configuration.
pub(super) fn only_updates(object: &Json, manager: &str) -> bool {
    let mut found = entries(object).filter(|entry| entry["manager"] == manager).peekable();
    found.peek().is_some() && found.all(|entry| entry["operation"] == "Update")
}

/// Returns the union of two sets of fields.
pub(super) fn union(mut one: Json, other: &Json) -> Json {
    if let (Some(members), Some(others)) = (one.as_object_mut(), other.as_object()) {
        for (name, inside) in others {
            let own = members.entry(name.clone()).or_insert_with(|| json!({}));
            *own = union(own.take(), inside);
        }
    }
    one
}

/// Returns `managedFields` in which this provider owns the fields of the given field managers, or `None` if they own no
/// fields.
///
/// A server-side apply only removes fields that its own entry lists. Therefore, ownership must be transferred before
/// the first apply with fewer fields. Labels and annotations are included only `with_metadata`; otherwise they stay on
/// the object without an owner.
pub(super) fn taken_over(
    object: &Json,
    managers: &[String],
    api_version: &str,
    with_metadata: bool,
) -> Option<Vec<Json>> {
    let all = object["metadata"]["managedFields"].as_array()?;
    let is_theirs = |entry: &&Json| {
        let plain = entry["subresource"].as_str().unwrap_or_default().is_empty();
        plain && managers.iter().any(|manager| entry["manager"] == manager.as_str())
    };
    let taken =
        all.iter().filter(is_theirs).fold(json!({}), |taken, entry| union(taken, &declarable(entry, with_metadata)));
    if !all.iter().any(|entry| is_theirs(&entry)) {
        return None;
    }
    let mut kept: Vec<Json> = all.iter().filter(|entry| !is_theirs(entry)).cloned().collect();
    match kept.iter_mut().find(|entry| is_ours(entry)) {
        Some(own) => own["fieldsV1"] = union(own["fieldsV1"].take(), &taken),
        None => kept.push(json!({
            "manager": FIELD_MANAGER, "operation": "Apply", "apiVersion": api_version, "fieldsType": "FieldsV1",
            "fieldsV1": taken,
        })),
    }
    Some(kept)
}

/// Returns the owners of an object without the entry of its creation by POST, whose fields are now owned by an apply.
/// Returns `None` if there are no traces of the creation.
pub(super) fn without_creation(object: &Json) -> Option<Vec<Json>> {
    let all = object["metadata"]["managedFields"].as_array()?;
    has_creation(object).then(|| all.iter().filter(|entry| !is_creation(entry)).cloned().collect())
}

/// Whether a creation by this provider was not completed, because the apply was killed.
pub(super) fn has_creation(object: &Json) -> bool {
    entries(object).any(is_creation) || token_of(object).is_some()
}

/// Returns the token of an incomplete creation.
#[must_use]
pub fn token_of(object: &Json) -> Option<&str> {
    object["metadata"]["annotations"][CREATION_TOKEN].as_str()
}

fn is_creation(entry: &Json) -> bool {
    let plain = entry["subresource"].as_str().unwrap_or_default().is_empty();
    plain && entry["manager"] == FIELD_MANAGER && entry["operation"] == "Update"
}

/// The annotation in which `kubectl apply` stores the last applied configuration. It misleads `kubectl` once another
/// field manager manages the object.
const LAST_APPLIED: &str = "f:kubectl.kubernetes.io/last-applied-configuration";

/// Returns the parts of an entry that can be configuration: spec, labels, and annotations.
fn declarable(entry: &Json, with_metadata: bool) -> Json {
    let fields = &entry["fieldsV1"];
    let mut metadata = Map::new();
    if with_metadata {
        for name in ["f:labels", "f:annotations"] {
            if let Some(inside) = fields["f:metadata"].get(name) {
                metadata.insert(name.to_owned(), inside.clone());
            }
        }
    } else if !fields["f:metadata"]["f:annotations"][LAST_APPLIED].is_null() {
        metadata.insert("f:annotations".to_owned(), json!({LAST_APPLIED: {}}));
    }
    let mut found = Map::new();
    if let Some(spec) = fields.get("f:spec") {
        found.insert("f:spec".to_owned(), spec.clone());
    }
    if !metadata.is_empty() {
        found.insert("f:metadata".to_owned(), metadata.into());
    }
    Json::Object(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(managers: &[(&str, &str, Json)]) -> Json {
        let entries: Vec<_> = managers
            .iter()
            .map(|(manager, operation, fields)| json!({"manager": manager, "operation": operation, "fieldsV1": fields}))
            .collect();
        json!({"metadata": {"managedFields": entries}})
    }

    #[test]
    fn spec_fields_of_another_manager_make_object_shared() {
        let (spec, finalizers) = (json!({"f:spec": {"f:role": {}}}), json!({"f:metadata": {"f:finalizers": {}}}));
        let alone = object(&[(FIELD_MANAGER, "Apply", spec.clone()), ("karpenter", "Update", finalizers)]);
        assert!(is_ours_alone(&alone));
        assert!(!is_ours_alone(&object(&[("kubectl", "Apply", spec.clone())])));
        assert!(!is_ours_alone(&object(&[(FIELD_MANAGER, "Apply", spec.clone()), ("helm", "Update", spec)])));
    }

    #[test]
    fn previous_manager_fields_merge_into_own_entry() {
        let theirs = json!({
            "f:spec": {"f:role": {}, "f:tags": {"f:a": {}}},
            "f:metadata": {"f:labels": {"f:l": {}}, "f:finalizers": {}},
        });
        let before = object(&[
            (FIELD_MANAGER, "Apply", json!({"f:spec": {"f:tags": {"f:b": {}}}})),
            ("Terraform", "Apply", theirs),
            ("karpenter", "Update", json!({"f:metadata": {"f:finalizers": {}}})),
        ]);
        let after = taken_over(&before, &["Terraform".to_owned()], "karpenter.k8s.aws/v1", true).unwrap();
        let expected = json!({
            "f:spec": {"f:role": {}, "f:tags": {"f:a": {}, "f:b": {}}}, "f:metadata": {"f:labels": {"f:l": {}}},
        });
        assert_eq!(after.len(), 2);
        assert_eq!((&after[0]["manager"], &after[0]["fieldsV1"]), (&json!(FIELD_MANAGER), &expected));
        assert_eq!(after[1]["manager"], "karpenter");
        assert_eq!(taken_over(&before, &["HashiCorp".to_owned()], "v1", true), None);
    }

    #[test]
    fn labels_that_are_no_attributes_stay_but_not_what_kubectl_remembers() {
        let remembered = "f:kubectl.kubernetes.io/last-applied-configuration";
        let theirs = json!({
            "f:spec": {"f:weight": {}},
            "f:metadata": {"f:labels": {"f:l": {}}, "f:annotations": {"f:a": {}, remembered: {}}},
        });
        let after = taken_over(&object(&[("kubectl", "Update", theirs)]), &["kubectl".to_owned()], "v1", false);
        let expected = json!({"f:spec": {"f:weight": {}}, "f:metadata": {"f:annotations": {remembered: {}}}});
        assert_eq!(after.unwrap()[0]["fieldsV1"], expected);
    }

    #[test]
    fn applying_manager_is_not_update_only() {
        let both = object(&[("a", "Update", json!({})), ("a", "Apply", json!({})), ("b", "Update", json!({}))]);
        assert!(!only_updates(&both, "a") && only_updates(&both, "b") && !only_updates(&both, "c"));
    }
}
