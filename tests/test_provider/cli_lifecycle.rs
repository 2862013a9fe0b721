//! An object of every type under the real programs: every kind of attribute and block, from configuration to state and back.

use serde_json::{Value as Json, json};

use crate::support::cli::Product;
use crate::support::for_each_cli;
use crate::support::plan::{Action, Plan};
use crate::workspace::TestWorkspace;

const ALL_TYPES: &str = r#"
resource "test_all_types" "cloak" {
  name     = "cloak"
  label    = var.label
  price    = 12.1
  washable = false
  extra    = { warm = true, layers = [1, 2] }
  sketches = ["front", "back"]
  colors   = ["red", "blue"]
  measures = { length = 120, width = 0.1 }
  notes    = { seams = ["double", "red"] }
  code     = "1234"
  fabric   = { kind = var.fabric }
  layers   = [{ material = "linen" }, { material = "silk", count = 2 }]
  badges   = [{ motif = "crown" }, { motif = "star", side = "right" }]
  pockets  = { left = { material = "felt" } }
  timeouts = { create = "1h30m" }
  tags     = { act = "1" }

  button {
    material = "horn"
    count    = 5
  }
  button { material = "brass" }
  patch { motif = "moon" }
  patch {
    motif = "sun"
    side  = var.side
  }
  lining "hood" { material = "fur" }
  collar {
    style = "high"
    stud { motif = "pearl" }
  }
  care { temperature = 30 }
  remark { text = "heavy" }
  remark { text = [1, 2] }
}
variable "label" { default = "Cloak" }
variable "fabric" { default = "wool" }
variable "side" { default = null }
"#;

/// Everything in it comes from something that is known only after apply.
const UNKNOWN: &str = r#"
resource "terraform_data" "later" { input = "red" }
resource "test_all_types" "cloak" {
  name    = terraform_data.later.output
  colors  = [terraform_data.later.output, "blue"]
  extra   = terraform_data.later.output
  fabric  = { kind = terraform_data.later.output == "red" ? "silk" : "wool" }
  layers  = terraform_data.later.output == "red" ? [{ material = "linen" }] : null
  badges  = [{ motif = terraform_data.later.output }, { motif = "star" }]
  tags    = { (terraform_data.later.input) = terraform_data.later.output }
  dynamic "button" {
    for_each = terraform_data.later.output == "red" ? ["horn", "brass"] : []
    content { material = button.value }
  }
  dynamic "patch" {
    for_each = toset([terraform_data.later.output])
    content { motif = patch.value }
  }
  dynamic "lining" {
    for_each = toset([terraform_data.later.output])
    labels   = ["hood"]
    content { material = "fur" }
  }
  dynamic "remark" {
    for_each = [terraform_data.later.output]
    content { text = remark.value }
  }
}
"#;

const SECRET: &str = r#"
resource "test_all_types" "cloak" {
  name           = "cloak"
  secret         = "xyzzy-42"
  secret_version = var.round
  fabric         = { kind = "wool", scent = "rose" }
}
variable "round" { default = 1 }
"#;

/// The number in stock that is planned for the patch with the motif; null if it is not known yet.
fn stock_in(plan: &Plan, motif: &str) -> Json {
    let mut patches = plan.change("test_all_types.cloak")["after"]["patch"].as_array().into_iter().flatten();
    patches.find(|patch| patch["motif"] == motif).expect("a patch with the motif")["stock"].clone()
}

for_each_cli! {
    #[everywhere]
    fn all_types_lives_with_every_kind_of_value(cli) {
        let test = TestWorkspace::with_provider_arguments(cli, "default_tags = { house = \"opera\" }");
        let workspace = &test.workspace;
        workspace.write("main.tf", ALL_TYPES);
        let plan = workspace.plan();
        plan.assert_actions(&[("test_all_types.cloak", Action::Create)]);
        assert_eq!(plan.change("test_all_types.cloak")["after"]["tags_all"], json!({ "act": "1", "house": "opera" }));
        workspace.apply_plan().success();
        workspace.plan().assert_no_changes();
        let made = workspace.attributes("test_all_types.cloak");
        assert_eq!(made["patch"], json!([
            { "motif": "moon", "side": "left", "material": null, "stock": "stock of moon" },
            { "motif": "sun", "side": "left", "material": null, "stock": "stock of sun" }
        ]));
        assert_eq!((&made["alterations"], &made["seconds_allowed"], &made["price"]), (&json!(0), &json!(5400), &json!(12.1)));

        // Only the case differs: no change at all.
        workspace.write("terraform.tfvars", "label = \"CLOAK\"\n");
        workspace.plan().assert_no_changes();
        // One element of a set changes, and is another one by that; the other keeps its number.
        workspace.write("terraform.tfvars", "label = \"Cape\"\nside = \"back\"\n");
        let plan = workspace.plan();
        plan.assert_actions(&[("test_all_types.cloak", Action::Update)]);
        assert_eq!(stock_in(&plan, "moon"), json!("stock of moon"));
        assert_eq!(stock_in(&plan, "sun"), json!(null));
        workspace.apply_plan().success();
        workspace.plan().assert_no_changes();
        assert_eq!(workspace.attributes("test_all_types.cloak")["alterations"], json!(1));
        // And back to the default, which is the same element changed.
        workspace.write("terraform.tfvars", "label = \"Cape\"\n");
        let plan = workspace.plan();
        plan.assert_actions(&[("test_all_types.cloak", Action::Update)]);
        assert_eq!(stock_in(&plan, "sun"), json!("stock of sun"));
        workspace.apply().success();
        workspace.plan().assert_no_changes();
        assert_eq!(workspace.attributes("test_all_types.cloak")["alterations"], json!(2));

        workspace.write("terraform.tfvars", "label = \"Cape\"\nfabric = \"silk\"\n");
        let plan = workspace.plan();
        plan.assert_actions(&[("test_all_types.cloak", Action::Replace)]);
        assert_eq!(plan.change("test_all_types.cloak")["replace_paths"], json!([["fabric", "kind"]]));
        let warnings: Vec<_> = plan.warnings().into_iter().filter(|each| each.summary.contains("anew")).collect();
        assert!(warnings.iter().any(|each| each.detail == "It cannot be altered in fabric.kind."), "{}", plan.run);
        workspace.apply_plan().success();
        workspace.plan().assert_no_changes();

        workspace.destroy().success();
        assert!(workspace.addresses().is_empty() && test.files().is_empty());
    }

    #[everywhere]
    fn all_types_drift_and_deletion_are_corrected(cli) {
        let test = TestWorkspace::new(cli);
        let workspace = &test.workspace;
        workspace.write("main.tf", ALL_TYPES);
        workspace.apply().success();
        let file = test.objects().join("all_types.cloak.json");
        let stored = std::fs::read_to_string(&file).expect("the all_types is stored");
        std::fs::write(&file, stored.replace("\"silk\"", "\"jute\"").replace("\"star\"", "\"comet\"")).expect("writable");
        let plan = workspace.plan();
        plan.assert_actions(&[("test_all_types.cloak", Action::Update)]);
        workspace.apply_plan().success();
        workspace.plan().assert_no_changes();
        std::fs::remove_file(&file).expect("the all_types is stored");
        workspace.plan().assert_actions(&[("test_all_types.cloak", Action::Create)]);
        workspace.apply().success();
        workspace.plan().assert_no_changes();
    }

    #[everywhere]
    fn all_types_accepts_values_known_after_apply(cli) {
        let test = TestWorkspace::new(cli);
        let workspace = &test.workspace;
        workspace.write("main.tf", UNKNOWN);
        workspace.apply().success();
        workspace.plan().assert_no_changes();
        let made = workspace.attributes("test_all_types.cloak");
        assert_eq!(made["button"][1], json!({ "material": "brass", "count": 1, "stock": "stock of brass" }));
        assert_eq!(made["lining"]["hood"]["stock"], json!("stock of fur"));
        // What it is made of changes: everything is unknown again, and some of it cannot be changed.
        workspace.write("main.tf", &UNKNOWN.replace("input = \"red\"", "input = \"green\""));
        workspace.plan().assert_actions(&[
            ("terraform_data.later", Action::Update),
            ("test_all_types.cloak", Action::Replace),
        ]);
        workspace.apply().success();
        workspace.plan().assert_no_changes();
    }

    #[everywhere]
    fn all_types_secret_is_stored_nowhere(cli) {
        let test = TestWorkspace::new(cli);
        let workspace = &test.workspace;
        workspace.write("main.tf", SECRET);
        let release = cli.release();
        if !release.is_at_least(Product::Terraform, 11) && !release.is_at_least(Product::OpenTofu, 11) {
            let errors = workspace.validate().errors();
            let blamed: Vec<_> = errors.iter().map(|error| error.summary.as_str()).collect();
            assert_eq!(blamed, ["secret requires Terraform 1.11 or later", "fabric.scent requires Terraform 1.11 or \
                                                                            later"]);
            return;
        }
        workspace.apply().success();
        workspace.plan().assert_no_changes();
        let made = workspace.attributes("test_all_types.cloak");
        assert_eq!((&made["secret"], &made["secret_length"], &made["fabric"]["scent"]), (&json!(null), &json!(8), &json!(null)));
        workspace.write("main.tf", &SECRET.replace("xyzzy-42", "xyzzy-4242").replace("default = 1", "default = 2"));
        workspace.plan().assert_actions(&[("test_all_types.cloak", Action::Update)]);
        workspace.apply_plan().success();
        assert_eq!(workspace.attributes("test_all_types.cloak")["secret_length"], json!(10));
        assert!(!workspace.read("terraform.tfstate").contains("xyzzy") && !workspace.read("terraform.tfstate").contains("rose"));
        assert!(test.files().iter().all(|file| {
            !std::fs::read_to_string(test.objects().join(file)).unwrap_or_default().contains("xyzzy")
        }));
    }
}
