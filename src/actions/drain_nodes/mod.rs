//! `ekscompute_drain_nodes`: cordons nodes and evicts their pods. Calls `eks:DescribeCluster` and the Kubernetes API.

mod drain;
mod model;
#[cfg(test)]
mod tests;

use std::time::Duration;

use async_trait::async_trait;

use clients::context::Clients;
use clients::drain::ConnectNodes;
use clients::wait::Limits;
use framework::action::{Action, Progress};
use framework::context::Context;
use framework::diagnostics::Diagnostics;
use framework::timeouts;

pub use model::DrainNodes;

/// The default timeout.
const TIMEOUT: Duration = Duration::from_secs(60 * 60);

/// The action `ekscompute_drain_nodes`.
pub struct DrainNodesAction {
    connect: ConnectNodes,
}

impl DrainNodesAction {
    /// Creates the action. `connect` connects to the nodes of a cluster.
    #[must_use]
    pub fn new(connect: ConnectNodes) -> Self {
        Self { connect }
    }
}

#[async_trait]
impl Action for DrainNodesAction {
    type Clients = Clients;
    type Model = DrainNodes;

    fn validate(&self, config: &DrainNodes, diagnostics: &mut Diagnostics) {
        model::selects_once(config, diagnostics);
    }

    async fn invoke(
        &self,
        context: &Context<Clients>,
        config: DrainNodes,
        progress: &Progress,
    ) -> Result<(), Diagnostics> {
        let clients = context.clients_of(config.region.is_known())?;
        let cluster = (self.connect)(clients, config.region.text(), config.cluster_name.text().unwrap_or_default());
        let limits = Limits::new(timeouts::or_default(&config.timeout, TIMEOUT), context.cancellation().clone());
        drain::drain(cluster.as_ref(), &limits, &config, &|line| progress.report(line)).await
    }
}
