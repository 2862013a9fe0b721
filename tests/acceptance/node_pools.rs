//! `ekscompute_node_class` and `ekscompute_node_pool`, the forms without defaults for GPUs, and moves between both forms.

use serde_json::{Value, json};

use crate::support::cli::Cli;
use crate::support::features::{Feature, run_where_supported};
use crate::support::for_each_cli;
use crate::support::plan::Action;
use crate::support::sandbox::Cluster;
use crate::support::workspace::Workspace;

const CLASS: &str = "ekscompute_node_class.this";
const POOL: &str = "ekscompute_node_pool.this";
const CLASSES: &str = "/apis/karpenter.k8s.aws/v1/ec2nodeclasses";
const POOLS: &str = "/apis/karpenter.sh/v1/nodepools";

/// A cluster with Karpenter, and a configuration of a class and its pool.
struct Nodes {
    cluster: Cluster,
    workspace: Workspace,
}

impl Nodes {
    fn new(cli: Cli) -> Self {
        let cluster = Cluster::new();
        cluster.start_kubernetes(json!({}));
        cluster.custom_resources(json!({"install": "karpenter-v1.15.2"}));
        cluster.karpenter(json!({}));
        let workspace = cluster.workspace(cli);
        Self { cluster, workspace }
    }

    /// A class and a pool of these types, with more arguments.
    fn text(&self, form: &str, class: &str, pool: &str) -> String {
        let role = self.cluster.made("node_role_arn").rsplit('/').next().unwrap_or_default();
        format!(
            r#"
resource "ekscompute_{form}node_class" "this" {{
  cluster_name = "{cluster}"
  name         = "batch"
  controller   = "karpenter"
  role         = "{role}"
  subnet_selector_term {{ id = {subnet} }}
  security_group_selector_term {{ id = "{group}" }}
  {class}
}}
resource "ekscompute_{form}node_pool" "this" {{
  cluster_name    = "{cluster}"
  name            = "batch"
  controller      = "karpenter"
  node_class_name = ekscompute_{form}node_class.this.name
  requirement {{
    key      = "karpenter.k8s.aws/instance-category"
    operator = "In"
    values   = ["c", "m", "r"]
  }}
  {pool}
}}
"#,
            cluster = self.cluster.name,
            subnet = self.cluster.made["private_subnet_ids"][0],
            group = self.cluster.made("cluster_security_group_id"),
        )
    }

    fn configure(&self, class: &str, pool: &str) {
        self.workspace.write("main.tf", &self.text("", class, pool));
    }

    #[track_caller]
    fn apply(&self) {
        self.workspace.apply().success();
        self.workspace.plan().assert_no_changes();
    }

    fn spec(&self, path: &str) -> Value {
        self.cluster.kubernetes("GET", &format!("{path}/batch"), json!({})).1["spec"].take()
    }

    #[track_caller]
    fn patch(&self, path: &str, content_type: &str, body: Value) {
        let request = json!({"body": body, "content_type": content_type});
        let (status, answer) = self.cluster.kubernetes("PATCH", path, request);
        assert_eq!(status, 200, "{answer}");
    }

    fn edit(&self, path: &str, spec: Value) {
        let path = format!("{path}/batch?fieldManager=kubectl-edit");
        self.patch(&path, "application/merge-patch+json", json!({"spec": spec}));
    }
}

for_each_cli! {
    fn general_lifecycle(cli) {
        let nodes = Nodes::new(cli);
        nodes.configure("", "");
        nodes.workspace.plan().assert_actions(&[(CLASS, Action::Create), (POOL, Action::Create)]);
        nodes.workspace.apply_plan().success();
        nodes.workspace.plan().assert_no_changes();
        let (class, pool) = (nodes.spec(CLASSES), nodes.spec(POOLS));
        assert_eq!(class["amiSelectorTerms"], json!([{"alias": "al2023@latest"}]));
        assert_eq!(class.get("blockDeviceMappings"), None, "no volume for GPUs");
        let template = &pool["template"];
        assert_eq!((template["spec"].get("taints"), template.get("metadata")), (None, None), "no taint, no label");

        // In place.
        nodes.configure(
            "tags = { team = \"batch\" }\nkubelet = { maxPods = 58, evictionHard = { \"memory.available\" = \"5%\" } }",
            "weight = 5\nobject_labels = { team = \"batch\" }\nnode_labels = { team = \"batch\" }\ndisruption {\n\
             consolidate_after = \"5m\"\nbudget { nodes = \"0\" }\n}",
        );
        nodes.workspace.plan().assert_actions(&[(CLASS, Action::Update), (POOL, Action::Update)]);
        nodes.apply();
        assert_eq!(nodes.spec(CLASSES)["kubelet"]["maxPods"], 58);
        let pool = nodes.spec(POOLS);
        assert_eq!((&pool["weight"], &pool["disruption"]["budgets"]), (&json!(5), &json!([{"nodes": "0"}])));
        assert_eq!(pool["template"]["metadata"]["labels"], json!({"team": "batch"}));

        // Manual edits are reverted, even if they empty a list.
        nodes.edit(POOLS, json!({"weight": 7, "disruption": {"budgets": []}}));
        nodes.edit(CLASSES, json!({"kubelet": {"maxPods": 20}}));
        nodes.workspace.plan().assert_actions(&[(CLASS, Action::Update), (POOL, Action::Update)]);
        nodes.apply();
        let pool = nodes.spec(POOLS);
        assert_eq!((&pool["weight"], &pool["disruption"]["budgets"]), (&json!(5), &json!([{"nodes": "0"}])));
        assert_eq!(nodes.spec(CLASSES)["kubelet"]["maxPods"], 58);

        nodes.configure("", "");
        nodes.apply();
        assert_eq!(nodes.spec(CLASSES).get("kubelet"), None);
        assert_eq!(nodes.cluster.kubernetes("DELETE", &format!("{POOLS}/batch"), json!({})).0, 200);
        nodes.cluster.settle_karpenter();
        nodes.workspace.plan().assert_actions(&[(POOL, Action::Create)]);
        nodes.apply();
        nodes.workspace.destroy().success();
        for path in [CLASSES, POOLS] {
            assert_eq!(nodes.cluster.kubernetes("GET", &format!("{path}/batch"), json!({})).0, 404);
        }
    }
}

/// An update shows the status as unknown, because the controller writes it while the update runs.
#[test]
fn status_follows_an_update() {
    let nodes = Nodes::new(Cli::OnPath);
    let id = nodes.cluster.capacity_reservation("c7i.large", 1);
    let term = format!("capacity_reservation_selector_term {{ id = \"{id}\" }}");
    nodes.configure("", "");
    nodes.apply();

    nodes.configure(&term, "wait_for_ready = false\nweight = 5");
    nodes.workspace.plan().assert_actions(&[(CLASS, Action::Update), (POOL, Action::Update)]);
    nodes.cluster.karpenter(json!({"node_claims": {"pool": "batch", "count": 1}}));
    let condition = |kind: &str| json!({"kind": kind, "type": "Warmed", "status": "True", "reason": "Warmed"});
    let conditions = [condition("EC2NodeClass"), condition("NodePool")];
    nodes.cluster.karpenter(json!({"settings": {"conditions": conditions}}));
    nodes.cluster.settle_karpenter();
    nodes.workspace.apply_plan().success();
    let state = nodes.workspace.attributes(CLASS);
    assert_eq!(state["resolved_capacity_reservations"][0]["instance_type"], "c7i.large");
    assert!(state["conditions"].as_array().is_some_and(|all| all.iter().any(|each| each["type"] == "Warmed")));
    let state = nodes.workspace.attributes(POOL);
    assert_eq!((&state["node_count"], &state["resources"]["nodes"]), (&json!(1), &json!("1")));
    nodes.workspace.plan().assert_no_changes();
}

/// The definition gets a field that no argument sets.
fn define(nodes: &Nodes, definition: &str, parent: &str) {
    let path = format!("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{definition}");
    let field = json!({"type": "object", "properties": {"enabled": {"type": "boolean"}, "mode": {"type": "string"}}});
    let place = format!("/spec/versions/0/schema/openAPIV3Schema/properties/{parent}/newOptions");
    nodes.patch(&path, "application/json-patch+json", json!([{"op": "add", "path": place, "value": field}]));
}

#[test]
fn additional_spec_owns_fields_without_arguments() {
    let nodes = Nodes::new(Cli::OnPath);
    let class = "additional_spec = { newOptions = { enabled = true, mode = \"a\" } }";
    let pool = "additional_spec = { template = { spec = { newOptions = { enabled = true } } } }";
    nodes.configure(class, pool);
    let errors = nodes.workspace.try_plan(&[]).errors();
    assert!(errors.iter().any(|error| error.detail.contains("newOptions")), "{errors:?}");

    define(&nodes, "ec2nodeclasses.karpenter.k8s.aws", "spec/properties");
    define(&nodes, "nodepools.karpenter.sh", "spec/properties/template/properties/spec/properties");
    nodes.apply();
    assert_eq!(nodes.spec(CLASSES)["newOptions"], json!({"enabled": true, "mode": "a"}));
    assert_eq!(nodes.spec(POOLS)["template"]["spec"]["newOptions"], json!({"enabled": true}));

    nodes.edit(CLASSES, json!({"newOptions": {"mode": "b"}}));
    let plan = nodes.workspace.plan();
    plan.assert_actions(&[(CLASS, Action::Update)]);
    nodes.apply();
    assert_eq!(nodes.spec(CLASSES)["newOptions"]["mode"], "a");
    nodes.configure("additional_spec = { newOptions = { enabled = true } }", "");
    nodes.apply();
    assert_eq!(nodes.spec(CLASSES)["newOptions"], json!({"enabled": true}));
    assert_eq!(nodes.spec(POOLS)["template"]["spec"].get("newOptions"), None);

    for (class, words) in [
        ("additional_spec = { role = \"other\" }", "The argument role sets the field spec.role."),
        ("additional_spec = { metadataOptions = { httpTokens = \"required\" } }", "metadata_options.http_tokens"),
        ("additional_spec = [1]", "must be an object"),
    ] {
        nodes.configure(class, "");
        let error = nodes.workspace.try_plan(&[]).only_error();
        assert!(error.detail.contains(words), "{error:?}");
    }
}

#[test]
fn additional_spec_replaces_required_blocks() {
    let nodes = Nodes::new(Cli::OnPath);
    define(&nodes, "ec2nodeclasses.karpenter.k8s.aws", "spec/properties/subnetSelectorTerms/items/properties");
    let requirements = "spec/properties/template/properties/spec/properties/requirements/items/properties";
    define(&nodes, "nodepools.karpenter.sh", requirements);
    let subnets: Vec<_> = nodes.cluster.made["private_subnet_ids"].as_array().into_iter().flatten().cloned().collect();
    let configure = |subnet: &Value, pool: &str| {
        let terms = format!("[{{ id = {subnet}, newOptions = {{ mode = \"a\" }} }}]");
        let text = nodes.text("", &format!("additional_spec = {{ subnetSelectorTerms = {terms} }}"), pool);
        let (before, block) = text.split_once("  requirement {").expect("a requirement");
        let (_, after) = block.split_once("}\n").expect("the end of the block");
        let block = format!("  subnet_selector_term {{ id = {} }}\n", subnets[0]);
        assert!(before.contains(&block));
        nodes.workspace.write("main.tf", &format!("{}{after}", before.replace(&block, "")));
    };
    let zone = "{ key = \"topology.kubernetes.io/zone\", operator = \"Exists\", newOptions = { enabled = true } }";
    let pool = format!("additional_spec = {{ template = {{ spec = {{ requirements = [{zone}] }} }} }}");
    configure(&subnets[0], &pool);
    nodes.apply();
    let term = json!({"id": subnets[0], "newOptions": {"mode": "a"}});
    assert_eq!(nodes.spec(CLASSES)["subnetSelectorTerms"], json!([term]));
    let requirement =
        json!({"key": "topology.kubernetes.io/zone", "operator": "Exists", "newOptions": {"enabled": true}});
    assert_eq!(nodes.spec(POOLS)["template"]["spec"]["requirements"], json!([requirement]));
    configure(&subnets[1], "");
    nodes.workspace.plan().assert_actions(&[(CLASS, Action::Update), (POOL, Action::Update)]);
    nodes.apply();
    assert_eq!(nodes.spec(CLASSES)["subnetSelectorTerms"][0]["id"], subnets[1]);
    assert_eq!(nodes.workspace.attributes(CLASS)["resolved_subnets"][0]["id"], subnets[1]);
    assert_eq!(nodes.spec(POOLS)["template"]["spec"]["requirements"], json!([]));
}

#[test]
fn state_moves_between_both_forms_without_a_change() {
    let nodes = Nodes::new(Cli::OnPath);
    // The GPU form with its defaults.
    let gpu_pool = "gpu { instance_families = [\"g6\"] }";
    let text = nodes.text("gpu_", "", gpu_pool).replace("\"c\", \"m\", \"r\"", "\"g\"");
    nodes.workspace.write("main.tf", &text);
    nodes.apply();
    let before = (nodes.spec(CLASSES), nodes.spec(POOLS));
    assert_eq!(before.0["blockDeviceMappings"][0]["ebs"]["volumeSize"], "300Gi");

    let moved = |from: &str, to: &str| {
        let block = |noun: &str| {
            format!("moved {{\n  from = ekscompute_{from}{noun}.this\n  to = ekscompute_{to}{noun}.this\n}}\n")
        };
        block("node_class") + &block("node_pool")
    };
    let general = nodes
        .text(
            "",
            "block_device_mapping {\n  device_name = \"/dev/xvda\"\n  ebs {\n    volume_size = \"300Gi\"\n    volume_type = \
             \"gp3\"\n    encrypted = true\n  }\n}",
            "node_labels = { \"nvidia.com/gpu.present\" = \"true\" }\ntaint {\n  key = \"nvidia.com/gpu\"\n  value = \
             \"present\"\n  effect = \"NoSchedule\"\n}",
        )
        .replace("\"c\", \"m\", \"r\"", "\"g\"");
    // Requirements of the gpu block come first.
    let family = "requirement {\n    key = \"karpenter.k8s.aws/instance-family\"\n    operator = \"In\"\n    values = \
                  [\"g6\"]\n  }\n  requirement {";
    let general = general.replacen("requirement {", family, 1);
    nodes.workspace.write("main.tf", &(general + &moved("gpu_", "")));
    let plan = nodes.workspace.plan();
    assert!(plan.actions().values().all(|action| *action == Action::NoOp), "{}", plan.run);
    nodes.workspace.apply().success();
    nodes.workspace.plan().assert_no_changes();
    assert_eq!((nodes.spec(CLASSES), nodes.spec(POOLS)), before, "the objects are as they were");

    nodes.workspace.write("main.tf", &(text + &moved("", "gpu_")));
    let plan = nodes.workspace.plan();
    assert!(plan.actions().values().all(|action| *action == Action::Update), "blocks become arguments: {}", plan.run);
    nodes.apply();
    assert_eq!((nodes.spec(CLASSES), nodes.spec(POOLS)), before, "the objects are as they were");
    nodes.workspace.destroy().success();
}

#[test]
fn order_of_terms_changes_no_selection() {
    let nodes = Nodes::new(Cli::OnPath);
    let subnet = nodes.cluster.made["private_subnet_ids"][1].clone();
    let text = nodes.text("", &format!("subnet_selector_term {{ id = {subnet} }}"), "");
    nodes.workspace.write("main.tf", &text);
    nodes.apply();
    let first = format!("subnet_selector_term {{ id = {} }}", nodes.cluster.made["private_subnet_ids"][0]);
    let second = format!("subnet_selector_term {{ id = {subnet} }}");
    let turned = text.replace(&first, "FIRST").replace(&second, &first).replace("FIRST", &second);
    nodes.workspace.write("main.tf", &turned);
    let plan = nodes.workspace.plan();
    plan.assert_actions(&[(CLASS, Action::Update)]);
    assert!(plan.warnings().iter().all(|each| !each.summary.contains("replaced")), "{}", plan.run);
    assert!(!plan.change(CLASS)["after_unknown"]["resolved_subnets"].as_bool().unwrap_or_default());
    nodes.apply();
    nodes.workspace.destroy().success();
}

#[test]
fn general_objects_are_imported_and_listed() {
    run_where_supported(Cli::Terraform115, &[Feature::Query], |cli| {
        let nodes = Nodes::new(cli);
        nodes.configure("tags = { team = \"batch\" }", "weight = 5\nobject_labels = { team = \"batch\" }");
        nodes.apply();
        let other = nodes.cluster.workspace(cli);
        let list = |noun: &str| {
            format!(
                "list \"ekscompute_{noun}\" \"all\" {{\n  provider = ekscompute\n  config {{\n    cluster_name = \"{}\"\n  \
                 }}\n}}\n",
                nodes.cluster.name
            )
        };
        other.write("all.tfquery.hcl", &(list("node_class") + &list("node_pool")));
        let run = other.run(&["query", "-json", "-generate-config-out=generated.tf"]).success();
        assert_eq!(run.events("list_resource_found").len(), 2, "{run}");
        other.remove("all.tfquery.hcl");
        let plan = other.plan();
        assert!(plan.actions().values().all(|action| *action == Action::NoOp), "{}", plan.run);
        let generated = other.read("generated.tf");
        for words in ["object_labels", "subnet_selector_term {", "requirement {"] {
            assert!(generated.contains(words), "{words}: {generated}");
        }
        assert!(!generated.contains("nvidia_taint") && !generated.contains("default_volume"), "{generated}");
    });
}

/// Terraform sends a null or unknown value of a variable with the type of the variable.
#[test]
fn typed_variables_may_be_null_or_unknown() {
    let nodes = Nodes::new(Cli::OnPath);
    let variables = "variable \"controller\" { type = string }\nvariable \"kubelet\" {\n  type = object({ maxPods = \
                     optional(number) })\n  default = null\n}\nvariable \"more\" {\n  type = object({ weight = optional(number) })\n  \
                     default = null\n}\nvariable \"user_data\" {\n  type = string\n  default = null\n}\n";
    let text = nodes
        .text(
            "",
            "kubelet = var.kubelet\nadditional_spec = var.more\nuser_data = var.user_data",
            "additional_spec = var.more",
        )
        .replace("= \"karpenter\"", "= var.controller");
    nodes.workspace.write("main.tf", &(variables.to_owned() + &text));
    nodes.workspace.write("terraform.tfvars", "controller = \"karpenter\"\n");
    nodes.workspace.validate().success();
    nodes.apply();
    assert_eq!(nodes.spec(CLASSES).get("kubelet"), None);
    nodes.workspace.write("terraform.tfvars", "controller = \"karpenter\"\nkubelet = { maxPods = 58 }\n");
    nodes.apply();
    assert_eq!(nodes.spec(CLASSES)["kubelet"], json!({"maxPods": 58}));
    nodes.workspace.write("terraform.tfvars", "controller = \"karpenter\"\n");
    nodes.apply();
    assert_eq!(nodes.spec(CLASSES).get("kubelet"), None);

    // Unknown arguments of the other controller.
    let auto_mode =
        text.replace("= var.controller", "= \"auto_mode\"").replace("karpenter.k8s.aws", "eks.amazonaws.com");
    nodes.workspace.write("main.tf", &(variables.to_owned() + &auto_mode));
    nodes.workspace.validate().success();
    nodes.workspace.write("main.tf", &(variables.to_owned() + &text));
    nodes.workspace.destroy().success();
}

#[test]
fn windows_nodes_pass_the_checks() {
    let nodes = Nodes::new(Cli::OnPath);
    nodes.cluster.publish("1.33", "WINDOWS_CORE_2022_x86_64", "1.33-2026.08.11");
    let os = "requirement {\n    key = \"kubernetes.io/os\"\n    operator = \"In\"\n    values = [\"windows\"]\n  }";
    let class = "ami_selector_term { alias = \"windows2022@latest\" }\nwait_for_ready = false";
    for requirement in [os, ""] {
        nodes.configure(class, &format!("wait_for_ready = false\n{requirement}"));
        let plan = nodes.workspace.plan();
        assert!(!plan.run.to_string().contains("nstance type"), "{}", plan.run);
    }
}
