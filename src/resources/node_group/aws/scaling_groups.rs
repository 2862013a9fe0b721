//! Calls Auto Scaling for the settings of groups.

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;
use aws_sdk_autoscaling::Client;
use aws_sdk_autoscaling::types::{AutoScalingGroup, LifecycleState, TrafficSourceIdentifier};

use clients::aws::errors::sorted;
use clients::errors::ApiError;

use super::super::scaling_group::{ScalingGroup, ScalingGroupClient, ScalingGroupUpdate};
use super::{AUTO_SCALING, AwsNodeGroups};

/// Maximum number of names per call.
pub(super) const GROUPS_AT_ONCE: usize = 100;

/// The maximum page size of `DescribeAutoScalingGroups`.
const PAGE: i32 = 100;

/// The type of target groups of Application, Gateway, and Network Load Balancers.
const TARGET_GROUP: &str = "elbv2";

/// The only granularity of metrics.
const GRANULARITY: &str = "1Minute";

#[async_trait]
impl ScalingGroupClient for AwsNodeGroups {
    async fn scaling_group(&self, group: &str) -> Result<Option<ScalingGroup>, ApiError> {
        let group = group.to_owned();
        self.scaling_groups.forget(&group);
        self.scaling_groups.get(group).await
    }

    async fn protected_instances(&self, group: &str) -> Result<BTreeMap<String, bool>, ApiError> {
        let call = self.auto_scaling.describe_auto_scaling_groups().auto_scaling_group_names(group);
        let answer = call.send().await.map_err(sorted(AUTO_SCALING, "DescribeAutoScalingGroups"))?;
        Ok(answer.auto_scaling_groups().iter().flat_map(protected).collect())
    }

    async fn suspend_processes(&self, group: &str, processes: &[String]) -> Result<(), ApiError> {
        // Without names, the API suspends all processes.
        if processes.is_empty() {
            return Ok(());
        }
        let call = self.auto_scaling.suspend_processes().auto_scaling_group_name(group);
        let call = call.set_scaling_processes(Some(processes.to_vec()));
        call.send().await.map_err(sorted(AUTO_SCALING, "SuspendProcesses")).map(drop)
    }

    async fn resume_processes(&self, group: &str, processes: &[String]) -> Result<(), ApiError> {
        // Without names, the API resumes all processes.
        if processes.is_empty() {
            return Ok(());
        }
        let call = self.auto_scaling.resume_processes().auto_scaling_group_name(group);
        let call = call.set_scaling_processes(Some(processes.to_vec()));
        call.send().await.map_err(sorted(AUTO_SCALING, "ResumeProcesses")).map(drop)
    }

    async fn attach_target_groups(&self, group: &str, arns: &[String]) -> Result<(), ApiError> {
        let call = self.auto_scaling.attach_traffic_sources().auto_scaling_group_name(group);
        let call = call.set_traffic_sources(Some(arns.iter().map(traffic_source).collect()));
        call.send().await.map_err(sorted(AUTO_SCALING, "AttachTrafficSources")).map(drop)
    }

    async fn detach_target_groups(&self, group: &str, arns: &[String]) -> Result<(), ApiError> {
        let call = self.auto_scaling.detach_traffic_sources().auto_scaling_group_name(group);
        let call = call.set_traffic_sources(Some(arns.iter().map(traffic_source).collect()));
        call.send().await.map_err(sorted(AUTO_SCALING, "DetachTrafficSources")).map(drop)
    }

    async fn update_scaling_group(&self, group: &str, update: &ScalingGroupUpdate) -> Result<(), ApiError> {
        let ScalingGroupUpdate { protects_new_instances, capacity_rebalance, termination_policies } = update;
        let call = self.auto_scaling.update_auto_scaling_group().auto_scaling_group_name(group);
        let call = call
            .set_new_instances_protected_from_scale_in(*protects_new_instances)
            .set_capacity_rebalance(*capacity_rebalance)
            .set_termination_policies(termination_policies.clone());
        call.send().await.map_err(sorted(AUTO_SCALING, "UpdateAutoScalingGroup")).map(drop)
    }

    async fn set_instance_protection(
        &self,
        group: &str,
        instances: &[String],
        protected: bool,
    ) -> Result<(), ApiError> {
        let call = self.auto_scaling.set_instance_protection().auto_scaling_group_name(group);
        let call = call.set_instance_ids(Some(instances.to_vec())).protected_from_scale_in(protected);
        call.send().await.map_err(sorted(AUTO_SCALING, "SetInstanceProtection")).map(drop)
    }

    async fn enable_metrics(&self, group: &str, metrics: &[String]) -> Result<(), ApiError> {
        // Without names, the API enables all metrics.
        if metrics.is_empty() {
            return Ok(());
        }
        let call = self.auto_scaling.enable_metrics_collection().auto_scaling_group_name(group);
        let call = call.set_metrics(Some(metrics.to_vec())).granularity(GRANULARITY);
        call.send().await.map_err(sorted(AUTO_SCALING, "EnableMetricsCollection")).map(drop)
    }

    async fn disable_metrics(&self, group: &str, metrics: &[String]) -> Result<(), ApiError> {
        // Without names, the API disables all metrics.
        if metrics.is_empty() {
            return Ok(());
        }
        let call = self.auto_scaling.disable_metrics_collection().auto_scaling_group_name(group);
        let call = call.set_metrics(Some(metrics.to_vec()));
        call.send().await.map_err(sorted(AUTO_SCALING, "DisableMetricsCollection")).map(drop)
    }
}

fn traffic_source(arn: &String) -> TrafficSourceIdentifier {
    TrafficSourceIdentifier::builder().identifier(arn).r#type(TARGET_GROUP).build()
}

/// Returns the settings by group. Groups that do not exist are omitted.
pub(super) async fn describe(
    auto_scaling: Client,
    groups: Vec<String>,
) -> Result<HashMap<String, ScalingGroup>, ApiError> {
    let call = auto_scaling.describe_auto_scaling_groups().set_auto_scaling_group_names(Some(groups));
    let pages = call.include_instances(false).max_records(PAGE).into_paginator();
    let found: Vec<_> = pages
        .items()
        .send()
        .collect::<Result<_, _>>()
        .await
        .map_err(sorted(AUTO_SCALING, "DescribeAutoScalingGroups"))?;
    Ok(found.into_iter().filter_map(settings).collect())
}

/// Converts the settings of a group, with its name.
fn settings(group: AutoScalingGroup) -> Option<(String, ScalingGroup)> {
    let processes = group.suspended_processes.unwrap_or_default().into_iter();
    let target_groups = group.target_group_arns.unwrap_or_default();
    let sources = group.traffic_sources.unwrap_or_default().into_iter();
    let other = sources.filter(|source| source.r#type.as_deref() == Some(TARGET_GROUP));
    let settings = ScalingGroup {
        suspended_processes: processes
            .filter_map(|process| Some((process.process_name?, process.suspension_reason.unwrap_or_default())))
            .collect(),
        target_groups: target_groups.into_iter().chain(other.filter_map(|source| source.identifier)).collect(),
        protects_new_instances: group.new_instances_protected_from_scale_in.unwrap_or_default(),
        capacity_rebalance: group.capacity_rebalance.unwrap_or_default(),
        termination_policies: group.termination_policies.unwrap_or_default(),
        metrics: group.enabled_metrics.unwrap_or_default().into_iter().filter_map(|metric| metric.metric).collect(),
    };
    Some((group.auto_scaling_group_name?, settings))
}

/// Returns the protection of the instances whose protection can be changed. The API rejects instances in other states.
fn protected(group: &AutoScalingGroup) -> impl Iterator<Item = (String, bool)> {
    let changeable = |state: &LifecycleState| {
        matches!(state, LifecycleState::InService | LifecycleState::EnteringStandby | LifecycleState::Standby)
    };
    let instances = group.instances().iter().filter(move |instance| instance.lifecycle_state().is_some_and(changeable));
    instances.filter_map(|instance| {
        Some((instance.instance_id()?.to_owned(), instance.protected_from_scale_in().unwrap_or_default()))
    })
}

#[cfg(test)]
#[path = "scaling_groups_tests.rs"]
mod tests;
