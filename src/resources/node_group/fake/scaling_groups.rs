//! The settings of Auto Scaling groups in the fake. A group exists as long as its node group.

use std::collections::BTreeMap;

use async_trait::async_trait;

use clients::errors::{ApiError, ErrorKind};

use super::super::scaling_group::{ScalingGroup, ScalingGroupClient, ScalingGroupUpdate};
use super::{Fake, World};

/// The reason of a process that a user suspended.
const BY_USER: &str = "User suspended at 2026-01-01T00:00:00Z";

fn invalid(operation: &'static str, message: &str) -> ApiError {
    let code = Some("ValidationError".to_owned());
    ApiError { service: "Auto Scaling", code, ..ApiError::own(ErrorKind::Invalid, operation, message.to_owned()) }
}

/// The settings that EKS gives a new group.
fn new_group() -> ScalingGroup {
    let policies = ["OldestLaunchTemplate", "OldestInstance", "Default"];
    ScalingGroup { termination_policies: policies.map(str::to_owned).into(), ..ScalingGroup::default() }
}

impl World {
    fn has_scaling_group(&self, name: &str) -> bool {
        self.groups.values().any(|group| group.live.auto_scaling_groups.iter().any(|other| other == name))
    }

    /// Returns the settings of a group, to inspect and change them.
    pub(in super::super) fn scaling_group(&mut self, name: &str) -> &mut ScalingGroup {
        self.scaling_groups.entry(name.to_owned()).or_insert_with(new_group)
    }

    fn existing(&mut self, operation: &'static str, name: &str) -> Result<&mut ScalingGroup, ApiError> {
        if !self.has_scaling_group(name) {
            return Err(invalid(operation, "AutoScalingGroup name not found - null"));
        }
        Ok(self.scaling_group(name))
    }
}

/// Rejects a list that the API would treat as all, or as too many.
fn sized(operation: &'static str, list: &[String], most: usize) -> Result<(), ApiError> {
    let fits = !list.is_empty() && list.len() <= most;
    if fits { Ok(()) } else { Err(invalid(operation, &format!("{} elements in one call", list.len()))) }
}

#[async_trait]
impl ScalingGroupClient for Fake {
    async fn scaling_group(&self, group: &str) -> Result<Option<ScalingGroup>, ApiError> {
        self.call("DescribeAutoScalingGroups", |world| {
            Ok(world.has_scaling_group(group).then(|| world.scaling_group(group).clone()))
        })
    }

    async fn protected_instances(&self, group: &str) -> Result<BTreeMap<String, bool>, ApiError> {
        self.call("DescribeAutoScalingGroups", |world| {
            Ok(world.protected_instances.get(group).cloned().unwrap_or_default())
        })
    }

    async fn suspend_processes(&self, group: &str, processes: &[String]) -> Result<(), ApiError> {
        let operation = "SuspendProcesses";
        self.call(operation, |world| {
            sized(operation, processes, usize::MAX)?;
            let group = world.existing(operation, group)?;
            for process in processes {
                group.suspended_processes.entry(process.clone()).or_insert_with(|| BY_USER.to_owned());
            }
            Ok(())
        })
    }

    async fn resume_processes(&self, group: &str, processes: &[String]) -> Result<(), ApiError> {
        let operation = "ResumeProcesses";
        self.call(operation, |world| {
            sized(operation, processes, usize::MAX)?;
            world.existing(operation, group)?.suspended_processes.retain(|process, _| !processes.contains(process));
            Ok(())
        })
    }

    async fn attach_target_groups(&self, group: &str, arns: &[String]) -> Result<(), ApiError> {
        let operation = "AttachTrafficSources";
        self.call(operation, |world| {
            sized(operation, arns, 10)?;
            world.existing(operation, group)?.target_groups.extend(arns.iter().cloned());
            Ok(())
        })
    }

    async fn detach_target_groups(&self, group: &str, arns: &[String]) -> Result<(), ApiError> {
        let operation = "DetachTrafficSources";
        self.call(operation, |world| {
            sized(operation, arns, 10)?;
            let attached = &mut world.existing(operation, group)?.target_groups;
            if arns.iter().any(|arn| !attached.contains(arn)) {
                return Err(invalid(operation, "Trying to remove Traffic Sources that are not part of the group"));
            }
            attached.retain(|arn| !arns.contains(arn));
            Ok(())
        })
    }

    async fn update_scaling_group(&self, group: &str, update: &ScalingGroupUpdate) -> Result<(), ApiError> {
        let operation = "UpdateAutoScalingGroup";
        self.call(operation, |world| {
            let group = world.existing(operation, group)?;
            let ScalingGroupUpdate { protects_new_instances, capacity_rebalance, termination_policies } = update;
            group.protects_new_instances = protects_new_instances.unwrap_or(group.protects_new_instances);
            group.capacity_rebalance = capacity_rebalance.unwrap_or(group.capacity_rebalance);
            if let Some(policies) = termination_policies {
                group.termination_policies.clone_from(policies);
            }
            Ok(())
        })
    }

    async fn set_instance_protection(
        &self,
        group: &str,
        instances: &[String],
        protected: bool,
    ) -> Result<(), ApiError> {
        let operation = "SetInstanceProtection";
        self.call(operation, |world| {
            sized(operation, instances, 50)?;
            world.existing(operation, group)?;
            let present = world.protected_instances.entry(group.to_owned()).or_default();
            if let Some(missing) = instances.iter().find(|id| !present.contains_key(*id)) {
                return Err(invalid(operation, &format!("The instance {missing} is not part of Auto Scaling group")));
            }
            present.extend(instances.iter().map(|id| (id.clone(), protected)));
            Ok(())
        })
    }

    async fn enable_metrics(&self, group: &str, metrics: &[String]) -> Result<(), ApiError> {
        let operation = "EnableMetricsCollection";
        self.call(operation, |world| {
            sized(operation, metrics, usize::MAX)?;
            world.existing(operation, group)?.metrics.extend(metrics.iter().cloned());
            Ok(())
        })
    }

    async fn disable_metrics(&self, group: &str, metrics: &[String]) -> Result<(), ApiError> {
        let operation = "DisableMetricsCollection";
        self.call(operation, |world| {
            sized(operation, metrics, usize::MAX)?;
            world.existing(operation, group)?.metrics.retain(|metric| !metrics.contains(metric));
            Ok(())
        })
    }
}
