//! Taking over what others have made: never by accident, and with `moved` on purpose.

use serde_json::{Value, json};

use super::{ADDRESS, CLASS, Class};
use crate::support::cli::Cli;
use crate::support::moved_states::Predecessor;
use crate::support::owners::assert_one_owner;
use crate::support::plan::Action;

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

fn manifest(class: &Class) -> Value {
    json!({
        "apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass", "metadata": {"name": "gpu"}, "spec": class.spec(),
    })
}

/// Moves the class of a workspace of its own, and proves that the former manager has no part in it any more.
#[track_caller]
fn assert_moved(class: &Class, from: Predecessor, manager: &str) {
    let before = class.live();
    class.workspace.inherit(from, (&manifest(class), &before), ADDRESS);
    class.configure("ami_selector_term { alias = \"al2023@latest\" }\ntags = { team = \"ml\" }");
    class.workspace.plan().assert_actions(&[(ADDRESS, Action::Update)]);
    class.apply();
    let live = class.live();
    assert_eq!(live["metadata"]["uid"], before["metadata"]["uid"]);
    let managers = live["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
    assert!(managers.iter().all(|each| each["manager"] != manager), "the old manager owns nothing: {managers:#?}");
    assert!(live["metadata"]["annotations"][LAST_APPLIED].is_null(), "and kubectl remembers nothing");
    // What is removed now does not live on.
    class.configure("ami_selector_term { alias = \"al2023@latest\" }");
    class.apply();
    assert!(class.live()["spec"]["tags"]["team"].is_null());
    class.workspace.destroy().success();
}

/// Made as `kubectl apply` does it on the side of the client.
#[track_caller]
fn make(class: &Class, manager: &str) {
    let mut body = manifest(class);
    body["metadata"]["annotations"] = json!({LAST_APPLIED: manifest(class).to_string()});
    let path = format!("/apis/karpenter.k8s.aws/v1/ec2nodeclasses?fieldManager={manager}");
    let (status, answer) = class.cluster.kubernetes("POST", &path, json!({"body": body}));
    assert_eq!(status, 201, "{answer}");
}

#[test]
fn gpu_class_moves_from_kubernetes_manifest_and_leaves_no_old_owner() {
    // This one keeps identities.
    let class = Class::new(Cli::Terraform112);
    class.declare("Terraform", &class.spec());
    assert_moved(&class, Predecessor::Kubernetes, "Terraform");
}

#[test]
fn gpu_class_moves_from_kubectl_manifest() {
    let class = Class::new(Cli::OnPath);
    make(&class, "kubectl");
    assert_moved(&class, Predecessor::Kubectl, "kubectl");
    let class = Class { workspace: class.cluster.workspace(Cli::OnPath), ..class };
    class.declare("kubectl", &class.spec());
    assert_moved(&class, Predecessor::KubectlFork, "kubectl");
}

#[test]
fn move_that_would_lose_a_field_needs_consent() {
    let class = Class::new(Cli::OnPath);
    make(&class, "kubectl");
    let before = class.live();
    let mut newer = manifest(&class);
    newer["metadata"]["finalizers"] = json!(["example.com/hold"]);
    class.workspace.inherit(Predecessor::Kubectl, (&newer, &before), ADDRESS);
    class.configure("ami_selector_term { alias = \"al2023@latest\" }\ntags = { team = \"ml\" }");
    let error = class.workspace.try_plan(&[]).only_error();
    for words in ["- metadata.finalizers", "import block", "EKSCOMPUTE_MOVE_DROP_FIELDS='metadata.finalizers'"] {
        assert!(error.detail.contains(words), "{words}: {error:?}");
    }
    let Class { workspace, cluster, .. } = class;
    let workspace = workspace.env("EKSCOMPUTE_MOVE_DROP_FIELDS", "metadata.finalizers");
    let plan = workspace.plan();
    plan.assert_actions(&[(ADDRESS, Action::Update)]);
    let warnings = plan.warnings();
    assert!(warnings.iter().any(|one| one.detail.contains("- metadata.finalizers")), "{warnings:?}");
    workspace.apply().success();
    drop(cluster);
}

#[test]
fn gpu_class_that_was_moved_is_looked_for_in_its_cluster() {
    let class = Class::new(Cli::OnPath);
    let live = json!({"metadata": {"name": "gpu", "uid": "0a1c9a6e-3a0e-4f5a-8f36-3d2d0f1ad7a1"}});
    class.workspace.inherit(Predecessor::Kubectl, (&manifest(&class), &live), ADDRESS);
    class.configure("");
    let error = class.workspace.try_plan(&[]).only_error();
    assert!(error.summary.starts_with("Moved EC2NodeClass gpu not found in cluster"), "{error:?}");
    assert!(error.code.starts_with("cluster_name"), "{error:?}");
}

#[test]
fn gpu_class_that_kubectl_has_applied_is_imported_and_changed_only_by_force() {
    let class = Class::new(Cli::OnPath);
    make(&class, "kubectl-client-side-apply");
    class.cluster.settle_karpenter();
    let arguments = "ami_selector_term { alias = \"al2023@latest\" }\n";
    class.configure(&format!("{arguments}tags = {{ team = \"ml\" }}"));
    class.workspace.import(ADDRESS, &format!("{}/karpenter/gpu", class.cluster.name)).success();
    class.workspace.plan().assert_no_changes();

    // Something new is no conflict, and shares what is equal.
    class.configure(&format!("{arguments}tags = {{ team = \"ml\", of = \"us\" }}"));
    class.apply();
    assert!(class.owned("kubectl-client-side-apply")["f:tags"]["f:team"].is_object(), "theirs, too");
    class.configure(&format!("{arguments}tags = {{ team = \"other\", of = \"us\" }}"));
    // The plan warns, so that the class can be destroyed; the write is refused.
    let warnings = class.workspace.plan().warnings();
    assert!(warnings.iter().any(|one| one.summary.starts_with("Field manager conflict")), "{warnings:?}");
    let error = class.workspace.apply().only_error();
    assert!(error.summary.starts_with("Field manager conflict"), "{error:?}");
    for part in ["kubectl-client-side-apply", "tags", "force_conflicts = true"] {
        assert!(error.detail.contains(part), "{error:?}");
    }
    assert_eq!(class.live()["spec"]["tags"]["team"], "ml");
    class.configure(&format!("{arguments}tags = {{ team = \"other\", of = \"us\" }}\nforce_conflicts = true"));
    class.apply();
    assert_eq!(class.live()["spec"]["tags"], json!({"team": "other", "of": "us"}));
    let theirs = class.owned("kubectl-client-side-apply");
    assert!(theirs["f:tags"]["f:team"].is_null() && theirs["f:role"].is_object(), "the rest is shared: {theirs}");
}

#[test]
fn gpu_class_has_one_owner() {
    let class = Class::new(Cli::OnPath);
    class.configure("tags = { team = \"ml\" }");
    assert_one_owner(&class.cluster, &class.workspace);
    assert_eq!(class.cluster.kubernetes("GET", CLASS, json!({})).0, 404);
}

#[test]
fn gpu_class_that_exists_is_not_adopted_and_declared_fields_need_force() {
    let class = Class::new(Cli::OnPath);
    class.declare("argocd", &class.spec());
    class.configure("tags = { team = \"other\" }");
    let error = class.workspace.apply().only_error();
    assert!(error.summary.contains("already exists"), "{error:?}");
    assert!(error.detail.contains(&format!("{}/karpenter/gpu", class.cluster.name)), "{error:?}");
    assert_eq!(class.live()["spec"]["tags"]["team"], "ml");

    class.workspace.import(ADDRESS, &format!("{}/karpenter/gpu", class.cluster.name)).success();
    let error = class.workspace.apply().only_error();
    assert!(error.summary.starts_with("Field manager conflict"), "{error:?}");
    assert!(error.detail.contains("argocd") && error.detail.contains("force_conflicts"), "{error:?}");
    class.configure("tags = { team = \"other\" }\nforce_conflicts = true");
    class.apply();
    assert_eq!(class.live()["spec"]["tags"]["team"], "other");
}
