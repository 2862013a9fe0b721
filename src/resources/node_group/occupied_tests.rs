use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::*;
use crate::clients::wait::Limits;
use crate::framework::diagnostics::{Diagnostics, Severity};
use crate::framework::model::{Attr, Map};
use crate::framework::private::Private;
use crate::framework::resource::{Change, Record};
use crate::framework::tags::TagPolicy;
use crate::resources::node_group::create;
use crate::resources::node_group::fake::Fake;
use crate::resources::node_group::tests::fewest_arguments;

fn config(name: Attr<String>) -> NodeGroup {
    NodeGroup { node_group_name: name, ..fewest_arguments() }
}

/// Core's question about a new object.
fn creation(config: &NodeGroup) -> Plan<NodeGroup> {
    let mut planned = NodeGroup { region: "eu-west-1".into(), tags_all: Map::of([]), ..config.clone() };
    if planned.node_group_name.is_null() {
        planned.node_group_name = Attr::Unknown;
    }
    let (private, diagnostics) = (Private::default(), Diagnostics::new());
    Plan { config: config.clone(), prior: None, planned, private, diagnostics, replace: Vec::new() }
}

/// Core's question about an object of the state that does not change.
fn unchanged(state: &NodeGroup) -> Plan<NodeGroup> {
    let (private, diagnostics) = (Private::default(), Diagnostics::new());
    let (config, planned) = (state.clone(), state.clone());
    Plan { config, prior: Some(state.clone()), planned, private, diagnostics, replace: Vec::new() }
}

async fn ask(fake: &Fake, claims: &Claims, mut asked: Plan<NodeGroup>) -> Plan<NodeGroup> {
    plan(fake, claims, &mut asked).await.expect("EKS can be reached");
    asked
}

fn message(plan: &Plan<NodeGroup>) -> (Severity, String) {
    let all: Vec<_> = plan.diagnostics.iter().collect();
    let [one] = all.as_slice() else { panic!("one message: {all:?}") };
    (one.severity, format!("{}: {}", one.summary, one.detail))
}

/// A group that exists, as the state of a resource has it.
async fn existing(fake: &Fake, name: &str) -> NodeGroup {
    let planned = creation(&config(name.into())).planned;
    let live = fake.create(&api::create_request(&planned, name, "an earlier token")).await.expect("a group");
    for _ in 0..4 {
        fake.describe("blue", name).await.expect("a group");
    }
    api::from_live(&planned, &live, &TagPolicy::default())
}

/// As core reads a state before it plans.
fn read(claims: &Claims, state: &NodeGroup) {
    claims.note(&Place::of(state).expect("a place"), |seen| seen.in_state = true);
}

fn age(fake: &Fake, name: &str, minutes: i64) {
    let then = Timestamp::now() - SignedDuration::from_mins(minutes);
    fake.change("blue", name, |live| live.created_at = Some(then.to_string()));
}

#[tokio::test(start_paused = true)]
async fn free_name_costs_one_question_and_says_nothing() {
    let fake = Fake::new();
    let asked = ask(&fake, &Claims::default(), creation(&config("workers".into()))).await;
    assert!(asked.diagnostics.is_empty());
    assert_eq!(fake.calls(), ["DescribeNodegroup"]);
}

#[tokio::test(start_paused = true)]
async fn two_addresses_of_one_group_are_refused_in_both_orders() {
    let fake = Fake::new();
    let state = existing(&fake, "workers").await;
    let claims = Claims::default();
    assert!(ask(&fake, &claims, unchanged(&state)).await.diagnostics.is_empty());
    let second = ask(&fake, &claims, creation(&config("workers".into()))).await;
    assert!(second.diagnostics.has_error() && message(&second).1.contains("configured twice"));

    let claims = Claims::default();
    let second = ask(&fake, &claims, creation(&config("workers".into()))).await;
    assert!(!second.diagnostics.has_error(), "it could be the group of a killed apply");
    let first = ask(&fake, &claims, unchanged(&state)).await;
    assert!(first.diagnostics.has_error() && message(&first).1.contains("configured twice"));
}

#[tokio::test(start_paused = true)]
async fn two_new_addresses_of_one_name_are_refused() {
    let (fake, claims) = (Fake::new(), Claims::default());
    assert!(ask(&fake, &claims, creation(&config("workers".into()))).await.diagnostics.is_empty());
    assert!(ask(&fake, &claims, creation(&config("workers".into()))).await.diagnostics.has_error());
    assert!(ask(&fake, &claims, creation(&config("others".into()))).await.diagnostics.is_empty());
}

#[tokio::test(start_paused = true)]
async fn name_of_somebody_elses_group_is_refused_with_the_import_that_would_help() {
    let fake = Fake::new();
    let (other, _) = (existing(&fake, "other").await, existing(&fake, "workers").await);
    age(&fake, "workers", 31);
    let claims = Claims::default();
    read(&claims, &other);
    let asked = ask(&fake, &claims, creation(&config("workers".into()))).await;
    let (severity, text) = message(&asked);
    assert_eq!(severity, Severity::Error);
    assert!(text.contains("id = \"blue:workers\"") && text.contains("node_group_name_prefix"), "{text}");
    let path = asked.diagnostics.iter().next().and_then(|one| one.path.as_ref()).map(ToString::to_string);
    assert_eq!(path.as_deref(), Some("node_group_name"));

    // Where this may be core's apply, which would leave a predecessor deposed, the plan warns, and creation fails.
    let asked = ask(&fake, &Claims::default(), creation(&config("workers".into()))).await;
    let (severity, text) = message(&asked);
    assert_eq!(severity, Severity::Warning);
    assert!(text.contains("apply will fail"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn recent_group_with_other_settings_is_refused_and_with_equal_ones_taken_over() {
    let fake = Fake::new();
    let other = existing(&fake, "other").await;
    existing(&fake, "workers").await;
    let claims = Claims::default();
    read(&claims, &other);
    let (severity, text) = message(&ask(&fake, &claims, creation(&config("workers".into()))).await);
    assert!(severity == Severity::Warning && text.contains("takes it over"), "{text}");

    let claims = Claims::default();
    read(&claims, &other);
    let labelled = NodeGroup { labels: Map::of([("a".to_owned(), "b".to_owned())]), ..config("workers".into()) };
    assert_eq!(message(&ask(&fake, &claims, creation(&labelled)).await).0, Severity::Error);
}

#[tokio::test(start_paused = true)]
async fn tainted_group_and_replaced_group_give_their_name_to_their_successor() {
    let fake = Fake::new();
    let state = existing(&fake, "workers").await;
    age(&fake, "workers", 600);
    let claims = Claims::default();
    read(&claims, &state);
    // Of a tainted group core says nothing: it plans a creation.
    assert!(ask(&fake, &claims, creation(&config("workers".into()))).await.diagnostics.is_empty());

    let claims = Claims::default();
    read(&claims, &state);
    let first = ask(&fake, &claims, unchanged(&state)).await;
    let second = Plan { private: first.private, ..creation(&config("workers".into())) };
    assert!(ask(&fake, &claims, second).await.diagnostics.is_empty());
}

#[tokio::test(start_paused = true)]
async fn group_that_moves_away_gives_its_name_to_another() {
    let fake = Fake::new();
    let state = existing(&fake, "workers").await;
    let claims = Claims::default();
    read(&claims, &state);
    let mut renamed = unchanged(&state);
    renamed.planned.node_group_name = "others".into();
    ask(&fake, &claims, renamed).await;
    assert!(ask(&fake, &claims, creation(&config("workers".into()))).await.diagnostics.is_empty());
}

#[tokio::test(start_paused = true)]
async fn question_that_is_not_allowed_says_nothing() {
    use crate::clients::errors::{ApiError, ErrorKind};
    let fake = Fake::new();
    for operation in ["DescribeNodegroup", "ListNodegroups"] {
        fake.fail(operation, 1, &ApiError::own(ErrorKind::Denied, operation, "not authorized"));
    }
    for name in ["workers".into(), Attr::Null] {
        assert!(ask(&fake, &Claims::default(), creation(&config(name))).await.diagnostics.is_empty());
    }
}

/// A group under a generated name whose creation was killed, `CREATING` still.
async fn killed(fake: &Fake, prefix: &str, seconds: i64, here: bool) -> String {
    let of_now = unique::node_group_name(&NodeGroup { node_group_name_prefix: prefix.into(), ..NodeGroup::default() });
    let then = (Timestamp::now() - SignedDuration::from_secs(seconds)).to_zoned(jiff::tz::TimeZone::UTC);
    let mut folder = of_now[prefix.len() + 18..].to_owned();
    if !here {
        let other = if folder.starts_with('0') { "1" } else { "0" };
        folder.replace_range(..1, other);
    }
    let name = format!("{prefix}{}0000{folder}", then.strftime("%Y%m%d%H%M%S"));
    let planned = creation(&config(Attr::Null)).planned;
    fake.create(&api::create_request(&planned, &name, "token of a run that was killed")).await.expect("a group");
    name
}

async fn apply(fake: &Fake, claims: &Claims, prefix: &str) -> Record<NodeGroup> {
    let config = NodeGroup { node_group_name_prefix: prefix.into(), ..config(Attr::Null) };
    let planned = creation(&config).planned;
    let change = Change { config, prior: None, planned, private: Private::default() };
    let limits = Limits::new(Duration::from_secs(3600), CancellationToken::new());
    let mut record = Record::new(None, Private::default());
    create::create(fake, claims, &TagPolicy::default(), &limits, &change, &mut record).await.expect("a group");
    record
}

#[tokio::test(start_paused = true)]
async fn killed_creation_under_a_generated_name_is_taken_over_by_one() {
    let fake = Fake::new();
    fake.world().steps = 20;
    let left = killed(&fake, "gpu-", 60, true).await;
    let claims = Claims::default();
    let (one, other) = tokio::join!(apply(&fake, &claims, "gpu-"), apply(&fake, &claims, "gpu-"));
    let name =
        |record: &Record<NodeGroup>| record.state().and_then(|state| state.node_group_name.text()).map(str::to_owned);
    let names = [name(&one), name(&other)];
    assert!(names.contains(&Some(left.clone())) && names[0] != names[1], "{names:?}");
    assert_eq!(fake.count("CreateNodegroup"), 2);
    let told = [&one, &other].into_iter().flat_map(|record| record.diagnostics.iter()).count();
    assert_eq!(told, 1);
}

#[tokio::test(start_paused = true)]
async fn group_of_another_folder_prefix_or_time_or_one_that_is_ready_is_not_taken_over() {
    let fake = Fake::new();
    fake.world().steps = 1000;
    let ready = killed(&fake, "gpu-", 60, true).await;
    fake.change("blue", &ready, |live| live.status = "ACTIVE".to_owned());
    killed(&fake, "gpu-", 60, false).await;
    killed(&fake, "cpu-", 60, true).await;
    killed(&fake, "gpu-", 60 * 60 * 25, true).await;
    fake.world().steps = 1;
    let record = apply(&fake, &Claims::default(), "gpu-").await;
    assert!(record.diagnostics.is_empty());
    assert_eq!(fake.count("CreateNodegroup"), 5);
}

#[tokio::test(start_paused = true)]
async fn groups_that_may_be_left_behind_are_named_and_those_of_the_state_are_not() {
    let fake = Fake::new();
    fake.world().steps = 1000;
    let (creating, elsewhere) = (killed(&fake, "gpu-", 60, true).await, killed(&fake, "gpu-", 61, false).await);
    let managed = killed(&fake, "gpu-", 62, true).await;
    let claims = Claims::default();
    claims.note(&Place::new(Some("eu-west-1"), "blue", &managed), |seen| seen.in_state = true);
    let prefixed = NodeGroup { node_group_name_prefix: "gpu-".into(), ..config(Attr::Null) };
    let (severity, text) = message(&ask(&fake, &claims, creation(&prefixed)).await);
    assert_eq!(severity, Severity::Warning);
    assert!(text.contains(&elsewhere) && text.contains("import"), "{text}");
    let line = text.lines().find(|line| line.contains(&creating)).expect("the one that is being created");
    assert!(line.contains("takes it over") && !text.contains(&managed), "{text}");
    let other = NodeGroup { disk_size: Attr::Known(50), ..prefixed };
    assert!(ask(&fake, &claims, creation(&other)).await.diagnostics.is_empty());
}
