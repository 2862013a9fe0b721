//! The drain before a node group is deleted, on every program.

use serde_json::json;

use super::SCALING;
use super::actions::are_free;
use super::draining::{Nodes, OLD};
use crate::support::cli::Cli;

fn configure(nodes: &Nodes, block: &str) {
    nodes.0.configure(&format!("release_version = \"{OLD}\"\n{SCALING}drain_before_delete {{\n{block}}}\n"));
    nodes.0.workspace.apply().success();
    nodes.0.workspace.plan().assert_no_changes();
}

#[test]
fn budget_that_blocks_the_drain_keeps_the_node_group() {
    let nodes = Nodes::running_on(Cli::OnPath);
    nodes.deploy(json!({}));
    nodes.budget("web", json!({"maxUnavailable": 0}));
    nodes.add_other_group();
    configure(&nodes, "  drain_timeout = \"2s\"\n");
    let error = nodes.0.workspace.destroy().only_error();
    assert!(error.summary.contains("Unable to drain node ip-"), "{}", error.summary);
    assert!(error.detail.contains("PodDisruptionBudget default/web: maxUnavailable is 0"), "{}", error.detail);
    assert!(error.detail.contains("was not deleted, because drain_before_delete is set"), "{}", error.detail);
    assert_eq!(nodes.0.cluster.count("DeleteNodegroup"), 0);
    are_free(&nodes.0.cluster);
    nodes.0.workspace.plan().assert_no_changes();

    nodes.delete_budget("web");
    let run = nodes.0.workspace.destroy().success();
    assert_eq!(run.own_warnings(), []);
    assert_eq!(nodes.0.cluster.node_groups(), ["others"]);
}

/// The budget of CoreDNS alone would block the drain of the last node group of a cluster.
#[test]
fn last_node_group_is_deleted_without_a_drain() {
    let nodes = Nodes::running_on(Cli::OnPath);
    configure(&nodes, "  drain_timeout = \"5s\"\n");
    let run = nodes.0.workspace.destroy().success();
    let [warning] = run.own_warnings().try_into().expect("one warning");
    assert!(warning.detail.contains("No other node of the cluster accepts pods"), "{}", warning.detail);
    assert!(nodes.0.cluster.node_groups().is_empty());
}

#[test]
fn force_deletes_the_pods_after_the_time() {
    let nodes = Nodes::running_on(Cli::Tofu112);
    nodes.deploy(json!({}));
    nodes.budget("web", json!({"maxUnavailable": 0}));
    nodes.add_other_group();
    configure(&nodes, "  drain_timeout = \"2s\"\n  force = true\n");
    let run = nodes.0.workspace.destroy().success();
    assert_eq!(run.own_warnings(), []);
    assert_eq!(nodes.0.cluster.node_groups(), ["others"]);
}

#[test]
fn node_group_of_a_cluster_without_access_is_not_deleted() {
    let nodes = Nodes::running_on(Cli::OnPath);
    configure(&nodes, "  drain_timeout = \"5s\"\n  max_unavailable = 2\n");
    let denied = json!({"kind": "error", "service": "eks", "operation": "DescribeCluster", "code":
        "AccessDeniedException", "status": 403, "message": "not allowed"});
    nodes.0.cluster.fault(denied);
    let error = nodes.0.workspace.destroy().only_error();
    assert!(error.detail.contains("remove drain_before_delete, apply, and delete it then"), "{}", error.detail);
    nodes.0.cluster.remove_faults();
    nodes.0.workspace.destroy().success();
}
