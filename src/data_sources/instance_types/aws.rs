//! Reads the instance types from EC2.

use std::sync::Arc;

use async_trait::async_trait;

use clients::context::Clients;
use clients::errors::ApiError;
use clients::facts::accelerated::AcceleratedTypes;
use render::karpenter::instance_type::Offer;

use super::client::InstanceTypesClient;

/// Returns a client for `region`, or for the provider Region if it is `None`.
#[must_use]
pub fn connect(clients: &Clients, region: Option<&str>) -> Arc<dyn InstanceTypesClient> {
    AcceleratedTypes::shared(clients, region) as _
}

#[async_trait]
impl InstanceTypesClient for AcceleratedTypes {
    async fn offers(&self) -> Result<Arc<Vec<Offer>>, ApiError> {
        Self::offers(self).await
    }
}
