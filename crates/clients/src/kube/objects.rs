//! The Kubernetes API: objects in JSON, addressed by kind, namespace, and name.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use super::definitions::Definition;
use crate::errors::ApiError;
use preflight::facts::Workloads;

/// A kind of object in the Kubernetes API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Kind {
    /// The API group. Empty for the core group.
    pub group: &'static str,
    /// The version, such as `v1`.
    pub version: &'static str,
    /// The kind, such as `ConfigMap`.
    pub kind: &'static str,
    /// The resource name in paths, such as `configmaps`.
    pub plural: &'static str,
}

/// The kind of ConfigMaps.
pub const CONFIG_MAP: Kind = Kind { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps" };

/// The Karpenter `EC2NodeClass` kind, from the chart `karpenter-crd`.
pub const EC2_NODE_CLASS: Kind =
    Kind { group: "karpenter.k8s.aws", version: "v1", kind: "EC2NodeClass", plural: "ec2nodeclasses" };

/// The EKS Auto Mode `NodeClass` kind, which EKS installs.
pub const NODE_CLASS: Kind =
    Kind { group: "eks.amazonaws.com", version: "v1", kind: "NodeClass", plural: "nodeclasses" };

/// The kind of node pools, for Karpenter and EKS Auto Mode.
pub const NODE_POOL: Kind = Kind { group: "karpenter.sh", version: "v1", kind: "NodePool", plural: "nodepools" };

/// The kind of the objects that Karpenter creates for each node.
pub const NODE_CLAIM: Kind = Kind { group: "karpenter.sh", version: "v1", kind: "NodeClaim", plural: "nodeclaims" };

/// The kind of nodes.
pub(super) const NODE: Kind = Kind { group: "", version: "v1", kind: "Node", plural: "nodes" };

/// The kind of pods.
pub(super) const POD: Kind = Kind { group: "", version: "v1", kind: "Pod", plural: "pods" };

/// The kind of PodDisruptionBudgets.
pub(super) const POD_DISRUPTION_BUDGET: Kind =
    Kind { group: "policy", version: "v1", kind: "PodDisruptionBudget", plural: "poddisruptionbudgets" };

/// The address of an object.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Object {
    /// The kind.
    pub kind: Kind,
    /// The namespace, or `None` for cluster-scoped kinds.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
}

/// A change to parts of an object.
#[derive(Debug, Clone, PartialEq)]
pub enum Patch {
    /// Members replace the members of the object; null removes a member (RFC 7386). With `metadata.resourceVersion`,
    /// the patch is rejected if the object has changed. Otherwise, it is always applied to the live object.
    Merge(Value),
    /// Operations in order (RFC 6902). An operation that does not match the object results in `Invalid`.
    Json(Vec<Value>),
}

/// How a server-side apply handles other field managers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Apply {
    /// Whether to force ownership of fields of other field managers.
    pub force: bool,
    /// Whether this is a dry run, which returns the object as it would be after the apply.
    pub dry_run: bool,
}

/// How an object is deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Delete<'d> {
    /// Deletes only this version of the object.
    pub resource_version: Option<&'d str>,
    /// Whether to delete the object after its dependents, instead of before them.
    pub foreground: bool,
}

/// A Kubernetes cluster. Methods return whole objects.
///
/// Every call is retried a few times if that is safe (failed connection, throttling, failed reads). A change whose
/// response was lost is not repeated, because it may have taken effect.
///
/// A missing cluster is `NotFound` with the service `EKS`, a missing object is `NotFound` with the service
/// `Kubernetes`. `Conflict` means that the object has changed since it was read, or that another field manager owns a
/// field (code [`super::FIELD_MANAGER_CONFLICT`]).
#[async_trait]
pub trait KubernetesApi: std::fmt::Debug + Send + Sync {
    /// Reads the live object.
    async fn get(&self, object: &Object) -> Result<Value, ApiError>;

    /// Reads all objects of a kind, in a namespace or in all namespaces.
    async fn list(&self, kind: Kind, namespace: Option<&str>) -> Result<Vec<Value>, ApiError>;

    /// Creates an object. Returns `AlreadyExists` if it exists.
    async fn create(&self, object: &Object, content: &Value) -> Result<Value, ApiError>;

    /// Replaces an object with this content, whose `metadata.resourceVersion` must be the version that was read.
    /// Returns `Conflict` if the object was changed in the meantime. Content without a version is `Invalid`, because it
    /// could overwrite any change.
    async fn replace(&self, object: &Object, content: &Value) -> Result<Value, ApiError>;

    /// Changes parts of an object.
    async fn patch(&self, object: &Object, patch: &Patch) -> Result<Value, ApiError>;

    /// Applies these fields to the object and owns them. Removes fields that this provider owned and that are no longer
    /// included.
    async fn apply(&self, object: &Object, fields: &Value, how: Apply) -> Result<Value, ApiError>;

    /// Deletes an object.
    async fn delete(&self, object: &Object, how: Delete<'_>) -> Result<(), ApiError>;

    /// Reads the nodes of all managed node groups, the pods on them, and all PodDisruptionBudgets.
    async fn workloads(&self) -> Result<Workloads, ApiError> {
        Ok(Workloads::default())
    }

    /// Returns the installed definition of a kind. It is read once per run unless `fresh` is set. Returns `None` if it
    /// cannot be read; callers must not draw any conclusion from that.
    async fn definition(&self, _kind: Kind, _fresh: bool) -> Option<Arc<Definition>> {
        None
    }
}

impl Kind {
    /// Returns the `apiVersion` of objects of this kind, such as `karpenter.sh/v1`.
    #[must_use]
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.to_owned() } else { format!("{}/{}", self.group, self.version) }
    }

    /// Returns the path of the OpenAPI document that describes the kind.
    pub(super) fn openapi_path(&self) -> String {
        let base = if self.group.is_empty() { "api" } else { "apis" };
        format!("/openapi/v3/{base}/{}", self.api_version())
    }

    /// Returns the path of the objects of this kind.
    pub(super) fn path(&self, namespace: Option<&str>) -> String {
        let base = if self.group.is_empty() { "api" } else { "apis" };
        let space = namespace.map(|namespace| format!("/namespaces/{namespace}")).unwrap_or_default();
        format!("/{base}/{}{space}/{}", self.api_version(), self.plural)
    }
}

impl Object {
    /// Returns the address of a cluster-scoped object.
    #[must_use]
    pub fn of_cluster(kind: Kind, name: &str) -> Self {
        Self { kind, namespace: None, name: name.to_owned() }
    }

    /// Returns the address of a ConfigMap.
    #[must_use]
    pub fn config_map(namespace: &str, name: &str) -> Self {
        Self { kind: CONFIG_MAP, namespace: Some(namespace.to_owned()), name: name.to_owned() }
    }

    pub(super) fn path(&self) -> String {
        format!("{}/{}", self.kind.path(self.namespace.as_deref()), self.name)
    }
}

/// Formats the object for messages, such as `ConfigMap kube-system/aws-auth`.
impl std::fmt::Display for Object {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(formatter, "{} {namespace}/{}", self.kind.kind, self.name),
            None => write!(formatter, "{} {}", self.kind.kind, self.name),
        }
    }
}

/// Returns the resource version of an object that was read.
#[must_use]
pub fn resource_version(object: &Value) -> Option<&str> {
    object["metadata"]["resourceVersion"].as_str()
}
