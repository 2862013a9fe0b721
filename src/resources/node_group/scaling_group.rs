//! The Auto Scaling operations for the settings of a group, in plain types. [`super::aws`] calls the service.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;

use clients::errors::ApiError;

/// Maximum number of traffic sources per call.
pub(super) const TRAFFIC_SOURCES_AT_ONCE: usize = 10;

/// Maximum number of instances per call.
pub(super) const INSTANCES_AT_ONCE: usize = 50;

/// The API calls for the settings of Auto Scaling groups.
#[async_trait]
pub trait ScalingGroupClient: Send + Sync {
    /// Returns the settings of a group (`autoscaling:DescribeAutoScalingGroups`), batched with concurrent requests.
    /// Never cached. Returns `None` if the group does not exist.
    async fn scaling_group(&self, group: &str) -> Result<Option<ScalingGroup>, ApiError>;
    /// Returns whether the instances of a group are protected from scale-in, by instance ID
    /// (`autoscaling:DescribeAutoScalingGroups`). Instances whose protection cannot be changed are omitted, because
    /// they are not in service or on standby.
    async fn protected_instances(&self, group: &str) -> Result<BTreeMap<String, bool>, ApiError>;
    /// `autoscaling:SuspendProcesses`. An empty list has no effect.
    async fn suspend_processes(&self, group: &str, processes: &[String]) -> Result<(), ApiError>;
    /// `autoscaling:ResumeProcesses`. An empty list has no effect.
    async fn resume_processes(&self, group: &str, processes: &[String]) -> Result<(), ApiError>;
    /// `autoscaling:AttachTrafficSources` with up to 10 target groups.
    async fn attach_target_groups(&self, group: &str, arns: &[String]) -> Result<(), ApiError>;
    /// `autoscaling:DetachTrafficSources` with up to 10 target groups.
    async fn detach_target_groups(&self, group: &str, arns: &[String]) -> Result<(), ApiError>;
    /// `autoscaling:UpdateAutoScalingGroup`.
    async fn update_scaling_group(&self, group: &str, update: &ScalingGroupUpdate) -> Result<(), ApiError>;
    /// `autoscaling:SetInstanceProtection` with up to 50 instances.
    async fn set_instance_protection(&self, group: &str, instances: &[String], protected: bool)
    -> Result<(), ApiError>;
    /// `autoscaling:EnableMetricsCollection`. An empty list has no effect.
    async fn enable_metrics(&self, group: &str, metrics: &[String]) -> Result<(), ApiError>;
    /// `autoscaling:DisableMetricsCollection`. An empty list has no effect.
    async fn disable_metrics(&self, group: &str, metrics: &[String]) -> Result<(), ApiError>;
}

/// The settings of an Auto Scaling group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScalingGroup {
    /// The suspended processes, each with the reason that Auto Scaling reports.
    pub suspended_processes: BTreeMap<String, String>,
    /// ARNs of the attached target groups of Application, Gateway, and Network Load Balancers.
    pub target_groups: BTreeSet<String>,
    /// Whether new instances are protected from scale-in.
    pub protects_new_instances: bool,
    /// Whether Spot Instances at risk are replaced.
    pub capacity_rebalance: bool,
    /// The termination policies, in order.
    pub termination_policies: Vec<String>,
    /// The enabled metrics.
    pub metrics: BTreeSet<String>,
}

impl ScalingGroup {
    /// Whether a user suspended the process. AWS also suspends processes, such as `Launch` of a group that fails for
    /// 24 hours, and reports such a suspension with an administrative reason.
    #[must_use]
    pub fn is_suspended_by_user(&self, process: &str) -> bool {
        let reason = self.suspended_processes.get(process).map(|reason| reason.trim().to_ascii_lowercase());
        reason.is_some_and(|reason| reason.is_empty() || reason.starts_with("user"))
    }
}

/// Changes of settings in one call. Omitted values are unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScalingGroupUpdate {
    /// Whether new instances are protected from scale-in.
    pub protects_new_instances: Option<bool>,
    /// Whether Spot Instances at risk are replaced.
    pub capacity_rebalance: Option<bool>,
    /// The termination policies, in order.
    pub termination_policies: Option<Vec<String>>,
}
