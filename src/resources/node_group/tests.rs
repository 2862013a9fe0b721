//! The operations with a fake for AWS: API calls, records, and diagnostics.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::client::{GroupTag, Issue, NodeGroupClient, NodeGroupStatus, Scaling, Taint, WarmPool};
use super::fake::Fake;
use super::model::{NodeGroup, ScalingConfig, WarmPoolConfig};
use super::name_conflict::NameContext;
use super::{api, create, delete, plan, release, update};
use clients::creation_records::CreationRecords;
use clients::errors::{ApiError, ErrorKind};
use clients::kube::fake::Fake as Kubernetes;
use clients::run_ledger::RunLedger;
use clients::wait::Limits;
use framework::blocks::Blocks;
use framework::diagnostics::Diagnostics;
use framework::model::{Attr, Map, Set};
use framework::plan_facts::PlanFacts;
use framework::private::Private;
use framework::resource::{Change, Plan, Record};
use framework::tags::TagPolicy;

/// A configuration with only required arguments.
pub(super) fn fewest_arguments() -> NodeGroup {
    NodeGroup {
        cluster_name: "blue".into(),
        node_role_arn: "arn:aws:iam::111122223333:role/node".into(),
        subnet_ids: Set::of(["subnet-1".to_owned()]),
        scaling_config: Blocks::Known(vec![ScalingConfig {
            desired_size: Attr::Null,
            max_size: Attr::Known(3),
            min_size: Attr::Known(1),
        }]),
        ..NodeGroup::default()
    }
}

pub(super) fn config() -> NodeGroup {
    NodeGroup { node_group_name: "workers".into(), ..fewest_arguments() }
}

/// Returns the plan of a create: unset values are unknown.
pub(super) fn to_create(config: &NodeGroup) -> Change<NodeGroup> {
    let mut planned = config.clone();
    for attr in [
        &mut planned.ami_type,
        &mut planned.capacity_type,
        &mut planned.version,
        &mut planned.release_version,
        &mut planned.region,
        &mut planned.arn,
        &mut planned.id,
        &mut planned.status,
        &mut planned.created_at,
        &mut planned.modified_at,
        &mut planned.node_group_name_prefix,
    ] {
        *attr = if attr.is_null() { Attr::Unknown } else { attr.clone() };
    }
    (planned.disk_size, planned.instance_types, planned.update_config) = (Attr::Unknown, Attr::Unknown, Attr::Unknown);
    (planned.health, planned.resources) = (Attr::Unknown, Attr::Unknown);
    planned.ami_update_policy = "pinned".into();
    planned.tags_all = Map::of([]);
    if let Some(scaling) = planned.scaling_config.first_mut()
        && scaling.desired_size.is_null()
    {
        scaling.desired_size = Attr::Unknown;
    }
    Change { planned, ..Change::default() }
}

/// Returns the plan of an update: the state with an edit.
pub(super) fn to_update(state: &NodeGroup, edit: impl Fn(&mut NodeGroup)) -> Change<NodeGroup> {
    let mut planned = state.clone();
    edit(&mut planned);
    (planned.status, planned.modified_at, planned.health) = (Attr::Unknown, Attr::Unknown, Attr::Unknown);
    Change { prior: Some(state.clone()), planned, ..Change::default() }
}

pub(super) fn limits() -> Limits {
    Limits::new(Duration::from_secs(3600), CancellationToken::new())
}

pub(super) fn ground<'g>(fake: &'g Fake, ledger: &'g RunLedger) -> NameContext<'g> {
    NameContext { client: fake, ledger, region: "eu-west-1" }
}

pub(super) async fn created(fake: &Fake) -> Result<NodeGroup, Diagnostics> {
    creation(fake, &to_create(&config()), &limits()).await.1
}

async fn creation(
    fake: &Fake,
    change: &Change<NodeGroup>,
    limits: &Limits,
) -> (Option<NodeGroup>, Result<NodeGroup, Diagnostics>) {
    let mut record = Record::new(None, Private::default());
    let result =
        create::create(ground(fake, &RunLedger::default()), &TagPolicy::default(), limits, change, &mut record).await;
    let state = record.into_state();
    (state.clone(), result.map(|()| state.expect("a created group is recorded")))
}

async fn updated(fake: &Fake, change: &Change<NodeGroup>) -> (Option<NodeGroup>, Result<(), Diagnostics>) {
    let mut record = Record::new(change.prior.clone(), Private::default());
    let result =
        update::update(fake, &Kubernetes::default(), &TagPolicy::default(), &limits(), change, &mut record).await;
    (record.into_state(), result)
}

pub(super) fn text(diagnostics: &Diagnostics) -> String {
    diagnostics.iter().map(|message| format!("{}\n{}", message.summary, message.detail)).collect::<Vec<_>>().join("\n")
}

fn issue(code: &str) -> Issue {
    Issue { code: code.to_owned(), message: "in AWS's words".to_owned(), resource_ids: vec!["i-1".to_owned()] }
}

#[tokio::test(start_paused = true)]
async fn creation_waits_until_the_group_is_active() {
    let fake = Fake::new();
    let state = created(&fake).await.expect("a group");
    assert_eq!(state.status, "ACTIVE".into());
    assert_eq!(state.id, "blue:workers".into());
    assert_eq!(state.scaling_config.first().and_then(|scaling| scaling.desired_size.known()), Some(&1));
    assert_eq!(fake.count("CreateNodegroup"), 1);
}

#[tokio::test(start_paused = true)]
async fn lost_create_response_results_in_one_group() {
    let fake = Fake::new();
    fake.lose_answer("CreateNodegroup");
    let state = created(&fake).await.expect("a group");
    assert_eq!(state.status, "ACTIVE".into());
}

#[tokio::test(start_paused = true)]
async fn creation_that_fails_for_a_passing_reason_is_begun_again() {
    let fake = Fake::new();
    fake.fail_creation(&[issue("IamThrottling")]);
    let state = created(&fake).await.expect("a group");
    assert_eq!(state.status, "ACTIVE".into());
    assert_eq!((fake.count("CreateNodegroup"), fake.count("DeleteNodegroup")), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn creation_that_fails_for_good_is_recorded_and_explained() {
    let fake = Fake::new();
    fake.fail_creation(&[issue("NodeCreationFailure")]);
    let (state, result) = creation(&fake, &to_create(&config()), &limits()).await;
    let message = text(&result.expect_err("a failure"));
    assert_eq!(state.expect("the group exists").status, "CREATE_FAILED".into());
    assert!(message.contains("NodeCreationFailure") && message.contains("in AWS's words"), "{message}");
    assert_eq!(fake.count("DeleteNodegroup"), 0);
}

#[tokio::test(start_paused = true)]
async fn recently_created_identical_group_is_not_adopted() {
    let fake = Fake::new();
    let request = api::create_request(&to_create(&config()).planned, "workers", "token of another state");
    fake.create(&request).await.expect("a group");
    let (state, result) = creation(&fake, &to_create(&config()), &limits()).await;
    assert!(text(&result.expect_err("a failure")).contains("import {") && state.is_none());
}

#[tokio::test(start_paused = true)]
async fn existing_group_with_different_labels_is_not_adopted() {
    let fake = Fake::new();
    let mut foreign = to_create(&config()).planned;
    foreign.labels = Map::of([("owner".to_owned(), "somebody".to_owned())]);
    fake.create(&api::create_request(&foreign, "workers", "another token")).await.expect("a group");
    let (state, result) = creation(&fake, &to_create(&config()), &limits()).await;
    assert_eq!(state, None);
    let message = text(&result.expect_err("a failure"));
    assert!(message.contains("import") && message.contains("blue:workers"), "{message}");
}

#[tokio::test(start_paused = true)]
async fn concurrent_creates_with_same_name_are_rejected() {
    let fake = Fake::new();
    let ledger = RunLedger::default();
    let (change, policy, limits) = (to_create(&config()), TagPolicy::default(), limits());
    let mut records = [Record::new(None, Private::default()), Record::new(None, Private::default())];
    let [first, second] = &mut records;
    let (first, second) = tokio::join!(
        create::create(ground(&fake, &ledger), &policy, &limits, &change, first),
        create::create(ground(&fake, &ledger), &policy, &limits, &change, second),
    );
    first.expect("a group");
    assert!(text(&second.expect_err("a clash")).contains("configured twice"));
    assert_eq!(fake.count("CreateNodegroup"), 1);
}

#[tokio::test(start_paused = true)]
async fn interrupted_creation_keeps_the_group_in_the_state() {
    let fake = Fake::new();
    fake.world().steps = 1000;
    let limits = limits();
    let stop = limits.cancellation.clone();
    let change = to_create(&config());
    let work = creation(&fake, &change, &limits);
    let interrupt = async {
        limits.sleep_until(Instant::now() + Duration::from_secs(20)).await;
        stop.cancel();
    };
    let ((state, result), ()) = tokio::join!(work, interrupt);
    assert_eq!(state.expect("the group exists").status, "CREATING".into());
    assert!(text(&result.expect_err("an interruption")).contains("interrupted"));
}

/// Runs a creation during which another process changes the group.
async fn disturbed_creation(disturb: impl FnOnce(&Fake)) -> (Option<NodeGroup>, Diagnostics, String) {
    let fake = Fake::new();
    fake.world().steps = 1000;
    let (change, limits) = (to_create(&config()), limits());
    let mut record = Record::new(None, Private::default());
    let (policy, ledger) = (TagPolicy::default(), RunLedger::default());
    let work = create::create(ground(&fake, &ledger), &policy, &limits, &change, &mut record);
    let other = async {
        limits.sleep_until(Instant::now() + Duration::from_secs(20)).await;
        disturb(&fake);
    };
    let (result, ()) = tokio::join!(work, other);
    let warnings = record.diagnostics.clone();
    (record.into_state(), warnings, result.err().map(|errors| text(&errors)).unwrap_or_default())
}

#[tokio::test(start_paused = true)]
async fn group_deleted_while_creating_fails_the_creation() {
    for status in ["DELETING", "DELETE_FAILED"] {
        let edit = |fake: &Fake| fake.change("blue", "workers", |live| live.status = status.into());
        let (state, _, error) = disturbed_creation(edit).await;
        assert_eq!(state.expect("the group is still there").status, status.into());
        assert!(error.contains("was deleted during creation") && error.contains(status), "{error}");
    }
    let (state, _, error) = disturbed_creation(|fake| fake.remove("blue", "workers")).await;
    assert_eq!(state, None, "the group was deleted");
    assert!(error.contains("was deleted during creation"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn unrecognized_status_ends_the_wait_with_a_warning() {
    let (state, warnings, error) =
        disturbed_creation(|fake| fake.change("blue", "workers", |live| live.status = "PONDERING".into())).await;
    assert_eq!((state.expect("a group").status, error.as_str()), ("PONDERING".into(), ""));
    assert!(text(&warnings).contains("does not recognize the status"), "{warnings:?}");
}

#[tokio::test(start_paused = true)]
async fn update_of_a_group_being_deleted_fails_at_once() {
    let fake = Fake::new();
    let state = created(&fake).await.expect("a group");
    fake.change("blue", "workers", |live| live.status = NodeGroupStatus::Deleting);
    let change = to_update(&state, |model| model.labels = Map::of([("a".to_owned(), "b".to_owned())]));
    let started = Instant::now();
    let (_, result) = updated(&fake, &change).await;
    assert!(text(&result.expect_err("no update")).contains("is deleting the node group"));
    assert!(started.elapsed() < Duration::from_secs(60) && fake.count("UpdateNodegroupConfig") == 0);
}

#[tokio::test(start_paused = true)]
async fn update_leaves_a_group_of_the_same_name() {
    let fake = Fake::new();
    let state = created(&fake).await.expect("a group");
    fake.change("blue", "workers", |live| live.arn = format!("{}-new", live.arn));
    let change = to_update(&state, |model| {
        model.labels = Map::of([("a".to_owned(), "b".to_owned())]);
        model.tags_all = Map::of([("team".to_owned(), "x".to_owned())]);
    });
    let (after, result) = updated(&fake, &change).await;
    assert!(text(&result.expect_err("no update")).contains("another process replaced the object after the plan"));
    assert_eq!(after, Some(state));
    assert_eq!((fake.count("UpdateNodegroupConfig"), fake.count("TagResource")), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn denied_creation_leaves_nothing() {
    let fake = Fake::new();
    let denied = ApiError::own(ErrorKind::Denied, "CreateNodegroup", "not authorized");
    fake.fail("CreateNodegroup", 1, &denied);
    let (state, result) = creation(&fake, &to_create(&config()), &limits()).await;
    assert_eq!(state, None);
    assert!(text(&result.expect_err("a failure")).contains("not authorized"));
}

#[tokio::test(start_paused = true)]
async fn update_goes_version_first_then_configuration_then_tags() {
    let fake = Fake::new();
    let state = created(&fake).await.expect("a group");
    {
        let mut world = fake.world();
        world.clusters.insert("blue".to_owned(), "1.34".to_owned());
        world.releases.insert(("AL2023_x86_64_STANDARD".to_owned(), "1.34".to_owned()), "1.34.1-20251002".to_owned());
    }
    let mut change = to_update(&state, |group| {
        group.version = "1.34".into();
        group.labels = Map::of([("a".to_owned(), "b".to_owned())]);
        group.tags_all = Map::of([("team".to_owned(), "x".to_owned())]);
    });
    change.planned.release_version = Attr::Unknown;
    let (state, result) = updated(&fake, &change).await;
    result.expect("an update");
    let state = state.expect("a state");
    assert_eq!(state.release_version, "1.34.1-20251002".into());
    assert_eq!(state.status, "ACTIVE".into());
    let order: Vec<_> = fake
        .calls()
        .into_iter()
        .filter(|call| matches!(*call, "UpdateNodegroupVersion" | "UpdateNodegroupConfig" | "TagResource"))
        .collect();
    assert_eq!(order, ["UpdateNodegroupVersion", "UpdateNodegroupConfig", "TagResource"]);
}

#[tokio::test(start_paused = true)]
async fn failed_update_reports_fix_and_records_live_state() {
    let fake = Fake::new();
    let state = created(&fake).await.expect("a group");
    fake.fail_update(&[issue("PodEvictionFailure")]);
    let change = to_update(&state, |group| group.labels = Map::of([("a".to_owned(), "b".to_owned())]));
    let (recorded, result) = updated(&fake, &change).await;
    let message = text(&result.expect_err("a failure"));
    assert!(message.contains("PodDisruptionBudget") && message.contains("force_update_version"), "{message}");
    assert_eq!(recorded.expect("a state").labels, state.labels);
}

/// An edit of a plan.
type Edit = fn(&mut NodeGroup);

/// Changes everything that can be changed in place, as another process would.
fn drift(fake: &Fake) {
    fake.change("blue", "workers", |live| {
        live.scaling = Some(Scaling { min: Some(1), max: Some(9), desired: Some(7) });
        live.labels.insert("foreign".to_owned(), "1".to_owned());
        live.taints.push(Taint { key: "foreign".to_owned(), value: None, effect: "NO_EXECUTE".to_owned() });
        live.tags.insert("foreign".to_owned(), "1".to_owned());
        live.warm_pool = Some(WarmPool { enabled: Some(true), min_size: Some(2), ..WarmPool::default() });
    });
    let group = fake.group("blue", "workers").expect("a group").auto_scaling_groups.remove(0);
    let tag = GroupTag { value: "1".to_owned(), propagate_at_launch: true };
    fake.world().group_tags.entry(group).or_default().insert("foreign".to_owned(), tag);
}

#[tokio::test(start_paused = true)]
async fn update_calls_only_for_planned_differences() {
    let edits: [(Edit, &[&str]); 8] = [
        (|planned| planned.drain_before_delete = Blocks::Known(vec![Default::default()]), &[]),
        (|planned| planned.timeouts = Blocks::Known(Some(Box::default())), &[]),
        (|planned| planned.skip_preflight = Set::of(["all".to_owned()]), &[]),
        (|planned| planned.force_update_version = Attr::Known(true), &[]),
        (|planned| planned.labels = Map::of([("a".to_owned(), "1".to_owned())]), &["UpdateNodegroupConfig"]),
        (
            |planned| {
                planned.tags = Map::of([("a".to_owned(), "1".to_owned())]);
                planned.tags_all = planned.tags.clone();
            },
            &["TagResource"],
        ),
        (
            |planned| planned.auto_scaling_group_tags = Map::of([("a".to_owned(), "1".to_owned())]),
            &["CreateOrUpdateTags"],
        ),
        (
            |planned| (planned.version, planned.release_version) = ("1.34".into(), Attr::Unknown),
            &["UpdateNodegroupVersion"],
        ),
    ];
    for (number, (edit, expected)) in edits.into_iter().enumerate() {
        let fake = Fake::new();
        let state = created(&fake).await.expect("a group");
        fake.world().clusters.insert("blue".to_owned(), "1.34".to_owned());
        drift(&fake);
        let before = fake.group("blue", "workers").expect("a group");
        let change = to_update(&state, edit);
        let made = fake.calls().len();
        let (recorded, result) = updated(&fake, &change).await;
        result.expect("an update");
        let reads = ["DescribeNodegroup", "DescribeUpdate", "DescribeTags"];
        let calls: Vec<_> = fake.calls()[made..].iter().copied().filter(|call| !reads.contains(call)).collect();
        assert_eq!(calls, expected, "{number}");
        let after = fake.group("blue", "workers").expect("a group");
        assert_eq!(
            (after.scaling, &after.taints, &after.warm_pool),
            (before.scaling, &before.taints, &before.warm_pool)
        );
        assert!(after.labels.contains_key("foreign") && after.tags.contains_key("foreign"), "{number}");
        let tags = fake.world().group_tags[&after.auto_scaling_groups[0]].clone();
        assert!(tags.contains_key("foreign"), "{number}");
        // The state contains the planned values, so the next refresh shows the rest as drift.
        let recorded = recorded.expect("a state");
        assert_eq!((recorded.scaling_config, recorded.labels), (change.planned.scaling_config, change.planned.labels));
    }
}

#[tokio::test(start_paused = true)]
async fn size_outside_of_a_new_range_is_moved_and_told() {
    let fake = Fake::new();
    let state = created(&fake).await.expect("a group");
    fake.change("blue", "workers", |live| {
        live.scaling = Some(Scaling { min: Some(1), max: Some(9), desired: Some(7) })
    });
    let change = to_update(&state, |group| {
        if let Some(scaling) = group.scaling_config.first_mut() {
            scaling.max_size = Attr::Known(5);
        }
    });
    let mut record = Record::new(change.prior.clone(), Private::default());
    update::update(&fake, &Kubernetes::default(), &TagPolicy::default(), &limits(), &change, &mut record)
        .await
        .expect("an update");
    let live = fake.group("blue", "workers").expect("a group");
    assert_eq!(live.scaling, Some(Scaling { min: Some(1), max: Some(5), desired: Some(5) }));
    let said = text(&record.diagnostics);
    assert!(said.contains("had 7 nodes") && said.contains("from 7 to 5"), "{said}");
    assert_eq!(record.state().map(|state| &state.scaling_config), Some(&change.planned.scaling_config));
}

#[tokio::test(start_paused = true)]
async fn deletion_of_a_missing_group_succeeds() {
    let fake = Fake::new();
    delete::delete(&fake, &limits(), "blue", "nobody", &NodeGroupStatus::Active).await.expect("nothing to do");
    created(&fake).await.expect("a group");
    delete::delete(&fake, &limits(), "blue", "workers", &NodeGroupStatus::Active).await.expect("a deletion");
    assert_eq!(fake.group("blue", "workers"), None);
}

#[tokio::test(start_paused = true)]
async fn failed_delete_reports_eks_health_issue() {
    let fake = Fake::new();
    created(&fake).await.expect("a group");
    fake.fail_deletion(&[issue("Ec2SecurityGroupDeletionFailure")]);
    let error =
        delete::delete(&fake, &limits(), "blue", "workers", &NodeGroupStatus::Active).await.expect_err("a failure");
    assert!(text(&error).contains("Ec2SecurityGroupDeletionFailure"));
}

#[tokio::test(start_paused = true)]
async fn delete_retries_after_delete_failed_and_ignores_stale_status() {
    let fake = Fake::new();
    created(&fake).await.expect("a group");
    fake.fail_deletion(&[issue("Ec2SecurityGroupDeletionFailure")]);
    let retry = async |status: &str| delete::delete(&fake, &limits(), "blue", "workers", &status.into()).await;
    retry("ACTIVE").await.expect_err("a failure");
    fake.world().stale_after_deletion = 2;
    retry("DELETE_FAILED").await.expect("a deletion");
    assert_eq!((fake.group("blue", "workers"), fake.count("DeleteNodegroup")), (None, 2));
    created(&fake).await.expect("a group");
    for _ in 0..2 {
        fake.fail_deletion(&[issue("Ec2SecurityGroupDeletionFailure")]);
        retry("DELETE_FAILED").await.expect_err("a failure again");
    }
}

#[tokio::test(start_paused = true)]
async fn creation_waits_for_the_end_of_a_deletion_under_the_same_name() {
    let fake = Fake::new();
    let first = created(&fake).await.expect("a group");
    fake.delete("blue", "workers").await.expect("a deletion");
    let second = created(&fake).await.expect("another group");
    assert_ne!(first.arn, second.arn);
    assert_eq!(second.status, "ACTIVE".into());
}

/// Returns the plan of an existing object with an edited configuration.
async fn planned(fake: &Fake, state: &NodeGroup, edit: impl Fn(&mut NodeGroup)) -> Plan<NodeGroup> {
    let (mut config, mut planned) = (config(), state.clone());
    edit(&mut config);
    edit(&mut planned);
    (planned.version, planned.release_version) =
        (config.version.clone().known().cloned().map_or(Attr::Unknown, Attr::Known), Attr::Unknown);
    let mut made = Plan::new(config, Some(state.clone()), planned);
    plan::plan(Some(fake), Some("eu-west-1"), &mut made).await.expect("a plan");
    release::newest(ground(fake, &RunLedger::default()), &mut made).await;
    made
}

#[tokio::test(start_paused = true)]
async fn pinned_group_keeps_its_release_and_a_new_version_frees_it() {
    let fake = Fake::new();
    let state = created(&fake).await.expect("a group");
    let same = planned(&fake, &state, |group| group.labels = Map::of([])).await.planned;
    assert_eq!((same.version, same.release_version), (state.version.clone(), state.release_version.clone()));
    let next = planned(&fake, &state, |group| group.version = "1.34".into()).await.planned;
    assert_eq!((next.version, next.release_version), ("1.34".into(), Attr::Unknown));
}

#[tokio::test(start_paused = true)]
async fn configured_region_and_prefix_that_are_unknown_stay_so() {
    let config = NodeGroup { region: Attr::Unknown, node_group_name_prefix: Attr::Unknown, ..config() };
    let planned = to_create(&config).planned;
    let mut made = Plan::new(config, None, planned);
    plan::plan(None, Some("eu-west-1"), &mut made).await.expect("a plan");
    assert!(made.planned.region.is_unknown() && made.planned.node_group_name_prefix.is_unknown());
    made.config = self::config();
    plan::plan(None, Some("eu-west-1"), &mut made).await.expect("a plan");
    assert_eq!((made.planned.region, made.planned.node_group_name_prefix), ("eu-west-1".into(), Attr::Null));
}

#[tokio::test(start_paused = true)]
async fn group_in_deleting_status_is_replaced() {
    let fake = Fake::new();
    let mut state = created(&fake).await.expect("a group");
    assert!(!planned(&fake, &state, |_| ()).await.is_replace());
    state.status = "DELETING".into();
    let made = planned(&fake, &state, |_| ()).await;
    assert!(made.is_replace() && text(&made.diagnostics).contains("is being deleted"));
}

#[tokio::test(start_paused = true)]
async fn group_whose_tagging_fails_is_kept_untainted() {
    let fake = Fake::new();
    let denied = ApiError::own(ErrorKind::Denied, "CreateOrUpdateTags", "not authorized");
    fake.fail("CreateOrUpdateTags", 1, &denied);
    let tags = Map::of([("k8s.io/cluster-autoscaler/node-template/label/x".to_owned(), "y".to_owned())]);
    let change = to_create(&NodeGroup { auto_scaling_group_tags: tags, ..config() });
    let mut record = Record::new(None, Private::default());
    let ledger = RunLedger::default();
    create::create(ground(&fake, &ledger), &TagPolicy::default(), &limits(), &change, &mut record)
        .await
        .expect("a group");
    assert!(text(&record.diagnostics).contains("next apply retries the tags"));
    assert_eq!(fake.count("DeleteNodegroup"), 0);
}

#[tokio::test(start_paused = true)]
async fn latest_policy_leaves_an_ami_of_the_users_own_alone() {
    let fake = Fake::new();
    let mut state = created(&fake).await.expect("a group");
    (state.ami_type, state.version, state.release_version) = ("CUSTOM".into(), Attr::Null, "ami-1".into());
    let same = planned(&fake, &state, |group| group.ami_update_policy = "latest".into()).await.planned;
    assert_eq!((same.version, same.release_version), (Attr::Null, "ami-1".into()));
}

#[tokio::test(start_paused = true)]
async fn latest_policy_plans_the_recommended_release() {
    let fake = Fake::new();
    let state = created(&fake).await.expect("a group");
    let newer = "1.33.9-20261101".to_owned();
    let usual = ("AL2023_x86_64_STANDARD".to_owned(), "1.33".to_owned());
    fake.world().releases.insert(usual, newer.clone());
    let latest = planned(&fake, &state, |group| group.ami_update_policy = "latest".into()).await.planned;
    assert_eq!(latest.release_version, newer.into());
    let pinned = planned(&fake, &state, |_| {}).await.planned;
    assert_eq!(pinned.release_version, state.release_version);
}

#[tokio::test(start_paused = true)]
async fn release_published_after_the_plan_waits() {
    let fake = Fake::new();
    let state = created(&fake).await.expect("a group");
    let publish = |release: &str| {
        let usual = ("AL2023_x86_64_STANDARD".to_owned(), "1.33".to_owned());
        fake.world().releases.insert(usual, release.to_owned());
    };
    let latest = |ledger: RunLedger, facts: PlanFacts| {
        let fake = fake.clone();
        let (config, planned) = (config(), NodeGroup { ami_update_policy: "latest".into(), ..state.clone() });
        let mut plan = Plan { facts, ..Plan::new(config, Some(state.clone()), planned) };
        async move {
            release::newest(ground(&fake, &ledger), &mut plan).await;
            (plan.planned.release_version, plan.facts)
        }
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let in_folder = || RunLedger::new(CreationRecords::in_directory(folder.path()));
    let planning = in_folder();
    planning.record_state_read();
    publish("1.33.8-20261001");
    let (planned, facts) = latest(planning, PlanFacts::default()).await;
    assert_eq!(planned, "1.33.8-20261001".into());
    publish("1.33.9-20261101");
    assert_eq!(latest(in_folder(), PlanFacts::default()).await.0, planned, "the apply finds the fact in the directory");
    assert_eq!(latest(RunLedger::default(), facts).await.0, planned, "the client returns the fact");
    let again = in_folder();
    again.record_state_read();
    assert_eq!(latest(again, PlanFacts::default()).await.0, "1.33.9-20261101".into(), "the next plan");
}

#[tokio::test(start_paused = true)]
async fn unread_recommendation_is_a_warning_that_names_the_action() {
    let fake = Fake::new();
    let state = created(&fake).await.expect("a group");
    fake.fail("GetParameter", 1, &ApiError::own(ErrorKind::Denied, "GetParameter", "not authorized"));
    let plan = planned(&fake, &state, |group| group.ami_update_policy = "latest".into()).await;
    assert!(!plan.diagnostics.has_error() && text(&plan.diagnostics).contains("ssm:GetParameter"));
    assert_eq!(plan.planned.release_version, state.release_version);
}

#[tokio::test(start_paused = true)]
async fn size_is_moved_into_the_new_range_and_no_further() {
    let fake = Fake::new();
    let state = created(&fake).await.expect("a group");
    let sizes = |min: i64, max: i64| {
        move |group: &mut NodeGroup| {
            let scaling = group.scaling_config.first_mut().expect("sizes");
            (scaling.min_size, scaling.max_size) = (Attr::Known(min), Attr::Known(max));
        }
    };
    let desired =
        |plan: Plan<NodeGroup>| plan.planned.scaling_config.first().and_then(|s| s.desired_size.known().copied());
    assert_eq!(desired(planned(&fake, &state, sizes(0, 9)).await), Some(1));
    assert_eq!(desired(planned(&fake, &state, sizes(2, 9)).await), Some(2));
}

#[tokio::test(start_paused = true)]
async fn rollback_by_one_minor_version_warns_and_further_fails() {
    let fake = Fake::new();
    let state = created(&fake).await.expect("a group");
    for (version, is_error) in [("1.32", false), ("1.31", true)] {
        let edit = move |group: &mut NodeGroup| group.version = version.into();
        let plan = planned(&fake, &state, edit).await;
        assert_eq!(plan.diagnostics.has_error(), is_error, "{version}");
        let told = plan.diagnostics.iter().next().expect("a message");
        assert_eq!(told.path.as_ref().map(ToString::to_string).as_deref(), Some("version"));
        assert_eq!((plan.planned.version, plan.planned.release_version), (version.into(), Attr::Unknown));
    }
    let change = to_update(&state, |group| (group.version, group.release_version) = ("1.32".into(), Attr::Unknown));
    updated(&fake, &change).await.1.expect("an update");
    assert_eq!(fake.group("blue", "workers").and_then(|live| live.version).as_deref(), Some("1.32"));
}

#[tokio::test(start_paused = true)]
async fn excluded_size_that_stays_planned_is_an_error() {
    let fake = Fake::new();
    let mut state = created(&fake).await.expect("a group");
    let size = |group: &mut NodeGroup, size: Attr<i64>, min: i64| {
        if let Some(scaling) = group.scaling_config.first_mut() {
            (scaling.desired_size, scaling.min_size, scaling.max_size) = (size, Attr::Known(min), Attr::Known(9));
        }
    };
    size(&mut state, Attr::Known(2), 1);
    // As with `ignore_changes`: the configuration of the plan contains the stored size.
    let plan = planned(&fake, &state, |group| size(group, Attr::Known(2), 3)).await;
    assert!(plan.diagnostics.has_error(), "{}", text(&plan.diagnostics));
    assert!(text(&plan.diagnostics).contains("desired_size remains 2"), "{}", text(&plan.diagnostics));
    let plan = planned(&fake, &state, |group| size(group, Attr::Null, 3)).await;
    assert!(plan.diagnostics.is_empty());
}

#[tokio::test(start_paused = true)]
async fn omitted_warm_pool_limit_is_removed() {
    let fake = Fake::new();
    let mut state = created(&fake).await.expect("a group");
    let pool = |limit: Attr<i64>| {
        let pool = WarmPoolConfig {
            max_group_prepared_capacity: limit,
            min_size: Attr::Known(0),
            pool_state: "STOPPED".into(),
            reuse_on_scale_in: Attr::Known(false),
        };
        Blocks::Known(vec![pool])
    };
    fake.change("blue", "workers", |live| {
        let pool = WarmPool { enabled: Some(true), max_group_prepared_capacity: Some(5), ..WarmPool::default() };
        live.warm_pool = Some(pool);
    });
    state.warm_pool_config = pool(Attr::Known(5));
    let mut made = planned(&fake, &state, |_| ()).await;
    // The argument was removed from the configuration. Terraform core proposes the stored value of a computed
    // attribute.
    (made.config.warm_pool_config, made.planned.warm_pool_config) = (pool(Attr::Null), pool(Attr::Known(5)));
    plan::plan(Some(&fake), Some("eu-west-1"), &mut made).await.expect("a plan");
    assert_eq!(made.planned.warm_pool_config, pool(Attr::Null));
    let change = to_update(&state, |group| group.warm_pool_config = pool(Attr::Null));
    let (recorded, result) = updated(&fake, &change).await;
    result.expect("an update");
    let live = fake.group("blue", "workers").and_then(|live| live.warm_pool).expect("a pool");
    assert_eq!(live.max_group_prepared_capacity, Some(-1));
    // The next refresh finds no drift, regardless of the representation in the API.
    let live = fake.group("blue", "workers").expect("a group");
    let read = api::from_live(&recorded.expect("a state"), &live, &TagPolicy::default());
    assert_eq!(read.warm_pool_config.first().map(|pool| pool.max_group_prepared_capacity), Some(Attr::Null));
}
