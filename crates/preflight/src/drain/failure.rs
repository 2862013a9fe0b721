//! Why pods are still on nodes after EKS has tried to evict them.

use std::collections::BTreeSet;

use super::budgets::{BudgetRefusal, Overlap, overlaps, refusals};
use super::pods::{PodGroup, grouped};
use crate::facts::Workloads;
use crate::finding::list;

/// Returns what keeps pods on these nodes now, as a list for messages, or `None` if nothing does.
#[must_use]
pub fn remaining(workloads: &Workloads, nodes: &BTreeSet<&str>) -> Option<String> {
    let causes = causes(workloads, nodes);
    if causes.is_empty() { None } else { Some(list(&causes)) }
}

/// The nodes of a node group while an update replaces them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rolling {
    /// The number of nodes, old and new.
    pub nodes: usize,
    /// How many of them are Ready.
    pub ready: usize,
    /// How many of them are cordoned, and therefore old.
    pub cordoned: usize,
    /// What keeps pods on the cordoned nodes, one line per cause.
    pub causes: Vec<String>,
}

impl Rolling {
    /// Returns the state of a node group, or `None` if the cluster has no nodes of it.
    #[must_use]
    pub fn of(workloads: &Workloads, node_group: &str) -> Option<Self> {
        let own: Vec<_> =
            workloads.nodes.iter().filter(|node| node.node_group.as_deref() == Some(node_group)).collect();
        let cordoned: BTreeSet<_> =
            own.iter().filter(|node| node.is_unschedulable).map(|node| node.name.as_str()).collect();
        let ready = own.iter().filter(|node| node.is_ready).count();
        let causes = causes(workloads, &cordoned);
        (!own.is_empty()).then_some(Self { nodes: own.len(), ready, cordoned: cordoned.len(), causes })
    }
}

fn causes(workloads: &Workloads, nodes: &BTreeSet<&str>) -> Vec<String> {
    let here: Vec<_> = workloads.pods.iter().filter(|pod| nodes.contains(pod.node.as_str())).collect();
    let pods: Vec<_> = here.iter().copied().filter(|pod| pod.is_evicted()).collect();
    let returning = pods.iter().copied().filter(|pod| pod.tolerates_cordon && pod.owner.is_some());
    // EKS does not wait for the pods of DaemonSets.
    let ending = here.iter().copied().filter(|pod| pod.is_deleting && !pod.belongs_to_node());
    let mut lines: Vec<_> = refusals(&workloads.budgets, &pods).iter().map(BudgetRefusal::line).collect();
    lines.extend(overlaps(&workloads.budgets, &pods).iter().map(Overlap::line));
    lines.extend(grouped(returning).iter().map(|group| described(group, "tolerates cordoned nodes")));
    lines.extend(grouped(ending).iter().map(|group| described(group, "being deleted")));
    lines
}

fn described(group: &PodGroup<'_>, what: &str) -> String {
    format!("{} ({what})", group.line())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{DisruptionBudget, LabelSelector, Owner, Pod};

    fn pod(name: &str, change: impl FnOnce(&mut Pod)) -> Pod {
        let mut pod = Pod {
            namespace: "shop".to_owned(),
            name: name.to_owned(),
            node: "ip-1".to_owned(),
            owner: Some(Owner::Deployment("web".to_owned())),
            is_ready: true,
            ..Pod::default()
        };
        change(&mut pod);
        pod
    }

    #[test]
    fn everything_that_keeps_a_pod_is_listed() {
        let budget = DisruptionBudget {
            namespace: "shop".to_owned(),
            name: "web".to_owned(),
            selector: Some(LabelSelector::default()),
            is_observed: true,
            expected_pods: 2,
            current_healthy: 1,
            desired_healthy: 1,
            ..DisruptionBudget::default()
        };
        let other = |pod: &mut Pod| pod.namespace = "ops".to_owned();
        let pods = vec![
            pod("web-1", |_| ()),
            pod("api-1", |pod| {
                other(pod);
                pod.tolerates_cordon = true;
            }),
            pod("old-1", |pod| {
                other(pod);
                pod.is_deleting = true;
            }),
            pod("agent-1", |pod| {
                other(pod);
                pod.owner = Some(Owner::DaemonSet("agent".to_owned()));
                pod.is_deleting = true;
            }),
        ];
        let workloads = Workloads { pods, budgets: vec![budget], ..Workloads::default() };
        let found = remaining(&workloads, &["ip-1"].into()).unwrap_or_default();
        let lines = [
            "  - PodDisruptionBudget shop/web: it allows no disruptions now: healthy pods 1 of 2, required 1",
            "  - Deployment ops/web: api-1 on ip-1 (tolerates cordoned nodes)",
            "  - Deployment ops/web: old-1 on ip-1 (being deleted)",
        ];
        for line in lines {
            assert!(found.contains(line), "{found}");
        }
        assert_eq!(found.lines().count(), 3, "{found}");
        assert_eq!(remaining(&workloads, &["ip-2"].into()), None);
    }
}
