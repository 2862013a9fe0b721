//! The schema of `ekscompute_node_group`: the arguments of `aws_eks_node_group`, and additional ones.

use framework::blocks::{ListBlock, SetBlock, SingleBlock};
use framework::identity::Identity;
use framework::model::{Attr, List, Map, Model, Set};
use framework::timeouts::CreateUpdateDelete;
use framework::validators as must;
use framework::value::Value;
use preflight::names::check_name_or_all;

use super::group_settings::GroupSettings;
use super::validators as rules;

/// Manages an EKS managed node group: EC2 instances that EKS launches, joins to the cluster, updates, and repairs.
///
/// Accepts the arguments of `aws_eks_node_group`. To migrate an existing resource, change the resource type and add a
/// `moved` block.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct NodeGroup {
    /// Name of the EKS cluster.
    #[attribute(required, replace, validate = [rules::cluster_name()])]
    pub cluster_name: Attr<String>,
    /// Name of the node group. If neither this argument nor `node_group_name_prefix` is set, the provider generates a
    /// unique name that starts with `terraform-`. Conflicts with `node_group_name_prefix` unless the name starts with
    /// that prefix.
    #[attribute(optional, computed, stable, replace, validate = [rules::node_group_name()])]
    pub node_group_name: Attr<String>,
    /// Prefix of a generated unique name. Generated names allow `create_before_destroy` to replace the node group
    /// without a name conflict. Conflicts with `node_group_name` unless that name starts with the prefix. An empty
    /// string is treated as unset.
    #[attribute(optional, computed, stable, replace, unset_if_zero,
                validate = [rules::node_group_name_prefix()])]
    pub node_group_name_prefix: Attr<String>,
    /// ARN of the node role. The role must trust `ec2.amazonaws.com` and must not be the cluster role.
    #[attribute(required, replace, validate = [rules::role_arn()])]
    pub node_role_arn: Attr<String>,
    /// IDs of the subnets for the nodes. The subnets must be in the VPC of the cluster, but do not have to be the
    /// subnets of the cluster.
    #[attribute(required, replace, validate = [must::size_between(1..=usize::MAX)])]
    pub subnet_ids: Set<String>,
    /// AMI type of the nodes, such as `AL2023_x86_64_STANDARD`. If unset, EKS selects it from the Kubernetes version
    /// and the instance types, or uses `CUSTOM` if the launch template specifies an AMI.
    #[attribute(optional, computed, stable, replace, unset_if_zero, validate = [must::one_of(render::ami_types::NAMES)])]
    pub ami_type: Attr<String>,
    /// How the AMI release is upgraded if `release_version` is not set. `pinned` keeps the current release. `latest`
    /// plans an upgrade whenever AWS recommends a newer release for the AMI type and Kubernetes version.
    #[attribute(optional, computed, inert, default = "pinned", validate = [must::one_of(&["pinned", "latest"]).documented()])]
    pub ami_update_policy: Attr<String>,
    /// Capacity type of the nodes. If unset, EKS uses `ON_DEMAND`.
    #[attribute(optional, computed, stable, replace, unset_if_zero, validate = [must::one_of(&["ON_DEMAND", "SPOT", "CAPACITY_BLOCK"])])]
    pub capacity_type: Attr<String>,
    /// Size of the root volume in GiB. If unset, EKS uses 20 GiB, or 50 GiB for Windows. Not supported with
    /// `launch_template`; set it in the launch template instead.
    #[attribute(optional, computed, stable, replace, unset_if_zero, validate = [must::between(1..=i64::MAX)])]
    pub disk_size: Attr<i64>,
    /// List of instance types. For `ON_DEMAND`, EKS uses them in order of preference. If unset, EKS uses `t3.medium`.
    /// Conflicts with an instance type in the launch template.
    #[attribute(optional, computed, stable, replace, unset_if_zero,
                validate = [must::size_between(0..=20)])]
    pub instance_types: List<String>,
    /// Kubernetes labels of the nodes. Labels that are set on individual nodes outside of Terraform are left unchanged.
    #[attribute(optional, unset_if_zero, validate = [must::each_key(must::length_between(1..=63)), must::each(must::length_between(1..=63))])]
    pub labels: Map<String>,
    /// Kubernetes version of the nodes. If unset, the node group is created with the version of the cluster and is not
    /// upgraded afterward.
    #[attribute(optional, computed, unset_if_zero, changes_with = ["launch_template"], validate = [rules::kubernetes_version()])]
    pub version: Attr<String>,
    /// AMI release of the nodes, such as `1.33.4-20250904`. If unset, EKS uses the newest release when the node group
    /// is created or its version changes. See `ami_update_policy`.
    #[attribute(optional, computed, unset_if_zero, changes_with = ["version", "launch_template"])]
    pub release_version: Attr<String>,
    /// Whether a version update deletes pods that a PodDisruptionBudget protects from eviction. EKS first tries to
    /// evict them for 15 minutes. Defaults to `false`.
    #[attribute(optional, inert, unset_if_zero)]
    pub force_update_version: Attr<bool>,
    /// Configuration block for the number of nodes that can be unavailable during an update. JSON syntax requires a list
    /// with one object that contains all three arguments, with `null` for each unset argument.
    #[attribute(optional, computed, stable, as_blocks, unset_if_zero, equivalent = super::equivalence::update_config,
                validate = [rules::update_config()])]
    pub update_config: List<UpdateConfig>,
    /// Tags of the Auto Scaling group that EKS creates, which does not inherit `tags`. To scale a node group from 0
    /// nodes, Cluster Autoscaler requires `k8s.io/cluster-autoscaler/node-template/…` tags on this group. Tags set
    /// outside of Terraform are left unchanged.
    #[attribute(optional, inert, unset_if_zero, validate = [must::each_key(must::length_between(1..=128)), must::each(must::length_between(0..=256))])]
    pub auto_scaling_group_tags: Map<String>,
    /// Names of preflight checks to skip, or `all`. The guide to preflight checks lists them. Changing this argument
    /// does not call any API.
    #[attribute(optional, inert, unset_if_zero, validate = [must::each(check_name_or_all())])]
    pub skip_preflight: Set<String>,
    /// AWS Region of the cluster. Defaults to the Region set in the provider configuration.
    #[attribute(optional, computed, stable, replace, validate = [clients::names::region()])]
    pub region: Attr<String>,
    /// Tags of the node group. EKS does not propagate them to the Auto Scaling group or to the instances.
    #[attribute(optional, unset_if_zero, validate = [must::each_key(must::length_between(1..=128)), must::each(must::length_between(0..=256))])]
    pub tags: Map<String>,
    /// Tags of the node group, including the `default_tags` of the provider configuration.
    #[attribute(computed)]
    pub tags_all: Map<String>,
    /// ARN of the node group.
    #[attribute(computed, stable)]
    pub arn: Attr<String>,
    /// ID of the node group in the format `cluster_name:node_group_name`.
    #[attribute(computed, stable)]
    pub id: Attr<String>,
    /// Status of the node group: `CREATING`, `ACTIVE`, `UPDATING`, `DELETING`, `CREATE_FAILED`, `DELETE_FAILED`, or
    /// `DEGRADED`.
    #[attribute(computed, settled = super::equivalence::is_active)]
    pub status: Attr<String>,
    /// Health issues reported by EKS. Empty if the node group is healthy.
    // Terraform core accepts `update_config` in block syntax only if the schema has no nested attributes.
    #[attribute(computed, as_blocks, settled = Value::is_zero)]
    pub health: List<HealthIssue>,
    /// AWS resources that EKS created for the node group.
    #[attribute(computed, stable, as_blocks)]
    pub resources: List<Resources>,
    /// Time when the node group was created, in RFC 3339 format.
    #[attribute(computed, stable)]
    pub created_at: Attr<String>,
    /// Time when the node group was last modified, in RFC 3339 format.
    #[attribute(computed)]
    pub modified_at: Attr<String>,
    /// Configuration block for settings of the Auto Scaling group that EKS creates. Only the arguments that are set are
    /// managed. Removing an argument restores the value from before it was set.
    #[block(max = 1, inert)]
    pub auto_scaling_group: ListBlock<GroupSettings>,
    /// Configuration block for the launch template of the nodes. Changing the version starts a rolling update of the
    /// nodes.
    #[block(max = 1)]
    pub launch_template: ListBlock<LaunchTemplate>,
    /// Configuration block for automatic replacement or reboot of unhealthy nodes.
    #[block(max = 1)]
    pub node_repair_config: ListBlock<NodeRepairConfig>,
    /// Configuration block for remote access by SSH, or by RDP for Windows. Not supported with `launch_template`; set
    /// it in the launch template instead.
    #[block(max = 1, replace)]
    pub remote_access: ListBlock<RemoteAccess>,
    /// Configuration block for the number of nodes.
    #[block(min = 1, max = 1)]
    pub scaling_config: ListBlock<ScalingConfig>,
    /// Configuration block for a Kubernetes taint of the nodes.
    #[block(max = 50)]
    pub taint: SetBlock<Taint>,
    /// Configuration block for a warm pool of stopped or running instances that are ready to join. Removing the block
    /// deletes the pool.
    #[block(max = 1)]
    pub warm_pool_config: ListBlock<WarmPoolConfig>,
    /// Configuration block for draining the nodes before the node group is deleted or replaced. If the block is not set,
    /// EKS drains the nodes and terminates them after 5 minutes, regardless of PodDisruptionBudgets. If pods remain
    /// because no other node of the cluster accepts pods for 3 minutes, the node group is deleted nevertheless. The block
    /// is read from state, so a change takes effect only after the next apply.
    #[block(max = 1, inert)]
    pub drain_before_delete: ListBlock<DrainBeforeDelete>,
    /// Configuration block for operation timeouts. Each timeout defaults to `60m`.
    #[block(inert)]
    pub timeouts: SingleBlock<CreateUpdateDelete>,
}

/// Configuration block for a launch template, referenced by ID or by name.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct LaunchTemplate {
    /// ID of the launch template. Conflicts with the `name` of a different launch template.
    #[attribute(optional, computed, stable, replace, unset_if_zero)]
    pub id: Attr<String>,
    /// Name of the launch template. Conflicts with the `id` of a different launch template.
    #[attribute(optional, computed, stable, replace, unset_if_zero)]
    pub name: Attr<String>,
    /// Version of the launch template: a number, `$Latest`, or `$Default`. With `$Latest` or `$Default`, a newer
    /// version of the launch template appears in the plan.
    #[attribute(required, validate = [must::length_between(1..=255)])]
    pub version: Attr<String>,
}

/// Configuration block for remote access.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct RemoteAccess {
    /// Name of the EC2 key pair. If `source_security_group_ids` is unset, the SSH or RDP port is open to the internet
    /// (0.0.0.0/0).
    #[attribute(optional, unset_if_zero)]
    pub ec2_ssh_key: Attr<String>,
    /// IDs of the security groups that are allowed to connect.
    #[attribute(optional, unset_if_zero)]
    pub source_security_group_ids: Set<String>,
}

/// Configuration block for the number of nodes.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct ScalingConfig {
    /// Desired number of nodes. Omit it if an autoscaler manages the number of nodes. The node group is then created
    /// with `min_size` nodes. Later changes outside of Terraform are kept as long as the number is between `min_size`
    /// and `max_size`.
    #[attribute(optional, computed, stable, validate = [must::between(0..=i64::MAX)])]
    pub desired_size: Attr<i64>,
    /// Maximum number of nodes.
    #[attribute(required, validate = [must::between(1..=i64::MAX)])]
    pub max_size: Attr<i64>,
    /// Minimum number of nodes.
    #[attribute(required, validate = [must::between(0..=i64::MAX)])]
    pub min_size: Attr<i64>,
}

/// Configuration block for a Kubernetes taint.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct Taint {
    /// Key of the taint.
    #[attribute(required, validate = [must::length_between(1..=63)])]
    pub key: Attr<String>,
    /// Value of the taint.
    #[attribute(optional, unset_if_zero, validate = [must::length_between(0..=63)])]
    pub value: Attr<String>,
    /// Effect of the taint.
    #[attribute(required, validate = [must::one_of(&["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"])])]
    pub effect: Attr<String>,
}

/// Configuration block for the number of nodes that can be unavailable during an update.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct UpdateConfig {
    /// Maximum number of nodes that can be unavailable, between 1 and 100 and at most `max_size`. Conflicts with
    /// `max_unavailable_percentage`.
    #[attribute(optional)]
    pub max_unavailable: Attr<i64>,
    /// Maximum percentage of nodes that can be unavailable, between 1 and 100. Conflicts with `max_unavailable`.
    #[attribute(optional)]
    pub max_unavailable_percentage: Attr<i64>,
    /// Update strategy. `DEFAULT` launches new nodes before it terminates old nodes. `MINIMAL` terminates old nodes
    /// first, for cases in which additional capacity is not available. If unset, EKS uses `DEFAULT`.
    #[attribute(optional)]
    pub update_strategy: Attr<String>,
}

/// Configuration block for automatic replacement or reboot of unhealthy nodes.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct NodeRepairConfig {
    /// Whether to repair unhealthy nodes. Defaults to `false`.
    #[attribute(optional, unset_if_zero)]
    pub enabled: Attr<bool>,
    /// Maximum number of nodes to repair concurrently. Conflicts with `max_parallel_nodes_repaired_percentage`.
    #[attribute(optional, unset_if_zero, validate = [must::between(1..=i64::MAX)])]
    pub max_parallel_nodes_repaired_count: Attr<i64>,
    /// Maximum percentage of unhealthy nodes to repair concurrently. Conflicts with
    /// `max_parallel_nodes_repaired_count`.
    #[attribute(optional, unset_if_zero, validate = [must::between(1..=100)])]
    pub max_parallel_nodes_repaired_percentage: Attr<i64>,
    /// Number of unhealthy nodes above which repair stops. Conflicts with `max_unhealthy_node_threshold_percentage`.
    #[attribute(optional, unset_if_zero, validate = [must::between(1..=i64::MAX)])]
    pub max_unhealthy_node_threshold_count: Attr<i64>,
    /// Percentage of unhealthy nodes above which repair stops. Conflicts with `max_unhealthy_node_threshold_count`.
    #[attribute(optional, unset_if_zero, validate = [must::between(1..=100)])]
    pub max_unhealthy_node_threshold_percentage: Attr<i64>,
    /// Configuration block for the repair action of a specific condition and reason of the node monitoring agent.
    #[block]
    pub node_repair_config_overrides: ListBlock<RepairOverride>,
}

/// Configuration block for the repair action of a specific condition and reason.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct RepairOverride {
    /// Minimum time to wait before the repair action, in minutes.
    #[attribute(required, validate = [must::between(1..=i64::MAX)])]
    pub min_repair_wait_time_mins: Attr<i64>,
    /// Condition reported by the node monitoring agent, such as `AcceleratedHardwareReady`.
    #[attribute(required)]
    pub node_monitoring_condition: Attr<String>,
    /// Reason reported by the node monitoring agent, such as `NvidiaXID13Error`.
    #[attribute(required)]
    pub node_unhealthy_reason: Attr<String>,
    /// Repair action.
    #[attribute(required, validate = [must::one_of(&["Replace", "Reboot", "NoAction"])])]
    pub repair_action: Attr<String>,
}

/// Configuration block for a warm pool of instances that are ready to join.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct WarmPoolConfig {
    /// Maximum number of instances in the warm pool and in service combined. If unset or `-1`, the only limit is
    /// `max_size`.
    #[attribute(optional, computed, stable, validate = [must::between(-1..=i64::MAX)])]
    pub max_group_prepared_capacity: Attr<i64>,
    /// Minimum number of instances in the warm pool. If unset, EKS uses 0.
    #[attribute(optional, computed, stable, validate = [must::between(0..=i64::MAX)])]
    pub min_size: Attr<i64>,
    /// State of the instances in the warm pool. If unset, EKS uses `STOPPED`.
    #[attribute(optional, computed, stable, validate = [must::one_of(&["STOPPED", "RUNNING", "HIBERNATED"])])]
    pub pool_state: Attr<String>,
    /// Whether instances return to the warm pool when the node group scales in. If unset, EKS uses `false`.
    #[attribute(optional, computed, stable)]
    pub reuse_on_scale_in: Attr<bool>,
}

/// A health issue reported by EKS.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct HealthIssue {
    /// Code of the health issue, such as `NodeCreationFailure`.
    #[attribute(computed)]
    pub code: Attr<String>,
    /// Message from EKS.
    #[attribute(computed)]
    pub message: Attr<String>,
    /// IDs of the affected instances, groups, or roles.
    #[attribute(computed)]
    pub resource_ids: List<String>,
}

/// AWS resources that EKS created for a node group.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct Resources {
    /// Auto Scaling groups of the node group.
    #[attribute(computed)]
    pub autoscaling_groups: List<AutoScalingGroup>,
    /// ID of the security group for remote access.
    #[attribute(computed)]
    pub remote_access_security_group_id: Attr<String>,
}

/// An Auto Scaling group.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct AutoScalingGroup {
    /// Name of the Auto Scaling group.
    #[attribute(computed)]
    pub name: Attr<String>,
}

/// Identity of a node group.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct NodeGroupIdentity {
    /// Name of the EKS cluster.
    #[attribute(required)]
    pub cluster_name: Attr<String>,
    /// Name of the node group.
    #[attribute(required)]
    pub node_group_name: Attr<String>,
    /// ID of the AWS account of the cluster.
    #[attribute(optional)]
    pub account_id: Attr<String>,
    /// AWS Region of the cluster.
    #[attribute(optional)]
    pub region: Attr<String>,
}

impl Identity for NodeGroupIdentity {}

/// Configuration block for a drain before the deletion.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct DrainBeforeDelete {
    /// Maximum time for each node. If pods remain after it, the deletion fails and the node group remains. Defaults to
    /// `15m`.
    #[attribute(optional, validate = [must::go_duration()])]
    pub drain_timeout: Attr<String>,
    /// Whether to delete pods that are not evicted within `drain_timeout`, regardless of PodDisruptionBudgets. Defaults
    /// to `false`.
    #[attribute(optional)]
    pub force: Attr<bool>,
    /// Maximum number of nodes that are drained at the same time. Defaults to `1`.
    #[attribute(optional, validate = [must::between(1..=i64::MAX)])]
    pub max_unavailable: Attr<i64>,
}
