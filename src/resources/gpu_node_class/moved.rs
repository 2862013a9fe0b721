//! Taking over the state of `kubernetes_manifest` and `kubectl_manifest`. They do not store which cluster an object is in:
//! `cluster_name` of the configuration says it, and the first apply takes over what they declared.

use serde_json::{Value as Json, json};

use crate::clients::kube::fields::to_state;
use crate::clients::kube::moves::{SOURCES, Source, foreign};
use crate::clients::kube::{EC2_NODE_CLASS, NODE_CLASS};
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::model::{Attr, List};
use crate::framework::resource::MoveFrom;

use super::api::{self, AUTO_MODE, KARPENTER};
use super::model::GpuNodeClass;

pub(super) fn all() -> Vec<MoveFrom> {
    let each = |(provider, type_name, source)| MoveFrom {
        provider,
        type_name,
        convert: match source {
            Source::KubernetesManifest => from_kubernetes,
            Source::KubectlManifest => from_kubectl,
        },
    };
    SOURCES.into_iter().map(each).collect()
}

fn from_kubernetes(_version: i64, state: Json) -> Result<Json, Diagnostics> {
    convert(Source::KubernetesManifest, &state)
}

fn from_kubectl(_version: i64, state: Json) -> Result<Json, Diagnostics> {
    convert(Source::KubectlManifest, &state)
}

fn convert(source: Source, state: &Json) -> Result<Json, Diagnostics> {
    let found = foreign(source, state, &[EC2_NODE_CLASS, NODE_CLASS]).map_err(|reason| unknown(&reason))?;
    let manifest = &found.manifest;
    let provisioner = if manifest["kind"] == NODE_CLASS.kind { AUTO_MODE } else { KARPENTER };
    let named = GpuNodeClass {
        name: manifest["metadata"]["name"].as_str().unwrap_or_default().into(),
        provisioner: provisioner.into(),
        force_conflicts: Attr::Known(false),
        wait_for_ready: Attr::Known(true),
        uid: found.uid.into(),
        previous_field_managers: List::of(found.managers),
        ..GpuNodeClass::default()
    };
    let model = api::with(&named, &json!({"metadata": manifest["metadata"], "spec": manifest["spec"]}));
    to_state(&model).ok_or_else(|| unknown("It cannot be written as JSON."))
}

fn unknown(reason: &str) -> Diagnostics {
    Diagnostic::error(
        "Cannot take over the state as a node class",
        format!(
            "{reason} Import the node class instead: an import block with id = \"cluster_name/provisioner/name\", and a \
             removed block for the old resource."
        ),
    )
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_managers_are_taken_over() {
        let manifest = json!({
            "apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass",
            "metadata": {"name": "gpu", "labels": {"team": "ml"}},
            "spec": {"role": "node", "subnetSelectorTerms": [{"tags": {"a": "b"}}], "detailedMonitoring": true},
        });
        let state = json!({"manifest": manifest, "object": {"metadata": {"uid": "u-1"}}});
        let found = from_kubernetes(1, state).unwrap();
        assert_eq!((&found["name"], &found["provisioner"]), (&json!("gpu"), &json!("karpenter")));
        assert_eq!((&found["uid"], &found["cluster_name"]), (&json!("u-1"), &Json::Null));
        assert_eq!(found["labels"], json!({"team": "ml"}));
        assert_eq!(found["subnet_selector_terms"], json!([{"id": null, "tags": {"a": "b"}}]));
        assert_eq!(found["detailed_monitoring"], true);
        assert_eq!(found["previous_field_managers"], json!(["Terraform"]));

        let yaml =
            "apiVersion: eks.amazonaws.com/v1\nkind: NodeClass\nmetadata: {name: gpu}\nspec: {snatPolicy: Disabled}\n";
        let found = from_kubectl(1, json!({"yaml_body": yaml, "uid": "u-2"})).unwrap();
        assert_eq!((&found["provisioner"], &found["snat_policy"]), (&json!("auto_mode"), &json!("Disabled")));
    }

    #[test]
    fn another_object_is_refused_with_the_way_to_import() {
        let state =
            json!({"manifest": {"apiVersion": "v1", "kind": "ConfigMap"}, "object": {"metadata": {"uid": "u"}}});
        let message = format!("{:?}", from_kubernetes(1, state).unwrap_err());
        assert!(message.contains("ConfigMap of v1") && message.contains("import block"), "{message}");
    }
}
