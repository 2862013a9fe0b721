//! What the token needs of AWS, in plain types.

use std::time::SystemTime;

use async_trait::async_trait;

use clients::errors::ApiError;
use framework::secrets::Secret;

/// A way into a cluster for some minutes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The API server's URL.
    pub endpoint: String,
    /// Certificates to trust, in PEM.
    pub certificate_authority: String,
    /// The bearer token.
    pub token: Secret,
    /// From when on the token may be refused.
    pub expiration: SystemTime,
}

/// Makes tokens for the clusters of one region.
#[async_trait]
pub trait TokenClient: Send + Sync {
    /// A fresh token for the cluster.
    async fn access(&self, cluster: &str) -> Result<Access, ApiError>;
}
