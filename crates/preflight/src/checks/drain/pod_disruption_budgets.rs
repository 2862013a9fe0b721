//! No PodDisruptionBudget keeps the pods on the nodes.

use super::{PodFinding, check_of_pods, warn_about};
use crate::drain::{BudgetRefusal, DrainMode, drain, refusals};
use crate::facts::{Facts, Skip};
use crate::finding::CheckFindings;
use crate::{Check, Subject};

pub(in super::super) const CHECK: Check = check_of_pods(
    "pod_disruption_budgets",
    "Reports PodDisruptionBudgets that do not allow the eviction of pods from nodes that an update or a \
            replacement drains. It distinguishes budgets that can never allow a disruption from budgets that allow none \
            at the moment.",
    run,
);

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let drain = drain(subject, facts)?;
    let pods: Vec<_> = drain.pods().collect();
    let (never, others): (Vec<_>, Vec<_>) =
        refusals(&drain.workloads.budgets, &pods).into_iter().partition(|refusal| refusal.never().is_some());
    let (failed, now): (Vec<_>, Vec<_>) = others.into_iter().partition(|refusal| refusal.budget.sync_failure.is_some());
    let mut report = |summary: &str, refusals: &[BudgetRefusal<'_>], fix: &str| {
        let lines = refusals.iter().map(BudgetRefusal::line).collect();
        let forced = match drain.mode {
            DrainMode::Update => {
                " To delete the remaining pods after 15 minutes instead, set force_update_version = true."
            }
            DrainMode::DrainedReplacement(_) => {
                " To delete the remaining pods after drain_timeout instead, set force = true in drain_before_delete, and \
                 apply this before the replacement."
            }
            DrainMode::ForcedUpdate | DrainMode::Replacement | DrainMode::ForcedReplacement(_) => "",
        };
        let (found, fix) = ("These budgets keep pods on these nodes.", format!("{fix}{forced}"));
        let finding = PodFinding { summary, found, why: &drain.consequence(), fix: &fix };
        warn_about(&drain, lines, &finding, verdicts);
    };
    report(
        "Disruption budgets never allow an eviction",
        &never,
        "Change each budget so that it allows at least one disruption. If minAvailable is a number of pods, more \
         replicas have the same effect.",
    );
    report(
        "Kubernetes cannot evaluate disruption budgets",
        &failed,
        "Correct each budget. A percentage or maxUnavailable requires pods whose controllers have a scale subresource.",
    );
    report(
        "Disruption budgets currently allow no eviction",
        &now,
        "Make the missing pods healthy before the apply, or run more replicas. For pods that do not become healthy, set \
         unhealthyPodEvictionPolicy: AlwaysAllow in the budget. A budget can change until the apply.",
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{budget, pod, replacing, updating, with};
    use super::*;
    use crate::Effect;
    use crate::checks::testing::{fires, is_silent};
    use crate::facts::{Amount, BudgetLimit, DisruptionBudget, Owner};
    use crate::subject::DrainBeforeDelete;

    fn exhausted() -> DisruptionBudget {
        budget("shop", "web", |budget| (budget.current_healthy, budget.disruptions_allowed) = (2, 0))
    }

    #[test]
    fn exhausted_budget_is_reported_with_its_pods() {
        let tight = exhausted();
        let world = with(updating(), vec![pod("shop", "web-1", |_| ())], vec![tight]);
        let words = &[
            "replaces the 2 nodes of node group demo:workers",
            "PodDisruptionBudget shop/web: it allows no disruptions now: healthy pods 2 of 3, required 2",
            "Deployment shop/web: web-1 on ip-1.ec2.internal",
            "fails with PodEvictionFailure",
            "set force_update_version = true",
        ];
        fires(&CHECK, &world, Effect::Warns, "version", words);
        let forced = world.clone().plan(|subject| subject.force_update = true);
        fires(&CHECK, &forced, Effect::Warns, "version", &["Because force_update_version is true, EKS deletes"]);
    }

    #[test]
    fn impossible_budget_is_reported_separately() {
        let never = budget("shop", "web", |budget| {
            budget.disruptions_allowed = 0;
            budget.limit = Some(BudgetLimit::MaxUnavailable(Amount::Count(0)));
        });
        let pods =
            vec![pod("shop", "web-1", |_| ()), pod("shop", "web-2", |pod| pod.node = "ip-2.ec2.internal".into())];
        let world = with(updating(), pods, vec![never]);
        let words =
            &["never allow an eviction", "maxUnavailable is 0, so it never", "2 pods on 2 nodes, such as web-1"];
        fires(&CHECK, &world, Effect::Warns, "version", words);
    }

    #[test]
    fn replacement_after_a_drain_respects_budgets() {
        let drained = |force| {
            let world = replacing().plan(|subject| {
                let replaced = subject.replaced.as_mut().expect("a replacement");
                replaced.drain_before_delete = Some(DrainBeforeDelete { minutes: 20, force });
            });
            with(world, vec![pod("shop", "web-1", |_| ())], vec![exhausted()])
        };
        let words = &["for up to 20 minutes. Then the deletion fails", "set force = true in drain_before_delete"];
        fires(&CHECK, &drained(false), Effect::Warns, "node_group_name", words);
        let words = &["deletes the pods that it cannot evict within 20 minutes"];
        fires(&CHECK, &drained(true), Effect::Warns, "node_group_name", words);
    }

    #[test]
    fn replacement_ends_nodes_regardless_of_budgets() {
        let tight = exhausted();
        let world = with(replacing(), vec![pod("shop", "web-1", |_| ())], vec![tight]);
        let words = &[
            "This replacement deletes the 2 nodes of node group demo:old",
            "5 minutes. Then it terminates the nodes regardless",
        ];
        fires(&CHECK, &world, Effect::Warns, "node_group_name", words);
    }

    #[test]
    fn pods_elsewhere_and_budgets_with_room_are_fine() {
        let elsewhere = pod("shop", "web-1", |pod| pod.node = "ip-9.ec2.internal".into());
        is_silent(&CHECK, &with(updating(), vec![elsewhere], vec![exhausted()]));
        let daemon = pod("shop", "web-1", |pod| pod.owner = Some(Owner::DaemonSet("web".to_owned())));
        is_silent(&CHECK, &with(updating(), vec![daemon], vec![exhausted()]));
        let room = budget("shop", "web", |budget| budget.disruptions_allowed = 1);
        is_silent(&CHECK, &with(updating(), vec![pod("shop", "web-1", |_| ())], vec![room]));
    }
}
