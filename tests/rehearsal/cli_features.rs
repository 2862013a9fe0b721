//! Functions, data sources, ephemeral resources and actions under the real programs.

use serde_json::json;

use crate::support::for_each_cli;
use crate::troupe::Troupe;

for_each_cli! {
    fn functions_are_called(cli) {
        let troupe = Troupe::new(cli);
        let workspace = &troupe.workspace;
        workspace.write("main.tf", r#"
            output "joined"  { value = provider::rehearsal::join("-", "a", "b") }
            output "default" { value = provider::rehearsal::join(null, "a", "b") }
            output "spread"  { value = provider::rehearsal::join("+", ["x", "y", "z"]...) }
            output "null"    { value = provider::rehearsal::describe(tostring(null)) }
            output "list"    { value = provider::rehearsal::describe(tolist(["a"])) }
            resource "terraform_data" "later" { input = "x" }
            output "later"   { value = provider::rehearsal::join("-", terraform_data.later.output, "b") }
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

    fn functions_say_which_argument_is_wrong(cli) {
        let troupe = Troupe::new(cli);
        troupe.workspace.write("main.tf", "output \"a\" { value = provider::rehearsal::join(\"-\", \"a\", \"\") }\n");
        let error = troupe.workspace.try_plan(&[]).only_error();
        assert!(error.detail.contains("a part is empty"), "{error:?}");
        assert!(error.detail.contains("\"parts\""), "the argument is named: {error:?}");
        troupe.workspace.write("main.tf", "output \"a\" { value = provider::rehearsal::stumble() }\n");
        let error = troupe.workspace.try_plan(&[]).only_error();
        assert!(error.detail.contains("the floor is wet"), "{error:?}");
    }

    fn data_source_reads_what_the_same_apply_makes(cli) {
        let troupe = Troupe::new(cli);
        let workspace = &troupe.workspace;
        workspace.write("main.tf", r#"
            resource "rehearsal_actor" "ann" {
              name = "ann"
              role = "Hamlet"
            }
            data "rehearsal_actor" "ann" {
              name       = "ann"
              depends_on = [rehearsal_actor.ann]
            }
            output "role" { value = data.rehearsal_actor.ann.role }
        "#);
        workspace.apply().success();
        workspace.plan().assert_no_changes();
        assert_eq!(workspace.state()["values"]["outputs"]["role"]["value"], json!("Hamlet"));
        workspace.write("main.tf", "data \"rehearsal_actor\" \"eve\" { name = \"eve\" }\n");
        let error = workspace.try_plan(&[]).only_error();
        assert_eq!((error.summary.as_str(), error.address.as_str()), ("No such actor", "data.rehearsal_actor.eve"));
    }

    #[needs(Ephemeral)]
    fn pass_is_renewed_while_it_is_used_and_then_closed(cli) {
        let troupe = Troupe::new(cli);
        let workspace = &troupe.workspace;
        // The provisioner uses the pass until it has been renewed twice.
        workspace.write("main.tf", r#"
            ephemeral "rehearsal_pass" "ann" {
              name     = "ann"
              lifetime = 20
            }
            resource "terraform_data" "user" {
              provisioner "local-exec" {
                command     = "test \"$NAME\" = ann; until [ $(grep -c '^renew ann$' \"$REHEARSAL_LOG\") -ge 2 ]; do sleep 0.02; done"
                environment = { NAME = ephemeral.rehearsal_pass.ann.name }
              }
            }
        "#);
        workspace.apply().success();
        let lines = troupe.journal.lines();
        let count = |line: &str| lines.iter().filter(|found| *found == line).count();
        assert!(count("renew ann") >= 2, "{lines:?}");
        // Opened while planning and while applying, and closed as often.
        assert_eq!(count("open ann"), count("close ann"), "{lines:?}");
        assert!(!workspace.read("terraform.tfstate").contains("token of ann"));
    }

    #[needs(Ephemeral)]
    fn pass_that_is_refused_is_an_error(cli) {
        let troupe = Troupe::new(cli);
        troupe.workspace.write("main.tf", "ephemeral \"rehearsal_pass\" \"a\" { name = \"stranger\" }\n");
        let error = troupe.workspace.try_plan(&[]).only_error();
        assert_eq!(error.summary, "No pass for strangers");
        assert_eq!(troupe.journal.lines(), Vec::<String>::new());
    }

    #[needs(Actions)]
    fn action_is_triggered_and_invoked(cli) {
        let troupe = Troupe::new(cli);
        let workspace = &troupe.workspace;
        let configuration = r#"
            resource "rehearsal_actor" "ann" {
              name = "ann"
              lifecycle {
                action_trigger {
                  events  = [after_create]
                  actions = [action.rehearsal_applause.ann]
                }
              }
            }
            action "rehearsal_applause" "ann" {
              config {
                actor = "ann"
                claps = 2
              }
            }
        "#;
        workspace.write("main.tf", configuration);
        let run = workspace.apply().success();
        assert_eq!(troupe.journal.lines(), ["clap 1 for ann", "clap 2 for ann"]);
        assert!(run.text().contains("clap 2 for ann"), "progress is shown: {run}");
        workspace.plan().assert_no_changes();
        let run = workspace.apply_with(&["-invoke=action.rehearsal_applause.ann"]).success();
        assert_eq!(troupe.journal.lines().len(), 4, "{run}");
        for (ending, message) in [("fail", "Hands hurt."), ("panic", "brought the house down")] {
            workspace.write("main.tf", &configuration.replace("claps = 2", &format!("ending = \"{ending}\"")));
            let run = workspace.apply_with(&["-invoke=action.rehearsal_applause.ann"]);
            assert!(!run.succeeded() && run.text().contains(message), "{run}");
        }
        workspace.write("main.tf", &configuration.replace("actor = \"ann\"", "actor = \"nobody\""));
        let run = workspace.try_plan(&["-invoke=action.rehearsal_applause.ann"]);
        assert!(run.text().contains("Nobody to applaud"), "{run}");
    }
}
