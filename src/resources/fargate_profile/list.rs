//! The list resource `ekscompute_fargate_profile`: finds Fargate profiles for `terraform query`.

use std::sync::Arc;

use async_trait::async_trait;

use clients::context::Clients;
use clients::errors::ApiError;
use clients::names::cluster_name;
use clients::search::{Found, InClusters, SearchScope};
use framework::model::{Attr, Model};
use framework::tags::TagPolicy;

use super::api;
use super::client::FargateProfileClient;
use super::model::{FargateProfile, FargateProfileIdentity};
use super::resource::{Connect, FargateProfileResource};

/// Lists EKS Fargate profiles.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct FargateProfileList {
    /// Name of the EKS cluster. If unset, the Fargate profiles of all clusters in the Region are listed.
    #[attribute(optional, validate = [cluster_name()])]
    pub cluster_name: Attr<String>,
    /// AWS Region to search. Defaults to the Region set in the provider configuration.
    #[attribute(optional, validate = [clients::names::region()])]
    pub region: Attr<String>,
}

/// The arguments of `terraform query`.
pub struct FargateProfileSearch(pub Connect);

#[async_trait]
impl InClusters for FargateProfileSearch {
    type Resource = FargateProfileResource;
    type Config = FargateProfileList;
    type Client = dyn FargateProfileClient;
    const ONE: &'static str = "Fargate profile";
    const MANY: &'static str = "Fargate profiles";

    fn connect(&self, clients: &Clients, region: Option<&str>) -> Arc<dyn FargateProfileClient> {
        (self.0)(clients, region)
    }

    fn place(config: &FargateProfileList) -> SearchScope<'_> {
        SearchScope { cluster: config.cluster_name.text(), region: config.region.text() }
    }

    async fn clusters(client: &dyn FargateProfileClient) -> Result<Vec<String>, ApiError> {
        client.clusters().await
    }

    async fn names(client: &dyn FargateProfileClient, cluster: &str) -> Result<Vec<String>, ApiError> {
        client.list(cluster).await
    }

    async fn read(
        client: &dyn FargateProfileClient,
        cluster: &str,
        name: &str,
        policy: &TagPolicy,
    ) -> Result<FargateProfile, ApiError> {
        Ok(api::from_live(&FargateProfile::default(), &client.describe(cluster, name).await?, policy))
    }

    fn identity(found: Found) -> FargateProfileIdentity {
        let Found { cluster, name, account_id, region } = found;
        FargateProfileIdentity { cluster_name: cluster, fargate_profile_name: name, account_id, region }
    }
}
