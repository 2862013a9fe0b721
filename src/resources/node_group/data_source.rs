//! The data source `ekscompute_node_group`: an existing node group.

use std::sync::Arc;

use async_trait::async_trait;

use clients::context::Clients;
use clients::errors::ApiError;
use framework::context::{Configured, Context};
use framework::data_source::DataSource;
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::model::{Attr, List, Map, Model, Set, SetOf};
use framework::tags::TagPolicy;

use super::client::{NodeGroup as Live, NodeGroupClient};
use super::model::{
    HealthIssue, LaunchTemplate, NodeGroup, RemoteAccess, RepairOverride, Resources, ScalingConfig, Taint,
    UpdateConfig, WarmPoolConfig,
};
use super::resource::Connect;
use super::{api, validators as rules};

/// Provides details about an EKS managed node group.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct NodeGroupData {
    /// Name of the EKS cluster.
    #[attribute(required, validate = [rules::cluster_name()])]
    pub cluster_name: Attr<String>,
    /// Name of the node group.
    #[attribute(required, validate = [rules::node_group_name()])]
    pub node_group_name: Attr<String>,
    /// AWS Region of the cluster. Defaults to the Region set in the provider configuration.
    #[attribute(optional, computed, validate = [clients::names::region()])]
    pub region: Attr<String>,
    /// AMI type of the nodes. `CUSTOM` if the launch template specifies an AMI.
    #[attribute(computed)]
    pub ami_type: Attr<String>,
    /// ARN of the node group.
    #[attribute(computed)]
    pub arn: Attr<String>,
    /// Capacity type of the nodes: `ON_DEMAND`, `SPOT`, or `CAPACITY_BLOCK`.
    #[attribute(computed)]
    pub capacity_type: Attr<String>,
    /// Time when the node group was created, in RFC 3339 format.
    #[attribute(computed)]
    pub created_at: Attr<String>,
    /// Size of the root volume in GiB. Null if the node group uses a launch template.
    #[attribute(computed)]
    pub disk_size: Attr<i64>,
    /// Health issues reported by EKS. Empty if the node group is healthy.
    #[attribute(computed)]
    pub health: List<HealthIssue>,
    /// ID of the node group in the format `cluster_name:node_group_name`.
    #[attribute(computed)]
    pub id: Attr<String>,
    /// List of instance types. Empty if the launch template specifies the instance type.
    #[attribute(computed)]
    pub instance_types: List<String>,
    /// Kubernetes labels of the nodes.
    #[attribute(computed)]
    pub labels: Map<String>,
    /// Launch template of the nodes, with its version as a number. Empty if the node group does not use a launch
    /// template.
    #[attribute(computed, as_blocks)]
    pub launch_template: List<LaunchTemplate>,
    /// Time when the node group was last modified, in RFC 3339 format.
    #[attribute(computed)]
    pub modified_at: Attr<String>,
    /// Configuration of automatic node repair. Empty if it was never configured.
    #[attribute(computed, as_blocks)]
    pub node_repair_config: List<RepairData>,
    /// ARN of the node role.
    #[attribute(computed)]
    pub node_role_arn: Attr<String>,
    /// AMI release of the nodes, or the ID of the AMI that the launch template specifies.
    #[attribute(computed)]
    pub release_version: Attr<String>,
    /// Configuration of remote access by SSH or RDP. Empty if remote access is not configured.
    #[attribute(computed, as_blocks)]
    pub remote_access: List<RemoteAccess>,
    /// AWS resources that EKS created for the node group.
    #[attribute(computed, as_blocks)]
    pub resources: List<Resources>,
    /// Minimum, maximum, and desired number of nodes.
    #[attribute(computed, as_blocks)]
    pub scaling_config: List<ScalingConfig>,
    /// Status of the node group: `CREATING`, `ACTIVE`, `UPDATING`, `DELETING`, `CREATE_FAILED`, `DELETE_FAILED`, or
    /// `DEGRADED`.
    #[attribute(computed)]
    pub status: Attr<String>,
    /// IDs of the subnets of the nodes.
    #[attribute(computed)]
    pub subnet_ids: Set<String>,
    /// Tags of the node group, except for tags that `ignore_tags` in the provider configuration matches.
    #[attribute(computed)]
    pub tags: Map<String>,
    /// Kubernetes taints of the nodes.
    #[attribute(computed, as_blocks)]
    pub taints: Set<Taint>,
    /// Number of nodes that can be unavailable during an update.
    #[attribute(computed, as_blocks)]
    pub update_config: List<UpdateConfig>,
    /// Kubernetes version of the nodes. Null if the launch template specifies an AMI.
    #[attribute(computed)]
    pub version: Attr<String>,
    /// Configuration of the warm pool. Empty if the node group has no warm pool.
    #[attribute(computed, as_blocks)]
    pub warm_pool_config: List<WarmPoolConfig>,
}

/// Configuration of automatic node repair.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct RepairData {
    /// Whether unhealthy nodes are repaired.
    #[attribute(computed)]
    pub enabled: Attr<bool>,
    /// Maximum number of nodes that are repaired concurrently.
    #[attribute(computed)]
    pub max_parallel_nodes_repaired_count: Attr<i64>,
    /// Maximum percentage of unhealthy nodes that are repaired concurrently.
    #[attribute(computed)]
    pub max_parallel_nodes_repaired_percentage: Attr<i64>,
    /// Number of unhealthy nodes above which repair stops.
    #[attribute(computed)]
    pub max_unhealthy_node_threshold_count: Attr<i64>,
    /// Percentage of unhealthy nodes above which repair stops.
    #[attribute(computed)]
    pub max_unhealthy_node_threshold_percentage: Attr<i64>,
    /// Repair actions for specific conditions and reasons of the node monitoring agent.
    #[attribute(computed)]
    pub node_repair_config_overrides: List<RepairOverride>,
}

/// The data source `ekscompute_node_group`.
pub struct NodeGroupDataSource {
    connect: Connect,
}

impl NodeGroupDataSource {
    /// Creates the data source. `connect` creates its client.
    #[must_use]
    pub fn new(connect: Connect) -> Self {
        Self { connect }
    }
}

#[async_trait]
impl DataSource for NodeGroupDataSource {
    type Clients = Clients;
    type Model = NodeGroupData;

    async fn read(
        &self,
        context: &Context<Clients>,
        config: NodeGroupData,
        _diagnostics: &mut Diagnostics,
    ) -> Result<NodeGroupData, Diagnostics> {
        let clients = context.clients()?;
        let client: Arc<dyn NodeGroupClient> = (self.connect)(clients, config.region.text());
        read(client.as_ref(), &clients.tag_policy(), &config).await
    }
}

async fn read(
    client: &dyn NodeGroupClient,
    policy: &TagPolicy,
    config: &NodeGroupData,
) -> Result<NodeGroupData, Diagnostics> {
    let cluster = config.cluster_name.text().unwrap_or_default();
    let name = config.node_group_name.text().unwrap_or_default();
    let live = client.describe(cluster, name).await.map_err(|error| cannot_read(error, cluster, name))?;
    Ok(from_live(&live, policy))
}

fn cannot_read(error: ApiError, cluster: &str, name: &str) -> Diagnostic {
    let missing = "Node group or cluster not found in this account and Region. Check cluster_name, node_group_name, \
                   and region. Data sources are read during plan, so the node group must already exist.";
    let advice = if error.is_not_found() { missing } else { "" };
    error.into_diagnostic(format!("Unable to read node group {}", api::id(cluster, name)), advice)
}

/// Converts a node group as in the resource, with all its tags.
fn from_live(live: &Live, policy: &TagPolicy) -> NodeGroupData {
    let model = api::from_live(&NodeGroup::default(), live, policy);
    NodeGroupData {
        cluster_name: model.cluster_name,
        node_group_name: model.node_group_name,
        region: model.region,
        ami_type: model.ami_type,
        arn: model.arn,
        capacity_type: model.capacity_type,
        created_at: model.created_at,
        disk_size: model.disk_size,
        health: model.health,
        id: model.id,
        instance_types: model.instance_types,
        labels: Map::of(live.labels.clone()),
        launch_template: List::of(model.launch_template.iter().cloned()),
        modified_at: model.modified_at,
        node_repair_config: List::of(model.node_repair_config.iter().map(|repair| RepairData {
            enabled: repair.enabled,
            max_parallel_nodes_repaired_count: repair.max_parallel_nodes_repaired_count,
            max_parallel_nodes_repaired_percentage: repair.max_parallel_nodes_repaired_percentage,
            max_unhealthy_node_threshold_count: repair.max_unhealthy_node_threshold_count,
            max_unhealthy_node_threshold_percentage: repair.max_unhealthy_node_threshold_percentage,
            node_repair_config_overrides: List::of(repair.node_repair_config_overrides.iter().cloned()),
        })),
        node_role_arn: model.node_role_arn,
        release_version: model.release_version,
        remote_access: List::of(model.remote_access.iter().cloned()),
        resources: model.resources,
        scaling_config: List::of(model.scaling_config.iter().cloned()),
        status: model.status,
        subnet_ids: model.subnet_ids,
        tags: model.tags_all,
        taints: Attr::Known(SetOf(model.taint.iter().cloned().map(Attr::Known).collect())),
        update_config: model.update_config,
        version: model.version,
        warm_pool_config: List::of(model.warm_pool_config.iter().cloned()),
    }
}

#[cfg(test)]
#[path = "data_source_tests.rs"]
mod tests;
