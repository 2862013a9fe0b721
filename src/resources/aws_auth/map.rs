//! The ConfigMap `kube-system/aws-auth` as it was read.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use clients::creation_records::CreationRecord;
use clients::kube::{CREATION_TOKEN, FIELD_MANAGER, Object};
use clients::unique;
use render::aws_auth::Mapping;

/// What the values of a ConfigMap may take in sum (apiserver's validation).
pub(super) const MOST_BYTES: usize = 1 << 20;

/// How long the token of an apply that was killed proves anything; the next write after that removes it. Other tokens go as
/// soon as the answer to their write is known.
const TOKEN_LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);

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
    /// Tokens of creations whose entries were written and whose answers may have been lost.
    tokens: Vec<String>,
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
            tokens: tokens(object).map(str::to_owned).collect(),
            rewritten_by: rewriters(object),
        }
    }

    /// Whether this creation has written its entry.
    pub(super) fn proves(&self, begun: &CreationRecord) -> bool {
        begun.evidence().is_some() || self.tokens().any(|token| token == begun.token())
    }

    /// Tokens of creations whose entries were written.
    pub(super) fn tokens(&self) -> impl Iterator<Item = &str> {
        self.tokens.iter().map(String::as_str)
    }

    /// Adds the token of an entry that is written, and removes tokens that no creation has removed in time.
    pub(super) fn add_token(&mut self, token: &str) {
        self.tokens.retain(|other| is_alive(other));
        self.tokens.push(token.to_owned());
    }

    /// Removes a token.
    pub(super) fn remove_token(&mut self, token: &str) {
        self.tokens.retain(|other| other != token);
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
        let held = self.tokens.join(" ");
        match object["metadata"]["annotations"].as_object_mut() {
            Some(annotations) if held.is_empty() => {
                annotations.remove(CREATION_TOKEN);
            }
            None if held.is_empty() => {}
            _ => object["metadata"]["annotations"][CREATION_TOKEN] = json!(held),
        }
    }
}

/// A token without its creation time does not come from this provider.
fn is_alive(token: &str) -> bool {
    unique::token_made(token).is_some_and(|made| Timestamp::now().duration_since(made) < TOKEN_LIFE)
}

fn tokens(object: &Value) -> impl Iterator<Item = &str> {
    let text = object["metadata"]["annotations"][CREATION_TOKEN].as_str();
    text.unwrap_or_default().split_whitespace()
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
