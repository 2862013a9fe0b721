use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::*;
use crate::resources::node_group::create;
use crate::resources::node_group::fake::Fake;
use crate::resources::node_group::tests::fewest_arguments;
use clients::creation_records::CreationRecords;
use clients::errors::ErrorKind;
use clients::wait::Limits;
use framework::diagnostics::Severity;
use framework::model::{Attr, Map};
use framework::private::Private;
use framework::resource::{Change, Record};
use framework::tags::TagPolicy;

fn config(name: Attr<String>) -> NodeGroup {
    NodeGroup { node_group_name: name, ..fewest_arguments() }
}

/// The plan request of Terraform core for a new object.
fn creation(config: &NodeGroup) -> Plan<NodeGroup> {
    let mut planned = NodeGroup { region: "eu-west-1".into(), tags_all: Map::of([]), ..config.clone() };
    if planned.node_group_name.is_null() {
        planned.node_group_name = Attr::Unknown;
    }
    Plan::new(config.clone(), None, planned)
}

/// The plan request of Terraform core for an unchanged object in state.
fn unchanged(state: &NodeGroup) -> Plan<NodeGroup> {
    Plan::new(state.clone(), Some(state.clone()), state.clone())
}

async fn ask(fake: &Fake, ledger: &RunLedger, mut asked: Plan<NodeGroup>) -> Plan<NodeGroup> {
    plan(ground(fake, ledger), &mut asked).await.expect("EKS can be reached");
    asked
}

fn ground<'g>(fake: &'g Fake, ledger: &'g RunLedger) -> NameContext<'g> {
    NameContext { client: fake, ledger, region: "eu-west-1" }
}

fn message(plan: &Plan<NodeGroup>) -> (Severity, String) {
    let all: Vec<_> = plan.diagnostics.iter().collect();
    let [one] = all.as_slice() else { panic!("one message: {all:?}") };
    (one.severity, format!("{}: {}", one.summary, one.detail))
}

/// A group that exists and is in the state of a resource.
async fn existing(fake: &Fake, name: &str) -> NodeGroup {
    let planned = creation(&config(name.into())).planned;
    let live = fake.create(&api::create_request(&planned, name, "an earlier token")).await.expect("a group");
    for _ in 0..4 {
        fake.describe("blue", name).await.expect("a group");
    }
    api::from_live(&planned, &live, &TagPolicy::default())
}

fn key(name: &str) -> ObjectKey {
    ObjectKey::new("node group", "eu-west-1", "blue", name)
}

/// Reads a state, as Terraform core does before the plan.
fn read(ledger: &RunLedger, state: &NodeGroup) {
    ledger.record_read(&key(state.node_group_name.text().expect("a name")));
}

#[tokio::test(start_paused = true)]
async fn available_name_is_checked_with_one_request() {
    let fake = Fake::new();
    let asked = ask(&fake, &RunLedger::default(), creation(&config("workers".into()))).await;
    assert!(asked.diagnostics.is_empty());
    assert_eq!(fake.calls(), ["DescribeNodegroup"]);
}

#[tokio::test(start_paused = true)]
async fn duplicate_node_group_addresses_are_rejected_in_both_orders() {
    let fake = Fake::new();
    let state = existing(&fake, "workers").await;
    let ledger = RunLedger::default();
    assert!(ask(&fake, &ledger, unchanged(&state)).await.diagnostics.is_empty());
    let second = ask(&fake, &ledger, creation(&config("workers".into()))).await;
    assert!(second.diagnostics.has_error() && message(&second).1.contains("configured twice"));

    let ledger = RunLedger::default();
    let second = ask(&fake, &ledger, creation(&config("workers".into()))).await;
    assert!(!second.diagnostics.has_error(), "this can be an apply, in which the creation fails");
    let first = ask(&fake, &ledger, unchanged(&state)).await;
    assert!(first.diagnostics.has_error() && message(&first).1.contains("configured twice"));
}

#[tokio::test(start_paused = true)]
async fn two_new_resources_with_same_name_are_rejected() {
    let (fake, ledger) = (Fake::new(), RunLedger::default());
    assert!(ask(&fake, &ledger, creation(&config("workers".into()))).await.diagnostics.is_empty());
    assert!(ask(&fake, &ledger, creation(&config("workers".into()))).await.diagnostics.has_error());
    assert!(ask(&fake, &ledger, creation(&config("others".into()))).await.diagnostics.is_empty());
}

#[tokio::test(start_paused = true)]
async fn existing_unmanaged_group_is_reported_with_import_block() {
    let fake = Fake::new();
    let (other, _) = (existing(&fake, "other").await, existing(&fake, "workers").await);
    let ledger = RunLedger::default();
    read(&ledger, &other);
    let asked = ask(&fake, &ledger, creation(&config("workers".into()))).await;
    let (severity, text) = message(&asked);
    assert_eq!(severity, Severity::Error);
    assert!(text.contains("id = \"blue:workers\"") && text.contains("node_group_name_prefix"), "{text}");
    let path = asked.diagnostics.iter().next().and_then(|one| one.path.as_ref()).map(ToString::to_string);
    assert_eq!(path.as_deref(), Some("node_group_name"));

    // If this can be part of an apply, an error would leave the previous object deposed. The plan warns, and the
    // creation fails.
    let asked = ask(&fake, &RunLedger::default(), creation(&config("workers".into()))).await;
    let (severity, text) = message(&asked);
    assert_eq!(severity, Severity::Warning);
    assert!(text.contains("apply will fail"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn group_of_a_killed_apply_is_a_warning_in_its_directory() {
    let (fake, here, elsewhere) = (Fake::new(), directory(), directory());
    killed(&fake, here.path(), &config("workers".into()), "workers").await;
    for (directory, expected) in [(here.path(), Severity::Warning), (elsewhere.path(), Severity::Error)] {
        let ledger = RunLedger::new(CreationRecords::in_directory(directory));
        ledger.record_state_read();
        assert_eq!(message(&ask(&fake, &ledger, creation(&config("workers".into()))).await).0, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn tainted_or_replaced_group_does_not_conflict_with_replacement() {
    let fake = Fake::new();
    let state = existing(&fake, "workers").await;
    let ledger = RunLedger::default();
    read(&ledger, &state);
    // Terraform core does not report a tainted group: it plans a creation.
    assert!(ask(&fake, &ledger, creation(&config("workers".into()))).await.diagnostics.is_empty());

    let ledger = RunLedger::default();
    read(&ledger, &state);
    let first = ask(&fake, &ledger, unchanged(&state)).await;
    let second = Plan { marker: first.marker, ..creation(&config("workers".into())) };
    assert!(ask(&fake, &ledger, second).await.diagnostics.is_empty());
}

#[tokio::test(start_paused = true)]
async fn group_that_moves_away_gives_its_name_to_another() {
    let fake = Fake::new();
    let state = existing(&fake, "workers").await;
    let ledger = RunLedger::default();
    read(&ledger, &state);
    let mut renamed = unchanged(&state);
    renamed.planned.node_group_name = "others".into();
    ask(&fake, &ledger, renamed).await;
    assert!(ask(&fake, &ledger, creation(&config("workers".into()))).await.diagnostics.is_empty());
}

#[tokio::test(start_paused = true)]
async fn denied_name_lookup_reports_no_diagnostics() {
    use clients::errors::{ApiError, ErrorKind};
    let fake = Fake::new();
    for operation in ["DescribeNodegroup", "ListNodegroups"] {
        fake.fail(operation, 1, &ApiError::own(ErrorKind::Denied, operation, "not authorized"));
    }
    for name in ["workers".into(), Attr::Null] {
        assert!(ask(&fake, &RunLedger::default(), creation(&config(name))).await.diagnostics.is_empty());
    }
}

/// Records a creation that was killed in a directory. The group is still `CREATING`.
async fn killed(fake: &Fake, directory: &std::path::Path, config: &NodeGroup, name: &str) {
    let ledger = RunLedger::new(CreationRecords::in_directory(directory));
    let request = api::create_request(&creation(config).planned, name, &generated_name::token());
    let claim = ledger.claim(key(name)).expect("the right to create it");
    claim.write_record(&request.client_request_token, &request);
    fake.create(&request).await.expect("a group");
}

fn prefixed(prefix: &str) -> NodeGroup {
    NodeGroup { node_group_name_prefix: prefix.into(), ..config(Attr::Null) }
}

fn generated(prefix: &str) -> String {
    generated_name::node_group_name(&prefixed(prefix))
}

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().expect("a directory")
}

async fn apply(fake: &Fake, ledger: &RunLedger, prefix: &str) -> Record<NodeGroup> {
    let config = NodeGroup { node_group_name_prefix: prefix.into(), ..config(Attr::Null) };
    let planned = creation(&config).planned;
    let change = Change { planned, ..Change::default() };
    let limits = Limits::new(Duration::from_secs(3600), CancellationToken::new());
    let mut record = Record::new(None, Private::default());
    create::create(ground(fake, ledger), &TagPolicy::default(), &limits, &change, &mut record).await.expect("a group");
    record
}

#[tokio::test(start_paused = true)]
async fn killed_creation_under_a_generated_name_is_continued_by_one() {
    let (fake, here) = (Fake::new(), directory());
    fake.world().steps = 20;
    let left = generated("gpu-");
    killed(&fake, here.path(), &prefixed("gpu-"), &left).await;
    let ledger = RunLedger::new(CreationRecords::in_directory(here.path()));
    let (one, other) = tokio::join!(apply(&fake, &ledger, "gpu-"), apply(&fake, &ledger, "gpu-"));
    let name =
        |record: &Record<NodeGroup>| record.state().and_then(|state| state.node_group_name.text()).map(str::to_owned);
    let names = [name(&one), name(&other)];
    assert!(names.contains(&Some(left)) && names[0] != names[1], "{names:?}");
    assert_eq!(fake.count("CreateNodegroup"), 3, "the killed one, its repetition, and another");
}

#[tokio::test(start_paused = true)]
async fn creation_of_another_directory_prefix_or_configuration_is_not_continued() {
    let (fake, here, elsewhere) = (Fake::new(), directory(), directory());
    killed(&fake, elsewhere.path(), &prefixed("gpu-"), &generated("gpu-")).await;
    killed(&fake, here.path(), &prefixed("cpu-"), &generated("cpu-")).await;
    let larger = NodeGroup { disk_size: Attr::Known(50), ..prefixed("gpu-") };
    killed(&fake, here.path(), &larger, &generated("gpu-")).await;
    let ledger = RunLedger::new(CreationRecords::in_directory(here.path()));
    apply(&fake, &ledger, "gpu-").await;
    assert_eq!((fake.count("CreateNodegroup"), fake.count("DeleteNodegroup")), (4, 0));
}

#[tokio::test(start_paused = true)]
async fn creation_that_is_killed_while_it_tags_is_continued() {
    let (fake, here) = (Fake::new(), directory());
    let failure = ApiError::own(ErrorKind::Server, "CreateOrUpdateTags", "an outage");
    fake.fail("CreateOrUpdateTags", 1, &failure);
    let config =
        NodeGroup { auto_scaling_group_tags: Map::of([("a".to_owned(), "b".to_owned())]), ..config("workers".into()) };
    let change = Change { planned: creation(&config).planned, ..Change::default() };
    let ledger = RunLedger::new(CreationRecords::in_directory(here.path()));
    let limits = Limits::new(Duration::from_secs(3600), CancellationToken::new());
    let mut record = Record::new(None, Private::default());
    let policy = TagPolicy::default();
    let tagging = async {
        while fake.count("CreateOrUpdateTags") == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::select! {
        biased;
        () = tagging => {}
        ended = create::create(ground(&fake, &ledger), &policy, &limits, &change, &mut record) => {
            panic!("killed before it ends: {ended:?}")
        }
    }
    assert!(ledger.creations().unfinished(&key("workers")).is_some());
}

#[tokio::test(start_paused = true)]
async fn creation_that_was_returned_to_core_is_not_continued() {
    let (fake, here) = (Fake::new(), directory());
    let ledger = RunLedger::new(CreationRecords::in_directory(here.path()));
    let first = apply(&fake, &ledger, "gpu-").await;
    let next = RunLedger::new(CreationRecords::in_directory(here.path()));
    let second = apply(&fake, &next, "gpu-").await;
    let name = |record: &Record<NodeGroup>| record.state().map(|state| state.node_group_name.clone());
    assert_ne!(name(&first), name(&second));
}

#[tokio::test(start_paused = true)]
async fn warning_lists_orphaned_groups_but_not_managed_groups() {
    let (fake, here, elsewhere) = (Fake::new(), directory(), directory());
    fake.world().steps = 1000;
    let names = [generated("gpu-"), generated("gpu-"), generated("gpu-"), generated("gpu-")];
    let [continued, foreign, other, managed] = &names;
    killed(&fake, here.path(), &prefixed("gpu-"), continued).await;
    killed(&fake, elsewhere.path(), &prefixed("gpu-"), foreign).await;
    let larger = NodeGroup { disk_size: Attr::Known(50), ..prefixed("gpu-") };
    killed(&fake, here.path(), &larger, other).await;
    killed(&fake, here.path(), &prefixed("gpu-"), managed).await;
    // Names of the same second belong to other resources of this run.
    tokio::time::resume();
    std::thread::sleep(Duration::from_millis(1100));
    let ledger = RunLedger::new(CreationRecords::in_directory(here.path()));
    ledger.record_read(&key(managed));
    let (severity, text) = message(&ask(&fake, &ledger, creation(&prefixed("gpu-"))).await);
    assert_eq!(severity, Severity::Warning);
    let line =
        |name: &str| text.lines().find(|line| line.contains(name)).map(|line| line.contains("continued by this apply"));
    let expected = [Some(true), Some(false), Some(false), None];
    assert_eq!(names.each_ref().map(|name| line(name)), expected, "{text}");
    assert!(text.contains("import {") && text.contains("delete-nodegroup"), "{text}");
}
