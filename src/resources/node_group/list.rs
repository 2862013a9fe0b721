//! The list resource `ekscompute_node_group`: finds node groups for `terraform query`.

use async_trait::async_trait;

use crate::clients::context::Clients;
use crate::clients::errors::ApiError;
use crate::clients::search::{OfClusters, search};
use crate::framework::context::{Configured, Context};
use crate::framework::diagnostics::Diagnostics;
use crate::framework::list::{ListResource, ListSink, Listed};
use crate::framework::model::{Attr, Model};
use crate::framework::tags::TagPolicy;

use super::client::NodeGroupClient;
use super::model::{NodeGroup, NodeGroupIdentity};
use super::resource::{Connect, NodeGroupResource};
use super::{api, validation as rules};

/// Finds EKS managed node groups.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct NodeGroupList {
    /// Name of the EKS cluster; without it, the node groups of all clusters of the region are found.
    #[attribute(optional, validate = [rules::cluster_name()])]
    pub cluster_name: Attr<String>,
    /// Region to look in; without it, the region of the provider.
    #[attribute(optional)]
    pub region: Attr<String>,
}

/// The list resource `ekscompute_node_group`.
pub struct NodeGroupListResource {
    connect: Connect,
}

impl NodeGroupListResource {
    /// The list resource over the clients that `connect` makes.
    #[must_use]
    pub fn new(connect: Connect) -> Self {
        Self { connect }
    }
}

#[async_trait]
impl ListResource for NodeGroupListResource {
    type Resource = NodeGroupResource;
    type Config = NodeGroupList;

    async fn list(
        &self,
        context: &Context<Clients>,
        config: NodeGroupList,
        sink: &mut ListSink<NodeGroupResource>,
    ) -> Result<(), Diagnostics> {
        let clients = context.clients()?;
        let aws = clients.aws();
        let account_id = aws
            .account_id()
            .await
            .map_err(|error| error.into_diagnostic("Cannot tell which AWS account the node groups are in", ""))?;
        let client = (self.connect)(clients, config.region.text());
        let node_groups = Search {
            client: client.as_ref(),
            policy: clients.tag_policy(),
            account_id: account_id.into(),
            region: config.region.text().unwrap_or(aws.region()).into(),
        };
        search(&node_groups, config.cluster_name.text(), sink).await
    }
}

/// A search in one region.
struct Search<'c> {
    client: &'c dyn NodeGroupClient,
    policy: TagPolicy,
    account_id: Attr<String>,
    region: Attr<String>,
}

#[async_trait]
impl OfClusters for Search<'_> {
    type Resource = NodeGroupResource;
    const NAME: &'static str = "node groups";

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
    ) -> Result<Option<Listed<NodeGroupResource>>, Diagnostics> {
        let display_name = api::id(cluster, &name);
        let object = if whole {
            match self.client.describe(cluster, &name).await {
                Err(error) if error.is_not_found() => return Ok(None),
                live => {
                    let summary = || format!("Cannot read node group {display_name}");
                    let live = live.map_err(|error| error.into_diagnostic(summary(), ""))?;
                    Some(api::from_live(&NodeGroup::default(), &live, &self.policy))
                }
            }
        } else {
            None
        };
        let identity = NodeGroupIdentity {
            cluster_name: cluster.into(),
            node_group_name: name.into(),
            account_id: self.account_id.clone(),
            region: self.region.clone(),
        };
        Ok(Some(Listed { identity, display_name, object }))
    }
}

#[cfg(test)]
#[path = "list_tests.rs"]
mod tests;
