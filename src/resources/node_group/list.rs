//! The list resource `ekscompute_node_group`: finds node groups for `terraform query`.

use std::sync::Arc;

use async_trait::async_trait;

use clients::context::Clients;
use clients::errors::ApiError;
use clients::names::cluster_name;
use clients::search::{Found, InClusters, SearchScope};
use framework::model::{Attr, Model};
use framework::tags::TagPolicy;

use super::api;
use super::client::NodeGroupClient;
use super::model::{NodeGroup, NodeGroupIdentity};
use super::resource::{Connect, NodeGroupResource};

/// Lists EKS managed node groups.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct NodeGroupList {
    /// Name of the EKS cluster. If unset, the node groups of all clusters in the Region are listed.
    #[attribute(optional, validate = [cluster_name()])]
    pub cluster_name: Attr<String>,
    /// AWS Region to search. Defaults to the Region set in the provider configuration.
    #[attribute(optional, validate = [clients::names::region()])]
    pub region: Attr<String>,
}

/// The arguments of `terraform query`.
pub struct NodeGroupSearch(pub Connect);

#[async_trait]
impl InClusters for NodeGroupSearch {
    type Resource = NodeGroupResource;
    type Config = NodeGroupList;
    type Client = dyn NodeGroupClient;
    const ONE: &'static str = "node group";
    const MANY: &'static str = "node groups";

    fn connect(&self, clients: &Clients, region: Option<&str>) -> Arc<dyn NodeGroupClient> {
        (self.0)(clients, region)
    }

    fn place(config: &NodeGroupList) -> SearchScope<'_> {
        SearchScope { cluster: config.cluster_name.text(), region: config.region.text() }
    }

    async fn clusters(client: &dyn NodeGroupClient) -> Result<Vec<String>, ApiError> {
        client.clusters().await
    }

    async fn names(client: &dyn NodeGroupClient, cluster: &str) -> Result<Vec<String>, ApiError> {
        client.list(cluster).await
    }

    async fn read(
        client: &dyn NodeGroupClient,
        cluster: &str,
        name: &str,
        policy: &TagPolicy,
    ) -> Result<NodeGroup, ApiError> {
        Ok(api::from_live(&NodeGroup::default(), &client.describe(cluster, name).await?, policy))
    }

    fn identity(found: Found) -> NodeGroupIdentity {
        let Found { cluster, name, account_id, region } = found;
        NodeGroupIdentity { cluster_name: cluster, node_group_name: name, account_id, region }
    }
}

#[cfg(test)]
#[path = "list_tests.rs"]
mod tests;
