//! Windows support whose provider is killed or interrupted, and whose API server fails it, in the middle of a write.

use std::path::Path;
use std::time::Instant;

use serde_json::json;

use super::{ADDRESS, KEY, MAP, Windows};
use crate::support::cli::Cli;
use crate::support::gateway::{Fault, Gateway};
use crate::support::plan::Action;
use crate::support::workspace::PROVIDER;

const APPLY: &[&str] = &["apply", "-json", "-auto-approve"];
const DESTROY: &[&str] = &["destroy", "-json", "-auto-approve"];

/// Windows support behind a gateway, beside a key of EKS.
struct Victim {
    windows: Windows,
    gateway: Gateway,
}

impl Victim {
    fn new() -> Self {
        let windows = Windows::new(Cli::OnPath);
        windows.settings_of_eks(&json!({"warm-ip-target": "1"}));
        let gateway = Gateway::to(&windows.cluster);
        windows.workspace.write("provider.tf", &gateway.provider());
        windows.configure("  force_conflicts = true");
        Self { windows, gateway }
    }

    /// Where to strike: before the write of a command that must succeed, and after it. A plan tries the write, too.
    #[track_caller]
    fn strikes(&self, command: &[&str]) -> Vec<(usize, Fault)> {
        self.gateway.reset();
        self.windows.workspace.run(command).success();
        let write = self.gateway.reset().iter().rposition(|method| method != "GET").expect("a write");
        vec![(write, Fault::Held), (write, Fault::AnswerHeld)]
    }

    /// Strikes while a request is under way: the provider is killed, or the user interrupts it.
    #[track_caller]
    fn strike(&self, command: &[&str], (request, fault): (usize, Fault), interrupt: bool) {
        self.gateway.reset();
        self.gateway.fail_after(request, fault);
        let mut running = self.windows.workspace.start(command);
        running.wait_until(&format!("request {request}"), |_| self.gateway.holds());
        let pressed = Instant::now();
        if interrupt {
            running.press_ctrl_c();
        } else {
            assert!(running.kill_processes_of(Path::new(PROVIDER)) > 0, "the provider runs");
        }
        let run = running.wait();
        // Printed, not asserted: the process ends although nobody answers the request.
        eprintln!("ended after {:?}", pressed.elapsed());
        assert!(!run.succeeded(), "{run}");
        self.gateway.reset();
    }

    /// Applies, which must succeed, and proves that configuration, state and cluster agree.
    #[track_caller]
    fn converge(&self) {
        self.windows.apply();
        assert_eq!(self.windows.data(), json!({"warm-ip-target": "1", KEY: "true"}));
        assert_eq!(self.windows.workspace.addresses(), [ADDRESS]);
    }

    #[track_caller]
    fn destroy(&self) {
        let run = self.windows.workspace.destroy().success();
        assert_eq!(self.windows.data(), json!({"warm-ip-target": "1"}), "{run}");
        assert!(self.windows.workspace.addresses().is_empty());
    }

    /// Somebody switches it off, so that the next apply is an update.
    fn switch_off(&self) {
        self.windows.edit(&json!({KEY: "false"}));
    }
}

#[test]
fn killed_or_interrupted_in_the_middle_of_a_write() {
    let victim = Victim::new();
    let (creation, deletion) = (victim.strikes(APPLY), victim.strikes(DESTROY));
    for (begin, end) in creation.into_iter().zip(deletion) {
        for interrupt in [false, true] {
            victim.strike(APPLY, begin, interrupt);
            victim.converge();
            victim.strike(DESTROY, end, interrupt);
            victim.destroy();
        }
    }
    victim.converge();
    victim.switch_off();
    for at in victim.strikes(APPLY) {
        for interrupt in [false, true] {
            victim.switch_off();
            victim.strike(APPLY, at, interrupt);
            victim.converge();
        }
    }
    victim.destroy();
}

#[test]
fn faults_that_pass_pass_and_refusals_are_told_and_cured() {
    let victim = Victim::new();
    let harm = |write: &'static str| {
        for fault in [Fault::Answer(429, "TooManyRequests"), Fault::Answer(500, "InternalError"), Fault::Lost] {
            victim.gateway.fail("GET", fault);
        }
        for fault in [
            Fault::Answer(409, "Conflict"),
            Fault::Answer(429, "TooManyRequests"),
            Fault::Answer(500, "InternalError"),
            Fault::Lost,
            Fault::AnswerLost,
        ] {
            victim.gateway.fail(write, fault);
        }
    };
    harm("PATCH");
    victim.converge();
    victim.switch_off();
    harm("PATCH");
    victim.converge();
    harm("PUT");
    victim.destroy();

    // An apply plans once more, and tries the write in that.
    for (status, reason) in [(422, "Invalid"), (403, "Forbidden")] {
        victim.gateway.reset();
        victim.windows.workspace.plan().assert_actions(&[(ADDRESS, Action::Create)]);
        for _ in 0..2 {
            victim.gateway.fail("PATCH", Fault::Answer(status, reason));
        }
        let error = victim.windows.workspace.apply_plan().only_error();
        assert!(error.detail.contains(&format!("{reason} on purpose")), "{error:?}");
    }
    victim.converge();
    victim.gateway.fail("PUT", Fault::Answer(422, "Invalid"));
    let error = victim.windows.workspace.destroy().only_error();
    assert!(error.detail.contains("Invalid on purpose"), "{error:?}");
    assert_eq!(victim.windows.workspace.addresses(), [ADDRESS]);
    victim.destroy();
}

#[test]
fn the_api_server_may_be_away_for_a_while_in_the_middle_of_an_update_and_of_a_deletion() {
    let windows = Windows::new(Cli::OnPath);
    windows.configure("  force_conflicts = true");
    windows.apply();
    windows.edit(&json!({KEY: "false"}));
    windows.restart_in_the_middle(&[], "Modifying...");
    assert_eq!(windows.data()[KEY], "true");
    windows.workspace.plan().assert_no_changes();
    windows.restart_in_the_middle(&["-destroy"], "Destroying...");
    assert!(windows.data().is_null() || windows.data()[KEY].is_null());
    assert!(matches!(windows.cluster.kubernetes("GET", MAP, json!({})).0, 200 | 404));
    assert!(windows.workspace.addresses().is_empty());
}

impl Windows {
    /// Plans, and applies the plan while the API server is away and comes back.
    #[track_caller]
    fn restart_in_the_middle(&self, options: &[&str], begins: &str) {
        self.workspace.plan_with(options);
        self.cluster.start_kubernetes(json!({"action": "stop"}));
        let mut apply = self.workspace.start(&["apply", "-json", "plan.bin"]);
        apply.wait_for_output(&format!("{ADDRESS}: {begins}"));
        self.cluster.start_kubernetes(json!({}));
        apply.wait().success();
    }
}
