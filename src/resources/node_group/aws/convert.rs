//! Converts between the plain types of [`super::super::client`] and the SDK types. Enum values that the SDK does not
//! support are passed through unchanged in both directions.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_autoscaling::types::{Activity, Instance, ScalingActivityStatusCode, TagDescription};
use aws_sdk_eks::operation::create_nodegroup::builders::CreateNodegroupFluentBuilder;
use aws_sdk_eks::operation::update_nodegroup_config::builders::UpdateNodegroupConfigFluentBuilder;
use aws_sdk_eks::operation::update_nodegroup_version::builders::UpdateNodegroupVersionFluentBuilder;
use aws_sdk_eks::types as sdk;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use clients::aws::answers::{given, hashed, present, rfc3339, sorted_map};
use clients::errors::{ApiError, ErrorKind};

use super::super::client::{
    ConfigUpdate, CreateNodeGroup, GroupInstance, GroupTag, Issue, NodeGroup, RemoteAccess, Repair, RepairOverride,
    Scaling, Taint, Template, Update, UpdateSettings, VersionUpdate, WarmPool,
};

/// Maximum number of messages that are reported.
const MOST_FAILURES: usize = 5;

/// Sets the fields of a create request.
pub(super) fn create(
    call: CreateNodegroupFluentBuilder,
    request: &CreateNodeGroup,
) -> Result<CreateNodegroupFluentBuilder, ApiError> {
    Ok(call
        .cluster_name(&request.cluster_name)
        .nodegroup_name(&request.node_group_name)
        .client_request_token(&request.client_request_token)
        .scaling_config(scaling(request.scaling)?)
        .set_subnets(Some(request.subnets.clone()))
        .node_role(&request.node_role)
        .set_disk_size(whole("disk_size", request.disk_size)?)
        .set_instance_types(given(request.instance_types.clone()))
        .set_ami_type(request.ami_type.as_deref().map(sdk::AmiTypes::from))
        .set_capacity_type(request.capacity_type.as_deref().map(sdk::CapacityTypes::from))
        .set_remote_access(request.remote_access.as_ref().map(remote_access))
        .set_labels(given(hashed(&request.labels)))
        .set_taints(given(request.taints.iter().map(taint).collect::<Vec<_>>()))
        .set_tags(given(hashed(&request.tags)))
        .set_launch_template(request.launch_template.as_ref().map(template))
        .set_update_config(request.update_config.as_ref().map(update_settings).transpose()?)
        .set_node_repair_config(request.repair.as_ref().map(repair).transpose()?)
        .set_warm_pool_config(request.warm_pool.as_ref().map(warm_pool).transpose()?)
        .set_version(request.version.clone())
        .set_release_version(request.release_version.clone()))
}

/// Sets the fields of an update without replacement of nodes.
pub(super) fn config_update(
    call: UpdateNodegroupConfigFluentBuilder,
    request: &ConfigUpdate,
) -> Result<UpdateNodegroupConfigFluentBuilder, ApiError> {
    let labels = (!request.add_labels.is_empty() || !request.remove_labels.is_empty()).then(|| {
        sdk::UpdateLabelsPayload::builder()
            .set_add_or_update_labels(given(hashed(&request.add_labels)))
            .set_remove_labels(given(request.remove_labels.clone()))
            .build()
    });
    let taints = (!request.add_taints.is_empty() || !request.remove_taints.is_empty()).then(|| {
        sdk::UpdateTaintsPayload::builder()
            .set_add_or_update_taints(given(request.add_taints.iter().map(taint).collect::<Vec<_>>()))
            .set_remove_taints(given(request.remove_taints.iter().map(taint).collect::<Vec<_>>()))
            .build()
    });
    Ok(call
        .cluster_name(&request.cluster_name)
        .nodegroup_name(&request.node_group_name)
        .client_request_token(&request.client_request_token)
        .set_labels(labels)
        .set_taints(taints)
        .set_scaling_config(request.scaling.map(scaling).transpose()?)
        .set_update_config(request.update_config.as_ref().map(update_settings).transpose()?)
        .set_node_repair_config(request.repair.as_ref().map(repair).transpose()?)
        .set_warm_pool_config(request.warm_pool.as_ref().map(warm_pool).transpose()?))
}

/// Sets the fields of a rolling update.
pub(super) fn version_update(
    call: UpdateNodegroupVersionFluentBuilder,
    request: &VersionUpdate,
) -> UpdateNodegroupVersionFluentBuilder {
    call.cluster_name(&request.cluster_name)
        .nodegroup_name(&request.node_group_name)
        .client_request_token(&request.client_request_token)
        .set_version(request.version.clone())
        .set_release_version(request.release_version.clone())
        .set_launch_template(request.launch_template.as_ref().map(template))
        .force(request.force)
}

/// Converts a node group of a response.
pub(super) fn node_group(group: sdk::Nodegroup) -> Result<NodeGroup, ApiError> {
    let health = group.health.and_then(|health| health.issues).unwrap_or_default();
    let (groups, security_group) = group.resources.map_or_else(Default::default, |resources| {
        (resources.auto_scaling_groups.unwrap_or_default(), resources.remote_access_security_group)
    });
    Ok(NodeGroup {
        cluster_name: needed("clusterName", group.cluster_name)?,
        node_group_name: needed("nodegroupName", group.nodegroup_name)?,
        arn: needed("nodegroupArn", group.nodegroup_arn)?,
        status: needed("status", group.status)?.as_str().into(),
        version: group.version.filter(|version| !version.is_empty()),
        release_version: group.release_version.filter(|release| !release.is_empty()),
        created_at: group.created_at.and_then(rfc3339),
        modified_at: group.modified_at.and_then(rfc3339),
        capacity_type: group.capacity_type.map(|ty| ty.as_str().to_owned()),
        scaling: group.scaling_config.map(|scaling| Scaling {
            min: scaling.min_size.map(i64::from),
            max: scaling.max_size.map(i64::from),
            desired: scaling.desired_size.map(i64::from),
        }),
        instance_types: group.instance_types.unwrap_or_default(),
        subnets: group.subnets.unwrap_or_default(),
        remote_access: group.remote_access.map(|access| RemoteAccess {
            ec2_ssh_key: access.ec2_ssh_key,
            source_security_groups: access.source_security_groups.unwrap_or_default(),
        }),
        ami_type: group.ami_type.map(|ty| ty.as_str().to_owned()),
        node_role: needed("nodeRole", group.node_role)?,
        labels: sorted_map(group.labels),
        taints: group.taints.unwrap_or_default().into_iter().map(taint_of).collect(),
        auto_scaling_groups: groups.into_iter().filter_map(|group| group.name).collect(),
        remote_access_security_group: security_group,
        disk_size: group.disk_size.map(i64::from),
        health: health.into_iter().map(issue_of).collect(),
        update_config: group.update_config.map(|config| UpdateSettings {
            max_unavailable: config.max_unavailable.map(i64::from),
            max_unavailable_percentage: config.max_unavailable_percentage.map(i64::from),
            strategy: config.update_strategy.map(|strategy| strategy.as_str().to_owned()),
        }),
        repair: group.node_repair_config.map(repair_of),
        launch_template: group.launch_template.map(|template| Template {
            id: template.id,
            name: template.name,
            version: template.version,
        }),
        warm_pool: group.warm_pool_config.map(|pool| WarmPool {
            enabled: pool.enabled,
            max_group_prepared_capacity: pool.max_group_prepared_capacity.map(i64::from),
            min_size: pool.min_size.map(i64::from),
            pool_state: pool.pool_state.map(|state| state.as_str().to_owned()),
            reuse_on_scale_in: pool.reuse_on_scale_in,
        }),
        tags: sorted_map(group.tags),
    })
}

/// Converts an update of a response.
pub(super) fn update(update: sdk::Update) -> Update {
    Update {
        id: update.id.unwrap_or_default(),
        status: update.status.map(|status| status.as_str().into()).unwrap_or_default(),
        kind: update.r#type.map(|kind| kind.as_str().to_owned()).unwrap_or_default(),
        errors: update
            .errors
            .unwrap_or_default()
            .into_iter()
            .map(|error| Issue {
                code: error.error_code.map(|code| code.as_str().to_owned()).unwrap_or_default(),
                message: error.error_message.unwrap_or_default(),
                resource_ids: error.resource_ids.unwrap_or_default(),
            })
            .collect(),
    }
}

/// Returns the tags by group and key.
pub(super) fn group_tags(tags: Vec<TagDescription>) -> HashMap<String, BTreeMap<String, GroupTag>> {
    let mut groups: HashMap<String, BTreeMap<_, _>> = HashMap::new();
    for tag in tags {
        let (Some(group), Some(key)) = (tag.resource_id, tag.key) else { continue };
        let value = tag.value.unwrap_or_default();
        let propagate_at_launch = tag.propagate_at_launch.unwrap_or_default();
        groups.entry(group).or_default().insert(key, GroupTag { value, propagate_at_launch });
    }
    groups
}

/// Returns an instance of a group.
pub(super) fn instance(instance: &Instance) -> GroupInstance {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    GroupInstance { id: text(instance.instance_id()), zone: text(instance.availability_zone()) }
}

/// Returns the console output of an instance, or `None` if it is empty.
pub(super) fn console_output(encoded: &str) -> Option<Vec<u8>> {
    let output = BASE64_STANDARD.decode(encoded.split_whitespace().collect::<String>()).ok();
    output.filter(|output| !output.is_empty())
}

/// Returns the messages of failed activities, in order and without duplicates.
pub(super) fn failures(activities: &[Activity]) -> Vec<String> {
    let mut told = BTreeSet::new();
    activities
        .iter()
        .filter(|activity| activity.status_code() == Some(&ScalingActivityStatusCode::Failed))
        .filter_map(|activity| activity.status_message().or(activity.description()))
        .filter(|message| told.insert(message.to_owned()))
        .take(MOST_FAILURES)
        .map(str::to_owned)
        .collect()
}

fn scaling(scaling: Scaling) -> Result<sdk::NodegroupScalingConfig, ApiError> {
    Ok(sdk::NodegroupScalingConfig::builder()
        .set_min_size(whole("min_size", scaling.min)?)
        .set_max_size(whole("max_size", scaling.max)?)
        .set_desired_size(whole("desired_size", scaling.desired)?)
        .build())
}

fn remote_access(access: &RemoteAccess) -> sdk::RemoteAccessConfig {
    sdk::RemoteAccessConfig::builder()
        .set_ec2_ssh_key(access.ec2_ssh_key.clone())
        .set_source_security_groups(given(access.source_security_groups.clone()))
        .build()
}

fn taint(taint: &Taint) -> sdk::Taint {
    sdk::Taint::builder()
        .key(&taint.key)
        .set_value(taint.value.clone())
        .effect(sdk::TaintEffect::from(taint.effect.as_str()))
        .build()
}

fn taint_of(taint: sdk::Taint) -> Taint {
    Taint {
        key: taint.key.unwrap_or_default(),
        value: taint.value,
        effect: taint.effect.map(|effect| effect.as_str().to_owned()).unwrap_or_default(),
    }
}

fn issue_of(issue: sdk::Issue) -> Issue {
    Issue {
        code: issue.code.map(|code| code.as_str().to_owned()).unwrap_or_default(),
        message: issue.message.unwrap_or_default(),
        resource_ids: issue.resource_ids.unwrap_or_default(),
    }
}

fn template(template: &Template) -> sdk::LaunchTemplateSpecification {
    sdk::LaunchTemplateSpecification::builder()
        .set_id(template.id.clone())
        .set_name(template.name.clone())
        .set_version(template.version.clone())
        .build()
}

fn update_settings(settings: &UpdateSettings) -> Result<sdk::NodegroupUpdateConfig, ApiError> {
    Ok(sdk::NodegroupUpdateConfig::builder()
        .set_max_unavailable(whole("max_unavailable", settings.max_unavailable)?)
        .set_max_unavailable_percentage(whole("max_unavailable_percentage", settings.max_unavailable_percentage)?)
        .set_update_strategy(settings.strategy.as_deref().map(sdk::NodegroupUpdateStrategies::from))
        .build())
}

fn repair(repair: &Repair) -> Result<sdk::NodeRepairConfig, ApiError> {
    let overrides = repair.overrides.iter().map(|other| {
        Ok(sdk::NodeRepairConfigOverrides::builder()
            .node_monitoring_condition(&other.node_monitoring_condition)
            .node_unhealthy_reason(&other.node_unhealthy_reason)
            .set_min_repair_wait_time_mins(whole("min_repair_wait_time_mins", Some(other.min_repair_wait_time_mins))?)
            .repair_action(sdk::RepairAction::from(other.repair_action.as_str()))
            .build())
    });
    let (unhealthy, parallel) = (repair.max_unhealthy_percentage, repair.max_parallel_percentage);
    Ok(sdk::NodeRepairConfig::builder()
        .set_enabled(repair.enabled)
        .set_max_unhealthy_node_threshold_count(whole(
            "max_unhealthy_node_threshold_count",
            repair.max_unhealthy_count,
        )?)
        .set_max_unhealthy_node_threshold_percentage(whole("max_unhealthy_node_threshold_percentage", unhealthy)?)
        .set_max_parallel_nodes_repaired_count(whole("max_parallel_nodes_repaired_count", repair.max_parallel_count)?)
        .set_max_parallel_nodes_repaired_percentage(whole("max_parallel_nodes_repaired_percentage", parallel)?)
        .set_node_repair_config_overrides(given(overrides.collect::<Result<Vec<_>, ApiError>>()?))
        .build())
}

fn repair_of(repair: sdk::NodeRepairConfig) -> Repair {
    let overrides = repair.node_repair_config_overrides.unwrap_or_default();
    Repair {
        enabled: repair.enabled,
        max_unhealthy_count: repair.max_unhealthy_node_threshold_count.map(i64::from),
        max_unhealthy_percentage: repair.max_unhealthy_node_threshold_percentage.map(i64::from),
        max_parallel_count: repair.max_parallel_nodes_repaired_count.map(i64::from),
        max_parallel_percentage: repair.max_parallel_nodes_repaired_percentage.map(i64::from),
        overrides: overrides
            .into_iter()
            .map(|other| RepairOverride {
                node_monitoring_condition: other.node_monitoring_condition.unwrap_or_default(),
                node_unhealthy_reason: other.node_unhealthy_reason.unwrap_or_default(),
                min_repair_wait_time_mins: other.min_repair_wait_time_mins.map(i64::from).unwrap_or_default(),
                repair_action: other.repair_action.map(|action| action.as_str().to_owned()).unwrap_or_default(),
            })
            .collect(),
    }
}

fn warm_pool(pool: &WarmPool) -> Result<sdk::WarmPoolConfig, ApiError> {
    Ok(sdk::WarmPoolConfig::builder()
        .set_enabled(pool.enabled)
        .set_max_group_prepared_capacity(whole("max_group_prepared_capacity", pool.max_group_prepared_capacity)?)
        .set_min_size(whole("min_size", pool.min_size)?)
        .set_pool_state(pool.pool_state.as_deref().map(sdk::WarmPoolState::from))
        .set_reuse_on_scale_in(pool.reuse_on_scale_in)
        .build())
}

/// The API uses 32-bit integers. Larger values are rejected, not truncated.
fn whole(name: &str, value: Option<i64>) -> Result<Option<i32>, ApiError> {
    value.map(i32::try_from).transpose().map_err(|_| {
        let message = format!("{name} is {}, above the maximum that the EKS API supports", value.unwrap_or_default());
        ApiError::own(ErrorKind::Invalid, "preparing the request", message)
    })
}

fn needed<T>(name: &str, part: Option<T>) -> Result<T, ApiError> {
    present(part, super::EKS, "reading a node group", name)
}
