//! The data source `ekscompute_fargate_profile`: an existing Fargate profile.

use std::sync::Arc;

use async_trait::async_trait;

use clients::context::Clients;
use clients::names::cluster_name;
use framework::context::{Configured, Context};
use framework::data_source::DataSource;
use framework::diagnostics::Diagnostics;
use framework::model::{Attr, List, Map, Model, Set, SetOf};

use super::api;
use super::client::FargateProfileClient;
use super::model::{FargateProfile, HealthIssue, Selector};
use super::resource::Connect;

/// Provides details about an EKS Fargate profile.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct FargateProfileData {
    /// Name of the EKS cluster.
    #[attribute(required, validate = [cluster_name()])]
    pub cluster_name: Attr<String>,
    /// Name of the Fargate profile.
    #[attribute(required)]
    pub fargate_profile_name: Attr<String>,
    /// AWS Region of the cluster. Defaults to the Region set in the provider configuration.
    #[attribute(optional, computed, validate = [clients::names::region()])]
    pub region: Attr<String>,
    /// ARN of the Fargate profile.
    #[attribute(computed)]
    pub arn: Attr<String>,
    /// Time when the Fargate profile was created, in RFC 3339 format.
    #[attribute(computed)]
    pub created_at: Attr<String>,
    /// Health issues reported by EKS. Empty if the Fargate profile is healthy.
    #[attribute(computed)]
    pub health: List<HealthIssue>,
    /// ID of the Fargate profile in the format `cluster_name:fargate_profile_name`.
    #[attribute(computed)]
    pub id: Attr<String>,
    /// ARN of the pod execution role.
    #[attribute(computed)]
    pub pod_execution_role_arn: Attr<String>,
    /// Selectors of the pods that run on Fargate.
    #[attribute(computed)]
    pub selector: Set<Selector>,
    /// Status of the Fargate profile: `CREATING`, `ACTIVE`, `DELETING`, `CREATE_FAILED`, or `DELETE_FAILED`.
    #[attribute(computed)]
    pub status: Attr<String>,
    /// IDs of the subnets of the pods.
    #[attribute(computed)]
    pub subnet_ids: Set<String>,
    /// Tags of the Fargate profile, except for tags that `ignore_tags` in the provider configuration matches.
    #[attribute(computed)]
    pub tags: Map<String>,
}

/// The data source `ekscompute_fargate_profile`.
pub struct FargateProfileDataSource {
    connect: Connect,
}

impl FargateProfileDataSource {
    /// Creates the data source. `connect` creates its client.
    #[must_use]
    pub fn new(connect: Connect) -> Self {
        Self { connect }
    }
}

#[async_trait]
impl DataSource for FargateProfileDataSource {
    type Clients = Clients;
    type Model = FargateProfileData;

    async fn read(
        &self,
        context: &Context<Clients>,
        config: FargateProfileData,
        _diagnostics: &mut Diagnostics,
    ) -> Result<FargateProfileData, Diagnostics> {
        let clients = context.clients()?;
        let client: Arc<dyn FargateProfileClient> = (self.connect)(clients, config.region.text());
        let cluster = config.cluster_name.text().unwrap_or_default();
        let name = config.fargate_profile_name.text().unwrap_or_default();
        let live = client.describe(cluster, name).await.map_err(|error| {
            let missing = "Fargate profile or cluster not found in this account and Region. Check cluster_name, \
                           fargate_profile_name, and region. Data sources are read during plan, so the Fargate profile \
                           must already exist.";
            let advice = if error.is_not_found() { missing } else { "" };
            error.into_diagnostic(format!("Unable to read Fargate profile {}", api::id(cluster, name)), advice)
        })?;
        Ok(from_model(api::from_live(&FargateProfile::default(), &live, &clients.tag_policy())))
    }
}

/// Converts a profile as in the resource, with all its tags.
fn from_model(model: FargateProfile) -> FargateProfileData {
    let selectors = model.selector.iter().cloned().map(Attr::Known).collect();
    FargateProfileData {
        cluster_name: model.cluster_name,
        fargate_profile_name: model.fargate_profile_name,
        region: model.region,
        arn: model.arn,
        created_at: model.created_at,
        health: model.health,
        id: model.id,
        pod_execution_role_arn: model.pod_execution_role_arn,
        selector: Attr::Known(SetOf(selectors)),
        status: model.status,
        subnet_ids: model.subnet_ids,
        tags: model.tags_all,
    }
}
