//! The required AWS operations, in plain types. [`super::aws`] calls the service.

use std::collections::BTreeMap;

use async_trait::async_trait;

use clients::errors::ApiError;

/// The API calls for one Region.
#[async_trait]
pub trait NodeAmiClient: Send + Sync {
    /// Returns the value of a public parameter (`ssm:GetParameters`), read once per process, or `None` if it does not
    /// exist.
    async fn value(&self, name: &str) -> Result<Option<String>, ApiError>;
    /// Returns the values of all parameters below a path (`ssm:GetParametersByPath`, all pages), read once per process.
    async fn below(&self, path: &str) -> Result<BTreeMap<String, String>, ApiError>;
}
