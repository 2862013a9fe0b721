//! The effect of findings. A plan reports all findings and stops only for findings that no run can fix: another
//! resource of the same run can remove any other cause before this resource is written. Immediately before the first
//! write of the resource, such a cause stops the apply, based on newly read facts.
//!
//! No findings are passed from the plan to the apply. Terraform core plans again during apply. That plan and all
//! resources of the apply share the facts that were read first. A fact without a problem is accepted, but a problem
//! counts only if newer facts confirm it.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::reported::ReportedOnce;
use super::runner::{CheckReport, Checks, FactChecks};
use crate::context::Clients;
use crate::errors::{ApiError, ErrorKind};
use framework::diagnostics::{Diagnostic, Diagnostics};
use preflight::check::Label;
use preflight::settings::{Mode, enabled};
use preflight::{CheckFinding, CheckTarget, Effect};

/// How long a cause must persist before it stops an apply. Terraform may create the objects that remove the cause (such
/// as the policies of a new role) at the same time as the resource, and IAM and EC2 are eventually consistent. Only
/// applies that are about to fail wait, once per cause and run.
const SETTLE: Duration = Duration::from_secs(10);

/// Time between reading the facts again while a cause persists.
const POLL: Duration = Duration::from_secs(2);

/// Runs the checks of a planned resource and reports what they find. An interrupted run reports nothing.
pub async fn check_during_plan<S: CheckTarget>(
    clients: &Clients,
    subject: &S,
    skip: &BTreeSet<String>,
    cancellation: &CancellationToken,
) -> Diagnostics {
    let checks = enabled(subject, clients.preflight(), skip);
    if checks.is_empty() {
        return Diagnostics::new();
    }
    let mut checks = FactChecks::new(clients, subject, checks);
    during_plan(&mut checks, clients.preflight().mode, &clients.facts().of::<ReportedOnce>(), cancellation).await
}

/// Runs the checks whose findings another resource could have fixed, before a resource is written.
///
/// # Errors
/// Returns an error if a cause persists, or if the run is interrupted. Unreadable facts are ignored.
pub async fn check_before_write<S: CheckTarget>(
    clients: &Clients,
    subject: &S,
    skip: &BTreeSet<String>,
    cancellation: &CancellationToken,
) -> Result<(), Diagnostics> {
    let mut checks = enabled(subject, clients.preflight(), skip);
    checks.retain(|check| check.effects.contains(&Effect::BlocksApply));
    if checks.is_empty() || !clients.preflight().mode.checks_before_write() {
        return Ok(());
    }
    let mut checks = FactChecks::new(clients, subject, checks);
    before_write(&mut checks, &clients.facts().of::<ReportedOnce>(), cancellation).await
}

pub(super) async fn during_plan(
    checks: &mut dyn Checks,
    mode: Mode,
    reported: &ReportedOnce,
    cancellation: &CancellationToken,
) -> Diagnostics {
    let evaluation = async {
        let report = checks.run().await;
        // The facts may have been read at the start of an apply that has changed them since.
        let newer = if report.has_errors() { checks.rerun().await } else { None };
        newer.unwrap_or(report)
    };
    let Some(report) = cancellation.run_until_cancelled(evaluation).await else { return Diagnostics::new() };
    if !report.waiting.is_empty() {
        tracing::debug!(checks = ?report.waiting, "deferring preflight checks: some values are known after apply");
    }
    let label = checks.label();
    let mut diagnostics = Diagnostics::new();
    for verdict in &report.verdicts {
        let is_error = mode.stops_plan(verdict.effect);
        let outlook = match verdict.effect {
            Effect::BlocksApply if mode == Mode::Error => {
                "The apply stops before it creates or updates this resource, unless another resource in this \
                 configuration fixes the problem first."
            }
            _ => "",
        };
        diagnostics.push(reported.finding(&label, verdict, is_error, outlook));
    }
    diagnostics.extend(reported.unread(&report));
    diagnostics
}

pub(super) async fn before_write(
    checks: &mut dyn Checks,
    reported: &ReportedOnce,
    cancellation: &CancellationToken,
) -> Result<(), Diagnostics> {
    let label = checks.label();
    let Some(persisting) = cancellation.run_until_cancelled(persisting(checks, reported)).await else {
        return Err(interrupted(&label).into());
    };
    let outlook = "The resource was not created or updated.";
    let errors: Diagnostics =
        persisting.iter().map(|verdict| reported.finding(&label, verdict, true, outlook)).collect();
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// Returns the findings that stop the write, after one of them has persisted for [`SETTLE`] and newer facts still show
/// it.
async fn persisting(checks: &mut dyn Checks, reported: &ReportedOnce) -> Vec<CheckFinding> {
    let blocking = |report: CheckReport| -> Vec<CheckFinding> {
        report.verdicts.into_iter().filter(|verdict| verdict.effect == Effect::BlocksApply).collect()
    };
    let mut found = blocking(checks.run().await);
    if !found.is_empty()
        && let Some(newer) = checks.rerun().await
    {
        found = blocking(newer);
    }
    let mut own = Persistence::default();
    while !found.is_empty() && own.of(&found).max(reported.persists_for(&found)) < SETTLE {
        let summaries: Vec<_> = found.iter().map(|verdict| verdict.summary.as_str()).collect();
        tracing::info!(resource = checks.label().text, ?summaries, "waiting for another resource to fix the cause");
        tokio::time::sleep(POLL).await;
        if let Some(newer) = checks.rerun().await {
            found = blocking(newer);
        }
    }
    found
}

/// The time at which each check of a resource started to report a finding for an argument. The text of a finding can
/// change with every read (free IP addresses of a subnet, for example) while its cause persists.
#[derive(Default)]
struct Persistence(HashMap<(&'static str, String), Instant>);

impl Persistence {
    /// Returns for how long the oldest of the findings has persisted.
    fn of(&mut self, found: &[CheckFinding]) -> Duration {
        let key = |verdict: &CheckFinding| (verdict.check, verdict.path.to_string());
        let keys: HashSet<_> = found.iter().map(key).collect();
        self.0.retain(|key, _| keys.contains(key));
        keys.into_iter().map(|key| self.0.entry(key).or_insert_with(Instant::now).elapsed()).max().unwrap_or_default()
    }
}

fn interrupted(label: &Label) -> Diagnostic {
    let error = ApiError::own(ErrorKind::Cancelled, "preflight checks", "interrupted before the first change");
    error.into_diagnostic(format!("Interrupted while checking {}", label.text), "")
}

#[cfg(test)]
#[path = "phases_tests.rs"]
mod tests;
