//! The required AWS operations for Fargate profiles, in plain types. [`super::aws`] calls the services.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use clients::creation::CreateRequest;
use clients::errors::ApiError;
pub use clients::issues::Issue;

pub use super::status::FargateProfileStatus;

/// The API calls for one Region.
#[async_trait]
pub trait FargateProfileClient: Send + Sync {
    /// `eks:CreateFargateProfile`.
    async fn create(&self, request: &CreateFargateProfile) -> Result<FargateProfile, ApiError>;
    /// `eks:DescribeFargateProfile`.
    async fn describe(&self, cluster: &str, name: &str) -> Result<FargateProfile, ApiError>;
    /// `eks:ListFargateProfiles`, all pages.
    async fn list(&self, cluster: &str) -> Result<Vec<String>, ApiError>;
    /// The same, read once per run.
    async fn known(&self, cluster: &str) -> Result<Vec<String>, ApiError>;
    /// `eks:ListClusters`, all pages.
    async fn clusters(&self) -> Result<Vec<String>, ApiError>;
    /// `eks:DeleteFargateProfile`.
    async fn delete(&self, cluster: &str, name: &str) -> Result<(), ApiError>;
    /// `eks:TagResource`.
    async fn tag(&self, arn: &str, tags: &BTreeMap<String, String>) -> Result<(), ApiError>;
    /// `eks:UntagResource`.
    async fn untag(&self, arn: &str, keys: &[String]) -> Result<(), ApiError>;
    /// Returns an EKS quota by its code (`servicequotas:GetServiceQuota`), read once per run, or `None` if it does not
    /// exist.
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
    /// The status.
    pub status: FargateProfileStatus,
    /// The creation time, in RFC 3339 format.
    pub created_at: Option<String>,
    /// The ARN of the pod execution role.
    pub pod_execution_role: String,
    /// The subnet IDs.
    pub subnets: Vec<String>,
    /// The selectors of the pods.
    pub selectors: Vec<Selector>,
    /// The health issues.
    pub health: Vec<Issue>,
    /// AWS tags.
    pub tags: BTreeMap<String, String>,
}

/// A selector of pods.
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
    /// Client request token, shared by all attempts so that retries are idempotent.
    pub client_request_token: String,
    /// The ARN of the pod execution role.
    pub pod_execution_role: String,
    /// The subnet IDs. If empty, EKS selects the subnets.
    pub subnets: Vec<String>,
    /// The selectors of the pods.
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
