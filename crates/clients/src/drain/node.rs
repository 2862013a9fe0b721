//! Drains one node.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::stream::{self, TryStreamExt};
use tokio::time::Instant;

use super::error::Refusal;
use super::pods::{Attempts, EVICTED, Removed, classified, longest_grace, since};
use super::{Drain, DrainError};
use crate::errors::{ApiError, ErrorKind};
use crate::kube::nodes::Removal;
use crate::wait::{Limits, Progress, Waiter};
use preflight::drain::remaining;
use preflight::facts::{Node, Pod, PodPhase, Workloads};
use preflight::finding::{counted, list};

/// Pods of this many owners are removed at the same time.
const LANES: usize = 10;

/// Time between two lists of the pods on a node.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Time between two progress lines of a node.
const REPORT: Duration = Duration::from_secs(30);

/// How long deleted pods can exceed their grace period.
const SPARE: Duration = Duration::from_secs(60);

/// The drain of one node.
pub(super) struct NodeDrain<'d> {
    drain: Drain<'d>,
    node: &'d str,
    is_ready: bool,
    started: Instant,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    attempts: Attempts,
    /// The UIDs of the pods in the first list.
    first: Option<HashSet<String>>,
    /// When each pod was first seen as being deleted, by UID.
    deleting: HashMap<String, Instant>,
    /// The pods of the last list.
    pods: Vec<Pod>,
    /// When to report the pods again. `None` before the first list.
    next_report: Option<Instant>,
}

/// How a round ends the drain.
#[derive(Debug, Clone, PartialEq, Eq)]
enum End {
    Drained,
    Refused,
}

impl<'d> NodeDrain<'d> {
    pub(super) fn new(drain: Drain<'d>, node: &'d Node) -> Self {
        let Node { name, is_ready, .. } = node;
        Self { drain, node: name, is_ready: *is_ready, started: Instant::now(), seen: Mutex::default() }
    }

    /// Drains the node.
    pub(super) async fn run(&self) -> Result<(), DrainError> {
        let waiter = Waiter::new(format!("node {} to be drained", self.node)).interval(PAUSE, LONGEST_PAUSE);
        let mut end = waiter.until(&self.limits(Duration::ZERO), || self.round(Removal::Eviction)).await;
        // The timeout of the operation does not shorten the time after which pods are deleted.
        let is_over = self.drain.limits.deadline.has_passed();
        if self.drain.settings.force && !is_over && matches!(&end, Err(error) if error.kind == ErrorKind::Timeout) {
            self.report(format!("deleting the pods that were not evicted within {}", since(self.started)));
            // Pods that wait for their next eviction are deleted immediately.
            self.lock().attempts = Attempts::default();
            let grace = longest_grace(&self.lock().pods, self.drain.settings.grace_period_seconds);
            end = waiter.until(&self.limits(grace + SPARE * 2), || self.round(Removal::Deletion)).await;
        }
        match end {
            Ok(End::Drained) => {
                self.report(format!("drained in {}", since(self.started)));
                Ok(())
            }
            Ok(End::Refused) => Err(self.refused(true).await),
            Err(error) if error.kind == ErrorKind::Timeout => Err(self.refused(false).await),
            Err(error) => Err(DrainError::api(format!("Unable to drain node {}", self.node), error)),
        }
    }

    /// Returns the limits of evictions, or of the deletions that follow them. The timeout of the operation also applies.
    fn limits(&self, more: Duration) -> Limits {
        let settings = self.drain.settings;
        let left = (settings.drain_timeout + more).saturating_sub(self.started.elapsed());
        self.drain.limits.at_most(left)
    }

    /// Lists the pods that must leave, and removes the pods that are due.
    async fn round(&self, how: Removal) -> Result<Progress<End>, ApiError> {
        let mut pods = self.drain.cluster.pods_on(self.node).await?;
        // Finished pods use no resources, and the node controller deletes them with the node.
        pods.retain(|pod| !pod.belongs_to_node() && pod.phase != PodPhase::Finished);
        self.forget_lost(&mut pods, how);
        self.began(&pods);
        if pods.is_empty() {
            return Ok(Progress::Done(End::Drained));
        }
        let due = self.lock().attempts.due(&pods);
        let lanes = stream::iter(due.into_iter().map(Ok));
        let is_blocked = AtomicBool::new(false);
        let removed = lanes.try_for_each_concurrent(LANES, |lane| {
            let is_blocked = &is_blocked;
            async move {
                if self.lane(&lane, how).await? {
                    is_blocked.store(true, Ordering::Relaxed);
                }
                Ok(())
            }
        });
        removed.await?;
        // Forced deletions later remove what can never be evicted.
        if is_blocked.into_inner() && !self.drain.settings.force {
            return Ok(Progress::Halted(End::Refused));
        }
        Ok(Progress::Pending(self.waiting(&pods)))
    }

    /// Drops the pods for which waiting is useless: pods that the scheduler has placed on the cordoned node again, and
    /// deleted pods that nothing ends, because the kubelet does not run. If pods are deleted by force, this includes pods
    /// with a finalizer.
    fn forget_lost(&self, pods: &mut Vec<Pod>, how: Removal) {
        let mut seen = self.lock();
        let Seen { first, deleting, .. } = &mut *seen;
        let first = first.get_or_insert_with(|| pods.iter().map(|pod| pod.uid.clone()).collect());
        pods.retain(|pod| !pod.tolerates_cordon || pod.owner.is_none() || first.contains(&pod.uid));
        let is_lost = !self.is_ready || how == Removal::Deletion;
        pods.retain(|pod| {
            if !pod.is_deleting {
                return true;
            }
            let since = *deleting.entry(pod.uid.clone()).or_insert_with(Instant::now);
            let grace = longest_grace(std::slice::from_ref(pod), self.drain.settings.grace_period_seconds);
            !is_lost || since.elapsed() < grace + SPARE
        });
    }

    /// Removes pods one after the other, until one is rejected: the rejection applies to the others as well. Returns
    /// whether retries cannot succeed.
    async fn lane(&self, pods: &[Pod], how: Removal) -> Result<bool, ApiError> {
        let grace = self.drain.settings.grace_period_seconds;
        for (index, pod) in pods.iter().enumerate() {
            match classified(self.drain.cluster.remove(pod, how, grace).await)? {
                // The next list shows the deletion.
                Removed::Leaving => self.lock().attempts.postpone(&pods[index..=index], EVICTED),
                Removed::Later(reason) => {
                    self.lock().attempts.postpone(&pods[index..], &reason);
                    return Ok(false);
                }
                Removed::Never(reason) => {
                    self.lock().attempts.postpone(&pods[index..], &reason);
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Reports the number of pods at first.
    fn began(&self, pods: &[Pod]) {
        let mut seen = self.lock();
        seen.pods = pods.to_vec();
        if seen.next_report.is_none() {
            seen.next_report = Some(Instant::now() + REPORT);
            self.report(format!("cordoned, {} to evict", counted(pods.len(), "pod")));
        }
    }

    /// Returns what the drain waits for, and reports it from time to time.
    fn waiting(&self, pods: &[Pod]) -> String {
        let mut seen = self.lock();
        let waiting = format!("waiting for {}", seen.attempts.waiting(pods));
        if seen.next_report.is_some_and(|next| next <= Instant::now()) {
            seen.next_report = Some(Instant::now() + REPORT);
            self.report(waiting.clone());
        }
        waiting
    }

    fn report(&self, line: String) {
        (self.drain.report)(format!("{}: {line}", self.node));
    }

    /// Explains what keeps the pods on the node, from the state of the cluster now.
    async fn refused(&self, is_permanent: bool) -> DrainError {
        let pods = self.lock().pods.clone();
        let budgets = self.drain.cluster.budgets().await.unwrap_or_else(|error| {
            tracing::debug!(%error, "unable to read the PodDisruptionBudgets");
            Vec::new()
        });
        let workloads = Workloads { pods, budgets, ..Workloads::default() };
        let mut causes: Vec<_> = remaining(&workloads, &BTreeSet::from([self.node])).into_iter().collect();
        let seen = self.lock();
        let mut others = seen.attempts.other_reasons(&workloads.pods);
        if causes.is_empty() && others.is_empty() {
            others = workloads.pods.iter().map(|pod| seen.attempts.described(pod)).collect();
        }
        if !others.is_empty() {
            causes.push(list(&others));
        }
        let reason = match () {
            () if is_permanent => Refusal::Permanent,
            () if self.drain.limits.deadline.has_passed() => Refusal::OperationTimeout,
            () => Refusal::DrainTimeout,
        };
        DrainError::Refused {
            node: self.node.to_owned(),
            waited: self.started.elapsed(),
            causes: causes.join("\n"),
            reason,
            is_forced: self.drain.settings.force,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        // The lock cannot be poisoned: no code that panics runs while it is held.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
