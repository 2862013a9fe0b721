//! Taking over the state of other providers' types for any Kubernetes object.

use serde_json::{Value as Json, json};

use clients::kube::moves::{Foreign, Moved};
use clients::kube::{EC2_NODE_CLASS, Kind, NODE_CLASS};
use framework::model::{Attr, List};

use super::api::{self, AUTO_MODE, KARPENTER};
use super::model::GpuNodeClass;

impl Moved for GpuNodeClass {
    const KINDS: &'static [Kind] = &[EC2_NODE_CLASS, NODE_CLASS];
    const NOUN: &'static str = "node class";

    fn taken_over(found: Foreign) -> Self {
        let manifest = &found.manifest;
        let controller = if manifest["kind"] == NODE_CLASS.kind { AUTO_MODE } else { KARPENTER };
        let named = Self {
            name: manifest["metadata"]["name"].as_str().unwrap_or_default().into(),
            controller: controller.into(),
            force_conflicts: Attr::Known(false),
            wait_for_ready: Attr::Known(true),
            uid: found.uid.into(),
            previous_field_managers: List::of(found.managers),
            ..Self::default()
        };
        api::with(&named, &json!({"metadata": manifest["metadata"], "spec": manifest["spec"]}))
    }

    const HAS_METADATA: bool = true;

    fn fields(&self) -> Option<Json> {
        api::fields(self)
    }

    fn cluster_name(&self) -> &Attr<String> {
        &self.cluster_name
    }

    fn region(&mut self) -> &mut Attr<String> {
        &mut self.region
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clients::kube::moves::{from_kubectl, from_kubernetes};

    #[test]
    fn fields_and_managers_are_taken_over() {
        let manifest = json!({
            "apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass",
            "metadata": {"name": "gpu", "labels": {"team": "ml"}},
            "spec": {"role": "node", "subnetSelectorTerms": [{"tags": {"a": "b"}}], "detailedMonitoring": true},
        });
        let state = json!({"manifest": manifest, "object": {"metadata": {"uid": "u-1"}}});
        let found = from_kubernetes::<GpuNodeClass>(1, state).unwrap();
        assert_eq!((&found["name"], &found["controller"]), (&json!("gpu"), &json!("karpenter")));
        assert_eq!((&found["uid"], &found["cluster_name"]), (&json!("u-1"), &Json::Null));
        assert_eq!(found["labels"], json!({"team": "ml"}));
        assert_eq!(found["subnet_selector_terms"], json!([{"id": null, "tags": {"a": "b"}}]));
        assert_eq!(found["detailed_monitoring"], true);
        assert_eq!(found["previous_field_managers"], json!(["Terraform"]));

        let yaml =
            "apiVersion: eks.amazonaws.com/v1\nkind: NodeClass\nmetadata: {name: gpu}\nspec: {snatPolicy: Disabled}\n";
        let found = from_kubectl::<GpuNodeClass>(1, json!({"yaml_body": yaml, "uid": "u-2"})).unwrap();
        assert_eq!((&found["controller"], &found["snat_policy"]), (&json!("auto_mode"), &json!("Disabled")));
    }

    #[test]
    fn fields_without_attributes_are_named() {
        let manifest = json!({
            "apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass",
            "metadata": {"name": "gpu", "labels": {"team": "ml"}, "finalizers": ["a/b"]},
            "spec": {
                "role": "node", "enclaveOptions": {"enabled": true}, "detailedMonitoring": true,
                "subnetSelectorTerms": [{"tags": {"a": "b"}}, {"id": "subnet-1", "zone": "a"}],
                "kubelet": {"maxPods": 20, "featureGates": {"A": true}},
            },
        });
        let lost = |manifest: &Json, kind: usize| {
            let state = json!({"manifest": manifest, "object": {"metadata": {"uid": "u-1"}}});
            let kubectl = json!({"yaml_body": manifest.to_string(), "uid": "u-1"});
            let from = &clients::kube::moves::all::<GpuNodeClass>()[kind];
            (from.lost)(if kind == 0 { &state } else { &kubectl })
        };
        let expected = [
            "spec.enclaveOptions",
            "spec.kubelet.featureGates",
            "spec.subnetSelectorTerms[1].zone",
            "metadata.finalizers",
        ];
        for kind in 0..3 {
            assert_eq!(lost(&manifest, kind), expected);
        }
        let kept = json!({
            "apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass", "metadata": {"name": "gpu"},
            "spec": {"role": "node", "kubelet": {"maxPods": 20}, "tags": {}, "context": null},
        });
        assert!(lost(&kept, 0).is_empty());
    }

    #[test]
    fn another_object_is_refused_with_the_way_to_import() {
        let state =
            json!({"manifest": {"apiVersion": "v1", "kind": "ConfigMap"}, "object": {"metadata": {"uid": "u"}}});
        let message = format!("{:?}", from_kubernetes::<GpuNodeClass>(1, state).unwrap_err());
        assert!(message.contains("ConfigMap of v1") && message.contains("import block"), "{message}");
        assert!(message.contains("as a node class"), "{message}");
    }
}
