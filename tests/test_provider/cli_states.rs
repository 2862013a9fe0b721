//! States from elsewhere under the real programs: imported, found, taken over, of an older version.

use serde_json::{Value as Json, json};

use crate::support::for_each_cli;
use crate::support::plan::Action;
use crate::workspace::TestWorkspace;

const BASIC: &str = "resource \"test_basic\" \"ann\" {\n  name = \"ann\"\n  role = \"Hamlet\"\n  age  = 44\n}\n";

fn ann() -> Json {
    json!({ "name": "ann", "id": "basic-ann", "role": "Hamlet", "age": 44, "part": null })
}

fn with_ann(cli: crate::support::cli::Cli) -> TestWorkspace {
    let test = TestWorkspace::new(cli);
    test.put("basic.ann.json", &ann());
    test
}

for_each_cli! {
    #[everywhere]
    fn basic_is_imported_by_command(cli) {
        let test = with_ann(cli);
        test.workspace.write("main.tf", BASIC);
        test.workspace.import("test_basic.ann", "basic-ann").success();
        test.workspace.plan().assert_no_changes();
        let missing = test.workspace.run(&["import", "-no-color", "test_basic.ann", "bob"]);
        assert!(!missing.succeeded(), "{missing}");
    }

    #[everywhere]
    fn basic_is_imported_by_block(cli) {
        let test = with_ann(cli);
        test.workspace.write("main.tf", BASIC);
        test.workspace.write("import.tf", "import {\n  to = test_basic.ann\n  id = \"ann\"\n}\n");
        let plan = test.workspace.plan();
        assert_eq!(plan.actions()["test_basic.ann"], Action::NoOp);
        assert_eq!(plan.change("test_basic.ann")["importing"], json!({ "id": "ann" }));
        test.workspace.apply_plan().success();
        test.workspace.plan().assert_no_changes();
    }

    #[needs(Identity)]
    fn basic_is_imported_by_identity(cli) {
        let test = with_ann(cli);
        test.workspace.write("main.tf", BASIC);
        let import = "import {\n  to = test_basic.ann\n  identity = {\n    name = \"ann\"\n  }\n}\n";
        test.workspace.write("import.tf", import);
        let plan = test.workspace.plan();
        assert_eq!(plan.actions()["test_basic.ann"], Action::NoOp);
        test.workspace.apply_plan().success();
        test.workspace.plan().assert_no_changes();
        let state: Json = serde_json::from_str(&test.workspace.read("terraform.tfstate")).expect("JSON");
        let instance = &state["resources"][0]["instances"][0];
        assert_eq!(instance["identity"], json!({ "name": "ann", "session": "wooden" }));
        // What must be given is said.
        test.workspace.write("import.tf", &import.replace("name =", "session ="));
        assert!(!test.workspace.try_plan(&[]).succeeded());
    }

    #[needs(Query)]
    fn basics_are_found_and_their_configuration_is_written(cli) {
        let test = with_ann(cli);
        test.put("basic.bob.json", &json!({ "name": "bob", "id": "basic-bob", "role": "Yorick", "age": 30 }));
        test.put("basic.eve.json", &json!({ "name": "eve", "id": "basic-eve", "age": 30 }));
        let workspace = &test.workspace;
        let query = "list \"test_basic\" \"all\" {\n  provider = test\n}\n\
                     list \"test_basic\" \"some\" {\n  provider = test\n  limit = 1\n  config {\n    prefix = \"a\"\n  }\n}\n";
        workspace.write("cast.tfquery.hcl", query);
        let run = workspace.run(&["query", "-json"]).success();
        let found = run.events("list_resource_found");
        let names: Vec<_> = found.iter().map(|event| event["list_resource_found"]["display_name"].clone()).collect();
        assert_eq!(names.len(), 4, "{run}");
        for name in ["Basic ann", "Basic bob", "Basic eve"] {
            assert!(names.contains(&json!(name)), "{run}");
        }

        workspace.write("cast.tfquery.hcl", "list \"test_basic\" \"all\" {\n  provider = test\n}\n");
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

    #[everywhere]
    fn replaced_basic_has_another_identity(cli) {
        let test = TestWorkspace::new(cli);
        let workspace = &test.workspace;
        for lifecycle in ["", "  lifecycle {\n    create_before_destroy = true\n  }\n"] {
            for name in ["ann", "bob"] {
                workspace.write("main.tf", &format!("resource \"test_basic\" \"a\" {{\n  name = \"{name}\"\n{lifecycle}}}\n"));
                workspace.apply().success();
                workspace.plan().assert_no_changes();
                assert_eq!(test.files(), [format!("basic.{name}.json")]);
                let state: Json = serde_json::from_str(&workspace.read("terraform.tfstate")).expect("JSON");
                let instance = &state["resources"][0]["instances"][0];
                assert_eq!(instance["attributes"]["id"], json!(format!("basic-{name}")));
                if Feature::Identity.is_in(cli.release()) {
                    assert_eq!(instance["identity"], json!({ "name": name, "session": "wooden" }));
                }
            }
        }
    }

    #[everywhere]
    fn legacy_becomes_an_basic(cli) {
        let test = TestWorkspace::new(cli);
        let workspace = &test.workspace;
        workspace.write("main.tf", "resource \"test_legacy\" \"ann\" {\n  nickname = \"ann\"\n}\n");
        workspace.apply().success();
        let moved = "moved {\n  from = test_legacy.ann\n  to = test_basic.ann\n}\n";
        workspace.write("main.tf", &format!("resource \"test_basic\" \"ann\" {{\n  name = \"ann\"\n}}\n{moved}"));
        let plan = workspace.plan();
        assert_eq!(plan.actions(), [("test_basic.ann".to_owned(), Action::NoOp)].into());
        workspace.apply_plan().success();
        workspace.plan().assert_no_changes();
        assert_eq!(workspace.attributes("test_basic.ann")["id"], json!("extra-ann"));
        // A basic object takes over nothing else.
        workspace.write("main.tf", "resource \"test_all_types\" \"rag\" {\n  name = \"rag\"\n}\n");
        workspace.apply().success();
        workspace.write("main.tf", "resource \"test_basic\" \"rag\" {\n  name = \"rag\"\n}\nmoved {\n  from = test_all_types.rag\n  to = test_basic.rag\n}\n");
        let error = workspace.try_plan(&[]).only_error();
        assert_eq!(error.summary, "Unable to move state from test_all_types");
    }

    #[everywhere]
    fn state_of_an_older_version_becomes_current(cli) {
        let test = TestWorkspace::new(cli);
        let workspace = &test.workspace;
        workspace.write("main.tf", BASIC);
        workspace.apply().success();
        let mut state: Json = serde_json::from_str(&workspace.read("terraform.tfstate")).expect("JSON");
        let instance = &mut state["resources"][0]["instances"][0];
        assert_eq!(instance["schema_version"], json!(1));
        instance["schema_version"] = json!(0);
        instance["attributes"] = json!({ "name": "ann", "id": "basic-ann", "title": "Hamlet", "age": "44" });
        // States of that time had no identity.
        instance.as_object_mut().expect("an object").retain(|name, _| !name.starts_with("identity"));
        workspace.write("terraform.tfstate", &state.to_string());
        workspace.plan().assert_no_changes();
        // And it becomes current in the file with the next change.
        workspace.write("main.tf", &BASIC.replace("44", "45"));
        workspace.plan().assert_actions(&[("test_basic.ann", Action::Update)]);
        workspace.apply_plan().success();
        let state: Json = serde_json::from_str(&workspace.read("terraform.tfstate")).expect("JSON");
        assert_eq!(state["resources"][0]["instances"][0]["schema_version"], json!(1));
    }
}
