use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::client::{RollClient, RolledGroup};
use super::roll::Roll;
use clients::drain::DrainSettings;
use clients::errors::{ApiError, ErrorKind};
use clients::kube::fake_nodes::{FakeNodes, pod};
use clients::wait::Limits;
use framework::diagnostics::Diagnostics;
use preflight::facts::Node;

/// The Auto Scaling group of fake nodes: replaces terminated instances.
struct FakeGroup {
    nodes: Arc<FakeNodes>,
    desired_size: usize,
    status: &'static str,
    /// Whether replacements join.
    launches: bool,
    refusal: Mutex<Option<ApiError>>,
    terminated: Mutex<Vec<String>>,
}

#[async_trait]
impl RollClient for FakeGroup {
    async fn describe(&self, _: &str, _: &str) -> Result<RolledGroup, ApiError> {
        Ok(RolledGroup { status: self.status.to_owned(), desired_size: self.desired_size })
    }

    async fn terminate(&self, instance: &str) -> Result<(), ApiError> {
        if let Some(error) = self.refusal.lock().expect("no panic").take() {
            return Err(error);
        }
        let mut terminated = self.terminated.lock().expect("no panic");
        terminated.push(instance.to_owned());
        let number = terminated.len();
        let mut world = self.nodes.world();
        let Some(index) = world.workloads.nodes.iter().position(|node| node.instance_id.as_deref() == Some(instance))
        else {
            return Err(ApiError::own(ErrorKind::NotFound, "Terminate", "gone"));
        };
        let gone = world.workloads.nodes.remove(index);
        world.workloads.pods.retain(|pod| pod.node != gone.name);
        if self.launches {
            world.workloads.nodes.push(node(&format!("{}-{number}", gone.name), "2026-12-01T11:00:00Z"));
        }
        Ok(())
    }
}

fn node(name: &str, created_at: &str) -> Node {
    Node {
        name: name.to_owned(),
        node_group: Some("workers".to_owned()),
        instance_id: Some(format!("i-{name}")),
        is_ready: true,
        created_at: created_at.to_owned(),
        ..Node::default()
    }
}

/// Three nodes with a pod each, which joined at different times.
fn group() -> FakeGroup {
    let nodes = Arc::new(FakeNodes::default());
    for (number, name) in ["a", "b", "c"].into_iter().enumerate() {
        let mut world = nodes.world();
        world.workloads.nodes.push(node(name, &format!("2026-12-01T10:0{number}:00Z")));
        world.workloads.pods.push(pod(&format!("web-{name}"), name));
    }
    FakeGroup {
        nodes,
        desired_size: 3,
        status: "ACTIVE",
        launches: true,
        refusal: Mutex::default(),
        terminated: Mutex::default(),
    }
}

async fn rolled(group: &FakeGroup, settings: &DrainSettings) -> (Result<(), Diagnostics>, Vec<String>) {
    let lines = Mutex::new(Vec::new());
    let limits = Limits::new(Duration::from_secs(3 * 3600), CancellationToken::new());
    let roll = Roll {
        client: group,
        cluster: group.nodes.as_ref(),
        settings,
        limits: &limits,
        report: &|line| lines.lock().expect("no panic").push(line),
        cluster_name: "blue",
        node_group_name: "workers",
    };
    let result = roll.run().await;
    (result, lines.into_inner().expect("no panic"))
}

fn detail(result: Result<(), Diagnostics>) -> String {
    let told = result.expect_err("an error");
    told.iter().map(|each| format!("{}: {}", each.summary, each.detail)).collect()
}

#[tokio::test(start_paused = true)]
async fn each_node_is_replaced_before_the_next_one_is_drained() {
    let group = group();
    let (result, lines) = rolled(&group, &DrainSettings::default()).await;
    assert_eq!(result, Ok(()));
    assert_eq!(*group.terminated.lock().expect("no panic"), ["i-a", "i-b", "i-c"]);
    assert_eq!(group.nodes.nodes(), ["a-1", "b-2", "c-3"]);
    assert_eq!(lines.first().map(String::as_str), Some("Replacing 3 nodes of node group blue:workers"));
    assert_eq!(lines.last().map(String::as_str), Some("3 of 3 nodes replaced"));
}

#[tokio::test(start_paused = true)]
async fn group_without_nodes_needs_nothing() {
    let group = group();
    group.nodes.world().workloads.nodes.clear();
    let (result, lines) = rolled(&group, &DrainSettings::default()).await;
    assert_eq!(
        (result, lines),
        (Ok(()), vec!["Node group blue:workers has no nodes, so there is nothing to replace".into()])
    );
}

#[tokio::test(start_paused = true)]
async fn group_that_is_updated_is_left_alone() {
    let group = FakeGroup { status: "UPDATING", ..group() };
    let text = detail(rolled(&group, &DrainSettings::default()).await.0);
    assert!(text.contains("Its status is UPDATING"), "{text}");
    assert!(group.nodes.world().calls.is_empty());
}

#[tokio::test(start_paused = true)]
async fn blocked_drain_keeps_the_node_and_says_how_far_it_got() {
    let group = group();
    group.nodes.add_budget("web", 1);
    let settings = DrainSettings { drain_timeout: Duration::from_secs(30), ..DrainSettings::default() };
    let text = detail(rolled(&group, &settings).await.0);
    assert!(text.contains("Unable to drain node b") && text.contains("1 of 3 nodes were replaced."), "{text}");
    assert_eq!(group.nodes.nodes(), ["b", "c", "a-1"]);
}

#[tokio::test(start_paused = true)]
async fn termination_that_is_denied_uncordons_the_node() {
    let group = group();
    *group.refusal.lock().expect("no panic") = Some(ApiError::own(ErrorKind::Denied, "Terminate", "not authorized"));
    let text = detail(rolled(&group, &DrainSettings::default()).await.0);
    assert!(text.contains("Unable to terminate the instance of node a") && text.contains("0 of 3"), "{text}");
    assert_eq!(group.nodes.nodes(), ["a", "b", "c"]);
}

#[tokio::test(start_paused = true)]
async fn replacement_that_does_not_join_ends_the_roll() {
    let group = FakeGroup { launches: false, ..group() };
    let text = detail(rolled(&group, &DrainSettings::default()).await.0);
    assert!(text.contains("Replacement nodes of node group blue:workers are not ready"), "{text}");
    assert!(text.contains("The instances of 1 of 3 nodes were terminated"), "{text}");
    assert!(text.contains("ready nodes: 2 of 3"), "{text}");
}

/// A node that a user has cordoned, and one that is not ready, are ignored.
#[tokio::test(start_paused = true)]
async fn nodes_that_were_not_ready_before_do_not_delay_the_roll() {
    for change in [|node: &mut Node| node.is_unschedulable = true, |node: &mut Node| node.is_ready = false] {
        let group = group();
        change(&mut group.nodes.world().workloads.nodes[2]);
        let started = tokio::time::Instant::now();
        assert_eq!(rolled(&group, &DrainSettings::default()).await.0, Ok(()));
        assert!(started.elapsed() < Duration::from_secs(300), "{:?}", started.elapsed());
        assert_eq!(group.nodes.nodes(), ["a-1", "b-2", "c-3"]);
    }
}

/// Killed at every call, the next invocation replaces exactly the remaining old nodes.
#[tokio::test(start_paused = true)]
async fn roll_killed_at_any_call_is_completed_by_the_next_one() {
    let complete = group();
    rolled(&complete, &DrainSettings::default()).await.0.expect("a roll");
    let calls = complete.nodes.world().calls.len();
    assert!(calls > 15, "{calls}");
    for killed_at in 1..=calls {
        let group = Arc::new(group());
        group.nodes.world().killed_at = Some(killed_at);
        let killed = {
            let group = Arc::clone(&group);
            tokio::spawn(async move { rolled(&group, &DrainSettings::default()).await }).await
        };
        assert!(killed.is_err_and(|error| error.is_panic()), "{killed_at}");
        let replaced = group.terminated.lock().expect("no panic").len();
        let result = rolled(&group, &DrainSettings::default()).await.0;
        assert_eq!(result, Ok(()), "{killed_at}");
        let nodes = group.nodes.nodes();
        assert!(nodes.len() == 3 && nodes.iter().all(|node| node.len() > 1), "{killed_at}: {nodes:?}");
        // After the last termination, nothing shows that an earlier invocation existed.
        let expected = if replaced == 3 { 6 } else { 3 };
        assert_eq!(group.terminated.lock().expect("no panic").len(), expected, "{killed_at}");
    }
}

#[tokio::test(start_paused = true)]
async fn roll_after_a_day_begins_again() {
    let group = group();
    for node in &mut group.nodes.world().workloads.nodes {
        node.roll_mark = Some("2026-12-01T10:00:00Z,2020-01-01T00:00:00Z".to_owned());
    }
    let (result, lines) = rolled(&group, &DrainSettings::default()).await;
    assert_eq!(result, Ok(()));
    assert!(lines[0].starts_with("Replacing 3 nodes"), "{lines:?}");
}
