//! `ekscompute_fargate_profile`: an EKS Fargate profile. Its ID is `cluster_name:fargate_profile_name`.
//!
//! EKS creates and deletes only one profile per cluster at a time. Operations of this process are queued, and
//! operations of other processes are waited for.
//!
//! Calls `eks:CreateFargateProfile`, `DescribeFargateProfile`, `DeleteFargateProfile`, `ListFargateProfiles`,
//! `TagResource`, and `UntagResource`; for numbers above a default quota, `servicequotas:GetServiceQuota`.

mod api;
pub mod aws;
pub mod client;
mod create;
mod data_source;
mod delete;
#[cfg(test)]
mod destroy_tests;
#[cfg(test)]
mod fake;
mod health;
#[cfg(test)]
mod journey;
mod list;
mod model;
mod moved;
mod plan;
mod quota;
mod resource;
mod status;
mod subject;
#[cfg(test)]
mod tests;
mod update;
mod validation;
mod validators;
mod waiting;

pub use data_source::FargateProfileDataSource;
pub use list::FargateProfileSearch;
pub use model::{FargateProfile, FargateProfileIdentity};
pub use resource::{Connect, FargateProfileResource};
