//! The required operations for access entries, in plain types. [`super::aws`] calls AWS and the cluster.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use clients::access::AccessFacts;
use clients::creation::CreateRequest;
use clients::errors::ApiError;

/// The API calls for one Region.
#[async_trait]
pub trait AccessEntryClient: Send + Sync {
    /// `eks:CreateAccessEntry`.
    async fn create(&self, request: &CreateAccessEntry) -> Result<AccessEntry, ApiError>;
    /// `eks:DescribeAccessEntry`.
    async fn describe(&self, cluster: &str, principal: &str) -> Result<AccessEntry, ApiError>;
    /// `eks:UpdateAccessEntry`: all groups, and the username if it is set.
    async fn update(
        &self,
        cluster: &str,
        principal: &str,
        groups: &BTreeSet<String>,
        username: Option<&str>,
    ) -> Result<(), ApiError>;
    /// `eks:DeleteAccessEntry`.
    async fn delete(&self, cluster: &str, principal: &str) -> Result<(), ApiError>;
    /// `eks:ListAccessEntries`, all pages; returns the principals.
    async fn list(&self, cluster: &str) -> Result<Vec<String>, ApiError>;
    /// `eks:ListClusters`, all pages.
    async fn clusters(&self) -> Result<Vec<String>, ApiError>;
    /// `eks:ListAssociatedAccessPolicies`, all pages.
    async fn associations(&self, cluster: &str, principal: &str) -> Result<Associations, ApiError>;
    /// `eks:AssociateAccessPolicy`; changes the scope if the policy is already associated.
    async fn associate(&self, cluster: &str, principal: &str, policy: &str, scope: &Scope) -> Result<(), ApiError>;
    /// `eks:DisassociateAccessPolicy`.
    async fn disassociate(&self, cluster: &str, principal: &str, policy: &str) -> Result<(), ApiError>;
    /// `eks:TagResource`.
    async fn tag(&self, arn: &str, tags: &BTreeMap<String, String>) -> Result<(), ApiError>;
    /// `eks:UntagResource`.
    async fn untag(&self, arn: &str, keys: &[String]) -> Result<(), ApiError>;
    /// Returns the ARNs of all access policies (`eks:ListAccessPolicies`), read once per run.
    async fn policies(&self) -> Result<Vec<String>, ApiError>;
    /// Returns the current lists of `aws-auth`. Empty if it does not exist.
    async fn aws_auth(&self, cluster: &str) -> Result<AwsAuth, ApiError>;
}

/// Access to a Region.
#[derive(Clone)]
pub struct Access {
    /// The access entries.
    pub client: Arc<dyn AccessEntryClient>,
    /// The required data of the cluster.
    pub facts: Arc<dyn AccessFacts>,
}

/// Scopes by the ARN of the access policy.
pub type Associations = BTreeMap<String, Scope>;

/// The scope of an access policy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope {
    /// `cluster` or `namespace`.
    pub kind: String,
    /// The namespaces, only with `namespace`.
    pub namespaces: BTreeSet<String>,
}

/// An access entry as the API describes it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccessEntry {
    /// The cluster.
    pub cluster_name: String,
    /// The ARN of the principal.
    pub principal_arn: String,
    /// The ARN.
    pub arn: String,
    /// The type, such as `STANDARD` or `EC2_LINUX`.
    pub kind: String,
    /// Kubernetes groups.
    pub groups: BTreeSet<String>,
    /// The Kubernetes username.
    pub username: String,
    /// The creation time, in RFC 3339 format.
    pub created_at: Option<String>,
    /// The time of the last change, in RFC 3339 format.
    pub modified_at: Option<String>,
    /// AWS tags.
    pub tags: BTreeMap<String, String>,
}

/// An access entry to create.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CreateAccessEntry {
    /// The cluster.
    pub cluster_name: String,
    /// The ARN of the principal.
    pub principal_arn: String,
    /// Client request token, shared by all attempts so that retries are idempotent.
    pub client_request_token: String,
    /// The type.
    pub kind: String,
    /// Kubernetes groups.
    pub groups: BTreeSet<String>,
    /// The Kubernetes username. If `None`, EKS generates it.
    pub username: Option<String>,
    /// AWS tags.
    pub tags: BTreeMap<String, String>,
}

/// The lists of the ConfigMap `aws-auth`, in YAML.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AwsAuth {
    /// `mapRoles`.
    pub roles: String,
    /// `mapUsers`.
    pub users: String,
}

impl CreateRequest for CreateAccessEntry {
    fn token_mut(&mut self) -> &mut String {
        &mut self.client_request_token
    }

    fn token(&self) -> &str {
        &self.client_request_token
    }
}
