//! `ekscompute_gpu_instance_types` against what EC2 has answered, which the sandbox tells again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};

use crate::support::cli::Cli;
use crate::support::sandbox::Cluster;
use crate::support::workspace::Workspace;

pub(super) fn outputs(workspace: &Workspace) -> Value {
    let outputs = workspace.run(&["output", "-json"]).success().json();
    outputs.as_object().into_iter().flatten().map(|(name, output)| (name.clone(), output["value"].clone())).collect()
}

#[test]
fn gpu_instance_types_example_works_as_written() {
    let cluster = Cluster::new();
    let workspace = cluster.workspace(Cli::OnPath);
    let file = "examples/data-sources/ekscompute_gpu_instance_types/data-source.tf";
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect("the example");
    workspace.write("main.tf", &text);
    workspace.apply().success();
    let outputs = outputs(&workspace);
    let families: Vec<_> =
        outputs["requirement"]["values"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    assert!(families.contains(&"g6e") && families.contains(&"p4d") && !families.contains(&"g6"), "{families:?}");
    assert_eq!(outputs["table"]["g6e.48xlarge"]["gpus"], json!("8 x l40s"));
    workspace.plan().assert_no_changes();

    // An architecture that apply decides makes everything unknown in the plan; the apply goes through at once.
    workspace.write(
        "main.tf",
        "resource \"terraform_data\" \"architecture\" {\n  input = \"arm64\"\n}\n\
         data \"ekscompute_gpu_instance_types\" \"arm\" {\n  architectures = [terraform_data.architecture.output]\n}\n\
         output \"names\" {\n  value = data.ekscompute_gpu_instance_types.arm.names\n}\n\
         data \"ekscompute_gpu_instance_types\" \"none\" {\n  gpu_names = [\"abacus\"]\n}\n\
         output \"none\" {\n  value = data.ekscompute_gpu_instance_types.none.instance_types\n}\n",
    );
    let plan = workspace.plan();
    assert_eq!(plan.json["output_changes"]["names"]["after_unknown"], json!(true));
    workspace.apply().success();
    let outputs = self::outputs(&workspace);
    assert_eq!(outputs["none"], json!([]));
    let sizes = ["xlarge", "2xlarge", "4xlarge", "8xlarge", "16xlarge", "metal"];
    assert_eq!(outputs["names"], json!(sizes.map(|size| format!("g5g.{size}"))));

    for (arguments, code, detail) in [
        ("architectures = [\"x86_64\"]", "architectures = [\"x86_64\"]", "\"amd64\", \"arm64\""),
        ("instance_type_patterns = [\"G6.*\"]", "instance_type_patterns = [\"G6.*\"]", "wildcards"),
        ("min_gpu_count = 2\nmax_gpu_count = 1", "max_gpu_count = 1", "no instance type matches both"),
    ] {
        workspace.write("main.tf", &format!("data \"ekscompute_gpu_instance_types\" \"a\" {{\n{arguments}\n}}\n"));
        let error = workspace.try_plan(&[]).only_error();
        assert_eq!(error.code.trim(), code, "{error:?}");
        assert!(error.detail.contains(detail), "{error:?}");
    }
}

/// What is known of a family from other sources: device, its memory in MiB, the numbers of it, architecture, most EFA
/// interfaces, least and most GB of local NVMe.
type Expected = (&'static str, i64, &'static [i64], &'static str, i64, i64, i64);

/// AMD's g4ad, p3 without its `dn`, p6e-gb200 and dl1 are not in what the sandbox knows.
const FAMILIES: [(&str, Expected); 24] = [
    ("dl2q", ("qualcomm-ai100", 16000, &[8], "amd64", 1, 0, 0)),
    ("g4dn", ("t4", 16384, &[1, 4, 8], "amd64", 1, 125, 1800)),
    ("g5", ("a10g", 22888, &[1, 4, 8], "amd64", 1, 250, 7600)),
    ("g5g", ("t4g", 16384, &[1, 2], "arm64", 0, 0, 0)),
    ("g6", ("l4", 22888, &[1, 4, 8], "amd64", 1, 250, 7520)),
    ("g6e", ("l40s", 45776, &[1, 4, 8], "amd64", 4, 250, 7600)),
    ("g6f", ("l4", 2861, &[0], "amd64", 0, 100, 450)),
    ("g7", ("rtx-pro-4500", 32768, &[1, 2, 4, 8], "amd64", 2, 440, 7600)),
    ("g7e", ("rtx-pro-server-6000", 98304, &[1, 2, 4, 8], "amd64", 4, 1900, 15200)),
    ("gr6", ("l4", 22888, &[1], "amd64", 1, 600, 900)),
    ("gr6f", ("l4", 11444, &[0], "amd64", 0, 450, 450)),
    ("inf1", ("inferentia", 8192, &[1, 4, 16], "amd64", 1, 0, 0)),
    ("inf2", ("inferentia2", 32768, &[1, 6, 12], "amd64", 0, 0, 0)),
    ("p3dn", ("v100", 32768, &[8], "amd64", 1, 1800, 1800)),
    ("p4d", ("a100", 40960, &[8], "amd64", 4, 8000, 8000)),
    ("p4de", ("a100", 81920, &[8], "amd64", 4, 8000, 8000)),
    ("p5", ("h100", 81920, &[1, 8], "amd64", 32, 3800, 30400)),
    ("p5e", ("h200", 144_384, &[8], "amd64", 32, 30400, 30400)),
    ("p5en", ("h200", 144_384, &[8], "amd64", 16, 30400, 30400)),
    ("p6-b200", ("b200", 183_359, &[8], "amd64", 8, 30400, 30400)),
    ("p6-b300", ("b300", 275_040, &[8], "amd64", 16, 30400, 30400)),
    ("trn1", ("trainium", 32768, &[1, 16], "amd64", 8, 474, 7600)),
    ("trn1n", ("trainium", 32768, &[16], "amd64", 16, 7600, 7600)),
    ("trn2", ("trainium2", 524_288, &[1, 16], "amd64", 16, 470, 7600)),
];

#[test]
fn gpu_instance_types_are_those_of_every_family_and_cost_few_calls() {
    let cluster = Cluster::new();
    let workspace = cluster.workspace(Cli::OnPath);
    workspace.write(
        "main.tf",
        "data \"ekscompute_gpu_instance_types\" \"all\" {\n  for_each = toset([\"us-east-1\", \"us-east-2\", \
         \"us-west-2\", \"sa-east-1\"])\n  region = each.key\n  include_accelerators = true\n}\n\
         data \"ekscompute_gpu_instance_types\" \"auto\" {\n  controller = \"auto_mode\"\n}\n\
         output \"all\" {\n  value = flatten([for found in data.ekscompute_gpu_instance_types.all : found.instance_types])\n}\n\
         output \"auto\" {\n  value = data.ekscompute_gpu_instance_types.auto.instance_types\n}\n",
    );
    workspace.plan();
    let calls = cluster.calls();
    let count = |operation: &str| calls.iter().filter(|call| *call == operation).count();
    // Four regions, in one of which two data sources look.
    assert_eq!(count("ec2:DescribeInstanceTypes"), 4 * 3, "{calls:?}");
    assert_eq!(count("ec2:DescribeInstanceTypeOfferings"), 4 * 2, "{calls:?}");
    assert_eq!(count("ec2:DescribeAvailabilityZones"), 4, "{calls:?}");
    workspace.apply().success();
    let outputs = outputs(&workspace);
    let all = outputs["all"].as_array().expect("types");
    let mut families: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for known in all {
        families.entry(known["family"].as_str().expect("a family")).or_default().push(known);
    }
    let known: Vec<_> = FAMILIES.iter().map(|(family, _)| *family).collect();
    assert_eq!(families.keys().copied().collect::<Vec<_>>(), known);
    for (family, expected) in FAMILIES {
        assert_is(family, &families[family], expected);
    }
    let auto = outputs["auto"].as_array().expect("types");
    for known in auto {
        let labels = known["labels"].as_object().expect("labels");
        assert!(labels.contains_key("eks.amazonaws.com/instance-gpu-name"), "{labels:?}");
        assert!(!["g6f", "gr6f", "g7"].iter().any(|family| known["family"] == *family), "{known}");
        assert_eq!(
            known["availability_zones"].as_array().map(Vec::len),
            known["availability_zone_ids"].as_array().map(Vec::len)
        );
    }
}

fn assert_is(family: &str, types: &[&Value], expected: Expected) {
    let (device, memory, counts, architecture, efa, least_nvme, most_nvme) = expected;
    let kind = if types[0]["gpu_name"].is_null() { "accelerator" } else { "gpu" };
    let number = |known: &Value, name: &str| known[name].as_i64().unwrap_or_else(|| panic!("{name} of {known}"));
    let numbers = |name: &str| -> BTreeSet<i64> { types.iter().map(|known| number(known, name)).collect() };
    for known in types {
        assert_eq!(
            (known[format!("{kind}_name")].as_str(), known["architecture"].as_str()),
            (Some(device), Some(architecture)),
            "{known}"
        );
        let label = |suffix: &str| known["labels"][format!("karpenter.k8s.aws/instance-{suffix}")].clone();
        assert_eq!(label(&format!("{kind}-name")), json!(device));
        assert_eq!(label(&format!("{kind}-count")), json!(number(known, &format!("{kind}_count")).to_string()));
        let resource = match known[format!("{kind}_manufacturer")].as_str() {
            Some("nvidia") => "nvidia.com/gpu",
            Some("aws") => "aws.amazon.com/neuron",
            _ => continue,
        };
        let count = number(known, &format!("{kind}_count"));
        assert_eq!(known["resources"][resource].as_i64().unwrap_or_default(), count, "{known}");
    }
    assert_eq!(numbers(&format!("{kind}_count")), counts.iter().copied().collect(), "{family}");
    assert_eq!(numbers(&format!("{kind}_memory_mib")).first(), Some(&memory), "{family}");
    assert_eq!(numbers("max_efa_interfaces").last(), Some(&efa), "{family}");
    let nvme = numbers("local_nvme_gb");
    assert_eq!((nvme.first(), nvme.last()), (Some(&least_nvme), Some(&most_nvme)), "{family}");
}
