//! The schema of the data source `ekscompute_preflight`.

use framework::blocks::{ListBlock, SetBlock};
use framework::model::{Attr, List, Map, Model, Set};
use framework::validators as must;
use preflight::names::check_name_or_all;

/// Checks the inputs of a node group or a Fargate profile, as a plan of `ekscompute_node_group` or
/// `ekscompute_fargate_profile` does, and returns what it finds. Neither has to exist, and findings never fail the read:
/// use them in a `check` block or in continuous integration.
///
/// The arguments are those of the two resources. With `pod_execution_role_arn` or `selector` a Fargate profile is
/// checked, else a node group. What is left out is not checked, or taken as EKS chooses it.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct Preflight {
    /// Name of the EKS cluster.
    #[attribute(required, validate = [must::length(1..=100)])]
    pub cluster_name: Attr<String>,
    /// AMI type of the nodes.
    #[attribute(optional)]
    pub ami_type: Attr<String>,
    /// Capacity type: `ON_DEMAND`, `SPOT` or `CAPACITY_BLOCK`.
    #[attribute(optional, validate = [must::one_of(&["ON_DEMAND", "SPOT", "CAPACITY_BLOCK"])])]
    pub capacity_type: Attr<String>,
    /// Name of the Fargate profile.
    #[attribute(optional)]
    pub fargate_profile_name: Attr<String>,
    /// Instance types.
    #[attribute(optional)]
    pub instance_types: List<String>,
    /// Name of the node group.
    #[attribute(optional)]
    pub node_group_name: Attr<String>,
    /// ARN of the IAM role of the nodes.
    #[attribute(optional)]
    pub node_role_arn: Attr<String>,
    /// ARN of the IAM role that Fargate starts pods with.
    #[attribute(optional)]
    pub pod_execution_role_arn: Attr<String>,
    /// Release of the AMI.
    #[attribute(optional)]
    pub release_version: Attr<String>,
    /// Region of the cluster; without it, the region of the provider.
    #[attribute(optional, computed, validate = [clients::names::region()])]
    pub region: Attr<String>,
    /// Names of preflight checks to leave out.
    #[attribute(optional, validate = [must::each(check_name_or_all())])]
    pub skip_preflight: Set<String>,
    /// Ids of the subnets of nodes or pods.
    #[attribute(optional)]
    pub subnet_ids: Set<String>,
    /// Kubernetes version of the nodes; without it, the cluster's.
    #[attribute(optional)]
    pub version: Attr<String>,
    /// What is wrong, in the order of the guide to preflight checks; empty when nothing is.
    #[attribute(computed, as_blocks)]
    pub findings: List<Finding>,
    /// Whether every check was made and no finding is an error.
    #[attribute(computed)]
    pub ok: Attr<bool>,
    /// Checks that could not be made because a fact cannot be read, each with the reason.
    #[attribute(computed)]
    pub skipped: Map<String>,
    /// Launch template of the nodes.
    #[block(max = 1)]
    pub launch_template: ListBlock<LaunchTemplate>,
    /// SSH access, or RDP for Windows.
    #[block(max = 1)]
    pub remote_access: ListBlock<RemoteAccess>,
    /// Numbers of nodes.
    #[block(max = 1)]
    pub scaling_config: ListBlock<ScalingConfig>,
    /// Selectors of a Fargate profile.
    #[block]
    pub selector: SetBlock<Selector>,
    /// How many nodes an update may make unavailable at a time.
    #[block(max = 1)]
    pub update_config: ListBlock<UpdateConfig>,
    /// Instances kept ready to join.
    #[block(max = 1)]
    pub warm_pool_config: ListBlock<WarmPoolConfig>,
}

/// One thing found.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct Finding {
    /// Name of the check.
    #[attribute(computed)]
    pub check: Attr<String>,
    /// `error` when AWS is known to refuse this or the nodes cannot join, else `warning`.
    #[attribute(computed)]
    pub severity: Attr<String>,
    /// What the finding stops with the default `preflight.mode`: `plan` if no run can fix the cause, or `apply` if another
    /// resource of the same run can. Null for a warning.
    #[attribute(computed)]
    pub blocks: Attr<String>,
    /// The argument that causes it, such as `launch_template[0].version`.
    #[attribute(computed)]
    pub attribute: Attr<String>,
    /// What is wrong, in one line.
    #[attribute(computed)]
    pub summary: Attr<String>,
    /// What was found.
    #[attribute(computed)]
    pub found: Attr<String>,
    /// What happens because of it.
    #[attribute(computed)]
    pub why: Attr<String>,
    /// What to do.
    #[attribute(computed)]
    pub fix: Attr<String>,
}

/// A launch template, by id or by name.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct LaunchTemplate {
    /// Id of the template.
    #[attribute(optional)]
    pub id: Attr<String>,
    /// Name of the template.
    #[attribute(optional)]
    pub name: Attr<String>,
    /// Version of the template: a number, `$Latest` or `$Default`, which it is without one.
    #[attribute(optional)]
    pub version: Attr<String>,
}

/// SSH or RDP access.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct RemoteAccess {
    /// Name of the EC2 key pair.
    #[attribute(optional)]
    pub ec2_ssh_key: Attr<String>,
    /// Ids of the security groups that may connect.
    #[attribute(optional)]
    pub source_security_group_ids: Set<String>,
}

/// Numbers of nodes.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct ScalingConfig {
    /// Target at the start; the least number without it.
    #[attribute(optional)]
    pub desired_size: Attr<i64>,
    /// Greatest number of nodes.
    #[attribute(optional)]
    pub max_size: Attr<i64>,
    /// Least number of nodes.
    #[attribute(optional)]
    pub min_size: Attr<i64>,
}

/// A selector of a Fargate profile.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct Selector {
    /// Labels of the pods.
    #[attribute(optional)]
    pub labels: Map<String>,
    /// Namespace of the pods.
    #[attribute(optional)]
    pub namespace: Attr<String>,
}

/// How many nodes an update may make unavailable at a time.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct UpdateConfig {
    /// Number of nodes.
    #[attribute(optional)]
    pub max_unavailable: Attr<i64>,
    /// Share of the nodes in percent.
    #[attribute(optional)]
    pub max_unavailable_percentage: Attr<i64>,
}

/// Instances kept ready to join.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct WarmPoolConfig {
    /// Number of instances in the pool and in service together at most.
    #[attribute(optional)]
    pub max_group_prepared_capacity: Attr<i64>,
    /// Least number of instances in the pool.
    #[attribute(optional)]
    pub min_size: Attr<i64>,
    /// State of the instances in the pool: `STOPPED`, `RUNNING` or `HIBERNATED`.
    #[attribute(optional)]
    pub pool_state: Attr<String>,
}
