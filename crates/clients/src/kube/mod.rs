//! Kubernetes clients. Only this directory and the `kube.rs` file of each resource type use the SDK.
//!
//! A resource type gets a cluster by name from [`Kubernetes::cluster`] and sends requests through [`KubernetesApi`], in
//! JSON. The address and the token are determined on first use, so the cluster can be created in the same run.

mod access;
mod connect;
pub mod definitions;
#[cfg(any(test, feature = "testing"))]
pub mod destroy_worlds;
mod errors;
#[cfg(any(test, feature = "testing"))]
pub mod fake;
#[cfg(any(test, feature = "testing"))]
pub mod fake_nodes;
pub mod fields;
pub mod free_form;
pub mod managed;
pub mod metadata;
pub mod moves;
mod node_class;
pub mod nodes;
mod objects;
mod request;
pub mod settings;
#[cfg(any(test, feature = "testing"))]
pub mod stage;
mod workloads;

pub use access::Kubernetes;
pub use errors::{DISRUPTION_BUDGET, FIELD_MANAGER_CONFLICT, NAMESPACE_TERMINATING, NO_SUCH_KIND};
pub use node_class::NodeClassRef;
pub use objects::{
    Apply, CONFIG_MAP, Delete, EC2_NODE_CLASS, Kind, KubernetesApi, NODE_CLAIM, NODE_CLASS, NODE_POOL, Object, Patch,
    resource_version,
};

/// The field manager of this provider.
pub const FIELD_MANAGER: &str = "terraform-provider-ekscompute";

/// The annotation with the token of a creation, until the creation is confirmed. Annotations of ConfigMaps that several
/// creations write contain several tokens, separated by spaces.
pub const CREATION_TOKEN: &str = "terraform-provider-ekscompute/creation-token";

#[cfg(test)]
mod tests;
