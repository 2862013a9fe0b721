//! Reads the public parameters of a Region.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use clients::context::Clients;
use clients::errors::ApiError;
use clients::facts::parameters::Parameters;

use super::client::NodeAmiClient;

/// Returns a client for `region`, or for the provider Region if it is `None`.
#[must_use]
pub fn connect(clients: &Clients, region: Option<&str>) -> Arc<dyn NodeAmiClient> {
    Parameters::shared(clients, region) as _
}

#[async_trait]
impl NodeAmiClient for Parameters {
    async fn value(&self, name: &str) -> Result<Option<String>, ApiError> {
        Self::value(self, name).await
    }

    async fn below(&self, path: &str) -> Result<BTreeMap<String, String>, ApiError> {
        Self::below(self, path).await
    }
}
