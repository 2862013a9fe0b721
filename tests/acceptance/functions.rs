//! The functions as each program calls them: without credentials, without a provider block, and with the documentation's
//! examples as they are written.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::for_each_cli;
use crate::support::workspace::Workspace;

const PROVIDER: &str = r#"
terraform {
  required_providers {
    ekscompute = { source = "ekscompute/ekscompute" }
  }
}
"#;

fn example(function: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("examples/functions/{function}/function.tf"));
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn outputs(workspace: &Workspace) -> Value {
    let outputs = workspace.run(&["output", "-json"]).success().json();
    let outputs = outputs.as_object().expect("outputs by name");
    outputs.iter().map(|(name, output)| (name.clone(), output["value"].clone())).collect()
}

for_each_cli! {
    #[everywhere]
    fn function_examples_give_what_they_say(cli) {
        for (function, expected) in [
            ("max_pods", json!({"m5_large": 29, "m5_large_with_prefix_delegation": 110, "m5_large_and_t3_medium": 17})),
            ("nodeconfig_merge", json!({"kubelet": {
                "config": {"evictionHard": {"memory.available": "200Mi"}, "maxPods": 110},
                "flags": ["--node-labels=team=core", "--v=4"],
            }})),
            ("userdata_parts", json!({"kinds": ["shell", "node_config"], "max_pods": 58})),
        ] {
            let workspace = Workspace::new(cli);
            workspace.write("versions.tf", PROVIDER);
            workspace.write("function.tf", &example(function));
            workspace.apply().success();
            assert_eq!(outputs(&workspace), expected);
            let plan = workspace.plan();
            plan.assert_no_changes();
            // A failed check is a warning.
            assert!(plan.run.own_warnings().is_empty(), "{:?}", plan.warnings());
        }
        let workspace = Workspace::new(cli);
        workspace.write("versions.tf", PROVIDER);
        workspace.write("function.tf", &example("aws_auth_role_arn"));
        workspace.apply().success();
        let text = outputs(&workspace)["map_roles"].as_str().unwrap_or_default().to_owned();
        assert!(text.contains("\"rolearn\": \"arn:aws:iam::111122223333:role/worker\""), "{text}");
    }

    fn function_of_unknown_values_is_known_after_apply(cli) {
        let workspace = Workspace::new(cli);
        workspace.write("versions.tf", PROVIDER);
        workspace.write(
            "main.tf",
            "resource \"terraform_data\" \"interfaces\" {\n  input = 3\n}\n\
             resource \"terraform_data\" \"pods\" {\n  input = [\n    \
             provider::ekscompute::max_pods(terraform_data.interfaces.output, 10),\n    \
             provider::ekscompute::max_pods(3, 10, { vcpus = terraform_data.interfaces.output }),\n  ]\n}\n\
             resource \"terraform_data\" \"merged\" {\n  input = yamldecode(provider::ekscompute::nodeconfig_merge([\n    \
             yamlencode({ apiVersion = \"node.eks.aws/v1alpha1\", kind = \"NodeConfig\", spec = { kubelet = { config = \
             { maxPods = terraform_data.interfaces.output } } } }),\n  ])).spec.kubelet.config.maxPods\n}\n",
        );
        workspace.apply().success();
        assert_eq!(workspace.attributes("terraform_data.pods")["output"], json!([29, 29]));
        assert_eq!(workspace.attributes("terraform_data.merged")["output"], json!(3));
        workspace.plan().assert_no_changes();
    }

    fn function_error_names_the_argument(cli) {
        let workspace = Workspace::new(cli);
        workspace.write("versions.tf", PROVIDER);
        workspace.write(
            "main.tf",
            "output \"pods\" {\n  value = provider::ekscompute::max_pods(3, 10, { vcpu = 2 })\n}\n",
        );
        let error = workspace.try_plan(&[]).only_error();
        assert!(error.detail.contains("unknown option vcpu"), "{error:?}");
        assert!(error.detail.contains("options"), "{error:?}");
    }
}
