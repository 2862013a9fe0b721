//! Follows the guide to migrating from manifests, by `moved` and by `import`.

use serde_json::{Value, json};

use super::Guide;
use super::karpenter::{CLASS, CLASSES, Nodes, POOL, POOLS, managers};
use crate::support::cli::Cli;
use crate::support::plan::{Action, Plan};
use crate::support::workspace::Workspace;

const OURS: &str = "terraform-provider-ekscompute";

/// The node class and the node pool of the example.
fn paths() -> [String; 2] {
    [CLASSES, POOLS].map(|path| format!("{path}/default"))
}

fn manifests(guide: &Guide, nodes: &Nodes) -> Vec<Value> {
    let text = nodes.named(&guide.code("Example manifests", "yaml"));
    text.split("\n---\n").map(|manifest| serde_saphyr::from_str(manifest).expect("a manifest")).collect()
}

/// Creates the objects of the example as another field manager.
#[track_caller]
fn declare(guide: &Guide, nodes: &Nodes, manager: &str) -> Vec<(Value, Value)> {
    let declared = manifests(guide, nodes).into_iter().zip(paths()).map(|(manifest, path)| {
        let live = nodes.declare(manager, &path, &manifest);
        (manifest, live)
    });
    let declared = declared.collect();
    nodes.cluster.settle_karpenter();
    declared
}

/// A state that contains resources of another provider.
fn state(provider: &str, resources: Vec<Value>) -> String {
    let state = json!({
        "version": 4, "terraform_version": "1.8.4", "serial": 7, "lineage": "6a1c9a6e-3a0e-4f5a-8f36-3d2d0f1ad7a1",
        "outputs": {}, "check_results": null,
        "resources": resources.into_iter().map(|mut resource| {
            resource["mode"] = json!("managed");
            resource["provider"] = json!(format!("provider[\"registry.terraform.io/{provider}\"]"));
            resource
        }).collect::<Vec<_>>(),
    });
    state.to_string()
}

/// A `kubernetes_manifest` of hashicorp/kubernetes.
fn kubernetes_manifest(name: &str, manifest: &Value, live: &Value) -> Value {
    let dynamic = |value: &Value| json!({"type": ["object", {}], "value": value});
    let attributes = json!({
        "manifest": dynamic(manifest), "object": dynamic(live), "field_manager": [], "computed_fields": null,
        "timeouts": [], "wait": [], "wait_for": null,
    });
    json!({
        "type": "kubernetes_manifest", "name": name,
        "instances": [{"schema_version": 1, "attributes": attributes, "sensitive_attributes": []}],
    })
}

/// A `kubectl_manifest` of gavinbunney/kubectl.
fn kubectl_manifest(name: &str, manifest: &Value, live: &Value) -> Value {
    let uid = &live["metadata"]["uid"];
    let attributes = json!({
        "yaml_body": manifest.to_string(), "uid": uid, "live_uid": uid, "name": live["metadata"]["name"],
        "api_version": manifest["apiVersion"], "kind": manifest["kind"], "server_side_apply": false,
    });
    json!({
        "type": "kubectl_manifest", "name": name,
        "instances": [{"schema_version": 1, "attributes": attributes, "sensitive_attributes": []}],
    })
}

#[track_caller]
fn assert_no_nodes_replaced(plan: &Plan) {
    assert!(plan.warnings().iter().all(|each| !each.summary.contains("replaced")), "{}", plan.run);
}

#[test]
fn manifests_move_without_replacing_nodes() {
    let (guide, nodes) = (Guide::read("migrating-from-manifests"), Nodes::new());
    let declared = declare(&guide, &nodes, "Terraform");
    let workspace = &nodes.workspace;
    guide.assert_formatted(workspace);
    workspace.also_provide("hashicorp/kubernetes", "terraform-provider-kubernetes");
    let names = ["node_class", "node_pool"];
    let resources = names.iter().zip(&declared);
    let resources = resources.map(|(name, (manifest, live))| kubernetes_manifest(name, manifest, live)).collect();
    workspace.write("terraform.tfstate", &state("hashicorp/kubernetes", resources));

    workspace.write("main.tf", &nodes.named(&guide.terraform("Step 1")));
    workspace.write("moved.tf", &guide.terraform("Step 2"));
    let plan = workspace.plan();
    plan.assert_actions(&[(CLASS, Action::Update), (POOL, Action::Update)]);
    assert_no_nodes_replaced(&plan);
    workspace.apply_plan().success();
    workspace.plan().assert_no_changes();
    for ((_, before), path) in declared.iter().zip(paths()) {
        let live = nodes.object(&path);
        assert_eq!(live["metadata"]["uid"], before["metadata"]["uid"]);
        assert_eq!(live["spec"], before["spec"], "{path}");
        let managers = managers(&live);
        assert!(managers.contains(&OURS) && managers.contains(&"karpenter"), "{path}: {managers:?}");
        assert!(!managers.contains(&"Terraform"), "{path}: {managers:?}");
    }
    workspace.remove("moved.tf");
    workspace.plan().assert_no_changes();
    assert_eq!(workspace.addresses(), [CLASS, POOL]);

    // The GPU form of another node pool with the same node class.
    let manifest = json!({
        "apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": {"name": "gpu"},
        "spec": {"template": {"spec": {
            "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "default"},
            "requirements": [{"key": "karpenter.k8s.aws/instance-family", "operator": "In", "values": ["g6"]}],
        }}},
    });
    let path = format!("{POOLS}/gpu");
    let before = nodes.declare("kubectl", &path, &manifest);
    let workspace = nodes.cluster.workspace(Cli::OnPath);
    workspace.also_provide("gavinbunney/kubectl", "terraform-provider-kubectl");
    let resource = kubectl_manifest("gpu", &manifest, &before);
    workspace.write("terraform.tfstate", &state("gavinbunney/kubectl", vec![resource]));
    workspace.write("main.tf", &nodes.named(&guide.terraform("Objects with GPU defaults")));
    let plan = workspace.plan();
    plan.assert_actions(&[("ekscompute_gpu_node_pool.gpu", Action::Update)]);
    assert_no_nodes_replaced(&plan);
    workspace.apply_plan().success();
    workspace.plan().assert_no_changes();
    let live = nodes.object(&path);
    assert_eq!(live["spec"], before["spec"]);
    assert!(!managers(&live).contains(&"kubectl"), "{live:#}");
}

#[test]
fn removed_block_is_valid() {
    let workspace = Workspace::new(Cli::OnPath);
    workspace.also_provide("hashicorp/kubernetes", "terraform-provider-kubernetes");
    workspace.write("main.tf", &Guide::read("migrating-from-manifests").terraform("Remove the previous resource"));
    workspace.validate().success();
}

#[test]
fn imported_objects_are_shared_until_forced() {
    let (guide, nodes) = (Guide::read("migrating-from-manifests"), Nodes::new());
    declare(&guide, &nodes, "helm");
    let main = nodes.named(&guide.terraform("Step 1"));
    nodes.workspace.write("main.tf", &main);
    nodes.workspace.write("import.tf", &nodes.named(&guide.terraform("Import the objects")));
    let plan = nodes.workspace.plan();
    plan.assert_actions(&[(CLASS, Action::NoOp), (POOL, Action::NoOp)]);
    for address in [CLASS, POOL] {
        let id = format!("{}/karpenter/default", nodes.cluster.name);
        assert_eq!(plan.change(address)["importing"]["id"], json!(id));
    }
    nodes.workspace.apply_plan().success();
    nodes.workspace.remove("import.tf");
    nodes.workspace.plan().assert_no_changes();

    let [_, path] = paths();
    let changed = main.replace("cpu = \"1000\"", "cpu = \"2000\"");
    nodes.workspace.write("main.tf", &changed);
    let names_owner = |detail: &str| detail.contains("helm") && detail.contains("force_conflicts = true");
    let warnings = nodes.workspace.plan().warnings();
    assert!(warnings.iter().any(|warning| names_owner(&warning.detail)), "{warnings:?}");
    let error = nodes.workspace.apply().only_error();
    assert!(names_owner(&error.detail), "{error:?}");
    assert_eq!(nodes.object(&path)["spec"]["limits"]["cpu"], "1000");
    let forced = changed.replace("  expire_after", "  force_conflicts = true\n\n  expire_after");
    nodes.workspace.write("main.tf", &forced);
    nodes.apply();
    let live = nodes.object(&path);
    assert_eq!(live["spec"]["limits"]["cpu"], "2000");
    let managers = managers(&live);
    assert!(managers.contains(&OURS) && managers.contains(&"helm"), "{managers:?}");
}
