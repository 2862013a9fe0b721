//! `ekscompute_access_entry`: an access entry of a cluster with its access policies. Its ID is
//! `cluster_name:principal_arn`.
//!
//! Calls `eks:CreateAccessEntry`, `DescribeAccessEntry`, `UpdateAccessEntry`, `DeleteAccessEntry`,
//! `AssociateAccessPolicy`, `DisassociateAccessPolicy`, `ListAssociatedAccessPolicies`, `TagResource`, and
//! `UntagResource`; to plan, `DescribeCluster`, `ListAccessEntries`, and `ListAccessPolicies`; to delete, also
//! `ListNodegroups`, `DescribeNodegroup`, `ListFargateProfiles`, `DescribeFargateProfile`, and `sts:GetCallerIdentity`.

mod api;
pub mod aws;
pub mod client;
mod create;
mod delete;
#[cfg(test)]
mod destroy_tests;
#[cfg(test)]
mod fake;
mod guard;
#[cfg(test)]
mod journey;
mod list;
mod messages;
mod model;
mod moved;
mod plan;
mod policies;
mod resource;
#[cfg(test)]
mod tests;
mod update;
mod validation;
mod validators;

pub use list::AccessEntrySearch;
pub use model::{AccessEntry, AccessEntryIdentity};
pub use resource::{AccessEntryResource, Connect};
