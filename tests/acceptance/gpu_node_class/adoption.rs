//! Taking over what others have made: never by accident, and with `moved` on purpose.

use serde_json::{Value, json};

use super::{ADDRESS, Class};
use crate::support::cli::Cli;
use crate::support::plan::Action;

/// A state file with one object of another provider.
fn state(type_name: &str, provider: &str, version: u64, attributes: &Value) -> Value {
    json!({
        "version": 4, "terraform_version": "1.8.4", "serial": 7, "lineage": "6a1c9a6e-3a0e-4f5a-8f36-3d2d0f1ad7a1",
        "outputs": {}, "check_results": null,
        "resources": [{
            "mode": "managed", "type": type_name, "name": "gpu",
            "provider": format!("provider[\"registry.terraform.io/{provider}\"]"),
            "instances": [{"schema_version": version, "attributes": attributes, "sensitive_attributes": []}],
        }],
    })
}

fn moved(class: &Class, type_name: &str, provider: &str, attributes: &Value) {
    let (_, local) = provider.split_once('/').expect("a namespace");
    class.workspace.also_provide(provider, &format!("terraform-provider-{local}"));
    class.workspace.write("terraform.tfstate", &state(type_name, provider, 1, attributes).to_string());
    let block = format!("moved {{\n  from = {type_name}.gpu\n  to   = {ADDRESS}\n}}\n");
    class.workspace.write("moved.tf", &block);
    class.configure("ami_selector_terms = [{ alias = \"al2023@latest\" }]\ntags = { team = \"ml\" }");
    class.workspace.plan().assert_actions(&[(ADDRESS, Action::Update)]);
    class.apply();
}

#[test]
fn gpu_class_moves_from_kubernetes_manifest_and_leaves_no_old_owner() {
    let class = Class::new(Cli::OnPath);
    class.declare("Terraform", &class.spec());
    let live = class.live();
    let manifest = json!({
        "apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass", "metadata": {"name": "gpu"}, "spec": class.spec(),
    });
    let dynamic = |value: Value| json!({"type": ["object", {}], "value": value});
    let attributes = json!({
        "manifest": dynamic(manifest), "object": dynamic(live.clone()), "field_manager": [], "computed_fields": null,
        "timeouts": [], "wait": [], "wait_for": null,
    });
    moved(&class, "kubernetes_manifest", "hashicorp/kubernetes", &attributes);
    assert_eq!(class.live()["metadata"]["uid"], live["metadata"]["uid"]);
    assert_eq!(class.owned("Terraform"), Value::Null, "the old manager owns nothing");
    // What is removed now does not live on.
    class.configure("ami_selector_terms = [{ alias = \"al2023@latest\" }]");
    class.apply();
    assert!(class.live()["spec"]["tags"]["team"].is_null());
    class.workspace.destroy().success();
}

#[test]
fn gpu_class_moves_from_kubectl_manifest() {
    let class = Class::new(Cli::OnPath);
    let manifest = json!({
        "apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass", "metadata": {"name": "gpu"}, "spec": class.spec(),
    });
    let make = json!({"body": manifest});
    let path = "/apis/karpenter.k8s.aws/v1/ec2nodeclasses?fieldManager=kubectl";
    assert_eq!(class.cluster.kubernetes("POST", path, make).0, 201);
    let uid = class.live()["metadata"]["uid"].clone();
    let attributes = json!({"yaml_body": manifest.to_string(), "uid": uid, "live_uid": uid, "name": "gpu"});
    moved(&class, "kubectl_manifest", "gavinbunney/kubectl", &attributes);
    assert_eq!(class.owned("kubectl"), Value::Null);
    class.configure("ami_selector_terms = [{ alias = \"al2023@latest\" }]");
    class.apply();
    assert!(class.live()["spec"]["tags"]["team"].is_null());
}

#[test]
fn gpu_class_that_exists_is_not_adopted_and_declared_fields_need_force() {
    let class = Class::new(Cli::OnPath);
    class.declare("argocd", &class.spec());
    class.configure("tags = { team = \"other\" }");
    let error = class.workspace.apply().only_error();
    assert!(error.summary.contains("exists already"), "{error:?}");
    assert!(error.detail.contains(&format!("{}/karpenter/gpu", class.cluster.name)), "{error:?}");
    assert_eq!(class.live()["spec"]["tags"]["team"], "ml");

    class.workspace.import(ADDRESS, &format!("{}/karpenter/gpu", class.cluster.name)).success();
    let error = class.workspace.try_plan(&[]).only_error();
    assert!(error.summary.starts_with("Another manager owns fields"), "{error:?}");
    assert!(error.detail.contains("argocd") && error.detail.contains("force_conflicts"), "{error:?}");
    class.configure("tags = { team = \"other\" }\nforce_conflicts = true");
    class.apply();
    assert_eq!(class.live()["spec"]["tags"]["team"], "other");
}
