//! Nodes and the pods on them, as a drain reads and changes them.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use http::Method;
use serde_json::{Value, json};

use super::access::{Cluster, JSON, Kubernetes, call};
use super::objects::{NODE, Object, POD};
use super::workloads::{self, NODE_GROUP, ROLL_MARK};
use super::{KubernetesApi, Patch};
use crate::errors::ApiError;
use preflight::facts::{DisruptionBudget, Node, Pod};

pub use super::workloads::DRAIN_MARK;

/// A change of whether pods can be scheduled on a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cordon {
    /// Cordons the node and marks it as cordoned by a drain of this provider.
    Begin,
    /// Removes the mark. The node remains cordoned.
    Keep,
    /// Removes the mark and uncordons the node.
    Undo,
}

/// How a pod is removed from its node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// Eviction, which PodDisruptionBudgets can reject.
    Eviction,
    /// Deletion, regardless of PodDisruptionBudgets.
    Deletion,
}

/// Returns the label selector of the nodes of a managed node group.
#[must_use]
pub fn of_node_group(name: &str) -> String {
    format!("{NODE_GROUP}={name}")
}

/// The nodes of a cluster.
#[async_trait]
pub trait NodesApi: Debug + Send + Sync {
    /// Reads the nodes that a label selector selects, in the syntax of `kubectl --selector`.
    async fn nodes(&self, selector: &str) -> Result<Vec<Node>, ApiError>;

    /// Reads the pods on a node.
    async fn pods_on(&self, node: &str) -> Result<Vec<Pod>, ApiError>;

    /// Reads the PodDisruptionBudgets of all namespaces.
    async fn budgets(&self) -> Result<Vec<DisruptionBudget>, ApiError>;

    /// Cordons or uncordons a node.
    async fn cordon(&self, node: &str, change: Cordon) -> Result<(), ApiError>;

    /// Marks a node as one that a rolling replacement has not replaced yet.
    async fn set_roll_mark(&self, node: &str, mark: &str) -> Result<(), ApiError>;

    /// Removes exactly this pod: returns `Conflict` if another pod has its name now. If PodDisruptionBudgets do not allow
    /// an eviction, the code is [`super::DISRUPTION_BUDGET`]. `grace_period_seconds` replaces the termination grace
    /// period of the pod.
    async fn remove(&self, pod: &Pod, how: Removal, grace_period_seconds: Option<i64>) -> Result<(), ApiError>;
}

impl Kubernetes {
    /// Returns the nodes of a cluster of the Region, or of the provider Region if it is `None`.
    #[must_use]
    pub fn nodes(&self, region: Option<&str>, cluster: &str) -> Arc<dyn NodesApi> {
        Arc::new(self.named(region, cluster))
    }
}

#[async_trait]
impl NodesApi for Cluster {
    async fn nodes(&self, selector: &str) -> Result<Vec<Node>, ApiError> {
        workloads::nodes(self, selector).await
    }

    async fn pods_on(&self, node: &str) -> Result<Vec<Pod>, ApiError> {
        workloads::pods_on(self, node).await
    }

    async fn budgets(&self) -> Result<Vec<DisruptionBudget>, ApiError> {
        workloads::budgets(self).await
    }

    async fn cordon(&self, node: &str, change: Cordon) -> Result<(), ApiError> {
        let content = match change {
            Cordon::Begin => {
                json!({"metadata": {"annotations": {DRAIN_MARK: "in-progress"}}, "spec": {"unschedulable": true}})
            }
            Cordon::Keep => json!({"metadata": {"annotations": {DRAIN_MARK: null}}}),
            Cordon::Undo => json!({"metadata": {"annotations": {DRAIN_MARK: null}}, "spec": {"unschedulable": null}}),
        };
        self.patch(&Object::of_cluster(NODE, node), &Patch::Merge(content)).await.map(|_| ())
    }

    async fn set_roll_mark(&self, node: &str, mark: &str) -> Result<(), ApiError> {
        let content = json!({"metadata": {"annotations": {ROLL_MARK: mark}}});
        self.patch(&Object::of_cluster(NODE, node), &Patch::Merge(content)).await.map(|_| ())
    }

    async fn remove(&self, pod: &Pod, how: Removal, grace_period_seconds: Option<i64>) -> Result<(), ApiError> {
        let object = Object { kind: POD, namespace: Some(pod.namespace.clone()), name: pod.name.clone() };
        let mut options = json!({"preconditions": {"uid": pod.uid}});
        if let Some(seconds) = grace_period_seconds {
            options["gracePeriodSeconds"] = json!(seconds);
        }
        let (operation, method, path, body) = match how {
            Removal::Eviction => {
                let name = json!({"name": pod.name, "namespace": pod.namespace});
                let eviction = json!({
                    "apiVersion": "policy/v1", "kind": "Eviction", "metadata": name, "deleteOptions": options,
                });
                ("POST", Method::POST, format!("{}/eviction", object.path()), eviction)
            }
            Removal::Deletion => {
                options["apiVersion"] = json!("v1");
                options["kind"] = json!("DeleteOptions");
                ("DELETE", Method::DELETE, object.path(), options)
            }
        };
        self.call::<Value>(call(operation, method, path, JSON, Some(body))).await.map(|_| ())
    }
}
