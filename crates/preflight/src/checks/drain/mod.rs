//! What stands in the way of draining the nodes that an update or a replacement takes away, and what is lost with them.
//! They read the workloads of the cluster from its API server, and only for such plans.

pub(super) mod pod_controllers;
pub(super) mod pod_disruption_budget_overlap;
pub(super) mod pod_disruption_budgets;
pub(super) mod pod_grace_period;
pub(super) mod pod_local_data;
pub(super) mod pod_tolerations;

use crate::Input;

/// The inputs of a plan that can drain nodes, and those that identify the node group, which an update cannot change.
const INPUTS: &[Input] = &[Input::Cluster, Input::Name, Input::LaunchTemplate, Input::Version, Input::ReleaseVersion];

#[cfg(test)]
mod testing;
