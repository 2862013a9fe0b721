//! The data source `ekscompute_node_groups`: the names of the node groups of a cluster.

use std::sync::Arc;

use async_trait::async_trait;

use clients::context::Clients;
use framework::context::Context;
use framework::data_source::DataSource;
use framework::diagnostics::Diagnostics;
use framework::model::{Attr, List, Model};

use super::client::NodeGroupClient;
use super::resource::Connect;
use super::validators as rules;

/// Lists the names of the managed node groups in an EKS cluster.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct NodeGroupNames {
    /// Name of the EKS cluster.
    #[attribute(required, validate = [rules::cluster_name()])]
    pub cluster_name: Attr<String>,
    /// AWS Region of the cluster. Defaults to the Region set in the provider configuration.
    #[attribute(optional, computed, validate = [clients::names::region()])]
    pub region: Attr<String>,
    /// Name of the cluster.
    #[attribute(computed)]
    pub id: Attr<String>,
    /// Names of the node groups in alphabetical order. Empty if the cluster has no node groups.
    #[attribute(computed)]
    pub names: List<String>,
}

/// The data source `ekscompute_node_groups`.
pub struct NodeGroupsDataSource {
    connect: Connect,
}

impl NodeGroupsDataSource {
    /// Creates the data source. `connect` creates its client.
    #[must_use]
    pub fn new(connect: Connect) -> Self {
        Self { connect }
    }
}

#[async_trait]
impl DataSource for NodeGroupsDataSource {
    type Clients = Clients;
    type Model = NodeGroupNames;

    async fn read(
        &self,
        context: &Context<Clients>,
        config: NodeGroupNames,
        _diagnostics: &mut Diagnostics,
    ) -> Result<NodeGroupNames, Diagnostics> {
        let clients = context.clients()?;
        let client: Arc<dyn NodeGroupClient> = (self.connect)(clients, config.region.text());
        let region = config.region.text().unwrap_or(clients.aws().region()).to_owned();
        let mut read = read(client.as_ref(), config).await?;
        read.region = region.into();
        Ok(read)
    }
}

async fn read(client: &dyn NodeGroupClient, config: NodeGroupNames) -> Result<NodeGroupNames, Diagnostics> {
    let cluster = config.cluster_name.text().unwrap_or_default();
    let mut names = client.list(cluster).await.map_err(|error| {
        let missing = "Cluster not found in this account and Region. Check cluster_name and region.";
        let advice = if error.is_not_found() { missing } else { "" };
        error.into_diagnostic(format!("Unable to list the node groups of cluster {cluster}"), advice)
    })?;
    names.sort();
    Ok(NodeGroupNames { id: cluster.into(), names: List::of(names), ..config })
}

#[cfg(test)]
mod tests {
    use super::super::client::NodeGroup;
    use super::super::fake::Fake;
    use super::*;

    fn of(cluster: &str) -> NodeGroupNames {
        NodeGroupNames { cluster_name: cluster.into(), ..NodeGroupNames::default() }
    }

    #[tokio::test]
    async fn names_are_sorted_and_of_one_cluster() {
        let fake = Fake::new();
        fake.world().clusters.insert("green".to_owned(), "1.33".to_owned());
        for (cluster, name) in [("blue", "b"), ("blue", "a"), ("green", "c")] {
            let (cluster_name, node_group_name) = (cluster.to_owned(), name.to_owned());
            fake.put(NodeGroup { cluster_name, node_group_name, ..NodeGroup::default() });
        }
        let read = read(&fake, of("blue")).await.unwrap();
        let expected = List::of(["a".to_owned(), "b".to_owned()]);
        assert_eq!((read.names, read.id.text()), (expected, Some("blue")));
    }

    #[tokio::test]
    async fn cluster_without_node_groups_has_no_names_and_a_missing_one_is_an_error() {
        let fake = Fake::new();
        assert_eq!(read(&fake, of("blue")).await.unwrap().names, List::of([]));
        let error = format!("{:?}", read(&fake, of("red")).await.unwrap_err());
        assert!(error.contains("Cluster not found in this account and Region"), "{error}");
    }
}
