//! The list resource `ekscompute_windows_support`.

use async_trait::async_trait;

use clients::context::Clients;
use clients::names::cluster_name;
use framework::context::Context;
use framework::diagnostics::Diagnostics;
use framework::list::{ListResource, ListSink, Listed};
use framework::model::{Attr, Model};

use super::client::WindowsSupportClient;
use super::model::{WindowsSupport, WindowsSupportIdentity};
use super::resource::{Connect, WindowsSupportResource};

/// Lists EKS clusters with Windows support.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct WindowsSupportList {
    /// Name of the EKS cluster. If unset, all clusters in the Region are searched. Clusters that cannot be reached are
    /// skipped.
    #[attribute(optional, validate = [cluster_name()])]
    pub cluster_name: Attr<String>,
    /// AWS Region to search. Defaults to the Region set in the provider configuration.
    #[attribute(optional, validate = [clients::names::region()])]
    pub region: Attr<String>,
}

/// The list resource `ekscompute_windows_support`.
pub struct WindowsSupportListResource {
    connect: Connect,
}

impl WindowsSupportListResource {
    /// Creates the list resource. `connect` creates its client.
    #[must_use]
    pub fn new(connect: Connect) -> Self {
        Self { connect }
    }
}

#[async_trait]
impl ListResource for WindowsSupportListResource {
    type Resource = WindowsSupportResource;
    type Config = WindowsSupportList;

    async fn list(
        &self,
        context: &Context<Clients>,
        config: WindowsSupportList,
        sink: &mut ListSink<WindowsSupportResource>,
    ) -> Result<(), Diagnostics> {
        let clients = context.clients()?;
        let client = (self.connect)(clients, config.region.text());
        let region = config.region.text().unwrap_or(clients.aws().region());
        search(client.as_ref(), config.cluster_name.text(), region, sink).await
    }
}

pub(super) async fn search(
    client: &dyn WindowsSupportClient,
    cluster: Option<&str>,
    region: &str,
    sink: &mut ListSink<WindowsSupportResource>,
) -> Result<(), Diagnostics> {
    let clusters = match cluster {
        Some(cluster) => vec![cluster.to_owned()],
        None => client.clusters().await.map_err(|error| error.into_diagnostic("Unable to list EKS clusters", ""))?,
    };
    for name in clusters {
        if sink.remaining() == 0 {
            break;
        }
        let value = match client.read(&name).await {
            Ok(Some(value)) => value,
            Ok(None) => continue,
            Err(error) if cluster.is_none() => {
                tracing::warn!(%error, "skipping cluster {name}: request failed");
                continue;
            }
            Err(error) => {
                let summary = format!("Unable to read Windows support for cluster {name}");
                return Err(error.into_diagnostic(summary, "").into());
            }
        };
        if value.is_on() && !sink.send(found(&name, region, sink.wants_object())).await {
            break;
        }
    }
    Ok(())
}

fn found(cluster: &str, region: &str, whole: bool) -> Listed<WindowsSupportResource> {
    let object = WindowsSupport {
        cluster_name: cluster.into(),
        region: region.into(),
        force_conflicts: Attr::Known(false),
        enabled: Attr::Known(true),
        id: cluster.into(),
        ..WindowsSupport::default()
    };
    Listed {
        identity: WindowsSupportIdentity { cluster_name: cluster.into(), region: region.into() },
        display_name: cluster.to_owned(),
        object: whole.then_some(object),
    }
}
