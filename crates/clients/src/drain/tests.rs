use std::sync::Mutex;
use std::time::Duration;

use rstest::rstest;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::errors::{ApiError, ErrorKind, FORBIDDEN};
use crate::kube::NAMESPACE_TERMINATING;
use crate::kube::fake::refusal;
use crate::kube::fake_nodes::{FakeNodes, pod};
use preflight::facts::{Owner, PodPhase};

const HOUR: Duration = Duration::from_secs(3600);

struct Ran {
    result: Result<(), DrainError>,
    lines: Vec<String>,
}

/// Drains all nodes, and then keeps or undoes the cordons as callers do.
async fn ran(cluster: &FakeNodes, settings: &DrainSettings, limits: &Limits) -> Ran {
    let lines = Mutex::new(Vec::new());
    let report = |line| lines.lock().expect("no panic").push(line);
    let drain = Drain { cluster, settings, limits, report: &report };
    let nodes = selected(cluster, limits, "all").await.expect("nodes");
    let result = drain.run(&nodes).await;
    match &result {
        Ok(()) => drain.keep(&nodes).await.expect("kept"),
        Err(_) => assert_eq!(drain.undo(&nodes).await, Vec::<String>::new()),
    }
    Ran { result, lines: lines.into_inner().expect("no panic") }
}

async fn drained(cluster: &FakeNodes, settings: &DrainSettings) -> Ran {
    ran(cluster, settings, &Limits::new(HOUR, CancellationToken::new())).await
}

fn calls(cluster: &FakeNodes, verb: &str) -> Vec<String> {
    cluster.world().calls.iter().filter(|call| call.starts_with(verb)).cloned().collect()
}

#[tokio::test(start_paused = true)]
async fn all_nodes_are_cordoned_before_the_first_eviction() {
    let cluster = FakeNodes::with(&["one", "two"], 2);
    let Ran { result, lines } = drained(&cluster, &DrainSettings::default()).await;
    assert_eq!(result, Ok(()));
    assert_eq!(cluster.nodes(), ["one cordoned", "two cordoned"]);
    assert!(cluster.world().workloads.pods.is_empty());
    let calls = cluster.world().calls.clone();
    let first = calls.iter().position(|call| call.starts_with("EVICT")).expect("an eviction");
    let last = calls.iter().rposition(|call| call.starts_with("Begin")).expect("a cordon");
    assert!(last < first, "{calls:?}");
    let expected = [
        "one: cordoned, 2 pods to evict",
        "one: drained in 2s",
        "two: cordoned, 2 pods to evict",
        "two: drained in 2s",
    ];
    assert_eq!(lines, expected);
}

#[tokio::test(start_paused = true)]
async fn nodes_are_drained_as_many_at_a_time_as_allowed() {
    for (max_unavailable, seconds) in [(1, 28), (2, 14), (4, 7)] {
        let cluster = FakeNodes::with(&["one", "two", "three", "four"], 1);
        cluster.world().slow = 2;
        let settings = DrainSettings { max_unavailable, ..DrainSettings::default() };
        let started = tokio::time::Instant::now();
        assert_eq!(drained(&cluster, &settings).await.result, Ok(()));
        assert!(started.elapsed().as_secs() <= seconds, "{max_unavailable}: {:?}", started.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn pods_of_daemon_sets_and_finished_pods_remain() {
    let cluster = FakeNodes::with(&["one"], 0);
    let mut daemon = pod("agent", "one");
    daemon.owner = Some(Owner::DaemonSet("agent".to_owned()));
    let mut finished = pod("import", "one");
    finished.phase = PodPhase::Finished;
    cluster.world().workloads.pods.extend([daemon, finished]);
    let Ran { result, lines } = drained(&cluster, &DrainSettings::default()).await;
    assert_eq!(result, Ok(()));
    assert_eq!(lines, ["one: cordoned, 0 pods to evict", "one: drained in 0s"]);
    assert_eq!(calls(&cluster, "EVICT"), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn rejected_eviction_is_retried_after_growing_pauses_without_trying_its_siblings() {
    let cluster = FakeNodes::with(&["one"], 3);
    cluster.add_budget("web", 0);
    let settings = DrainSettings { drain_timeout: Duration::from_secs(60), ..DrainSettings::default() };
    let Ran { result, lines } = drained(&cluster, &settings).await;
    let Err(DrainError::Refused { node, causes, reason: Refusal::DrainTimeout, .. }) = result else {
        panic!("{result:?}")
    };
    assert_eq!(node, "one");
    assert!(causes.contains("PodDisruptionBudget shop/web: "), "{causes}");
    let evictions = calls(&cluster, "EVICT");
    assert!((11..=16).contains(&evictions.len()), "{evictions:?}");
    let waiting = "one: waiting for 3 pods: shop/web-0-one (The disruption budget web needs 2 healthy pods and has 2 \
                   currently), shop/web-1-one";
    assert!(lines.iter().any(|line| line.starts_with(waiting)), "{lines:?}");
    assert!(lines.len() <= 4, "{lines:?}");
    assert_eq!(cluster.nodes(), ["one"]);
}

#[tokio::test(start_paused = true)]
async fn budget_that_recovers_lets_all_pods_leave() {
    let cluster = FakeNodes::with(&["one", "two"], 3);
    cluster.add_budget("web", 1);
    cluster.world().recovers = true;
    assert_eq!(drained(&cluster, &DrainSettings::default()).await.result, Ok(()));
    assert!(cluster.world().workloads.pods.is_empty());
}

#[tokio::test(start_paused = true)]
async fn pod_with_two_budgets_fails_immediately() {
    let cluster = FakeNodes::with(&["one"], 1);
    cluster.add_budget("web", 1);
    cluster.add_budget("all", 1);
    let started = tokio::time::Instant::now();
    let result = drained(&cluster, &DrainSettings::default()).await.result;
    let Err(error @ DrainError::Refused { reason: Refusal::Permanent, .. }) = result else { panic!("{result:?}") };
    assert!(started.elapsed() < Duration::from_secs(2));
    let told = error.into_diagnostic("The nodes are uncordoned.");
    assert!(told.detail.starts_with("The following prevents the drain of node one:\n"), "{}", told.detail);
    assert!(told.detail.contains("web-0-one on one: PodDisruptionBudgets web, all"), "{}", told.detail);
    assert!(told.detail.ends_with("The nodes are uncordoned."), "{}", told.detail);
    assert_eq!(cluster.nodes(), ["one"]);
}

#[rstest]
#[case::budget(&["web"])]
#[case::two_budgets(&["web", "all"])]
#[tokio::test(start_paused = true)]
async fn forced_drain_deletes_the_pods_after_the_time(#[case] budgets: &[&str]) {
    let cluster = FakeNodes::with(&["one"], 2);
    budgets.iter().for_each(|name| cluster.add_budget(name, 0));
    let settings = DrainSettings { force: true, drain_timeout: Duration::from_secs(60), ..DrainSettings::default() };
    let Ran { result, lines } = drained(&cluster, &settings).await;
    assert_eq!(result, Ok(()));
    assert!(
        lines.iter().any(|line| line.starts_with("one: deleting the pods that were not evicted within 1m")),
        "{lines:?}"
    );
    let deletions = calls(&cluster, "DELETE");
    assert_eq!(deletions.len(), 2, "{deletions:?}");
}

#[tokio::test(start_paused = true)]
async fn forced_drain_deletes_nothing_before_the_time() {
    let cluster = FakeNodes::with(&["one"], 2);
    let settings = DrainSettings { force: true, ..DrainSettings::default() };
    assert_eq!(drained(&cluster, &settings).await.result, Ok(()));
    assert_eq!((calls(&cluster, "DELETE").len(), calls(&cluster, "EVICT").len()), (0, 2));
}

#[tokio::test(start_paused = true)]
async fn node_that_somebody_else_cordoned_is_drained_and_stays_cordoned() {
    for fails in [false, true] {
        let cluster = FakeNodes::with(&["one", "two"], 1);
        cluster.world().workloads.nodes[0].is_unschedulable = true;
        if fails {
            cluster.add_budget("web", 0);
        }
        let settings = DrainSettings { drain_timeout: Duration::from_secs(10), ..DrainSettings::default() };
        assert_eq!(drained(&cluster, &settings).await.result.is_err(), fails);
        let two = if fails { "two" } else { "two cordoned" };
        assert_eq!(cluster.nodes(), ["one cordoned", two]);
        assert_eq!(calls(&cluster, "Begin").len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn nodes_that_a_killed_drain_cordoned_are_uncordoned_after_a_failure() {
    let cluster = FakeNodes::with(&["one", "two"], 1);
    for node in &mut cluster.world().workloads.nodes {
        (node.is_unschedulable, node.has_drain_mark) = (true, true);
    }
    cluster.add_budget("web", 0);
    let settings = DrainSettings { drain_timeout: Duration::from_secs(10), ..DrainSettings::default() };
    assert!(drained(&cluster, &settings).await.result.is_err());
    assert_eq!(cluster.nodes(), ["one", "two"]);
}

#[tokio::test(start_paused = true)]
async fn interruption_ends_within_two_seconds_and_uncordons() {
    let cluster = FakeNodes::with(&["one", "two"], 1);
    cluster.add_budget("web", 0);
    let limits = Limits::new(HOUR, CancellationToken::new());
    let token = limits.cancellation.clone();
    let started = tokio::time::Instant::now();
    let stop = async {
        tokio::time::sleep(Duration::from_secs(42)).await;
        token.cancel();
    };
    let settings = DrainSettings::default();
    let (Ran { result, .. }, ()) = tokio::join!(ran(&cluster, &settings, &limits), stop);
    assert_eq!(result, Err(DrainError::Cancelled));
    assert!(started.elapsed() < Duration::from_secs(44));
    assert_eq!(cluster.nodes(), ["one", "two"]);
}

#[tokio::test(start_paused = true)]
async fn timeout_of_the_operation_ends_the_drain() {
    let cluster = FakeNodes::with(&["one"], 1);
    cluster.add_budget("web", 0);
    let limits = Limits::new(Duration::from_secs(20), CancellationToken::new());
    let settings = DrainSettings { force: true, ..DrainSettings::default() };
    let result = ran(&cluster, &settings, &limits).await.result;
    assert!(matches!(&result, Err(DrainError::Refused { reason: Refusal::OperationTimeout, .. })), "{result:?}");
    assert_eq!(calls(&cluster, "DELETE"), Vec::<String>::new());
}

#[rstest]
#[case::server(refusal(ErrorKind::Server, "InternalError"))]
#[case::lost(ApiError::own(ErrorKind::Connection, "POST", "connection reset by peer"))]
#[case::throttled(refusal(ErrorKind::Throttled, "TooManyRequests"))]
#[case::namespace(refusal(ErrorKind::Denied, NAMESPACE_TERMINATING))]
#[tokio::test(start_paused = true)]
async fn eviction_is_retried_after_an_error_that_passes(#[case] error: ApiError) {
    let cluster = FakeNodes::with(&["one"], 2);
    cluster.world().errors.push_back(("EVICT", error));
    assert_eq!(drained(&cluster, &DrainSettings::default()).await.result, Ok(()));
    assert!(cluster.world().workloads.pods.is_empty());
}

#[rstest]
#[case::gone(ErrorKind::NotFound)]
#[case::another_pod_of_the_name(ErrorKind::Conflict)]
#[tokio::test(start_paused = true)]
async fn pod_that_is_gone_is_no_error(#[case] kind: ErrorKind) {
    let cluster = FakeNodes::with(&["one"], 1);
    cluster.world().errors.push_back(("EVICT", refusal(kind, "NotFound")));
    assert_eq!(drained(&cluster, &DrainSettings::default()).await.result, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn missing_permission_ends_the_drain_and_names_it() {
    let cluster = FakeNodes::with(&["one"], 2);
    let message = "pods \"web\" is forbidden: User \"ci\" cannot create resource \"pods/eviction\"";
    let error = ApiError { message: message.to_owned(), ..refusal(ErrorKind::Denied, FORBIDDEN) };
    cluster.world().errors.push_back(("EVICT", error));
    let told = drained(&cluster, &DrainSettings::default()).await.result.expect_err("denied").into_diagnostic("");
    assert_eq!(told.summary, "Unable to drain node one");
    assert!(
        told.detail.contains("pods/eviction") && told.detail.contains("AmazonEKSClusterAdminPolicy"),
        "{}",
        told.detail
    );
    assert_eq!(cluster.nodes(), ["one"]);
}

#[tokio::test(start_paused = true)]
async fn webhook_that_rejects_an_eviction_is_named() {
    let cluster = FakeNodes::with(&["one"], 1);
    let message = "admission webhook \"guard.example.com\" denied the request: not during business hours";
    let error = ApiError { message: message.to_owned(), ..refusal(ErrorKind::Denied, FORBIDDEN) };
    cluster.world().errors.push_back(("EVICT", error));
    let result = drained(&cluster, &DrainSettings::default()).await.result;
    assert!(
        matches!(&result, Err(DrainError::Refused { causes, reason: Refusal::Permanent, .. }) if causes.contains("guard.example.com")),
        "{result:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn cluster_without_other_nodes_has_no_destination() {
    let limits = Limits::new(HOUR, CancellationToken::new());
    let settings = DrainSettings::default();
    let cluster = FakeNodes::with(&["one", "two"], 0);
    let drain = Drain { cluster: &cluster, settings: &settings, limits: &limits, report: &|_| () };
    let nodes = selected(&cluster, &limits, "all").await.expect("nodes");
    let minute = Duration::from_secs(60);
    assert!(tokio::time::timeout(4 * minute, drain.lacks_destination(&nodes)).await.is_ok());
    assert!(tokio::time::timeout(2 * minute, drain.lacks_destination(&nodes)).await.is_err(), "a node can be launched");
    assert!(tokio::time::timeout(9 * minute, drain.lacks_destination(&nodes[..1])).await.is_err());
    // A node that is cordoned meanwhile accepts no pods.
    let cordon = async {
        tokio::time::sleep(Duration::from_secs(20)).await;
        cluster.world().workloads.nodes[1].is_unschedulable = true;
    };
    let (ended, ()) = tokio::join!(tokio::time::timeout(4 * minute, drain.lacks_destination(&nodes[..1])), cordon);
    assert!(ended.is_ok());
    cluster.world().workloads.nodes[1].is_unschedulable = false;
    assert!(drain.has_destination(&nodes[..1]).await);
    cluster.world().workloads.nodes[1].is_tainted = true;
    assert!(!drain.has_destination(&nodes[..1]).await);
}

/// The kubelet of the node does not run, so deleted pods never end.
#[rstest]
#[case::evicted(false)]
#[case::forced(true)]
#[tokio::test(start_paused = true)]
async fn node_that_is_not_ready_is_drained_without_its_kubelet(#[case] force: bool) {
    let cluster = FakeNodes::with(&["one"], 2);
    cluster.world().slow = u32::MAX - 1;
    cluster.world().workloads.nodes[0].is_ready = force;
    if force {
        cluster.add_budget("web", 0);
    }
    let settings = DrainSettings { force, drain_timeout: Duration::from_secs(300), ..DrainSettings::default() };
    assert_eq!(drained(&cluster, &settings).await.result, Ok(()));
    assert_eq!(cluster.world().workloads.pods.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn pod_that_returns_to_the_cordoned_node_is_evicted_once() {
    let cluster = FakeNodes::with(&["one"], 0);
    let mut tolerant = pod("agent-1", "one");
    tolerant.tolerates_cordon = true;
    cluster.world().workloads.pods.push(tolerant.clone());
    cluster.world().returning = Some(pod_like(&tolerant, "agent-2"));
    assert_eq!(drained(&cluster, &DrainSettings::default()).await.result, Ok(()));
    assert_eq!(calls(&cluster, "EVICT").len(), 1);
}

fn pod_like(pod: &preflight::facts::Pod, name: &str) -> preflight::facts::Pod {
    preflight::facts::Pod { name: name.to_owned(), uid: format!("uid-{name}"), ..pod.clone() }
}

#[tokio::test(start_paused = true)]
async fn cordon_is_retried_after_an_error_that_passes() {
    let cluster = FakeNodes::with(&["one"], 1);
    cluster.world().errors.push_back(("Begin", refusal(ErrorKind::Server, "InternalError")));
    assert_eq!(drained(&cluster, &DrainSettings::default()).await.result, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn blocked_pod_without_an_owner_does_not_delay_the_others() {
    let cluster = FakeNodes::with(&["one"], 0);
    for name in ["a", "b"] {
        let mut bare = pod(name, "one");
        bare.owner = None;
        cluster.world().workloads.pods.push(bare);
    }
    cluster.add_budget("a", 0);
    cluster.world().workloads.budgets[0].selector = Some(preflight::facts::LabelSelector {
        labels: [("app".to_owned(), "a".to_owned())].into(),
        expressions: vec![],
    });
    cluster.world().workloads.pods[0].labels = [("app".to_owned(), "a".to_owned())].into();
    let settings = DrainSettings { drain_timeout: Duration::from_secs(20), ..DrainSettings::default() };
    assert!(drained(&cluster, &settings).await.result.is_err());
    let left: Vec<_> = cluster.world().workloads.pods.iter().map(|pod| pod.name.clone()).collect();
    assert_eq!(left, ["a"]);
}

#[tokio::test(start_paused = true)]
async fn thousand_pods_leave_within_their_budget() {
    let names: Vec<_> = (0..50).map(|number| format!("node-{number}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let cluster = FakeNodes::with(&names, 20);
    cluster.add_budget("web", 1);
    cluster.world().recovers = true;
    let settings = DrainSettings { max_unavailable: 5, ..DrainSettings::default() };
    assert_eq!(drained(&cluster, &settings).await.result, Ok(()));
    assert_eq!(calls(&cluster, "EVICT").len(), 1000);
    assert!(cluster.nodes().iter().all(|node| node.ends_with(" cordoned")));
}
