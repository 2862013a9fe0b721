//! The list resources `ekscompute_node_class` and `ekscompute_gpu_node_class`.

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
use render::karpenter::form::Form;

use super::api::{self, AUTO_MODE, KARPENTER};
use super::client::Clusters;
use super::model::{NodeClass, NodeClassIdentity};
use super::resource::{Connect, NodeClassResource};

/// Lists the Karpenter and EKS Auto Mode node classes of a cluster, except for the node class `default`, which EKS manages.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct NodeClassList {
    /// Name of the EKS cluster. If unset, all clusters in the Region are searched. Clusters that cannot be reached are
    /// skipped.
    #[attribute(optional, validate = [cluster_name()])]
    pub cluster_name: Attr<String>,
    /// Controller of the node classes. If unset, node classes of both controllers are listed.
    #[attribute(optional, validate = [one_of(&["karpenter", "auto_mode"])])]
    pub controller: Attr<String>,
    /// AWS Region to search. Defaults to the Region set in the provider configuration.
    #[attribute(optional, validate = [clients::names::region()])]
    pub region: Attr<String>,
}

/// The list resource `ekscompute_node_class` or `ekscompute_gpu_node_class`.
pub struct NodeClassListResource {
    connect: Connect,
    form: Form,
}

impl NodeClassListResource {
    /// Creates the list resource. `connect` creates its client.
    #[must_use]
    pub fn new(form: Form, connect: Connect) -> Self {
        Self { connect, form }
    }
}

#[async_trait]
impl ListResource for NodeClassListResource {
    type Resource = NodeClassResource;
    type Config = NodeClassList;

    async fn list(
        &self,
        context: &Context<Clients>,
        config: NodeClassList,
        sink: &mut ListSink<NodeClassResource>,
    ) -> Result<(), Diagnostics> {
        let clients = context.clients()?;
        let clusters = (self.connect)(clients, config.region.text());
        let region = config.region.text().unwrap_or(clients.aws().region());
        search(self.form, clusters.as_ref(), &config, region, sink).await
    }
}

pub(super) async fn search(
    form: Form,
    clusters: &dyn Clusters,
    config: &NodeClassList,
    region: &str,
    sink: &mut ListSink<NodeClassResource>,
) -> Result<(), Diagnostics> {
    let one = config.cluster_name.text();
    let names = match one {
        Some(cluster) => vec![cluster.to_owned()],
        None => clusters.names().await.map_err(|error| error.into_diagnostic("Unable to list EKS clusters", ""))?,
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
                    tracing::warn!(%error, "skipping cluster {cluster}: request failed");
                    continue;
                }
                Err(error) => {
                    let summary = format!("Unable to list the node classes of cluster {cluster}");
                    return Err(error.into_diagnostic(summary, "").into());
                }
            };
            for live in found {
                if sink.remaining() == 0
                    || !sink.send(listed(form, &cluster, controller, &live, region, sink.wants_object())).await
                {
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}

/// Returns the objects of a kind, by name. Empty if the kind is not installed.
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

fn listed(
    form: Form,
    cluster: &str,
    controller: &str,
    live: &Json,
    region: &str,
    whole: bool,
) -> Listed<NodeClassResource> {
    let name = live["metadata"]["name"].as_str().unwrap_or_default();
    let named = NodeClass {
        cluster_name: cluster.into(),
        controller: controller.into(),
        name: name.into(),
        ..NodeClass::default()
    };
    Listed {
        identity: NodeClassIdentity {
            cluster_name: cluster.into(),
            controller: controller.into(),
            name: name.into(),
            region: region.into(),
        },
        display_name: api::id(cluster, controller, name),
        object: whole.then(|| api::from_live(form, &named, live, region)),
    }
}
