//! What nouns ask of a cluster: objects as JSON, addressed by kind, namespace and name.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use super::definitions::Definition;
use crate::errors::ApiError;

/// A kind of object, as the API server serves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Kind {
    /// The API group; empty for the core group.
    pub group: &'static str,
    /// The version, e.g. `v1`.
    pub version: &'static str,
    /// The kind, e.g. `ConfigMap`.
    pub kind: &'static str,
    /// The word of its path, e.g. `configmaps`.
    pub plural: &'static str,
}

/// ConfigMaps.
pub const CONFIG_MAP: Kind = Kind { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps" };

/// Karpenter's node classes, from the chart `karpenter-crd`.
pub const EC2_NODE_CLASS: Kind =
    Kind { group: "karpenter.k8s.aws", version: "v1", kind: "EC2NodeClass", plural: "ec2nodeclasses" };

/// Node classes of EKS Auto Mode, which EKS installs.
pub const NODE_CLASS: Kind =
    Kind { group: "eks.amazonaws.com", version: "v1", kind: "NodeClass", plural: "nodeclasses" };

/// Node pools, of Karpenter and of EKS Auto Mode.
pub const NODE_POOL: Kind = Kind { group: "karpenter.sh", version: "v1", kind: "NodePool", plural: "nodepools" };

/// What Karpenter makes for each node.
pub const NODE_CLAIM: Kind = Kind { group: "karpenter.sh", version: "v1", kind: "NodeClaim", plural: "nodeclaims" };

/// One object.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Object {
    /// What it is.
    pub kind: Kind,
    /// Where it is; none for kinds of the whole cluster.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

/// A change of parts of an object.
#[derive(Debug, Clone, PartialEq)]
pub enum Patch {
    /// Members replace those of the object, null removes one (RFC 7386). With `metadata.resourceVersion` it is refused
    /// when the object has changed; without, it is applied to whatever the object has become.
    Merge(Value),
    /// Operations in order (RFC 6902). One that does not fit is answered with `Invalid`.
    Json(Vec<Value>),
}

/// How a server-side apply deals with others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Apply {
    /// Takes fields over that other managers own.
    pub force: bool,
    /// Only checks: the answer is what the object would become.
    pub dry_run: bool,
}

/// How an object is deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Delete<'d> {
    /// Only at this version.
    pub resource_version: Option<&'d str>,
    /// After the objects that belong to it and hold it back, not before them.
    pub foreground: bool,
}

/// One cluster. Answers are whole objects.
///
/// Every call repeats what is safe to repeat (no connection, throttling, failed reads) a few times; a change whose answer
/// was lost is not repeated, since it may have been made.
///
/// Errors are `NotFound` of the service `EKS` for the cluster, of `Kubernetes` for the object; `Conflict` when the object
/// has changed since it was read, or another manager owns a field (code [`super::FIELD_MANAGER_CONFLICT`]).
#[async_trait]
pub trait KubernetesApi: std::fmt::Debug + Send + Sync {
    /// Reads an object as it is now.
    async fn get(&self, object: &Object) -> Result<Value, ApiError>;

    /// Reads all objects of a kind, in a namespace or in all.
    async fn list(&self, kind: Kind, namespace: Option<&str>) -> Result<Vec<Value>, ApiError>;

    /// Makes an object; `AlreadyExists` if it is there.
    async fn create(&self, object: &Object, content: &Value) -> Result<Value, ApiError>;

    /// Replaces an object by this content, whose `metadata.resourceVersion` must be the one that was read: `Conflict` if
    /// somebody was faster. `Invalid` without it, because that would overwrite whatever the object has become.
    async fn replace(&self, object: &Object, content: &Value) -> Result<Value, ApiError>;

    /// Changes parts of an object.
    async fn patch(&self, object: &Object, patch: &Patch) -> Result<Value, ApiError>;

    /// Makes the object have these fields and own them, removing what this provider owned and does not name any more.
    async fn apply(&self, object: &Object, fields: &Value, how: Apply) -> Result<Value, ApiError>;

    /// Deletes an object.
    async fn delete(&self, object: &Object, how: Delete<'_>) -> Result<(), ApiError>;

    /// The definition of a kind as it is installed, read once per run unless it must be `fresh`. `None` if it cannot be
    /// read: a caller must not conclude anything from that.
    async fn definition(&self, _kind: Kind, _fresh: bool) -> Option<Arc<Definition>> {
        None
    }
}

impl Kind {
    /// `apiVersion` of its objects, e.g. `karpenter.sh/v1`.
    #[must_use]
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.to_owned() } else { format!("{}/{}", self.group, self.version) }
    }

    /// The path of the OpenAPI document that describes it.
    pub(super) fn openapi_path(&self) -> String {
        let base = if self.group.is_empty() { "api" } else { "apis" };
        format!("/openapi/v3/{base}/{}", self.api_version())
    }

    /// The path of its objects.
    pub(super) fn path(&self, namespace: Option<&str>) -> String {
        let base = if self.group.is_empty() { "api" } else { "apis" };
        let space = namespace.map(|namespace| format!("/namespaces/{namespace}")).unwrap_or_default();
        format!("/{base}/{}{space}/{}", self.api_version(), self.plural)
    }
}

impl Object {
    /// An object of a kind of the whole cluster.
    #[must_use]
    pub fn of_cluster(kind: Kind, name: &str) -> Self {
        Self { kind, namespace: None, name: name.to_owned() }
    }

    /// A ConfigMap.
    #[must_use]
    pub fn config_map(namespace: &str, name: &str) -> Self {
        Self { kind: CONFIG_MAP, namespace: Some(namespace.to_owned()), name: name.to_owned() }
    }

    pub(super) fn path(&self) -> String {
        format!("{}/{}", self.kind.path(self.namespace.as_deref()), self.name)
    }
}

/// As users say it, e.g. `ConfigMap kube-system/aws-auth`.
impl std::fmt::Display for Object {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(formatter, "{} {namespace}/{}", self.kind.kind, self.name),
            None => write!(formatter, "{} {}", self.kind.kind, self.name),
        }
    }
}

/// The version of an object as it was read.
#[must_use]
pub fn resource_version(object: &Value) -> Option<&str> {
    object["metadata"]["resourceVersion"].as_str()
}
