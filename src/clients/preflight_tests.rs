use super::*;
use crate::framework::path::Path;
use crate::preflight::facts::{Caller, Family, Reading, Skip, Subnet, together};
use crate::preflight::subject::{Changed, Given};
use crate::preflight::verdict::{Finding, Verdicts};
use crate::preflight::{Input, Kind, Subject};

/// Answers with these facts, and counts the rounds. What is not among them does not exist.
#[derive(Default)]
struct Known {
    facts: BTreeMap<Ask, Fact>,
    rounds: Mutex<Vec<BTreeSet<Ask>>>,
}

impl Known {
    fn of(facts: impl IntoIterator<Item = Fact>) -> Self {
        let facts = facts.into_iter().map(|fact| (fact.ask(), fact)).collect();
        Self { facts, ..Self::default() }
    }

    fn rounds(&self) -> Vec<BTreeSet<Ask>> {
        self.rounds.lock().expect("a list").clone()
    }
}

#[async_trait]
impl ReadFacts for Known {
    async fn read(&self, asks: BTreeSet<Ask>) -> Vec<Fact> {
        self.rounds.lock().expect("a list").push(asks.clone());
        let why = || Unreadable { action: "ec2:DescribeVpcs", cause: Cause::Denied, message: "no".to_owned() };
        asks.into_iter()
            .map(|ask| self.facts.get(&ask).cloned().unwrap_or_else(|| Fact::unreadable(ask, why())))
            .collect()
    }
}

fn finding() -> Finding {
    Finding::new("Something is wrong", "It is so.", "That matters.", "Do this.")
}

/// Needs the subnets, then their VPCs.
const TWO_ROUNDS: Check = Check {
    name: "two_rounds",
    finds: "Nothing.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::Subnets],
    reads: &[Family::Subnet, Family::RouteTables],
    run: |subject, facts, verdicts: &mut Verdicts| {
        let subnets = together(subject.known_subnets().map(|id| facts.subnet(id)))?;
        let tables = together(subnets.into_iter().flatten().map(|subnet| facts.route_tables(subnet.vpc_id.as_str())))?;
        if tables.into_iter().flatten().any(Vec::is_empty) {
            verdicts.error(&subject.subnets.path, finding());
        }
        subject.all_subnets_known()
    },
};

/// Needs the caller.
const ONE_ROUND: Check = Check {
    name: "one_round",
    finds: "Nothing.",
    kinds: &[Kind::NodeGroup, Kind::FargateProfile],
    inputs: &[Input::Role],
    reads: &[Family::Caller],
    run: |subject, facts, verdicts: &mut Verdicts| {
        let caller = facts.caller(())?.ok_or(Skip::Absent)?;
        if caller.account.is_empty() {
            verdicts.warning(&Path::root(), finding());
        }
        subject.role_arn.need().map(|_| ())
    },
};

fn subject(subnets: &[Option<&str>]) -> Subject {
    let ids = subnets.iter().map(|id| match id {
        Some(id) => (*id).into(),
        None => crate::framework::model::Attr::Unknown,
    });
    Subject {
        subnets: Given::known("subnet_ids", ids.collect::<Vec<_>>()),
        role_arn: Given::known("node_role_arn", "arn"),
        ..Subject::default()
    }
}

fn subnet(id: &str) -> Fact {
    let known = Subnet { id: id.to_owned(), vpc_id: "vpc-1".to_owned(), ..Subnet::default() };
    Fact::Subnet(id.to_owned(), Reading::Known(known))
}

#[tokio::test]
async fn facts_are_read_in_as_few_rounds_as_the_deepest_check_needs() {
    let tables = Fact::RouteTables("vpc-1".to_owned(), Reading::Known(Vec::new()));
    let caller = Fact::Caller((), Reading::Known(Caller::default()));
    let reader = Known::of([subnet("subnet-1"), subnet("subnet-2"), tables, caller]);
    let found = examine(&reader, &subject(&[Some("subnet-1"), Some("subnet-2")]), &[&ONE_ROUND, &TWO_ROUNDS]).await;
    assert_eq!(reader.rounds().iter().map(BTreeSet::len).collect::<Vec<_>>(), [3, 1]);
    let told: Vec<_> = found.verdicts.iter().map(|verdict| (verdict.check, verdict.severity)).collect();
    assert_eq!(told, [("one_round", Severity::Warning), ("two_rounds", Severity::Error)]);
    assert!(found.waiting.is_empty() && found.unread.is_empty());
}

#[tokio::test]
async fn unknown_inputs_skip_the_checks_that_need_them_and_nothing_else() {
    let tables = Fact::RouteTables("vpc-1".to_owned(), Reading::Known(Vec::new()));
    let reader = Known::of([subnet("subnet-1"), tables]);
    let found = examine(&reader, &subject(&[Some("subnet-1"), None]), &[&TWO_ROUNDS]).await;
    assert_eq!((found.verdicts.len(), found.waiting), (1, BTreeSet::from(["two_rounds"])));
}

#[tokio::test]
async fn a_missing_permission_is_told_once_with_its_checks() {
    let subject = subject(&[Some("subnet-1")]);
    let found = examine(&Known::default(), &subject, &[&ONE_ROUND, &TWO_ROUNDS]).await;
    let told = Told::default();
    let diagnostics = told.unread(&found.unread);
    let summaries: Vec<_> = diagnostics.iter().map(|message| message.summary.as_str()).collect();
    assert_eq!(summaries, ["Preflight checks are left out: ec2:DescribeVpcs is not allowed"]);
    let detail = &diagnostics.iter().next().expect("a warning").detail;
    assert!(detail.contains("one_round, two_rounds") && !diagnostics.has_error(), "{detail}");
    assert!(told.unread(&found.unread).is_empty());
}

#[test]
fn mode_decides_what_errors_become() {
    let mut verdicts = Verdicts::default();
    verdicts.error(&Path::attribute("subnet_ids"), finding());
    let Outcome::Done(found) = check(&TWO_ROUNDS, &subject(&[]), &Facts::default()) else { panic!("not done") };
    assert!(found.is_empty());
    let verdict = Verdict {
        check: "two_rounds",
        severity: Severity::Error,
        path: Path::attribute("subnet_ids"),
        summary: "Something is wrong".to_owned(),
        found: "It is so.".to_owned(),
        why: "That matters.".to_owned(),
        fix: "Do this.".to_owned(),
    };
    let error = diagnostic(verdict.clone(), Mode::Error);
    assert_eq!(error.path, Some(Path::attribute("subnet_ids")));
    assert!(error.detail.starts_with("It is so. That matters.\n\nDo this.\n\nThis is the preflight check two_rounds."));
    assert!(Diagnostics::from(error).has_error());
    assert!(!Diagnostics::from(diagnostic(verdict, Mode::Warn)).has_error());
}

#[test]
fn checks_can_be_skipped_by_name_all_together_and_by_what_changes() {
    let names = |subject: &Subject, settings: &Settings, skip: &[&str]| {
        let skip = skip.iter().map(|name| (*name).to_owned()).collect();
        enabled(subject, settings, &skip).iter().map(|check| check.name).collect::<Vec<_>>()
    };
    let (subject, settings) = (subject(&[]), Settings::default());
    assert!(names(&subject, &settings, &[]).contains(&"role_exists"));
    assert!(!names(&subject, &settings, &["role_exists"]).contains(&"role_exists"));
    let provider = Settings { skip: ["role_exists".to_owned()].into(), ..Settings::default() };
    assert!(!names(&subject, &provider, &[]).contains(&"role_exists"));
    assert!(names(&subject, &settings, &[ALL]).is_empty());
    assert!(names(&subject, &Settings { mode: Mode::Off, ..Settings::default() }, &[]).is_empty());
    let resized = Subject { changed: Changed::Only([Input::Scaling].into()), ..subject };
    assert!(!names(&resized, &settings, &[]).contains(&"role_exists"));
}

#[test]
fn credentials_that_do_not_work_are_one_error() {
    let why = |cause| ("one_round", Unreadable { action: "iam:GetRole", cause, message: "no".to_owned() });
    let told = Told::default();
    let first = told.unread(&[why(Cause::Caller)]);
    assert!(first.has_error() && first.iter().count() == 1);
    assert!(told.unread(&[why(Cause::Caller)]).is_empty());
    let denied = told.unread(&[why(Cause::Denied)]);
    assert!(!denied.has_error() && denied.iter().count() == 1);
}
