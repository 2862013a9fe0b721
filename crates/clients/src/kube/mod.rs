//! The way to Kubernetes. Nothing outside this folder and a noun's `kube.rs` names the SDK.
//!
//! A noun asks [`Kubernetes::cluster`] for a cluster by its name and speaks to it through [`KubernetesApi`], in JSON.
//! Address and token are found at the moment of use, so the cluster may be made in the same run.

mod access;
mod connect;
pub mod definitions;
#[cfg(any(test, feature = "testing"))]
pub mod destroy_worlds;
mod errors;
#[cfg(any(test, feature = "testing"))]
pub mod fake;
pub mod fields;
pub mod free_form;
pub mod managed;
pub mod metadata;
pub mod moves;
mod node_class;
mod objects;
mod request;
pub mod settings;
#[cfg(any(test, feature = "testing"))]
pub mod stage;

pub use access::Kubernetes;
pub use errors::{FIELD_MANAGER_CONFLICT, NO_SUCH_KIND};
pub use node_class::NodeClassRef;
pub use objects::{
    Apply, CONFIG_MAP, Delete, EC2_NODE_CLASS, Kind, KubernetesApi, NODE_CLAIM, NODE_CLASS, NODE_POOL, Object, Patch,
    resource_version,
};

/// Who owns the fields that this provider writes.
pub const FIELD_MANAGER: &str = "terraform-provider-ekscompute";

/// The annotation with the token of a creation, until the object is known to be created. Annotations of ConfigMaps that
/// several creations write hold several, separated by spaces.
pub const CREATION_TOKEN: &str = "terraform-provider-ekscompute/creation-token";

#[cfg(test)]
mod tests;
