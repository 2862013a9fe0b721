//! `AZRebalance` during a rolling update.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use clients::errors::{ApiError, ErrorKind};
use clients::issues::Issue;
use clients::wait::Limits;
use framework::blocks::ListBlock;
use framework::model::Attr;
use framework::private::Private;
use framework::resource::{Change, Record};
use framework::tags::TagPolicy;

use super::super::fake::Fake;
use super::super::group_settings::GroupSettings;
use super::super::model::NodeGroup;
use super::super::tests::{text, to_update};
use super::super::update;
use super::tests::{GROUP, create_with, scaling_calls, suspending, update_to};

/// A cluster with a node group that can be upgraded.
async fn upgradable(settings: GroupSettings) -> (Fake, NodeGroup, Private) {
    let fake = Fake::new();
    let (state, private) = create_with(&fake, settings).await;
    fake.world().clusters.insert("blue".to_owned(), "1.34".to_owned());
    (fake, state, private)
}

/// Returns the plan of an upgrade, with these settings.
fn upgrade(state: &NodeGroup, settings: Option<GroupSettings>) -> Change<NodeGroup> {
    let blocks = || ListBlock::of(settings.clone());
    to_update(state, |planned| {
        (planned.version, planned.release_version) = ("1.34".into(), Attr::Unknown);
        planned.auto_scaling_group = blocks();
    })
}

fn is_suspended(fake: &Fake) -> bool {
    fake.world().scaling_group(GROUP).suspended_processes.contains_key("AZRebalance")
}

/// Returns the order of the update and of the changes of processes.
fn order(fake: &Fake, since: usize) -> Vec<&'static str> {
    let relevant = |call: &&str| matches!(*call, "UpdateNodegroupVersion" | "ResumeProcesses" | "SuspendProcesses");
    fake.calls().into_iter().skip(since).filter(relevant).collect()
}

#[tokio::test(start_paused = true)]
async fn rebalancing_is_resumed_for_a_rolling_update_and_suspended_again() {
    let settings = suspending(&["AZRebalance", "ScheduledActions"]);
    let (fake, state, private) = upgradable(settings.clone()).await;
    let since = fake.calls().len();
    let (record, result) = update_to(&fake, &upgrade(&state, Some(settings)), &private).await;
    result.expect("an update");
    assert_eq!(order(&fake, since), ["ResumeProcesses", "UpdateNodegroupVersion", "SuspendProcesses"]);
    let live = fake.world().scaling_group(GROUP).clone();
    assert!(live.suspended_processes.keys().eq(["AZRebalance", "ScheduledActions"]));
    assert_eq!(record.private, private, "the removal of the block still resumes the processes");
}

#[tokio::test(start_paused = true)]
async fn rolling_update_without_suspended_rebalancing_does_not_read_the_group() {
    for settings in [GroupSettings::default(), suspending(&["ScheduledActions"])] {
        let (fake, state, private) = upgradable(settings.clone()).await;
        let since = fake.calls().len();
        update_to(&fake, &upgrade(&state, Some(settings)), &private).await.1.expect("an update");
        assert_eq!(scaling_calls(&fake, since), Vec::<&str>::new());
    }
}

#[tokio::test(start_paused = true)]
async fn rebalancing_is_suspended_again_after_a_failed_update() {
    let settings = suspending(&["AZRebalance"]);
    let (fake, state, private) = upgradable(settings.clone()).await;
    let issue = Issue { code: "PodEvictionFailure".to_owned(), ..Issue::default() };
    fake.fail_update(&[issue]);
    let (_, result) = update_to(&fake, &upgrade(&state, Some(settings.clone())), &private).await;
    assert!(text(&result.expect_err("a failure")).contains("PodEvictionFailure"));
    assert!(is_suspended(&fake));
    // The same if EKS rejects the request.
    let rejected = ApiError::own(ErrorKind::Invalid, "UpdateNodegroupVersion", "no");
    fake.fail("UpdateNodegroupVersion", 1, &rejected);
    let (_, result) = update_to(&fake, &upgrade(&state, Some(settings)), &private).await;
    assert!(result.is_err() && is_suspended(&fake));
}

#[tokio::test(start_paused = true)]
async fn rebalancing_is_suspended_again_soon_after_an_interruption() {
    let settings = suspending(&["AZRebalance"]);
    let (fake, state, private) = upgradable(settings.clone()).await;
    fake.world().steps = 1000;
    let change = upgrade(&state, Some(settings));
    let stop = CancellationToken::new();
    let limits = Limits::new(Duration::from_secs(3600), stop.clone());
    let mut record = Record::new(change.prior.clone(), private);
    let (kubernetes, policy) = (clients::kube::fake::Fake::default(), TagPolicy::default());
    let work = update::update(&fake, &kubernetes, &policy, &limits, &change, &mut record);
    let interrupt = async {
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert!(!is_suspended(&fake), "the update is in progress");
        stop.cancel();
        tokio::time::Instant::now()
    };
    let (result, stopped) = tokio::join!(work, interrupt);
    assert!(text(&result.expect_err("an interruption")).contains("interrupted"));
    assert!(is_suspended(&fake) && stopped.elapsed() < Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn failure_to_suspend_rebalancing_again_is_reported_with_the_update() {
    let settings = suspending(&["AZRebalance"]);
    let (fake, state, private) = upgradable(settings.clone()).await;
    let denied = ApiError::own(ErrorKind::Denied, "SuspendProcesses", "not authorized");
    fake.fail("SuspendProcesses", 1, &denied);
    let (record, result) = update_to(&fake, &upgrade(&state, Some(settings)), &private).await;
    let errors = result.expect_err("a denial");
    assert!(text(&errors).contains("could not suspend it again"), "{errors:?}");
    // The update itself is complete, and the state shows it.
    assert_eq!(record.state().map(|state| state.version.clone()), Some("1.34".into()));
}

#[tokio::test(start_paused = true)]
async fn removed_block_resumes_rebalancing_before_the_rolling_update() {
    let (fake, state, private) = upgradable(suspending(&["AZRebalance"])).await;
    let since = fake.calls().len();
    let (record, result) = update_to(&fake, &upgrade(&state, None), &private).await;
    result.expect("an update");
    assert_eq!(order(&fake, since), ["ResumeProcesses", "UpdateNodegroupVersion"]);
    assert!(!is_suspended(&fake));
    assert_eq!(record.private, Private::default());
}

#[tokio::test(start_paused = true)]
async fn rebalancing_that_was_suspended_before_the_block_stays_suspended() {
    let fake = Fake::new();
    let suspend = |reason: &str| {
        let mut world = fake.world();
        world.scaling_group(GROUP).suspended_processes.insert("AZRebalance".to_owned(), reason.to_owned());
    };
    suspend("User suspended at 2026-01-01T00:00:00Z");
    let settings = suspending(&["AZRebalance"]);
    let (state, private) = create_with(&fake, settings.clone()).await;
    fake.world().clusters.insert("blue".to_owned(), "1.34".to_owned());
    let since = fake.calls().len();
    let (_, result) = update_to(&fake, &upgrade(&state, None), &private).await;
    result.expect("an update");
    assert_eq!(order(&fake, since), ["UpdateNodegroupVersion"]);
    assert!(is_suspended(&fake));
}

#[tokio::test(start_paused = true)]
async fn rebalancing_that_aws_suspended_is_not_resumed_for_an_update() {
    let settings = suspending(&["AZRebalance"]);
    let (fake, state, private) = upgradable(settings.clone()).await;
    let reason = "Administrative suspension".to_owned();
    fake.world().scaling_group(GROUP).suspended_processes.insert("AZRebalance".to_owned(), reason);
    let since = fake.calls().len();
    update_to(&fake, &upgrade(&state, Some(settings)), &private).await.1.expect("an update");
    assert_eq!(order(&fake, since), ["UpdateNodegroupVersion"]);
}
