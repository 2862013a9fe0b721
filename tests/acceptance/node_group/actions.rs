//! The actions that drain and replace nodes, against a real API server.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::draining::Nodes;
use crate::support::background::Background;
use crate::support::cli::Cli;
use crate::support::run::Run;
use crate::support::sandbox::Cluster;
use crate::support::workspace::{PROVIDER, Workspace};

/// Actions exist since Terraform 1.14.
const CLI: Cli = Cli::Terraform116;

const NODES: &str = "/api/v1/nodes";
const PODS: &str = "/api/v1/namespaces/default/pods";

/// A node as these tests compare it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Node {
    pub(super) name: String,
    /// A replacement can get the address, and therefore the name, of the old node.
    uid: String,
    pub(super) is_cordoned: bool,
    annotations: Vec<String>,
}

/// Returns the nodes, with the annotations of this provider.
pub(super) fn nodes(cluster: &Cluster) -> Vec<Node> {
    let (status, list) = cluster.kubernetes("GET", NODES, json!({}));
    assert_eq!(status, 200, "{list}");
    let node = |node: &Value| {
        let annotations = node["metadata"]["annotations"].as_object().cloned().unwrap_or_default();
        Node {
            name: node["metadata"]["name"].as_str().expect("a name").to_owned(),
            uid: node["metadata"]["uid"].as_str().expect("a UID").to_owned(),
            is_cordoned: node["spec"]["unschedulable"] == true,
            annotations: annotations.keys().filter(|key| key.starts_with("terraform-provider-")).cloned().collect(),
        }
    };
    let mut nodes: Vec<_> = list["items"].as_array().expect("a list").iter().map(node).collect();
    nodes.sort();
    nodes
}

/// No node is cordoned or marked.
#[track_caller]
pub(super) fn are_free(cluster: &Cluster) {
    let nodes = nodes(cluster);
    assert!(nodes.iter().all(|node| !node.is_cordoned && node.annotations.is_empty()), "{nodes:#?}");
}

fn pods_on(cluster: &Cluster, node: &str, label: &str) -> usize {
    let path = format!("{PODS}?fieldSelector=spec.nodeName%3D{node}&labelSelector={label}");
    let (status, list) = cluster.kubernetes("GET", &path, json!({}));
    assert_eq!(status, 200, "{list}");
    list["items"].as_array().expect("a list").len()
}

fn write(nodes: &Nodes, kind: &str, config: &str) {
    let cluster = &nodes.0.cluster.name;
    nodes.0.workspace.write(
        "action.tf",
        &format!("action \"{kind}\" \"this\" {{\n  config {{\n    cluster_name = \"{cluster}\"\n{config}  }}\n}}\n"),
    );
}

fn option(kind: &str) -> String {
    format!("-invoke=action.{kind}.this")
}

fn start(workspace: &Workspace, kind: &str) -> Background {
    workspace.start(&["apply", "-no-color", "-auto-approve", "-input=false", &option(kind)])
}

fn invoke(workspace: &Workspace, kind: &str) -> Run {
    workspace.apply_with(&[&option(kind)])
}

#[test]
fn drain_moves_pods_within_their_budget_and_keeps_the_cordon() {
    let running = Nodes::running_on(CLI);
    running.deploy(json!({}));
    running.budget("web", json!({"maxUnavailable": 1}));
    let first = nodes(&running.0.cluster)[0].name.clone();
    assert_eq!(pods_on(&running.0.cluster, &first, "app%3Dweb"), 1);
    write(&running, "ekscompute_drain_nodes", &format!("    node_names = [\"{first}\"]\n"));
    let run = invoke(&running.0.workspace, "ekscompute_drain_nodes").success();
    for line in ["Draining 1 node of cluster", &format!("{first}: cordoned, "), &format!("{first}: drained in ")] {
        assert!(run.stdout.contains(line), "{line}: {}", run.stdout);
    }
    assert_eq!(pods_on(&running.0.cluster, &first, "app%3Dweb"), 0);
    let after = nodes(&running.0.cluster);
    let cordoned: Vec<_> = after.iter().filter(|node| node.is_cordoned).map(|node| &node.name).collect();
    assert_eq!(cordoned, [&first]);
    assert!(after.iter().all(|node| node.annotations.is_empty()), "{after:#?}");
    // A second invocation finds nothing to do.
    let run = invoke(&running.0.workspace, "ekscompute_drain_nodes").success();
    assert!(run.stdout.contains(&format!("{first}: cordoned, 0 pods to evict")), "{}", run.stdout);
}

#[test]
fn drain_that_a_budget_blocks_names_it_and_uncordons() {
    let running = Nodes::running_on(CLI);
    running.deploy(json!({}));
    running.budget("web", json!({"maxUnavailable": 0}));
    let name = &running.0.name;
    write(
        &running,
        "ekscompute_drain_nodes",
        &format!("    node_group_name = \"{name}\"\n    drain_timeout = \"2s\"\n"),
    );
    let error = invoke(&running.0.workspace, "ekscompute_drain_nodes").only_error();
    assert!(error.summary.starts_with("Unable to drain node ip-"), "{}", error.summary);
    let cause = "PodDisruptionBudget default/web: maxUnavailable is 0, so it never allows a disruption";
    assert!(error.detail.contains(cause), "{}", error.detail);
    assert!(error.detail.contains("are uncordoned"), "{}", error.detail);
    are_free(&running.0.cluster);
}

#[test]
fn interrupted_drain_ends_soon_and_uncordons() {
    let running = Nodes::running_on(CLI);
    running.deploy(json!({}));
    running.budget("web", json!({"maxUnavailable": 0}));
    write(&running, "ekscompute_drain_nodes", "    label_selector = \"eks.amazonaws.com/nodegroup\"\n");
    let mut apply = start(&running.0.workspace, "ekscompute_drain_nodes");
    apply.wait_for_output(": cordoned, ");
    let interrupted = Instant::now();
    apply.interrupt();
    let run = apply.wait();
    // Terraform and the provider need a moment to end as well.
    assert!(interrupted.elapsed() < Duration::from_secs(4), "{:?}", interrupted.elapsed());
    assert_eq!(run.code, Some(1), "{run}");
    are_free(&running.0.cluster);
}

#[test]
fn roll_replaces_every_node_within_the_budget() {
    let running = Nodes::running_on(CLI);
    running.deploy(json!({}));
    running.budget("web", json!({"maxUnavailable": 1}));
    let before = nodes(&running.0.cluster);
    write(&running, "ekscompute_roll_node_group", &format!("    node_group_name = \"{}\"\n", running.0.name));
    let run = invoke(&running.0.workspace, "ekscompute_roll_node_group").success();
    for line in ["Replacing 2 nodes of node group", "1 of 2 nodes replaced", "2 of 2 nodes replaced"] {
        assert!(run.stdout.contains(line), "{line}: {}", run.stdout);
    }
    let after = nodes(&running.0.cluster);
    assert_eq!(after.len(), 2, "{after:#?}");
    assert!(after.iter().all(|node| before.iter().all(|old| old.uid != node.uid)), "{before:#?} {after:#?}");
    are_free(&running.0.cluster);
    // The version and the size did not change.
    running.0.workspace.plan().assert_no_changes();
}

#[test]
fn roll_that_is_killed_continues_with_the_remaining_nodes() {
    let running = Nodes::running_on(CLI);
    let before = nodes(&running.0.cluster);
    write(&running, "ekscompute_roll_node_group", &format!("    node_group_name = \"{}\"\n", running.0.name));
    let mut apply = start(&running.0.workspace, "ekscompute_roll_node_group");
    // Not during an eviction: an API server that loses the caller can count the pod as disrupted for two minutes.
    apply.wait_for_output("terminating instance i-");
    apply.kill_with(Path::new(PROVIDER));
    let run = invoke(&running.0.workspace, "ekscompute_roll_node_group").success();
    assert!(run.stdout.contains("Continuing to replace "), "{}", run.stdout);
    let after = nodes(&running.0.cluster);
    assert!(after.iter().all(|node| before.iter().all(|old| old.uid != node.uid)), "{before:#?} {after:#?}");
    are_free(&running.0.cluster);
}

/// Since Terraform 1.16, an action can run before a resource is destroyed.
#[test]
fn nodes_are_drained_before_a_replacement_destroys_them() {
    let running = Nodes::running_on(CLI);
    running.deploy(json!({}));
    running.budget("web", json!({"maxUnavailable": 0}));
    running.add_other_group();
    let name = &running.0.name;
    write(
        &running,
        "ekscompute_drain_nodes",
        &format!("    node_group_name = \"{name}\"\n    drain_timeout = \"2s\"\n"),
    );
    let text = running.0.workspace.read("main.tf");
    let trigger = "lifecycle {\n  action_trigger {\n    events  = [before_destroy]\n    actions = \
                   [action.ekscompute_drain_nodes.this]\n  }\n}\n}\n";
    running.0.workspace.write("main.tf", &format!("{}{trigger}", text.trim_end().trim_end_matches('}')));
    let run = running.0.workspace.apply_with(&["-replace=ekscompute_node_group.workers"]);
    assert!(run.text().contains("Unable to drain node ip-"), "{run}");
    assert_eq!(running.0.cluster.count("DeleteNodegroup"), 0);
    are_free(&running.0.cluster);
    running.delete_budget("web");
    write(&running, "ekscompute_drain_nodes", &format!("    node_group_name = \"{name}\"\n"));
    running.0.workspace.apply_with(&["-replace=ekscompute_node_group.workers"]).success();
}

/// A thousand pods on fifty nodes, with a budget of one pod for each Deployment: the drain of ten nodes is killed, and a
/// second one completes it.
#[test]
fn drain_of_many_pods_is_killed_and_resumed() {
    let running = Nodes::running_on(CLI);
    let cluster = &running.0.cluster;
    let sizes = "scaling_config {\n  desired_size = 50\n  max_size = 50\n  min_size = 1\n}\n";
    running.0.configure(&format!("release_version = \"{}\"\n{sizes}", super::draining::OLD));
    running.0.workspace.apply().success();
    cluster.workloads(json!({"load": {}}));
    let names: Vec<_> = nodes(cluster).into_iter().take(10).map(|node| node.name).collect();
    let arguments = format!("    node_names = {}\n    max_unavailable = 5\n", json!(names));
    write(&running, "ekscompute_drain_nodes", &arguments);
    let mut apply = start(&running.0.workspace, "ekscompute_drain_nodes");
    apply.wait_for_output(": drained in ");
    apply.kill_with(Path::new(PROVIDER));
    let left: Vec<_> = nodes(cluster).into_iter().filter(|node| node.is_cordoned).collect();
    assert_eq!(left.len(), 10, "{left:#?}");
    assert!(left.iter().all(|node| !node.annotations.is_empty()), "{left:#?}");
    invoke(&running.0.workspace, "ekscompute_drain_nodes").success();
    for node in nodes(cluster) {
        assert_eq!(node.is_cordoned, names.contains(&node.name), "{node:?}");
        assert!(node.annotations.is_empty(), "{node:?}");
    }
    for name in &names {
        assert_eq!(pods_on(cluster, name, "app"), 0);
    }
}
