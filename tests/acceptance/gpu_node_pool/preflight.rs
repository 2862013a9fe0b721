//! What the plan of a node pool finds of instance types, zones, images and limits, and nodes with an Elastic Fabric Adapter.

use serde_json::{Value, json};

use super::{ADDRESS, POOLS, Pools};
use crate::support::cli::Cli;
use crate::support::plan::Action;
use crate::support::run::Diagnostic;

const GOLDEN: &str = "instance_categories = [\"g\", \"p\"]";
const OFFERINGS: &str = "ec2:DescribeInstanceTypeOfferings";

impl Pools {
    fn found(&self) -> Vec<Diagnostic> {
        self.workspace.plan().run.own_warnings()
    }

    fn summaries(&self) -> Vec<String> {
        let mut summaries: Vec<_> = self.found().into_iter().map(|each| each.summary).collect();
        summaries.sort();
        summaries
    }

    fn refused(&self, from: &str, to: &str) -> Diagnostic {
        self.configure(from, to);
        self.workspace.try_plan(&[]).only_error()
    }

    /// A node class that starts nodes in the subnet of this number, with what its `spec` says beside.
    fn class(&self, subnet: usize, mut spec: Value) {
        spec["role"] = json!(self.cluster.made("node_role_arn").rsplit('/').next());
        spec["subnetSelectorTerms"] = json!([{"id": self.cluster.made["private_subnet_ids"][subnet]}]);
        spec["securityGroupSelectorTerms"] = json!([{"id": self.cluster.made("cluster_security_group_id")}]);
        let body = json!({
            "apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass", "metadata": {"name": "gpu"}, "spec": spec,
        });
        let path = "/apis/karpenter.k8s.aws/v1/ec2nodeclasses/gpu?fieldManager=kubectl&force=true";
        let request = json!({"body": body, "content_type": "application/apply-patch+yaml"});
        let (status, answer) = self.cluster.kubernetes("PATCH", path, request);
        assert!(matches!(status, 200 | 201), "{answer}");
        self.cluster.settle_karpenter();
    }
}

#[test]
fn golden_pool_findings_are_fixable_and_not_repeated() {
    let pools = Pools::new(Cli::OnPath, "karpenter-v1.14.1");
    pools.configure("720h", "720h");
    let expected = ["Instance category g does not include gr", "Node pool can launch GPU fractions"];
    assert_eq!(pools.summaries(), expected);
    let mended = "instance_categories = [\"g\", \"gr\", \"p\"]\n    manufacturers = [\"nvidia\"]\n    min_count = 1";
    pools.configure(GOLDEN, mended);
    assert_eq!(pools.summaries(), [""; 0]);

    // What is there is not looked at again before something of it changes.
    pools.apply();
    let asked = || pools.cluster.count(OFFERINGS);
    let before = asked();
    pools.configure(GOLDEN, &format!("{mended}\n  }}\n  weight = 5\n  lifecycle {{\n    ignore_changes = [region]"));
    pools.workspace.plan().assert_actions(&[(ADDRESS, Action::Update)]);
    assert_eq!(asked(), before);

    // A change of what is left out is none of the object.
    let version = pools.object("gpu")["metadata"]["resourceVersion"].clone();
    pools.configure(GOLDEN, &format!("{mended}\n  }}\n  skip_preflight = [\"pool_limits\"]\n  lifecycle {{\n"));
    let plan = pools.workspace.plan();
    plan.assert_actions(&[(ADDRESS, Action::Update)]);
    assert_ne!(plan.change(ADDRESS)["after_unknown"]["conditions"], json!(true), "nothing of it is asked for");
    pools.apply();
    assert_eq!((&pools.object("gpu")["metadata"]["resourceVersion"], asked()), (&version, before));
    assert_eq!(pools.workspace.attributes(ADDRESS)["skip_preflight"], json!(["pool_limits"]));
}

#[test]
fn a_pool_that_can_have_no_node_is_an_error_with_the_nearest_types() {
    let pools = Pools::new(Cli::OnPath, "karpenter-v1.14.1");
    let error = pools.refused(GOLDEN, "instance_categories = [\"g\"]\n    memory = \"100Gi\"");
    assert_eq!(error.summary, "No instance type matches the requirements");
    for part in [
        "karpenter.k8s.aws/instance-gpu-memory Gt [102399], which alone excludes ",
        "karpenter.k8s.aws/instance-category In [g], which alone excludes p5en.48xlarge, p6-b200.48xlarge",
        "Preflight check: pool_instance_types.",
    ] {
        assert!(error.detail.contains(part), "{part}: {error:?}");
    }
    let error = pools.refused("\"1000\"", "\"1\"");
    assert_eq!((error.summary.as_str(), error.code.trim()), ("Limits are too low for one node", "cpu = \"1\""));
    let words = "The limit for cpu is 1. Measured by this resource, the smallest instance type of the node pool is \
                 g6f.large";
    assert!(error.detail.contains(words), "{error:?}");

    pools.configure(
        "\"1000\"",
        "\"1\"\n  }\n  skip_preflight = [\"pool_limits\", \"pool_gpu_fractions\"]\n  timeouts {\n",
    );
    assert_eq!(pools.summaries(), ["Instance category g does not include gr"]);
    pools.configure("\"1000\"", "\"1\"");
    pools.workspace.write("provider.tf", "provider \"ekscompute\" {\n  preflight {\n    mode = \"warn\"\n  }\n}\n");
    assert!(pools.summaries().contains(&"Limits are too low for one node".to_owned()));
    pools.workspace.write("provider.tf", "provider \"ekscompute\" {\n  preflight {\n    mode = \"off\"\n  }\n}\n");
    let before = pools.cluster.count(OFFERINGS);
    assert_eq!((pools.summaries(), pools.cluster.count(OFFERINGS)), (vec![], before));
    pools.workspace.remove("provider.tf");
    let error = pools.refused("\"1000\"", "\"1\"\n  }\n  skip_preflight = [\"pool_limit\"]\n  timeouts {\n");
    assert!(error.detail.contains("\"pool_limit\" is not a check name. Did you mean \"pool_limits\"?"), "{error:?}");
    let error = pools.refused("\"1000\"", "\"1\"\n  }\n  skip_preflight = [\"role_exists\"]\n  timeouts {\n");
    assert!(error.detail.contains("a node pool preflight check"), "{error:?}");

    // Without the permission the rest of the plan goes on.
    pools.cluster.fault(json!({"kind": "error", "service": "ec2", "operation": "DescribeInstanceTypes",
                               "code": "UnauthorizedOperation", "status": 403}));
    pools.configure("\"1000\"", "\"1\"");
    let found = pools.found();
    let [missing, told] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(missing.summary, "Node class does not exist", "it does not depend on EC2");
    assert_eq!(told.summary, "Preflight checks skipped: missing permissions");
    assert!(told.detail.contains("\"ec2:DescribeInstanceTypes\""), "{told:?}");
    assert!(told.detail.contains("pool_instance_types, pool_limits"), "{told:?}");
}

#[test]
fn device_plugin_of_the_cluster_must_run_on_the_nodes() {
    let pools = Pools::new(Cli::OnPath, "karpenter-v1.14.1");
    let alias = |alias: &str| json!({"amiSelectorTerms": [{"alias": alias}]});
    let g6 = "instance_families = [\"g6\"]";
    let tainted = format!(
        "{g6}\n  }}\n  taint {{\n    key = \"team\"\n    value = \"ml\"\n    effect = \"NoSchedule\"\n  }}\n  timeouts {{\n"
    );
    pools.class(0, alias("bottlerocket@latest"));
    pools.configure(GOLDEN, &tainted);
    assert_eq!(pools.summaries(), [""; 0], "it is in the image");

    pools.class(0, alias("al2023@latest"));
    pools.configure(GOLDEN, g6);
    let found = pools.found();
    let [told] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(told.summary, "NVIDIA device plugin not found in the cluster");
    assert!(told.detail.contains("ekscompute_nvidia_device_plugin_values"), "{told:?}");
    pools.cluster.install_nvidia_device_plugin();
    assert_eq!(pools.summaries(), [""; 0]);

    pools.configure(GOLDEN, &tainted);
    let found = pools.found();
    let [told] = found.as_slice() else {
        panic!("what the chart's own settings need is not said beside it: {found:?}")
    };
    assert_eq!(told.summary, "NVIDIA device plugin does not run on these nodes");
    assert!(
        told.detail.contains("kube-system/nvidia-device-plugin does not tolerate the taint team:NoSchedule"),
        "{told:?}"
    );
    pools.configure(GOLDEN, &tainted.replace("timeouts", "skip_preflight = [\"pool_device_plugin\"]\n  timeouts"));
    assert_eq!(pools.summaries(), ["Check the value of taint[0]"]);
}

#[test]
fn zones_and_images_of_the_node_class_count() {
    let pools = Pools::new(Cli::OnPath, "karpenter-v1.14.1");
    let alias = json!({"amiSelectorTerms": [{"alias": "al2023@latest"}]});
    let g7e = "instance_families = [\"g7e\"]";
    pools.cluster.install_nvidia_device_plugin();
    pools.class(0, alias.clone());
    pools.configure(GOLDEN, g7e);
    assert_eq!(pools.summaries(), [""; 0]);
    // The same run may change the node class, so only a strict plan stops.
    let strict = "provider \"ekscompute\" {\n  preflight {\n    mode = \"strict\"\n  }\n}\n";
    pools.workspace.write("provider.tf", strict);
    pools.class(1, alias.clone());
    let error = pools.refused(GOLDEN, g7e);
    assert_eq!(error.summary, "Instance types not offered in the node pool zones");
    assert!(error.detail.contains("g7e.2xlarge in us-east-1a (use1-az6), us-east-1c (use1-az2)"), "{error:?}");
    assert!(error.detail.contains("the usable subnets of the node class are in us-east-1b"), "{error:?}");

    let interface =
        |card: usize, kind: &str| json!({"networkCardIndex": card, "deviceIndex": 0, "interfaceType": kind});
    let mut wide = alias;
    wide["networkInterfaces"] = json!([interface(0, "interface"), interface(1, "efa-only")]);
    pools.class(0, wide);
    let error = pools.refused(GOLDEN, "instance_types = [\"g6.8xlarge\"]");
    assert_eq!(
        (error.summary.as_str(), error.code.trim()),
        ("Instance types lack network interfaces", "node_class_name = \"gpu\"")
    );
    pools.configure(GOLDEN, "instance_types = [\"p4d.24xlarge\"]");
    assert_eq!(pools.summaries(), ["EFA device plugin not found in the cluster"]);

    // Windows has no image for GPUs. A class that is being deleted says nothing any more.
    let windows = json!({"amiSelectorTerms": [{"alias": "windows2022@latest"}]});
    pools.class(0, windows);
    let error = pools.refused(GOLDEN, g7e);
    assert_eq!(error.summary, "Node class has no AMI for the instance types");
    pools.workspace.remove("provider.tf");
    pools.configure(GOLDEN, g7e);
    assert_eq!(pools.summaries(), [error.summary.as_str()]);
    assert_eq!(pools.workspace.apply().only_error().summary, error.summary);
    assert_eq!(pools.cluster.kubernetes("GET", "/apis/karpenter.sh/v1/nodepools/gpu", json!({})).0, 404);
    pools.karpenter(json!({"held_finalizers": ["EC2NodeClass"]}));
    assert_eq!(pools.cluster.kubernetes("DELETE", "/apis/karpenter.k8s.aws/v1/ec2nodeclasses/gpu", json!({})).0, 200);
    pools.configure(GOLDEN, g7e);
    assert_eq!(pools.summaries(), [""; 0]);
}

#[test]
fn missing_node_class_stops_the_creation() {
    let pools = Pools::new(Cli::OnPath, "karpenter-v1.14.1");
    pools.workspace.remove("provider.tf");
    let g7e = "instance_families = [\"g7e\"]";
    pools.configure(GOLDEN, g7e);
    assert_eq!(pools.summaries(), ["Node class does not exist"]);
    let error = pools.workspace.apply().only_error();
    assert_eq!((error.summary.as_str(), error.code.trim()), ("Node class does not exist", "node_class_name = \"gpu\""));
    assert_eq!(pools.object("gpu")["kind"], "Status", "nothing is created");
    pools.cluster.install_nvidia_device_plugin();
    pools.class(0, json!({"amiSelectorTerms": [{"alias": "al2023@latest"}]}));
    assert_eq!(pools.summaries(), [""; 0]);
    pools.apply();
}

#[test]
fn reservations_of_the_node_class_are_compared() {
    let pools = Pools::new(Cli::OnPath, "karpenter-v1.14.1");
    let id = &pools.cluster.capacity_reservation("g7e.2xlarge", 1);
    pools.cluster.install_nvidia_device_plugin();
    let selecting = |id: &str| {
        json!({
            "amiSelectorTerms": [{"alias": "al2023@latest"}],
            "capacityReservationSelectorTerms": [{"id": id}],
        })
    };
    let reserve = |family: &str| {
        let capacity = "capacity_types      = [\"spot\", \"on-demand\"]";
        let families = format!("instance_families = [\"{family}\"]");
        let text = pools.golden();
        assert!(text.contains(capacity));
        let text = text.replace(capacity, "capacity_types = [\"reserved\"]").replace(GOLDEN, &families);
        pools.workspace.write("main.tf", &text);
    };
    let summary = "Node pool cannot use a capacity reservation";
    pools.class(0, selecting("cr-0123456789abcdef0"));
    reserve("g7e");
    assert_eq!(pools.summaries(), [summary]);
    pools.class(0, selecting(id));
    assert_eq!(pools.summaries(), [""; 0]);
    reserve("p4d");
    assert_eq!(pools.summaries(), [summary]);
    pools.class(0, json!({"amiSelectorTerms": [{"alias": "al2023@latest"}]}));
    assert_eq!(pools.summaries(), ["Node class does not select capacity reservations"]);
}

#[test]
fn auto_mode_is_not_asked_for_what_it_does_not_start() {
    let pools = Pools::new(Cli::OnPath, "auto-mode");
    let text = pools.example("resources/ekscompute_gpu_node_pool/resource_auto_mode.tf");
    let families = "instance_families = [\"g6\", \"g6e\"]";
    assert!(text.contains(families));
    pools.workspace.write("main.tf", &text.replace(families, "names = [\"rtx-pro-4500\"]"));
    let error = pools.workspace.try_plan(&[]).only_error();
    assert_eq!(error.summary, "EKS Auto Mode does not launch the instance types");
    assert!(error.detail.contains("EKS Auto Mode does not support these families: g7."), "{error:?}");
}

#[test]
fn nodes_with_an_adapter_are_named_by_their_types() {
    let pools = Pools::new(Cli::OnPath, "karpenter-v1.14.1");
    let efa = "instance_families = [\"g6e\", \"p4d\"]\n    efa = true";
    let error = pools.refused(GOLDEN, "instance_types = [\"g6e.xlarge\"]\n    efa = true");
    assert_eq!((error.summary.as_str(), error.code.trim()), ("No matching instance type supports EFA", "efa = true"));
    assert!(
        error.detail.contains("do not support EFA: g6e.xlarge. To use EFA, allow these instance types")
            && error.detail.contains("g6e.8xlarge"),
        "{error:?}"
    );

    pools.configure(GOLDEN, efa);
    assert_eq!(pools.summaries(), ["EFA device plugin not found in the cluster"]);
    pools.apply();
    let types = ["g6e.12xlarge", "g6e.16xlarge", "g6e.24xlarge", "g6e.48xlarge", "g6e.8xlarge", "p4d.24xlarge"];
    let asked = |pools: &Pools| {
        let requirements = pools.object("gpu")["spec"]["template"]["spec"]["requirements"].clone();
        let of_type = |each: &&Value| each["key"] == "node.kubernetes.io/instance-type";
        requirements.as_array().into_iter().flatten().find(of_type).cloned().unwrap_or_default()
    };
    let requirement = json!({"key": "node.kubernetes.io/instance-type", "operator": "In", "values": types});
    assert_eq!(asked(&pools), requirement);
    assert_eq!(pools.workspace.attributes(ADDRESS)["efa_instance_types"], json!(types));

    // Nothing is asked for a pool that is there, and another change leaves the types as they are.
    let before = pools.cluster.count(OFFERINGS);
    pools.configure(GOLDEN, &format!("{efa}\n  }}\n  weight = 5\n  timeouts {{\n"));
    pools.apply();
    assert_eq!((asked(&pools), pools.cluster.count(OFFERINGS)), (requirement.clone(), before));

    // An edit by hand heals.
    let mut requirements = pools.object("gpu")["spec"]["template"]["spec"]["requirements"].clone();
    for each in requirements.as_array_mut().into_iter().flatten() {
        if each["key"] == requirement["key"] {
            each["values"] = json!(["g6e.xlarge"]);
        }
    }
    pools.edit(json!({"template": {"spec": {"requirements": requirements}}}));
    pools.workspace.plan().assert_actions(&[(ADDRESS, Action::Update)]);
    pools.apply();
    assert_eq!(asked(&pools), requirement);

    // A family that another resource decides on is resolved in the apply.
    let family = "resource \"terraform_data\" \"family\" {\n  input = \"p4d\"\n}\n";
    pools.configure(GOLDEN, "instance_families = [terraform_data.family.output]\n    efa = true");
    pools.workspace.write("family.tf", family);
    let plan = pools.workspace.plan();
    assert_eq!(plan.change(ADDRESS)["after_unknown"]["efa_instance_types"], json!(true));
    pools.apply();
    assert_eq!(pools.workspace.attributes(ADDRESS)["efa_instance_types"], json!(["p4d.24xlarge"]));

    pools.workspace.remove("family.tf");
    pools.configure(GOLDEN, "instance_families = [\"p4d\"]");
    pools.apply();
    assert_eq!(asked(&pools), Value::Null);
    pools.workspace.destroy().success();
    assert_eq!(pools.cluster.kubernetes("GET", &format!("{POOLS}/gpu"), json!({})).0, 404);
}

#[test]
fn a_missing_region_is_told_in_the_plan() {
    let pools = Pools::bare(Cli::OnPath);
    let workspace = pools.cluster.workspace(Cli::OnPath).env("AWS_REGION", "");
    let of_cluster = |kind: &str, more: &str| {
        format!("resource \"ekscompute_{kind}\" \"a\" {{\n  cluster_name = \"demo\"\n{more}}}\n")
    };
    let class = "  name = \"a\"\n  controller = \"auto_mode\"\n  role = \"a\"\n  subnet_selector_term { id = \"subnet-1\" }\n  \
                 security_group_selector_term { id = \"sg-1\" }\n";
    let pool = "  name = \"a\"\n  controller = \"auto_mode\"\n  node_class_name = \"a\"\n  gpu {}\n";
    let entry = "  principal_arn = \"arn:aws:iam::123456789012:role/a\"\n";
    for text in
        [of_cluster("gpu_node_class", class), of_cluster("gpu_node_pool", pool), of_cluster("access_entry", entry)]
    {
        workspace.write("main.tf", &text);
        let error = workspace.try_plan(&[]).only_error();
        assert_eq!(error.summary, "No Region is configured", "{text}");
    }
}
