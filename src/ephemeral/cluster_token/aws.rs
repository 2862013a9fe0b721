//! Generates tokens with the AWS credentials of the provider.

use std::sync::Arc;

use async_trait::async_trait;

use super::client::{Access, TokenClient};
use clients::aws::Aws;
use clients::context::Clients;
use clients::errors::ApiError;

struct AwsTokens {
    aws: Aws,
    region: String,
}

/// Returns a client for `region`, or for the configured Region if it is `None`.
#[must_use]
pub fn connect(clients: &Clients, region: Option<&str>) -> Arc<dyn TokenClient> {
    let aws = clients.aws().clone();
    let region = region.unwrap_or(aws.region()).to_owned();
    Arc::new(AwsTokens { aws, region })
}

#[async_trait]
impl TokenClient for AwsTokens {
    async fn access(&self, cluster: &str) -> Result<Access, ApiError> {
        let address = self.aws.cluster_address(&self.region, cluster).await?;
        let token = self.aws.cluster_token(&self.region, &address.token_id).await?;
        Ok(Access {
            endpoint: address.endpoint,
            certificate_authority: address.certificate_authority,
            token: token.token,
            expiration: token.expiration,
        })
    }
}
