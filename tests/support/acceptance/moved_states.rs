//! States of other providers' types for any Kubernetes object, which `moved` blocks take over.

use serde_json::{Value, json};

use super::workspace::Workspace;

/// Who managed an object before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Predecessor {
    /// `kubernetes_manifest` of hashicorp/kubernetes, with the identity that its later versions store.
    Kubernetes,
    /// `kubectl_manifest` of gavinbunney/kubectl.
    Kubectl,
    /// `kubectl_manifest` of alekc/kubectl, which hides the manifest.
    KubectlFork,
}

impl Predecessor {
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Kubernetes => ("hashicorp/kubernetes", "kubernetes_manifest"),
            Self::Kubectl => ("gavinbunney/kubectl", "kubectl_manifest"),
            Self::KubectlFork => ("alekc/kubectl", "kubectl_manifest"),
        }
    }

    fn instance(self, manifest: &Value, live: &Value) -> Value {
        let metadata = &live["metadata"];
        let uid = &metadata["uid"];
        let dynamic = |value: &Value| json!({"type": ["object", {}], "value": value});
        match self {
            Self::Kubernetes => json!({
                "schema_version": 1,
                "attributes": {
                    "manifest": dynamic(manifest), "object": dynamic(live), "field_manager": [], "computed_fields": null,
                    "timeouts": [], "wait": [], "wait_for": null,
                },
                "sensitive_attributes": [],
                "identity_schema_version": 1,
                "identity": {
                    "api_version": manifest["apiVersion"], "kind": manifest["kind"], "name": metadata["name"],
                    "namespace": null,
                },
            }),
            Self::Kubectl => json!({
                "schema_version": 1,
                "attributes": {
                    "yaml_body": manifest.to_string(), "uid": uid, "live_uid": uid, "name": metadata["name"],
                    "api_version": manifest["apiVersion"], "kind": manifest["kind"], "server_side_apply": false,
                },
                "sensitive_attributes": [],
            }),
            Self::KubectlFork => json!({
                "schema_version": 1,
                "attributes": {
                    "yaml_body": manifest.to_string(), "uid": uid, "live_uid": uid, "name": metadata["name"],
                    "api_version": manifest["apiVersion"], "kind": manifest["kind"], "server_side_apply": true,
                    "field_manager": "kubectl", "force_conflicts": false, "apply_only": false, "wait_for": [],
                    "drift": "", "drift_engine": "client",
                },
                "sensitive_attributes": [[{"type": "get_attr", "value": "yaml_body"}]],
            }),
        }
    }
}

impl Workspace {
    /// A state in which the predecessor has the object, and a block that moves it to the address.
    pub(crate) fn inherit(&self, from: Predecessor, (manifest, live): (&Value, &Value), to: &str) {
        let (provider, type_name) = from.names();
        let (_, local) = provider.split_once('/').expect("a namespace");
        self.also_provide(provider, &format!("terraform-provider-{local}"));
        let state = json!({
            "version": 4, "terraform_version": "1.8.4", "serial": 7, "lineage": "6a1c9a6e-3a0e-4f5a-8f36-3d2d0f1ad7a1",
            "outputs": {}, "check_results": null,
            "resources": [{
                "mode": "managed", "type": type_name, "name": "gpu",
                "provider": format!("provider[\"registry.terraform.io/{provider}\"]"),
                "instances": [from.instance(manifest, live)],
            }],
        });
        self.write("terraform.tfstate", &state.to_string());
        self.write("moved.tf", &format!("moved {{\n  from = {type_name}.gpu\n  to   = {to}\n}}\n"));
    }
}
