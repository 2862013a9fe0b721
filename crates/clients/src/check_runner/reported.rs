//! Reports each cause once per run: the first resource gets the full text, every other one a line that refers to it.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::fatal::fatal_diagnostic;
use super::runner::CheckReport;
use framework::diagnostics::{Diagnostic, Diagnostics};
use preflight::CheckFinding;
use preflight::check::Label;
use preflight::facts::{Cause, Unreadable};
use preflight::names::url;

/// The findings that were reported in this run.
#[derive(Debug, Default)]
pub(super) struct ReportedOnce(Mutex<Reported>);

#[derive(Debug, Default)]
struct Reported {
    /// The resource with the full text of each finding, separately for errors and warnings.
    findings: HashMap<(FindingKey, bool), Label>,
    /// When each finding was first about to stop a write.
    first_seen: HashMap<FindingKey, Instant>,
    /// The IAM actions that a warning has named.
    denied: BTreeSet<&'static str>,
    /// The topics of all other messages.
    unread: HashSet<&'static str>,
}

/// Identifies the cause of a finding, independent of the resource and its argument.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct FindingKey {
    check: &'static str,
    summary: String,
    found: String,
    items: Vec<String>,
}

impl From<&CheckFinding> for FindingKey {
    fn from(verdict: &CheckFinding) -> Self {
        Self {
            check: verdict.check,
            summary: verdict.summary.clone(),
            found: verdict.found.clone(),
            items: verdict.items.clone(),
        }
    }
}

impl ReportedOnce {
    fn lock(&self) -> MutexGuard<'_, Reported> {
        // The lock cannot be poisoned: no code that panics runs while it is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the message for a finding of a resource, with its effect on the run.
    pub(super) fn finding(&self, label: &Label, verdict: &CheckFinding, is_error: bool, outlook: &str) -> Diagnostic {
        let (is_first, detail) = match self.lock().findings.entry((verdict.into(), is_error)) {
            // Terraform core plans a resource twice if it is replaced on request.
            Entry::Occupied(first) if first.get() != label || !label.is_unique => {
                (false, format!("Same cause as reported for {}.", first.get().text))
            }
            Entry::Occupied(_) => (true, full_text(verdict, outlook)),
            Entry::Vacant(vacant) => {
                vacant.insert(label.clone());
                (true, full_text(verdict, outlook))
            }
        };
        let diagnostic = if is_error {
            Diagnostic::error(&verdict.summary, detail)
        } else if is_first {
            Diagnostic::warning(&verdict.summary, detail)
        } else {
            // Terraform shows only one of several warnings with the same summary, which must not hide the full text.
            Diagnostic::warning(format!("{} (same cause)", verdict.summary), detail)
        };
        if verdict.path.is_root() { diagnostic } else { diagnostic.at(verdict.path.clone()) }
    }

    /// Returns for how long the oldest of the findings has been about to stop a write of any resource.
    pub(super) fn persists_for(&self, verdicts: &[CheckFinding]) -> Duration {
        let mut reported = self.lock();
        let ages = verdicts
            .iter()
            .map(|verdict| reported.first_seen.entry(verdict.into()).or_insert_with(Instant::now).elapsed());
        ages.max().unwrap_or_default()
    }

    /// Returns messages about facts that could not be read, unless an earlier message of the run has the same topic: an
    /// error for a required fact, one warning for all denied actions, and one warning for each service that fails.
    pub(super) fn unread(&self, report: &CheckReport) -> Diagnostics {
        let mut reported = self.lock();
        let mut diagnostics = Diagnostics::new();
        let (denied, failed): (Vec<_>, Vec<_>) =
            report.unread.iter().partition(|(_, why)| why.cause == Cause::Denied && is_iam_action(why.action));
        let is_new = denied.iter().any(|(_, why)| !reported.denied.contains(why.action));
        if is_new {
            let actions: BTreeSet<_> =
                report.to_allow.iter().copied().chain(denied.iter().map(|(_, why)| why.action)).collect();
            diagnostics.push(if reported.denied.is_empty() {
                permissions_warning(&denied, &actions)
            } else {
                let actions = actions.difference(&reported.denied).copied().collect();
                further_permissions_warning(&denied, &actions)
            });
            reported.denied.extend(actions);
        }
        for (_, why) in &failed {
            let subject = match why.cause {
                Cause::Caller => "",
                Cause::Denied => why.action,
                Cause::Failed | Cause::Unreachable => why.service(),
            };
            if !reported.unread.insert(subject) {
                continue;
            }
            diagnostics.push(fatal_diagnostic(why).unwrap_or_else(|| failure_warning(why, &failed)));
        }
        diagnostics
    }
}

fn full_text(verdict: &CheckFinding, outlook: &str) -> String {
    let outlook = if outlook.is_empty() { String::new() } else { format!("{outlook}\n\n") };
    format!(
        "{}\n\n{outlook}Preflight check: {}. To skip it, add it to skip_preflight or to preflight.skip in the provider \
         block.\n\n{}",
        verdict.detail(),
        verdict.check,
        url(verdict.check)
    )
}

/// Permissions in a cluster have no IAM action.
fn is_iam_action(action: &str) -> bool {
    !action.contains(' ')
}

/// Returns the names of the checks that ended because of these facts.
fn names<'u>(unread: impl IntoIterator<Item = &'u &'u (&'static str, Unreadable)>) -> String {
    let checks: BTreeSet<_> = unread.into_iter().map(|(check, _)| *check).collect();
    checks.into_iter().collect::<Vec<_>>().join(", ")
}

const DENIED: &str = "Preflight checks skipped: missing permissions";

/// A different summary, because Terraform shows only one of several warnings with the same summary.
const FURTHER_DENIED: &str = "Preflight checks skipped: more missing permissions";

fn permissions_warning(denied: &[&(&'static str, Unreadable)], actions: &BTreeSet<&str>) -> Diagnostic {
    let message = denied.first().map(|(_, why)| why.message.as_str()).unwrap_or_default();
    let statement = json!({"Effect": "Allow", "Action": actions, "Resource": "*"});
    let statement = serde_json::to_string_pretty(&statement).unwrap_or_default();
    // Terraform wraps lines unless they are indented.
    let statement = statement.lines().map(|line| format!("  {line}\n")).collect::<String>();
    Diagnostic::warning(
        DENIED,
        format!(
            "{message}\n\nThe following checks were skipped: {}. All other checks still run. This warning is reported \
             once for all resources. To run these checks, add this statement to a policy of the \
             caller:\n\n{statement}\nOr add the checks to preflight.skip in the provider block.",
            names(denied)
        ),
    )
}

fn further_permissions_warning(denied: &[&(&'static str, Unreadable)], actions: &BTreeSet<&str>) -> Diagnostic {
    let actions = actions.iter().copied().collect::<Vec<_>>().join(", ");
    Diagnostic::warning(
        FURTHER_DENIED,
        format!(
            "The following checks were skipped: {}. To run these checks, also add {actions} to the policy statement in \
             the warning \"{DENIED}\".",
            names(denied)
        ),
    )
}

fn failure_warning(why: &Unreadable, unread: &[&(&'static str, Unreadable)]) -> Diagnostic {
    let Unreadable { action, cause, message } = why;
    let same = unread.iter().filter(|(_, other)| other.action == *action && other.cause == *cause);
    let how = if *cause == Cause::Denied { "is not allowed" } else { "failed" };
    Diagnostic::warning(
        format!("Preflight checks skipped: {action} {how}"),
        format!(
            "{message}\n\nThe following checks were skipped: {}. All other checks still run. This warning is reported \
             once for all resources. If the provider cannot have this access, add the checks to preflight.skip in the \
             provider block.",
            names(same)
        ),
    )
}

#[cfg(test)]
#[path = "reported_tests.rs"]
mod tests;
