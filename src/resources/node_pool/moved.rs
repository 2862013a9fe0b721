//! Moves from the resource types of other providers for any Kubernetes object.

use serde_json::Value as Json;

use clients::kube::fields::{from_state, to_state};
use clients::kube::moves::{Moved, SourceObject};
use clients::kube::{Kind, NODE_POOL};
use framework::blocks::Blocks;
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::model::{Attr, List, Map};
use framework::resource::MoveFrom;
use render::karpenter::form::Form;

use super::model::NodePool;
use super::{convert, state, work};

impl Moved for NodePool {
    const KINDS: &'static [Kind] = &[NODE_POOL];
    const NOUN: &'static str = "node pool";

    /// Each requirement of the manifest becomes a block. Plans compare the fields that are sent, so a configuration
    /// with a `gpu` block can be equivalent.
    fn taken_over(found: SourceObject) -> Self {
        Self {
            name: found.manifest["metadata"]["name"].as_str().unwrap_or_default().into(),
            force_conflicts: Attr::Known(false),
            wait_for_ready: Attr::Known(true),
            uid: found.uid.into(),
            previous_field_managers: List::of(found.managers),
            ..taken_over(&found.manifest)
        }
    }

    const HAS_METADATA: bool = true;

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

fn taken_over(manifest: &Json) -> NodePool {
    let texts = |name: &str| match manifest["metadata"][name].as_object() {
        Some(members) => {
            Map::of(members.iter().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))))
        }
        None => Attr::Null,
    };
    NodePool {
        object_labels: texts("labels"),
        object_annotations: texts("annotations"),
        ..state::of_spec(Form::General, &NodePool::default(), &manifest["spec"])
    }
}

/// The move from the other form of the resource.
pub(super) fn other_form(form: Form) -> MoveFrom {
    let from =
        |type_name| MoveFrom { provider: "ekscompute/ekscompute", type_name, convert: general, lost: |_| Vec::new() };
    match form {
        Form::General => from(work::type_name(Form::Gpu)),
        Form::Gpu => MoveFrom { convert: |_, state| Ok(state), ..from(work::type_name(Form::General)) },
    }
}

/// Converts the state of a GPU node pool to the general form. The `gpu` block and the NVIDIA taint become blocks with
/// the same fields, so the move does not change the object.
fn general(_version: i64, state: Json) -> Result<Json, Diagnostics> {
    let Some(stored) = from_state::<NodePool>(&state) else {
        return Err(Diagnostic::error(
            "Unable to move state from ekscompute_gpu_node_pool",
            "The state does not have the expected format. Apply once with this version of the provider before the move.",
        )
        .into());
    };
    let same = convert::verbatim(&convert::of_arguments(&stored));
    let moved = NodePool {
        requirement: same.requirement,
        taint: same.taint,
        gpu: Blocks::default(),
        nvidia_taint: Attr::Null,
        efa_instance_types: Attr::Null,
        ..stored
    };
    Ok(to_state(&moved).unwrap_or(state))
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
        let found = from_kubernetes::<NodePool>(1, json!({"manifest": manifest(), "object": object})).unwrap();
        assert_eq!((&found["name"], &found["controller"]), (&json!("gpu"), &json!("auto_mode")));
        assert_eq!((&found["uid"], &found["cluster_name"], &found["id"]), (&json!("u-1"), &Json::Null, &Json::Null));
        let requirement = json!({
            "key": "eks.amazonaws.com/instance-category", "operator": "In", "values": ["g"], "min_values": null,
        });
        assert_eq!((&found["requirement"], &found["gpu"]), (&json!([requirement]), &Json::Null));
        assert_eq!((&found["limits"], &found["weight"]), (&json!({"cpu": "1000"}), &json!(7)));
        assert_eq!((&found["node_labels"], &found["taint"]), (&json!({"of": "nodes"}), &json!([])));
        assert_eq!(found["previous_field_managers"], json!(["Terraform"]));

        let body = manifest().to_string();
        let state = json!({"yaml_body": body, "uid": "u-1", "live_uid": "u-1", "field_manager": "ops"});
        let found = from_kubectl::<NodePool>(1, state).unwrap();
        assert_eq!(found["expire_after"], "240h");
        assert_eq!(found["previous_field_managers"].as_array().unwrap().last(), Some(&json!("ops")));
    }

    #[test]
    fn fields_without_arguments_are_kept() {
        let lost = |manifest: &Json| {
            let state = json!({"manifest": manifest, "object": {"metadata": {"uid": "u-1"}}});
            (clients::kube::moves::all::<NodePool>()[0].lost)(&state)
        };
        assert_eq!(lost(&manifest()), [""; 0]);
        let mut newer = manifest();
        newer["spec"]["template"]["spec"]["kubelet"] = json!({"maxPods": 20});
        newer["spec"]["disruption"] = json!({"consolidateAfter": "1m", "budgets": [{"nodes": "10%", "newer": 1}]});
        assert_eq!(lost(&newer), [""; 0]);
        let state = json!({"manifest": newer, "object": {"metadata": {"uid": "u-1"}}});
        let moved = from_kubernetes::<NodePool>(1, state).unwrap();
        let expected = json!({
            "disruption": {"budgets": [{"nodes": "10%", "newer": 1}]}, "template": {"spec": {"kubelet": {"maxPods": 20}}},
        });
        assert_eq!(moved["additional_spec"]["value"], expected);
        newer["metadata"]["finalizers"] = json!(["a/b"]);
        assert_eq!(lost(&newer), ["metadata.finalizers"]);
    }

    #[test]
    fn general_form_has_a_block_for_each_requirement() {
        let gpu = json!({"instance_categories": ["g"], "min_count": 2});
        let state = json!({
            "cluster_name": "demo", "name": "gpu", "controller": "karpenter", "node_class_name": "gpu",
            "nvidia_taint": true, "gpu": gpu, "requirement": [{"key": "team", "operator": "Exists"}],
            "additional_spec": {"value": {"new": 1}, "type": ["object", {"new": "number"}]}, "id": "demo/karpenter/gpu",
        });
        let before = convert::pool(&from_state::<NodePool>(&state).unwrap());
        let moved = (other_form(Form::General).convert)(0, state.clone()).unwrap();
        let after = convert::pool(&from_state::<NodePool>(&moved).unwrap());
        assert_eq!(after.spec(), before.spec(), "the move changes no field");
        assert_eq!((&moved["gpu"], &moved["nvidia_taint"]), (&Json::Null, &Json::Null));
        assert_eq!((&moved["id"], &moved["additional_spec"]), (&state["id"], &state["additional_spec"]));
        assert_eq!(moved["requirement"].as_array().map(Vec::len), Some(3));
    }

    #[test]
    fn move_from_other_kind_is_rejected() {
        let mut other = manifest();
        other["kind"] = json!("NodeClaim");
        let state = json!({"manifest": other, "object": {"metadata": {"uid": "u-1"}}});
        let message = format!("{:?}", from_kubernetes::<NodePool>(1, state).unwrap_err());
        assert!(message.contains("must be NodePool") && message.contains("to a node pool"), "{message}");
    }
}
