//! The harness itself, proven with builtin objects on every program.

use crate::support::background::Background;
use crate::support::for_each_cli;
use crate::support::plan::Action;
use crate::support::sandbox::Cluster;
use crate::support::workspace::Workspace;
use serde_json::json;

const NUMBER: &str = r#"
variable "number" { type = number }
resource "terraform_data" "a" {
  input            = var.number
  triggers_replace = var.number > 10
}
output "number" { value = terraform_data.a.output }
"#;

/// A resource whose creation lasts until it is interrupted.
const SLEEPER: &str = r#"
resource "terraform_data" "finished" {}
resource "terraform_data" "sleeper" {
  depends_on = [terraform_data.finished]
  provisioner "local-exec" {
    command = "echo asleep; exec sleep 1000"
  }
}
"#;

fn number(workspace: &Workspace, value: u32) {
    workspace.write("terraform.tfvars", &format!("number = {value}\n"));
}

fn start_sleeper(workspace: &Workspace) -> Background {
    workspace.write("main.tf", SLEEPER);
    let mut apply = workspace.start_apply();
    apply.wait_for_output("(local-exec): asleep");
    apply
}

/// The sleeper is kept in the state, marked for replacement, and nothing the program started is left.
fn assert_stopped_cleanly(workspace: &Workspace, apply: Background) {
    let run = apply.wait();
    assert_eq!(run.code, Some(1), "{run}");
    assert!(run.stdout.contains("Interrupt received") || run.stdout.contains("interrupt"), "{run}");
    workspace.plan().assert_actions(&[("terraform_data.sleeper", Action::Replace)]);
}

for_each_cli! {
    #[everywhere]
    fn harness_runs_a_lifecycle(cli) {
        let workspace = Workspace::without_provider(cli);
        workspace.write("main.tf", NUMBER);
        number(&workspace, 1);
        assert_eq!(workspace.validate().success().json()["valid"], json!(true));

        let plan = workspace.plan();
        plan.assert_actions(&[("terraform_data.a", Action::Create)]);
        assert_eq!(plan.change("terraform_data.a")["after_unknown"]["id"], json!(true));
        workspace.apply_plan().success();
        workspace.plan().assert_no_changes();
        assert_eq!(workspace.attributes("terraform_data.a")["output"], json!(1));

        number(&workspace, 2);
        workspace.plan().assert_actions(&[("terraform_data.a", Action::Update)]);
        workspace.apply().success();
        number(&workspace, 11);
        workspace.plan().assert_actions(&[("terraform_data.a", Action::Replace)]);
        workspace.apply().success();
        assert_eq!(workspace.addresses(), ["terraform_data.a"]);

        workspace.destroy().success();
        assert!(workspace.addresses().is_empty());
    }

    #[everywhere]
    fn harness_sees_an_output_change_as_a_change(cli) {
        let workspace = Workspace::without_provider(cli);
        workspace.write("main.tf", "output \"a\" { value = 1 }\n");
        assert!(!workspace.plan().is_empty());
        workspace.apply().success();
        workspace.plan().assert_no_changes();
    }

    #[everywhere]
    fn harness_reads_diagnostics(cli) {
        let workspace = Workspace::without_provider(cli);
        workspace.write("main.tf", "resource \"terraform_data\" \"a\" {\n  colour = \"blue\"\n}\n");
        for run in [workspace.validate(), workspace.try_plan(&[])] {
            let error = run.only_error();
            assert_eq!((error.summary.as_str(), error.code.as_str()), ("Unsupported argument", "colour = \"blue\""));
            assert!(error.detail.contains("colour"), "{error:?}");
        }
    }

    #[everywhere]
    fn harness_imports_into_the_state(cli) {
        let workspace = Workspace::without_provider(cli);
        workspace.write("main.tf", "resource \"terraform_data\" \"a\" {}\n");
        workspace.import("terraform_data.a", "some-id").success();
        assert_eq!(workspace.attributes("terraform_data.a")["id"], json!("some-id"));
        workspace.plan().assert_no_changes();
    }

    #[everywhere]
    fn harness_passes_standard_input_and_streams_apart(cli) {
        let workspace = Workspace::without_provider(cli);
        let run = workspace.run_with_input(&["console"], "upper(\"eks\")\n").success();
        assert_eq!((run.stdout.trim(), run.stderr.as_str()), ("\"EKS\"", ""));
        let run = workspace.run(&["plan", "-no-color", "no-such-file"]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{run}");
        assert!(!run.stderr.is_empty());
    }

    #[everywhere]
    fn harness_runs_tests_of_a_module(cli) {
        let workspace = Workspace::without_provider(cli);
        workspace.write("main.tf", NUMBER);
        workspace.write(
            "tests/number.tftest.hcl",
            "run \"passes_the_number_on\" {\n  variables { number = 3 }\n  assert {\n    \
             condition     = output.number == 3\n    error_message = \"not passed on\"\n  }\n}\n",
        );
        let run = workspace.run(&["test", "-json"]).success();
        assert_eq!(run.events("test_summary")[0]["test_summary"]["passed"], json!(1), "{run}");
    }

    #[everywhere]
    fn harness_stops_on_an_interrupt_of_the_program(cli) {
        let workspace = Workspace::without_provider(cli);
        let apply = start_sleeper(&workspace);
        apply.interrupt();
        assert_stopped_cleanly(&workspace, apply);
    }

    #[everywhere]
    fn harness_stops_on_ctrl_c_in_a_terminal(cli) {
        let workspace = Workspace::without_provider(cli);
        let apply = start_sleeper(&workspace);
        apply.press_ctrl_c();
        assert_stopped_cleanly(&workspace, apply);
    }

    #[everywhere]
    fn harness_finds_and_kills_processes_of_a_command(cli) {
        let workspace = Workspace::without_provider(cli);
        let mut apply = start_sleeper(&workspace);
        let sleep = std::fs::canonicalize("/bin/sleep").expect("sleep is installed");
        // The shell says it is asleep and then becomes the sleep.
        apply.wait_until("the sleep", |apply| apply.processes_of(&sleep).len() == 1);
        assert_eq!(apply.kill_processes_of(&sleep), 1);
        let run = apply.wait();
        assert!(run.only_error().detail.contains("signal: killed"), "{run}");
    }

    #[everywhere]
    fn harness_knows_what_the_program_can_do(cli) {
        for feature in crate::support::features::Feature::ALL {
            assert_eq!(feature.is_in(cli.release()), feature.is_accepted_by(cli), "{feature:?} of {cli:?}");
        }
    }

    #[everywhere]
    fn harness_lets_the_program_load_the_provider(cli) {
        let workspace = Cluster::new().workspace(cli);
        let schemas = workspace.run(&["providers", "schema", "-json"]).success().json();
        let providers = schemas["provider_schemas"].as_object().cloned().unwrap_or_default();
        assert_eq!(providers.len(), 1);
        assert!(providers.keys().all(|address| address.ends_with("/ekscompute/ekscompute")), "{providers:?}");
    }

    #[everywhere]
    fn harness_isolates_from_the_developers_environment(cli) {
        let workspace = Workspace::without_provider(cli).env("TF_VAR_number", "7");
        workspace.write("main.tf", NUMBER);
        assert_eq!(workspace.plan().change("terraform_data.a")["after"]["input"], json!(7));
        assert!(workspace.plan().warnings().is_empty());
        workspace.write("main.tf", "output \"a\" { value = pathexpand(\"~\") }\n");
        workspace.apply().success();
        let home = workspace.state()["values"]["outputs"]["a"]["value"].clone();
        assert_eq!(home.as_str(), workspace.folder().parent().and_then(|home| home.to_str()));
    }
}

#[test]
fn harness_keeps_clusters_of_tests_apart() {
    let (one, two) = (Cluster::seeded(json!({"nodegroups": 1})), Cluster::new());
    assert_ne!(one.name, two.name);
    assert_eq!((one.node_groups().len(), two.node_groups().len()), (1, 0));
    assert_eq!(one.made["private_subnet_ids"].as_array().map(Vec::len), Some(2));
    one.ec2("CreateLaunchTemplate", "LaunchTemplateName=a&LaunchTemplateData.InstanceType=t3.small");
    assert_eq!((one.calls(), two.calls()), (vec!["ec2:CreateLaunchTemplate".to_owned()], Vec::new()));
    let alone = Cluster::alone(json!({}));
    assert!(alone.inventory("launch_template", "").is_empty());
    one.drift("workers-0000", "delete", &json!(null));
    assert!(one.node_groups().is_empty());
}

#[test]
fn harness_reconciles_node_classes_like_karpenter() {
    let cluster = Cluster::new();
    cluster.start_kubernetes(json!({}));
    let path = "/apis/eks.amazonaws.com/v1/nodeclasses";
    let found = || cluster.kubernetes("GET", &format!("{path}/default"), json!({}));
    assert_eq!(found().0, 404);
    cluster.custom_resources(json!({"install": ["karpenter-v1.15.2", "auto-mode"]}));
    assert_eq!(cluster.kubernetes("GET", "/apis/karpenter.k8s.aws/v1/ec2nodeclasses", json!({})).0, 200);
    cluster.karpenter(json!({"built_in": true}));
    cluster.settle_karpenter();
    let (_, class) = found();
    let conditions = class["status"]["conditions"].as_array().expect("conditions");
    let ready = conditions.iter().find(|each| each["type"] == "Ready");
    assert_eq!(ready.map(|each| &each["status"]), Some(&json!("True")), "{class}");
}
