//! Nobody loses the cluster unasked: neither who runs Terraform nor nodes.

use serde_json::json;

use super::{ADDRESS, Entry, ROOT, block, path, policies, principals, resource};
use crate::support::cli::Cli;
use crate::support::plan::Action;

#[test]
fn lockout_guard_protects_caller_entry_and_permissions() {
    let entry = Entry::new(Cli::OnPath);
    let write = |arguments: &str| {
        let text = resource("this", &entry.cluster.name, ROOT, &format!("adopt = true\n{arguments}"));
        entry.workspace.write("main.tf", &text);
    };
    let admin = block("AmazonEKSClusterAdminPolicy", &[]);
    write(&format!("kubernetes_groups = [\"a\"]\n{admin}"));
    entry.apply();

    for fewer in [format!("kubernetes_groups = [\"b\"]\n{admin}"), "kubernetes_groups = [\"a\"]\n".to_owned()] {
        write(&fewer);
        let error = entry.workspace.try_plan(&[]).only_error();
        assert_eq!(error.summary, "Caller would lose permissions", "{error:?}");
    }
    write(
        &format!("kubernetes_groups = [\"a\"]\ntype = \"EC2\"\n{admin}").replace("kubernetes_groups = [\"a\"]\n", ""),
    );
    assert!(!entry.workspace.try_plan(&[]).succeeded());
    write(&format!("kubernetes_groups = [\"a\"]\n{admin}"));
    let error = entry.workspace.destroy().only_error();
    assert_eq!(error.summary, "Caller would lose access to the cluster", "{error:?}");
    assert_eq!(policies(&entry.cluster, ROOT).len(), 1);

    // Unless somebody says so.
    write("skip_lockout_guard = true\n");
    entry.apply();
    assert_eq!(policies(&entry.cluster, ROOT), []);
    entry.workspace.destroy().success();
    assert!(principals(&entry.cluster).is_empty());
}

#[test]
fn plan_warns_if_caller_may_lose_permissions() {
    let entry = Entry::new(Cli::OnPath);
    entry.cluster.eks("DELETE", &path(&entry.cluster, ROOT), &json!({}));
    let write = |arguments: &str| {
        entry.workspace.write("main.tf", &resource("this", &entry.cluster.name, ROOT, arguments));
        entry.workspace.plan().warnings().iter().any(|each| each.summary.contains("Caller may lose permissions"))
    };
    assert!(write("") && write(&block("AmazonEKSClusterAdminPolicy", &[])) && !write("kubernetes_groups = [\"a\"]\n"));
}

#[test]
fn eks_created_node_entry_is_adopted_and_retained() {
    let entry = Entry::new(Cli::OnPath);
    let nodes = entry.cluster.made("node_role_arn").to_owned();
    let group = format!(
        "resource \"ekscompute_node_group\" \"workers\" {{\n  cluster_name = \"{}\"\n  node_group_name = \"workers\"\n  \
         node_role_arn = \"{nodes}\"\n  subnet_ids = {}\n  scaling_config {{\n    min_size = 1\n    max_size = 3\n  }}\n}}\n",
        entry.cluster.name,
        entry.cluster.subnets()
    );
    entry.workspace.write("main.tf", &group);
    entry.workspace.apply().success();
    let with = |arguments: &str| {
        let mine = resource("this", &entry.cluster.name, &nodes, &format!("type = \"EC2_LINUX\"\n{arguments}"));
        entry.workspace.write("main.tf", &format!("{group}{mine}"));
    };
    with("");
    let error = entry.workspace.apply().only_error();
    assert!(error.detail.contains("EKS creates some entries"), "{error:?}");

    let destroy = || entry.workspace.run(&["destroy", "-json", "-auto-approve", "-target", ADDRESS]);
    with("adopt = true\n");
    entry
        .workspace
        .plan()
        .assert_actions(&[(ADDRESS, Action::Create), ("ekscompute_node_group.workers", Action::NoOp)]);
    entry.workspace.apply_plan().success();
    let kept = destroy().success();
    assert!(kept.diagnostics().iter().any(|each| each.summary == "Access entry was kept"), "{kept}");
    assert!(principals(&entry.cluster).contains(&nodes));

    with("adopt = true\ndeletion_policy = \"delete\"\n");
    entry.workspace.apply().success();
    let error = destroy().only_error();
    assert_eq!(error.summary, "Nodes would lose access to the cluster");
    assert!(error.detail.contains("node group workers"), "{error:?}");
    with("adopt = true\ndeletion_policy = \"retain\"\n");
    entry.workspace.apply().success();
    destroy().success();
    assert!(principals(&entry.cluster).contains(&nodes));
    entry.workspace.write("main.tf", &group);
    entry.workspace.destroy().success();
}
