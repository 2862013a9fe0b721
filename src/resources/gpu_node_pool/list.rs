//! The list resource `ekscompute_gpu_node_pool`.

use async_trait::async_trait;

use clients::context::Clients;
use clients::kube::{KubernetesApi, NO_SUCH_KIND, NODE_POOL};
use clients::names::cluster_name;
use framework::context::Context;
use framework::diagnostics::Diagnostics;
use framework::list::{ListResource, ListSink, Listed};
use framework::model::{Attr, Model};
use framework::validators::one_of;
use render::karpenter::controller::Controller;

use super::model::{GpuNodePool, GpuNodePoolIdentity};
use super::resource::{Connect, GpuNodePoolResource};
use super::state;

/// Finds the node pools of a cluster, of Karpenter and of EKS Auto Mode. Those that EKS Auto Mode brings itself are left out.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct GpuNodePoolList {
    /// Name of the EKS cluster.
    #[attribute(required, validate = [cluster_name()])]
    pub cluster_name: Attr<String>,
    /// `karpenter` or `auto_mode`; without it, both.
    #[attribute(optional, validate = [one_of(&Controller::NAMES)])]
    pub controller: Attr<String>,
    /// Region of the cluster; without it, the region of the provider.
    #[attribute(optional, validate = [clients::names::region()])]
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
        search((self.connect)(clients, config.region.text(), name).as_ref(), &config, region, sink).await
    }
}

/// Names of the pools that EKS Auto Mode makes and undoes changes of.
const BUILT_IN: [&str; 2] = ["general-purpose", "system"];

pub(super) async fn search(
    cluster: &dyn KubernetesApi,
    config: &GpuNodePoolList,
    region: &str,
    sink: &mut ListSink<GpuNodePoolResource>,
) -> Result<(), Diagnostics> {
    let cluster_name = config.cluster_name.text().unwrap_or_default();
    let mut all = match cluster.list(NODE_POOL, None).await {
        Err(error) if error.code.as_deref() == Some(NO_SUCH_KIND) => vec![],
        Err(error) => {
            let summary = format!("Cannot list the node pools of cluster {cluster_name}");
            return Err(error.into_diagnostic(summary, "").into());
        }
        Ok(all) => all,
    };
    all.sort_by_key(|object| object["metadata"]["name"].as_str().map(str::to_owned));
    for object in &all {
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        let named = GpuNodePool { cluster_name: cluster_name.into(), name: name.into(), ..GpuNodePool::default() };
        let model = state::of(&named, object, region);
        let is_of_eks = model.controller.text() == Some(Controller::AutoMode.name()) && BUILT_IN.contains(&name);
        if is_of_eks || config.controller.is_known() && config.controller != model.controller {
            continue;
        }
        if sink.remaining() == 0 || !sink.send(found(model, region, sink.wants_object())).await {
            break;
        }
    }
    Ok(())
}

fn found(model: GpuNodePool, region: &str, whole: bool) -> Listed<GpuNodePoolResource> {
    Listed {
        identity: GpuNodePoolIdentity {
            cluster_name: model.cluster_name.clone(),
            controller: model.controller.clone(),
            name: model.name.clone(),
            region: region.into(),
        },
        display_name: model.id.text().unwrap_or_default().to_owned(),
        object: whole.then_some(model),
    }
}
