//! `ekscompute_gpu_node_pool`: a `NodePool` of Karpenter or of EKS Auto Mode for nodes with GPUs. Its id is
//! `cluster_name/provisioner/name`.
//!
//! In the cluster it needs `get`, `create`, `patch`, `delete` and `list` on `nodepools.karpenter.sh`, and `list` on
//! `nodeclaims.karpenter.sh`. To say what holds nodes back it lists pods and PodDisruptionBudgets, if it may.

mod claims;
mod convert;
pub mod kube;
mod list;
mod model;
mod moved;
mod plan;
mod resource;
mod state;
#[cfg(test)]
mod tests;
mod validation;
mod work;

pub use list::GpuNodePoolListResource;
pub use model::{GpuNodePool, GpuNodePoolIdentity};
pub use resource::{Connect, GpuNodePoolResource};
