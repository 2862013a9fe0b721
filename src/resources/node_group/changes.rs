//! Which calls a change needs, told from what is planned and what is live. Pure.

use crate::framework::resource::Change;

use super::api;
use super::client::{self, ConfigUpdate, Scaling, Template, VersionUpdate};
use super::equivalence::DEFAULT_STRATEGY;
use super::model::{NodeGroup, ScalingConfig};

/// What `UpdateNodegroupConfig` has to change, all in one call; none if nothing.
pub(super) fn config_update(change: &Change<NodeGroup>, live: &client::NodeGroup, token: &str) -> Option<ConfigUpdate> {
    let planned = &change.planned;
    let labels = api::members(&planned.labels);
    let taints = api::taints(planned);
    let same_taint = |a: &client::Taint, b: &client::Taint| a.key == b.key && a.effect == b.effect;
    let update = ConfigUpdate {
        add_labels: labels.iter().filter(|(key, value)| live.labels.get(*key) != Some(*value)).map(cloned).collect(),
        remove_labels: live.labels.keys().filter(|key| !labels.contains_key(*key)).cloned().collect(),
        add_taints: taints
            .iter()
            .filter(|taint| !live.taints.iter().any(|live| normal(live) == **taint))
            .cloned()
            .collect(),
        remove_taints: live
            .taints
            .iter()
            .filter(|live| !taints.iter().any(|taint| same_taint(taint, live)))
            .cloned()
            .collect(),
        scaling: scaling(change, live),
        update_config: update_settings(planned, live),
        repair: repair(planned, live),
        warm_pool: warm_pool(planned, live),
        ..ConfigUpdate::default()
    };
    (update != ConfigUpdate::default()).then(|| ConfigUpdate {
        cluster_name: live.cluster_name.clone(),
        node_group_name: live.node_group_name.clone(),
        client_request_token: token.to_owned(),
        ..update
    })
}

fn cloned((key, value): (&String, &String)) -> (String, String) {
    (key.clone(), value.clone())
}

fn normal(taint: &client::Taint) -> client::Taint {
    client::Taint { value: taint.value.clone().filter(|value| !value.is_empty()), ..taint.clone() }
}

/// The desired size that a group keeps when nobody configures it: the live one, moved into the range.
pub(super) fn clamp(desired: i64, scaling: &ScalingConfig) -> i64 {
    let lowest = scaling.min_size.known().copied().unwrap_or(desired);
    let highest = scaling.max_size.known().copied().unwrap_or(desired);
    desired.min(highest).max(lowest)
}

fn scaling(change: &Change<NodeGroup>, live: &client::NodeGroup) -> Option<Scaling> {
    let planned = change.planned.scaling_config.first()?;
    let live = live.scaling.unwrap_or_default();
    let configured = change.config.scaling_config.first().and_then(|scaling| scaling.desired_size.known().copied());
    let wanted = configured.or_else(|| live.desired.map(|desired| clamp(desired, planned)));
    let desired = wanted.filter(|wanted| live.desired != Some(*wanted));
    let (min, max) = (planned.min_size.known().copied(), planned.max_size.known().copied());
    (min != live.min || max != live.max || desired.is_some()).then_some(Scaling { min, max, desired })
}

/// The update settings when they change. The strategy is always told: EKS keeps the present one when it is left out.
fn update_settings(planned: &NodeGroup, live: &client::NodeGroup) -> Option<client::UpdateSettings> {
    let wanted = told(api::update_settings(planned)?);
    (live.update_config.clone().map(told).as_ref() != Some(&wanted)).then_some(wanted)
}

fn told(mut settings: client::UpdateSettings) -> client::UpdateSettings {
    settings.strategy.get_or_insert_with(|| DEFAULT_STRATEGY.to_owned());
    settings
}

/// The whole repair configuration when it changes; switched off when its block is removed.
fn repair(planned: &NodeGroup, live: &client::NodeGroup) -> Option<client::Repair> {
    let wanted = planned.node_repair_config.first().map_or_else(repair_off, api::repair);
    let present = live.repair.clone().unwrap_or_else(repair_off);
    (normal_repair(wanted.clone()) != normal_repair(present)).then_some(wanted)
}

fn repair_off() -> client::Repair {
    client::Repair { enabled: Some(false), ..client::Repair::default() }
}

/// The same configuration in one notation: off is said, and the order of the overrides does not count.
fn normal_repair(mut repair: client::Repair) -> client::Repair {
    repair.enabled = Some(repair.enabled.unwrap_or(false));
    repair.overrides.sort();
    repair
}

/// The pool's settings that change; removed with its block.
fn warm_pool(planned: &NodeGroup, live: &client::NodeGroup) -> Option<client::WarmPool> {
    let present = live.warm_pool.as_ref().filter(|pool| pool.enabled != Some(false));
    match (planned.warm_pool_config.first().map(api::warm_pool), present) {
        (None, None) => None,
        (None, Some(_)) => Some(client::WarmPool { enabled: Some(false), ..client::WarmPool::default() }),
        (Some(wanted), None) => Some(wanted),
        (Some(wanted), Some(present)) => {
            let same = |wanted: Option<i64>, present: Option<i64>| wanted.is_none() || wanted == present;
            let unchanged = same(wanted.max_group_prepared_capacity, present.max_group_prepared_capacity)
                && same(wanted.min_size, present.min_size)
                && (wanted.pool_state.is_none() || wanted.pool_state == present.pool_state)
                && (wanted.reuse_on_scale_in.is_none() || wanted.reuse_on_scale_in == present.reuse_on_scale_in);
            (!unchanged).then_some(wanted)
        }
    }
}

/// What `UpdateNodegroupVersion` has to change; none if nothing. `template_version` is the number that the planned
/// launch template version stands for.
///
/// AWS's texts contradict each other on what a call without version and release does, so the release is always named
/// unless it is to be the newest one of a new version, or the AMI is the user's own.
pub(super) fn version_update(
    change: &Change<NodeGroup>,
    live: &client::NodeGroup,
    template_version: Option<&str>,
    token: &str,
) -> Option<VersionUpdate> {
    let planned = &change.planned;
    let wanted = |planned: Option<&str>, live: &Option<String>| {
        planned.filter(|planned| live.as_deref() != Some(planned)).map(str::to_owned)
    };
    let version = wanted(planned.version.text(), &live.version);
    let release = wanted(planned.release_version.text(), &live.release_version);
    let live_template = live.launch_template.as_ref();
    let new_template =
        template_version.filter(|wanted| live_template.is_some_and(|live| live.version.as_deref() != Some(wanted)));
    if version.is_none() && release.is_none() && new_template.is_none() {
        return None;
    }
    let custom = live.ami_type.as_deref() == Some("CUSTOM");
    let pinned = || if version.is_none() { live.release_version.clone() } else { None };
    Some(VersionUpdate {
        cluster_name: live.cluster_name.clone(),
        node_group_name: live.node_group_name.clone(),
        client_request_token: token.to_owned(),
        release_version: if custom { None } else { release.clone().or_else(pinned) },
        version: version.clone().filter(|_| !custom),
        launch_template: new_template.map(|number| Template {
            id: live_template.and_then(|template| template.id.clone()),
            name: live_template.filter(|template| template.id.is_none()).and_then(|template| template.name.clone()),
            version: Some(number.to_owned()),
        }),
        force: planned.force_update_version.known().copied().unwrap_or(false),
    })
}

/// Whether a node group that already has the name is the one that this request makes: a creation whose answer was
/// lost, or whose run was killed. What the request leaves open may be anything that EKS chooses.
pub(super) fn is_same(request: &client::CreateNodeGroup, live: &client::NodeGroup) -> bool {
    let given = |wanted: &Option<String>, live: &Option<String>| wanted.is_none() || wanted == live;
    request.node_role == live.node_role
        && sorted(&request.subnets) == sorted(&live.subnets)
        && given(&request.ami_type, &live.ami_type)
        && given(&request.capacity_type, &live.capacity_type)
        && given(&request.version, &live.version)
        && given(&request.release_version, &live.release_version)
        && (request.disk_size.is_none() || request.disk_size == live.disk_size)
        && (request.instance_types.is_empty() || request.instance_types == live.instance_types)
        && same_access(request.remote_access.as_ref(), live.remote_access.as_ref())
        && same_template(request.launch_template.as_ref(), live.launch_template.as_ref())
        && same_settings(request, live)
}

fn sorted(list: &[String]) -> Vec<String> {
    let mut list = list.to_vec();
    list.sort();
    list
}

/// What can also be changed later, in place.
fn same_settings(request: &client::CreateNodeGroup, live: &client::NodeGroup) -> bool {
    let own_tags = live.tags.iter().filter(|(key, _)| !key.starts_with("aws:")).map(cloned).collect();
    let scaling = live.scaling.unwrap_or_default();
    let in_order = |taints: &[client::Taint]| {
        let mut taints: Vec<_> = taints.iter().map(normal).collect();
        taints.sort();
        taints
    };
    let default = client::UpdateSettings { max_unavailable: Some(1), ..client::UpdateSettings::default() };
    let update = told(request.update_config.clone().unwrap_or_else(|| default.clone()));
    let repair = |repair: Option<&client::Repair>| normal_repair(repair.cloned().unwrap_or_else(repair_off));
    let pooled = live.warm_pool.as_ref().is_some_and(|pool| pool.enabled != Some(false));
    request.labels == live.labels
        && in_order(&request.taints) == in_order(&live.taints)
        && request.tags == own_tags
        && (request.scaling.min, request.scaling.max) == (scaling.min, scaling.max)
        && update == told(live.update_config.clone().unwrap_or(default))
        && repair(request.repair.as_ref()) == repair(live.repair.as_ref())
        && request.warm_pool.is_some() == pooled
}

fn same_access(wanted: Option<&client::RemoteAccess>, live: Option<&client::RemoteAccess>) -> bool {
    let normal = |access: Option<&client::RemoteAccess>| {
        access.map(|access| (access.ec2_ssh_key.clone(), sorted(&access.source_security_groups)))
    };
    normal(wanted) == normal(live)
}

/// The API answers id, name and a number; the request has one of the names, and maybe `$Latest`.
fn same_template(wanted: Option<&Template>, live: Option<&Template>) -> bool {
    match (wanted, live) {
        (None, None) => true,
        (Some(wanted), Some(live)) => {
            let same = |wanted: &Option<String>, live: &Option<String>| wanted.is_none() || wanted == live;
            let open = wanted.version.as_ref().is_none_or(|version| version.starts_with('$'));
            same(&wanted.id, &live.id) && same(&wanted.name, &live.name) && (open || wanted.version == live.version)
        }
        _ => false,
    }
}

#[cfg(test)]
#[path = "changes_tests.rs"]
mod tests;
