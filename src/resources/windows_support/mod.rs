//! `ekscompute_windows_support`: the key `enable-windows-ipam` of the ConfigMap `kube-system/amazon-vpc-cni`. Its ID is
//! the name of the cluster.
//!
//! Calls `eks:DescribeCluster`; for checks, `ListNodegroups`, `DescribeNodegroup`, and `ListFargateProfiles`; and the
//! Kubernetes API for this object.

pub mod aws;
pub mod client;
mod create;
#[cfg(test)]
mod destroy_tests;
#[cfg(test)]
mod fake;
#[cfg(test)]
mod journey;
mod kube;
mod list;
mod model;
#[cfg(test)]
mod ownership_tests;
mod resource;
#[cfg(test)]
mod tests;

pub use list::WindowsSupportListResource;
pub use model::{WindowsSupport, WindowsSupportIdentity};
pub use resource::{Connect, WindowsSupportResource};
