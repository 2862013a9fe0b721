//! Failure, panic and interruption under the real programs: a diagnostic, never a crash, and nothing is orphaned.

use serde_json::json;

use crate::support::cli::Cli;
use crate::support::for_each_cli;
use crate::support::plan::Action;
use crate::workspace::TestWorkspace;

const FAULTY: &str = "test_faulty.jump";

fn faulty(cli: Cli, fault: &str) -> TestWorkspace {
    let test = TestWorkspace::new(cli);
    write(&test, fault);
    test
}

fn write(test: &TestWorkspace, fault: &str) {
    let fault = if fault.is_empty() { String::new() } else { format!("  fault = \"{fault}\"\n") };
    test.workspace.write("main.tf", &format!("resource \"test_faulty\" \"jump\" {{\n  name = \"jump\"\n{fault}}}\n"));
}

fn assert_converges(test: &TestWorkspace) {
    write(test, "");
    test.workspace.apply().success();
    test.workspace.plan().assert_no_changes();
    assert_eq!(test.workspace.attributes(FAULTY)["progress"], json!("done"));
    test.workspace.destroy().success();
    assert!(test.files().is_empty());
}

for_each_cli! {
    #[everywhere]
    fn failed_create_is_tainted_and_replaced(cli) {
        for fault in ["fail_halfway", "panic_halfway"] {
            let test = faulty(cli, fault);
            let run = test.workspace.apply();
            let error = run.only_error();
            assert_eq!(error.address, FAULTY);
            assert!(!run.text().contains("crash") && !run.text().contains("did not respond"), "{run}");
            assert_eq!(test.workspace.attributes(FAULTY)["progress"], json!("half"));
            test.workspace.plan().assert_actions(&[(FAULTY, Action::Replace)]);
            assert_converges(&test);
        }
    }

    #[everywhere]
    fn creation_that_never_began_leaves_nothing(cli) {
        let test = faulty(cli, "fail_before_create");
        assert_eq!(test.workspace.apply().only_error().summary, "The faulty failed before it began");
        assert!(test.workspace.addresses().is_empty() && test.files().is_empty());
        assert_converges(&test);
    }

    #[everywhere]
    fn failed_change_is_not_tainted(cli) {
        for fault in ["fail_in_update", "panic_in_update"] {
            let test = faulty(cli, "");
            test.workspace.apply().success();
            write(&test, fault);
            assert_eq!(test.workspace.apply().only_error().address, FAULTY);
            write(&test, "");
            assert!(test.workspace.plan().actions()[FAULTY] != Action::Replace);
            // What a failed change leaves is changed back, or was never changed.
            test.workspace.apply().success();
            test.workspace.plan().assert_no_changes();
        }
    }

    #[everywhere]
    fn failed_delete_is_retried(cli) {
        let test = faulty(cli, "fail_in_delete");
        test.workspace.apply().success();
        assert_eq!(test.workspace.destroy().only_error().summary, "The faulty cannot be undone");
        assert_eq!(test.files(), ["faulty.jump.json"]);
        std::fs::remove_file(test.objects().join("faulty.jump.json")).expect("the faulty is stored");
        test.workspace.destroy().success();
        assert!(test.workspace.addresses().is_empty());
    }

    #[everywhere]
    fn panic_anywhere_is_a_diagnostic(cli) {
        for (fault, message) in [("panic_in_plan", "the plan was bad"), ("break_plan", "the planned value differs \
                                                                                         from the configured value")] {
            let test = faulty(cli, fault);
            let error = test.workspace.try_plan(&[]).only_error();
            assert!(error.summary.starts_with("Bug in the provider") && error.detail.contains(message), "{error:?}");
        }
        let test = faulty(cli, "panic_in_read");
        test.workspace.apply().success();
        let error = test.workspace.try_plan(&[]).only_error();
        assert!(error.detail.contains("the light went out"), "{error:?}");
    }

    #[everywhere]
    fn ctrl_c_ends_a_creation_and_keeps_what_exists(cli) {
        let test = faulty(cli, "wait_halfway");
        let mut apply = test.workspace.start_apply();
        apply.wait_until("the wait", |_| test.journal.lines() == ["waiting"]);
        apply.press_ctrl_c();
        let run = apply.wait();
        assert_eq!(run.code, Some(1), "{run}");
        assert!(run.errors().iter().any(|error| error.summary == "The faulty was interrupted"), "{run}");
        assert_eq!(test.journal.lines(), ["waiting", "cancelled"]);
        assert_eq!(test.workspace.attributes(FAULTY)["progress"], json!("half"));
        test.workspace.plan().assert_actions(&[(FAULTY, Action::Replace)]);
        assert_converges(&test);
    }

    #[everywhere]
    fn ctrl_c_ends_a_deletion_and_keeps_the_object(cli) {
        let test = faulty(cli, "wait_in_delete");
        test.workspace.apply().success();
        let mut destroy = test.workspace.start(&["destroy", "-json", "-auto-approve"]);
        destroy.wait_until("the wait", |_| test.journal.lines() == ["waiting"]);
        destroy.press_ctrl_c();
        let run = destroy.wait();
        assert_eq!(run.code, Some(1), "{run}");
        assert_eq!(test.workspace.addresses(), [FAULTY]);
        assert_converges(&test);
    }

    #[everywhere]
    fn object_of_ten_megabytes_is_kept(cli) {
        let test = faulty(cli, "");
        let size = 10 << 20;
        test.workspace.write("main.tf", &format!("resource \"test_faulty\" \"jump\" {{\n  name = \"jump\"\n  size = {size}\n}}\n"));
        test.workspace.apply().success();
        test.workspace.plan().assert_no_changes();
        let payload = test.workspace.attributes(FAULTY)["payload"].as_str().map(str::len);
        assert_eq!(payload, Some(size));
    }
}
