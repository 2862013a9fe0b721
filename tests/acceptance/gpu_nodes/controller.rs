//! What the controller says and does with a class and its pool: waits, failing conditions, finalizers, and what others write.

use serde_json::{Value, json};

use super::{CLAIMS, CLASS, CLASSES, Gpu, POOL, POOLS};

const TIMEOUTS: &str = "timeouts {\n    create = \"5s\"\n    update = \"5s\"\n    delete = \"5s\"\n  }\n";

impl Gpu {
    /// A class that selects what the cluster has, and its pool; both wait as long as a test can.
    fn configuration(&self) -> String {
        let role = self.cluster.made("node_role_arn").rsplit('/').next().expect("a name");
        let ids = self.cluster.made["private_subnet_ids"].as_array().expect("subnets").iter();
        let subnets: Vec<_> = ids.map(|id| format!("subnet_selector_term {{ id = {id} }}")).collect();
        let group = self.cluster.made("cluster_security_group_id");
        format!(
            r#"
resource "ekscompute_gpu_node_class" "gpu" {{
  cluster_name                  = "{cluster}"
  name                          = "gpu"
  controller                    = "karpenter"
  role                          = "{role}"
  {subnets}
  security_group_selector_term {{ id = "{group}" }}
  tags                          = {{ team = "gpu" }}
  {TIMEOUTS}}}
resource "ekscompute_gpu_node_pool" "gpu" {{
  cluster_name    = "{cluster}"
  name            = "gpu"
  controller      = "karpenter"
  node_class_name = ekscompute_gpu_node_class.gpu.name
  gpu {{ instance_families = ["g6"] }}
  {TIMEOUTS}}}
"#,
            cluster = self.cluster.name,
            subnets = subnets.join("\n  "),
        )
    }
}

fn ready(attributes: &Value) -> bool {
    let conditions = attributes["conditions"].as_array().into_iter().flatten();
    conditions.into_iter().any(|each| each["type"] == "Ready" && each["status"] == "True")
}

#[test]
fn a_class_waits_until_it_is_ready_and_its_pool_after_it() {
    let gpu = Gpu::new(&["karpenter-v1.14.1"]);
    let denied = json!({
        "kind": "EC2NodeClass", "type": "ValidationSucceeded", "reason": "RunInstancesAuthCheckFailed",
        "message": "not authorized to run instances",
    });
    gpu.cluster.karpenter(json!({"settings": {"conditions": [denied]}}));
    gpu.configure(&gpu.configuration());
    let error = gpu.workspace.apply().only_error();
    assert!(error.detail.contains("not authorized to run instances"), "{error:?}");
    assert_eq!(gpu.get(&format!("{POOLS}/gpu")), None, "the pool does not come before its class");
    // Somebody helps, and it converges.
    gpu.settings(&json!({"conditions": [], "delay_seconds": 1}));
    gpu.apply();
    let class = gpu.workspace.attributes(CLASS);
    assert!(ready(&class) && ready(&gpu.workspace.attributes(POOL)), "{class}");
    let subnets = class["resolved_subnets"].as_array().map(Vec::len);
    assert_eq!((subnets, class["resolved_amis"].as_array().map(Vec::len)), (Some(2), Some(5)));

    // Subnets that do not exist are said by name of the condition, and the old state is not lost.
    let text = gpu.configuration();
    gpu.settings(&json!({"delay_seconds": 0}));
    gpu.configure(&text.replacen("{ id = \"subnet-", "{ id = \"subnet-0000", 2));
    let error = gpu.workspace.apply().only_error();
    assert!(error.detail.contains("SubnetsNotFound"), "{error:?}");
    gpu.configure(&text);
    // Karpenter marks the pool ready once its class is.
    gpu.workspace.expect_reaction(&format!("{POOL}.conditions"));
    gpu.apply();
}

#[test]
fn destroy_waits_for_nodes_and_reports_finalizers() {
    let gpu = Gpu::new(&["karpenter-v1.14.1"]);
    gpu.cluster.karpenter(json!({"settings": {"drain_seconds": null}}));
    gpu.configure(&gpu.configuration());
    gpu.apply();
    let claims = gpu.cluster.karpenter(json!({"node_claims": {"pool": "gpu", "count": 2}}))["node_claims"].clone();
    let error = gpu.workspace.destroy().only_error();
    for words in [claims[0].as_str(), claims[1].as_str(), Some("karpenter.sh/termination")] {
        assert!(error.detail.contains(words.expect("a name")), "{words:?}: {error:?}");
    }
    assert!(gpu.workspace.addresses().contains(&CLASS.to_owned()));
    // The class alone is held by the claims that are left of the pool.
    gpu.workspace.run(&["state", "rm", POOL]).success();
    let error = gpu.workspace.destroy().only_error();
    assert!(error.detail.contains("karpenter.k8s.aws/termination"), "{error:?}");
    assert!(error.detail.contains(claims[0].as_str().expect("a name")), "{error:?}");
    gpu.settings(&json!({"drain_seconds": 0}));
    gpu.workspace.destroy().success();
    assert!(gpu.workspace.addresses().is_empty());
    assert_eq!((gpu.get(&format!("{CLASSES}/gpu")), &gpu.found(CLAIMS)["items"]), (None, &json!([])));
}
