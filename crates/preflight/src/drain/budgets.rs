//! PodDisruptionBudgets that prevent evictions.

use super::pods::{PodGroup, grouped};
use crate::facts::{DisruptionBudget, Pod, PodPhase};

/// A budget that rejects the eviction of pods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetRefusal<'b> {
    /// The budget.
    pub budget: &'b DisruptionBudget,
    /// The pods that it protects, by owner.
    pub groups: Vec<PodGroup<'b>>,
}

impl BudgetRefusal<'_> {
    /// Returns why the budget can never allow a disruption, or `None` if it can at another time.
    #[must_use]
    pub fn never(&self) -> Option<String> {
        self.budget.never_allows()
    }

    /// Returns the budget, its pods, and the reason, in one line.
    #[must_use]
    pub fn line(&self) -> String {
        let DisruptionBudget { namespace, name, expected_pods, current_healthy, desired_healthy, sync_failure, .. } =
            self.budget;
        let reason = match (self.never(), sync_failure) {
            (Some(why), _) => format!("{why}, so it never allows a disruption"),
            (None, Some(why)) => format!("it allows no disruptions because Kubernetes cannot evaluate it: {why}"),
            (None, None) if *desired_healthy < 1 => {
                "it allows no disruptions because its pods are not healthy".to_owned()
            }
            (None, None) => format!(
                "it allows no disruptions now: healthy pods {current_healthy} of {expected_pods}, required \
                 {desired_healthy}"
            ),
        };
        let groups: Vec<_> = self.groups.iter().map(PodGroup::line).collect();
        format!("PodDisruptionBudget {namespace}/{name}: {reason} ({})", groups.join("; "))
    }
}

/// Returns the budgets that reject the eviction of at least one of these pods. Excludes pods with [`overlaps`],
/// because the eviction API rejects them regardless of what their budgets allow.
#[must_use]
pub fn refusals<'b>(budgets: &'b [DisruptionBudget], pods: &[&'b Pod]) -> Vec<BudgetRefusal<'b>> {
    let refusal = |budget: &'b DisruptionBudget| {
        let rejected = pods.iter().copied().filter(|pod| budget.rejects(pod));
        let groups = grouped(rejected.filter(|pod| of(budgets, pod).len() == 1));
        (!groups.is_empty()).then_some(BudgetRefusal { budget, groups })
    };
    budgets.iter().filter_map(refusal).collect()
}

fn of<'b>(budgets: &'b [DisruptionBudget], pod: &Pod) -> Vec<&'b DisruptionBudget> {
    budgets.iter().filter(|budget| budget.selects(pod)).collect()
}

/// Pods to which several budgets apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlap<'b> {
    /// The budgets, at least two.
    pub budgets: Vec<&'b DisruptionBudget>,
    /// The pods of one owner.
    pub group: PodGroup<'b>,
}

impl Overlap<'_> {
    /// Returns the pods and the budgets in one line.
    #[must_use]
    pub fn line(&self) -> String {
        let names: Vec<_> = self.budgets.iter().map(|budget| budget.name.as_str()).collect();
        format!("{}: PodDisruptionBudgets {}", self.group.line(), names.join(", "))
    }
}

/// Returns the pods that more than one budget selects, which the eviction API rejects with status 500. Pods that are
/// not running yet are evicted without a look at budgets.
#[must_use]
pub fn overlaps<'b>(budgets: &'b [DisruptionBudget], pods: &[&'b Pod]) -> Vec<Overlap<'b>> {
    let running = pods.iter().copied().filter(|pod| pod.phase != PodPhase::Pending);
    let several = running.filter(|pod| of(budgets, pod).len() > 1);
    let overlap = |group: PodGroup<'b>| {
        let budgets = group.pods.first().map(|pod| of(budgets, pod)).unwrap_or_default();
        Overlap { budgets, group }
    };
    grouped(several).into_iter().map(overlap).collect()
}
