//! `ekscompute_node_class` and `ekscompute_gpu_node_class`: a Karpenter `EC2NodeClass` or a `NodeClass` of EKS Auto Mode. The
//! ID is `cluster_name/controller/name`.
//!
//! Calls `eks:DescribeCluster`, for lists `eks:ListClusters`, and the Kubernetes API: `get`, `list`, `patch`, `create`, and
//! `delete` of the kind, and `list` of `nodeclaims` to report what blocks a deletion. Server-side apply requires `patch`, and
//! `create` for a new object.

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

pub use list::NodeClassListResource;
pub use model::{NodeClass, NodeClassIdentity};
pub use resource::{Connect, NodeClassResource};
