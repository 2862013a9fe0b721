//! The operations with a fake for AWS: API calls, records, and diagnostics.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::client::{FargateProfile as Live, FargateProfileClient, FargateProfileStatus, Issue};
use super::fake::{Fake, error};
use super::model::{FargateProfile, Selector};
use super::plan::{PlanContext, key};
use super::{api, create, delete, plan, update};
use clients::creation_records::CreationRecords;
use clients::errors::ErrorKind;
use clients::run_ledger::{ObjectKey, RunLedger};
use clients::wait::Limits;
use framework::blocks::SetBlock;
use framework::diagnostics::Diagnostics;
use framework::model::{Attr, Map, Set};
use framework::path::Path;
use framework::private::Private;
use framework::resource::{Change, Plan, Record};
use framework::tags::TagPolicy;

const ACTIVE: &str = "ACTIVE";

pub(super) fn config() -> FargateProfile {
    FargateProfile {
        cluster_name: "blue".into(),
        fargate_profile_name: "batch".into(),
        pod_execution_role_arn: "arn:aws:iam::111122223333:role/pods".into(),
        subnet_ids: Set::of(["subnet-1".to_owned()]),
        selector: SetBlock::of([Selector { namespace: "batch".into(), labels: Attr::Null }]),
        ..FargateProfile::default()
    }
}

/// Returns the plan of a create: unset values are unknown.
fn to_create(config: &FargateProfile) -> Change<FargateProfile> {
    let mut planned = config.clone();
    for attr in [&mut planned.region, &mut planned.arn, &mut planned.id, &mut planned.status, &mut planned.created_at] {
        *attr = if attr.is_null() { Attr::Unknown } else { attr.clone() };
    }
    planned.health = Attr::Unknown;
    planned.tags_all = config.tags.known().cloned().map_or_else(|| Map::of([]), Attr::Known);
    Change { planned, ..Change::default() }
}

fn limits() -> Limits {
    Limits::new(Duration::from_secs(600), CancellationToken::new())
}

async fn creation(fake: &Fake, limits: &Limits) -> (Record<FargateProfile>, Result<(), Diagnostics>) {
    creation_in(&RunLedger::default(), fake, limits).await
}

async fn creation_in(
    ledger: &RunLedger,
    fake: &Fake,
    limits: &Limits,
) -> (Record<FargateProfile>, Result<(), Diagnostics>) {
    let mut record = Record::new(None, Private::default());
    let claim = ledger.claim(key(&config(), "eu-west-1").expect("a key")).expect("the right to create it");
    let change = to_create(&config());
    let result = create::create(fake, &claim, &TagPolicy::default(), limits, &change, &mut record).await;
    (record, result)
}

/// Records a creation that was killed in this directory.
async fn killed(fake: &Fake, directory: &std::path::Path, config: &FargateProfile) {
    let ledger = RunLedger::new(CreationRecords::in_directory(directory));
    let request = api::create_request(&to_create(config).planned, "token of a run that was killed");
    let claim = ledger.claim(key(config, "eu-west-1").expect("a key")).expect("the right to create it");
    claim.write_record(&request.client_request_token, &request);
    fake.create(&request).await.expect("a profile");
}

pub(super) async fn created(fake: &Fake) -> FargateProfile {
    let (record, result) = creation(fake, &limits()).await;
    result.expect("a profile");
    record.into_state().expect("a created profile is recorded")
}

fn text(diagnostics: &Diagnostics) -> String {
    diagnostics.iter().map(|message| format!("{}\n{}", message.summary, message.detail)).collect::<Vec<_>>().join("\n")
}

fn issue(code: &str) -> Issue {
    Issue { code: code.to_owned(), message: "in AWS's words".to_owned(), resource_ids: vec!["r-1".to_owned()] }
}

/// Adds the profile of an interrupted run.
async fn left_behind(fake: &Fake, edit: impl FnOnce(&mut Live)) {
    let request = api::create_request(&to_create(&config()).planned, "token of a run that was killed");
    let mut live = fake.create(&request).await.expect("a profile");
    while live.status == FargateProfileStatus::Creating {
        live = fake.describe("blue", "batch").await.expect("a profile");
    }
    edit(fake.world().profiles.get_mut("batch").expect("a profile"));
}

fn status(state: &FargateProfile) -> &str {
    state.status.text().unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn creation_waits_until_the_profile_is_active() {
    let fake = Fake::default();
    fake.world().steps = 3;
    let state = created(&fake).await;
    assert_eq!((status(&state), state.id.text()), (ACTIVE, Some("blue:batch")));
    assert_eq!(state.region.text(), Some("eu-west-1"));
    assert_eq!(fake.count("CreateFargateProfile"), 1);
}

#[tokio::test(start_paused = true)]
async fn creation_waits_while_another_process_holds_the_cluster() {
    let fake = Fake::default();
    let busy = || error(ErrorKind::InUse, "CreateFargateProfile", "ResourceInUseException", "currently has");
    (0..30).for_each(|_| fake.fail("CreateFargateProfile", busy()));
    assert_eq!(status(&created(&fake).await), ACTIVE);
    assert_eq!(fake.count("CreateFargateProfile"), 31);
}

#[tokio::test(start_paused = true)]
async fn cluster_that_stays_busy_ends_the_creation_at_its_own_timeout() {
    let fake = Fake::default();
    fake.world().put(Live { name: "other".to_owned(), status: "CREATING".into(), ..Live::default() });
    let (record, result) = creation(&fake, &limits()).await;
    let message = text(&result.expect_err("no profile"));
    assert!(message.contains("Fargate profile other in status CREATING") && message.contains("timeouts"), "{message}");
    assert!(record.state().is_none());
}

#[tokio::test(start_paused = true)]
async fn lost_create_response_creates_single_profile() {
    let fake = Fake::default();
    fake.lose_answer("CreateFargateProfile");
    assert_eq!(status(&created(&fake).await), ACTIVE);
}

#[tokio::test(start_paused = true)]
async fn creation_that_fails_is_recorded_and_explained() {
    let fake = Fake::default();
    fake.fail_creation(&[issue("PodExecutionRoleAlreadyInUse")]);
    let (record, result) = creation(&fake, &limits()).await;
    let message = text(&result.expect_err("a failure"));
    assert_eq!(status(record.state().expect("the profile exists")), "CREATE_FAILED");
    for words in ["PodExecutionRoleAlreadyInUse", "in AWS's words", "r-1", "a separate role", "delete-fargate-profile"]
    {
        assert!(message.contains(words), "{words}: {message}");
    }
}

#[tokio::test(start_paused = true)]
async fn profile_deleted_while_creating_fails_the_creation() {
    for (status, end) in [("DELETING", Some("DELETING")), ("DELETE_FAILED", Some("DELETE_FAILED")), ("", None)] {
        let fake = Fake::default();
        fake.world().steps = 1000;
        let limits = limits();
        let disturb = async {
            limits.sleep_until(tokio::time::Instant::now() + Duration::from_secs(20)).await;
            let mut world = fake.world();
            match end {
                Some(_) => world.profiles.get_mut("batch").expect("a profile").status = status.into(),
                None => world.profiles.clear(),
            }
        };
        let ((record, result), ()) = tokio::join!(creation(&fake, &limits), disturb);
        let error = text(&result.expect_err("no profile"));
        assert!(error.contains("was deleted during creation") && error.contains(status), "{error}");
        assert_eq!(record.state().and_then(|state| state.status.text()), end);
    }
}

#[tokio::test(start_paused = true)]
async fn killed_creation_continues_in_its_directory_alone() {
    let (fake, here, elsewhere) = (Fake::default(), directory(), directory());
    killed(&fake, here.path(), &config()).await;
    fake.world().steps = 0;
    let other = RunLedger::new(CreationRecords::in_directory(elsewhere.path()));
    let message = text(&creation_in(&other, &fake, &limits()).await.1.expect_err("of another process"));
    assert!(message.contains("import {"), "{message}");
    let ledger = RunLedger::new(CreationRecords::in_directory(here.path()));
    assert!(planned(&fake, &ledger, &config(), None).await.diagnostics.is_empty(), "the plan continues the creation");
    let (record, result) = creation_in(&ledger, &fake, &limits()).await;
    result.expect("continued");
    assert_eq!(status(record.state().expect("a state")), ACTIVE);
    assert_eq!(fake.count("DeleteFargateProfile"), 0);
}

#[tokio::test(start_paused = true)]
async fn killed_creation_with_other_arguments_is_replaced() {
    let (fake, here) = (Fake::default(), directory());
    let other = FargateProfile { tags: Map::of([("owner".to_owned(), "x".to_owned())]), ..config() };
    killed(&fake, here.path(), &other).await;
    let ledger = RunLedger::new(CreationRecords::in_directory(here.path()));
    creation_in(&ledger, &fake, &limits()).await.1.expect("a profile");
    assert_eq!(fake.count("DeleteFargateProfile"), 1);
    assert!(fake.world().profiles["batch"].tags.is_empty());
}

#[tokio::test(start_paused = true)]
async fn failed_profile_of_interrupted_creation_is_recreated() {
    let (fake, here) = (Fake::default(), directory());
    killed(&fake, here.path(), &config()).await;
    fake.world().profiles.get_mut("batch").expect("a profile").status = FargateProfileStatus::CreateFailed;
    let ledger = RunLedger::new(CreationRecords::in_directory(here.path()));
    let (record, result) = creation_in(&ledger, &fake, &limits()).await;
    result.expect("a profile");
    assert_eq!(status(record.state().expect("a state")), ACTIVE);
    assert_eq!(fake.count("DeleteFargateProfile"), 1);
}

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().expect("a directory")
}

#[tokio::test(start_paused = true)]
async fn name_of_a_profile_that_is_being_deleted_is_waited_for() {
    let fake = Fake::default();
    left_behind(&fake, |_| {}).await;
    fake.world().steps = 5;
    fake.delete("blue", "batch").await.expect("a deletion");
    assert_eq!(status(&created(&fake).await), ACTIVE);
    assert_eq!(fake.count("CreateFargateProfile"), 3);
}

#[tokio::test(start_paused = true)]
async fn existing_profile_is_not_adopted() {
    type Edit = fn(&mut Live);
    // Also a recently created profile with equal arguments.
    let edits: [Edit; 2] = [|_| {}, |live| live.selectors.clear()];
    for edit in edits {
        let fake = Fake::default();
        left_behind(&fake, edit).await;
        let (record, result) = creation(&fake, &limits()).await;
        let message = text(&result.expect_err("a failure"));
        assert!(message.contains("import") && message.contains("id = \"blue:batch\""), "{message}");
        assert!(record.state().is_none());
        assert_eq!(fake.count("DeleteFargateProfile"), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn creation_stopped_by_the_user_keeps_what_exists() {
    let fake = Fake::default();
    fake.world().steps = 1000;
    let limits = limits();
    let stop = async {
        while fake.count("DescribeFargateProfile") == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        limits.cancellation.cancel();
    };
    let ((record, result), ()) = tokio::join!(creation(&fake, &limits), stop);
    assert!(text(&result.expect_err("stopped")).contains("untaint"));
    assert_eq!(status(record.state().expect("the profile exists")), "CREATING");
}

#[tokio::test(start_paused = true)]
async fn delete_waits_for_removal_and_tolerates_missing_profile() {
    let fake = Fake::default();
    fake.world().steps = 2;
    created(&fake).await;
    delete::delete(&fake, &limits(), "blue", "batch").await.expect("deleted");
    assert!(fake.world().profiles.is_empty());
    delete::delete(&fake, &limits(), "blue", "batch").await.expect("nothing to delete");
}

#[tokio::test(start_paused = true)]
async fn deletion_that_an_interrupted_run_began_is_waited_for() {
    let fake = Fake::default();
    created(&fake).await;
    fake.world().steps = 3;
    fake.delete("blue", "batch").await.expect("a deletion");
    delete::delete(&fake, &limits(), "blue", "batch").await.expect("deleted");
    assert_eq!(fake.count("DeleteFargateProfile"), 2);
}

#[tokio::test(start_paused = true)]
async fn failed_deletion_error_explains_cause_and_fix() {
    let fake = Fake::default();
    created(&fake).await;
    fake.fail_deletion(&[issue("ClusterUnreachable")]);
    let message = text(&delete::delete(&fake, &limits(), "blue", "batch").await.expect_err("a failure"));
    for words in ["DELETE_FAILED", "ClusterUnreachable", "admission webhooks", "delete it manually"] {
        assert!(message.contains(words), "{words}: {message}");
    }
}

#[tokio::test(start_paused = true)]
async fn update_changes_tags_and_nothing_else() {
    let fake = Fake::default();
    let mut state = created(&fake).await;
    let tags = [("old".to_owned(), "1".to_owned())];
    (state.tags, state.tags_all) = (Map::of(tags.clone()), Map::of(tags.clone()));
    fake.world().profiles.get_mut("batch").unwrap().tags = tags.clone().into();
    let mut planned = state.clone();
    planned.tags = Map::of([("new".to_owned(), "2".to_owned())]);
    planned.tags_all = planned.tags.clone();
    let change = Change { prior: Some(state.clone()), planned, ..Change::default() };
    let mut record = Record::new(Some(state), Private::default());
    let before = fake.calls().len();
    update::update(&fake, &TagPolicy::default(), &limits(), &change, &mut record).await.expect("an update");
    assert_eq!(fake.world().profiles["batch"].tags, [("new".to_owned(), "2".to_owned())].into());
    let calls = fake.calls();
    let expected = ["DescribeFargateProfile", "UntagResource", "TagResource", "DescribeFargateProfile"];
    assert_eq!(calls[before..], expected);

    // After a failed update, the profile is read again.
    fake.fail("TagResource", error(ErrorKind::Denied, "TagResource", "AccessDeniedException", "no"));
    fake.world().profiles.get_mut("batch").unwrap().tags = tags.into();
    update::update(&fake, &TagPolicy::default(), &limits(), &change, &mut record).await.expect_err("no permission");
    assert_eq!(record.state().expect("a state").tags, Map::of([]));
}

#[tokio::test(start_paused = true)]
async fn update_leaves_a_profile_of_the_same_name() {
    let fake = Fake::default();
    let state = created(&fake).await;
    fake.world().profiles.get_mut("batch").unwrap().arn.push_str("-new");
    let mut planned = state.clone();
    planned.tags_all = Map::of([("a".to_owned(), "1".to_owned())]);
    let change = Change { prior: Some(state.clone()), planned, ..Change::default() };
    let mut record = Record::new(Some(state.clone()), Private::default());
    let result = update::update(&fake, &TagPolicy::default(), &limits(), &change, &mut record).await;
    let error = format!("{:?}", result.expect_err("no update"));
    assert!(error.contains("another process replaced the object after the plan"), "{error}");
    assert_eq!(record.state(), Some(&state));
    assert!(fake.world().profiles["batch"].tags.is_empty());
}

#[tokio::test(start_paused = true)]
async fn update_keeps_tags_that_the_plan_did_not_show() {
    let fake = Fake::default();
    let mut state = created(&fake).await;
    state.tags_all = Map::of([("a".to_owned(), "1".to_owned())]);
    let live = [("a".to_owned(), "9".to_owned()), ("foreign".to_owned(), "1".to_owned())];
    fake.world().profiles.get_mut("batch").unwrap().tags = live.clone().into();
    let update = async |edit: fn(&mut FargateProfile)| {
        let mut planned = state.clone();
        edit(&mut planned);
        let change = Change { prior: Some(state.clone()), planned: planned.clone(), ..Change::default() };
        let mut record = Record::new(Some(state.clone()), Private::default());
        update::update(&fake, &TagPolicy::default(), &limits(), &change, &mut record).await.expect("an update");
        assert_eq!(record.state(), Some(&planned));
        fake.world().profiles["batch"].tags.clone()
    };
    assert_eq!(update(|planned| planned.skip_preflight = Set::of(["all".to_owned()])).await, live.clone().into());
    let tagged = update(|planned| {
        planned.tags_all = Map::of([("a".to_owned(), "1".to_owned()), ("new".to_owned(), "2".to_owned())]);
    });
    let expected = live.into_iter().chain([("new".to_owned(), "2".to_owned())]).collect();
    assert_eq!(tagged.await, expected);
}

/// Plans a create or an update in a run.
async fn planned(
    fake: &Fake,
    ledger: &RunLedger,
    config: &FargateProfile,
    prior: Option<&FargateProfile>,
) -> Plan<FargateProfile> {
    let planned = match prior {
        None => to_create(config).planned,
        Some(prior) => FargateProfile { tags: config.tags.clone(), ..prior.clone() },
    };
    let mut plan = Plan::new(config.clone(), prior.cloned(), planned);
    let ground = PlanContext { client: fake, ledger, region: "eu-west-1", is_strict: true };
    plan::plan(Some(&ground), &mut plan).await.expect("a plan");
    plan
}

fn named(name: &str) -> FargateProfile {
    FargateProfile { fargate_profile_name: name.into(), ..config() }
}

fn selectors(number: usize, labels: usize) -> FargateProfile {
    let labels = Map::of((0..labels).map(|label| (format!("l{label}"), "x".to_owned())));
    let selector = |number| Selector { namespace: format!("n{number}").as_str().into(), labels: labels.clone() };
    FargateProfile { selector: SetBlock::of((0..number).map(selector)), ..config() }
}

#[tokio::test(start_paused = true)]
async fn plan_of_a_creation_knows_id_and_region_and_asks_for_no_quota_below_the_default() {
    let fake = Fake::default();
    let plan = planned(&fake, &RunLedger::default(), &selectors(5, 5), None).await;
    assert_eq!((plan.planned.id.text(), plan.planned.region.text()), (Some("blue:batch"), Some("eu-west-1")));
    assert!(plan.diagnostics.is_empty());
    assert_eq!(fake.calls(), ["ListFargateProfiles"]);
}

#[tokio::test(start_paused = true)]
async fn too_many_selectors_and_labels_are_errors_in_the_plan() {
    for (config, code, words) in [
        (selectors(6, 0), "L-D78D8AF8", "has 6 selectors. The quota of this account and Region is 5"),
        (selectors(1, 6), "L-23414FF3", "namespace n0 has 6 labels. The quota"),
    ] {
        let fake = Fake::default();
        fake.world().quotas.insert(code.to_owned(), 5);
        let plan = planned(&fake, &RunLedger::default(), &config, None).await;
        let message = text(&plan.diagnostics);
        assert!(plan.diagnostics.has_error() && message.contains(words) && message.contains(code), "{message}");
        assert_eq!(plan.diagnostics.iter().next().and_then(|one| one.path.clone()), Some(Path::attribute("selector")));
        // The quota was increased.
        fake.world().quotas.insert(code.to_owned(), 6);
        assert!(planned(&fake, &RunLedger::default(), &config, None).await.diagnostics.is_empty());
        // The quota cannot be read.
        fake.world().quotas.clear();
        let plan = planned(&fake, &RunLedger::default(), &config, None).await;
        assert!(!plan.diagnostics.has_error());
        assert!(text(&plan.diagnostics).contains("servicequotas:GetServiceQuota"));
    }
}

#[tokio::test(start_paused = true)]
async fn profiles_beyond_the_quota_of_the_cluster_are_errors_in_the_plan() {
    let (fake, run) = (Fake::default(), RunLedger::default());
    run.record_state_read();
    fake.world().quotas.insert("L-33415657".to_owned(), 10);
    for number in 0..8 {
        fake.world().put(Live { name: format!("there-{number}"), ..Live::default() });
    }
    for name in ["a", "b"] {
        assert!(planned(&fake, &run, &named(name), None).await.diagnostics.is_empty());
    }
    let plan = planned(&fake, &run, &named("c"), None).await;
    let message = text(&plan.diagnostics);
    assert!(plan.diagnostics.has_error() && message.contains("would have 11"), "{message}");

    // A run that does not read a state can be an apply: only profiles that it creates are certain.
    let other = RunLedger::default();
    for number in 0..10 {
        let plan = planned(&fake, &other, &named(&format!("new-{number}")), None).await;
        assert!(!plan.diagnostics.has_error() && plan.diagnostics.is_empty() == (number < 2), "{number}");
    }
    assert!(planned(&fake, &other, &named("new-10"), None).await.diagnostics.has_error());

    // A profile that is deleted is not counted.
    for name in ["there-0", "there-1"] {
        run.release(&ObjectKey { name: name.to_owned(), ..key(&config(), "eu-west-1").expect("a key") });
    }
    assert!(planned(&fake, &run, &named("d"), None).await.diagnostics.is_empty());
}

#[tokio::test(start_paused = true)]
async fn name_that_two_resources_create_is_an_error_in_the_plan() {
    let (fake, run) = (Fake::default(), RunLedger::default());
    assert!(planned(&fake, &run, &named("a"), None).await.diagnostics.is_empty());
    let plan = planned(&fake, &run, &named("a"), None).await;
    assert!(plan.diagnostics.has_error() && text(&plan.diagnostics).contains("configured twice"));
}

#[tokio::test(start_paused = true)]
async fn taken_name_is_an_error_in_the_plan() {
    let fake = Fake::default();
    left_behind(&fake, |live| live.selectors.clear()).await;
    let run = RunLedger::default();
    run.record_state_read();
    let plan = planned(&fake, &run, &config(), None).await;
    let message = text(&plan.diagnostics);
    assert!(plan.diagnostics.has_error() && message.contains("id = \"blue:batch\""), "{message}");
    // A run that does not read a state can be an apply, in which the plan must not fail.
    let unread = planned(&fake, &RunLedger::default(), &config(), None).await.diagnostics;
    assert!(!unread.has_error() && text(&unread) == message);
    let path = plan.diagnostics.iter().next().and_then(|one| one.path.clone());
    assert_eq!(path, Some(Path::attribute("fargate_profile_name")));

    // A profile in state is tainted and is deleted first.
    let run = RunLedger::default();
    run.record_in_state(&key(&config(), "eu-west-1").expect("a key"));
    assert!(planned(&fake, &run, &config(), None).await.diagnostics.is_empty());
}

#[tokio::test(start_paused = true)]
async fn name_of_a_profile_that_stays_is_not_free_for_another_resource() {
    let fake = Fake::default();
    let state = created(&fake).await;
    for create_first in [true, false] {
        let run = RunLedger::default();
        let priors = if create_first { [None, Some(&state)] } else { [Some(&state), None] };
        let [first, second] = priors;
        assert!(!planned(&fake, &run, &config(), first).await.diagnostics.has_error());
        // Also a copy with identical arguments.
        let plan = planned(&fake, &run, &config(), second).await;
        assert!(text(&plan.diagnostics).contains("configured twice"), "{:?}", plan.diagnostics);
    }
}

#[tokio::test(start_paused = true)]
async fn plan_ignores_missing_cluster_and_warns_once_if_denied() {
    let (fake, run) = (Fake::default(), RunLedger::default());
    let green = FargateProfile { cluster_name: "green".into(), ..config() };
    assert!(planned(&fake, &run, &green, None).await.diagnostics.is_empty());
    let denied = || error(ErrorKind::Denied, "ListFargateProfiles", "AccessDeniedException", "not authorized");
    fake.fail("ListFargateProfiles", denied());
    fake.fail("ListFargateProfiles", denied());
    let first = planned(&fake, &run, &config(), None).await.diagnostics;
    assert!(!first.has_error() && text(&first).contains("eks:ListFargateProfiles"));
    assert!(planned(&fake, &run, &named("b"), None).await.diagnostics.is_empty());
}

#[tokio::test(start_paused = true)]
async fn failed_profile_is_replaced_and_an_active_one_stays() {
    let fake = Fake::default();
    let state = created(&fake).await;
    assert!(!planned(&fake, &RunLedger::default(), &config(), Some(&state)).await.is_replace());
    for status in ["DELETING", "CREATE_FAILED", "DELETE_FAILED"] {
        let failed = FargateProfile { status: status.into(), ..state.clone() };
        let plan = planned(&fake, &RunLedger::default(), &config(), Some(&failed)).await;
        assert!(plan.is_replace() && text(&plan.diagnostics).contains(status), "{status}");
    }
}
