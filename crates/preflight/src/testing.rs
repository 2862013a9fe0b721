//! What the tests of all checks share: facts of an account, and what each check must keep.

use std::collections::BTreeMap;
use std::fmt::Debug;

use crate::facts::{Ask, Cause, Fact, Facts, Family, Unreadable};
use crate::{Check, CheckFinding, CheckTarget, Effect, Outcome, check};

/// The facts of an account.
#[derive(Debug, Clone, Default)]
pub(crate) struct Account(BTreeMap<Ask, Fact>);

impl FromIterator<Fact> for Account {
    fn from_iter<I: IntoIterator<Item = Fact>>(facts: I) -> Self {
        Self(facts.into_iter().map(|fact| (fact.ask(), fact)).collect())
    }
}

impl Account {
    pub(crate) fn set(&mut self, fact: Fact) {
        self.0.insert(fact.ask(), fact);
    }

    pub(crate) fn get_mut(&mut self, ask: &Ask) -> Option<&mut Fact> {
        self.0.get_mut(ask)
    }

    /// The facts. Facts of unreadable families are omitted.
    fn facts(&self, is_unreadable: impl Fn(Family) -> bool) -> Facts {
        let why = Unreadable { action: "a:Call", cause: Cause::Denied, message: "no".to_owned() };
        let facts = self.0.iter().map(|(ask, fact)| {
            if is_unreadable(ask.family()) { Fact::unreadable(ask.clone(), why.clone()) } else { fact.clone() }
        });
        facts.fold(Facts::default(), Facts::with)
    }
}

/// A subject of tests.
pub(crate) trait Subject: CheckTarget + Clone {
    /// Makes an input unknown.
    fn forget(&mut self, input: Self::Input);

    /// Returns whether a finding with less information is the same one.
    fn is_same(one: &CheckFinding, other: &CheckFinding) -> bool {
        one == other
    }
}

fn verdicts(outcome: Outcome) -> Vec<CheckFinding> {
    match outcome {
        Outcome::Done(verdicts) | Outcome::Unknown(verdicts) | Outcome::Unreadable(verdicts, _) => verdicts,
        Outcome::Needs(asks) => panic!("the account lacks {asks:?}"),
    }
}

/// The verdicts of a check. Asserts that each verdict has an input and whole sentences, that unknown or unreadable
/// facts add no verdict, and that there is no verdict if nothing is known.
pub(crate) fn finds<S: Subject>(of: &Check<S>, subject: &S, account: &Account) -> Vec<CheckFinding> {
    assert!(of.applies(subject), "{} is not for this subject", of.name);
    let all = account.facts(|_| false);
    let found = verdicts(check(of, subject, &all));
    for verdict in &found {
        assert!(!verdict.path.is_root(), "{verdict:?}");
        assert!(!verdict.summary.ends_with('.') && !verdict.summary.contains('\n'), "{verdict:?}");
        for text in [&verdict.found, &verdict.why, &verdict.fix] {
            assert!(text.ends_with('.') && text.starts_with(|first: char| !first.is_whitespace()), "{verdict:?}");
        }
    }
    let assert_no_others = |outcome: Outcome, what: &dyn Debug| {
        let others = verdicts(outcome);
        let is_known = |other: &CheckFinding| found.iter().any(|verdict| S::is_same(verdict, other));
        assert!(others.iter().all(is_known), "without {what:?}: {others:?}");
    };
    for family in of.reads {
        assert_no_others(check(of, subject, &account.facts(|other| other == *family)), family);
    }
    let mut unknown = subject.clone();
    for input in of.inputs {
        let mut without = subject.clone();
        without.forget(*input);
        assert_no_others(check(of, &without, &all), input);
        unknown.forget(*input);
    }
    assert_eq!(verdicts(check(of, &unknown, &all)), [], "nothing is known");
    assert_no_others(check(of, subject, &account.facts(|_| true)), &"any fact");
    found
}

/// The only verdict of a check. Its text contains these words.
#[track_caller]
pub(crate) fn assert_fires(found: &[CheckFinding], effect: Effect, path: &str, words: &[&str]) {
    let [verdict] = found else { panic!("not one verdict: {found:#?}") };
    let text = format!("{}\n{}", verdict.summary, verdict.detail());
    assert!(words.iter().all(|word| text.contains(word)), "{words:?}: {text}");
    assert_eq!((verdict.effect, verdict.path.to_string()), (effect, path.to_owned()), "{text}");
}
