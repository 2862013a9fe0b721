//! Conditions of an object, and the wait for Ready.

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

/// One condition of the status.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Condition {
    /// What it is about, e.g. `Ready`.
    pub kind: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// Why, as a word for programs.
    pub reason: String,
    /// Why, for people.
    pub message: String,
    /// The generation that the controller had seen.
    pub observed_generation: Option<i64>,
    /// When the status became what it is, in RFC 3339.
    pub last_transition_time: Option<String>,
}

/// The conditions of an object, in their order.
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

/// A condition, as a state shows it.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct StatusCondition {
    /// What it is about, such as `Ready`.
    #[attribute(computed, name = "type")]
    pub kind: Attr<String>,
    /// `True`, `False` or `Unknown`.
    #[attribute(computed)]
    pub status: Attr<String>,
    /// Why, in a word.
    #[attribute(computed)]
    pub reason: Attr<String>,
    /// Why, in a sentence.
    #[attribute(computed)]
    pub message: Attr<String>,
}

/// The conditions of an object as a state shows them. When they changed is left out, which would be a change of each read.
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
    /// Whether it is about the object as it is now. A controller that does not say what it has seen is believed.
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

/// Whether the object as it is now is ready.
fn is_ready(object: &Json) -> bool {
    conditions(object).iter().any(|each| each.kind == "Ready" && each.status == "True" && each.is_current(object))
}

/// The conditions that keep the object from being ready; `Ready` itself only if no other says why.
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
        return "not seen by a controller".to_owned();
    }
    if failing.is_empty() {
        return "not yet looked at since it was changed".to_owned();
    }
    failing.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl Managed<'_> {
    /// Waits until the object of this uid is ready as it is now. `is_final` tells the conditions that no waiting mends.
    ///
    /// # Errors
    /// When it is not ready in time or cannot become so: with the object as last seen, and what keeps it.
    pub async fn ready(
        &self,
        limits: &Limits,
        known_uid: &str,
        is_final: fn(&Condition) -> bool,
    ) -> Result<Json, (Option<Json>, Diagnostics)> {
        self.ready_with(limits, known_uid, is_final, None).await
    }

    /// Waits as [`Self::ready`] does, for an object that requires a node class. The wait also ends if the node class does not
    /// exist.
    ///
    /// # Errors
    /// Those of [`Self::ready`].
    pub async fn ready_with(
        &self,
        limits: &Limits,
        known_uid: &str,
        is_final: fn(&Condition) -> bool,
        node_class: Option<&NodeClassRef>,
    ) -> Result<Json, (Option<Json>, Diagnostics)> {
        let seen = Mutex::new(None);
        let waiter = Waiter::new(format!("{self} to be ready"));
        let waiter = waiter.interval(Duration::from_millis(500), Duration::from_secs(5));
        let waited = waiter
            .until(limits, || async {
                let live = self.cluster.get(&self.object).await?;
                if uid(&live) != Some(known_uid) {
                    let message = "another object has its name now";
                    return Err(ApiError::own(ErrorKind::Conflict, format!("waiting for {self}"), message));
                }
                *seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(live.clone());
                let hopeless = |each: &Condition| each.status == "False" && each.is_current(&live) && is_final(each);
                let is_over = is_ready(&live) || conditions(&live).iter().any(hopeless);
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
                        format!("{} does not exist. Create it or correct its name, and apply again.", class.object)
                    }
                    None => "No waiting mends this.".to_owned(),
                };
                let diagnostic = self.unready(&live, &rest);
                Err((Some(live), diagnostic.into()))
            }
            Err(error) => {
                let advice = match (error.kind, &seen) {
                    (ErrorKind::Timeout, Some(live)) if conditions(live).is_empty() => {
                        "No controller has looked at it: check that Karpenter runs (deployment karpenter), or that EKS Auto \
                         Mode is enabled, and that controller is the right one. Without the wait, set wait_for_ready = false."
                    }
                    (ErrorKind::Timeout, _) => {
                        "If it just needs longer, raise timeouts; else correct what the conditions say and apply again. Without \
                         the wait, set wait_for_ready = false."
                    }
                    _ => "",
                };
                Err((seen, error.into_diagnostic(format!("{self} is not ready"), advice).into()))
            }
        }
    }

    /// Returns the node class if it does not exist. The controller may not have seen a new node class yet, so its condition
    /// alone is not sufficient.
    async fn missing_class<'c>(&self, live: &Json, class: Option<&'c NodeClassRef>) -> Option<&'c NodeClassRef> {
        let class = class.filter(|class| lacks_node_class(live) && !class.is_planned(self.ledger))?;
        class.get(self.cluster).await.is_ok_and(|found| found.is_none()).then_some(class)
    }

    fn unready(&self, live: &Json, rest: &str) -> Diagnostic {
        let lines: Vec<_> = failing(live).iter().map(|each| format!("- {each}")).collect();
        Diagnostic::error(format!("{self} cannot become ready"), format!("{}\n\n{rest}", lines.join("\n")))
    }
}
