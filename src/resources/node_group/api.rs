//! Converts models to requests, and responses to models. Performs no I/O.

use std::collections::BTreeMap;

pub(super) use clients::names::account_and_region;
use framework::blocks::{Blocks, ListBlock, SetBlock};
use framework::model::{Attr, List, Map, Set};
use framework::tags::TagPolicy;

use super::client::{self, CreateNodeGroup};
use super::equivalence::UNLIMITED;
use super::model::{
    AutoScalingGroup, HealthIssue, LaunchTemplate, NodeGroup, NodeRepairConfig, RemoteAccess, RepairOverride,
    Resources, ScalingConfig, Taint, UpdateConfig, WarmPoolConfig,
};

/// Returns the ID, which is also the import ID.
pub(super) fn id(cluster: &str, name: &str) -> String {
    format!("{cluster}:{name}")
}

/// Returns the request for a planned node group. All configurable values are known at this point.
pub(super) fn create_request(planned: &NodeGroup, name: &str, token: &str) -> CreateNodeGroup {
    let text = |attr: &Attr<String>| attr.text().map(str::to_owned);
    CreateNodeGroup {
        cluster_name: text(&planned.cluster_name).unwrap_or_default(),
        node_group_name: name.to_owned(),
        client_request_token: token.to_owned(),
        scaling: planned.scaling_config.first().map(first_scaling).unwrap_or_default(),
        subnets: planned.subnet_ids.known_elements().cloned().collect(),
        node_role: text(&planned.node_role_arn).unwrap_or_default(),
        disk_size: planned.disk_size.known().copied(),
        instance_types: planned.instance_types.known_elements().cloned().collect(),
        ami_type: text(&planned.ami_type),
        capacity_type: text(&planned.capacity_type),
        remote_access: planned.remote_access.first().map(remote_access).filter(|access| *access != NO_ACCESS),
        labels: members(&planned.labels),
        taints: taints(planned),
        tags: members(&planned.tags_all),
        launch_template: planned.launch_template.first().map(template),
        update_config: update_settings(planned),
        repair: planned.node_repair_config.first().map(repair),
        warm_pool: planned.warm_pool_config.first().map(warm_pool),
        version: text(&planned.version),
        release_version: text(&planned.release_version),
    }
}

/// The remote access of an empty block.
const NO_ACCESS: client::RemoteAccess = client::RemoteAccess { ec2_ssh_key: None, source_security_groups: vec![] };

fn remote_access(access: &RemoteAccess) -> client::RemoteAccess {
    client::RemoteAccess {
        ec2_ssh_key: access.ec2_ssh_key.text().map(str::to_owned),
        source_security_groups: access.source_security_group_ids.known_elements().cloned().collect(),
    }
}

/// Returns all three sizes, which the API requires for a creation. The desired size defaults to the minimum size.
fn first_scaling(scaling: &ScalingConfig) -> client::Scaling {
    let min = scaling.min_size.known().copied();
    client::Scaling {
        min,
        max: scaling.max_size.known().copied(),
        desired: scaling.desired_size.known().copied().or(min),
    }
}

pub(super) fn members(map: &Map<String>) -> BTreeMap<String, String> {
    map.known_members().map(|(key, value)| (key.clone(), value.clone())).collect()
}

pub(super) fn taints(planned: &NodeGroup) -> Vec<client::Taint> {
    let taint = |taint: &Taint| client::Taint {
        key: taint.key.text().unwrap_or_default().to_owned(),
        value: taint.value.text().filter(|value| !value.is_empty()).map(str::to_owned),
        effect: taint.effect.text().unwrap_or_default().to_owned(),
    };
    planned.taint.iter().map(taint).collect()
}

/// Returns the template by its configured ID or else by its name.
pub(super) fn template(template: &LaunchTemplate) -> client::Template {
    let id = template.id.text().map(str::to_owned);
    let name = if id.is_some() { None } else { template.name.text().map(str::to_owned) };
    client::Template { id, name, version: template.version.text().map(str::to_owned) }
}

/// Returns the identifier of a launch template, or `None` if neither ID nor name is known.
pub(super) fn template_name(template: &LaunchTemplate) -> Option<client::TemplateName> {
    let id = template.id.text().map(|id| client::TemplateName::Id(id.to_owned()));
    id.or_else(|| template.name.text().map(|name| client::TemplateName::Name(name.to_owned())))
}

pub(super) fn update_settings(planned: &NodeGroup) -> Option<client::UpdateSettings> {
    planned.update_config.known_elements().next().map(|update| client::UpdateSettings {
        max_unavailable: update.max_unavailable.known().copied(),
        max_unavailable_percentage: update.max_unavailable_percentage.known().copied(),
        strategy: update.update_strategy.text().map(str::to_owned),
    })
}

pub(super) fn repair(repair: &NodeRepairConfig) -> client::Repair {
    let text = |attr: &Attr<String>| attr.text().unwrap_or_default().to_owned();
    let replacement = |other: &RepairOverride| client::RepairOverride {
        node_monitoring_condition: text(&other.node_monitoring_condition),
        node_unhealthy_reason: text(&other.node_unhealthy_reason),
        min_repair_wait_time_mins: other.min_repair_wait_time_mins.known().copied().unwrap_or_default(),
        repair_action: text(&other.repair_action),
    };
    client::Repair {
        enabled: Some(repair.enabled.known().copied().unwrap_or(false)),
        max_unhealthy_count: repair.max_unhealthy_node_threshold_count.known().copied(),
        max_unhealthy_percentage: repair.max_unhealthy_node_threshold_percentage.known().copied(),
        max_parallel_count: repair.max_parallel_nodes_repaired_count.known().copied(),
        max_parallel_percentage: repair.max_parallel_nodes_repaired_percentage.known().copied(),
        overrides: repair.node_repair_config_overrides.iter().map(replacement).collect(),
    }
}

pub(super) fn warm_pool(pool: &WarmPoolConfig) -> client::WarmPool {
    client::WarmPool {
        enabled: Some(true),
        // A new pool has no limit by default. An update sends an explicit value to remove a limit.
        max_group_prepared_capacity: pool.max_group_prepared_capacity.known().copied().filter(|max| *max != UNLIMITED),
        min_size: pool.min_size.known().copied(),
        pool_state: pool.pool_state.text().map(str::to_owned),
        reuse_on_scale_in: pool.reuse_on_scale_in.known().copied(),
    }
}

/// Returns the model of a live node group. Values that exist only in configuration, and their spelling, are taken from
/// `stored`: the state or the plan.
pub(super) fn from_live(stored: &NodeGroup, live: &client::NodeGroup, policy: &TagPolicy) -> NodeGroup {
    let (tags, tags_all) = policy.from_remote(&live.tags, &stored.tags);
    let region = account_and_region(&live.arn).map(|(_, region)| region);
    NodeGroup {
        cluster_name: live.cluster_name.as_str().into(),
        node_group_name: live.node_group_name.as_str().into(),
        node_group_name_prefix: prefix(stored, &live.node_group_name),
        node_role_arn: live.node_role.as_str().into(),
        subnet_ids: Set::of(live.subnets.iter().cloned()),
        ami_type: live.ami_type.clone().into(),
        ami_update_policy: stored.ami_update_policy.text().unwrap_or("pinned").into(),
        capacity_type: live.capacity_type.clone().into(),
        disk_size: live.disk_size.into(),
        instance_types: List::of(live.instance_types.iter().cloned()),
        labels: if live.labels.is_empty() { Attr::Null } else { Map::of(live.labels.clone()) },
        version: live.version.clone().into(),
        release_version: live.release_version.clone().into(),
        force_update_version: known_or_null(&stored.force_update_version),
        update_config: update_config_from_live(live),
        auto_scaling_group_tags: known_or_null(&stored.auto_scaling_group_tags),
        skip_preflight: known_or_null(&stored.skip_preflight),
        region: region.or_else(|| stored.region.text().map(str::to_owned)).into(),
        tags,
        tags_all,
        arn: live.arn.as_str().into(),
        id: id(&live.cluster_name, &live.node_group_name).into(),
        status: live.status.as_str().into(),
        health: List::of(live.health.iter().map(health_from_live)),
        resources: List::of([resources_from_live(live)]),
        created_at: live.created_at.clone().into(),
        modified_at: live.modified_at.clone().into(),
        auto_scaling_group: stored.auto_scaling_group.clone(),
        launch_template: Blocks::Known(live.launch_template.iter().map(template_from_live).collect()),
        node_repair_config: repair_from_live(stored, live),
        remote_access: remote_access_from_live(stored, live),
        scaling_config: Blocks::Known(live.scaling.iter().map(scaling_from_live).collect()),
        taint: taints_from_live(live),
        warm_pool_config: pool_from_live(stored, live),
        drain_before_delete: stored.drain_before_delete.clone(),
        timeouts: stored.timeouts.clone(),
    }
}

fn known_or_null<T: Clone>(attr: &Attr<T>) -> Attr<T> {
    attr.known().cloned().into()
}

/// A generated name ends in 26 hexadecimal digits, so its prefix can also be determined after an import.
fn prefix(stored: &NodeGroup, name: &str) -> Attr<String> {
    let is_import = stored.arn.is_null();
    match &stored.node_group_name_prefix {
        Attr::Known(prefix) => return prefix.as_str().into(),
        // A configured name can have the format of a generated name.
        Attr::Null if !is_import => return Attr::Null,
        Attr::Null | Attr::Unknown => {}
    }
    let generated =
        |(prefix, suffix): &(&str, &str)| !prefix.is_empty() && suffix.bytes().all(|byte| byte.is_ascii_hexdigit());
    let split = name.len().checked_sub(26).and_then(|at| name.split_at_checked(at)).filter(generated);
    split.map_or(Attr::Null, |(prefix, _)| prefix.into())
}

fn update_config_from_live(live: &client::NodeGroup) -> List<UpdateConfig> {
    live.update_config.as_ref().map_or(Attr::Null, |settings| {
        List::of([UpdateConfig {
            max_unavailable: settings.max_unavailable.into(),
            max_unavailable_percentage: settings.max_unavailable_percentage.into(),
            update_strategy: settings.strategy.clone().into(),
        }])
    })
}

fn health_from_live(issue: &client::Issue) -> HealthIssue {
    HealthIssue {
        code: issue.code.as_str().into(),
        message: issue.message.as_str().into(),
        resource_ids: List::of(issue.resource_ids.iter().cloned()),
    }
}

fn resources_from_live(live: &client::NodeGroup) -> Resources {
    let group = |name: &String| AutoScalingGroup { name: name.as_str().into() };
    Resources {
        autoscaling_groups: List::of(live.auto_scaling_groups.iter().map(group)),
        remote_access_security_group_id: live.remote_access_security_group.clone().into(),
    }
}

fn template_from_live(template: &client::Template) -> LaunchTemplate {
    LaunchTemplate {
        id: template.id.clone().into(),
        name: template.name.clone().into(),
        version: template.version.clone().into(),
    }
}

fn scaling_from_live(scaling: &client::Scaling) -> ScalingConfig {
    ScalingConfig { desired_size: scaling.desired.into(), max_size: scaling.max.into(), min_size: scaling.min.into() }
}

/// A null capacity equals -1: no limit. The state keeps the configured spelling.
fn pool_from_live(stored: &NodeGroup, live: &client::NodeGroup) -> ListBlock<WarmPoolConfig> {
    let written = stored.warm_pool_config.first().map(|pool| pool.max_group_prepared_capacity);
    let unlimited = if written == Some(Attr::Known(UNLIMITED)) { Attr::Known(UNLIMITED) } else { Attr::Null };
    let pool = |pool: &client::WarmPool| WarmPoolConfig {
        max_group_prepared_capacity: match pool.max_group_prepared_capacity {
            None | Some(UNLIMITED) => unlimited,
            Some(max) => Attr::Known(max),
        },
        min_size: pool.min_size.into(),
        pool_state: pool.pool_state.clone().into(),
        reuse_on_scale_in: pool.reuse_on_scale_in.into(),
    };
    Blocks::Known(live.warm_pool.iter().filter(|pool| pool.enabled != Some(false)).map(pool).collect())
}

/// Repair that is disabled and has no settings equals a missing block.
fn repair_from_live(stored: &NodeGroup, live: &client::NodeGroup) -> ListBlock<NodeRepairConfig> {
    let stored = stored.node_repair_config.first();
    let plain = client::Repair { enabled: Some(false), ..client::Repair::default() };
    let Some(repair) = live
        .repair
        .as_ref()
        .filter(|repair| stored.is_some() || ![&plain, &client::Repair::default()].contains(repair))
    else {
        return Blocks::Known(vec![]);
    };
    let mut overrides = repair.overrides.clone();
    if let Some(stored) = stored {
        // The API returns them in any order. The state keeps the order of the configuration.
        let order: Vec<_> = self::repair(stored).overrides;
        overrides.sort_by_key(|other| order.iter().position(|stored| stored == other).unwrap_or(usize::MAX));
    }
    Blocks::Known(vec![NodeRepairConfig {
        enabled: repair.enabled.into(),
        max_parallel_nodes_repaired_count: repair.max_parallel_count.into(),
        max_parallel_nodes_repaired_percentage: repair.max_parallel_percentage.into(),
        max_unhealthy_node_threshold_count: repair.max_unhealthy_count.into(),
        max_unhealthy_node_threshold_percentage: repair.max_unhealthy_percentage.into(),
        node_repair_config_overrides: Blocks::Known(overrides.iter().map(override_from_live).collect()),
    }])
}

fn override_from_live(other: &client::RepairOverride) -> RepairOverride {
    RepairOverride {
        min_repair_wait_time_mins: Attr::Known(other.min_repair_wait_time_mins),
        node_monitoring_condition: other.node_monitoring_condition.as_str().into(),
        node_unhealthy_reason: other.node_unhealthy_reason.as_str().into(),
        repair_action: other.repair_action.as_str().into(),
    }
}

fn remote_access_from_live(stored: &NodeGroup, live: &client::NodeGroup) -> ListBlock<RemoteAccess> {
    let Some(live) = &live.remote_access else {
        // An empty block does not enable access.
        return if stored.remote_access.iter().all(|access| remote_access(access) == NO_ACCESS) {
            stored.remote_access.clone()
        } else {
            Blocks::Known(vec![])
        };
    };
    let groups = &live.source_security_groups;
    Blocks::Known(vec![RemoteAccess {
        ec2_ssh_key: live.ec2_ssh_key.clone().into(),
        source_security_group_ids: if groups.is_empty() { Attr::Null } else { Set::of(groups.clone()) },
    }])
}

fn taints_from_live(live: &client::NodeGroup) -> SetBlock<Taint> {
    SetBlock::of(live.taints.iter().map(|taint| Taint {
        key: taint.key.as_str().into(),
        value: taint.value.clone().filter(|value| !value.is_empty()).into(),
        effect: taint.effect.as_str().into(),
    }))
}
