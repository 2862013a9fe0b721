//! Finds the objects of clusters for `terraform query`: cluster by cluster, in order, up to the requested number.

use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::{self, StreamExt};

use super::context::Clients;
use super::errors::ApiError;
use framework::context::{Configured, Context};
use framework::diagnostics::Diagnostics;
use framework::list::{ListResource, ListSink, Listed};
use framework::model::{Attr, Model};
use framework::resource::Resource;
use framework::tags::TagPolicy;

/// Maximum number of objects described concurrently.
const AT_ONCE: usize = 8;

/// Objects of one kind that belong to a cluster and have a unique name in it.
#[async_trait]
pub trait InClusters: Send + Sync + 'static {
    /// The managed resource type.
    type Resource: Resource<Clients = Clients>;
    /// The model of the `list` block.
    type Config: Model;
    /// The API client.
    type Client: ?Sized + Send + Sync;
    /// Singular noun, such as `node group`.
    const ONE: &'static str;
    /// Plural noun, such as `node groups`.
    const MANY: &'static str;

    /// Returns the client for a Region.
    fn connect(&self, clients: &Clients, region: Option<&str>) -> Arc<Self::Client>;

    /// Returns the cluster and Region to search.
    fn place(config: &Self::Config) -> SearchScope<'_>;

    /// Lists the names of all clusters.
    async fn clusters(client: &Self::Client) -> Result<Vec<String>, ApiError>;

    /// Lists the names of the objects of a cluster.
    async fn names(client: &Self::Client, cluster: &str) -> Result<Vec<String>, ApiError>;

    /// Reads one object.
    async fn read(
        client: &Self::Client,
        cluster: &str,
        name: &str,
        policy: &TagPolicy,
    ) -> Result<<Self::Resource as Resource>::Model, ApiError>;

    /// Returns the identity.
    fn identity(found: Found) -> <Self::Resource as Resource>::Identity;
}

/// The arguments of a `list` block. Without a cluster, all clusters are searched; without a Region, the provider Region
/// is used.
#[derive(Debug, Clone, Copy, Default)]
pub struct SearchScope<'c> {
    /// Name of the cluster.
    pub cluster: Option<&'c str>,
    /// AWS Region of the cluster.
    pub region: Option<&'c str>,
}

/// The location of an object that was found.
#[derive(Debug, Clone)]
pub struct Found {
    /// Name of the cluster.
    pub cluster: Attr<String>,
    /// Name of the object.
    pub name: Attr<String>,
    /// ID of the AWS account. Null if the provider must not request it.
    pub account_id: Attr<String>,
    /// AWS Region of the cluster.
    pub region: Attr<String>,
}

/// A list resource for such objects. The display name of an object is its ID, `cluster:name`.
#[derive(Debug)]
pub struct ClusterObjects<O>(pub O);

#[async_trait]
impl<O: InClusters> ListResource for ClusterObjects<O> {
    type Resource = O::Resource;
    type Config = O::Config;

    async fn list(
        &self,
        context: &Context<Clients>,
        config: O::Config,
        sink: &mut ListSink<O::Resource>,
    ) -> Result<(), Diagnostics> {
        let clients = context.clients()?;
        let aws = clients.aws();
        let account_id = aws.account_id().await.map_err(|error| {
            error.into_diagnostic(format!("Unable to determine the AWS account of the {}", O::MANY), "")
        })?;
        let place = O::place(&config);
        let client = self.0.connect(clients, place.region);
        let search = Search::<O> {
            client: client.as_ref(),
            policy: clients.tag_policy(),
            account_id: account_id.into(),
            region: place.region.unwrap_or(aws.region()).into(),
        };
        search.run(place.cluster, sink).await
    }
}

/// A search in one Region.
pub struct Search<'c, O: InClusters> {
    /// The API client.
    pub client: &'c O::Client,
    /// The tag policy of the provider.
    pub policy: TagPolicy,
    /// ID of the AWS account.
    pub account_id: Attr<String>,
    /// The Region.
    pub region: Attr<String>,
}

impl<O: InClusters> Search<'_, O> {
    /// Sends the objects of one or all clusters to the sink until it is full.
    ///
    /// # Errors
    /// Returns an error if clusters or objects cannot be listed or read.
    pub async fn run(&self, cluster: Option<&str>, sink: &mut ListSink<O::Resource>) -> Result<(), Diagnostics> {
        let clusters = match cluster {
            Some(cluster) => vec![cluster.to_owned()],
            None => O::clusters(self.client)
                .await
                .map_err(|error| error.into_diagnostic("Unable to list EKS clusters", ""))?,
        };
        for name in clusters {
            let names = match O::names(self.client, &name).await {
                // The cluster was deleted after it was listed.
                Err(error) if error.is_not_found() && cluster.is_none() => continue,
                names => names.map_err(|error| {
                    error.into_diagnostic(format!("Unable to list the {} of cluster {name}", O::MANY), "")
                })?,
            };
            if !self.send(&name, names, sink).await? {
                break;
            }
        }
        Ok(())
    }

    /// Sends the objects of a cluster to the sink. Returns whether the sink accepts more objects.
    async fn send(
        &self,
        cluster: &str,
        names: Vec<String>,
        sink: &mut ListSink<O::Resource>,
    ) -> Result<bool, Diagnostics> {
        let whole = sink.wants_object();
        let wanted = usize::try_from(sink.remaining()).unwrap_or(usize::MAX);
        let found =
            stream::iter(names).map(|name| self.find(cluster, name, whole)).buffered(AT_ONCE.min(wanted.max(1)));
        futures::pin_mut!(found);
        while sink.remaining() > 0 {
            match found.next().await {
                None => return Ok(true),
                Some(listed) => {
                    if let Some(listed) = listed?
                        && !sink.send(listed).await
                    {
                        return Ok(false);
                    }
                }
            }
        }
        Ok(false)
    }

    /// Returns one object, complete or only with its identity, or `None` if it was deleted in the meantime.
    async fn find(&self, cluster: &str, name: String, whole: bool) -> Result<Option<Listed<O::Resource>>, Diagnostics> {
        let display_name = format!("{cluster}:{name}");
        let object =
            if whole {
                match O::read(self.client, cluster, &name, &self.policy).await {
                    Err(error) if error.is_not_found() => return Ok(None),
                    object => Some(object.map_err(|error| {
                        error.into_diagnostic(format!("Unable to read {} {display_name}", O::ONE), "")
                    })?),
                }
            } else {
                None
            };
        let found = Found {
            cluster: cluster.into(),
            name: name.into(),
            account_id: self.account_id.clone(),
            region: self.region.clone(),
        };
        Ok(Some(Listed { identity: O::identity(found), display_name, object }))
    }
}
