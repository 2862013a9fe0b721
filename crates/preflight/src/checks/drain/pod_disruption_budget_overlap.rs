//! No pod has more than one PodDisruptionBudget.

use super::{PodFinding, check_of_pods, warn_about};
use crate::drain::{Overlap, drain, overlaps};
use crate::facts::{Facts, Skip};
use crate::finding::CheckFindings;
use crate::{Check, Subject};

pub(in super::super) const CHECK: Check = check_of_pods(
    "pod_disruption_budget_overlap",
    "Reports pods that several PodDisruptionBudgets select, on nodes that an update or a replacement drains. \
            Kubernetes rejects every eviction of such a pod.",
    run,
);

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let drain = drain(subject, facts)?;
    let pods: Vec<_> = drain.pods().collect();
    let lines: Vec<_> = overlaps(&drain.workloads.budgets, &pods).iter().map(Overlap::line).collect();
    let why = format!(
        "Kubernetes does not evict a pod that has more than one PodDisruptionBudget, even if all of them allow it. {}",
        &drain.consequence()
    );
    let finding = PodFinding {
        summary: "Pods have several disruption budgets",
        found: "Pods on these nodes have several budgets.",
        why: &why,
        fix: "Delete a budget, or change the selectors so that one budget selects each pod.",
    };
    warn_about(&drain, lines, &finding, verdicts);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{budget, pod, updating, with};
    use super::*;
    use crate::Effect;
    use crate::checks::testing::{fires, is_silent};
    use crate::facts::{LabelSelector, PodPhase};

    #[test]
    fn pod_of_two_budgets_is_reported() {
        let two = || {
            let all = budget("shop", "all", |budget| budget.selector = Some(LabelSelector::default()));
            vec![budget("shop", "web", |_| ()), all]
        };
        let world = with(updating(), vec![pod("shop", "web-1", |_| ())], two());
        let words =
            &["Deployment shop/web: web-1 on ip-1.ec2.internal: PodDisruptionBudgets web, all", "more than one"];
        fires(&CHECK, &world, Effect::Warns, "version", words);
        let pending = pod("shop", "web-1", |pod| pod.phase = PodPhase::Pending);
        is_silent(&CHECK, &with(updating(), vec![pending], two()));
        is_silent(&CHECK, &with(updating(), vec![pod("other", "web-1", |_| ())], two()));
    }
}
