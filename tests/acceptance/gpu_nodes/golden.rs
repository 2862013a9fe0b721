//! What people write by hand today, from one configuration: the provider owns exactly that, field by field.

use serde_json::{Value, json};

use super::{CLASS, CLASSES, Gpu, MANAGER, POOLS};
use crate::support::kubernetes::owned;
use crate::support::plan::Action;

pub(super) const KARPENTER: &str = include_str!("golden/karpenter.tf");

/// The manifest without what says which object it is.
fn manifest(text: &str) -> Value {
    let manifest: Value = serde_saphyr::from_str(text).expect("a manifest");
    json!({"spec": manifest["spec"]})
}

impl Gpu {
    #[track_caller]
    fn assert_owned(&self, path: &str, golden: &str) -> Value {
        let object = self.found(path);
        assert_eq!(owned(&object, MANAGER), manifest(golden), "{object:#}");
        object
    }
}

const INTERFACES: &str = r#"
  network_interface {
    network_card_index = 0
    device_index       = 0
    interface_type     = "interface"
  }
  dynamic "network_interface" {
    for_each = range(8)
    content {
      network_card_index = network_interface.value
      device_index       = network_interface.value == 0 ? 1 : 0
      interface_type     = "efa-only"
    }
  }
"#;

#[test]
fn a_class_and_a_pool_of_karpenter_are_the_manifests_written_by_hand() {
    let gpu = Gpu::published(&["karpenter-v1.14.1"]);
    let class = format!("{CLASSES}/gpu");
    gpu.configure(KARPENTER);
    gpu.apply();
    let object = gpu.assert_owned(&class, include_str!("golden/karpenter_class.yaml"));
    let defaults = json!({
        "httpEndpoint": "enabled", "httpProtocolIPv6": "disabled", "httpPutResponseHopLimit": 1, "httpTokens": "required",
    });
    assert_eq!(object["spec"]["metadataOptions"], defaults, "the server's");
    let object = gpu.assert_owned(&format!("{POOLS}/gpu"), include_str!("golden/karpenter_pool.yaml"));
    assert_eq!(object["spec"]["disruption"]["budgets"], json!([{"nodes": "10%"}]), "the server's");

    // Another role is no other class; its nodes will be replaced.
    gpu.configure(&KARPENTER.replacen("KarpenterNodeRole-demo", "KarpenterNodeRole-other", 1));
    let plan = gpu.workspace.plan();
    plan.assert_actions(&[(CLASS, Action::Update)]);
    assert!(plan.warnings().iter().any(|each| each.summary == "Nodes of node class gpu will be replaced"));
    gpu.configure(KARPENTER);

    // What Karpenter writes is no change.
    gpu.cluster.settle_karpenter();
    assert_eq!(gpu.found(&class)["metadata"]["finalizers"], json!(["karpenter.k8s.aws/termination"]));
    gpu.workspace.plan().assert_no_changes();

    // Eight interfaces for EFA beside the one with an address.
    gpu.configure(&KARPENTER.replacen("  block_device_mapping", &format!("{INTERFACES}\n  block_device_mapping"), 1));
    gpu.apply();
    gpu.assert_owned(&class, include_str!("golden/efa_class.yaml"));
    gpu.workspace.destroy().success();
    assert_eq!((gpu.get(&class), gpu.get(&format!("{POOLS}/gpu"))), (None, None));
}

const AUTO_MODE: &str = include_str!("golden/auto_mode.tf");

#[test]
fn a_pool_of_auto_mode_is_the_manifest_written_by_hand() {
    let gpu = Gpu::new(&["auto-mode"]);
    // EKS creates the node class default.
    let skip = "provider \"ekscompute\" {\n  preflight {\n    skip = [\"pool_node_class\"]\n  }\n}\n";
    gpu.workspace.write("provider.tf", skip);
    gpu.configure(AUTO_MODE);
    gpu.apply();
    let object = gpu.assert_owned(&format!("{POOLS}/gpu-pool"), include_str!("golden/auto_mode_pool.yaml"));
    assert_eq!(object["spec"]["template"]["spec"]["expireAfter"], "336h", "the server's");
    gpu.workspace.destroy().success();
}
