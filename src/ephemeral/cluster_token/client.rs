//! The required AWS operations for tokens, in plain types.

use std::time::SystemTime;

use async_trait::async_trait;

use clients::errors::ApiError;
use framework::secrets::Secret;

/// Temporary access to a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The URL of the API server.
    pub endpoint: String,
    /// The CA certificates, in PEM format.
    pub certificate_authority: String,
    /// The bearer token.
    pub token: Secret,
    /// The time when the token expires.
    pub expiration: SystemTime,
}

/// Generates tokens for the clusters of one Region.
#[async_trait]
pub trait TokenClient: Send + Sync {
    /// Returns a new token for the cluster.
    async fn access(&self, cluster: &str) -> Result<Access, ApiError>;
}
