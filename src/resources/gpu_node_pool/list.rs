//! The list resource `ekscompute_gpu_node_pool`.

use async_trait::async_trait;
use serde_json::Value as Json;

use crate::clients::context::Clients;
use crate::clients::kube::{KubernetesApi, NODE_POOL};
use crate::clients::names::cluster_name;
use crate::framework::context::Context;
use crate::framework::diagnostics::Diagnostics;
use crate::framework::list::{ListResource, ListSink, Listed};
use crate::framework::model::{Attr, Model};

use super::model::{GpuNodePool, GpuNodePoolIdentity};
use super::resource::{Connect, GpuNodePoolResource};
use super::state;

/// Finds the node pools of a cluster, of Karpenter and of EKS Auto Mode. Those that EKS Auto Mode brings itself are left out.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct GpuNodePoolList {
    /// Name of the EKS cluster.
    #[attribute(required, validate = [cluster_name()])]
    pub cluster_name: Attr<String>,
    /// Region of the cluster; without it, the region of the provider.
    #[attribute(optional)]
    pub region: Attr<String>,
}

/// The list resource `ekscompute_gpu_node_pool`.
pub struct GpuNodePoolListResource {
    connect: Connect,
}

impl GpuNodePoolListResource {
    /// The list resource over the clusters that `connect` leads to.
    #[must_use]
    pub fn new(connect: Connect) -> Self {
        Self { connect }
    }
}

#[async_trait]
impl ListResource for GpuNodePoolListResource {
    type Resource = GpuNodePoolResource;
    type Config = GpuNodePoolList;

    async fn list(
        &self,
        context: &Context<Clients>,
        config: GpuNodePoolList,
        sink: &mut ListSink<GpuNodePoolResource>,
    ) -> Result<(), Diagnostics> {
        let clients = context.clients()?;
        let region = config.region.text().unwrap_or(clients.aws().region());
        let name = config.cluster_name.text().unwrap_or_default();
        search((self.connect)(clients, config.region.text(), name).as_ref(), name, region, sink).await
    }
}

/// Names of the pools that EKS Auto Mode makes and undoes changes of.
const BUILT_IN: [&str; 2] = ["general-purpose", "system"];

pub(super) async fn search(
    cluster: &dyn KubernetesApi,
    cluster_name: &str,
    region: &str,
    sink: &mut ListSink<GpuNodePoolResource>,
) -> Result<(), Diagnostics> {
    let summary = format!("Cannot list the node pools of cluster {cluster_name}");
    let all = cluster.list(NODE_POOL, None).await.map_err(|error| error.into_diagnostic(summary, ""))?;
    for object in &all {
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        let is_of_eks = object["spec"]["template"]["spec"]["nodeClassRef"]["group"] == "eks.amazonaws.com";
        if is_of_eks && BUILT_IN.contains(&name) {
            continue;
        }
        if sink.remaining() == 0 || !sink.send(found(object, cluster_name, name, region, sink.wants_object())).await {
            break;
        }
    }
    Ok(())
}

fn found(object: &Json, cluster_name: &str, name: &str, region: &str, whole: bool) -> Listed<GpuNodePoolResource> {
    let named = GpuNodePool { cluster_name: cluster_name.into(), name: name.into(), ..GpuNodePool::default() };
    Listed {
        identity: GpuNodePoolIdentity { cluster_name: cluster_name.into(), name: name.into(), region: region.into() },
        display_name: format!("{cluster_name}/{name}"),
        object: whole.then(|| state::of(&named, object, region)),
    }
}
