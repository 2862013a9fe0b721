//! `ekscompute_gpu_node_pool` against a real API server with the definitions of Karpenter and EKS Auto Mode.

use serde_json::{Value, json};

use crate::support::cli::Cli;
use crate::support::examples;
use crate::support::features::Feature;
use crate::support::for_each_cli;
use crate::support::plan::Action;
use crate::support::sandbox::Cluster;
use crate::support::workspace::Workspace;

mod adoption;
mod faults;
mod preflight;
mod secrets;

const ADDRESS: &str = "ekscompute_gpu_node_pool.gpu";
const POOLS: &str = "/apis/karpenter.sh/v1/nodepools";
const MANAGER: &str = "terraform-provider-ekscompute";

/// A cluster with an API server of its own.
struct Pools {
    cluster: Cluster,
    workspace: Workspace,
}

impl Pools {
    /// With definitions, and a controller for which all node classes are ready.
    fn new(cli: Cli, definitions: &str) -> Self {
        let pools = Self::bare(cli);
        // Most pools of these tests have no node class.
        pools.workspace.write(
            "provider.tf",
            "provider \"ekscompute\" {\n  preflight {\n    skip = [\"pool_node_class\"]\n  }\n}\n",
        );
        pools.cluster.custom_resources(json!({"install": definitions}));
        pools.karpenter(json!({"conditions": [{"kind": "NodePool", "type": "NodeClassReady", "status": "True"}]}));
        pools
    }

    /// Without definitions and without a controller.
    fn bare(cli: Cli) -> Self {
        let cluster = Cluster::new();
        cluster.start_kubernetes(json!({}));
        let workspace = cluster.workspace(cli);
        Self { cluster, workspace }
    }

    fn karpenter(&self, settings: Value) {
        self.cluster.karpenter(json!({"settings": settings}));
    }

    fn example(&self, name: &str) -> String {
        self.named(&examples::example(name)).replace("my-cluster", &self.cluster.name)
    }

    /// The pool of golden case 1, in a class that does not exist.
    fn golden(&self) -> String {
        self.named(include_str!("gpu_node_pool/golden.tf"))
    }

    fn named(&self, text: &str) -> String {
        text.replace("var.cluster_name", &format!("\"{}\"", self.cluster.name))
    }

    /// The golden pool, with a change of its text.
    fn configure(&self, from: &str, to: &str) {
        let text = self.golden();
        assert!(text.contains(from), "{from} is not in the golden pool");
        self.workspace.write("main.tf", &text.replacen(from, to, 1));
    }

    #[track_caller]
    fn apply(&self) {
        self.workspace.apply().success();
        self.workspace.plan().assert_no_changes();
    }

    /// What the plan warns of, but for the way the tests bring the provider to the program.
    fn warned(&self) -> String {
        let own = self.workspace.plan().run.own_warnings();
        own.into_iter().map(|each| each.detail).collect::<Vec<_>>().join("\n")
    }

    fn object(&self, name: &str) -> Value {
        self.cluster.kubernetes("GET", &format!("{POOLS}/{name}"), json!({})).1
    }

    #[track_caller]
    fn write(&self, name: &str, manager: &str, content_type: &str, body: Value) {
        let force = if content_type.contains("apply") { "&force=true" } else { "" };
        let path = format!("{POOLS}/{name}?fieldManager={manager}{force}");
        let (status, answer) =
            self.cluster.kubernetes("PATCH", &path, json!({"body": body, "content_type": content_type}));
        assert!(matches!(status, 200 | 201), "{answer}");
    }

    #[track_caller]
    fn edit(&self, spec: Value) {
        self.write("gpu", "kubectl-edit", "application/merge-patch+json", json!({"spec": spec}));
    }

    /// A manifest written by hand, applied as `kubectl apply --server-side` does.
    #[track_caller]
    fn by_hand(&self, name: &str, spec: &Value) -> Value {
        let body =
            json!({"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": {"name": name}, "spec": spec});
        self.write(name, "kubectl", "application/apply-patch+yaml", body);
        let object = self.object(name);
        assert_eq!(self.cluster.kubernetes("DELETE", &format!("{POOLS}/{name}"), json!({})).0, 200);
        object
    }

    /// Our object is the one written by hand: what is stored, and which fields of it were sent.
    #[track_caller]
    fn assert_as_by_hand(&self, name: &str, spec: &Value) {
        let (ours, theirs) = (self.object(name), self.by_hand("by-hand", spec));
        assert_eq!(ours["spec"], theirs["spec"]);
        assert_eq!(owned(&ours, MANAGER), owned(&theirs, "kubectl"));
    }
}

/// The fields that a manager has declared.
fn owned(object: &Value, manager: &str) -> Value {
    let entries = object["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
    let own = entries.into_iter().find(|entry| entry["manager"] == manager && entry["operation"] == "Apply");
    own.map_or(Value::Null, |mut own| own["fieldsV1"].take())
}

/// Golden case 1.
fn karpenter_by_hand() -> Value {
    json!({
        "template": {
            "metadata": {"labels": {"nvidia.com/gpu.present": "true"}},
            "spec": {
                "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "gpu"},
                "requirements": [
                    {"key": "kubernetes.io/arch", "operator": "In", "values": ["amd64"]},
                    {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["spot", "on-demand"]},
                    {"key": "karpenter.k8s.aws/instance-category", "operator": "In", "values": ["g", "p"]},
                ],
                "taints": [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}],
                "expireAfter": "720h",
            },
        },
        "limits": {"cpu": "1000"},
        "disruption": {"consolidationPolicy": "WhenEmpty", "consolidateAfter": "20m"},
    })
}

/// Golden case 6.
fn auto_mode_by_hand() -> Value {
    json!({
        "template": {
            "spec": {
                "nodeClassRef": {"group": "eks.amazonaws.com", "kind": "NodeClass", "name": "default"},
                "requirements": [
                    {"key": "kubernetes.io/arch", "operator": "In", "values": ["amd64"]},
                    {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["on-demand"]},
                    {"key": "eks.amazonaws.com/instance-family", "operator": "In", "values": ["g6", "g6e"]},
                ],
                "taints": [{"key": "gpu-workload", "effect": "NoSchedule"}],
            },
        },
        "disruption": {"consolidationPolicy": "WhenEmpty", "consolidateAfter": "1h"},
    })
}

for_each_cli! {
    #[everywhere]
    fn lifecycle(cli) {
        let pools = Pools::new(cli, "karpenter-v1.14.1");
        pools.configure("720h", "720h");
        pools.workspace.plan().assert_actions(&[(ADDRESS, Action::Create)]);
        pools.workspace.apply_plan().success();
        pools.workspace.plan().assert_no_changes();
        pools.assert_as_by_hand("gpu", &karpenter_by_hand());
        let made = pools.workspace.attributes(ADDRESS);
        assert_eq!(made["conditions"].as_array().map(|all| all.iter().any(|each| each["type"] == "Ready" && each["status"] == "True")), Some(true));

        // Other words for the same amounts and times.
        pools.configure("720h", "719h60m");
        pools.workspace.plan().assert_no_changes();
        pools.configure("\"1000\"", "\"1k\"");
        pools.workspace.plan().assert_no_changes();

        // What others own stays; what is ours heals.
        pools.edit(json!({"weight": 5, "disruption": {"consolidateAfter": "30m"}}));
        pools.configure("720h", "720h");
        pools.workspace.plan().assert_actions(&[(ADDRESS, Action::Update)]);
        pools.apply();
        let object = pools.object("gpu");
        assert_eq!((&object["spec"]["weight"], &object["spec"]["disruption"]["consolidateAfter"]), (&json!(5), &json!("20m")));

        // Changes in place, one with nodes to replace.
        pools.configure("expire_after = \"720h\"", "expire_after = \"240h\"\n\n  startup_taint {\n    key = \"wait\"\n    effect = \"NoSchedule\"\n  }");
        let plan = pools.workspace.plan();
        plan.assert_actions(&[(ADDRESS, Action::Update)]);
        assert!(plan.warnings().iter().any(|each| each.summary == "Nodes of the node pool will be replaced"));
        pools.apply();
        assert_eq!(pools.object("gpu")["spec"]["template"]["spec"]["startupTaints"][0]["key"], "wait");
        pools.configure("720h", "720h");
        pools.apply();
        assert!(pools.object("gpu")["spec"]["template"]["spec"].get("startupTaints").is_none());

        // Deleted outside, it is made again.
        assert_eq!(pools.cluster.kubernetes("DELETE", &format!("{POOLS}/gpu"), json!({})).0, 200);
        pools.workspace.plan().assert_actions(&[(ADDRESS, Action::Create)]);
        pools.apply();

        // A pool with a fixed number of nodes is another one.
        pools.configure("limits = {\n    cpu = \"1000\"\n  }", "replicas = 0");
        pools.workspace.plan().assert_actions(&[(ADDRESS, Action::Replace)]);
        pools.apply();
        assert_eq!(pools.object("gpu")["spec"]["replicas"], 0);
        pools.workspace.destroy().success();
        assert_eq!(pools.object("gpu")["code"], 404);
    }
}

#[test]
fn auto_mode_has_its_own_words_and_limits() {
    let pools = Pools::new(Cli::OnPath, "karpenter-v1.14.1");
    pools.cluster.custom_resources(json!({"install": "auto-mode"}));
    let text = pools.example("resources/ekscompute_gpu_node_pool/resource_auto_mode.tf");
    pools.workspace.write("main.tf", &text);
    assert_eq!(pools.warned(), "");
    pools.apply();
    pools.assert_as_by_hand("gpu-pool", &auto_mode_by_hand());
    for (from, to, path, words) in [
        ("disruption {", "expire_after = \"720h\"\n\n  disruption {", "expire_after", "within 21 days (504h)"),
        ("disruption {", "expire_after = \"Never\"\n\n  disruption {", "expire_after", "cannot be Never"),
        ("[\"g6\", \"g6e\"]", "[\"g7\"]", "instance_families", "EKS Auto Mode does not launch nodes of g7"),
        (
            "disruption {",
            "requirement {\n  key = \"karpenter.k8s.aws/instance-category\"\n  operator = \"Exists\"\n}\n\n  disruption {",
            "requirement",
            "Use eks.amazonaws.com/instance-category",
        ),
    ] {
        pools.workspace.write("main.tf", &text.replacen(from, to, 1));
        let error = pools.workspace.try_plan(&[]).only_error();
        assert!(error.summary.contains(path) && error.detail.contains(words), "{error:?}");
    }
}

/// Terraform reserves the name `provisioner` for blocks, also in JSON.
#[test]
fn json_configurations_set_the_controller() {
    let pools = Pools::new(Cli::OnPath, "karpenter-v1.14.1");
    let pool = json!({
        "cluster_name": pools.cluster.name, "name": "gpu", "node_class_name": "gpu", "controller": "karpenter", "gpu": {},
    });
    let text = json!({"resource": {"ekscompute_gpu_node_pool": {"gpu": pool}}}).to_string();
    pools.workspace.write("main.tf.json", &text);
    pools.apply();
    assert_eq!(pools.workspace.attributes(ADDRESS)["controller"], "karpenter");
}

#[test]
fn golden_case_of_disruption_and_static_pools() {
    let pools = Pools::new(Cli::OnPath, "karpenter-v1.14.1");
    let refused = |from: &str, to: &str| {
        pools.configure(from, to);
        let errors = pools.workspace.try_plan(&[]).errors();
        assert!(!errors.is_empty());
        errors.into_iter().map(|error| error.detail).collect::<Vec<_>>().join("\n")
    };
    // The definition requires it, and the default of later releases is sent.
    pools.configure("    consolidate_after    = \"20m\"\n", "");
    pools.apply();
    assert_eq!(pools.object("gpu")["spec"]["disruption"]["consolidateAfter"], "0s");
    pools.workspace.destroy().success();
    assert!(refused("720h", "30d").contains("Days and fractions are not supported"));
    let budget = "consolidate_after    = \"20m\"\n    budget {\n      nodes = \"0\"\n      schedule = \"0 9 * * mon-fri\"\n    }";
    assert!(refused("consolidate_after    = \"20m\"", budget).contains("requires a duration"));
    let both = refused("limits = {\n", "replicas = 2\n  weight = 10\n\n  limits = {\n    nodes = 3\n");
    assert!(both.contains("supports only a limit for nodes") && both.contains("does not support weight"), "{both}");

    let limits = "limits = {\n    cpu = \"1000\"\n  }";
    pools.configure(limits, "replicas = 2\n\n  limits = {\n    nodes = 3\n  }");
    pools.apply();
    let spec = &pools.object("gpu")["spec"];
    assert_eq!((&spec["replicas"], &spec["limits"]), (&json!(2), &json!({"nodes": "3"})));

    // Without the block nothing of it is sent, and the server's defaults are nobody's drift.
    pools.workspace.destroy().success();
    let text = pools.golden();
    let (without, _) = text.split_once("  disruption").expect("the block comes last");
    pools.workspace.write("main.tf", &format!("{without}}}\n"));
    pools.apply();
    let object = pools.object("gpu");
    assert_eq!(owned(&object, MANAGER)["f:spec"].get("f:disruption"), None);
    let stored = json!({"consolidateAfter": "0s", "consolidationPolicy": "WhenEmptyOrUnderutilized", "budgets": [{"nodes": "10%"}]});
    assert_eq!(object["spec"]["disruption"], stored);
}

#[test]
fn plan_warns_about_device_plugin_taints() {
    let pools = Pools::new(Cli::OnPath, "karpenter-v1.14.1");
    let warned = |text: &str| {
        // What EC2 has to say is told elsewhere.
        pools.configure("expire_after", &format!("skip_preflight = [\"all\"]\n  {text}\n\n  expire_after"));
        pools.warned()
    };
    assert_eq!(warned(""), "");
    assert!(warned("nvidia_taint = false").contains(
        "No taint prevents pods that do not request a GPU from being \
                                                     scheduled on the nodes"
    ));
    assert!(
        warned("taint {\n  key = \"gpu-workload\"\n  effect = \"NoSchedule\"\n}")
            .contains("does not tolerate the taint gpu-workload")
    );
    let other = warned(
        "node_labels = { team = \"ml\" }\n  taint {\n    key = \"nvidia.com/gpu\"\n    value = \"true\"\n    effect = \"NoSchedule\"\n  }",
    );
    assert!(other.contains("only with the value present, but the value here is \"true\""), "{other}");
}

#[test]
fn pool_is_created_together_with_cluster_and_crds() {
    let pools = Pools::bare(Cli::OnPath);
    let text = pools.golden();
    let name = format!("cluster_name    = \"{}\"", pools.cluster.name);
    let cluster = format!("resource \"terraform_data\" \"cluster\" {{ input = \"{}\" }}\n", pools.cluster.name);
    let text = text.replace(&name, "cluster_name    = terraform_data.cluster.output\n  timeouts { create = \"20s\" }");
    pools.workspace.write("main.tf", &format!("{cluster}{text}"));
    let plan = pools.workspace.plan();
    assert_eq!(plan.change(ADDRESS)["after_unknown"]["id"], json!(true));
    let error = pools.workspace.apply_plan().only_error();
    assert!(
        error.detail.contains("nodepools in version karpenter.sh/v1. Install the Helm chart karpenter-crd"),
        "{error:?}"
    );

    // The definitions come while it waits.
    let mut apply = pools.workspace.start_apply();
    apply.wait_for_output(&format!("{ADDRESS}: Creating"));
    pools.cluster.custom_resources(json!({"install": "karpenter-v1.14.1"}));
    pools.karpenter(json!({"conditions": [{"kind": "NodePool", "type": "NodeClassReady", "status": "True"}]}));
    apply.wait().success();
    pools.workspace.plan().assert_no_changes();
}

#[test]
fn a_pool_that_is_not_ready_says_why_and_stays_in_the_state() {
    let pools = Pools::new(Cli::OnPath, "karpenter-v1.14.1");
    let terminating = json!({
        "kind": "NodePool", "type": "NodeClassReady", "status": "False", "reason": "NodeClassTerminating",
    });
    pools.karpenter(json!({"conditions": [terminating]}));
    pools.configure("expire_after", "timeouts {\n    create = \"3s\"\n  }\n\n  expire_after");
    let error = pools.workspace.apply().only_error();
    assert!(error.summary.ends_with("is not ready"), "{error:?}");
    assert!(error.detail.contains("NodeClassReady is False (NodeClassTerminating)"), "{error:?}");
    assert_eq!(pools.workspace.addresses(), [ADDRESS]);
    pools.workspace.plan().assert_actions(&[(ADDRESS, Action::Replace)]);

    // Stopped while it waits, the state is kept as well.
    pools.configure("720h", "720h");
    let mut apply = pools.workspace.start_apply();
    apply.wait_for_output(&format!("{ADDRESS}: Creating"));
    apply.wait_until("the pool", |_| pools.object("gpu")["metadata"]["uid"].is_string());
    apply.press_ctrl_c();
    assert_eq!(apply.wait().code, Some(1));
    assert_eq!(pools.workspace.addresses(), [ADDRESS]);

    pools.configure("expire_after", "wait_for_ready = false\n\n  expire_after");
    pools.apply();
}

#[test]
fn deletion_waits_for_the_nodes() {
    let pools = Pools::new(Cli::OnPath, "karpenter-v1.14.1");
    pools.configure("expire_after", "timeouts {\n    delete = \"4s\"\n  }\n\n  expire_after");
    pools.apply();
    let answer = pools.cluster.karpenter(json!({"node_claims": {"pool": "gpu", "count": 1}}));
    let claim = answer["node_claims"][0].as_str().expect("a claim").to_owned();
    pools.cluster.settle_karpenter();
    pools.workspace.refresh().success();
    assert_eq!(pools.workspace.attributes(ADDRESS)["node_count"], 1);

    pools.karpenter(json!({"drain_seconds": null}));
    let error = pools.workspace.destroy().only_error();
    assert!(error.summary.contains("is not complete"), "{error:?}");
    assert!(error.detail.contains(&claim) && error.detail.contains("karpenter.sh/termination"), "{error:?}");

    pools.karpenter(json!({"drain_seconds": 0}));
    pools.workspace.destroy().success();
    assert!(pools.workspace.addresses().is_empty());
}

#[test]
fn field_conflicts_require_force_conflicts() {
    let pools = Pools::new(Cli::OnPath, "karpenter-v1.14.1");
    pools.configure("720h", "720h");
    pools.apply();
    let class = json!({"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "gpu"});
    let theirs = json!({"template": {"spec": {"nodeClassRef": class, "requirements": [], "terminationGracePeriod": "1h"}}, "weight": 9});
    let body =
        json!({"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": {"name": "gpu"}, "spec": theirs});
    pools.write("gpu", "argocd", "application/apply-patch+yaml", body);
    pools.configure("expire_after", "weight = 7\n\n  expire_after");
    let warnings = pools.workspace.plan().warnings();
    let error = pools.workspace.apply().only_error();
    for found in [warnings.iter().find(|warning| warning.summary == error.summary).expect("the plan warns"), &error] {
        let detail = &found.detail;
        assert!(detail.contains("conflict with \"argocd\"") && detail.contains("force_conflicts = true"), "{found:?}");
    }
    pools.configure("expire_after", "weight = 7\n  force_conflicts = true\n\n  expire_after");
    pools.apply();
    let object = pools.object("gpu");
    assert_eq!(object["spec"]["weight"], 7);
    assert_eq!(object["spec"]["template"]["spec"]["requirements"].as_array().map(Vec::len), Some(3));
    assert_eq!(object["spec"]["template"]["spec"]["terminationGracePeriod"], "1h", "theirs alone");

    // A name that is taken is not adopted.
    let other = pools.cluster.workspace(Cli::OnPath);
    for file in ["main.tf", "provider.tf"] {
        other.write(file, &pools.workspace.read(file));
    }
    let error = other.apply().only_error();
    assert!(error.summary.contains("already exists") && error.detail.contains("import {"), "{error:?}");
}

#[test]
fn imports_plan_clean() {
    let pools = Pools::new(Cli::OnPath, "karpenter-v1.14.1");
    pools.configure("720h", "720h");
    pools.apply();
    for (file, feature) in [("import-by-string-id.tf", None), ("import-by-identity.tf", Some(Feature::Identity))] {
        if feature.is_some_and(|feature| !feature.is_in(Cli::OnPath.release())) {
            continue;
        }
        let workspace = pools.cluster.workspace(Cli::OnPath);
        workspace.write("main.tf", &pools.workspace.read("main.tf"));
        workspace.write("import.tf", &pools.example(&format!("resources/ekscompute_gpu_node_pool/{file}")));
        workspace.plan().assert_actions(&[(ADDRESS, Action::NoOp)]);
        workspace.apply().success();
        workspace.plan().assert_no_changes();
    }
    let workspace = pools.cluster.workspace(Cli::OnPath);
    workspace.write("main.tf", &pools.workspace.read("main.tf"));
    let command = pools.example("resources/ekscompute_gpu_node_pool/import.sh");
    let [_, "import", address, id] = command.split_whitespace().collect::<Vec<_>>()[..] else { panic!("{command}") };
    workspace.import(address, id).success();
    let error = workspace.run(&["import", "-no-color", "ekscompute_gpu_node_pool.other", "gpu"]);
    assert_eq!(error.code, Some(1));
}

#[test]
fn ignore_changes_preserves_externally_scaled_replicas() {
    let pools = Pools::new(Cli::OnPath, "karpenter-v1.14.1");
    let limits = "limits = {\n    cpu = \"1000\"\n  }";
    pools.configure(limits, "replicas = 1\n\n  lifecycle {\n    ignore_changes = [replicas]\n  }");
    pools.apply();
    pools.edit(json!({"replicas": 3}));
    pools.workspace.plan().assert_no_changes();
    pools.configure(limits, "replicas = 1");
    pools.workspace.plan().assert_actions(&[(ADDRESS, Action::Update)]);
    pools.apply();
    assert_eq!(pools.object("gpu")["spec"]["replicas"], 1);
}
