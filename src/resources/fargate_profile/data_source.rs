//! The data source `ekscompute_fargate_profile`: a Fargate profile that others manage.

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

/// Reads an EKS Fargate profile.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct FargateProfileData {
    /// Name of the EKS cluster.
    #[attribute(required, validate = [cluster_name()])]
    pub cluster_name: Attr<String>,
    /// Name of the Fargate profile.
    #[attribute(required)]
    pub fargate_profile_name: Attr<String>,
    /// Region of the cluster; without it, the region of the provider.
    #[attribute(optional, computed, validate = [clients::names::region()])]
    pub region: Attr<String>,
    /// ARN of the Fargate profile.
    #[attribute(computed)]
    pub arn: Attr<String>,
    /// When the Fargate profile was created, in RFC 3339.
    #[attribute(computed)]
    pub created_at: Attr<String>,
    /// What is wrong with the Fargate profile, as EKS sees it; empty when it is well.
    #[attribute(computed)]
    pub health: List<HealthIssue>,
    /// `cluster_name:fargate_profile_name`.
    #[attribute(computed)]
    pub id: Attr<String>,
    /// ARN of the IAM role with which Fargate runs the pods.
    #[attribute(computed)]
    pub pod_execution_role_arn: Attr<String>,
    /// Which pods run on Fargate.
    #[attribute(computed)]
    pub selector: Set<Selector>,
    /// Status: `CREATING`, `ACTIVE`, `DELETING`, `CREATE_FAILED` or `DELETE_FAILED`.
    #[attribute(computed)]
    pub status: Attr<String>,
    /// Ids of the subnets the pods run in.
    #[attribute(computed)]
    pub subnet_ids: Set<String>,
    /// Tags of the Fargate profile, without those that the provider's `ignore_tags` names.
    #[attribute(computed)]
    pub tags: Map<String>,
}

/// The data source `ekscompute_fargate_profile`.
pub struct FargateProfileDataSource {
    connect: Connect,
}

impl FargateProfileDataSource {
    /// The data source over the clients that `connect` makes.
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
            let missing = "There is no such Fargate profile, or no such cluster, in this account and region. Look at \
                           cluster_name, fargate_profile_name and region; a data source reads during the plan, so what it \
                           reads must exist by then.";
            let advice = if error.is_not_found() { missing } else { "" };
            error.into_diagnostic(format!("Cannot read Fargate profile {}", api::id(cluster, name)), advice)
        })?;
        Ok(from_model(api::from_live(&FargateProfile::default(), &live, &clients.tag_policy())))
    }
}

/// The resource's view of a profile, with all its tags.
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
