//! What a drain knows about the pods of a node.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use tokio::time::Instant;

use crate::errors::{ApiError, ErrorKind};
use crate::kube::{DISRUPTION_BUDGET, NAMESPACE_TERMINATING};
use crate::wait::show;
use preflight::facts::{Owner, Pod};
use preflight::finding::counted;

/// Time before a rejected eviction is retried. It doubles up to the pause of `kubectl drain`: a budget often allows the
/// next eviction as soon as a replacement is ready.
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LONGEST_RETRY: Duration = Duration::from_secs(5);

/// The message of an API server for a pod that several budgets select. The status is 500 and there is no reason.
const OVERLAP: &str = "more than one PodDisruptionBudget";

/// The reason of a pod that the next list shows as being deleted.
pub(super) const EVICTED: &str = "evicted";

/// Maximum number of pods in a line.
const NAMED: usize = 3;

/// The result of a removal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Removed {
    /// The pod is being deleted, or is already gone.
    Leaving,
    /// A budget or an error rejects it now.
    Later(String),
    /// Retries cannot succeed.
    Never(String),
}

/// Classifies the result of a removal.
///
/// # Errors
/// Returns the error if it applies to every pod, such as a missing permission.
pub(super) fn classified(result: Result<(), ApiError>) -> Result<Removed, ApiError> {
    let Err(error) = result else { return Ok(Removed::Leaving) };
    match (error.code.as_deref(), error.kind) {
        // Another pod has the name now.
        (_, ErrorKind::NotFound | ErrorKind::Conflict) => Ok(Removed::Leaving),
        (Some(DISRUPTION_BUDGET), _) => {
            let causes: Vec<_> = error.causes.iter().map(|cause| cause.message.as_str()).collect();
            Ok(Removed::Later(if causes.is_empty() { error.message } else { causes.join("; ") }))
        }
        // The namespace controller deletes the pod.
        (Some(NAMESPACE_TERMINATING), _) => Ok(Removed::Later("its namespace is being deleted".to_owned())),
        _ if error.message.contains(OVERLAP) => Ok(Removed::Never(error.message)),
        // A webhook that rejects a request for the moment uses the same statuses as a server.
        _ if error.is_transient() => Ok(Removed::Later(error.message)),
        // The message of a webhook names it. It can reject only some of the pods.
        _ if is_webhook(&error) => Ok(Removed::Never(error.message)),
        _ => Err(error),
    }
}

/// Whether an admission webhook or an admission policy of the cluster rejected the request.
fn is_webhook(error: &ApiError) -> bool {
    ["admission webhook", "ValidatingAdmissionPolicy"].iter().any(|words| error.message.contains(words))
}

/// The attempts to remove the pods of a node, by the UID of the pod.
#[derive(Debug, Default)]
pub(super) struct Attempts(HashMap<String, Attempt>);

#[derive(Debug)]
struct Attempt {
    next: Instant,
    pause: Duration,
    /// Why the last attempt did not succeed.
    reason: String,
}

impl Attempts {
    /// Returns the pods that are due, by owner. The API server waits when evictions of one budget conflict, so that pods
    /// of one owner are evicted one after the other.
    pub(super) fn due(&self, pods: &[Pod]) -> Vec<Vec<Pod>> {
        let now = Instant::now();
        let mut lanes: BTreeMap<(&str, Option<&Owner>, &str), Vec<Pod>> = BTreeMap::new();
        for pod in pods.iter().filter(|pod| !pod.is_deleting) {
            if self.0.get(&pod.uid).is_none_or(|attempt| attempt.next <= now) {
                // Pods without an owner have nothing in common.
                let own = if pod.owner.is_none() { pod.uid.as_str() } else { "" };
                lanes.entry((&pod.namespace, pod.owner.as_ref(), own)).or_default().push(pod.clone());
            }
        }
        lanes.into_values().collect()
    }

    /// Records that pods must wait for the same reason.
    pub(super) fn postpone(&mut self, pods: &[Pod], reason: &str) {
        for pod in pods {
            let earlier = self.0.get(&pod.uid).map(|attempt| (attempt.pause * 2).min(LONGEST_RETRY));
            let pause = earlier.unwrap_or(FIRST_RETRY);
            let attempt = Attempt { next: Instant::now() + pause, pause, reason: reason.to_owned() };
            self.0.insert(pod.uid.clone(), attempt);
        }
    }

    /// Returns why these pods could not be removed, except for pods that are being deleted or that a budget protects.
    pub(super) fn other_reasons(&self, pods: &[Pod]) -> Vec<String> {
        let waits = |pod: &&Pod| {
            let attempt = self.0.get(&pod.uid);
            !pod.is_deleting && attempt.is_some_and(|attempt| !is_about_budgets(&attempt.reason))
        };
        pods.iter().filter(waits).map(|pod| self.described(pod)).collect()
    }

    /// Returns what the drain of a node waits for, such as `2 pods: shop/web-0 (…), shop/db-0 (being deleted)`.
    pub(super) fn waiting(&self, pods: &[Pod]) -> String {
        let named: Vec<_> = pods.iter().take(NAMED).map(|pod| self.described(pod)).collect();
        let more = if pods.len() > NAMED { format!(", and {} more", pods.len() - NAMED) } else { String::new() };
        format!("{}: {}{more}", counted(pods.len(), "pod"), named.join(", "))
    }

    pub(super) fn described(&self, pod: &Pod) -> String {
        let name = format!("{}/{}", pod.namespace, pod.name);
        match self.0.get(&pod.uid) {
            _ if pod.is_deleting => format!("{name} (being deleted)"),
            Some(attempt) => format!("{name} ({})", attempt.reason.trim_end_matches('.')),
            None => name,
        }
    }
}

/// Whether the state of the budgets explains the reason better.
fn is_about_budgets(reason: &str) -> bool {
    reason == EVICTED || reason.contains(OVERLAP) || reason.starts_with("The disruption budget")
}

/// Returns the longest time that these pods can take to end.
pub(super) fn longest_grace(pods: &[Pod], grace_period_seconds: Option<i64>) -> Duration {
    let own = pods.iter().map(|pod| pod.grace_period_seconds).max().unwrap_or_default();
    Duration::from_secs(grace_period_seconds.unwrap_or(own).max(0).unsigned_abs())
}

/// Returns such as `12m5s`.
pub(super) fn since(start: Instant) -> String {
    show(start.elapsed())
}
