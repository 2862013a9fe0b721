//! What goes wrong, and what is said and left then.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{ADDRESS, CLASS, Class};
use crate::support::cli::Cli;
use crate::support::plan::Action;

#[test]
fn gpu_class_rules_are_errors_of_the_plan() {
    let class = Class::new(Cli::OnPath);
    class.configure("instance_profile = \"other\"");
    let error = class.workspace.try_plan(&[]).only_error();
    assert!(error.code.starts_with("instance_profile"), "{error:?}");
    class.configure("ephemeral_storage { size = \"80Gi\" }");
    let error = class.workspace.try_plan(&[]).only_error();
    assert!(error.code.starts_with("ephemeral_storage") && error.detail.contains("auto_mode"), "{error:?}");
}

#[test]
fn gpu_class_that_does_not_become_ready_says_why_and_is_replaced() {
    let class = Class::new(Cli::OnPath);
    let condition = json!({
        "kind": "EC2NodeClass", "type": "AMIsReady", "status": "False", "reason": "UnsupportedAlias", "message": "no such alias",
    });
    class.cluster.karpenter(json!({"settings": {"conditions": [condition]}}));
    class.configure("");
    let error = class.workspace.apply().only_error();
    assert!(error.summary.contains("cannot become ready"), "{error:?}");
    assert!(error.detail.contains("AMIsReady is False (UnsupportedAlias): no such alias"), "{error:?}");
    class.cluster.karpenter(json!({"settings": {"conditions": []}}));
    class.workspace.plan().assert_actions(&[(ADDRESS, Action::Replace)]);
    class.apply();
}

#[test]
fn gpu_class_create_is_interruptible_and_destroy_reports_finalizer() {
    let class = Class::new(Cli::OnPath);
    class.cluster.karpenter(json!({"settings": {"running": false}}));
    class.configure("");
    let mut apply = class.workspace.start_apply();
    apply.wait_until("the class", |_| class.live()["metadata"]["uid"].is_string());
    let since = Instant::now();
    apply.interrupt();
    let run = apply.wait();
    assert!(!run.succeeded() && since.elapsed() < Duration::from_secs(20), "{run}");
    assert_eq!(class.workspace.addresses(), [ADDRESS], "what exists is in the state");
    class.cluster.karpenter(json!({"settings": {"running": true}}));
    class.apply();

    class.cluster.karpenter(json!({"settings": {"held_finalizers": ["EC2NodeClass"]}}));
    class.configure("timeouts {\n  delete = \"1s\"\n}");
    class.apply();
    let error = class.workspace.destroy().only_error();
    assert!(error.detail.contains("held by finalizer karpenter.k8s.aws/termination"), "{error:?}");
    class.cluster.karpenter(json!({"settings": {"held_finalizers": []}}));
    class.workspace.destroy().success();
    assert_eq!(class.cluster.kubernetes("GET", CLASS, json!({})).0, 404);
}
