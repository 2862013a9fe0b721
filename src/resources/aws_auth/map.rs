//! The ConfigMap `kube-system/aws-auth` as it was read.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::clients::kube::{FIELD_MANAGER, Object};
use render::aws_auth::Mapping;

/// What the values of a ConfigMap may take in sum (apiserver's validation).
pub(super) const MOST_BYTES: usize = 1 << 20;

/// What this provider wrote within this time may be what an interrupted run began.
const RECENT: SignedDuration = SignedDuration::from_mins(10);

/// kubectl's copy of what was applied; the next `kubectl apply` of that file brings it back.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Tools that write the whole text of a key from a source of their own.
const WHOLE_WRITERS: [&str; 5] = ["Terraform", "argocd-controller", "kustomize-controller", "helm-controller", "helm"];

/// The parts of the ConfigMap that matter here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct AwsAuth {
    texts: BTreeMap<&'static str, String>,
    /// The bytes of all values, also of those that are not ours.
    bytes: usize,
    pub(super) immutable: bool,
    /// When this provider last wrote each list, if nobody has written it since.
    ours: BTreeMap<&'static str, Timestamp>,
    /// Who would write the whole text again, undoing what others changed in it.
    pub(super) rewritten_by: Vec<String>,
}

impl AwsAuth {
    pub(super) fn object() -> Object {
        Object::config_map("kube-system", "aws-auth")
    }

    pub(super) fn of(object: &Value) -> Self {
        let values = ["data", "binaryData"].into_iter().filter_map(|part| object[part].as_object()).flatten();
        let text =
            |mapping: Mapping| object["data"][mapping.key()].as_str().map(|text| (mapping.key(), text.to_owned()));
        Self {
            texts: [Mapping::Roles, Mapping::Users].into_iter().filter_map(text).collect(),
            bytes: values.filter_map(|(_, value)| value.as_str()).map(str::len).sum(),
            immutable: object["immutable"] == true,
            ours: ours(object),
            rewritten_by: rewriters(object),
        }
    }

    /// Whether this provider was the last to write the list, a moment ago.
    pub(super) fn is_recently_ours(&self, mapping: Mapping) -> bool {
        self.ours.get(mapping.key()).is_some_and(|&when| Timestamp::now().duration_since(when) < RECENT)
    }

    /// The text of a list; empty when there is none.
    pub(super) fn text(&self, mapping: Mapping) -> &str {
        self.texts.get(mapping.key()).map_or("", String::as_str)
    }

    pub(super) fn set(&mut self, mapping: Mapping, text: String) {
        self.bytes = self.bytes + text.len() - self.text(mapping).len();
        self.texts.insert(mapping.key(), text);
    }

    /// The bytes of all values.
    pub(super) fn size(&self) -> usize {
        self.bytes
    }

    /// Puts the texts into the object; everything else in it stays.
    pub(super) fn write_into(&self, object: &mut Value) {
        if !object["data"].is_object() {
            object["data"] = json!({});
        }
        for (key, text) in &self.texts {
            object["data"][*key] = json!(text);
        }
    }
}

fn rewriters(object: &Value) -> Vec<String> {
    let metadata = &object["metadata"];
    let mut writers = Vec::new();
    if metadata["annotations"][LAST_APPLIED].is_string() {
        writers.push("kubectl apply".to_owned());
    }
    for managed in metadata["managedFields"].as_array().into_iter().flatten() {
        let owns = ["f:mapRoles", "f:mapUsers"].iter().any(|key| managed["fieldsV1"]["f:data"][*key].is_object());
        let manager = managed["manager"].as_str().unwrap_or_default();
        let whole = managed["operation"] == "Apply" || WHOLE_WRITERS.contains(&manager);
        if owns && whole && manager != FIELD_MANAGER && !writers.iter().any(|writer| writer == manager) {
            writers.push(manager.to_owned());
        }
    }
    writers
}

/// The API server takes a key from its last owner when another one changes it, so the owner is who wrote last.
fn ours(object: &Value) -> BTreeMap<&'static str, Timestamp> {
    let managed = object["metadata"]["managedFields"].as_array().into_iter().flatten();
    let mut times = BTreeMap::new();
    for entry in managed.filter(|entry| entry["manager"] == FIELD_MANAGER) {
        let Some(time) = entry["time"].as_str().and_then(|time| time.parse().ok()) else { continue };
        for key in [Mapping::Roles.key(), Mapping::Users.key()] {
            if entry["fieldsV1"]["f:data"][format!("f:{key}")].is_object() {
                times.insert(key, time);
            }
        }
    }
    times
}
