//! The definition of a check, and how it runs.

use std::collections::BTreeSet;

use super::facts::{Ask, Facts, Family, Skip, Unreadable};
use super::finding::{CheckFinding, CheckFindings, Effect};
use super::subject::Subject;

/// The planned object that checks examine.
pub trait CheckTarget: std::fmt::Debug + Sync + Sized + 'static {
    /// The kinds of objects.
    type Kind: std::fmt::Debug + Copy + PartialEq + Send + Sync + 'static;
    /// The inputs, by which a check declares what it reads.
    type Input: std::fmt::Debug + Copy + Send + Sync + 'static;

    /// Returns all checks of such objects, in the order of the guide.
    fn checks() -> &'static [&'static Check<Self>];

    /// Returns the kind of the object.
    fn kind(&self) -> Self::Kind;

    /// Returns whether an input is new.
    fn changes(&self, input: Self::Input) -> bool;

    /// Returns the AWS Region, such as `eu-central-1`.
    fn region(&self) -> &str;

    /// Returns a name for the resource in messages about other resources.
    fn label(&self) -> Label;
}

/// A name for a resource in messages about other resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Such as `node group prod:workers`.
    pub text: String,
    /// Whether no other resource of the run has the same one.
    pub is_unique: bool,
}

/// A check. The guide to preflight checks contains its description.
#[derive(Debug)]
pub struct Check<S: CheckTarget = Subject> {
    /// The name, as in `skip`: what must hold, in a few words joined by underscores.
    pub name: &'static str,
    /// The description for users, in a few full sentences.
    pub finds: &'static str,
    /// The kinds that the check applies to.
    pub kinds: &'static [S::Kind],
    /// The inputs that the check reads. An update runs the check if one of them changes.
    pub inputs: &'static [S::Input],
    /// The facts that the check may read. Its tests fail if it reads another fact.
    pub reads: &'static [Family],
    /// The effects of its findings, in the order of [`Effect::ALL`].
    pub effects: &'static [Effect],
    /// The function that runs the check. Findings are kept if it ends early because an input is unknown or a fact
    /// cannot be read.
    pub run: fn(&S, &Facts, &mut CheckFindings) -> Result<(), Skip>,
}

/// The result of running a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The check ran to the end.
    Done(Vec<CheckFinding>),
    /// Facts that have not been read yet. The check runs again when they are available.
    Needs(BTreeSet<Ask>),
    /// The check ended at an input that is known only after apply.
    Unknown(Vec<CheckFinding>),
    /// The check ended at a fact that cannot be read.
    Unreadable(Vec<CheckFinding>, Unreadable),
}

impl<S: CheckTarget> Check<S> {
    /// Returns the IAM actions of the facts that the check can read. Facts that require no permission have none.
    pub fn actions(&self) -> BTreeSet<&'static str> {
        self.reads.iter().flat_map(|family| family.actions()).copied().collect()
    }

    /// Returns whether the check applies to the subject.
    #[must_use]
    pub fn applies(&self, subject: &S) -> bool {
        self.inputs.iter().any(|input| subject.changes(*input)) && self.kinds.contains(&subject.kind())
    }
}

/// Runs one check as far as the available facts allow.
#[must_use]
pub fn check<S: CheckTarget>(check: &Check<S>, subject: &S, facts: &Facts) -> Outcome {
    let mut verdicts = CheckFindings::default();
    let result = (check.run)(subject, facts, &mut verdicts);
    let verdicts = verdicts.of(check.name);
    debug_assert!(
        verdicts.iter().all(|verdict| check.effects.contains(&verdict.effect)),
        "the check {} has a finding with an effect that it does not declare: {verdicts:?}",
        check.name
    );
    match result {
        Ok(()) | Err(Skip::Absent) => Outcome::Done(verdicts),
        Err(Skip::Unknown) => Outcome::Unknown(verdicts),
        Err(Skip::Unreadable(unreadable)) => Outcome::Unreadable(verdicts, unreadable),
        Err(Skip::Needs(asks)) => {
            debug_assert!(
                asks.iter().all(|ask| check.reads.contains(&ask.family())),
                "the check {} reads a kind of fact that it does not declare: {asks:?}",
                check.name
            );
            Outcome::Needs(asks)
        }
    }
}
