//! The schema of the data source `ekscompute_preflight`.

use framework::blocks::{ListBlock, SetBlock};
use framework::model::{Attr, List, Map, Model, Set};
use framework::validators as must;
use preflight::names::check_name_or_all;

/// Runs preflight checks on the configuration of a node group or a Fargate profile and returns the findings. The checks
/// are the same as in a plan of `ekscompute_node_group` or `ekscompute_fargate_profile`. The resource does not have to
/// exist, and findings never fail the read: use them in a `check` block or in continuous integration.
///
/// Accepts the arguments of the two resources. If `pod_execution_role_arn` or `selector` is set, a Fargate profile is
/// checked, otherwise a node group. Arguments that are not set are not checked, or are replaced by the EKS default.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct Preflight {
    /// Name of the EKS cluster.
    #[attribute(required, validate = [must::length_between(1..=100)])]
    pub cluster_name: Attr<String>,
    /// AMI type of the nodes.
    #[attribute(optional)]
    pub ami_type: Attr<String>,
    /// Capacity type of the nodes.
    #[attribute(optional, validate = [must::one_of(&["ON_DEMAND", "SPOT", "CAPACITY_BLOCK"])])]
    pub capacity_type: Attr<String>,
    /// Name of the Fargate profile.
    #[attribute(optional)]
    pub fargate_profile_name: Attr<String>,
    /// List of instance types.
    #[attribute(optional)]
    pub instance_types: List<String>,
    /// Name of the node group.
    #[attribute(optional)]
    pub node_group_name: Attr<String>,
    /// ARN of the node role.
    #[attribute(optional)]
    pub node_role_arn: Attr<String>,
    /// ARN of the pod execution role.
    #[attribute(optional)]
    pub pod_execution_role_arn: Attr<String>,
    /// AMI release of the nodes.
    #[attribute(optional)]
    pub release_version: Attr<String>,
    /// AWS Region of the cluster. Defaults to the Region set in the provider configuration.
    #[attribute(optional, computed, validate = [clients::names::region()])]
    pub region: Attr<String>,
    /// Names of preflight checks to skip, or `all`.
    #[attribute(optional, validate = [must::each(check_name_or_all())])]
    pub skip_preflight: Set<String>,
    /// IDs of the subnets of the nodes or pods.
    #[attribute(optional)]
    pub subnet_ids: Set<String>,
    /// Kubernetes version of the nodes. Defaults to the version of the cluster.
    #[attribute(optional)]
    pub version: Attr<String>,
    /// Findings, in the order of the guide to preflight checks. Empty if no check reports a finding.
    #[attribute(computed, as_blocks)]
    pub findings: List<Finding>,
    /// Whether all checks ran and no finding is an error.
    #[attribute(computed)]
    pub ok: Attr<bool>,
    /// Checks that were skipped because data could not be read. Maps the name of each check to the reason.
    #[attribute(computed)]
    pub skipped: Map<String>,
    /// Configuration block for the launch template of the nodes.
    #[block(max = 1)]
    pub launch_template: ListBlock<LaunchTemplate>,
    /// Configuration block for remote access by SSH, or by RDP for Windows.
    #[block(max = 1)]
    pub remote_access: ListBlock<RemoteAccess>,
    /// Configuration block for the number of nodes.
    #[block(max = 1)]
    pub scaling_config: ListBlock<ScalingConfig>,
    /// Configuration block for a selector of a Fargate profile.
    #[block]
    pub selector: SetBlock<Selector>,
    /// Configuration block for the number of nodes that can be unavailable during an update.
    #[block(max = 1)]
    pub update_config: ListBlock<UpdateConfig>,
    /// Configuration block for a warm pool of instances that are ready to join.
    #[block(max = 1)]
    pub warm_pool_config: ListBlock<WarmPoolConfig>,
}

/// A finding of a preflight check.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct Finding {
    /// Name of the check.
    #[attribute(computed)]
    pub check: Attr<String>,
    /// Severity of the finding. `error` if AWS rejects the configuration or the nodes cannot join, otherwise `warning`.
    #[attribute(computed)]
    pub severity: Attr<String>,
    /// Operation that the finding stops with the default `preflight.mode`: `plan` if no run can fix the cause, or
    /// `apply` if another resource of the same run can. Null for a warning.
    #[attribute(computed)]
    pub blocks: Attr<String>,
    /// Argument that causes the finding, such as `launch_template[0].version`.
    #[attribute(computed)]
    pub attribute: Attr<String>,
    /// Summary of the problem in one line.
    #[attribute(computed)]
    pub summary: Attr<String>,
    /// Details of what was found.
    #[attribute(computed)]
    pub found: Attr<String>,
    /// Consequence of the problem.
    #[attribute(computed)]
    pub why: Attr<String>,
    /// How to fix the problem.
    #[attribute(computed)]
    pub fix: Attr<String>,
}

/// Configuration block for a launch template, referenced by ID or by name.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct LaunchTemplate {
    /// ID of the launch template.
    #[attribute(optional)]
    pub id: Attr<String>,
    /// Name of the launch template.
    #[attribute(optional)]
    pub name: Attr<String>,
    /// Version of the launch template: a number, `$Latest`, or `$Default`. Defaults to `$Default`.
    #[attribute(optional)]
    pub version: Attr<String>,
}

/// Configuration block for remote access.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct RemoteAccess {
    /// Name of the EC2 key pair.
    #[attribute(optional)]
    pub ec2_ssh_key: Attr<String>,
    /// IDs of the security groups that are allowed to connect.
    #[attribute(optional)]
    pub source_security_group_ids: Set<String>,
}

/// Configuration block for the number of nodes.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct ScalingConfig {
    /// Initial number of nodes. Defaults to `min_size`.
    #[attribute(optional)]
    pub desired_size: Attr<i64>,
    /// Maximum number of nodes.
    #[attribute(optional)]
    pub max_size: Attr<i64>,
    /// Minimum number of nodes.
    #[attribute(optional)]
    pub min_size: Attr<i64>,
}

/// Configuration block for a selector of a Fargate profile.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct Selector {
    /// Labels of the pods.
    #[attribute(optional)]
    pub labels: Map<String>,
    /// Namespace of the pods.
    #[attribute(optional)]
    pub namespace: Attr<String>,
}

/// Configuration block for the number of nodes that can be unavailable during an update.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct UpdateConfig {
    /// Maximum number of nodes that can be unavailable.
    #[attribute(optional)]
    pub max_unavailable: Attr<i64>,
    /// Maximum percentage of nodes that can be unavailable.
    #[attribute(optional)]
    pub max_unavailable_percentage: Attr<i64>,
    /// Update strategy, `DEFAULT` or `MINIMAL`. Updates with `MINIMAL` do not launch additional nodes.
    #[attribute(optional)]
    pub update_strategy: Attr<String>,
}

/// Configuration block for a warm pool.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct WarmPoolConfig {
    /// Maximum number of instances in the warm pool and in service combined.
    #[attribute(optional)]
    pub max_group_prepared_capacity: Attr<i64>,
    /// Minimum number of instances in the warm pool.
    #[attribute(optional)]
    pub min_size: Attr<i64>,
    /// State of the instances in the warm pool: `STOPPED`, `RUNNING`, or `HIBERNATED`.
    #[attribute(optional)]
    pub pool_state: Attr<String>,
}
