//! What a Fargate profile needs of AWS, in plain types. [`super::aws`] asks the real services.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use clients::creation::CreateRequest;
use clients::errors::ApiError;
pub use clients::issues::Issue;

pub use super::status::FargateProfileStatus;

/// The calls, for one region.
#[async_trait]
pub trait FargateProfileClient: Send + Sync {
    /// `eks:CreateFargateProfile`.
    async fn create(&self, request: &CreateFargateProfile) -> Result<FargateProfile, ApiError>;
    /// `eks:DescribeFargateProfile`.
    async fn describe(&self, cluster: &str, name: &str) -> Result<FargateProfile, ApiError>;
    /// `eks:ListFargateProfiles`, all pages.
    async fn list(&self, cluster: &str) -> Result<Vec<String>, ApiError>;
    /// The same, read once a run.
    async fn known(&self, cluster: &str) -> Result<Vec<String>, ApiError>;
    /// `eks:ListClusters`, all pages.
    async fn clusters(&self) -> Result<Vec<String>, ApiError>;
    /// `eks:DeleteFargateProfile`.
    async fn delete(&self, cluster: &str, name: &str) -> Result<(), ApiError>;
    /// `eks:TagResource`.
    async fn tag(&self, arn: &str, tags: &BTreeMap<String, String>) -> Result<(), ApiError>;
    /// `eks:UntagResource`.
    async fn untag(&self, arn: &str, keys: &[String]) -> Result<(), ApiError>;
    /// A quota of EKS by its code (`servicequotas:GetServiceQuota`), read once a run; none where AWS knows no such quota.
    async fn quota(&self, code: &str) -> Result<Option<usize>, ApiError>;
}

/// A Fargate profile as the API describes it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FargateProfile {
    /// The cluster.
    pub cluster_name: String,
    /// The name.
    pub name: String,
    /// The ARN.
    pub arn: String,
    /// How far the profile is.
    pub status: FargateProfileStatus,
    /// RFC 3339.
    pub created_at: Option<String>,
    /// The role's ARN.
    pub pod_execution_role: String,
    /// Subnet ids.
    pub subnets: Vec<String>,
    /// Which pods run on Fargate.
    pub selectors: Vec<Selector>,
    /// What is wrong with the profile.
    pub health: Vec<Issue>,
    /// AWS tags.
    pub tags: BTreeMap<String, String>,
}

/// Which pods run on Fargate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Selector {
    /// The namespace, with wildcards.
    pub namespace: String,
    /// Labels, with wildcards.
    pub labels: BTreeMap<String, String>,
}

/// A Fargate profile to create.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CreateFargateProfile {
    /// The cluster.
    pub cluster_name: String,
    /// The name.
    pub name: String,
    /// One for all attempts of one creation, so that a repeated request is not a second one.
    pub client_request_token: String,
    /// The role's ARN.
    pub pod_execution_role: String,
    /// Subnet ids; none lets EKS choose.
    pub subnets: Vec<String>,
    /// Which pods run on Fargate.
    pub selectors: Vec<Selector>,
    /// AWS tags.
    pub tags: BTreeMap<String, String>,
}

impl CreateRequest for CreateFargateProfile {
    fn token_mut(&mut self) -> &mut String {
        &mut self.client_request_token
    }

    fn token(&self) -> &str {
        &self.client_request_token
    }
}
