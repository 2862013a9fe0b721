//! States from elsewhere under the real programs: imported, found, taken over, of an older version.

use serde_json::{Value as Json, json};

use crate::support::for_each_cli;
use crate::support::plan::Action;
use crate::troupe::Troupe;

const ACTOR: &str = "resource \"rehearsal_actor\" \"ann\" {\n  name = \"ann\"\n  role = \"Hamlet\"\n  age  = 44\n}\n";

fn ann() -> Json {
    json!({ "name": "ann", "id": "actor-ann", "role": "Hamlet", "age": 44, "part": null })
}

fn with_ann(cli: crate::support::cli::Cli) -> Troupe {
    let troupe = Troupe::new(cli);
    troupe.put("actor.ann.json", &ann());
    troupe
}

for_each_cli! {
    fn actor_is_imported_by_command(cli) {
        let troupe = with_ann(cli);
        troupe.workspace.write("main.tf", ACTOR);
        troupe.workspace.import("rehearsal_actor.ann", "actor-ann").success();
        troupe.workspace.plan().assert_no_changes();
        let missing = troupe.workspace.run(&["import", "-no-color", "rehearsal_actor.ann", "bob"]);
        assert!(!missing.succeeded(), "{missing}");
    }

    fn actor_is_imported_by_block(cli) {
        let troupe = with_ann(cli);
        troupe.workspace.write("main.tf", ACTOR);
        troupe.workspace.write("import.tf", "import {\n  to = rehearsal_actor.ann\n  id = \"ann\"\n}\n");
        let plan = troupe.workspace.plan();
        assert_eq!(plan.actions()["rehearsal_actor.ann"], Action::NoOp);
        assert_eq!(plan.change("rehearsal_actor.ann")["importing"], json!({ "id": "ann" }));
        troupe.workspace.apply_plan().success();
        troupe.workspace.plan().assert_no_changes();
    }

    #[needs(Identity)]
    fn actor_is_imported_by_identity(cli) {
        let troupe = with_ann(cli);
        troupe.workspace.write("main.tf", ACTOR);
        let import = "import {\n  to = rehearsal_actor.ann\n  identity = {\n    name = \"ann\"\n  }\n}\n";
        troupe.workspace.write("import.tf", import);
        let plan = troupe.workspace.plan();
        assert_eq!(plan.actions()["rehearsal_actor.ann"], Action::NoOp);
        troupe.workspace.apply_plan().success();
        troupe.workspace.plan().assert_no_changes();
        let state: Json = serde_json::from_str(&troupe.workspace.read("terraform.tfstate")).expect("JSON");
        let instance = &state["resources"][0]["instances"][0];
        assert_eq!(instance["identity"], json!({ "name": "ann", "stage": "wooden" }));
        // What must be given is said.
        troupe.workspace.write("import.tf", &import.replace("name =", "stage ="));
        assert!(!troupe.workspace.try_plan(&[]).succeeded());
    }

    #[needs(Query)]
    fn actors_are_found_and_their_configuration_is_written(cli) {
        let troupe = with_ann(cli);
        troupe.put("actor.bob.json", &json!({ "name": "bob", "id": "actor-bob", "role": "Yorick", "age": 30 }));
        troupe.put("actor.eve.json", &json!({ "name": "eve", "id": "actor-eve", "age": 30 }));
        let workspace = &troupe.workspace;
        let query = "list \"rehearsal_actor\" \"all\" {\n  provider = rehearsal\n}\n\
                     list \"rehearsal_actor\" \"some\" {\n  provider = rehearsal\n  limit = 1\n  config {\n    prefix = \"a\"\n  }\n}\n";
        workspace.write("cast.tfquery.hcl", query);
        let run = workspace.run(&["query", "-json"]).success();
        let found = run.events("list_resource_found");
        let names: Vec<_> = found.iter().map(|event| event["list_resource_found"]["display_name"].clone()).collect();
        assert_eq!(names.len(), 4, "{run}");
        for name in ["Actor ann", "Actor bob", "Actor eve"] {
            assert!(names.contains(&json!(name)), "{run}");
        }

        workspace.write("cast.tfquery.hcl", "list \"rehearsal_actor\" \"all\" {\n  provider = rehearsal\n}\n");
        workspace.run(&["query", "-no-color", "-generate-config-out=found.tf"]).success();
        let generated = workspace.read("found.tf");
        assert!(!generated.contains("part") && !generated.contains("\"\""), "{generated}");
        workspace.remove("cast.tfquery.hcl");
        let plan = workspace.plan();
        let actions = plan.actions();
        assert!(actions.len() == 3 && actions.values().all(|action| *action == Action::NoOp), "{}", plan.run);
        workspace.apply_plan().success();
        workspace.plan().assert_no_changes();
    }

    fn replaced_actor_has_another_identity(cli) {
        let troupe = Troupe::new(cli);
        let workspace = &troupe.workspace;
        for lifecycle in ["", "  lifecycle {\n    create_before_destroy = true\n  }\n"] {
            for name in ["ann", "bob"] {
                workspace.write("main.tf", &format!("resource \"rehearsal_actor\" \"a\" {{\n  name = \"{name}\"\n{lifecycle}}}\n"));
                workspace.apply().success();
                workspace.plan().assert_no_changes();
                assert_eq!(troupe.files(), [format!("actor.{name}.json")]);
                let state: Json = serde_json::from_str(&workspace.read("terraform.tfstate")).expect("JSON");
                let instance = &state["resources"][0]["instances"][0];
                assert_eq!(instance["attributes"]["id"], json!(format!("actor-{name}")));
                if Feature::Identity.is_in(cli.release()) {
                    assert_eq!(instance["identity"], json!({ "name": name, "stage": "wooden" }));
                }
            }
        }
    }

    fn extra_becomes_an_actor(cli) {
        let troupe = Troupe::new(cli);
        let workspace = &troupe.workspace;
        workspace.write("main.tf", "resource \"rehearsal_extra\" \"ann\" {\n  nickname = \"ann\"\n}\n");
        workspace.apply().success();
        let moved = "moved {\n  from = rehearsal_extra.ann\n  to = rehearsal_actor.ann\n}\n";
        workspace.write("main.tf", &format!("resource \"rehearsal_actor\" \"ann\" {{\n  name = \"ann\"\n}}\n{moved}"));
        let plan = workspace.plan();
        assert_eq!(plan.actions(), [("rehearsal_actor.ann".to_owned(), Action::NoOp)].into());
        workspace.apply_plan().success();
        workspace.plan().assert_no_changes();
        assert_eq!(workspace.attributes("rehearsal_actor.ann")["id"], json!("extra-ann"));
        // An actor takes over nothing else.
        workspace.write("main.tf", "resource \"rehearsal_costume\" \"rag\" {\n  name = \"rag\"\n}\n");
        workspace.apply().success();
        workspace.write("main.tf", "resource \"rehearsal_actor\" \"rag\" {\n  name = \"rag\"\n}\nmoved {\n  from = rehearsal_costume.rag\n  to = rehearsal_actor.rag\n}\n");
        let error = workspace.try_plan(&[]).only_error();
        assert_eq!(error.summary, "Unable to move rehearsal_costume to rehearsal_actor");
    }

    fn state_of_an_older_version_becomes_current(cli) {
        let troupe = Troupe::new(cli);
        let workspace = &troupe.workspace;
        workspace.write("main.tf", ACTOR);
        workspace.apply().success();
        let mut state: Json = serde_json::from_str(&workspace.read("terraform.tfstate")).expect("JSON");
        let instance = &mut state["resources"][0]["instances"][0];
        assert_eq!(instance["schema_version"], json!(1));
        instance["schema_version"] = json!(0);
        instance["attributes"] = json!({ "name": "ann", "id": "actor-ann", "title": "Hamlet", "age": "44" });
        // States of that time had no identity.
        instance.as_object_mut().expect("an object").retain(|name, _| !name.starts_with("identity"));
        workspace.write("terraform.tfstate", &state.to_string());
        workspace.plan().assert_no_changes();
        // And it becomes current in the file with the next change.
        workspace.write("main.tf", &ACTOR.replace("44", "45"));
        workspace.plan().assert_actions(&[("rehearsal_actor.ann", Action::Update)]);
        workspace.apply_plan().success();
        let state: Json = serde_json::from_str(&workspace.read("terraform.tfstate")).expect("JSON");
        assert_eq!(state["resources"][0]["instances"][0]["schema_version"], json!(1));
    }
}
