//! The content of the ConfigMap `kube-system/aws-auth`.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use clients::creation_records::CreationRecord;
use clients::generated_name;
use clients::kube::{CREATION_TOKEN, FIELD_MANAGER, Object};
use render::aws_auth::Mapping;

/// Maximum total size of the values of a ConfigMap (API server validation).
pub(super) const MOST_BYTES: usize = 1 << 20;

/// Lifetime of the token of an apply that was killed. The next write after that removes it. Other tokens are removed as
/// soon as the response to their write is known.
const TOKEN_LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The configuration that `kubectl apply` stores. The next `kubectl apply` of the file restores it.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Tools that write the whole text of a key from a separate source.
const WHOLE_WRITERS: [&str; 5] = ["Terraform", "argocd-controller", "kustomize-controller", "helm-controller", "helm"];

/// The parts of the ConfigMap that the provider uses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct AwsAuth {
    texts: BTreeMap<&'static str, String>,
    /// Total size of all values, including unmanaged keys.
    bytes: usize,
    pub(super) immutable: bool,
    /// Tokens of creations whose entries were written, but whose responses may have been lost.
    tokens: Vec<String>,
    /// Field managers that overwrite the whole text, including changes by other field managers.
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
            rewritten_by: overwriting_managers(object),
        }
    }

    /// Whether this creation has written its entry.
    pub(super) fn proves(&self, begun: &CreationRecord) -> bool {
        begun.evidence().is_some() || self.tokens().any(|token| token == begun.token())
    }

    /// Returns the tokens of creations whose entries were written.
    pub(super) fn tokens(&self) -> impl Iterator<Item = &str> {
        self.tokens.iter().map(String::as_str)
    }

    /// Adds the token of an entry that is written, and removes expired tokens.
    pub(super) fn add_token(&mut self, token: &str) {
        self.tokens.retain(|other| is_alive(other));
        self.tokens.push(token.to_owned());
    }

    /// Removes a token.
    pub(super) fn remove_token(&mut self, token: &str) {
        self.tokens.retain(|other| other != token);
    }

    /// Returns the text of a list, or an empty string if it does not exist.
    pub(super) fn text(&self, mapping: Mapping) -> &str {
        self.texts.get(mapping.key()).map_or("", String::as_str)
    }

    pub(super) fn set(&mut self, mapping: Mapping, text: String) {
        self.bytes = self.bytes + text.len() - self.text(mapping).len();
        self.texts.insert(mapping.key(), text);
    }

    /// Returns the total size of all values.
    pub(super) fn size(&self) -> usize {
        self.bytes
    }

    /// Writes the lists to the object. Everything else in it is unchanged.
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

/// A token without a creation time was not created by this provider.
fn is_alive(token: &str) -> bool {
    generated_name::token_made(token).is_some_and(|made| Timestamp::now().duration_since(made) < TOKEN_LIFE)
}

fn tokens(object: &Value) -> impl Iterator<Item = &str> {
    let text = object["metadata"]["annotations"][CREATION_TOKEN].as_str();
    text.unwrap_or_default().split_whitespace()
}

fn overwriting_managers(object: &Value) -> Vec<String> {
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
