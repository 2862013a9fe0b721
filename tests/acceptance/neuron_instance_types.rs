//! `ekscompute_neuron_instance_types` against the responses of EC2 that the sandbox replays.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::gpu_instance_types::outputs;
use crate::support::cli::Cli;
use crate::support::sandbox::Cluster;

#[test]
fn neuron_instance_types_example_works_as_written() {
    let cluster = Cluster::new();
    let workspace = cluster.workspace(Cli::OnPath);
    let file = "examples/data-sources/ekscompute_neuron_instance_types/data-source.tf";
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect("the example");
    workspace.write("main.tf", &text);
    workspace.apply().success();
    let found = outputs(&workspace);
    assert!(found["requirement"]["values"].as_array().is_some_and(|names| names.contains(&json!("trn1.32xlarge"))));
    assert_eq!(found["table"]["trn1.32xlarge"], json!({"devices": "16 x trainium", "cores": 32}));
    workspace.plan().assert_no_changes();

    // These Regions together offer all families.
    workspace.write(
        "main.tf",
        "data \"ekscompute_neuron_instance_types\" \"all\" {\n  for_each = toset([\"us-east-1\", \"us-east-2\"])\n  \
         region = each.key\n  controller = \"auto_mode\"\n}\n\
         output \"all\" {\n  value = flatten([for found in data.ekscompute_neuron_instance_types.all : \
         found.instance_types])\n}\n",
    );
    workspace.apply().success();
    let found = outputs(&workspace);
    let mut cores: BTreeMap<&str, i64> = BTreeMap::new();
    for known in found["all"].as_array().expect("types") {
        let number = |value: &Value| value.as_i64().unwrap_or_else(|| panic!("{value} of {known}"));
        let (devices, all) = (number(&known["device_count"]), number(&known["core_count"]));
        cores.insert(known["family"].as_str().expect("a family"), number(&known["cores_per_device"]));
        assert_eq!(all, devices * number(&known["cores_per_device"]), "{known}");
        assert_eq!(known["resources"]["aws.amazon.com/neuron"], json!(devices), "{known}");
        assert_eq!(known["resources"]["aws.amazon.com/neuroncore"], json!(all), "{known}");
        assert_eq!(known["labels"]["eks.amazonaws.com/instance-accelerator-name"], known["device_name"], "{known}");
        assert_eq!(known["labels"]["eks.amazonaws.com/instance-gpu-name"], Value::Null, "{known}");
    }
    assert_eq!(cores, [("inf1", 4), ("inf2", 2), ("trn1", 2), ("trn1n", 2), ("trn2", 8)].into());

    workspace.write("main.tf", "data \"ekscompute_neuron_instance_types\" \"a\" {\nmin_core_count = -1\n}\n");
    let error = workspace.try_plan(&[]).only_error();
    assert_eq!(error.code.trim(), "min_core_count = -1", "{error:?}");
}
