//! `ekscompute_aws_auth_map_role` and `ekscompute_aws_auth_map_user`: exactly one entry of the ConfigMap
//! `kube-system/aws-auth` each. Their ids are `cluster_name/arn`.
//!
//! Calls `eks:DescribeCluster` and `ListAccessEntries`; to delete, also `ListNodegroups`, `DescribeNodegroup`,
//! `ListFargateProfiles` and `DescribeFargateProfile`. In the cluster it needs `get` and `update` on the ConfigMap, and
//! `create` on ConfigMaps of `kube-system` when there is none yet.

pub mod client;
mod create;
#[cfg(test)]
mod destroy_tests;
mod editor;
#[cfg(test)]
mod fake;
mod guard;
#[cfg(test)]
mod journey;
mod list;
mod map;
mod mapped;
#[cfg(test)]
mod ownership_tests;
mod plan;
mod presets;
mod resource;
mod role;
#[cfg(test)]
mod tests;
mod user;
mod validators;
mod words;

pub use client::Access;
pub use list::AwsAuthListResource;
pub use mapped::Mapped;
pub use resource::AwsAuthResource;
pub use role::{AwsAuthMapRole, AwsAuthMapRoleIdentity};
pub use user::{AwsAuthMapUser, AwsAuthMapUserIdentity};
