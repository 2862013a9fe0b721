//! The schema of the block `auto_scaling_group`.

mod validators;

use framework::model::{Attr, List, Model, Set};
use framework::validators as must;

use self::validators as rules;

/// Configuration block for settings of the Auto Scaling group.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct GroupSettings {
    /// Whether Auto Scaling replaces Spot Instances that are at an elevated risk of interruption. EKS enables it for
    /// `SPOT`. Not supported with other values of `capacity_type`.
    #[attribute(optional)]
    pub capacity_rebalance: Attr<bool>,
    /// Metrics of the group to send to Amazon CloudWatch, such as `GroupDesiredCapacity`. Metrics that are enabled
    /// outside of Terraform are left unchanged.
    #[attribute(optional, unset_if_zero, validate = [must::each(must::one_of(rules::METRICS))])]
    pub enabled_metrics: Set<String>,
    /// Whether Auto Scaling keeps all nodes when it reduces the number of nodes. Applies to existing and new nodes. If
    /// `true`, a lower `desired_size` is never reached. Does not prevent terminations by Cluster Autoscaler, or by EKS
    /// during an update.
    #[attribute(optional)]
    pub protect_from_scale_in: Attr<bool>,
    /// Processes of the group to suspend. `AZRebalance` terminates nodes to balance Availability Zones. EKS drains these
    /// nodes for up to 15 minutes, and then terminates them regardless of PodDisruptionBudgets. A rolling update
    /// requires `AZRebalance`, so the provider resumes it for the duration of the update. Processes that are suspended
    /// outside of Terraform are left unchanged.
    #[attribute(optional, unset_if_zero,
                validate = [must::each(must::one_of(rules::PROCESSES).or_hint(rules::required_process))])]
    pub suspended_processes: Set<String>,
    /// ARNs of the target groups in which the group registers its instances. The target groups must have the target type
    /// `instance`. Target groups that are attached outside of Terraform are left unchanged.
    #[attribute(optional, unset_if_zero, validate = [must::each(rules::target_group_arn())])]
    pub target_group_arns: Set<String>,
    /// Policies that select the nodes to terminate when Auto Scaling reduces the number of nodes, in order. Valid
    /// policies are `AllocationStrategy`, `ClosestToNextInstanceHour`, `Default`, `NewestInstance`,
    /// `OldestInstance`, `OldestLaunchConfiguration`, `OldestLaunchTemplate`, and the ARN of a Lambda function. Cluster
    /// Autoscaler selects nodes without these policies.
    #[attribute(optional, unset_if_zero, validate = [must::each(rules::termination_policy().documented())])]
    pub termination_policies: List<String>,
}

impl GroupSettings {
    /// Whether an argument is set. Otherwise, the group is neither read nor changed.
    pub(super) fn is_set(&self) -> bool {
        let Self {
            capacity_rebalance,
            enabled_metrics,
            protect_from_scale_in,
            suspended_processes,
            target_group_arns,
            termination_policies,
        } = self;
        capacity_rebalance.is_known()
            || protect_from_scale_in.is_known()
            || [enabled_metrics, suspended_processes, target_group_arns]
                .into_iter()
                .any(|set| set.known_elements().next().is_some())
            || termination_policies.known_elements().next().is_some()
    }

    /// Returns all arguments that are set here or in `prior`, and all of their elements.
    pub(super) fn and(&self, prior: &Self) -> Self {
        let value = |planned: Attr<bool>, prior: Attr<bool>| if planned.is_known() { planned } else { prior };
        let union = |planned: &Set<String>, prior: &Set<String>| match (planned, prior) {
            (Attr::Known(_), Attr::Known(_)) => {
                Set::of(planned.known_elements().chain(prior.known_elements()).cloned())
            }
            (Attr::Known(_), _) => planned.clone(),
            _ => prior.clone(),
        };
        let policies = if self.policies().is_some() { self } else { prior };
        Self {
            capacity_rebalance: value(self.capacity_rebalance, prior.capacity_rebalance),
            enabled_metrics: union(&self.enabled_metrics, &prior.enabled_metrics),
            protect_from_scale_in: value(self.protect_from_scale_in, prior.protect_from_scale_in),
            suspended_processes: union(&self.suspended_processes, &prior.suspended_processes),
            target_group_arns: union(&self.target_group_arns, &prior.target_group_arns),
            termination_policies: policies.termination_policies.clone(),
        }
    }

    /// Whether the block suspends the process.
    pub(super) fn suspends(&self, process: &str) -> bool {
        self.suspended_processes.known_elements().any(|suspended| suspended == process)
    }

    /// Returns the configured termination policies.
    pub(super) fn policies(&self) -> Option<Vec<String>> {
        let policies: Vec<_> = self.termination_policies.known_elements().cloned().collect();
        (!policies.is_empty()).then_some(policies)
    }
}
