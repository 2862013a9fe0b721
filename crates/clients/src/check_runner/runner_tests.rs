use std::sync::Mutex;

use super::*;
use framework::path::Path;
use preflight::facts::{Ask, Caller, Fact, FactResult, Family, Skip, Subnet, together};
use preflight::finding::{CheckFindings, Finding};
use preflight::names::ALL;
use preflight::settings::{Mode, Settings, enabled};
use preflight::subject::{Changed, ConfiguredInput};
use preflight::{Input, Kind, Subject};

/// Returns these facts, and counts the rounds. Any other fact does not exist.
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

/// Requires the subnets, then their VPCs.
const TWO_ROUNDS: Check = Check {
    name: "two_rounds",
    finds: "Nothing.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::Subnets],
    reads: &[Family::Subnet, Family::RouteTables],
    effects: &[Effect::BlocksPlan],
    run: |subject, facts, verdicts: &mut CheckFindings| {
        let subnets = together(subject.known_subnets().map(|id| facts.subnet(id)))?;
        let tables = together(subnets.into_iter().flatten().map(|subnet| facts.route_tables(subnet.vpc_id.as_str())))?;
        if tables.into_iter().flatten().any(Vec::is_empty) {
            verdicts.blocks_plan(&subject.subnets.path, finding());
        }
        subject.all_subnets_known()
    },
};

/// Requires the caller.
const ONE_ROUND: Check = Check {
    name: "one_round",
    finds: "Nothing.",
    kinds: &[Kind::NodeGroup, Kind::FargateProfile],
    inputs: &[Input::Role],
    reads: &[Family::Caller],
    effects: &[Effect::Warns],
    run: |subject, facts, verdicts: &mut CheckFindings| {
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
        None => framework::model::Attr::Unknown,
    });
    Subject {
        subnets: ConfiguredInput::known("subnet_ids", ids.collect::<Vec<_>>()),
        role_arn: ConfiguredInput::known("node_role_arn", "arn"),
        ..Subject::default()
    }
}

fn subnet(id: &str) -> Fact {
    let known = Subnet { id: id.to_owned(), vpc_id: "vpc-1".to_owned(), ..Subnet::default() };
    Fact::Subnet(id.to_owned(), FactResult::Known(known))
}

#[tokio::test]
async fn facts_are_read_in_as_few_rounds_as_the_deepest_check_needs() {
    let tables = Fact::RouteTables("vpc-1".to_owned(), FactResult::Known(Vec::new()));
    let caller = Fact::Caller((), FactResult::Known(Caller::default()));
    let reader = Known::of([subnet("subnet-1"), subnet("subnet-2"), tables, caller]);
    let found = run_checks(&reader, &subject(&[Some("subnet-1"), Some("subnet-2")]), &[&ONE_ROUND, &TWO_ROUNDS]).await;
    assert_eq!(reader.rounds().iter().map(BTreeSet::len).collect::<Vec<_>>(), [3, 1]);
    let told: Vec<_> = found.verdicts.iter().map(|verdict| (verdict.check, verdict.effect)).collect();
    assert_eq!(told, [("one_round", Effect::Warns), ("two_rounds", Effect::BlocksPlan)]);
    assert!(found.waiting.is_empty() && found.unread.is_empty());
}

#[tokio::test]
async fn unknown_inputs_skip_the_checks_that_need_them_and_nothing_else() {
    let tables = Fact::RouteTables("vpc-1".to_owned(), FactResult::Known(Vec::new()));
    let reader = Known::of([subnet("subnet-1"), tables]);
    let found = run_checks(&reader, &subject(&[Some("subnet-1"), None]), &[&TWO_ROUNDS]).await;
    assert_eq!((found.verdicts.len(), found.waiting), (1, BTreeSet::from(["two_rounds"])));
}

#[tokio::test]
async fn report_names_all_actions_to_allow() {
    let subject = subject(&[Some("subnet-1")]);
    let report = run_checks(&Known::default(), &subject, &[&ONE_ROUND, &TWO_ROUNDS]).await;
    assert_eq!(report.unread.len(), 2);
    assert_eq!(report.to_allow, ["ec2:DescribeSubnets"].into(), "the caller's identity needs no permission");
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
