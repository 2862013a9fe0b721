//! Finding what clusters have, for `terraform query`: cluster by cluster, in order, and no more than is wanted.

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream;

use super::errors::ApiError;
use crate::framework::diagnostics::Diagnostics;
use crate::framework::list::{ListSink, Listed};
use crate::framework::resource::Resource;

/// Objects described at a time.
const AT_ONCE: usize = 8;

/// Objects of one kind that belong to clusters, in one region.
#[async_trait]
pub trait OfClusters: Sync {
    /// The resource that manages them.
    type Resource: Resource;
    /// What they are called, e.g. `node groups`.
    const NAME: &'static str;

    /// The names of all clusters.
    async fn clusters(&self) -> Result<Vec<String>, ApiError>;
    /// The names of the objects of a cluster.
    async fn names(&self, cluster: &str) -> Result<Vec<String>, ApiError>;
    /// One object, whole or only what identifies it; none when it has been deleted meanwhile.
    async fn find(
        &self,
        cluster: &str,
        name: String,
        whole: bool,
    ) -> Result<Option<Listed<Self::Resource>>, Diagnostics>;
}

/// Sends the objects of one cluster, or of all, to the sink until it wants no more.
///
/// # Errors
/// When clusters or objects cannot be listed or read.
pub async fn search<O: OfClusters>(
    objects: &O,
    cluster: Option<&str>,
    sink: &mut ListSink<O::Resource>,
) -> Result<(), Diagnostics> {
    let clusters = match cluster {
        Some(cluster) => vec![cluster.to_owned()],
        None => objects.clusters().await.map_err(|error| error.into_diagnostic("Cannot list EKS clusters", ""))?,
    };
    for name in clusters {
        let names = match objects.names(&name).await {
            // A cluster that was there a moment ago has been deleted meanwhile.
            Err(error) if error.is_not_found() && cluster.is_none() => continue,
            names => names
                .map_err(|error| error.into_diagnostic(format!("Cannot list the {} of cluster {name}", O::NAME), ""))?,
        };
        if !send(objects, &name, names, sink).await? {
            break;
        }
    }
    Ok(())
}

/// Hands over the objects of a cluster; answers whether more are wanted.
async fn send<O: OfClusters>(
    objects: &O,
    cluster: &str,
    names: Vec<String>,
    sink: &mut ListSink<O::Resource>,
) -> Result<bool, Diagnostics> {
    let whole = sink.wants_object();
    let wanted = usize::try_from(sink.remaining()).unwrap_or(usize::MAX);
    let found = stream::iter(names).map(|name| objects.find(cluster, name, whole)).buffered(AT_ONCE.min(wanted.max(1)));
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
