//! The schema of `ekscompute_node_group`: the arguments of `aws_eks_node_group`, and what this provider adds.

use framework::blocks::{ListBlock, SetBlock, SingleBlock};
use framework::identity::Identity;
use framework::model::{Attr, List, Map, Model, Set};
use framework::timeouts::CreateUpdateDelete;
use framework::validators as must;
use framework::value::Value;
use preflight::names::check_name_or_all;

use super::validators as rules;

/// Manages an EKS managed node group: EC2 instances that EKS creates, joins to the cluster, updates and repairs.
///
/// The arguments are those of `aws_eks_node_group`, so an existing configuration needs only the resource type changed,
/// and a `moved` block takes over its state.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct NodeGroup {
    /// Name of the EKS cluster.
    #[attribute(required, replace, validate = [rules::cluster_name()])]
    pub cluster_name: Attr<String>,
    /// Name of the node group, at most 63 characters. Conflicts with `node_group_name_prefix` unless it begins with it;
    /// without both, a unique name that begins with `terraform-` is made.
    #[attribute(optional, computed, stable, replace, validate = [rules::node_group_name()])]
    pub node_group_name: Attr<String>,
    /// Makes a unique name that begins with this prefix of at most 37 characters, which lets
    /// `create_before_destroy` replace the node group without a clash of names. Conflicts with a `node_group_name` that
    /// begins otherwise. An empty string is treated as unset.
    #[attribute(optional, computed, stable, replace, unset_if_zero,
                validate = [rules::node_group_name_prefix()])]
    pub node_group_name_prefix: Attr<String>,
    /// ARN of the IAM role of the nodes. It trusts `ec2.amazonaws.com` and is not the role of the cluster.
    #[attribute(required, replace, validate = [rules::role_arn()])]
    pub node_role_arn: Attr<String>,
    /// Ids of the subnets the nodes run in. They belong to the cluster's VPC, and need not be the cluster's own.
    #[attribute(required, replace, validate = [must::size(1..=usize::MAX)])]
    pub subnet_ids: Set<String>,
    /// AMI type of the nodes, such as `AL2023_x86_64_STANDARD`. Without it EKS chooses by Kubernetes version and
    /// instance types; `CUSTOM` when the launch template names an AMI.
    #[attribute(optional, computed, stable, replace, unset_if_zero, validate = [must::one_of(render::ami_types::NAMES)])]
    pub ami_type: Attr<String>,
    /// Who moves the AMI release forward when `release_version` is left out: `pinned` keeps the present release,
    /// `latest` shows an upgrade in the plan whenever AWS recommends a newer release for the AMI type and Kubernetes
    /// version.
    #[attribute(optional, computed, inert, default = "pinned", validate = [must::one_of(&["pinned", "latest"])])]
    pub ami_update_policy: Attr<String>,
    /// Capacity type: `ON_DEMAND` (what EKS chooses without it), `SPOT` or `CAPACITY_BLOCK`.
    #[attribute(optional, computed, stable, replace, unset_if_zero, validate = [must::one_of(&["ON_DEMAND", "SPOT", "CAPACITY_BLOCK"])])]
    pub capacity_type: Attr<String>,
    /// Size of the root volume in GiB; EKS chooses 20, and 50 for Windows. With a launch template it belongs there.
    #[attribute(optional, computed, stable, replace, unset_if_zero, validate = [must::between(1..=i64::MAX)])]
    pub disk_size: Attr<i64>,
    /// Instance types, at most 20, for `ON_DEMAND` in order of preference; EKS chooses `t3.medium`. They stand here
    /// or in the launch template, not in both.
    #[attribute(optional, computed, stable, replace, unset_if_zero,
                validate = [must::size(0..=20)])]
    pub instance_types: List<String>,
    /// Kubernetes labels of the nodes. Labels that others put on single nodes are not touched.
    #[attribute(optional, unset_if_zero, validate = [must::each_key(must::length(1..=63)), must::each(must::length(1..=63))])]
    pub labels: Map<String>,
    /// Kubernetes version. Without it EKS takes the cluster's when the node group is created, and later changes
    /// nothing.
    #[attribute(optional, computed, unset_if_zero, changes_with = ["launch_template"], validate = [rules::kubernetes_version()])]
    pub version: Attr<String>,
    /// Release of the AMI, such as `1.33.4-20250904`. Without it EKS takes the newest when the node group is created
    /// or its version changes; see `ami_update_policy`.
    #[attribute(optional, computed, unset_if_zero, changes_with = ["version", "launch_template"])]
    pub release_version: Attr<String>,
    /// Whether a version update deletes pods that a PodDisruptionBudget keeps from being evicted, after trying for
    /// 15 minutes.
    #[attribute(optional, inert, unset_if_zero)]
    pub force_update_version: Attr<bool>,
    /// How many nodes an update may make unavailable at a time. In the configuration it is written as a block.
    #[attribute(optional, computed, stable, as_blocks, unset_if_zero, equivalent = super::equivalence::update_config,
                validate = [rules::update_config()])]
    pub update_config: List<UpdateConfig>,
    /// Tags put on the Auto Scaling group that EKS makes, which gets none of the node group's `tags`. The Cluster
    /// Autoscaler needs `k8s.io/cluster-autoscaler/node-template/…` tags there to scale a group from zero. Tags that
    /// others put on the group are not touched.
    #[attribute(optional, inert, unset_if_zero, validate = [must::each_key(must::length(1..=128)), must::each(must::length(0..=256))])]
    pub auto_scaling_group_tags: Map<String>,
    /// Names of preflight checks to leave out for this node group, or `all`. The guide to preflight checks lists them. A
    /// change calls nothing.
    #[attribute(optional, inert, unset_if_zero, validate = [must::each(check_name_or_all())])]
    pub skip_preflight: Set<String>,
    /// Region of the cluster; without it, the region of the provider.
    #[attribute(optional, computed, stable, replace, validate = [clients::names::region()])]
    pub region: Attr<String>,
    /// Tags of the node group. EKS passes them on neither to the Auto Scaling group nor to the instances.
    #[attribute(optional, unset_if_zero, validate = [must::each_key(must::length(1..=128)), must::each(must::length(0..=256))])]
    pub tags: Map<String>,
    /// Tags of the node group with those of the provider's `default_tags`.
    #[attribute(computed)]
    pub tags_all: Map<String>,
    /// ARN of the node group.
    #[attribute(computed, stable)]
    pub arn: Attr<String>,
    /// `cluster_name:node_group_name`.
    #[attribute(computed, stable)]
    pub id: Attr<String>,
    /// Status: `CREATING`, `ACTIVE`, `UPDATING`, `DELETING`, `CREATE_FAILED`, `DELETE_FAILED` or `DEGRADED`.
    #[attribute(computed, settled = super::equivalence::is_active)]
    pub status: Attr<String>,
    /// What is wrong with the node group, as EKS sees it; empty when it is well.
    // Core accepts `update_config` in block syntax only while no attribute of the schema is a nested one.
    #[attribute(computed, as_blocks, settled = Value::is_zero)]
    pub health: List<HealthIssue>,
    /// AWS objects that EKS made for the node group.
    #[attribute(computed, stable, as_blocks)]
    pub resources: List<Resources>,
    /// When the node group was created, in RFC 3339.
    #[attribute(computed, stable)]
    pub created_at: Attr<String>,
    /// When the node group was last changed, in RFC 3339.
    #[attribute(computed)]
    pub modified_at: Attr<String>,
    /// Launch template of the nodes. Another template replaces the node group; another version of the same one
    /// updates it node by node.
    #[block(max = 1)]
    pub launch_template: ListBlock<LaunchTemplate>,
    /// Automatic replacement or reboot of unhealthy nodes.
    #[block(max = 1)]
    pub node_repair_config: ListBlock<NodeRepairConfig>,
    /// SSH access, or RDP for Windows. With a launch template it belongs there.
    #[block(max = 1, replace)]
    pub remote_access: ListBlock<RemoteAccess>,
    /// Numbers of nodes.
    #[block(min = 1, max = 1)]
    pub scaling_config: ListBlock<ScalingConfig>,
    /// Kubernetes taints of the nodes, at most 50.
    #[block(max = 50)]
    pub taint: SetBlock<Taint>,
    /// Stopped or running instances kept ready to join. The pool exists while the block does.
    #[block(max = 1)]
    pub warm_pool_config: ListBlock<WarmPoolConfig>,
    /// How long each operation may take; 60 minutes each by default.
    #[block(inert)]
    pub timeouts: SingleBlock<CreateUpdateDelete>,
}

/// A launch template, by id or by name.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct LaunchTemplate {
    /// Id of the template. Conflicts with the `name` of another template.
    #[attribute(optional, computed, stable, replace, unset_if_zero)]
    pub id: Attr<String>,
    /// Name of the template. Conflicts with the `id` of another template.
    #[attribute(optional, computed, stable, replace, unset_if_zero)]
    pub name: Attr<String>,
    /// Version of the template: a number, `$Latest` or `$Default`. With the latter two a newer version of the
    /// template shows in the plan.
    #[attribute(required, validate = [must::length(1..=255)])]
    pub version: Attr<String>,
}

/// SSH or RDP access.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct RemoteAccess {
    /// Name of the EC2 key pair. Without `source_security_group_ids` the port is open to the world.
    #[attribute(optional, unset_if_zero)]
    pub ec2_ssh_key: Attr<String>,
    /// Ids of the security groups that may connect.
    #[attribute(optional, unset_if_zero)]
    pub source_security_group_ids: Set<String>,
}

/// Numbers of nodes.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct ScalingConfig {
    /// Present target. Leave it out when an autoscaler sets it: creation then starts with `min_size` nodes, and
    /// later the target is kept as it is, moved only into the range of `min_size` and `max_size`.
    #[attribute(optional, computed, stable, validate = [must::between(0..=i64::MAX)])]
    pub desired_size: Attr<i64>,
    /// Greatest number of nodes.
    #[attribute(required, validate = [must::between(1..=i64::MAX)])]
    pub max_size: Attr<i64>,
    /// Least number of nodes.
    #[attribute(required, validate = [must::between(0..=i64::MAX)])]
    pub min_size: Attr<i64>,
}

/// A Kubernetes taint.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct Taint {
    /// Key of the taint.
    #[attribute(required, validate = [must::length(1..=63)])]
    pub key: Attr<String>,
    /// Value of the taint.
    #[attribute(optional, unset_if_zero, validate = [must::length(0..=63)])]
    pub value: Attr<String>,
    /// Effect of the taint: `NO_SCHEDULE`, `NO_EXECUTE` or `PREFER_NO_SCHEDULE`.
    #[attribute(required, validate = [must::one_of(&["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"])])]
    pub effect: Attr<String>,
}

/// How many nodes an update may make unavailable at a time.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct UpdateConfig {
    /// Number of nodes, from 1 to 100 and not above `max_size`. Conflicts with `max_unavailable_percentage`.
    #[attribute(optional)]
    pub max_unavailable: Attr<i64>,
    /// Share of the nodes in percent, from 1 to 100. Conflicts with `max_unavailable`.
    #[attribute(optional)]
    pub max_unavailable_percentage: Attr<i64>,
    /// `DEFAULT` launches new nodes first; `MINIMAL` ends old ones first, for capacity that cannot grow.
    #[attribute(optional)]
    pub update_strategy: Attr<String>,
}

/// Automatic replacement or reboot of unhealthy nodes.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct NodeRepairConfig {
    /// Whether nodes are repaired.
    #[attribute(optional, unset_if_zero)]
    pub enabled: Attr<bool>,
    /// Number of nodes repaired at a time. Conflicts with `max_parallel_nodes_repaired_percentage`.
    #[attribute(optional, unset_if_zero, validate = [must::between(1..=i64::MAX)])]
    pub max_parallel_nodes_repaired_count: Attr<i64>,
    /// Share of the unhealthy nodes repaired at a time, in percent. Conflicts with
    /// `max_parallel_nodes_repaired_count`.
    #[attribute(optional, unset_if_zero, validate = [must::between(1..=100)])]
    pub max_parallel_nodes_repaired_percentage: Attr<i64>,
    /// Number of unhealthy nodes above which repair stops. Conflicts with `max_unhealthy_node_threshold_percentage`.
    #[attribute(optional, unset_if_zero, validate = [must::between(1..=i64::MAX)])]
    pub max_unhealthy_node_threshold_count: Attr<i64>,
    /// Share of unhealthy nodes above which repair stops, in percent. Conflicts with
    /// `max_unhealthy_node_threshold_count`.
    #[attribute(optional, unset_if_zero, validate = [must::between(1..=100)])]
    pub max_unhealthy_node_threshold_percentage: Attr<i64>,
    /// Other actions for certain conditions and reasons of the node monitoring agent.
    #[block]
    pub node_repair_config_overrides: ListBlock<RepairOverride>,
}

/// Another action for a certain condition and reason.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct RepairOverride {
    /// Minutes to wait before the action.
    #[attribute(required, validate = [must::between(1..=i64::MAX)])]
    pub min_repair_wait_time_mins: Attr<i64>,
    /// Condition of the node monitoring agent, such as `AcceleratedHardwareReady`.
    #[attribute(required)]
    pub node_monitoring_condition: Attr<String>,
    /// Reason of the node monitoring agent, such as `NvidiaXID13Error`.
    #[attribute(required)]
    pub node_unhealthy_reason: Attr<String>,
    /// Action: `Replace`, `Reboot` or `NoAction`.
    #[attribute(required, validate = [must::one_of(&["Replace", "Reboot", "NoAction"])])]
    pub repair_action: Attr<String>,
}

/// Instances kept ready to join.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct WarmPoolConfig {
    /// Maximum number of instances in the warm pool and in service combined. If unset or `-1`, the only limit is
    /// `max_size`.
    #[attribute(optional, computed, stable, validate = [must::between(-1..=i64::MAX)])]
    pub max_group_prepared_capacity: Attr<i64>,
    /// Least number of instances in the pool; 0 without it.
    #[attribute(optional, computed, stable, validate = [must::between(0..=i64::MAX)])]
    pub min_size: Attr<i64>,
    /// State of the instances in the pool: `STOPPED` (what EKS chooses), `RUNNING` or `HIBERNATED`.
    #[attribute(optional, computed, stable, validate = [must::one_of(&["STOPPED", "RUNNING", "HIBERNATED"])])]
    pub pool_state: Attr<String>,
    /// Whether instances return to the pool when the group shrinks.
    #[attribute(optional, computed, stable)]
    pub reuse_on_scale_in: Attr<bool>,
}

/// A health issue.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct HealthIssue {
    /// Code, such as `NodeCreationFailure`.
    #[attribute(computed)]
    pub code: Attr<String>,
    /// What EKS says.
    #[attribute(computed)]
    pub message: Attr<String>,
    /// Ids of the instances, groups or roles concerned.
    #[attribute(computed)]
    pub resource_ids: List<String>,
}

/// AWS objects that EKS made for a node group.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct Resources {
    /// Auto Scaling groups.
    #[attribute(computed)]
    pub autoscaling_groups: List<AutoScalingGroup>,
    /// Id of the security group for remote access.
    #[attribute(computed)]
    pub remote_access_security_group_id: Attr<String>,
}

/// An Auto Scaling group.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct AutoScalingGroup {
    /// Name of the group.
    #[attribute(computed)]
    pub name: Attr<String>,
}

/// What identifies a node group.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct NodeGroupIdentity {
    /// Name of the EKS cluster.
    #[attribute(required)]
    pub cluster_name: Attr<String>,
    /// Name of the node group.
    #[attribute(required)]
    pub node_group_name: Attr<String>,
    /// AWS account of the cluster.
    #[attribute(optional)]
    pub account_id: Attr<String>,
    /// Region of the cluster.
    #[attribute(optional)]
    pub region: Attr<String>,
}

impl Identity for NodeGroupIdentity {}
