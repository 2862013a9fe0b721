//! Computes the API calls of an update from the planned, stored, and live state. Performs no I/O.
//!
//! Only planned differences are sent. Changes that another process made after the plan are left unchanged, and the next
//! refresh reports them. The live node group shows which changes already exist and which calls EKS would reject.

use std::collections::BTreeMap;

use framework::difference::{MapDifference, changed};

use super::api;
use super::client::{self, ConfigUpdate, Scaling, Template, VersionUpdate};
use super::equivalence::{DEFAULT_STRATEGY, UNLIMITED};
use super::model::{NodeGroup, ScalingConfig};

/// An update of a live node group from its prior to its planned state.
#[derive(Clone, Copy)]
pub(super) struct Update<'u> {
    pub(super) prior: &'u NodeGroup,
    pub(super) planned: &'u NodeGroup,
    pub(super) live: &'u client::NodeGroup,
}

/// The number of nodes before and after an update that must change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Resized {
    pub(super) from: i64,
    pub(super) to: i64,
}

impl Update<'_> {
    /// Returns the changes for a single `UpdateNodegroupConfig` call, or `None` without changes.
    pub(super) fn config(self, token: &str) -> Option<ConfigUpdate> {
        let Self { prior, planned, live } = self;
        let labels = MapDifference::between(&prior.labels, &planned.labels).missing_in(&live.labels);
        let (add_taints, remove_taints) = self.taints();
        let update = ConfigUpdate {
            add_labels: labels.set,
            remove_labels: labels.removed,
            add_taints,
            remove_taints,
            scaling: self.scaling(),
            update_config: self.update_settings(),
            repair: self.repair(),
            warm_pool: self.warm_pool(),
            ..ConfigUpdate::default()
        };
        (update != ConfigUpdate::default()).then(|| ConfigUpdate {
            cluster_name: live.cluster_name.clone(),
            node_group_name: live.node_group_name.clone(),
            client_request_token: token.to_owned(),
            ..update
        })
    }

    /// Returns the taints to add and to remove. A taint is identified by key and effect.
    fn taints(self) -> (Vec<client::Taint>, Vec<client::Taint>) {
        let (before, after) = (api::taints(self.prior), api::taints(self.planned));
        let is_live = |taint: &client::Taint| self.live.taints.iter().any(|live| normal(live) == *taint);
        let added = after.iter().filter(|taint| !before.contains(taint) && !is_live(taint)).cloned().collect();
        let same = |a: &client::Taint, b: &client::Taint| a.key == b.key && a.effect == b.effect;
        let is_removed = |live: &&client::Taint| {
            before.iter().any(|taint| same(taint, live)) && !after.iter().any(|taint| same(taint, live))
        };
        (added, self.live.taints.iter().filter(is_removed).cloned().collect())
    }

    fn scaling(self) -> Option<Scaling> {
        let (before, after) = (self.prior.scaling_config.first()?, self.planned.scaling_config.first()?);
        let live = self.live.scaling.unwrap_or_default();
        let sent = |before, after, live: Option<i64>| changed(before, after).copied().filter(|new| live != Some(*new));
        let min = sent(&before.min_size, &after.min_size, live.min);
        let max = sent(&before.max_size, &after.max_size, live.max);
        let planned = sent(&before.desired_size, &after.desired_size, live.desired);
        let desired = planned.or_else(|| self.resized().map(|resized| resized.to));
        (min.is_some() || max.is_some() || desired.is_some()).then_some(Scaling { min, max, desired })
    }

    /// Returns the live number of nodes, clamped to a new range that excludes it. EKS rejects such a range otherwise.
    pub(super) fn resized(self) -> Option<Resized> {
        let (before, after) = (self.prior.scaling_config.first()?, self.planned.scaling_config.first()?);
        if changed(&before.desired_size, &after.desired_size).is_some() {
            return None;
        }
        let live = self.live.scaling.unwrap_or_default();
        let from = live.desired?;
        let to = changed(&before.max_size, &after.max_size).map_or(from, |max| from.min(*max));
        let to = changed(&before.min_size, &after.min_size).map_or(to, |min| to.max(*min));
        (to != from).then_some(Resized { from, to })
    }

    /// Returns the update settings if they change. The strategy is always sent: EKS keeps the current one if it is
    /// omitted.
    fn update_settings(self) -> Option<client::UpdateSettings> {
        let (before, after) = (api::update_settings(self.prior), api::update_settings(self.planned)?);
        let (before, after) = (told(before.unwrap_or_default()), told(after));
        let live = told(self.live.update_config.clone().unwrap_or_default());
        let limit = |of: &client::UpdateSettings| (of.max_unavailable, of.max_unavailable_percentage);
        let (max_unavailable, max_unavailable_percentage) = pick(limit(&before), limit(&after), limit(&live));
        let strategy = pick(before.strategy, after.strategy, live.strategy.clone());
        let wanted = client::UpdateSettings { max_unavailable, max_unavailable_percentage, strategy };
        (wanted != live).then_some(wanted)
    }

    /// Returns the whole repair configuration if it changes. Removing the block disables repair.
    fn repair(self) -> Option<client::Repair> {
        let of = |group: &NodeGroup| group.node_repair_config.first().map_or_else(repair_off, api::repair);
        let (before, after) = (normal_repair(of(self.prior)), normal_repair(of(self.planned)));
        let live = normal_repair(self.live.repair.clone().unwrap_or_else(repair_off));
        let unhealthy = |of: &client::Repair| (of.max_unhealthy_count, of.max_unhealthy_percentage);
        let parallel = |of: &client::Repair| (of.max_parallel_count, of.max_parallel_percentage);
        // Adding or removing the block sets `enabled`, even if the value stays the same.
        let is_said =
            self.prior.node_repair_config.first().is_some() != self.planned.node_repair_config.first().is_some();
        let enabled = if is_said { after.enabled } else { pick(before.enabled, after.enabled, live.enabled) };
        let (max_unhealthy_count, max_unhealthy_percentage) =
            pick(unhealthy(&before), unhealthy(&after), unhealthy(&live));
        let (max_parallel_count, max_parallel_percentage) = pick(parallel(&before), parallel(&after), parallel(&live));
        let wanted = client::Repair {
            enabled,
            max_unhealthy_count,
            max_unhealthy_percentage,
            max_parallel_count,
            max_parallel_percentage,
            overrides: overrides(&before, &after, &live),
        };
        (wanted != live).then_some(wanted)
    }

    /// Returns the warm pool settings if they change. Removing the block deletes the pool.
    fn warm_pool(self) -> Option<client::WarmPool> {
        let of = |group: &NodeGroup| group.warm_pool_config.first().map(api::warm_pool);
        let live = self.live.warm_pool.as_ref().filter(|pool| pool.enabled != Some(false));
        match (of(self.prior), of(self.planned), live) {
            (None, None, _) | (Some(_), None, None) => None,
            (Some(_), None, Some(_)) => Some(client::WarmPool { enabled: Some(false), ..client::WarmPool::default() }),
            (None, Some(wanted), live) => new_pool(wanted, live),
            // The plan changes settings of the pool, so the pool is recreated.
            (Some(before), Some(after), None) => (limited(&before) != limited(&after)).then_some(after),
            (Some(before), Some(after), Some(live)) => changed_pool(&before, &after, live),
        }
    }

    /// Returns the changes for `UpdateNodegroupVersion`, or `None` without changes. `template_version` is the number
    /// that the planned launch template version resolves to.
    ///
    /// The AWS documentation is inconsistent about a call without version and release. The release is therefore always
    /// sent, except for a custom AMI, or if it is the newest release of a new version.
    pub(super) fn version(self, template_version: Option<&str>, token: &str) -> Option<VersionUpdate> {
        let Self { prior, planned, live } = self;
        let version = changed(&prior.version, &planned.version).filter(|new| live.version.as_ref() != Some(*new));
        let release = changed(&prior.release_version, &planned.release_version);
        let release = release.filter(|new| live.release_version.as_ref() != Some(*new));
        let template = self.new_template(template_version);
        if version.is_none() && release.is_none() && template.is_none() {
            return None;
        }
        let custom = live.ami_type.as_deref() == Some("CUSTOM");
        let release = match version {
            // A release that does not change is sent as well. EKS then rejects a release that the new version does not
            // have, instead of selecting the newest.
            Some(_) => planned.release_version.known().cloned(),
            None => release.cloned().or_else(|| live.release_version.clone()),
        };
        Some(VersionUpdate {
            cluster_name: live.cluster_name.clone(),
            node_group_name: live.node_group_name.clone(),
            client_request_token: token.to_owned(),
            release_version: release.filter(|_| !custom),
            version: version.cloned().filter(|_| !custom),
            launch_template: template,
            force: planned.force_update_version.known().copied().unwrap_or(false),
        })
    }

    /// Returns the live template with another version, if the plan changes the version.
    fn new_template(self, number: Option<&str>) -> Option<Template> {
        let version = |group: &NodeGroup| group.launch_template.first().map(|template| template.version.clone());
        let live = self.live.launch_template.as_ref()?;
        let number = number.filter(|number| live.version.as_deref() != Some(number))?;
        (version(self.prior) != version(self.planned)).then(|| Template {
            id: live.id.clone(),
            name: live.name.clone().filter(|_| live.id.is_none()),
            version: Some(number.to_owned()),
        })
    }
}

/// Returns the planned value if the plan changes it, and the live value otherwise.
fn pick<T: PartialEq>(before: T, after: T, live: T) -> T {
    if before == after { live } else { after }
}

/// Returns the live overrides with the planned changes. An override is identified by condition and reason.
fn overrides(before: &client::Repair, after: &client::Repair, live: &client::Repair) -> Vec<client::RepairOverride> {
    let by_key = |of: &client::Repair| -> BTreeMap<_, _> {
        let key =
            |one: &client::RepairOverride| (one.node_monitoring_condition.clone(), one.node_unhealthy_reason.clone());
        of.overrides.iter().map(|one| (key(one), one.clone())).collect()
    };
    let (before, after, mut merged) = (by_key(before), by_key(after), by_key(live));
    merged.retain(|key, _| after.contains_key(key) || !before.contains_key(key));
    merged.extend(after.into_iter().filter(|(key, one)| before.get(key) != Some(one)));
    let mut overrides: Vec<_> = merged.into_values().collect();
    overrides.sort();
    overrides
}

/// Returns a pool that the plan adds, unless it equals the live pool.
fn new_pool(wanted: client::WarmPool, live: Option<&client::WarmPool>) -> Option<client::WarmPool> {
    let Some(raw) = live else { return Some(wanted) };
    let (asked, live) = (limited(&wanted), limited(raw));
    let same = asked.max_group_prepared_capacity == live.max_group_prepared_capacity
        && (asked.min_size.is_none() || asked.min_size == live.min_size)
        && (asked.pool_state.is_none() || asked.pool_state == live.pool_state)
        && (asked.reuse_on_scale_in.is_none() || asked.reuse_on_scale_in == live.reuse_on_scale_in);
    (!same).then(|| explicit(asked, raw))
}

/// Returns the live pool with the planned changes, sent as a whole: whether EKS keeps omitted settings is not
/// documented.
fn changed_pool(
    before: &client::WarmPool,
    after: &client::WarmPool,
    raw: &client::WarmPool,
) -> Option<client::WarmPool> {
    let (before, after, live) = (limited(before), limited(after), limited(raw));
    let wanted = client::WarmPool {
        enabled: live.enabled,
        max_group_prepared_capacity: pick(
            before.max_group_prepared_capacity,
            after.max_group_prepared_capacity,
            live.max_group_prepared_capacity,
        ),
        min_size: pick(before.min_size, after.min_size, live.min_size),
        pool_state: pick(before.pool_state, after.pool_state, live.pool_state.clone()),
        reuse_on_scale_in: pick(before.reuse_on_scale_in, after.reuse_on_scale_in, live.reuse_on_scale_in),
    };
    (wanted != live).then(|| explicit(wanted, raw))
}

/// Returns the request for a pool. "No limit" is sent only to remove a limit, because it is the default.
fn explicit(wanted: client::WarmPool, live: &client::WarmPool) -> client::WarmPool {
    let limit = wanted.max_group_prepared_capacity;
    let needless = limit == Some(UNLIMITED) && live.max_group_prepared_capacity.is_none();
    let max_group_prepared_capacity = if needless { None } else { limit };
    client::WarmPool { enabled: Some(true), max_group_prepared_capacity, ..wanted }
}

/// Returns the pool with an explicit value for "no limit".
fn limited(pool: &client::WarmPool) -> client::WarmPool {
    let limit = pool.max_group_prepared_capacity.unwrap_or(UNLIMITED);
    client::WarmPool { max_group_prepared_capacity: Some(limit), ..pool.clone() }
}

fn cloned((key, value): (&String, &String)) -> (String, String) {
    (key.clone(), value.clone())
}

fn normal(taint: &client::Taint) -> client::Taint {
    client::Taint { value: taint.value.clone().filter(|value| !value.is_empty()), ..taint.clone() }
}

/// Returns the desired size if it is not configured: the live size, clamped to the range.
pub(super) fn clamp(desired: i64, scaling: &ScalingConfig) -> i64 {
    let lowest = scaling.min_size.known().copied().unwrap_or(desired);
    let highest = scaling.max_size.known().copied().unwrap_or(desired);
    desired.min(highest).max(lowest)
}

fn told(mut settings: client::UpdateSettings) -> client::UpdateSettings {
    settings.strategy.get_or_insert_with(|| DEFAULT_STRATEGY.to_owned());
    settings
}

fn repair_off() -> client::Repair {
    client::Repair { enabled: Some(false), ..client::Repair::default() }
}

/// Normalizes a repair configuration: disabled is explicit, and the overrides are sorted.
fn normal_repair(mut repair: client::Repair) -> client::Repair {
    repair.enabled = Some(repair.enabled.unwrap_or(false));
    repair.overrides.sort();
    repair
}

/// Whether an existing node group with this name results from this request, because the response was lost or the
/// process was killed. Values that the request leaves unset are not compared.
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

/// Compares the settings that can be changed in place.
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

/// The API returns ID, name, and number. The request contains either the ID or the name, and possibly `$Latest`.
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
