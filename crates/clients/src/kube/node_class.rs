//! The node class that a node pool refers to.

use serde_json::Value as Json;

use super::{EC2_NODE_CLASS, KubernetesApi, NODE_CLASS, Object};
use crate::errors::{ApiError, KUBERNETES};
use crate::run_ledger::{ObjectKey, RunLedger};
use render::karpenter::controller::Controller;

/// A reference to a node class.
#[derive(Debug, Clone)]
pub struct NodeClassRef {
    /// The object in the cluster.
    pub object: Object,
    key: ObjectKey,
}

impl NodeClassRef {
    /// Returns the node class of a name, of the kind that the controller uses.
    #[must_use]
    pub fn new(controller: Controller, region: &str, cluster: &str, name: &str) -> Self {
        let kind = match controller {
            Controller::Karpenter => EC2_NODE_CLASS,
            Controller::AutoMode => NODE_CLASS,
        };
        Self { object: Object::of_cluster(kind, name), key: ObjectKey::new(kind.kind, region, cluster, name) }
    }

    /// Returns whether a resource of this run keeps or creates it, as far as the run has planned.
    #[must_use]
    pub fn is_planned(&self, ledger: &RunLedger) -> bool {
        ledger.is_planned(&self.key)
    }

    /// Returns the live object, or `None` if the cluster does not have it.
    ///
    /// # Errors
    /// Returns an error if the cluster does not exist, does not have the kind, or does not respond.
    pub async fn get(&self, cluster: &dyn KubernetesApi) -> Result<Option<Json>, ApiError> {
        match cluster.get(&self.object).await {
            Ok(live) => Ok(Some(live)),
            // EKS responds in the same way if the cluster does not exist, which does not prove that the node class is
            // missing.
            Err(error) if error.is_not_found() && error.service == KUBERNETES => Ok(None),
            Err(error) => Err(error),
        }
    }
}
