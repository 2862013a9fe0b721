//! The list resources `ekscompute_node_pool` and `ekscompute_gpu_node_pool`.

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
use render::karpenter::form::Form;

use super::model::{NodePool, NodePoolIdentity};
use super::resource::{Connect, NodePoolResource};
use super::state;

/// Lists the node pools of a cluster, except for the built-in EKS Auto Mode node pools.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct NodePoolList {
    /// Name of the EKS cluster.
    #[attribute(required, validate = [cluster_name()])]
    pub cluster_name: Attr<String>,
    /// Controller of the node pools. If unset, node pools of both controllers are listed.
    #[attribute(optional, validate = [one_of(&Controller::NAMES)])]
    pub controller: Attr<String>,
    /// AWS Region of the cluster. Defaults to the Region set in the provider configuration.
    #[attribute(optional, validate = [clients::names::region()])]
    pub region: Attr<String>,
}

/// The list resource `ekscompute_node_pool` or `ekscompute_gpu_node_pool`.
pub struct NodePoolListResource {
    connect: Connect,
    form: Form,
}

impl NodePoolListResource {
    /// Creates the list resource. `connect` connects to its cluster.
    #[must_use]
    pub fn new(form: Form, connect: Connect) -> Self {
        Self { connect, form }
    }
}

#[async_trait]
impl ListResource for NodePoolListResource {
    type Resource = NodePoolResource;
    type Config = NodePoolList;

    async fn list(
        &self,
        context: &Context<Clients>,
        config: NodePoolList,
        sink: &mut ListSink<NodePoolResource>,
    ) -> Result<(), Diagnostics> {
        let clients = context.clients()?;
        let region = config.region.text().unwrap_or(clients.aws().region());
        let name = config.cluster_name.text().unwrap_or_default();
        search(self.form, (self.connect)(clients, config.region.text(), name).as_ref(), &config, region, sink).await
    }
}

/// Names of the node pools that EKS Auto Mode creates and whose changes it reverts.
const BUILT_IN: [&str; 2] = ["general-purpose", "system"];

pub(super) async fn search(
    form: Form,
    cluster: &dyn KubernetesApi,
    config: &NodePoolList,
    region: &str,
    sink: &mut ListSink<NodePoolResource>,
) -> Result<(), Diagnostics> {
    let cluster_name = config.cluster_name.text().unwrap_or_default();
    let mut all = match cluster.list(NODE_POOL, None).await {
        Err(error) if error.code.as_deref() == Some(NO_SUCH_KIND) => vec![],
        Err(error) => {
            let summary = format!("Unable to list the node pools of cluster {cluster_name}");
            return Err(error.into_diagnostic(summary, "").into());
        }
        Ok(all) => all,
    };
    all.sort_by_key(|object| object["metadata"]["name"].as_str().map(str::to_owned));
    for object in &all {
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        let named = NodePool { cluster_name: cluster_name.into(), name: name.into(), ..NodePool::default() };
        let model = state::of(form, &named, object, region);
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

fn found(model: NodePool, region: &str, whole: bool) -> Listed<NodePoolResource> {
    Listed {
        identity: NodePoolIdentity {
            cluster_name: model.cluster_name.clone(),
            controller: model.controller.clone(),
            name: model.name.clone(),
            region: region.into(),
        },
        display_name: model.id.text().unwrap_or_default().to_owned(),
        object: whole.then_some(model),
    }
}
