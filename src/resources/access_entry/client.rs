//! What an access entry needs of AWS and of the cluster, in plain types. [`super::aws`] asks the real ones.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use clients::access::AccessFacts;
use clients::creation::CreateRequest;
use clients::errors::ApiError;

/// The calls, for one region.
#[async_trait]
pub trait AccessEntryClient: Send + Sync {
    /// `eks:CreateAccessEntry`.
    async fn create(&self, request: &CreateAccessEntry) -> Result<AccessEntry, ApiError>;
    /// `eks:DescribeAccessEntry`.
    async fn describe(&self, cluster: &str, principal: &str) -> Result<AccessEntry, ApiError>;
    /// `eks:UpdateAccessEntry`: all groups, and the user name if one is given.
    async fn update(
        &self,
        cluster: &str,
        principal: &str,
        groups: &BTreeSet<String>,
        username: Option<&str>,
    ) -> Result<(), ApiError>;
    /// `eks:DeleteAccessEntry`.
    async fn delete(&self, cluster: &str, principal: &str) -> Result<(), ApiError>;
    /// `eks:ListAccessEntries`, all pages: principals.
    async fn list(&self, cluster: &str) -> Result<Vec<String>, ApiError>;
    /// `eks:ListClusters`, all pages.
    async fn clusters(&self) -> Result<Vec<String>, ApiError>;
    /// `eks:ListAssociatedAccessPolicies`, all pages.
    async fn associations(&self, cluster: &str, principal: &str) -> Result<Associations, ApiError>;
    /// `eks:AssociateAccessPolicy`; an association of the policy that is there gets the scope.
    async fn associate(&self, cluster: &str, principal: &str, policy: &str, scope: &Scope) -> Result<(), ApiError>;
    /// `eks:DisassociateAccessPolicy`.
    async fn disassociate(&self, cluster: &str, principal: &str, policy: &str) -> Result<(), ApiError>;
    /// `eks:TagResource`.
    async fn tag(&self, arn: &str, tags: &BTreeMap<String, String>) -> Result<(), ApiError>;
    /// `eks:UntagResource`.
    async fn untag(&self, arn: &str, keys: &[String]) -> Result<(), ApiError>;
    /// The ARNs of all access policies (`eks:ListAccessPolicies`), read once a run.
    async fn policies(&self) -> Result<Vec<String>, ApiError>;
    /// The texts of `aws-auth` as they are now; empty ones where there is none.
    async fn aws_auth(&self, cluster: &str) -> Result<AwsAuth, ApiError>;
}

/// The way to a region.
#[derive(Clone)]
pub struct Access {
    /// What is managed.
    pub client: Arc<dyn AccessEntryClient>,
    /// What has to be known of the cluster.
    pub facts: Arc<dyn AccessFacts>,
}

/// Scopes by the ARN of the access policy.
pub type Associations = BTreeMap<String, Scope>;

/// Where an access policy counts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope {
    /// `cluster` or `namespace`.
    pub kind: String,
    /// With `namespace` only.
    pub namespaces: BTreeSet<String>,
}

/// An access entry as the API describes it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccessEntry {
    /// The cluster.
    pub cluster_name: String,
    /// Whom it lets in.
    pub principal_arn: String,
    /// The ARN.
    pub arn: String,
    /// `STANDARD`, `EC2_LINUX`, or a newer one.
    pub kind: String,
    /// Kubernetes groups.
    pub groups: BTreeSet<String>,
    /// The Kubernetes user name.
    pub username: String,
    /// RFC 3339.
    pub created_at: Option<String>,
    /// RFC 3339.
    pub modified_at: Option<String>,
    /// AWS tags.
    pub tags: BTreeMap<String, String>,
}

/// An access entry to create.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CreateAccessEntry {
    /// The cluster.
    pub cluster_name: String,
    /// Whom it lets in.
    pub principal_arn: String,
    /// One for all attempts of one creation, so that a repeated request is not a second one.
    pub client_request_token: String,
    /// The type.
    pub kind: String,
    /// Kubernetes groups.
    pub groups: BTreeSet<String>,
    /// None lets EKS choose.
    pub username: Option<String>,
    /// AWS tags.
    pub tags: BTreeMap<String, String>,
}

/// The texts of the ConfigMap `aws-auth`.
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
