//! Failure, panic and interruption under the real programs: a diagnostic, never a crash, and nothing is orphaned.

use serde_json::json;

use crate::support::cli::Cli;
use crate::support::for_each_cli;
use crate::support::plan::Action;
use crate::troupe::Troupe;

const STUNT: &str = "rehearsal_stunt.jump";

fn stunt(cli: Cli, mishap: &str) -> Troupe {
    let troupe = Troupe::new(cli);
    write(&troupe, mishap);
    troupe
}

fn write(troupe: &Troupe, mishap: &str) {
    let mishap = if mishap.is_empty() { String::new() } else { format!("  mishap = \"{mishap}\"\n") };
    troupe
        .workspace
        .write("main.tf", &format!("resource \"rehearsal_stunt\" \"jump\" {{\n  name = \"jump\"\n{mishap}}}\n"));
}

fn assert_converges(troupe: &Troupe) {
    write(troupe, "");
    troupe.workspace.apply().success();
    troupe.workspace.plan().assert_no_changes();
    assert_eq!(troupe.workspace.attributes(STUNT)["progress"], json!("done"));
    troupe.workspace.destroy().success();
    assert!(troupe.files().is_empty());
}

for_each_cli! {
    fn failed_creation_is_tainted_and_made_anew(cli) {
        for mishap in ["fail_halfway", "panic_halfway"] {
            let troupe = stunt(cli, mishap);
            let run = troupe.workspace.apply();
            let error = run.only_error();
            assert_eq!(error.address, STUNT);
            assert!(!run.text().contains("crash") && !run.text().contains("did not respond"), "{run}");
            assert_eq!(troupe.workspace.attributes(STUNT)["progress"], json!("half"));
            troupe.workspace.plan().assert_actions(&[(STUNT, Action::Replace)]);
            assert_converges(&troupe);
        }
    }

    fn creation_that_never_began_leaves_nothing(cli) {
        let troupe = stunt(cli, "fail_before_create");
        assert_eq!(troupe.workspace.apply().only_error().summary, "The stunt failed before it began");
        assert!(troupe.workspace.addresses().is_empty() && troupe.files().is_empty());
        assert_converges(&troupe);
    }

    fn failed_change_is_not_tainted(cli) {
        for mishap in ["fail_in_update", "panic_in_update"] {
            let troupe = stunt(cli, "");
            troupe.workspace.apply().success();
            write(&troupe, mishap);
            assert_eq!(troupe.workspace.apply().only_error().address, STUNT);
            write(&troupe, "");
            assert!(troupe.workspace.plan().actions()[STUNT] != Action::Replace);
            // What a failed change leaves is changed back, or was never changed.
            troupe.workspace.apply().success();
            troupe.workspace.plan().assert_no_changes();
        }
    }

    fn failed_deletion_is_tried_again(cli) {
        let troupe = stunt(cli, "fail_in_delete");
        troupe.workspace.apply().success();
        assert_eq!(troupe.workspace.destroy().only_error().summary, "The stunt cannot be undone");
        assert_eq!(troupe.files(), ["stunt.jump.json"]);
        std::fs::remove_file(troupe.objects().join("stunt.jump.json")).expect("the stunt is stored");
        troupe.workspace.destroy().success();
        assert!(troupe.workspace.addresses().is_empty());
    }

    fn panic_anywhere_is_a_diagnostic(cli) {
        for (mishap, message) in [("panic_in_plan", "the plan was bad"), ("break_plan", "the planned value differs \
                                                                                         from the configured value")] {
            let troupe = stunt(cli, mishap);
            let error = troupe.workspace.try_plan(&[]).only_error();
            assert!(error.summary.starts_with("Bug in the provider") && error.detail.contains(message), "{error:?}");
        }
        let troupe = stunt(cli, "panic_in_read");
        troupe.workspace.apply().success();
        let error = troupe.workspace.try_plan(&[]).only_error();
        assert!(error.detail.contains("the light went out"), "{error:?}");
    }

    fn ctrl_c_ends_a_creation_and_keeps_what_exists(cli) {
        let troupe = stunt(cli, "wait_halfway");
        let mut apply = troupe.workspace.start_apply();
        apply.wait_until("the wait", |_| troupe.journal.lines() == ["waiting"]);
        apply.press_ctrl_c();
        let run = apply.wait();
        assert_eq!(run.code, Some(1), "{run}");
        assert!(run.errors().iter().any(|error| error.summary == "The stunt was interrupted"), "{run}");
        assert_eq!(troupe.journal.lines(), ["waiting", "cancelled"]);
        assert_eq!(troupe.workspace.attributes(STUNT)["progress"], json!("half"));
        troupe.workspace.plan().assert_actions(&[(STUNT, Action::Replace)]);
        assert_converges(&troupe);
    }

    fn ctrl_c_ends_a_deletion_and_keeps_the_object(cli) {
        let troupe = stunt(cli, "wait_in_delete");
        troupe.workspace.apply().success();
        let mut destroy = troupe.workspace.start(&["destroy", "-json", "-auto-approve"]);
        destroy.wait_until("the wait", |_| troupe.journal.lines() == ["waiting"]);
        destroy.press_ctrl_c();
        let run = destroy.wait();
        assert_eq!(run.code, Some(1), "{run}");
        assert_eq!(troupe.workspace.addresses(), [STUNT]);
        assert_converges(&troupe);
    }

    fn object_of_ten_megabytes_is_kept(cli) {
        let troupe = stunt(cli, "");
        let size = 10 << 20;
        troupe.workspace.write("main.tf", &format!("resource \"rehearsal_stunt\" \"jump\" {{\n  name = \"jump\"\n  size = {size}\n}}\n"));
        troupe.workspace.apply().success();
        troupe.workspace.plan().assert_no_changes();
        let payload = troupe.workspace.attributes(STUNT)["payload"].as_str().map(str::len);
        assert_eq!(payload, Some(size));
    }
}
