//! The difference between the planned, the prior, and the live settings of a group.

use std::collections::BTreeMap;

use framework::model::{Attr, Set};

use super::super::group_settings::GroupSettings;
use super::super::scaling_group::{ScalingGroup, ScalingGroupUpdate};
use super::originals::Original;

/// The requests for one group. Settings that the plan does not change, or that are already correct, are omitted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Changes {
    pub(super) processes: Elements,
    pub(super) target_groups: Elements,
    pub(super) metrics: Elements,
    pub(super) update: ScalingGroupUpdate,
    /// The planned or restored protection of instances. Which of them differ is read when it is sent.
    pub(super) protection: Option<ProtectionChange>,
}

/// Elements to add and to remove.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Elements {
    pub(super) added: Vec<String>,
    pub(super) removed: Vec<String>,
}

/// A change of the protection of instances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ProtectionChange {
    pub(super) protected: bool,
    /// Instances to leave unchanged, because they were protected individually before.
    pub(super) exceptions: Vec<String>,
}

impl Changes {
    /// Returns the changes from the prior to the planned settings. A setting that is no longer planned returns to its
    /// original value, or stays unchanged if that is not recorded.
    pub(super) fn between(
        prior: &GroupSettings,
        planned: &GroupSettings,
        original: &Original,
        live: &ScalingGroup,
    ) -> Self {
        let original_protection = original.protection.as_ref();
        let protected = value(
            prior.protect_from_scale_in,
            planned.protect_from_scale_in,
            original_protection.map(|protection| protection.new_instances),
        );
        let is_restored = planned.protect_from_scale_in.is_null();
        let exceptions = original_protection.filter(|_| is_restored).map(|original| original.exceptions.clone());
        let rebalance = value(prior.capacity_rebalance, planned.capacity_rebalance, original.capacity_rebalance);
        let policies = if prior.policies() == planned.policies() {
            None
        } else {
            planned.policies().or_else(|| original.termination_policies.clone())
        };
        Self {
            processes: processes(prior, planned, original, live),
            target_groups: elements(
                (&prior.target_group_arns, &planned.target_group_arns),
                &original.target_groups,
                |arn| live.target_groups.contains(arn),
            ),
            metrics: elements((&prior.enabled_metrics, &planned.enabled_metrics), &original.metrics, |metric| {
                live.metrics.contains(metric)
            }),
            update: ScalingGroupUpdate {
                protects_new_instances: protected.filter(|protected| *protected != live.protects_new_instances),
                capacity_rebalance: rebalance.filter(|rebalance| *rebalance != live.capacity_rebalance),
                // The API does not accept an empty list.
                termination_policies: policies.filter(|new| !new.is_empty() && *new != live.termination_policies),
            },
            protection: protected
                .map(|protected| ProtectionChange { protected, exceptions: exceptions.unwrap_or_default() }),
        }
    }
}

/// Only processes that a user suspended are resumed.
fn processes(prior: &GroupSettings, planned: &GroupSettings, original: &Original, live: &ScalingGroup) -> Elements {
    let sets = (&prior.suspended_processes, &planned.suspended_processes);
    let mut processes =
        elements(sets, &original.suspended_processes, |process| live.suspended_processes.contains_key(process));
    processes.removed.retain(|process| live.is_suspended_by_user(process));
    processes
}

/// Returns the value to set: the planned value, or the original value if the argument is removed.
fn value(prior: Attr<bool>, planned: Attr<bool>, original: Option<bool>) -> Option<bool> {
    if prior == planned {
        return None;
    }
    match planned {
        Attr::Known(planned) => Some(planned),
        Attr::Null => original,
        Attr::Unknown => None,
    }
}

/// Returns the new elements that the group does not have, and the removed elements that the provider added.
fn elements(
    (prior, planned): (&Set<String>, &Set<String>),
    original: &BTreeMap<String, bool>,
    is_live: impl Fn(&str) -> bool,
) -> Elements {
    let has = |set: &Set<String>, element: &String| set.known_elements().any(|other| other == element);
    let added = planned.known_elements().filter(|element| !has(prior, element) && !is_live(element));
    let is_own = |element: &&String| original.get(*element) == Some(&false);
    let removed = prior.known_elements().filter(|element| !has(planned, element) && is_live(element)).filter(is_own);
    Elements { added: added.cloned().collect(), removed: removed.cloned().collect() }
}
