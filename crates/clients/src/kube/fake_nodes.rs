//! Fake nodes: pods leave when they are evicted, as far as budgets allow it.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tokio::time::Instant;

use super::DISRUPTION_BUDGET;
use super::fake::refusal;
use super::nodes::{Cordon, NodesApi, Removal};
use crate::errors::{ApiError, Cause, ErrorKind};
use preflight::facts::{DisruptionBudget, LabelSelector, Node, Owner, Pod, Workloads};

/// The content of the cluster.
#[derive(Default)]
pub struct NodesWorld {
    /// Nodes, pods, and budgets. A budget does not recover unless `recovers` is set.
    pub workloads: Workloads,
    /// The calls, such as `EVICT shop/web-0`, with the time since the first call.
    pub calls: Vec<String>,
    /// Errors of the next calls that start with the string.
    pub errors: VecDeque<(&'static str, ApiError)>,
    /// Removed pods are listed as being deleted for this many lists.
    pub slow: u32,
    /// The call at which the process is killed.
    pub killed_at: Option<usize>,
    /// Whether a controller replaces evicted pods, so that budgets allow the next disruption.
    pub recovers: bool,
    /// The pod that the scheduler places on a node after the first removal.
    pub returning: Option<Pod>,
    leaving: Vec<(String, u32)>,
    started: Option<Instant>,
}

/// A fake cluster.
#[derive(Default)]
pub struct FakeNodes(Mutex<NodesWorld>);

impl std::fmt::Debug for FakeNodes {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("FakeNodes")
    }
}

impl FakeNodes {
    /// Creates a cluster whose nodes each run this many pods of a Deployment.
    #[must_use]
    pub fn with(nodes: &[&str], pods: usize) -> Self {
        let fake = Self::default();
        {
            let workloads = &mut fake.world().workloads;
            for name in nodes {
                let group = Some("workers".to_owned());
                let node = Node { name: (*name).to_owned(), node_group: group, is_ready: true, ..Node::default() };
                workloads.nodes.push(node);
                workloads.pods.extend((0..pods).map(|number| pod(&format!("web-{number}-{name}"), name)));
            }
        }
        fake
    }

    pub fn world(&self) -> MutexGuard<'_, NodesWorld> {
        // A killed process poisons the lock, as a panic does.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a budget for all pods of the namespace.
    pub fn add_budget(&self, name: &str, disruptions_allowed: i64) {
        self.world().workloads.budgets.push(DisruptionBudget {
            namespace: "shop".to_owned(),
            name: name.to_owned(),
            selector: Some(LabelSelector::default()),
            is_observed: true,
            expected_pods: 2,
            current_healthy: 2,
            desired_healthy: 2,
            disruptions_allowed,
            ..DisruptionBudget::default()
        });
    }

    /// Returns the nodes as `name`, with `cordoned` and `marked`.
    pub fn nodes(&self) -> Vec<String> {
        let flags = |node: &Node| {
            let flags = [(node.is_unschedulable, " cordoned"), (node.has_drain_mark, " marked")];
            flags.iter().filter(|(is, _)| *is).map(|(_, word)| *word).collect::<String>()
        };
        self.world().workloads.nodes.iter().map(|node| format!("{}{}", node.name, flags(node))).collect()
    }

    fn ask(&self, call: &str) -> Result<MutexGuard<'_, NodesWorld>, ApiError> {
        let mut world = self.world();
        let started = *world.started.get_or_insert_with(Instant::now);
        world.calls.push(format!("{call} at {}", started.elapsed().as_secs()));
        assert_ne!(world.killed_at, Some(world.calls.len()), "killed");
        if world.errors.front().is_some_and(|(of, _)| call.starts_with(of))
            && let Some((_, error)) = world.errors.pop_front()
        {
            return Err(error);
        }
        Ok(world)
    }
}

/// A running pod of a Deployment.
#[must_use]
pub fn pod(name: &str, node: &str) -> Pod {
    Pod {
        namespace: "shop".to_owned(),
        name: name.to_owned(),
        uid: format!("uid-{name}"),
        node: node.to_owned(),
        is_ready: true,
        owner: Some(Owner::Deployment("web".to_owned())),
        grace_period_seconds: 30,
        ..Pod::default()
    }
}

#[async_trait]
impl NodesApi for FakeNodes {
    async fn nodes(&self, selector: &str) -> Result<Vec<Node>, ApiError> {
        Ok(self.ask(&format!("NODES {selector}"))?.workloads.nodes.clone())
    }

    async fn pods_on(&self, node: &str) -> Result<Vec<Pod>, ApiError> {
        let mut world = self.ask(&format!("PODS {node}"))?;
        let here: Vec<_> = world.workloads.pods.iter().filter(|pod| pod.node == node).cloned().collect();
        for (_, lists) in world.leaving.iter_mut().filter(|(uid, _)| here.iter().any(|pod| pod.uid == *uid)) {
            *lists = lists.saturating_sub(1);
        }
        let gone: Vec<_> = world.leaving.iter().filter(|(_, lists)| *lists == 0).map(|(uid, _)| uid.clone()).collect();
        world.workloads.pods.retain(|pod| !gone.contains(&pod.uid));
        Ok(here)
    }

    async fn budgets(&self) -> Result<Vec<DisruptionBudget>, ApiError> {
        Ok(self.ask("BUDGETS")?.workloads.budgets.clone())
    }

    async fn cordon(&self, node: &str, change: Cordon) -> Result<(), ApiError> {
        let mut world = self.ask(&format!("{change:?} {node}"))?;
        let found = world.workloads.nodes.iter_mut().find(|each| each.name == node);
        let found = found.ok_or_else(|| refusal(ErrorKind::NotFound, "NotFound"))?;
        found.has_drain_mark = change == Cordon::Begin;
        found.is_unschedulable = change != Cordon::Undo;
        Ok(())
    }

    async fn set_roll_mark(&self, node: &str, mark: &str) -> Result<(), ApiError> {
        let mut world = self.ask(&format!("MARK {node}"))?;
        let found = world.workloads.nodes.iter_mut().find(|each| each.name == node);
        found.ok_or_else(|| refusal(ErrorKind::NotFound, "NotFound"))?.roll_mark = Some(mark.to_owned());
        Ok(())
    }

    async fn remove(&self, pod: &Pod, how: Removal, _: Option<i64>) -> Result<(), ApiError> {
        let verb = if how == Removal::Eviction { "EVICT" } else { "DELETE" };
        let mut world = self.ask(&format!("{verb} {}/{}", pod.namespace, pod.name))?;
        let slow = world.slow;
        if how == Removal::Eviction {
            let recovers = world.recovers;
            let mut selecting: Vec<_> =
                world.workloads.budgets.iter_mut().filter(|budget| budget.selects(pod)).collect();
            match selecting.as_mut_slice() {
                [] => {}
                [budget] if budget.disruptions_allowed > 0 => budget.disruptions_allowed -= i64::from(!recovers),
                [budget] => {
                    let message =
                        format!("The disruption budget {} needs 2 healthy pods and has 2 currently", budget.name);
                    let causes = vec![Cause { field: String::new(), message }];
                    return Err(ApiError { causes, ..refusal(ErrorKind::Throttled, DISRUPTION_BUDGET) });
                }
                _ => {
                    let message = "This pod has more than one PodDisruptionBudget, which the eviction subresource does \
                                   not support.";
                    return Err(ApiError { code: None, message: message.to_owned(), ..refusal(ErrorKind::Server, "") });
                }
            }
        }
        let live = world.workloads.pods.iter_mut().find(|each| each.uid == pod.uid);
        live.ok_or_else(|| refusal(ErrorKind::NotFound, "NotFound"))?.is_deleting = true;
        world.leaving.push((pod.uid.clone(), slow + 1));
        let returning = world.returning.take();
        world.workloads.pods.extend(returning);
        Ok(())
    }
}
