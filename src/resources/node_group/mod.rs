//! `ekscompute_node_group`: an EKS managed node group. Its ID is `cluster_name:node_group_name`.
//!
//! Calls `eks:CreateNodegroup`, `DescribeNodegroup`, `UpdateNodegroupConfig`, `UpdateNodegroupVersion`,
//! `DeleteNodegroup`, `DescribeUpdate`, `TagResource`, and `UntagResource`. Depending on the configuration, it also
//! calls `eks:ListNodegroups`, `ssm:GetParameter`, `ec2:DescribeLaunchTemplateVersions`, and the tag and settings
//! operations of Auto Scaling.

mod api;
mod auto_scaling_group;
pub mod aws;
mod changes;
pub mod client;
mod create;
mod data_source;
mod delete;
#[cfg(test)]
mod destroy_tests;
mod drain_before_delete;
mod equivalence;
mod evictions;
#[cfg(test)]
mod fake;
mod generated_name;
mod group_settings;
mod group_tags;
mod health;
mod join;
#[cfg(test)]
mod journey;
mod list;
mod model;
mod moved;
mod name_conflict;
mod names;
mod overlaps;
mod parts;
mod plan;
mod release;
mod resource;
mod roll_progress;
pub mod scaling_group;
mod status;
mod subject;
#[cfg(test)]
mod tests;
mod update;
mod validation;
mod validators;
mod waiting;

pub use data_source::NodeGroupDataSource;
pub use list::NodeGroupSearch;
pub use model::{NodeGroup, NodeGroupIdentity};
pub use names::NodeGroupsDataSource;
pub use resource::{Connect, NodeGroupResource};
