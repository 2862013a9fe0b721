//! `ekscompute_aws_auth_map_role` and `ekscompute_aws_auth_map_user`: one entry of the ConfigMap `kube-system/aws-auth`
//! each. Their ID is `cluster_name/arn`.
//!
//! Calls `eks:DescribeCluster` and `ListAccessEntries`; to delete, also `ListNodegroups`, `DescribeNodegroup`,
//! `ListFargateProfiles`, and `DescribeFargateProfile`. Requires `get` and `update` on the ConfigMap in the cluster,
//! and `create` on ConfigMaps of `kube-system` if it does not exist.

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
mod messages;
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

pub use client::Access;
pub use list::AwsAuthListResource;
pub use mapped::Mapped;
pub use resource::AwsAuthResource;
pub use role::{AwsAuthMapRole, AwsAuthMapRoleIdentity};
pub use user::{AwsAuthMapUser, AwsAuthMapUserIdentity};
