//! Moves state from the resource types of other providers for any Kubernetes object.

use serde_json::{Value as Json, json};

use clients::kube::fields::to_state;
use clients::kube::moves::{Moved, SourceObject};
use clients::kube::{EC2_NODE_CLASS, Kind, NODE_CLASS};
use framework::diagnostics::Diagnostics;
use framework::model::{Attr, List};
use framework::resource::MoveFrom;
use render::karpenter::form::Form;
use render::karpenter::node_class::family_of_alias;

use super::api::{self, AUTO_MODE, KARPENTER};
use super::model::NodeClass;

impl Moved for NodeClass {
    const KINDS: &'static [Kind] = &[EC2_NODE_CLASS, NODE_CLASS];
    const NOUN: &'static str = "node class";

    fn taken_over(found: SourceObject) -> Self {
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

/// The move from the other form of the resource. Both forms have the same arguments, except for the default volume.
pub(super) fn other_form(form: Form) -> MoveFrom {
    let type_name = match form {
        Form::General => "ekscompute_gpu_node_class",
        Form::Gpu => "ekscompute_node_class",
    };
    let convert = match form {
        Form::General => general,
        Form::Gpu => |_, state| Ok(state),
    };
    MoveFrom { provider: "ekscompute/ekscompute", type_name, convert, lost: |_| Vec::new() }
}

/// Converts the state of a GPU node class to the general form. Its default volumes become blocks, so that they are
/// kept.
fn general(_version: i64, mut state: Json) -> Result<Json, Diagnostics> {
    if state["default_volume"] == true {
        let family = state["ami_family"].as_str();
        let alias = state["default_ami_alias"].as_str().or(state["ami_selector_term"][0]["alias"].as_str());
        let family = family.or(alias.and_then(family_of_alias)).unwrap_or_default();
        let mappings = json!({"metadata": {}, "spec": {"blockDeviceMappings": api::volumes(family)}});
        let blocks = api::with(&NodeClass { controller: KARPENTER.into(), ..NodeClass::default() }, &mappings);
        state["block_device_mapping"] = to_state(&blocks).unwrap_or_default()["block_device_mapping"].clone();
    }
    if let Some(members) = state.as_object_mut() {
        members.remove("default_volume");
    }
    Ok(state)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clients::kube::moves::{from_kubectl, from_kubernetes};

    #[test]
    fn move_keeps_fields_and_field_managers() {
        let manifest = json!({
            "apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass",
            "metadata": {"name": "gpu", "labels": {"team": "ml"}},
            "spec": {"role": "node", "subnetSelectorTerms": [{"tags": {"a": "b"}}], "detailedMonitoring": true},
        });
        let state = json!({"manifest": manifest, "object": {"metadata": {"uid": "u-1"}}});
        let found = from_kubernetes::<NodeClass>(1, state).unwrap();
        assert_eq!((&found["name"], &found["controller"]), (&json!("gpu"), &json!("karpenter")));
        assert_eq!((&found["uid"], &found["cluster_name"]), (&json!("u-1"), &Json::Null));
        assert_eq!(found["object_labels"], json!({"team": "ml"}));
        assert_eq!(found["subnet_selector_term"], json!([{"id": null, "tags": {"a": "b"}}]));
        assert_eq!(found["detailed_monitoring"], true);
        assert_eq!(found["previous_field_managers"], json!(["Terraform"]));

        let yaml =
            "apiVersion: eks.amazonaws.com/v1\nkind: NodeClass\nmetadata: {name: gpu}\nspec: {snatPolicy: Disabled}\n";
        let found = from_kubectl::<NodeClass>(1, json!({"yaml_body": yaml, "uid": "u-2"})).unwrap();
        assert_eq!((&found["controller"], &found["snat_policy"]), (&json!("auto_mode"), &json!("Disabled")));
    }

    #[test]
    fn fields_without_arguments_are_kept() {
        let manifest = json!({
            "apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass",
            "metadata": {"name": "gpu", "labels": {"team": "ml"}, "finalizers": ["a/b"]},
            "spec": {
                "role": "node", "newOptions": {"enabled": true}, "detailedMonitoring": true,
                "subnetSelectorTerms": [{"tags": {"a": "b"}}, {"id": "subnet-1", "zone": "a"}],
                "kubelet": {"maxPods": 20, "featureGates": {"A": true}},
            },
        });
        let lost = |manifest: &Json, kind: usize| {
            let state = json!({"manifest": manifest, "object": {"metadata": {"uid": "u-1"}}});
            let kubectl = json!({"yaml_body": manifest.to_string(), "uid": "u-1"});
            let from = &clients::kube::moves::all::<NodeClass>()[kind];
            (from.lost)(if kind == 0 { &state } else { &kubectl })
        };
        for kind in 0..3 {
            assert_eq!(lost(&manifest, kind), ["metadata.finalizers"]);
        }
        let state = json!({"manifest": manifest, "object": {"metadata": {"uid": "u-1"}}});
        let moved = from_kubernetes::<NodeClass>(1, state).unwrap();
        let spec =
            json!({"newOptions": {"enabled": true}, "subnetSelectorTerms": manifest["spec"]["subnetSelectorTerms"]});
        assert_eq!(moved["additional_spec"]["value"], spec, "fields without arguments stay");
        assert_eq!(moved["kubelet"]["value"], manifest["spec"]["kubelet"]);
        let kept = json!({
            "apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass", "metadata": {"name": "gpu"},
            "spec": {"role": "node", "kubelet": {"maxPods": 20}, "tags": {}, "context": null},
        });
        assert!(lost(&kept, 0).is_empty());
    }

    #[test]
    fn general_form_keeps_default_volumes_as_blocks() {
        let state = json!({"role": "node", "default_volume": true, "default_ami_alias": "bottlerocket@latest"});
        let moved = (other_form(Form::General).convert)(0, state).unwrap();
        let sizes: Vec<_> = moved["block_device_mapping"]
            .as_array()
            .unwrap()
            .iter()
            .map(|mapping| (mapping["device_name"].clone(), mapping["ebs"]["volume_size"].clone()))
            .collect();
        assert_eq!(sizes, [(json!("/dev/xvda"), json!("4Gi")), (json!("/dev/xvdb"), json!("300Gi"))]);
        assert_eq!((&moved["role"], moved.get("default_volume")), (&json!("node"), None));
        let state = json!({"role": "node"});
        assert_eq!((other_form(Form::Gpu).convert)(0, state.clone()).unwrap(), state);
    }

    #[test]
    fn moving_unsupported_kind_is_rejected_with_import_hint() {
        let state =
            json!({"manifest": {"apiVersion": "v1", "kind": "ConfigMap"}, "object": {"metadata": {"uid": "u"}}});
        let message = format!("{:?}", from_kubernetes::<NodeClass>(1, state).unwrap_err());
        assert!(message.contains("ConfigMap (v1)") && message.contains("import block"), "{message}");
        assert!(message.contains("to a node class"), "{message}");
    }
}
