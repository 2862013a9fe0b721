//! `ekscompute_node_pool` and `ekscompute_gpu_node_pool`: a `NodePool` of Karpenter or EKS Auto Mode. The ID is
//! `cluster_name/controller/name`.
//!
//! Requires `get`, `create`, `patch`, `delete`, and `list` on `nodepools.karpenter.sh`, and `list` on
//! `nodeclaims.karpenter.sh` in the cluster. To report what blocks a deletion, it lists pods and PodDisruptionBudgets. To
//! check a node pool at plan time, it reads its node class and lists DaemonSets, if the caller has these permissions.

mod claims;
mod convert;
#[cfg(test)]
mod destroy_tests;
mod efa;
#[cfg(test)]
mod journey;
pub mod kube;
mod list;
mod model;
mod moved;
mod plan;
mod resource;
mod state;
mod subject;
#[cfg(test)]
mod tests;
mod validation;
mod validators;
mod work;

pub use list::NodePoolListResource;
pub use model::{NodePool, NodePoolIdentity};
pub use resource::{Connect, NodePoolResource};
