//! Runs the checks of [`crate::preflight`]: reads the facts they ask for, in rounds, and tells the user what they found.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::aws::facts::{facts, renewed};
use super::context::Clients;
use super::errors::{ApiError, ErrorKind};
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::preflight::facts::{Ask, Cause, Fact, Facts, Unreadable};
use crate::preflight::names::ALL;
use crate::preflight::{Check, Examined, Outcome, Severity, Verdict, check};

/// The service without which nothing works, as in its IAM actions.
const EKS: &str = "eks";

/// What is said when nobody is where it should be.
const UNREACHABLE: &str = "Amazon EKS cannot be reached";

/// What is said when AWS does not accept the credentials, or there are none.
const NO_CREDENTIALS: &str = "The credentials do not work";

/// More rounds of facts than any check needs: subnets, then what is around them, and so on.
const ROUNDS: usize = 12;

/// What becomes of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Errors are errors.
    #[default]
    Error,
    /// Errors are warnings.
    Warn,
    /// Nothing is read and nothing is found.
    Off,
}

/// The provider's `preflight` block.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// What becomes of findings.
    pub mode: Mode,
    /// Names of checks that nobody runs.
    pub skip: BTreeSet<String>,
}

/// Reads facts.
#[async_trait]
pub trait ReadFacts: Send + Sync {
    /// One answer to every question. What cannot be read is an answer, too.
    async fn read(&self, asks: BTreeSet<Ask>) -> Vec<Fact>;
}

/// What the checks found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Examination {
    /// What is wrong, in the order of the checks.
    pub verdicts: Vec<Verdict>,
    /// The checks that wait for an input that apply decides.
    pub waiting: BTreeSet<&'static str>,
    /// The checks that a fact ended that cannot be read.
    pub unread: Vec<(&'static str, Unreadable)>,
}

impl Examination {
    /// Whether anything found is an error.
    #[must_use]
    pub fn fails(&self) -> bool {
        self.verdicts.iter().any(|verdict| verdict.severity == Severity::Error)
    }
}

/// The checks of a subject that nobody skips.
#[must_use]
pub fn enabled<S: Examined>(subject: &S, settings: &Settings, skip: &BTreeSet<String>) -> Vec<&'static Check<S>> {
    let skipped = |name: &str| settings.skip.contains(name) || skip.contains(name);
    if settings.mode == Mode::Off || skipped(ALL) {
        return Vec::new();
    }
    S::checks().iter().copied().filter(|check| check.applies(subject) && !skipped(check.name)).collect()
}

/// Runs checks until every one has come to its end.
pub async fn examine<S: Examined>(reader: &dyn ReadFacts, subject: &S, checks: &[&'static Check<S>]) -> Examination {
    let mut facts = Facts::default();
    let mut outcomes: BTreeMap<usize, Outcome> = BTreeMap::new();
    for _ in 0..ROUNDS {
        let mut needs = BTreeSet::new();
        for (index, each) in
            checks.iter().enumerate().filter(|(index, _)| !outcomes.contains_key(index)).collect::<Vec<_>>()
        {
            match check(each, subject, &facts) {
                Outcome::Needs(asks) => needs.extend(asks),
                end => drop(outcomes.insert(index, end)),
            }
        }
        if needs.is_empty() {
            break;
        }
        for fact in reader.read(needs).await {
            facts.add(fact);
        }
    }
    let mut found = Examination::default();
    for (index, outcome) in outcomes {
        let name = checks[index].name;
        match outcome {
            Outcome::Done(verdicts) => found.verdicts.extend(verdicts),
            Outcome::Needs(_) => {}
            Outcome::Unknown(verdicts) => {
                found.verdicts.extend(verdicts);
                found.waiting.insert(name);
            }
            Outcome::Unreadable(verdicts, why) => {
                found.verdicts.extend(verdicts);
                found.unread.push((name, why));
            }
        }
    }
    found
}

/// Runs checks, and runs them again on new facts before an error is believed: an apply makes routes, policies and access
/// entries between one node group and the next.
async fn examine_anew<S: Examined>(clients: &Clients, subject: &S, checks: &[&'static Check<S>]) -> Examination {
    let reader = facts(clients, subject.region());
    let found = examine(&reader, subject, checks).await;
    if !found.fails() {
        return found;
    }
    match renewed(clients, subject.region(), &reader) {
        Some(reader) => examine(&reader, subject, checks).await,
        None => found,
    }
}

/// Checks a subject and tells what was found, with what may not be read told once a process. Whoever is interrupted is
/// told nothing.
pub async fn report<S: Examined>(
    clients: &Clients,
    subject: &S,
    skip: &BTreeSet<String>,
    cancellation: &CancellationToken,
) -> Diagnostics {
    let settings = clients.preflight();
    let checks = enabled(subject, settings, skip);
    if checks.is_empty() {
        return Diagnostics::new();
    }
    let examination = cancellation.run_until_cancelled(examine_anew(clients, subject, &checks));
    let Some(found) = examination.await else { return Diagnostics::new() };
    if !found.waiting.is_empty() {
        tracing::debug!(checks = ?found.waiting, "preflight checks wait for values that apply decides");
    }
    let told = clients.facts().of::<Told>();
    let mut diagnostics: Diagnostics =
        found.verdicts.into_iter().map(|verdict| diagnostic(verdict, settings.mode)).collect();
    diagnostics.extend(told.unread(&found.unread));
    diagnostics
}

/// A verdict for the user.
pub(super) fn diagnostic(verdict: Verdict, mode: Mode) -> Diagnostic {
    let detail = format!(
        "{}\n\nThis is the preflight check {}. To leave it out, name it in skip_preflight, or in skip of the provider's \
         preflight block.",
        verdict.detail(),
        verdict.check
    );
    let diagnostic = match (verdict.severity, mode) {
        (Severity::Error, Mode::Error) => Diagnostic::error(verdict.summary, detail),
        _ => Diagnostic::warning(verdict.summary, detail),
    };
    if verdict.path.is_root() { diagnostic } else { diagnostic.at(verdict.path) }
}

/// What the user has been told in this process: a missing permission, or a service that does not answer.
#[derive(Debug, Default)]
pub(super) struct Told(Mutex<HashSet<String>>);

impl Told {
    /// One warning for each thing that nobody has been told yet.
    pub(super) fn unread(&self, unread: &[(&'static str, Unreadable)]) -> Diagnostics {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut diagnostics = Diagnostics::new();
        for (_, why) in unread {
            let what = match why.cause {
                Cause::Caller => "",
                Cause::Denied => why.action,
                Cause::Failed | Cause::Unreachable => why.service(),
            };
            if !told.insert(what.to_owned()) {
                continue;
            }
            if let Some(error) = hopeless(why) {
                diagnostics.push(error);
                continue;
            }
            let same = |(_, other): &&(&str, Unreadable)| other.action == why.action && other.cause == why.cause;
            let checks: BTreeSet<_> = unread.iter().filter(same).map(|(check, _)| *check).collect();
            let checks = checks.into_iter().collect::<Vec<_>>().join(", ");
            diagnostics.push(warning(why, &checks));
        }
        diagnostics
    }
}

/// The error for what is no matter of a permission: nothing after the plan works either with credentials that do not, or
/// without EKS.
#[must_use]
pub fn hopeless(why: &Unreadable) -> Option<Diagnostic> {
    let summary = match why.cause {
        Cause::Caller => NO_CREDENTIALS,
        Cause::Unreachable if why.service() == EKS => UNREACHABLE,
        Cause::Unreachable | Cause::Denied | Cause::Failed => return None,
    };
    Some(Diagnostic::error(summary, why.message.clone()))
}

/// The same for any call while planning. What else fails there, a plan goes on without.
#[must_use]
pub fn hopeless_call(error: &ApiError) -> Option<Diagnostic> {
    let summary = match error.kind {
        _ if error.is_about_the_caller() => NO_CREDENTIALS,
        ErrorKind::Unreachable => UNREACHABLE,
        _ => return None,
    };
    Some(error.clone().into_diagnostic(summary, ""))
}

/// The same for a call to EKS outside the checks, which then need not try.
#[must_use]
pub fn unreachable(error: ApiError) -> Diagnostics {
    error.into_diagnostic(UNREACHABLE, "").into()
}

fn warning(why: &Unreadable, checks: &str) -> Diagnostic {
    let Unreadable { action, cause, message } = why;
    let rest = "Everything else is checked. This is said once, and concerns all objects that are checked.";
    if *cause == Cause::Denied {
        return Diagnostic::warning(
            format!("Preflight checks are left out: {action} is not allowed"),
            format!(
                "{message}\n\nWithout it these checks have nothing to look at: {checks}. Allow {action} to the caller, or \
                 name the checks in skip of the provider's preflight block. {rest}"
            ),
        );
    }
    Diagnostic::warning(
        format!("Preflight checks are left out: {action} failed"),
        format!("{message}\n\nWithout its answer these checks have nothing to look at: {checks}. {rest}"),
    )
}

#[cfg(test)]
#[path = "preflight_tests.rs"]
mod tests;
