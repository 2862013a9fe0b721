//! What the API server takes in no update of a node pool, a plan replaces.

use serde_json::{Value, json};

use super::{CLASS, CLASSES, Gpu, POOL, POOLS};
use crate::support::plan::Action;

/// A pool of a class that nobody has made, with these arguments.
fn pool(controller: &str, class: &str, more: &str) -> String {
    format!(
        r#"
variable "cluster_name" {{ type = string }}
resource "ekscompute_gpu_node_pool" "gpu" {{
  cluster_name    = var.cluster_name
  name            = "gpu"
  controller      = "{controller}"
  node_class_name = "{class}"
  wait_for_ready  = false
  skip_preflight  = ["pool_node_class"]
  gpu {{}}
  {more}
}}
"#
    )
}

impl Gpu {
    /// What the API server says to a change of the pool: nothing, or why not.
    fn asked(&self, spec: &Value) -> Option<String> {
        let request = json!({"body": {"spec": spec}, "content_type": "application/merge-patch+json"});
        let path = format!("{POOLS}/gpu?dryRun=All");
        match self.cluster.kubernetes("PATCH", &path, request) {
            (200, _) => None,
            (422, answer) => Some(answer["message"].as_str().expect("a message").to_owned()),
            other => panic!("{other:?}"),
        }
    }

    /// The API server refuses the change in these words, and the plan of a configuration that says the same replaces.
    #[track_caller]
    fn assert_replaced(&self, spec: &Value, words: &str, configuration: &str) {
        let refusal = self.asked(spec).unwrap_or_else(|| panic!("{spec} is taken"));
        assert!(refusal.contains(words), "{refusal}");
        self.configure(configuration);
        self.workspace.plan().assert_actions(&[(POOL, Action::Replace)]);
    }
}

#[test]
fn immutable_pool_fields_force_replacement() {
    let gpu = Gpu::new(&["karpenter-v1.14.1"]);
    gpu.configure(&pool("karpenter", "gpu", ""));
    gpu.apply();
    let reference = |reference: Value| json!({"template": {"spec": {"nodeClassRef": reference}}});
    let other = pool("auto_mode", "gpu", "");
    gpu.assert_replaced(&reference(json!({"group": "eks.amazonaws.com"})), "nodeClassRef.group is immutable", &other);
    gpu.assert_replaced(&reference(json!({"kind": "NodeClass"})), "nodeClassRef.kind is immutable", &other);
    assert_eq!(gpu.asked(&reference(json!({"name": "other"}))), None);
    gpu.configure(&pool("karpenter", "other", ""));
    gpu.workspace.plan().assert_actions(&[(POOL, Action::Update)]);

    let fixed = pool("karpenter", "gpu", "replicas = 1");
    gpu.assert_replaced(&json!({"replicas": 1}), "Cannot transition NodePool between static", &fixed);
    // Also when only the apply says how many.
    let count = "resource \"terraform_data\" \"count\" { input = 1 }\n".to_owned();
    gpu.configure(&(count.clone() + &pool("karpenter", "gpu", "replicas = terraform_data.count.output")));
    gpu.workspace.plan().assert_actions(&[(POOL, Action::Replace), ("terraform_data.count", Action::Create)]);
    gpu.workspace.apply_plan().success();
    gpu.workspace.plan().assert_no_changes();
    assert_eq!(gpu.found(&format!("{POOLS}/gpu"))["spec"]["replicas"], 1);

    assert_eq!(gpu.asked(&json!({"replicas": 2})), None);
    gpu.assert_replaced(
        &json!({"replicas": null}),
        "Cannot transition NodePool between static",
        &(count + &pool("karpenter", "gpu", "")),
    );
    gpu.apply();
    assert_eq!(gpu.found(&format!("{POOLS}/gpu"))["spec"].get("replicas"), None);
    gpu.workspace.destroy().success();
}

/// No rule forbids any update of a node class; what else forbids it, as EKS Auto Mode may, is an error of the plan.
#[test]
fn an_update_that_a_cluster_does_not_take_is_an_error_of_the_plan() {
    let gpu = Gpu::published(&["karpenter-v1.14.1"]);
    gpu.configure(super::golden::KARPENTER);
    gpu.apply();
    let definition = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/ec2nodeclasses.karpenter.k8s.aws";
    let rules = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/role/x-kubernetes-validations/-";
    let rule = json!([{"op": "add", "path": rules, "value": {"rule": "self == oldSelf", "message": "immutable field changed"}}]);
    let request = json!({"body": rule, "content_type": "application/json-patch+json"});
    let (status, answer) = gpu.cluster.kubernetes("PATCH", definition, request);
    assert_eq!(status, 200, "{answer}");
    gpu.configure(&super::golden::KARPENTER.replacen("KarpenterNodeRole-demo", "KarpenterNodeRole-other", 1));
    let error = gpu.workspace.try_plan(&[]).only_error();
    assert!(error.detail.contains("immutable field changed") && error.code.starts_with("role"), "{error:?}");
    assert_eq!(gpu.found(&format!("{CLASSES}/gpu"))["spec"]["role"], "KarpenterNodeRole-demo");
    assert!(gpu.workspace.addresses().contains(&CLASS.to_owned()));
}
