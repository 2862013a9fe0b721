//! The schema as each program understands it, against the snapshot that the pages are made of.

use std::path::Path;

use serde_json::Value;

use crate::support::cli::Product;
use crate::support::for_each_cli;
use crate::support::workspace::Workspace;

const CONFIGURATION: &str = r#"
terraform {
  required_providers {
    ekscompute = { source = "ekscompute/ekscompute" }
  }
}
"#;

/// What is new in Terraform 1.10, 1.12 and 1.14; older programs and OpenTofu print everything else.
const NEW: [&str; 4] =
    ["ephemeral_resource_schemas", "resource_identity_schemas", "list_resource_schemas", "action_schemas"];

fn snapshot() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots/schema.json");
    let text = std::fs::read_to_string(path).expect("make schema has written the snapshot");
    serde_json::from_str(&text).expect("the snapshot is JSON")
}

/// The schemas of the only provider, whatever the registry's name is.
fn provider(printed: &mut Value) -> Value {
    let providers = printed["provider_schemas"].as_object_mut().expect("provider schemas");
    assert_eq!(providers.len(), 1, "one provider");
    let name = providers.keys().next().expect("one provider").clone();
    assert!(name.ends_with("/ekscompute/ekscompute"), "{name}");
    providers.remove(&name).expect("it is there")
}

for_each_cli! {
    #[everywhere]
    fn programs_print_the_snapshot(cli) {
        let workspace = Workspace::new(cli);
        workspace.write("main.tf", CONFIGURATION);
        let mut printed = workspace.run(&["providers", "schema", "-json"]).success().json();
        let (printed, mut expected) = (provider(&mut printed), provider(&mut snapshot()));
        if !cli.release().is_at_least(Product::Terraform, 14) {
            let expected = expected.as_object_mut().expect("schemas");
            expected.retain(|key, _| !NEW.contains(&key.as_str()) || printed.get(key).is_some());
        }
        assert!(printed == expected, "{} sees another schema than tests/snapshots/schema.json", cli.name());
    }
}
