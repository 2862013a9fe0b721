//! Published manifests, rewritten. The configuration of each one creates exactly its objects, field by field, and importing
//! them generates configuration that changes nothing, whether this provider or kubectl has created them.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::generated::generate;
use crate::support::cli::Cli;
use crate::support::kubernetes::owned;
use crate::support::sandbox::Cluster;
use crate::support::workspace::Workspace;

/// Manifests for Karpenter: each has a `.yaml` and a `.tf` file in the folder `manifests`.
const KARPENTER: &[&str] = &[
    // aws/karpenter-provider-aws: examples/v1/100-cpu-limit.yaml
    "karpenter/cpu_limit",
    // aws/karpenter-provider-aws: examples/v1/al2-custom-ami.yaml
    "karpenter/custom_ami",
    // aws/karpenter-provider-aws: examples/v1/al2023-custom-userdata.yaml
    "karpenter/node_config",
    // aws/karpenter-provider-aws: examples/v1/bottlerocket.yaml
    "karpenter/bottlerocket",
    // aws/karpenter-provider-aws: examples/v1/br-custom-userdata.yaml
    "karpenter/bottlerocket_settings",
    // aws/karpenter-provider-aws: examples/v1/custom-family-with-alias.yaml
    "karpenter/custom_family",
    // aws/karpenter-provider-aws: examples/v1/instance-store-ephemeral-storage.yaml
    "karpenter/instance_store",
    // aws/karpenter-provider-aws: examples/v1/max-node-lifetime.yaml and large-instances.yaml
    "karpenter/node_lifetime",
    // aws/karpenter-provider-aws: examples/v1/min-values-multiple-keys.yaml and spot.yaml
    "karpenter/min_values",
    // aws/karpenter-provider-aws: examples/v1/multiple-arch.yaml
    "karpenter/multiple_arch",
    // aws/karpenter-provider-aws: examples/v1/multiple-ebs.yaml
    "karpenter/multiple_ebs",
    // aws/karpenter-provider-aws: examples/v1/windows-custom-userdata.yaml
    "karpenter/windows",
    // aws/karpenter-provider-aws: website/content/en/docs/concepts/nodeclasses.md
    "karpenter/every_class_field",
    // aws/karpenter-provider-aws: website/content/en/docs/concepts/nodepools.md and disruption.md
    "karpenter/every_pool_field",
    // aws-samples/karpenter-blueprints: blueprints/custom-ami/custom-ami.yaml
    "blueprints/custom_ami",
    // aws-samples/karpenter-blueprints: blueprints/disruption-budgets/disruption-budgets.yaml
    "blueprints/disruption_budget",
    // aws-samples/karpenter-blueprints: blueprints/dynamic-disk-ebs-volume/ebs-dynamic-resize.yaml
    "blueprints/ebs_resize",
    // aws-samples/karpenter-blueprints: blueprints/node-overlay/gpu-nodeclass.yaml and gpu-nodepool.yaml
    "blueprints/gpu_slices",
    // aws-samples/karpenter-blueprints: blueprints/od-spot-split/od-spot.yaml
    "blueprints/od_spot_split",
    // aws-samples/karpenter-blueprints: blueprints/reserved-capacity/odcr.yaml
    "blueprints/odcr",
    // aws-samples/karpenter-blueprints: blueprints/update-nodes-with-drift/latest-current-ami.yaml
    "blueprints/pinned_amis",
    // aws-samples/karpenter-blueprints: blueprints/reserved-capacity/reserved-instances.yaml
    "blueprints/reserved_instances",
    // aws-samples/karpenter-blueprints: blueprints/soci-snapshotter/soci-snapshotter.yaml
    "blueprints/soci",
    // aws-samples/karpenter-blueprints: blueprints/static-nodepool/static-nodeclass.yaml and static-nodepool.yaml
    "blueprints/static_pool",
    // awslabs/ai-on-eks: infra/base/terraform/karpenter-resources/karpenter/gpu-p.yaml
    "workshops/ai_on_eks_gpu_efa",
    // awslabs/ai-on-eks: infra/base/terraform/karpenter-resources/karpenter/neuron.yaml
    "workshops/ai_on_eks_neuron",
    // awslabs/ai-on-eks: website/docs/bestpractices/preload-container-images.md
    "workshops/ai_on_eks_snapshot",
    // awslabs/data-on-eks: analytics/terraform/spark-k8s-operator/addons.tf
    "workshops/data_on_eks_graviton",
    // terraform-aws-modules/terraform-aws-eks: examples/karpenter/karpenter.yaml
    "workshops/terraform_module",
    // aws-samples/eks-workshop-v2: manifests/modules/autoscaling/compute/karpenter/nodepool
    "workshops/workshop_default",
    // aws-samples/eks-workshop-v2: manifests/modules/aiml/chatbot/nodepool.yaml
    "workshops/workshop_neuron",
];

/// Manifests for EKS Auto Mode. The blueprints omit the role of node classes, which the definition requires.
const AUTO_MODE: &[&str] = &[
    // awsdocs/amazon-eks-user-guide: latest/ug/automode/auto-advanced-security.adoc
    "auto_mode/advanced_security",
    // awslabs/ai-on-eks: infra/base/terraform/karpenter-resources/auto-mode/gpu.yaml
    "auto_mode/ai_on_eks_gpu",
    // aws-samples/karpenter-blueprints: blueprints/nvidia-gpu-workload/gpu-nodepool-automode.yaml
    "auto_mode/blueprint_gpu",
    // aws-samples/karpenter-blueprints: blueprints/neuron-workload
    "auto_mode/blueprint_neuron",
    // aws-samples/karpenter-blueprints: blueprints/reserved-capacity/odcr-automode.yaml
    "auto_mode/blueprint_odcr",
    // aws-samples/karpenter-blueprints: blueprints/soci-snapshotter/auto-mode/soci-snapshotter.yaml
    "auto_mode/blueprint_soci",
    // awsdocs/amazon-eks-user-guide: latest/ug/automode/create-node-class.adoc
    "auto_mode/every_class_field",
    // awsdocs/amazon-eks-user-guide: latest/ug/automode/create-node-pool.adoc
    "auto_mode/node_pool",
    // awsdocs/amazon-eks-user-guide: latest/ug/automode/create-node-class.adoc
    "auto_mode/pod_subnets",
    // awsdocs/amazon-eks-user-guide: latest/ug/automode/auto-static-capacity.adoc
    "auto_mode/static_capacity",
];

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/acceptance/manifests").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The objects of a manifest.
fn objects(name: &str) -> Vec<Value> {
    let text = file(&format!("{name}.yaml"));
    let objects = text.split("\n---\n").map(|object| serde_saphyr::from_str(object).expect("a manifest"));
    objects.collect()
}

/// The path of an object on the API server.
fn path(object: &Value) -> String {
    let resource = match object["kind"].as_str() {
        Some("EC2NodeClass") => "ec2nodeclasses",
        Some("NodeClass") => "nodeclasses",
        Some("NodePool") => "nodepools",
        other => panic!("unknown kind {other:?}"),
    };
    let text = |value: &Value| value.as_str().expect("a string").to_owned();
    format!("/apis/{}/{resource}/{}", text(&object["apiVersion"]), text(&object["metadata"]["name"]))
}

/// The object in one of the forms that mean the same. A limit can be a number or a string, and the order of requirements has
/// no meaning: a `gpu` block sorts them.
fn normal(mut object: Value) -> Value {
    let limits = object.pointer_mut("/spec/limits").and_then(Value::as_object_mut);
    for limit in limits.into_iter().flat_map(|limits| limits.values_mut()) {
        if limit.is_number() {
            *limit = json!(limit.to_string());
        }
    }
    if let Some(requirements) = object.pointer_mut("/spec/template/spec/requirements").and_then(Value::as_array_mut) {
        requirements.sort_by_key(Value::to_string);
    }
    object
}

/// The fields of a manifest that its configuration owns.
fn declared(object: &Value) -> Value {
    let mut fields = object.clone();
    fields["metadata"].as_object_mut().expect("metadata").remove("name");
    let is_declared = |name: &str, field: &Value| name == "spec" || name == "metadata" && *field != json!({});
    fields.as_object_mut().expect("an object").retain(|name, field| is_declared(name, field));
    fields
}

/// The sandbox does not have the subnets, roles, and reservations of the manifests.
const PROVIDER: &str = "provider \"ekscompute\" {\n  preflight {\n    mode = \"off\"\n  }\n}\n";

/// A cluster, and the objects of all manifests.
struct Published {
    cluster: Cluster,
    workspace: Workspace,
    objects: Vec<Value>,
}

impl Published {
    fn new(definitions: &str, names: &[&str]) -> Self {
        let cluster = Cluster::new();
        cluster.start_kubernetes(json!({}));
        cluster.custom_resources(json!({"install": definitions}));
        cluster.karpenter(json!({}));
        let workspace = cluster.workspace(Cli::OnPath).env("TF_VAR_cluster_name", &cluster.name);
        workspace.write("provider.tf", PROVIDER);
        workspace.write("variables.tf", "variable \"cluster_name\" {\n  type = string\n}\n");
        for name in names {
            let configuration = format!("{name}.tf");
            workspace.write(&configuration.replace('/', "_"), &file(&configuration));
        }
        Self { cluster, workspace, objects: names.iter().flat_map(|name| objects(name)).collect() }
    }

    #[track_caller]
    fn get(&self, object: &Value) -> Value {
        let path = path(object);
        let (status, live) = self.cluster.kubernetes("GET", &path, json!({}));
        assert_eq!(status, 200, "{path}: {live}");
        live
    }

    /// The specs of all objects with the defaults of the server.
    fn specs(&self) -> Vec<Value> {
        self.objects.iter().map(|object| normal(self.get(object))["spec"].take()).collect()
    }

    /// Writes an object as `kubectl apply --server-side` does.
    #[track_caller]
    fn kubectl_apply(&self, object: &Value) {
        let request = json!({"body": object, "content_type": "application/apply-patch+yaml"});
        let path = path(object);
        let (status, answer) = self.cluster.kubernetes("PATCH", &format!("{path}?fieldManager=kubectl"), request);
        assert_eq!(status, 201, "{path}: {answer}");
    }

    /// Address and import ID of every resource in the state.
    fn imports(&self) -> Vec<(String, String)> {
        let state = self.workspace.state();
        let resources = state["values"]["root_module"]["resources"].as_array().expect("resources");
        let text = |value: &Value| value.as_str().expect("a string").to_owned();
        resources.iter().map(|resource| (text(&resource["address"]), text(&resource["values"]["id"]))).collect()
    }

    #[track_caller]
    fn assert_owned(&self) {
        for object in &self.objects {
            let owned = owned(&self.get(object), "terraform-provider-ekscompute");
            assert_eq!(normal(owned), normal(declared(object)), "{}", path(object));
        }
    }

    #[track_caller]
    fn assert_specs(&self, expected: &[Value]) {
        for ((object, found), expected) in self.objects.iter().zip(self.specs()).zip(expected) {
            assert_eq!(&found, expected, "{}", path(object));
        }
    }
}

/// Deletes the imported objects, if they exist, and creates them from the generated configuration.
#[track_caller]
fn recreate(workspace: &Workspace) {
    workspace.remove("imports.tf");
    workspace.write("provider.tf", PROVIDER);
    // These objects never become ready. Terraform 1.14 and later omits the default.
    let at_once = |line: &str| match line.trim_start() {
        text if text.starts_with("wait_for_ready") => String::new(),
        text if text.starts_with("resource \"") => format!("{line}\n  wait_for_ready = false"),
        _ => line.to_owned(),
    };
    let generated: Vec<_> = workspace.read("generated.tf").lines().map(at_once).collect();
    workspace.write("generated.tf", &generated.join("\n"));
    workspace.destroy().success();
    workspace.apply().success();
}

/// The address of the same object with GPU defaults, or without them.
fn other_form(address: &str) -> String {
    if address.contains("_gpu_") { address.replace("_gpu_", "_") } else { address.replace("_node_", "_gpu_node_") }
}

#[track_caller]
fn assert_round_trip(definitions: &str, names: &[&str]) {
    let published = Published::new(definitions, names);
    published.workspace.apply().success();
    published.workspace.plan().assert_no_changes();
    published.assert_owned();

    let imports = published.imports();
    assert_eq!(imports.len(), published.objects.len());
    let import = |address: fn(&str) -> String| {
        let imports: Vec<_> = imports.iter().map(|(of, id)| (address(of), id.clone())).collect();
        let imports: Vec<_> = imports.iter().map(|(address, id)| (address.as_str(), id.clone())).collect();
        generate(&published.cluster, Cli::OnPath, &imports)
    };
    let imported = import(str::to_owned);
    recreate(&imported);
    published.assert_owned();
    imported.destroy().success();

    published.objects.iter().for_each(|object| published.kubectl_apply(object));
    let specs = published.specs();
    let (imported, in_other_form) = (import(str::to_owned), import(other_form));
    recreate(&imported);
    published.assert_specs(&specs);
    imported.destroy().success();
    recreate(&in_other_form);
    published.assert_specs(&specs);
}

#[test]
fn published_karpenter_manifests_round_trip() {
    assert_round_trip("karpenter-v1.15.2", KARPENTER);
}

#[test]
fn published_auto_mode_manifests_round_trip() {
    assert_round_trip("auto-mode", AUTO_MODE);
}
