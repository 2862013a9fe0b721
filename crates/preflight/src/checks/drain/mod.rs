//! Checks of the pods on nodes that an update or a replacement drains: what prevents their eviction, and what is lost.
//! They read the pods from the API server of the cluster, and only for such plans.

pub(super) mod pod_controllers;
pub(super) mod pod_disruption_budget_overlap;
pub(super) mod pod_disruption_budgets;
pub(super) mod pod_grace_period;
pub(super) mod pod_local_data;
pub(super) mod pod_tolerations;

use crate::drain::Drain;
use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};

/// The inputs that identify the node group, and the inputs whose change drains nodes.
const INPUTS: &[Input] = &[Input::Cluster, Input::Name, Input::LaunchTemplate, Input::Version, Input::ReleaseVersion];

type Run = fn(&Subject, &Facts, &mut CheckFindings) -> Result<(), Skip>;

/// Returns a check of the pods on nodes that a plan drains. It only warns: pods and budgets can change until the apply.
const fn check_of_pods(name: &'static str, finds: &'static str, run: Run) -> Check {
    let (kinds, reads, effects) = (&[Kind::NodeGroup], &[Family::Workloads], &[Effect::Warns]);
    Check { name, finds, kinds, inputs: INPUTS, reads, effects, run }
}

/// What a check says about pods.
struct PodFinding<'f> {
    /// The summary, without the node group.
    summary: &'f str,
    /// What was found on the nodes.
    found: &'f str,
    why: &'f str,
    fix: &'f str,
}

/// Adds a finding with these lines. If the list is empty, adds nothing. The summary names the node group, because
/// Terraform shows only one of several warnings with the same summary, and each node group has other pods.
fn warn_about(drain: &Drain<'_>, lines: Vec<String>, finding: &PodFinding<'_>, verdicts: &mut CheckFindings) {
    if !lines.is_empty() {
        let summary = format!("{} ({})", finding.summary, drain.id());
        let found = format!("{}. {}", drain.reason(), finding.found);
        verdicts.warning(&drain.path, Finding::new(summary, found, finding.why, finding.fix).with_items(lines));
    }
}

#[cfg(test)]
mod testing;
