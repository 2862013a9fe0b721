//! `ekscompute_gpu_node_class`: a Karpenter `EC2NodeClass` or a `NodeClass` of EKS Auto Mode. Its id is
//! `cluster_name/controller/name`.
//!
//! Calls `eks:DescribeCluster`, for lists `eks:ListClusters`, and the Kubernetes API: `get`, `list`, `patch`, `create` and
//! `delete` of the kind, `list` of `nodeclaims` to say what holds a deletion back. Server-side apply needs `patch`, and
//! `create` where the object is new.

mod api;
pub mod aws;
pub mod client;
#[cfg(test)]
mod destroy_tests;
#[cfg(test)]
mod fake;
#[cfg(test)]
mod golden_tests;
#[cfg(test)]
mod journey;
mod list;
mod model;
mod moved;
mod parts;
mod plan;
mod resource;
mod rules;
mod status;
mod subject;
#[cfg(test)]
mod tests;
mod values;

pub use list::GpuNodeClassListResource;
pub use model::{GpuNodeClass, GpuNodeClassIdentity};
pub use resource::{Connect, GpuNodeClassResource};
