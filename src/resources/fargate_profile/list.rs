//! The list resource `ekscompute_fargate_profile`: finds Fargate profiles for `terraform query`.

use async_trait::async_trait;

use crate::clients::context::Clients;
use crate::clients::errors::ApiError;
use crate::clients::names::cluster_name;
use crate::clients::search::{OfClusters, search};
use crate::framework::context::{Configured, Context};
use crate::framework::diagnostics::Diagnostics;
use crate::framework::list::{ListResource, ListSink, Listed};
use crate::framework::model::{Attr, Model};
use crate::framework::tags::TagPolicy;

use super::api;
use super::client::FargateProfileClient;
use super::model::{FargateProfile, FargateProfileIdentity};
use super::resource::{Connect, FargateProfileResource};

/// Finds EKS Fargate profiles.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct FargateProfileList {
    /// Name of the EKS cluster; without it, the Fargate profiles of all clusters of the region are found.
    #[attribute(optional, validate = [cluster_name()])]
    pub cluster_name: Attr<String>,
    /// Region to look in; without it, the region of the provider.
    #[attribute(optional)]
    pub region: Attr<String>,
}

/// The list resource `ekscompute_fargate_profile`.
pub struct FargateProfileListResource {
    connect: Connect,
}

impl FargateProfileListResource {
    /// The list resource over the clients that `connect` makes.
    #[must_use]
    pub fn new(connect: Connect) -> Self {
        Self { connect }
    }
}

#[async_trait]
impl ListResource for FargateProfileListResource {
    type Resource = FargateProfileResource;
    type Config = FargateProfileList;

    async fn list(
        &self,
        context: &Context<Clients>,
        config: FargateProfileList,
        sink: &mut ListSink<FargateProfileResource>,
    ) -> Result<(), Diagnostics> {
        let clients = context.clients()?;
        let aws = clients.aws();
        let account_id = aws
            .account_id()
            .await
            .map_err(|error| error.into_diagnostic("Cannot tell which AWS account the Fargate profiles are in", ""))?;
        let client = (self.connect)(clients, config.region.text());
        let profiles = Search {
            client: client.as_ref(),
            policy: clients.tag_policy(),
            account_id: account_id.into(),
            region: config.region.text().unwrap_or(aws.region()).into(),
        };
        search(&profiles, config.cluster_name.text(), sink).await
    }
}

/// A search in one region.
struct Search<'c> {
    client: &'c dyn FargateProfileClient,
    policy: TagPolicy,
    account_id: Attr<String>,
    region: Attr<String>,
}

#[async_trait]
impl OfClusters for Search<'_> {
    type Resource = FargateProfileResource;
    const NAME: &'static str = "Fargate profiles";

    async fn clusters(&self) -> Result<Vec<String>, ApiError> {
        self.client.clusters().await
    }

    async fn names(&self, cluster: &str) -> Result<Vec<String>, ApiError> {
        self.client.list(cluster).await
    }

    async fn find(
        &self,
        cluster: &str,
        name: String,
        whole: bool,
    ) -> Result<Option<Listed<FargateProfileResource>>, Diagnostics> {
        let display_name = api::id(cluster, &name);
        let object = if whole {
            match self.client.describe(cluster, &name).await {
                Err(error) if error.is_not_found() => return Ok(None),
                live => {
                    let summary = || format!("Cannot read Fargate profile {display_name}");
                    let live = live.map_err(|error| error.into_diagnostic(summary(), ""))?;
                    Some(api::from_live(&FargateProfile::default(), &live, &self.policy))
                }
            }
        } else {
            None
        };
        let identity = FargateProfileIdentity {
            cluster_name: cluster.into(),
            fargate_profile_name: name.into(),
            account_id: self.account_id.clone(),
            region: self.region.clone(),
        };
        Ok(Some(Listed { identity, display_name, object }))
    }
}
