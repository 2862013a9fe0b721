//! Settings of a group that are set, read, and restored, with a fake for AWS.

use clients::errors::{ApiError, ErrorKind};
use clients::run_ledger::RunLedger;
use framework::blocks::ListBlock;
use framework::diagnostics::Diagnostics;
use framework::model::{Attr, List, Set};
use framework::private::Private;
use framework::resource::{Change, Record};
use framework::tags::TagPolicy;

use super::super::create;
use super::super::fake::Fake;
use super::super::group_settings::GroupSettings;
use super::super::model::NodeGroup;
use super::super::tests::{config, ground, limits, text, to_create, to_update};
use super::super::update;
use super::originals::{Original, Originals};
use super::unprotect;

/// The Auto Scaling group of the first node group of a fake.
pub(super) const GROUP: &str = "eks-workers-1";

/// The calls that change a group.
const WRITES: [&str; 8] = [
    "AttachTrafficSources",
    "DetachTrafficSources",
    "DisableMetricsCollection",
    "EnableMetricsCollection",
    "ResumeProcesses",
    "SetInstanceProtection",
    "SuspendProcesses",
    "UpdateAutoScalingGroup",
];

pub(super) fn names(names: &[&str]) -> Set<String> {
    Set::of(names.iter().map(|name| (*name).to_owned()))
}

pub(super) fn suspending(processes: &[&str]) -> GroupSettings {
    GroupSettings { suspended_processes: names(processes), ..GroupSettings::default() }
}

fn target_group(number: usize) -> String {
    format!("arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web-{number}/0123456789abcdef")
}

/// Settings with every argument.
fn all_settings() -> GroupSettings {
    GroupSettings {
        capacity_rebalance: Attr::Known(true),
        enabled_metrics: names(&["GroupMaxSize", "GroupMinSize"]),
        protect_from_scale_in: Attr::Known(true),
        suspended_processes: names(&["AZRebalance", "ScheduledActions"]),
        target_group_arns: Set::of((0..12).map(target_group)),
        termination_policies: List::of(["NewestInstance".to_owned()]),
    }
}

/// Creates the node group, and returns its state and its private data.
pub(super) async fn create_with(fake: &Fake, settings: GroupSettings) -> (NodeGroup, Private) {
    let planned = NodeGroup { auto_scaling_group: ListBlock::of([settings]), ..config() };
    let (record, result) = create_from(fake, &planned, Private::default()).await;
    result.expect("a node group");
    let private = record.private.clone();
    (record.into_state().expect("a state"), private)
}

async fn create_from(
    fake: &Fake,
    planned: &NodeGroup,
    private: Private,
) -> (Record<NodeGroup>, Result<(), Diagnostics>) {
    let mut record = Record::new(None, private);
    let (policy, ledger) = (TagPolicy::default(), RunLedger::default());
    let change = to_create(planned);
    let result = create::create(ground(fake, &ledger), &policy, &limits(), &change, &mut record).await;
    (record, result)
}

/// Updates the node group, and returns the record.
pub(super) async fn update_to(
    fake: &Fake,
    change: &Change<NodeGroup>,
    private: &Private,
) -> (Record<NodeGroup>, Result<(), Diagnostics>) {
    let mut record = Record::new(change.prior.clone(), private.clone());
    let kubernetes = clients::kube::fake::Fake::default();
    let policy = TagPolicy::default();
    let result = update::update(fake, &kubernetes, &policy, &limits(), change, &mut record).await;
    (record, result)
}

/// Changes the settings, and returns the state and the private data.
async fn change_to(
    fake: &Fake,
    state: &NodeGroup,
    private: &Private,
    settings: Option<GroupSettings>,
) -> (NodeGroup, Private) {
    let blocks = || ListBlock::of(settings.clone());
    let change = to_update(state, |planned| planned.auto_scaling_group = blocks());
    let (record, result) = update_to(fake, &change, private).await;
    result.expect("an update");
    let private = record.private.clone();
    (record.into_state().expect("a state"), private)
}

async fn read(fake: &Fake, state: &NodeGroup) -> GroupSettings {
    let live = fake.group("blue", "workers").expect("a group");
    let found = super::read(fake, &state.auto_scaling_group, &live).await.expect("settings");
    found.first().cloned().expect("a block")
}

/// Returns the calls since a number of calls that read or change an Auto Scaling group.
pub(super) fn scaling_calls(fake: &Fake, since: usize) -> Vec<&'static str> {
    let is_scaling = |call: &&str| WRITES.contains(call) || *call == "DescribeAutoScalingGroups";
    fake.calls().into_iter().skip(since).filter(is_scaling).collect()
}

pub(super) fn writes(fake: &Fake, since: usize) -> Vec<&'static str> {
    scaling_calls(fake, since).into_iter().filter(|call| WRITES.contains(call)).collect()
}

fn denied(operation: &'static str) -> ApiError {
    ApiError::own(ErrorKind::Denied, operation, "not authorized")
}

#[tokio::test(start_paused = true)]
async fn settings_are_set_after_creation_and_read_back() {
    let fake = Fake::new();
    fake.world().protected_instances.insert(GROUP.to_owned(), [("i-1".to_owned(), false)].into());
    let (state, _) = create_with(&fake, all_settings()).await;
    let expected = [
        "AttachTrafficSources",
        "AttachTrafficSources",
        "SuspendProcesses",
        "EnableMetricsCollection",
        "SetInstanceProtection",
        "UpdateAutoScalingGroup",
    ];
    assert_eq!(writes(&fake, 0), expected);
    {
        let mut world = fake.world();
        assert!(world.protected_instances[GROUP]["i-1"]);
        let live = world.scaling_group(GROUP);
        assert!(live.suspended_processes.keys().eq(["AZRebalance", "ScheduledActions"]));
        assert_eq!((live.target_groups.len(), live.metrics.len()), (12, 2));
        assert_eq!((live.protects_new_instances, live.capacity_rebalance), (true, true));
        assert_eq!(live.termination_policies, ["NewestInstance"]);
    }
    assert_eq!(state.auto_scaling_group.first(), Some(&all_settings()));
    assert_eq!(read(&fake, &state).await, all_settings());
}

#[tokio::test(start_paused = true)]
async fn group_without_settings_is_neither_read_nor_changed() {
    for settings in [ListBlock::default(), ListBlock::of([GroupSettings::default()])] {
        let fake = Fake::new();
        let planned = NodeGroup { auto_scaling_group: settings, ..config() };
        let (record, result) = create_from(&fake, &planned, Private::default()).await;
        result.expect("a node group");
        let state = record.state().cloned().expect("a state");
        let change = to_update(&state, |planned| planned.force_update_version = Attr::Known(true));
        update_to(&fake, &change, &record.private).await.1.expect("an update");
        let live = fake.group("blue", "workers").expect("a group");
        let found = super::read(&fake, &state.auto_scaling_group, &live).await.expect("no call");
        assert_eq!(found, state.auto_scaling_group);
        assert_eq!(scaling_calls(&fake, 0), Vec::<&str>::new());
        assert_eq!(record.private, Private::default());
    }
}

#[tokio::test(start_paused = true)]
async fn settings_that_are_already_correct_cost_no_write() {
    let fake = Fake::new();
    {
        let mut world = fake.world();
        let live = world.scaling_group(GROUP);
        live.suspended_processes.insert("AZRebalance".to_owned(), "User suspended".to_owned());
        live.metrics.insert("GroupMinSize".to_owned());
        live.target_groups.insert(target_group(1));
        live.termination_policies = vec!["NewestInstance".to_owned()];
    }
    let settings = GroupSettings {
        capacity_rebalance: Attr::Known(false),
        enabled_metrics: names(&["GroupMinSize"]),
        protect_from_scale_in: Attr::Known(false),
        suspended_processes: names(&["AZRebalance"]),
        target_group_arns: Set::of([target_group(1)]),
        termination_policies: List::of(["NewestInstance".to_owned()]),
    };
    let (state, private) = create_with(&fake, settings).await;
    assert_eq!(writes(&fake, 0), Vec::<&str>::new());
    // None of it was set by the provider, so the removal of the block leaves all of it unchanged.
    change_to(&fake, &state, &private, None).await;
    assert_eq!(writes(&fake, 0), Vec::<&str>::new());
}

#[tokio::test(start_paused = true)]
async fn removing_the_block_restores_the_original_values_and_nothing_else() {
    let fake = Fake::new();
    {
        let mut world = fake.world();
        let instances = [("i-1".to_owned(), false), ("i-2".to_owned(), true)];
        world.protected_instances.insert(GROUP.to_owned(), instances.into());
        let live = world.scaling_group(GROUP);
        live.suspended_processes.insert("ScheduledActions".to_owned(), "User suspended".to_owned());
    }
    let before = fake.world().scaling_group(GROUP).clone();
    let (state, private) = create_with(&fake, all_settings()).await;
    {
        let mut world = fake.world();
        let live = world.scaling_group(GROUP);
        live.suspended_processes.insert("AlarmNotification".to_owned(), "User suspended".to_owned());
        live.metrics.insert("GroupTotalInstances".to_owned());
    }
    let (state, private) = change_to(&fake, &state, &private, None).await;
    let mut expected = before;
    expected.suspended_processes.insert("AlarmNotification".to_owned(), "User suspended".to_owned());
    expected.metrics.insert("GroupTotalInstances".to_owned());
    assert_eq!(*fake.world().scaling_group(GROUP), expected);
    let instances = fake.world().protected_instances[GROUP].clone();
    assert_eq!(instances, [("i-1".to_owned(), false), ("i-2".to_owned(), true)].into());
    assert_eq!(state.auto_scaling_group.first(), None);
    assert_eq!(private, Private::default());
}

#[tokio::test(start_paused = true)]
async fn removing_an_argument_restores_only_this_argument() {
    let fake = Fake::new();
    let (state, private) = create_with(&fake, all_settings()).await;
    let fewer = GroupSettings {
        suspended_processes: names(&["ScheduledActions"]),
        termination_policies: Attr::Null,
        ..all_settings()
    };
    let since = fake.calls().len();
    let (_, private) = change_to(&fake, &state, &private, Some(fewer)).await;
    assert_eq!(writes(&fake, since), ["ResumeProcesses", "UpdateAutoScalingGroup"]);
    let original = Originals::of(&private).get(GROUP);
    assert!(original.suspended_processes.keys().eq(["ScheduledActions"]));
    assert_eq!((original.termination_policies, original.capacity_rebalance), (None, Some(false)));
    let mut world = fake.world();
    let live = world.scaling_group(GROUP);
    assert_eq!(live.termination_policies, ["OldestLaunchTemplate", "OldestInstance", "Default"]);
    assert!(live.capacity_rebalance && live.suspended_processes.keys().eq(["ScheduledActions"]));
}

#[tokio::test(start_paused = true)]
async fn changed_settings_are_drift_only_if_they_are_configured() {
    let fake = Fake::new();
    let settings = GroupSettings { protect_from_scale_in: Attr::Known(true), ..suspending(&["AZRebalance"]) };
    let (state, private) = create_with(&fake, settings.clone()).await;
    {
        let mut world = fake.world();
        let live = world.scaling_group(GROUP);
        live.capacity_rebalance = true;
        live.metrics.insert("GroupMinSize".to_owned());
        live.suspended_processes.insert("Launch".to_owned(), "Administrative".to_owned());
        live.termination_policies.clear();
    }
    assert_eq!(read(&fake, &state).await, settings);
    {
        let mut world = fake.world();
        let live = world.scaling_group(GROUP);
        live.suspended_processes.remove("AZRebalance");
        live.protects_new_instances = false;
    }
    let drifted = read(&fake, &state).await;
    assert_eq!(drifted, GroupSettings { protect_from_scale_in: Attr::Known(false), ..suspending(&[]) });
    // The next apply sets them again, and a later removal still restores what was there before the block.
    let state = NodeGroup { auto_scaling_group: ListBlock::of([drifted]), ..state };
    let (state, private) = change_to(&fake, &state, &private, Some(settings.clone())).await;
    assert_eq!(read(&fake, &state).await, settings);
    change_to(&fake, &state, &private, None).await;
    assert!(fake.world().scaling_group(GROUP).suspended_processes.keys().eq(["Launch"]));
}

#[tokio::test(start_paused = true)]
async fn process_that_aws_suspended_is_not_resumed() {
    let fake = Fake::new();
    let (state, private) = create_with(&fake, suspending(&["AZRebalance", "HealthCheck"])).await;
    let reason = "Administrative suspension".to_owned();
    fake.world().scaling_group(GROUP).suspended_processes.insert("HealthCheck".to_owned(), reason);
    change_to(&fake, &state, &private, None).await;
    assert!(fake.world().scaling_group(GROUP).suspended_processes.keys().eq(["HealthCheck"]));
}

#[tokio::test(start_paused = true)]
async fn protection_covers_existing_instances_in_batches() {
    let fake = Fake::new();
    let instances = (0..120).map(|number| (format!("i-{number:03}"), false)).collect();
    fake.world().protected_instances.insert(GROUP.to_owned(), instances);
    let settings = GroupSettings { protect_from_scale_in: Attr::Known(true), ..GroupSettings::default() };
    let (state, private) = create_with(&fake, settings).await;
    assert!(fake.world().protected_instances[GROUP].values().all(|protected| *protected));
    assert_eq!(fake.count("SetInstanceProtection"), 3);
    let settings = GroupSettings { protect_from_scale_in: Attr::Known(false), ..GroupSettings::default() };
    change_to(&fake, &state, &private, Some(settings)).await;
    assert!(!fake.world().protected_instances[GROUP].values().any(|protected| *protected));
}

#[tokio::test(start_paused = true)]
async fn protection_is_removed_before_a_deletion() {
    let fake = Fake::new();
    fake.world().protected_instances.insert(GROUP.to_owned(), [("i-1".to_owned(), false)].into());
    let settings = GroupSettings { protect_from_scale_in: Attr::Known(true), ..GroupSettings::default() };
    let (state, _) = create_with(&fake, settings).await;
    let live = fake.group("blue", "workers").expect("a group");
    unprotect(&fake, &limits(), &state, &live).await;
    assert!(!fake.world().protected_instances[GROUP]["i-1"]);
    let denied = ApiError::own(ErrorKind::Denied, "DescribeAutoScalingGroups", "not authorized");
    fake.fail("DescribeAutoScalingGroups", 9, &denied);
    unprotect(&fake, &limits(), &state, &live).await;
}

#[tokio::test(start_paused = true)]
async fn instance_that_leaves_the_group_is_skipped() {
    let fake = Fake::new();
    fake.world().protected_instances.insert(GROUP.to_owned(), [("i-1".to_owned(), false)].into());
    let gone = ApiError::own(
        ErrorKind::Invalid,
        "SetInstanceProtection",
        "The instance i-1 is not in InService or EnteringStandby or Standby.",
    );
    fake.fail("SetInstanceProtection", 1, &gone);
    let settings = GroupSettings { protect_from_scale_in: Attr::Known(true), ..GroupSettings::default() };
    create_with(&fake, settings).await;
    assert_eq!((fake.count("SetInstanceProtection"), fake.world().protected_instances[GROUP]["i-1"]), (2, true));
}

#[tokio::test(start_paused = true)]
async fn lost_response_of_a_detach_is_not_an_error() {
    let fake = Fake::new();
    let settings = GroupSettings { target_group_arns: Set::of([target_group(1)]), ..GroupSettings::default() };
    let (state, private) = create_with(&fake, settings).await;
    fake.lose_answer("DetachTrafficSources");
    change_to(&fake, &state, &private, None).await;
    assert_eq!(fake.world().scaling_group(GROUP).target_groups.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn new_group_whose_settings_fail_is_kept_untainted() {
    let fake = Fake::new();
    fake.fail("SuspendProcesses", 1, &denied("SuspendProcesses"));
    let planned = NodeGroup { auto_scaling_group: ListBlock::of([suspending(&["AZRebalance"])]), ..config() };
    let (record, result) = create_from(&fake, &planned, Private::default()).await;
    result.expect("a node group");
    let warnings = text(&record.diagnostics);
    assert!(warnings.contains("next apply retries the settings") && warnings.contains(GROUP), "{warnings}");
    // The next refresh shows the difference, and its apply sets it.
    let state = record.state().cloned().expect("a state");
    assert_eq!(read(&fake, &state).await, suspending(&[]));
}

#[tokio::test(start_paused = true)]
async fn failed_update_stores_prior_and_planned_settings() {
    let fake = Fake::new();
    let (state, private) = create_with(&fake, suspending(&["AZRebalance", "AlarmNotification"])).await;
    fake.fail("ResumeProcesses", 1, &denied("ResumeProcesses"));
    let after = GroupSettings { enabled_metrics: names(&["GroupMinSize"]), ..suspending(&["ScheduledActions"]) };
    let change = to_update(&state, |planned| planned.auto_scaling_group = ListBlock::of([after.clone()]));
    let (record, result) = update_to(&fake, &change, &private).await;
    let errors = result.expect_err("a denial");
    let path = errors.iter().next().and_then(|error| error.path.clone()).map(|path| path.to_string());
    assert_eq!(path.as_deref(), Some("auto_scaling_group[0].suspended_processes"));
    let private = record.private.clone();
    let state = record.into_state().expect("a state");
    // Suspended, but not resumed, and the metrics were not reached.
    let found = read(&fake, &state).await;
    let all = ["AZRebalance", "AlarmNotification", "ScheduledActions"];
    assert_eq!(found, GroupSettings { enabled_metrics: names(&[]), ..suspending(&all) });
    let state = NodeGroup { auto_scaling_group: ListBlock::of([found]), ..state };
    change_to(&fake, &state, &private, Some(after)).await;
    assert!(fake.world().scaling_group(GROUP).suspended_processes.keys().eq(["ScheduledActions"]));
}

#[tokio::test(start_paused = true)]
async fn replacement_forgets_the_values_of_the_replaced_group() {
    let fake = Fake::new();
    let mut private = Private::default();
    let stale = Original { capacity_rebalance: Some(true), ..Original::default() };
    Originals::default().store("eks-workers-0", stale.clone(), &mut private);
    let planned = NodeGroup { auto_scaling_group: ListBlock::of([suspending(&["AZRebalance"])]), ..config() };
    let (record, _) = create_from(&fake, &planned, private).await;
    assert_eq!(Originals::of(&record.private).get("eks-workers-0"), Original::default());
    let suspended = [("AZRebalance".to_owned(), false)].into();
    assert_eq!(Originals::of(&record.private).get(GROUP).suspended_processes, suspended);
}

#[tokio::test(start_paused = true)]
async fn deleted_group_fails_a_change_but_not_a_removal() {
    let fake = Fake::new();
    let (state, private) = create_with(&fake, suspending(&["AZRebalance"])).await;
    fake.change("blue", "workers", |live| live.auto_scaling_groups = vec![GROUP.to_owned()]);
    let other = "eks-workers-gone".to_owned();
    let mut live = fake.group("blue", "workers").expect("a group");
    live.auto_scaling_groups = vec![other.clone()];
    let found = super::read(&fake, &state.auto_scaling_group, &live).await.expect("settings");
    assert_eq!(found, state.auto_scaling_group, "a missing group has no drift");
    let mut private = private;
    for (settings, fails) in [(Some(suspending(&["HealthCheck"])), true), (None, false)] {
        let planned = NodeGroup { auto_scaling_group: ListBlock::of(settings), ..state.clone() };
        let result = super::apply(&fake, &limits(), &planned, Some(&state), &live, &mut private).await;
        assert_eq!(result.is_err_and(|errors| text(&errors).contains("eks-workers-gone not found")), fails);
    }
}
