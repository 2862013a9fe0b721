//! Selects the parts of a live object that are stored in state.

use serde_json::{Value as Json, json};

use super::owners;
use crate::kube::fields::{declared, named};

/// Returns `{"metadata": {"labels", "annotations"}, "spec"}` of the live object, limited to the stored fields. After an
/// import, nothing is stored, and the result contains the fields that this provider owns. If it owns no fields, the
/// result is the spec without the `defaults` of the server. Labels and annotations of other field managers are not
/// imported, because an update could not remove them.
#[must_use]
pub fn remembered(stored: Option<&Json>, live: &Json, defaults: &Json) -> Json {
    let own = owners::ours(live);
    match stored {
        Some(stored) => {
            let everybodys = owners::everybodys(live);
            let part = |name: &str| declared(&stored[name], &live[name], &everybodys[format!("f:{name}")]);
            json!({"metadata": part("metadata"), "spec": part("spec")})
        }
        None if !own.is_null() => {
            let metadata = match &own["f:metadata"] {
                Json::Null => json!({}),
                names => named(&live["metadata"], names),
            };
            json!({"metadata": metadata, "spec": named(&live["spec"], &own["f:spec"])})
        }
        None => {
            let spec = match last_applied(live) {
                Some(sent) => declared(&sent["spec"], &live["spec"], &owners::everybodys(live)["f:spec"]),
                None => without(&live["spec"], defaults),
            };
            json!({"metadata": {}, "spec": spec})
        }
    }
}

/// Returns the configuration that `kubectl apply` without server-side apply has stored last.
#[must_use]
pub fn last_applied(live: &Json) -> Option<Json> {
    let text = live["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"].as_str()?;
    serde_json::from_str(text).ok()
}

/// Returns the fields that do not have their default value.
fn without(fields: &Json, defaults: &Json) -> Json {
    match (fields, defaults) {
        (Json::Object(members), Json::Object(_)) => members
            .iter()
            .filter(|(name, member)| defaults.get(name.as_str()) != Some(member))
            .map(|(name, member)| (name.clone(), without(member, &defaults[name.as_str()])))
            .collect(),
        _ => fields.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kube::FIELD_MANAGER;

    fn live(manager: &str) -> Json {
        let owned = json!({"f:metadata": {"f:labels": {"f:team": {}}}, "f:spec": {"f:role": {}}});
        json!({
            "metadata": {
                "labels": {"team": "ml", "foreign": "x"},
                "annotations": {"karpenter.k8s.aws/ec2nodeclass-hash": "1"},
                "managedFields": [{"manager": manager, "operation": "Apply", "fieldsV1": owned}],
            },
            "spec": {"role": "node", "options": {"hop": 1, "tokens": "optional"}, "policy": "default"},
        })
    }

    #[test]
    fn only_fields_in_state_are_compared() {
        let stored = json!({"metadata": {"labels": {"team": "old"}}, "spec": {"role": "other", "gone": 1}});
        let expected = json!({"metadata": {"labels": {"team": "ml"}}, "spec": {"role": "node"}});
        assert_eq!(remembered(Some(&stored), &live(FIELD_MANAGER), &json!({})), expected);
    }

    #[test]
    fn an_import_takes_what_this_provider_owns() {
        let expected = json!({"metadata": {"labels": {"team": "ml"}}, "spec": {"role": "node"}});
        assert_eq!(remembered(None, &live(FIELD_MANAGER), &json!({})), expected);
    }

    #[test]
    fn an_import_from_others_takes_what_they_wrote_without_defaults() {
        let defaults = json!({"policy": "default", "options": {"hop": 1, "tokens": "required"}});
        let expected = json!({
            "metadata": {}, "spec": {"role": "node", "options": {"tokens": "optional"}},
        });
        assert_eq!(remembered(None, &live("kubectl"), &defaults), expected);

        let mut live = live("kubectl");
        let sent = json!({"spec": {"role": "old", "policy": "default"}}).to_string();
        live["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] = json!(sent);
        let found = remembered(None, &live, &defaults);
        assert_eq!(found["spec"], json!({"role": "node", "policy": "default"}), "what kubectl sent, as it is now");
    }
}
