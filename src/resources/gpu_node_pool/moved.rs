//! Taking over the state of other providers' types for any Kubernetes object.

use serde_json::Value as Json;

use clients::kube::moves::{Foreign, Moved};
use clients::kube::{Kind, NODE_POOL};
use framework::model::{Attr, List};
use render::karpenter::node_pool::NodePool;

use super::model::GpuNodePool;
use super::{convert, work};

impl Moved for GpuNodePool {
    const KINDS: &'static [Kind] = &[NODE_POOL];
    const NOUN: &'static str = "node pool";

    /// Its requirements are those of the manifest, one by one: plans compare what is sent, so that the block `gpu` may say
    /// the same.
    fn taken_over(found: Foreign) -> Self {
        let pool = NodePool::parse(&found.manifest["spec"]);
        Self {
            name: found.manifest["metadata"]["name"].as_str().unwrap_or_default().into(),
            force_conflicts: Attr::Known(false),
            wait_for_ready: Attr::Known(true),
            uid: found.uid.into(),
            previous_field_managers: List::of(found.managers),
            ..convert::verbatim(&pool)
        }
    }

    const HAS_METADATA: bool = false;

    fn fields(&self) -> Option<Json> {
        Some(work::fields(self))
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
    use serde_json::json;

    use super::*;
    use clients::kube::moves::{from_kubectl, from_kubernetes};

    fn manifest() -> Json {
        json!({
            "apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": {"name": "gpu", "labels": {"team": "ml"}},
            "spec": {
                "template": {
                    "metadata": {"labels": {"of": "nodes"}},
                    "spec": {
                        "nodeClassRef": {"group": "eks.amazonaws.com", "kind": "NodeClass", "name": "default"},
                        "requirements": [{"key": "eks.amazonaws.com/instance-category", "operator": "In", "values": ["g"]}],
                        "expireAfter": "240h",
                    },
                },
                "limits": {"cpu": 1000}, "weight": 7,
            },
        })
    }

    #[test]
    fn fields_and_managers_are_taken_over() {
        let object = json!({"metadata": {"uid": "u-1"}});
        let found = from_kubernetes::<GpuNodePool>(1, json!({"manifest": manifest(), "object": object})).unwrap();
        assert_eq!((&found["name"], &found["controller"]), (&json!("gpu"), &json!("auto_mode")));
        assert_eq!((&found["uid"], &found["cluster_name"], &found["id"]), (&json!("u-1"), &Json::Null, &Json::Null));
        let requirement = json!({
            "key": "eks.amazonaws.com/instance-category", "operator": "In", "values": ["g"], "min_values": null,
        });
        assert_eq!((&found["requirements"], &found["gpu"]), (&json!([requirement]), &Json::Null));
        assert_eq!((&found["limits"], &found["weight"]), (&json!({"cpu": "1000"}), &json!(7)));
        assert_eq!((&found["labels"], &found["taints"]), (&json!({"of": "nodes"}), &json!([])));
        assert_eq!(found["previous_field_managers"], json!(["Terraform"]));

        let body = manifest().to_string();
        let state = json!({"yaml_body": body, "uid": "u-1", "live_uid": "u-1", "field_manager": "ops"});
        let found = from_kubectl::<GpuNodePool>(1, state).unwrap();
        assert_eq!(found["expire_after"], "240h");
        assert_eq!(found["previous_field_managers"].as_array().unwrap().last(), Some(&json!("ops")));
    }

    #[test]
    fn fields_without_attributes_are_named() {
        let lost = |manifest: &Json| {
            let state = json!({"manifest": manifest, "object": {"metadata": {"uid": "u-1"}}});
            (clients::kube::moves::all::<GpuNodePool>()[0].lost)(&state)
        };
        assert_eq!(lost(&manifest()), [""; 0], "labels of the object stay on it");
        let mut newer = manifest();
        newer["spec"]["template"]["spec"]["kubelet"] = json!({"maxPods": 20});
        newer["spec"]["disruption"] = json!({"consolidateAfter": "1m", "budgets": [{"nodes": "10%", "newer": 1}]});
        let found = lost(&newer);
        assert_eq!(found, ["spec.disruption.budgets[0].newer", "spec.template.spec.kubelet"]);
    }

    #[test]
    fn other_objects_are_refused() {
        let mut other = manifest();
        other["kind"] = json!("NodeClaim");
        let state = json!({"manifest": other, "object": {"metadata": {"uid": "u-1"}}});
        let message = format!("{:?}", from_kubernetes::<GpuNodePool>(1, state).unwrap_err());
        assert!(message.contains("not a NodePool") && message.contains("as a node pool"), "{message}");
    }
}
