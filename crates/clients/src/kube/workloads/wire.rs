//! The parts that all Kubernetes objects share, and pages of lists. All other members are skipped, so that a page
//! requires little memory in addition to the response.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

/// A page of a list.
#[derive(Debug, Deserialize)]
pub(super) struct Page<T> {
    /// Content without it does not come from an API server.
    #[serde(rename = "apiVersion")]
    _api_version: String,
    pub(super) metadata: PageMetadata,
    #[serde(bound(deserialize = "T: Deserialize<'de>"), deserialize_with = "null_as_empty")]
    pub(super) items: Vec<T>,
}

/// Go programs can write null for a list, map, or pointer that was never set.
pub(super) fn null_as_empty<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(value: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(value)?.unwrap_or_default())
}

#[derive(Debug, Deserialize)]
pub(super) struct PageMetadata {
    #[serde(rename = "continue")]
    pub(super) next: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Metadata {
    #[serde(deserialize_with = "null_as_empty")]
    pub(super) name: String,
    #[serde(deserialize_with = "null_as_empty")]
    pub(super) namespace: String,
    #[serde(deserialize_with = "null_as_empty")]
    pub(super) uid: String,
    #[serde(deserialize_with = "null_as_empty")]
    pub(super) generation: i64,
    #[serde(deserialize_with = "null_as_empty")]
    pub(super) labels: BTreeMap<String, String>,
    #[serde(deserialize_with = "null_as_empty")]
    pub(super) annotations: BTreeMap<String, String>,
    #[serde(deserialize_with = "null_as_empty")]
    pub(super) creation_timestamp: String,
    pub(super) deletion_timestamp: Option<String>,
    #[serde(deserialize_with = "null_as_empty")]
    pub(super) owner_references: Vec<OwnerReference>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct OwnerReference {
    #[serde(deserialize_with = "null_as_empty")]
    pub(super) kind: String,
    #[serde(deserialize_with = "null_as_empty")]
    pub(super) name: String,
    #[serde(deserialize_with = "null_as_empty")]
    pub(super) controller: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Condition {
    #[serde(rename = "type")]
    #[serde(deserialize_with = "null_as_empty")]
    pub(super) kind: String,
    #[serde(deserialize_with = "null_as_empty")]
    pub(super) status: String,
    #[serde(deserialize_with = "null_as_empty")]
    pub(super) reason: String,
    #[serde(deserialize_with = "null_as_empty")]
    pub(super) message: String,
}

pub(super) fn is_ready(conditions: &[Condition]) -> bool {
    conditions.iter().any(|condition| condition.kind == "Ready" && condition.status == "True")
}
