//! `ekscompute_gpu_node_pool`: a `NodePool` of Karpenter or of EKS Auto Mode for nodes with GPUs. Its id is
//! `cluster_name/controller/name`.
//!
//! In the cluster it needs `get`, `create`, `patch`, `delete` and `list` on `nodepools.karpenter.sh`, and `list` on
//! `nodeclaims.karpenter.sh`. To say what holds nodes back it lists pods and PodDisruptionBudgets, and to check a pool while
//! planning it reads its node class and lists DaemonSets, if it may.

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

pub use list::GpuNodePoolListResource;
pub use model::{GpuNodePool, GpuNodePoolIdentity};
pub use resource::{Connect, GpuNodePoolResource};
