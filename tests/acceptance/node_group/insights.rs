//! Updates of the Kubernetes version: the plan reports the insights of EKS about nodes, and the update goes ahead.

use serde_json::{Value, json};

use super::{Group, SCALING};
use crate::support::cli::Cli;
use crate::support::sandbox::Cluster;

/// The checks that these tests cover. They need an update, which the table of all other checks does not have.
pub(crate) const CHECKS: [&str; 1] = ["cluster_insights"];

/// An insight with the status `ERROR`, and what DescribeInsight returns in addition.
fn insight(category: &str, name: &str, version: &str, resources: &[&str]) -> Value {
    let resources: Vec<_> = resources.iter().map(|uri| json!({ "kubernetesResourceUri": uri })).collect();
    json!({
        "category": category, "name": name, "kubernetesVersion": version, "resources": resources,
        "insightStatus": {"status": "ERROR", "reason": "Nodes are incompatible."},
        "recommendation": "Replace them.",
    })
}

/// A node group that was created with this version, in a cluster that now has version 1.33.
fn group(version: &str) -> Group {
    let group = Group::of(Cli::OnPath, Cluster::seeded(json!({"version": version})));
    group.create(&format!("version = \"{version}\"\n{SCALING}"));
    group.cluster.upgrade("1.33");
    group
}

/// Summary, detail, and line of configuration of each warning about an insight in the plan of another version.
fn planned(group: &Group, version: &str) -> Vec<(String, String, String)> {
    group.configure(&format!("version = \"{version}\"\n{SCALING}"));
    let warnings = group.workspace.try_plan(&[]).own_warnings().into_iter();
    let own = warnings.filter(|each| each.summary.contains(" insight not passing: "));
    own.map(|each| (each.summary, each.detail, each.code)).collect()
}

#[test]
fn upgrade_insight_about_nodes_is_reported_and_does_not_block() {
    let group = group("1.32");
    let nodes = ["/api/v1/nodes/a", "/api/v1/nodes/b", "/api/v1/nodes/c", "/api/v1/nodes/d"];
    group.cluster.insights(&[
        insight("UPGRADE_READINESS", "kube-proxy version skew", "1.34", &nodes),
        insight("UPGRADE_READINESS", "Kubelet version skew", "1.34", &nodes),
        insight("UPGRADE_READINESS", "Deprecated APIs removed in Kubernetes v1.34", "1.34", &[]),
        insight("ROLLBACK_READINESS", "Cluster health issues", "1.32", &[]),
    ]);
    let found = planned(&group, "1.33");
    let [(summary, detail, code)] = found.as_slice() else { panic!("not one warning: {found:#?}") };
    assert_eq!(*summary, format!("Upgrade insight not passing: kube-proxy version skew ({})", group.cluster.name));
    assert_eq!(code.trim(), "version = \"1.33\"");
    for words in ["Nodes are incompatible.", "/api/v1/nodes/c", "and 1 more", "Replace them.", "cluster_insights"] {
        assert!(detail.contains(words), "{words}: {detail}");
    }
    group.apply();
    assert_eq!(group.attributes()["version"], json!("1.33"));
}

#[test]
fn rollback_insights_are_reported_for_an_earlier_version() {
    let group = group("1.33");
    group.cluster.insights(&[
        insight("ROLLBACK_READINESS", "Kubelet version skew", "1.32", &["/api/v1/nodes/a"]),
        insight("ROLLBACK_READINESS", "Feature gate compatibility", "1.32", &[]),
        insight("UPGRADE_READINESS", "kube-proxy version skew", "1.34", &[]),
    ]);
    let found = planned(&group, "1.32");
    let [(summary, detail, _)] = found.as_slice() else { panic!("not one warning: {found:#?}") };
    assert_eq!(*summary, format!("Rollback insight not passing: Feature gate compatibility ({})", group.cluster.name));
    assert!(detail.contains("EKS rejects a rollback of the control plane"), "{detail}");
}

#[test]
fn insights_are_read_once_for_all_node_groups_and_only_for_an_update_of_the_version() {
    let cluster = Cluster::seeded(json!({"version": "1.32"}));
    let workspace = cluster.workspace(Cli::OnPath);
    let configure = |version: &str| {
        let text = format!(
            "resource \"ekscompute_node_group\" \"workers\" {{\n  for_each = toset([\"a\", \"b\"])\n  cluster_name = \
             \"{}\"\n  node_group_name = each.key\n  node_role_arn = \"{}\"\n  subnet_ids = {}\n  version = \
             \"{version}\"\n{SCALING}}}\n",
            cluster.name,
            cluster.made("node_role_arn"),
            cluster.subnets()
        );
        workspace.write("main.tf", &text);
    };
    let calls = || (cluster.count("eks:ListInsights"), cluster.count("eks:DescribeInsight"));
    configure("1.32");
    workspace.apply().success();
    cluster.upgrade("1.33");
    cluster.insights(&[insight("UPGRADE_READINESS", "kube-proxy version skew", "1.33", &[])]);
    workspace.plan().assert_no_changes();
    assert_eq!(calls(), (0, 0));
    configure("1.33");
    workspace.try_plan(&[]);
    assert_eq!(calls(), (1, 1));
}
