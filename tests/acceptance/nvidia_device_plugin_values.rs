//! `ekscompute_nvidia_device_plugin_values` in real programs; what its values do in the charts is asked in `tests/consumers`.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::cli::Cli;
use crate::support::for_each_cli;
use crate::support::sandbox::Cluster;
use crate::support::workspace::Workspace;

fn outputs(workspace: &Workspace) -> Value {
    let outputs = workspace.run(&["output", "-json"]).success().json();
    outputs.as_object().into_iter().flatten().map(|(name, output)| (name.clone(), output["value"].clone())).collect()
}

for_each_cli! {
    fn nvidia_device_plugin_values_example_works_as_written(cli) {
        let workspace = Cluster::new().workspace(cli);
        let file = "examples/data-sources/ekscompute_nvidia_device_plugin_values/data-source.tf";
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect("the example");
        workspace.write("main.tf", &text);
        workspace.write(
            "more.tf",
            "output \"tolerated\" {\n  value = \
             yamldecode(data.ekscompute_nvidia_device_plugin_values.gpu.values_yaml).tolerations[*].key\n}\n\
             output \"same\" {\n  value = yamldecode(data.ekscompute_nvidia_device_plugin_values.gpu.values_yaml) == \
             jsondecode(data.ekscompute_nvidia_device_plugin_values.gpu.values_json)\n}\n",
        );
        workspace.apply().success();
        let outputs = outputs(&workspace);
        assert_eq!(outputs["tolerated"], json!(["CriticalAddonsOnly", "nvidia.com/gpu", "gpu-workload"]));
        assert_eq!((&outputs["same"], &outputs["auto_mode_needs_it"]), (&json!(true), &json!(false)));
        workspace.plan().assert_no_changes();
    }
}

#[test]
fn nvidia_device_plugin_values_wait_for_what_apply_decides_and_refuse_what_cannot_be() {
    let workspace = Cluster::new().workspace(Cli::OnPath);
    workspace.write(
        "main.tf",
        "resource \"terraform_data\" \"key\" {\n  input = \"gpu-workload\"\n}\n\
         data \"ekscompute_nvidia_device_plugin_values\" \"gpu\" {\n  chart = \"gpu_operator\"\n  node_taint {\n    key    = \
         terraform_data.key.output\n    effect = \"NO_SCHEDULE\"\n  }\n}\n\
         output \"values\" {\n  value = data.ekscompute_nvidia_device_plugin_values.gpu.values_json\n}\n",
    );
    let plan = workspace.plan();
    assert_eq!(plan.json["output_changes"]["values"]["after_unknown"], json!(true));
    workspace.apply().success();
    let values: Value = serde_json::from_str(outputs(&workspace)["values"].as_str().expect("a text")).expect("JSON");
    let expected = json!({"key": "gpu-workload", "operator": "Exists", "effect": "NoSchedule"});
    assert_eq!(values["daemonsets"]["tolerations"][1], expected);

    // JSON syntax sets the same argument.
    workspace.remove("main.tf");
    let auto = json!({"data": {"ekscompute_nvidia_device_plugin_values": {"auto": {"controller": "auto_mode"}}}});
    workspace.write("main.tf.json", &auto.to_string());
    workspace.plan();
    workspace.remove("main.tf.json");

    for (arguments, detail) in [
        ("sharing {\n  strategy = \"mps\"\n  replicas = 2\n}\nmig_strategy = \"single\"", "rejects MPS"),
        ("sharing {\n  strategy = \"mps\"\n  replicas = 1\n}", "sharing.replicas must be at least 2"),
        ("node_taint {\n  key = \"a\"\n  effect = \"Never\"\n}", "node_taint[0].effect must be one of \"NoSchedule\""),
        ("chart = \"nvidia\"", "chart must be one of \"device_plugin\", \"gpu_operator\""),
    ] {
        workspace
            .write("main.tf", &format!("data \"ekscompute_nvidia_device_plugin_values\" \"a\" {{\n{arguments}\n}}\n"));
        let error = workspace.try_plan(&[]).only_error();
        assert!(error.detail.contains(detail), "{error:?}");
    }
    workspace.write("main.tf", "data \"ekscompute_nvidia_device_plugin_values\" \"a\" {}\n");
    let warnings = workspace.plan().warnings();
    assert!(warnings.iter().any(|warning| warning.summary.contains("may not run on the nodes")), "{warnings:?}");
}
