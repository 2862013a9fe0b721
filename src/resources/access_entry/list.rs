//! The list resource `ekscompute_access_entry`: finds access entries for `terraform query`.

use std::sync::Arc;

use async_trait::async_trait;

use clients::context::Clients;
use clients::errors::{ApiError, ErrorKind};
use clients::names::cluster_name;
use clients::search::{Found, InClusters, SearchScope};
use framework::model::{Attr, Model};
use framework::tags::TagPolicy;

use super::client::AccessEntryClient;
use super::model::{AccessEntry, AccessEntryIdentity};
use super::resource::{AccessEntryResource, Connect};
use super::{api, validators as rules};

/// Lists the access entries of EKS clusters. Access entries of service-linked roles are omitted, because only EKS can
/// manage them.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct AccessEntryList {
    /// Name of the EKS cluster. If unset, the access entries of all clusters in the Region are listed.
    #[attribute(optional, validate = [cluster_name()])]
    pub cluster_name: Attr<String>,
    /// AWS Region to search. Defaults to the Region set in the provider configuration.
    #[attribute(optional, validate = [clients::names::region()])]
    pub region: Attr<String>,
}

/// The arguments of `terraform query`.
pub struct AccessEntrySearch(pub Connect);

#[async_trait]
impl InClusters for AccessEntrySearch {
    type Resource = AccessEntryResource;
    type Config = AccessEntryList;
    type Client = dyn AccessEntryClient;
    const ONE: &'static str = "access entry";
    const MANY: &'static str = "access entries";

    fn connect(&self, clients: &Clients, region: Option<&str>) -> Arc<dyn AccessEntryClient> {
        (self.0)(clients, region).client
    }

    fn place(config: &AccessEntryList) -> SearchScope<'_> {
        SearchScope { cluster: config.cluster_name.text(), region: config.region.text() }
    }

    async fn clusters(client: &dyn AccessEntryClient) -> Result<Vec<String>, ApiError> {
        client.clusters().await
    }

    async fn names(client: &dyn AccessEntryClient, cluster: &str) -> Result<Vec<String>, ApiError> {
        let found = match client.list(cluster).await {
            // A cluster with authentication mode CONFIG_MAP has no access entries.
            Err(error) if error.kind == ErrorKind::Invalid && error.message.contains("authentication mode") => vec![],
            found => found?,
        };
        Ok(found.into_iter().filter(|principal| !rules::is_service_linked(principal)).collect())
    }

    async fn read(
        client: &dyn AccessEntryClient,
        cluster: &str,
        principal: &str,
        policy: &TagPolicy,
    ) -> Result<AccessEntry, ApiError> {
        let live = client.describe(cluster, principal).await?;
        let associations = client.associations(cluster, principal).await?;
        Ok(api::from_live(&AccessEntry::default(), &live, Some(&associations), policy))
    }

    fn identity(found: Found) -> AccessEntryIdentity {
        let Found { cluster, name, account_id, region } = found;
        AccessEntryIdentity { cluster_name: cluster, principal_arn: name, account_id, region }
    }
}
