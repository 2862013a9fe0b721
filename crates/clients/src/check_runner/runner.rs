//! Evaluates checks: reads the facts they need, in rounds, until every check has ended.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;

use crate::context::Clients;
use crate::facts::{AwsFacts, ReadFacts, facts, renewed};
use preflight::check::Label;
use preflight::facts::{Cause, Facts, Unreadable};
use preflight::{Check, CheckFinding, CheckTarget, Effect, Outcome, check};

/// More rounds of facts than any check needs: subnets, then their route tables, and so on.
const ROUNDS: usize = 12;

/// The findings of the checks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// The findings, in the order of the checks.
    pub verdicts: Vec<CheckFinding>,
    /// The checks that wait for an unknown input.
    pub waiting: BTreeSet<&'static str>,
    /// The checks that ended because a fact cannot be read.
    pub unread: Vec<(&'static str, Unreadable)>,
    /// The IAM actions to allow for all denied facts, including facts that did not end a check.
    pub to_allow: BTreeSet<&'static str>,
}

impl CheckReport {
    /// Whether the resource cannot work as it is now.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.verdicts.iter().any(|verdict| verdict.effect != Effect::Warns)
    }

    fn add(&mut self, name: &'static str, outcome: Outcome) {
        match outcome {
            Outcome::Done(verdicts) => self.verdicts.extend(verdicts),
            Outcome::Needs(_) => {}
            Outcome::Unknown(verdicts) => {
                self.verdicts.extend(verdicts);
                self.waiting.insert(name);
            }
            Outcome::Unreadable(verdicts, why) => {
                self.verdicts.extend(verdicts);
                self.unread.push((name, why));
            }
        }
    }
}

/// The checks of one resource.
#[async_trait]
pub(super) trait Checks: Send {
    /// The label of the resource in messages about other resources.
    fn label(&self) -> Label;

    /// Runs the checks with the facts of this run.
    async fn run(&mut self) -> CheckReport;

    /// Runs the checks again with newer facts. Returns `None` if the facts of the last run are already current.
    async fn rerun(&mut self) -> Option<CheckReport>;
}

/// Runs the checks until each of them has ended.
pub async fn run_checks<S: CheckTarget>(
    reader: &dyn ReadFacts,
    subject: &S,
    checks: &[&'static Check<S>],
) -> CheckReport {
    let mut facts = Facts::default();
    let mut report = CheckReport::default();
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
            if fact.why_unreadable().is_some_and(|why| why.cause == Cause::Denied) {
                report.to_allow.extend(fact.ask().family().actions());
            }
            facts.add(fact);
        }
    }
    for (index, outcome) in outcomes {
        report.add(checks[index].name, outcome);
    }
    report
}

/// The checks of one resource, with the facts that all resources of the run share.
pub(super) struct FactChecks<'c, S: CheckTarget> {
    clients: &'c Clients,
    subject: &'c S,
    checks: Vec<&'static Check<S>>,
    reader: Arc<AwsFacts>,
}

impl<'c, S: CheckTarget> FactChecks<'c, S> {
    pub(super) fn new(clients: &'c Clients, subject: &'c S, checks: Vec<&'static Check<S>>) -> Self {
        Self { clients, subject, checks, reader: facts(clients, subject.region()) }
    }
}

#[async_trait]
impl<S: CheckTarget> Checks for FactChecks<'_, S> {
    fn label(&self) -> Label {
        self.subject.label()
    }

    async fn run(&mut self) -> CheckReport {
        run_checks(&self.reader, self.subject, &self.checks).await
    }

    async fn rerun(&mut self) -> Option<CheckReport> {
        self.reader = renewed(self.clients, self.subject.region(), &self.reader)?;
        Some(self.run().await)
    }
}

#[cfg(test)]
#[path = "runner_tests.rs"]
mod tests;
