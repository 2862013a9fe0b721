//! The values of settings from before the provider changed them, in the private data of the resource.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use framework::model::Set;
use framework::private::Private;

use super::super::group_settings::GroupSettings;
use super::super::scaling_group::ScalingGroup;

/// The key in the private data.
const KEY: &str = "auto_scaling_group";

/// The original values by name of the group. A replacement has a group with another name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Originals(BTreeMap<String, Original>);

/// The values of one group from before the provider managed them. Settings that are not managed are omitted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Original {
    /// Whether each managed process was already suspended.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) suspended_processes: BTreeMap<String, bool>,
    /// Whether each managed target group was already attached.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) target_groups: BTreeMap<String, bool>,
    /// Whether each managed metric was already enabled.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) metrics: BTreeMap<String, bool>,
    /// The protection from scale-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) protection: Option<Protection>,
    /// Whether Spot Instances at risk were replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) capacity_rebalance: Option<bool>,
    /// The termination policies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) termination_policies: Option<Vec<String>>,
}

/// The protection from scale-in from before the provider managed it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Protection {
    /// Whether new instances were protected.
    pub(super) new_instances: bool,
    /// The instances whose protection differed from that, because it was set for them individually.
    pub(super) exceptions: Vec<String>,
}

impl Originals {
    pub(super) fn of(private: &Private) -> Self {
        Self(private.get(KEY).unwrap_or_default())
    }

    pub(super) fn get(&self, group: &str) -> Original {
        self.0.get(group).cloned().unwrap_or_default()
    }

    /// Stores the values of a group. They must be stored before the provider changes the group.
    pub(super) fn store(&mut self, group: &str, original: Original, private: &mut Private) {
        if original == Original::default() {
            self.0.remove(group);
        } else {
            self.0.insert(group.to_owned(), original);
        }
        if self.0.is_empty() { private.remove(KEY) } else { private.set(KEY, &self.0) }
    }

    /// Removes the values of the node group that a new one replaces. Terraform core passes them on.
    pub(super) fn clear(private: &mut Private) {
        private.remove(KEY);
    }
}

impl Original {
    /// Records the live values of settings that the provider starts to manage. Protection is recorded when it is known.
    pub(super) fn remember(&mut self, planned: &GroupSettings, live: &ScalingGroup) {
        let suspended = |name: &str| live.suspended_processes.contains_key(name);
        remember_elements(&mut self.suspended_processes, &planned.suspended_processes, suspended);
        remember_elements(&mut self.target_groups, &planned.target_group_arns, |arn| live.target_groups.contains(arn));
        remember_elements(&mut self.metrics, &planned.enabled_metrics, |metric| live.metrics.contains(metric));
        if planned.capacity_rebalance.is_known() {
            self.capacity_rebalance.get_or_insert(live.capacity_rebalance);
        }
        if planned.policies().is_some() {
            self.termination_policies.get_or_insert_with(|| live.termination_policies.clone());
        }
    }

    /// Removes the values of settings that are no longer managed, after they were restored.
    pub(super) fn keep_only(&mut self, planned: &GroupSettings) {
        keep_elements(&mut self.suspended_processes, &planned.suspended_processes);
        keep_elements(&mut self.target_groups, &planned.target_group_arns);
        keep_elements(&mut self.metrics, &planned.enabled_metrics);
        self.protection = self.protection.take().filter(|_| planned.protect_from_scale_in.is_known());
        self.capacity_rebalance = self.capacity_rebalance.filter(|_| planned.capacity_rebalance.is_known());
        self.termination_policies = self.termination_policies.take().filter(|_| planned.policies().is_some());
    }
}

fn remember_elements(originals: &mut BTreeMap<String, bool>, planned: &Set<String>, is_live: impl Fn(&str) -> bool) {
    for element in planned.known_elements() {
        originals.entry(element.clone()).or_insert_with(|| is_live(element));
    }
}

fn keep_elements(originals: &mut BTreeMap<String, bool>, planned: &Set<String>) {
    originals.retain(|element, _| planned.known_elements().any(|planned| planned == element));
}
