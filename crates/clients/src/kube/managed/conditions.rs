//! Conditions of an object, and waiting for `Ready`.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use serde_json::Value as Json;

use super::{Managed, generation, uid};
use crate::errors::{ApiError, ErrorKind};
use crate::kube::NodeClassRef;
use crate::wait::{Limits, Progress, Waiter};
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::model::{Attr, List, Model};

/// A condition in the status of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Condition {
    /// Type of the condition, such as `Ready`.
    pub kind: String,
    /// `True`, `False`, or `Unknown`.
    pub status: String,
    /// Reason, as a machine-readable word.
    pub reason: String,
    /// Reason, as a sentence.
    pub message: String,
    /// The generation that the controller observed.
    pub observed_generation: Option<i64>,
    /// Time of the last status change, in RFC 3339 format.
    pub last_transition_time: Option<String>,
}

/// Returns the conditions of an object, in their order.
#[must_use]
pub fn conditions(object: &Json) -> Vec<Condition> {
    let all = object["status"]["conditions"].as_array().into_iter().flatten();
    all.map(|each| {
        let text = |name: &str| each[name].as_str().unwrap_or_default().to_owned();
        Condition {
            kind: text("type"),
            status: text("status"),
            reason: text("reason"),
            message: text("message"),
            observed_generation: each["observedGeneration"].as_i64(),
            last_transition_time: each["lastTransitionTime"].as_str().map(str::to_owned),
        }
    })
    .collect()
}

/// A condition of an object in state.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct StatusCondition {
    /// Type of the condition, such as `Ready`.
    #[attribute(computed, name = "type")]
    pub kind: Attr<String>,
    /// Status of the condition: `True`, `False`, or `Unknown`.
    #[attribute(computed)]
    pub status: Attr<String>,
    /// Reason for the last status change, in one word.
    #[attribute(computed)]
    pub reason: Attr<String>,
    /// Details about the last status change, in a sentence.
    #[attribute(computed)]
    pub message: Attr<String>,
}

/// Returns the conditions of an object for the state. The time of the last change is omitted, because it would change
/// with every read.
#[must_use]
pub fn status_conditions(object: &Json) -> List<StatusCondition> {
    List::of(conditions(object).into_iter().map(|each| StatusCondition {
        kind: each.kind.into(),
        status: each.status.into(),
        reason: each.reason.into(),
        message: each.message.into(),
    }))
}

impl Condition {
    /// Whether the condition is about the current generation. A condition without an observed generation is treated as
    /// current.
    fn is_current(&self, object: &Json) -> bool {
        self.observed_generation.is_none_or(|seen| Some(seen) == generation(object))
    }
}

impl std::fmt::Display for Condition {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { kind, status, reason, message, .. } = self;
        write!(formatter, "{kind} is {status}")?;
        if !reason.is_empty() && reason != kind {
            write!(formatter, " ({reason})")?;
        }
        if message.is_empty() { Ok(()) } else { write!(formatter, ": {message}") }
    }
}

/// Whether the current generation of the object is ready.
fn is_ready(object: &Json) -> bool {
    conditions(object).iter().any(|each| each.kind == "Ready" && each.status == "True" && each.is_current(object))
}

/// Returns the conditions that prevent the object from becoming ready. `Ready` itself is included only if no other
/// condition explains the problem.
fn failing(object: &Json) -> Vec<Condition> {
    let all: Vec<_> = conditions(object).into_iter().filter(|each| each.status != "True").collect();
    let (ready, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|each| each.kind == "Ready");
    if others.is_empty() { ready } else { others }
}

/// Whether the controller reports that the node class does not exist.
fn lacks_node_class(object: &Json) -> bool {
    let is_it = |each: &Condition| each.kind == "NodeClassReady" && each.reason == "NodeClassNotFound";
    conditions(object).iter().any(|each| is_it(each) && each.status == "False" && each.is_current(object))
}

fn described(object: &Json) -> String {
    let failing = failing(object);
    if conditions(object).is_empty() {
        return "no conditions reported by a controller".to_owned();
    }
    if failing.is_empty() {
        return "latest change not yet processed by the controller".to_owned();
    }
    failing.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl Managed<'_> {
    /// Waits until the current generation of the object with this UID is ready. `is_final` returns `true` for
    /// conditions that are permanent.
    ///
    /// # Errors
    /// Returns an error if the object is not ready in time or cannot become ready, with the last object seen and the
    /// conditions that prevent it.
    pub async fn ready(
        &self,
        limits: &Limits,
        known_uid: &str,
        is_final: fn(&Condition) -> bool,
    ) -> Result<Json, (Option<Json>, Diagnostics)> {
        self.ready_with(limits, known_uid, is_final, None).await
    }

    /// Waits as [`Self::ready`] does, for an object that requires a node class. The wait also ends if the node class
    /// does not exist.
    ///
    /// # Errors
    /// Returns the errors of [`Self::ready`].
    pub async fn ready_with(
        &self,
        limits: &Limits,
        known_uid: &str,
        is_final: fn(&Condition) -> bool,
        node_class: Option<&NodeClassRef>,
    ) -> Result<Json, (Option<Json>, Diagnostics)> {
        let seen = Mutex::new(None);
        let waiter = Waiter::new(format!("{self} to become ready"));
        let waiter = waiter.interval(Duration::from_millis(500), Duration::from_secs(5));
        let waited = waiter
            .until(limits, || async {
                let live = self.cluster.get(&self.object).await?;
                if uid(&live) != Some(known_uid) {
                    let message = "another object now has its name";
                    return Err(ApiError::own(ErrorKind::Conflict, format!("waiting for {self}"), message));
                }
                *seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(live.clone());
                let is_fatal = |each: &Condition| each.status == "False" && each.is_current(&live) && is_final(each);
                let is_over = is_ready(&live) || conditions(&live).iter().any(is_fatal);
                Ok(if is_over || self.missing_class(&live, node_class).await.is_some() {
                    Progress::Halted(live)
                } else {
                    Progress::Pending(described(&live))
                })
            })
            .await;
        let seen = seen.into_inner().unwrap_or_else(PoisonError::into_inner);
        match waited {
            Ok(live) if is_ready(&live) => Ok(live),
            Ok(live) => {
                let rest = match node_class.filter(|_| lacks_node_class(&live)) {
                    Some(class) => {
                        format!("{} does not exist. Create it or correct its name, and retry the apply.", class.object)
                    }
                    None => "The failure is permanent. Fix its cause and retry the apply.".to_owned(),
                };
                let diagnostic = self.unready(&live, &rest);
                Err((Some(live), diagnostic.into()))
            }
            Err(error) => {
                let advice = match (error.kind, &seen) {
                    (ErrorKind::Timeout, Some(live)) if conditions(live).is_empty() => {
                        "No controller has processed the object. Check that Karpenter is running (deployment \
                         karpenter) or that EKS Auto Mode is enabled, and that the controller argument is correct. To \
                         skip the wait, set wait_for_ready = false."
                    }
                    (ErrorKind::Timeout, _) => {
                        "If the object only needs more time, increase timeouts. Otherwise, fix the reported conditions \
                         and retry the apply. To skip the wait, set wait_for_ready = false."
                    }
                    _ => "",
                };
                Err((seen, error.into_diagnostic(format!("{self} is not ready"), advice).into()))
            }
        }
    }

    /// Returns the node class if it does not exist. The controller may not have seen a new node class yet, so its
    /// condition alone is not sufficient.
    async fn missing_class<'c>(&self, live: &Json, class: Option<&'c NodeClassRef>) -> Option<&'c NodeClassRef> {
        let class = class.filter(|class| lacks_node_class(live) && !class.is_planned(self.ledger))?;
        class.get(self.cluster).await.is_ok_and(|found| found.is_none()).then_some(class)
    }

    fn unready(&self, live: &Json, rest: &str) -> Diagnostic {
        let lines: Vec<_> = failing(live).iter().map(|each| format!("- {each}")).collect();
        Diagnostic::error(format!("{self} cannot become ready"), format!("{}\n\n{rest}", lines.join("\n")))
    }
}
