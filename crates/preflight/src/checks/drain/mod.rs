//! Checks of the pods on nodes that an update or a replacement drains: what prevents their eviction, and what is lost.
//! They read the pods from the API server of the cluster, and only for such plans.

pub(super) mod pod_controllers;
pub(super) mod pod_disruption_budget_overlap;
pub(super) mod pod_disruption_budgets;
pub(super) mod pod_grace_period;
pub(super) mod pod_local_data;
pub(super) mod pod_tolerations;

use crate::Input;

/// The inputs that identify the node group, and the inputs whose change drains nodes.
const INPUTS: &[Input] = &[Input::Cluster, Input::Name, Input::LaunchTemplate, Input::Version, Input::ReleaseVersion];

#[cfg(test)]
mod testing;
