//! `ekscompute_roll_node_group`: replaces all nodes of a managed node group without a change of its version. Calls
//! `eks:DescribeCluster`, `eks:DescribeNodegroup`, `autoscaling:TerminateInstanceInAutoScalingGroup`, and the Kubernetes
//! API.

pub mod aws;
pub mod client;
mod model;
mod progress;
mod roll;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use clients::context::Clients;
use clients::drain::{ConnectNodes, DrainSettings};
use clients::wait::Limits;
use framework::action::{Action, Progress};
use framework::context::Context;
use framework::diagnostics::Diagnostics;
use framework::timeouts;

use client::RollClient;
pub use model::RollNodeGroup;
use roll::Roll;

/// The default timeout.
const TIMEOUT: Duration = Duration::from_secs(3 * 60 * 60);

/// Creates a client for a Region.
pub type Connect = fn(&Clients, Option<&str>) -> Arc<dyn RollClient>;

/// The action `ekscompute_roll_node_group`.
pub struct RollNodeGroupAction {
    connect: Connect,
    connect_nodes: ConnectNodes,
}

impl RollNodeGroupAction {
    /// Creates the action. `connect` creates its AWS client, and `connect_nodes` connects to the nodes of a cluster.
    #[must_use]
    pub fn new(connect: Connect, connect_nodes: ConnectNodes) -> Self {
        Self { connect, connect_nodes }
    }
}

#[async_trait]
impl Action for RollNodeGroupAction {
    type Clients = Clients;
    type Model = RollNodeGroup;

    async fn invoke(
        &self,
        context: &Context<Clients>,
        config: RollNodeGroup,
        progress: &Progress,
    ) -> Result<(), Diagnostics> {
        let clients = context.clients_of(config.region.is_known())?;
        let (region, cluster_name) = (config.region.text(), config.cluster_name.text().unwrap_or_default());
        let client = (self.connect)(clients, region);
        let cluster = (self.connect_nodes)(clients, region, cluster_name);
        let limits = Limits::new(timeouts::or_default(&config.timeout, TIMEOUT), context.cancellation().clone());
        let RollNodeGroup { max_unavailable, drain_timeout, grace_period_seconds, force, .. } = &config;
        let settings = DrainSettings::configured(max_unavailable, drain_timeout, grace_period_seconds, force);
        let roll = Roll {
            client: client.as_ref(),
            cluster: cluster.as_ref(),
            settings: &settings,
            limits: &limits,
            report: &|line| progress.report(line),
            cluster_name,
            node_group_name: config.node_group_name.text().unwrap_or_default(),
        };
        roll.run().await
    }
}
