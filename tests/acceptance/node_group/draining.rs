//! Updates that drain nodes: the plan names what stands in the way, and the update then fails because of exactly that.

use std::time::{Duration, Instant};

use rstest::rstest;
use serde_json::{Value, json};

use super::Group;
use crate::support::cli::Cli;
use crate::support::run::Run;
use crate::support::sandbox::Cluster;

pub(super) const OLD: &str = "1.33.4-20250904";
const NEW: &str = "1.33.5-20251016";

/// The checks that these tests cover. They need nodes and pods, which the table of all other checks does not have.
pub(crate) const CHECKS: [&str; 6] = [
    "pod_controllers",
    "pod_disruption_budget_overlap",
    "pod_disruption_budgets",
    "pod_grace_period",
    "pod_local_data",
    "pod_tolerations",
];

const BUDGETS: &str = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";
const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/default/deployments";

/// Evicts for a short time only, so that a blocked update fails soon.
fn settings() -> Value {
    json!({"drain_seconds": 1, "retry_seconds": 0.1, "grace_factor": 0.001, "disruption_seconds": 5})
}

/// A node group with two nodes of the old release, in a cluster that runs what every new cluster runs.
pub(super) struct Nodes(pub(super) Group);

impl Nodes {
    fn running() -> Self {
        Self::running_on(Cli::OnPath)
    }

    pub(super) fn running_on(cli: Cli) -> Self {
        let group = Group::new(cli);
        group.cluster.start_kubernetes(json!({}));
        group.cluster.workloads(json!({"settings": settings(), "system": true}));
        let nodes = Self(group);
        nodes.release(OLD);
        nodes.0.workspace.apply().success();
        nodes
    }

    pub(super) fn release(&self, release: &str) {
        let sizes = "scaling_config {\n  desired_size = 2\n  max_size = 3\n  min_size = 1\n}\n";
        self.0.configure(&format!("release_version = \"{release}\"\n{sizes}"));
    }

    /// Creates a second node group outside of Terraform, to whose nodes pods can move.
    #[track_caller]
    pub(super) fn add_other_group(&self) {
        let cluster = &self.0.cluster;
        let subnets: Value = serde_json::from_str(&cluster.subnets()).expect("a list");
        let body = json!({
            "nodegroupName": "others", "nodeRole": cluster.made("node_role_arn"), "subnets": subnets,
            "scalingConfig": {"minSize": 1, "maxSize": 2, "desiredSize": 2},
        });
        cluster.eks("POST", &format!("/clusters/{}/node-groups", cluster.name), &body);
        let is_ready = |node: &Value| {
            let conditions = node["status"]["conditions"].as_array().cloned().unwrap_or_default();
            conditions.iter().any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
        };
        let label = "eks.amazonaws.com/nodegroup%3Dothers";
        let started = Instant::now();
        loop {
            let (_, list) = cluster.kubernetes("GET", &format!("/api/v1/nodes?labelSelector={label}"), json!({}));
            if list["items"].as_array().is_some_and(|nodes| nodes.iter().filter(|node| is_ready(node)).count() == 2) {
                break;
            }
            assert!(started.elapsed() < Duration::from_secs(60), "{list}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Creates an object, and waits until all controllers have handled it.
    #[track_caller]
    pub(super) fn create(&self, path: &str, body: &Value) {
        let (status, answer) = self.0.cluster.kubernetes("POST", path, json!({"body": body}));
        assert_eq!(status, 201, "{answer}");
        self.0.cluster.workloads(json!({}));
    }

    #[track_caller]
    fn patch(&self, path: &str, body: &Value) {
        let patch = json!({"body": body, "content_type": "application/merge-patch+json"});
        let (status, answer) = self.0.cluster.kubernetes("PATCH", path, patch);
        assert_eq!(status, 200, "{answer}");
        self.0.cluster.workloads(json!({}));
    }

    /// Creates the Deployment `web` with two pods.
    #[track_caller]
    pub(super) fn deploy(&self, pod: Value) {
        let labels = json!({"app": "web"});
        let mut spec = pod;
        spec["containers"] = json!([{"name": "web", "image": "web"}]);
        let body = json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
            "spec": {
                "replicas": 2, "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": spec},
            },
        });
        self.create(DEPLOYMENTS, &body);
    }

    #[track_caller]
    pub(super) fn budget(&self, name: &str, limit: Value) {
        let mut spec = limit;
        spec["selector"] = json!({"matchLabels": {"app": "web"}});
        let body = json!({
            "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": name}, "spec": spec,
        });
        self.create(BUDGETS, &body);
    }

    #[track_caller]
    pub(super) fn delete_budget(&self, name: &str) {
        let (status, answer) = self.0.cluster.kubernetes("DELETE", &format!("{BUDGETS}/{name}"), json!({}));
        assert_eq!(status, 200, "{answer}");
    }

    /// Returns the plan of an update to the new release.
    fn plan(&self) -> Run {
        self.release(NEW);
        self.0.workspace.try_plan(&[])
    }

    /// The plan has this warning, and the update fails and names the same cause.
    #[track_caller]
    fn is_blocked(&self, summary: &str, words: &[&str], cause: &str) {
        let planned = warnings(&self.plan());
        let [(found, detail)] = planned.as_slice() else { panic!("not one warning: {planned:#?}") };
        assert!(found.starts_with(summary) && found.ends_with(&format!("({})", self.0.id())), "{found}");
        for word in words {
            assert!(detail.contains(word), "{word}: {detail}");
        }
        assert!(CHECKS.iter().any(|check| detail.contains(&format!("Preflight check: {check}."))), "{detail}");
        let error = self.0.workspace.apply().only_error();
        assert!(error.detail.contains("PodEvictionFailure"), "{}", error.detail);
        assert!(error.detail.contains("The following prevents the drain of ip-"), "{}", error.detail);
        assert!(error.detail.contains(cause), "{cause}: {}", error.detail);
    }

    /// The plan has no warning, and the update succeeds.
    #[track_caller]
    fn is_free(&self) {
        assert_eq!(warnings(&self.plan()), []);
        self.0.workspace.apply().success();
        self.0.workspace.plan().assert_no_changes();
    }
}

/// Returns summary and detail of the warnings of ours.
fn warnings(run: &Run) -> Vec<(String, String)> {
    run.own_warnings().into_iter().map(|each| (each.summary, each.detail)).collect()
}

#[test]
fn ordinary_cluster_has_no_warnings() {
    let nodes = Nodes::running();
    nodes.deploy(json!({}));
    nodes.budget("web", json!({"maxUnavailable": 1}));
    nodes.is_free();
}

#[rstest]
#[case::max_unavailable(json!({"maxUnavailable": 0}), "maxUnavailable is 0")]
#[case::min_available(json!({"minAvailable": 2}), "minAvailable is 2 of 2 pods")]
fn impossible_budget_blocks_the_update(#[case] limit: Value, #[case] reason: &str) {
    let nodes = Nodes::running();
    nodes.deploy(json!({}));
    nodes.budget("web", limit);
    let budget = format!("PodDisruptionBudget default/web: {reason}, so it never allows a disruption");
    let words = [budget.as_str(), "2 pods on", "Deployment default/web", "set force_update_version = true"];
    nodes.is_blocked("Disruption budgets never allow an eviction", &words, &budget);
    // One more replica makes room for a budget that counts what must remain.
    if reason.starts_with("minAvailable") {
        nodes.patch(&format!("{DEPLOYMENTS}/web"), &json!({"spec": {"replicas": 3}}));
    } else {
        nodes.patch(&format!("{BUDGETS}/web"), &json!({"spec": {"maxUnavailable": 1}}));
    }
    nodes.is_free();
}

#[test]
fn exhausted_budget_blocks_the_update() {
    let nodes = Nodes::running();
    nodes.deploy(json!({}));
    nodes.patch(&format!("{DEPLOYMENTS}/web"), &json!({"spec": {"replicas": 3}}));
    nodes.budget("web", json!({"minAvailable": 2}));
    // With fewer healthy pods than required, even pods that are not ready must stay.
    let pods = "/api/v1/namespaces/default/pods";
    let (_, list) = nodes.0.cluster.kubernetes("GET", &format!("{pods}?labelSelector=app%3Dweb"), json!({}));
    let items = list["items"].as_array().expect("a list");
    let paths = items.iter().take(2).map(|pod| format!("{pods}/{}", pod["metadata"]["name"].as_str().expect("a name")));
    let paths: Vec<_> = paths.collect();
    let set_ready = |ready: Value| {
        let annotations = json!({"sandbox.ekscompute/ready": ready});
        paths.iter().for_each(|path| nodes.patch(path, &json!({"metadata": {"annotations": annotations}})));
    };
    set_ready(json!("false"));
    let cause = "PodDisruptionBudget default/web: it allows no disruptions now: healthy pods 1 of 3, required 2";
    nodes.is_blocked(
        "Disruption budgets currently allow no eviction",
        &[cause, "Make the missing pods healthy"],
        cause,
    );
    set_ready(Value::Null);
    nodes.is_free();
}

#[test]
fn pods_of_two_budgets_block_the_update() {
    let nodes = Nodes::running();
    nodes.deploy(json!({}));
    nodes.budget("web", json!({"maxUnavailable": 1}));
    nodes.budget("all", json!({"maxUnavailable": 1}));
    let cause = "PodDisruptionBudgets all, web";
    nodes.is_blocked("Pods have several disruption budgets", &[cause, "Deployment default/web"], cause);
    nodes.delete_budget("all");
    nodes.is_free();
}

#[test]
fn pods_that_tolerate_everything_block_the_update() {
    let nodes = Nodes::running();
    nodes.deploy(json!({"tolerations": [{"operator": "Exists"}]}));
    nodes.is_blocked("Pods can return to cordoned nodes", &["Deployment default/web"], "(tolerates cordoned nodes)");
    nodes.patch(
        &format!("{DEPLOYMENTS}/web"),
        &json!({"spec": {"replicas": 0, "template": {"spec": {"tolerations": null}}}}),
    );
    nodes.patch(&format!("{DEPLOYMENTS}/web"), &json!({"spec": {"replicas": 2}}));
    nodes.is_free();
}

#[test]
fn update_with_force_ignores_the_budget() {
    let nodes = Nodes::running();
    nodes.deploy(json!({}));
    nodes.budget("web", json!({"maxUnavailable": 0}));
    let sizes = "scaling_config {\n  desired_size = 2\n  max_size = 3\n  min_size = 1\n}\n";
    nodes.0.configure(&format!("release_version = \"{NEW}\"\nforce_update_version = true\n{sizes}"));
    let planned = warnings(&nodes.0.workspace.try_plan(&[]));
    let [(_, detail)] = planned.as_slice() else { panic!("not one warning: {planned:#?}") };
    assert!(detail.contains("Because force_update_version is true, EKS deletes the pods"), "{detail}");
    nodes.0.workspace.apply().success();
}

/// What draining loses, and what only takes too long, does not block the update.
#[test]
fn pods_that_suffer_from_the_update_are_reported() {
    let nodes = Nodes::running();
    let containers = json!([{"name": "main", "image": "main"}]);
    let bare =
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "debug"}, "spec": {"containers": containers}});
    nodes.create("/api/v1/namespaces/default/pods", &bare);
    let labels = json!({"app": "db"});
    let mount = json!({"name": "data", "mountPath": "/data"});
    let spec = json!({
        "containers": [{"name": "main", "image": "main", "volumeMounts": [mount]}],
        "volumes": [{"name": "data", "emptyDir": {}}], "terminationGracePeriodSeconds": 1000,
    });
    let body = json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db"},
        "spec": {
            "replicas": 1, "serviceName": "db", "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    });
    nodes.create("/apis/apps/v1/namespaces/default/statefulsets", &body);
    let planned = warnings(&nodes.plan());
    let expected = [
        ("Pods without a controller are lost", "Pod default/debug on "),
        ("Pods lose data on their nodes", "StatefulSet default/db: db-0 on "),
        ("Pods can take longer to end than the drain waits", ": 1000 seconds"),
    ];
    assert_eq!(planned.len(), expected.len(), "{planned:#?}");
    for (summary, words) in expected {
        assert!(planned.iter().any(|(found, text)| found.starts_with(summary) && text.contains(words)), "{planned:#?}");
    }
    // Longer than the shortened grace period.
    nodes.0.cluster.workloads(json!({"settings": {"drain_seconds": 10}}));
    nodes.0.workspace.apply().success();
}

/// Node groups share what is read once: three lists.
#[test]
fn several_node_groups_need_three_calls() {
    let cluster = Cluster::new();
    cluster.start_kubernetes(json!({}));
    cluster.workloads(json!({"settings": settings()}));
    let workspace = cluster.workspace(Cli::OnPath).env("TF_LOG_PROVIDER", "DEBUG");
    let configure = |release: &str| {
        let groups = (1..=3).map(|number| {
            format!(
                "resource \"ekscompute_node_group\" \"g{number}\" {{\n  cluster_name = \"{}\"\n  node_group_name = \
                 \"{}-{number}\"\n  node_role_arn = \"{}\"\n  subnet_ids = {}\n  release_version = \"{release}\"\n  \
                 scaling_config {{\n    desired_size = 1\n    max_size = 1\n    min_size = 1\n  }}\n}}\n",
                cluster.name,
                cluster.name,
                cluster.made("node_role_arn"),
                cluster.subnets()
            )
        });
        workspace.write("main.tf", &groups.collect::<String>());
    };
    configure(OLD);
    workspace.apply().success();
    configure(NEW);
    let run = workspace.try_plan(&[]);
    assert_eq!(run.stderr.matches("Kubernetes LIST responded").count(), 3, "{}", run.stderr);
}

#[test]
fn cluster_without_access_is_one_warning() {
    let group = Group::new(Cli::OnPath);
    let sizes = "scaling_config {\n  desired_size = 1\n  max_size = 1\n  min_size = 1\n}\n";
    group.configure(&format!("release_version = \"{OLD}\"\n{sizes}"));
    group.workspace.apply().success();
    group.configure(&format!("release_version = \"{NEW}\"\n{sizes}"));
    let planned = warnings(&group.workspace.try_plan(&[]));
    let [(summary, detail)] = planned.as_slice() else { panic!("not one warning: {planned:#?}") };
    assert_eq!(summary, "Preflight checks skipped: list of pods failed");
    assert!(detail.contains("pod_disruption_budgets"), "{detail}");
}
