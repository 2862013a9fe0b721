//! The list resource `ekscompute_gpu_node_class`.

use async_trait::async_trait;
use serde_json::Value as Json;

use clients::context::Clients;
use clients::errors::ApiError;
use clients::kube::NO_SUCH_KIND;
use clients::names::cluster_name;
use framework::context::Context;
use framework::diagnostics::Diagnostics;
use framework::list::{ListResource, ListSink, Listed};
use framework::model::{Attr, Model};
use framework::validators::one_of;

use super::api::{self, AUTO_MODE, KARPENTER};
use super::client::Clusters;
use super::model::{GpuNodeClass, GpuNodeClassIdentity};
use super::resource::{Connect, GpuNodeClassResource};

/// Finds node classes of Karpenter and of EKS Auto Mode, except for EKS's own `default`.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct GpuNodeClassList {
    /// Name of the EKS cluster; without it, all clusters of the region are asked, except for those that cannot be reached.
    #[attribute(optional, validate = [cluster_name()])]
    pub cluster_name: Attr<String>,
    /// `karpenter` or `auto_mode`; without it, both.
    #[attribute(optional, validate = [one_of(&["karpenter", "auto_mode"])])]
    pub controller: Attr<String>,
    /// Region to look in; without it, the region of the provider.
    #[attribute(optional, validate = [clients::names::region()])]
    pub region: Attr<String>,
}

/// The list resource `ekscompute_gpu_node_class`.
pub struct GpuNodeClassListResource {
    connect: Connect,
}

impl GpuNodeClassListResource {
    /// The list resource over the clients that `connect` makes.
    #[must_use]
    pub fn new(connect: Connect) -> Self {
        Self { connect }
    }
}

#[async_trait]
impl ListResource for GpuNodeClassListResource {
    type Resource = GpuNodeClassResource;
    type Config = GpuNodeClassList;

    async fn list(
        &self,
        context: &Context<Clients>,
        config: GpuNodeClassList,
        sink: &mut ListSink<GpuNodeClassResource>,
    ) -> Result<(), Diagnostics> {
        let clients = context.clients()?;
        let clusters = (self.connect)(clients, config.region.text());
        let region = config.region.text().unwrap_or(clients.aws().region());
        search(clusters.as_ref(), &config, region, sink).await
    }
}

pub(super) async fn search(
    clusters: &dyn Clusters,
    config: &GpuNodeClassList,
    region: &str,
    sink: &mut ListSink<GpuNodeClassResource>,
) -> Result<(), Diagnostics> {
    let one = config.cluster_name.text();
    let names = match one {
        Some(cluster) => vec![cluster.to_owned()],
        None => clusters.names().await.map_err(|error| error.into_diagnostic("Cannot list EKS clusters", ""))?,
    };
    let wanted = |controller: &str| config.controller.text().is_none_or(|wanted| wanted == controller);
    for cluster in names {
        for controller in [KARPENTER, AUTO_MODE].into_iter().filter(|controller| wanted(controller)) {
            if sink.remaining() == 0 {
                return Ok(());
            }
            let found = match of_cluster(clusters, &cluster, controller).await {
                Ok(found) => found,
                Err(error) if one.is_none() => {
                    tracing::warn!(%error, "cluster {cluster} is left out, because it cannot be asked");
                    continue;
                }
                Err(error) => {
                    let summary = format!("Cannot list the node classes of cluster {cluster}");
                    return Err(error.into_diagnostic(summary, "").into());
                }
            };
            for live in found {
                if sink.remaining() == 0
                    || !sink.send(listed(&cluster, controller, &live, region, sink.wants_object())).await
                {
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}

/// The objects of a kind, by name; none where it is not installed.
async fn of_cluster(clusters: &dyn Clusters, cluster: &str, controller: &str) -> Result<Vec<Json>, ApiError> {
    match clusters.cluster(cluster).list(api::kind(controller), None).await {
        Err(error) if error.code.as_deref() == Some(NO_SUCH_KIND) => Ok(vec![]),
        Ok(mut found) => {
            found.retain(|live| controller != AUTO_MODE || live["metadata"]["name"] != "default");
            found.sort_by_key(|live| live["metadata"]["name"].as_str().map(str::to_owned));
            Ok(found)
        }
        Err(error) => Err(error),
    }
}

fn listed(cluster: &str, controller: &str, live: &Json, region: &str, whole: bool) -> Listed<GpuNodeClassResource> {
    let name = live["metadata"]["name"].as_str().unwrap_or_default();
    let named = GpuNodeClass {
        cluster_name: cluster.into(),
        controller: controller.into(),
        name: name.into(),
        ..GpuNodeClass::default()
    };
    Listed {
        identity: GpuNodeClassIdentity {
            cluster_name: cluster.into(),
            controller: controller.into(),
            name: name.into(),
            region: region.into(),
        },
        display_name: api::id(cluster, controller, name),
        object: whole.then(|| api::from_live(&named, live, region)),
    }
}
