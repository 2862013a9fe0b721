//! Functions, data sources, ephemeral resources and actions under the real programs.

use serde_json::json;

use crate::support::for_each_cli;
use crate::workspace::TestWorkspace;

for_each_cli! {
    #[everywhere]
    fn functions_are_called(cli) {
        let test = TestWorkspace::new(cli);
        let workspace = &test.workspace;
        workspace.write("main.tf", r#"
            output "joined"  { value = provider::test::join("-", "a", "b") }
            output "default" { value = provider::test::join(null, "a", "b") }
            output "spread"  { value = provider::test::join("+", ["x", "y", "z"]...) }
            output "null"    { value = provider::test::describe(tostring(null)) }
            output "list"    { value = provider::test::describe(tolist(["a"])) }
            resource "terraform_data" "later" { input = "x" }
            output "later"   { value = provider::test::join("-", terraform_data.later.output, "b") }
        "#);
        workspace.apply().success();
        let outputs = workspace.state()["values"]["outputs"].clone();
        let value = |name: &str| outputs[name]["value"].clone();
        assert_eq!([value("joined"), value("default"), value("spread"), value("later")], ["a-b", "a,b", "x+y+z", "x-b"]);
        // OpenTofu sends a null without its type.
        assert!(value("null").as_str().is_some_and(|text| text.starts_with("null")), "{outputs}");
        assert_eq!(value("list"), r#"["list","string"]"#);
        workspace.plan().assert_no_changes();
    }

    #[everywhere]
    fn function_errors_identify_invalid_argument(cli) {
        let test = TestWorkspace::new(cli);
        test.workspace.write("main.tf", "output \"a\" { value = provider::test::join(\"-\", \"a\", \"\") }\n");
        let error = test.workspace.try_plan(&[]).only_error();
        assert!(error.detail.contains("a part is empty"), "{error:?}");
        assert!(error.detail.contains("\"parts\""), "the argument is named: {error:?}");
        test.workspace.write("main.tf", "output \"a\" { value = provider::test::stumble() }\n");
        let error = test.workspace.try_plan(&[]).only_error();
        assert!(error.detail.contains("the floor is wet"), "{error:?}");
    }

    #[everywhere]
    fn data_source_reads_resource_created_in_same_apply(cli) {
        let test = TestWorkspace::new(cli);
        let workspace = &test.workspace;
        workspace.write("main.tf", r#"
            resource "test_basic" "ann" {
              name = "ann"
              role = "Hamlet"
            }
            data "test_basic" "ann" {
              name       = "ann"
              depends_on = [test_basic.ann]
            }
            output "role" { value = data.test_basic.ann.role }
        "#);
        workspace.apply().success();
        workspace.plan().assert_no_changes();
        assert_eq!(workspace.state()["values"]["outputs"]["role"]["value"], json!("Hamlet"));
        workspace.write("main.tf", "data \"test_basic\" \"eve\" { name = \"eve\" }\n");
        let error = workspace.try_plan(&[]).only_error();
        assert_eq!((error.summary.as_str(), error.address.as_str()), ("No such basic", "data.test_basic.eve"));
    }

    #[needs(Ephemeral)]
    fn token_is_renewed_while_it_is_used_and_then_closed(cli) {
        let test = TestWorkspace::new(cli);
        let workspace = &test.workspace;
        // The provisioner uses the token until it has been renewed twice.
        workspace.write("main.tf", r#"
            ephemeral "test_token" "ann" {
              name     = "ann"
              lifetime = 20
            }
            resource "terraform_data" "user" {
              provisioner "local-exec" {
                command     = "test \"$NAME\" = ann; until [ $(grep -c '^renew ann$' \"$TEST_PROVIDER_LOG\") -ge 2 ]; do sleep 0.02; done"
                environment = { NAME = ephemeral.test_token.ann.name }
              }
            }
        "#);
        workspace.apply().success();
        let lines = test.journal.lines();
        let count = |line: &str| lines.iter().filter(|found| *found == line).count();
        assert!(count("renew ann") >= 2, "{lines:?}");
        // Opened while planning and while applying, and closed as often.
        assert_eq!(count("open ann"), count("close ann"), "{lines:?}");
        assert!(!workspace.read("terraform.tfstate").contains("token of ann"));
    }

    #[needs(Ephemeral)]
    fn rejected_token_request_is_an_error(cli) {
        let test = TestWorkspace::new(cli);
        test.workspace.write("main.tf", "ephemeral \"test_token\" \"a\" { name = \"stranger\" }\n");
        let error = test.workspace.try_plan(&[]).only_error();
        assert_eq!(error.summary, "No token for strangers");
        assert_eq!(test.journal.lines(), Vec::<String>::new());
    }

    #[needs(Actions)]
    fn action_is_triggered_and_invoked(cli) {
        let test = TestWorkspace::new(cli);
        let workspace = &test.workspace;
        let configuration = r#"
            resource "test_basic" "ann" {
              name = "ann"
              lifecycle {
                action_trigger {
                  events  = [after_create]
                  actions = [action.test_notify.ann]
                }
              }
            }
            action "test_notify" "ann" {
              config {
                basic = "ann"
                times = 2
              }
            }
        "#;
        workspace.write("main.tf", configuration);
        let run = workspace.apply().success();
        assert_eq!(test.journal.lines(), ["notice 1 for ann", "notice 2 for ann"]);
        assert!(run.text().contains("notice 2 for ann"), "progress is shown: {run}");
        workspace.plan().assert_no_changes();
        let run = workspace.apply_with(&["-invoke=action.test_notify.ann"]).success();
        assert_eq!(test.journal.lines().len(), 4, "{run}");
        for (ending, message) in [("fail", "Hands hurt."), ("panic", "brought the house down")] {
            workspace.write("main.tf", &configuration.replace("times = 2", &format!("ending = \"{ending}\"")));
            let run = workspace.apply_with(&["-invoke=action.test_notify.ann"]);
            assert!(!run.succeeded() && run.text().contains(message), "{run}");
        }
        workspace.write("main.tf", &configuration.replace("basic = \"ann\"", "basic = \"nobody\""));
        let run = workspace.try_plan(&["-invoke=action.test_notify.ann"]);
        assert!(run.text().contains("Nobody to applaud"), "{run}");
    }
}
