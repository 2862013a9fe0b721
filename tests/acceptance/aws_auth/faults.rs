//! An entry whose provider is killed, and whose API server fails it, at every request of its life.

use std::path::Path;

use serde_json::json;

use super::{Auth, MAP, OF_EKS, P, ROLE, entry};
use crate::support::cli::Cli;
use crate::support::gateway::{Fault, Gateway};
use crate::support::run::Run;
use crate::support::workspace::PROVIDER;

const APPLY: &[&str] = &["apply", "-json", "-auto-approve"];
const DESTROY: &[&str] = &["destroy", "-json", "-auto-approve"];

/// An entry behind a gateway.
struct Victim {
    auth: Auth,
    gateway: Gateway,
}

impl Victim {
    fn new() -> Self {
        let auth = Auth::new(Cli::OnPath);
        auth.put_roles(OF_EKS);
        let gateway = Gateway::to(&auth.cluster);
        auth.workspace.write("provider.tf", &gateway.provider());
        let victim = Self { auth, gateway };
        victim.configure("one");
        victim
    }

    fn configure(&self, username: &str) {
        self.auth.configure(&format!("  role_arn = \"{P}x\"\n  username = \"{username}\"\n  groups = [\"g\"]"));
    }

    /// The requests of a command that must succeed.
    #[track_caller]
    fn requests(&self, command: &[&str]) -> Vec<String> {
        self.gateway.reset();
        self.auth.workspace.run(command).success();
        self.gateway.reset()
    }

    /// Kills the provider while a request is under way, before or after the API server has done it.
    #[track_caller]
    fn kill_at(&self, command: &[&str], request: usize, fault: Fault) {
        self.gateway.reset();
        self.gateway.fail_after(request, fault);
        let mut running = self.auth.workspace.start(command);
        running.wait_until(&format!("request {request}"), |_| self.gateway.holds());
        assert!(running.kill_processes_of(Path::new(PROVIDER)) > 0, "the provider runs");
        assert!(!running.wait().succeeded());
        self.gateway.reset();
    }

    /// Presses Ctrl-C while a request is under way that nobody answers: the command ends all the same.
    #[track_caller]
    fn interrupt_at(&self, command: &[&str], (request, fault): (usize, Fault)) {
        self.gateway.reset();
        self.gateway.fail_after(request, fault);
        let mut running = self.auth.workspace.start(command);
        running.wait_until(&format!("request {request}"), |_| self.gateway.holds());
        running.press_ctrl_c();
        assert!(!running.wait().succeeded());
        self.gateway.reset();
    }

    /// Applies, which must succeed, and proves that configuration, state and cluster agree.
    #[track_caller]
    fn converge(&self, username: &str) -> Run {
        self.configure(username);
        let run = self.auth.workspace.apply().success();
        assert_eq!(self.auth.roles(), format!("{OF_EKS}{}", entry("x", username, &["g"])), "{run}");
        assert_eq!(self.auth.workspace.addresses(), [ROLE]);
        run
    }

    #[track_caller]
    fn destroy(&self) {
        let run = self.auth.workspace.destroy().success();
        assert_eq!((self.auth.roles().as_str(), self.auth.workspace.addresses()), (OF_EKS, Vec::new()), "{run}");
    }
}

/// Where to kill: before each request, and after each that changes something.
fn strikes(requests: &[String]) -> Vec<(usize, Fault)> {
    let mut strikes = Vec::new();
    for (number, method) in requests.iter().enumerate() {
        strikes.push((number, Fault::Held));
        if method != "GET" {
            strikes.push((number, Fault::AnswerHeld));
        }
    }
    strikes
}

#[test]
fn killed_while_it_creates_or_deletes() {
    let victim = Victim::new();
    let creation = strikes(&victim.requests(APPLY));
    let deletion = strikes(&victim.requests(DESTROY));
    assert!(creation.len() > 2 && deletion.len() > 2, "{creation:?} {deletion:?}");
    for step in 0..creation.len().max(deletion.len()) {
        if let Some((request, fault)) = creation.get(step) {
            victim.kill_at(APPLY, *request, *fault);
        }
        victim.converge("one");
        if let Some((request, fault)) = deletion.get(step) {
            victim.kill_at(DESTROY, *request, *fault);
        }
        victim.destroy();
    }
}

#[test]
fn interrupted_while_it_creates_or_deletes() {
    let victim = Victim::new();
    let creation = strikes(&victim.requests(APPLY));
    let deletion = strikes(&victim.requests(DESTROY));
    // The plan reads, which changes nothing: what matters is at the end.
    for (begin, end) in creation.into_iter().rev().zip(deletion.into_iter().rev()).take(3) {
        victim.interrupt_at(APPLY, begin);
        victim.converge("one");
        victim.interrupt_at(DESTROY, end);
        victim.destroy();
    }
}

#[test]
fn killed_while_it_updates() {
    let victim = Victim::new();
    victim.converge("one");
    victim.configure("other");
    let update = strikes(&victim.requests(APPLY));
    assert!(update.len() > 2, "{update:?}");
    for ((request, fault), username) in update.into_iter().zip(["one", "other"].into_iter().cycle()) {
        victim.configure(username);
        victim.kill_at(APPLY, request, fault);
        victim.converge(username);
    }
    victim.auth.workspace.plan().assert_no_changes();
    victim.destroy();
}

#[test]
fn passing_faults_pass() {
    let victim = Victim::new();
    let reads = [Fault::Answer(429, "TooManyRequests"), Fault::Answer(500, "InternalError"), Fault::Lost];
    let writes = [
        Fault::Answer(409, "Conflict"),
        Fault::Answer(429, "TooManyRequests"),
        Fault::Answer(500, "InternalError"),
        Fault::Answer(404, "NotFound"),
        Fault::Lost,
        Fault::AnswerLost,
    ];
    let harm = |method: &'static str| {
        for fault in reads {
            victim.gateway.fail("GET", fault);
        }
        for fault in writes {
            victim.gateway.fail(method, fault);
        }
    };
    harm("PUT");
    victim.converge("one");
    assert_eq!(victim.gateway.left(), 0);
    harm("PUT");
    victim.converge("other");
    assert_eq!(victim.gateway.left(), 0);
    harm("PUT");
    victim.destroy();
    assert_eq!(victim.gateway.left(), 0);

    // The same where the ConfigMap is to be made, and somebody else is faster.
    assert_eq!(victim.auth.cluster.kubernetes("DELETE", MAP, json!({})).0, 200);
    harm("POST");
    victim.gateway.fail("POST", Fault::Answer(409, "AlreadyExists"));
    victim.auth.workspace.apply().success();
    assert_eq!(victim.auth.roles(), entry("x", "other", &["g"]));
    assert_eq!(victim.gateway.left(), 1, "the lost answer was of a creation that had happened");
}

#[test]
fn api_server_rejection_is_reported_and_next_apply_converges() {
    let victim = Victim::new();
    for (status, reason) in [(422, "Invalid"), (403, "Forbidden"), (413, "RequestEntityTooLarge")] {
        victim.gateway.fail("PUT", Fault::Answer(status, reason));
        let error = victim.auth.workspace.apply().only_error();
        assert!(error.detail.contains(&format!("{reason} on purpose")), "{error:?}");
        assert_eq!(victim.auth.roles(), OF_EKS);
    }
    victim.converge("one");
    victim.configure("other");
    victim.gateway.fail("PUT", Fault::Answer(422, "Invalid"));
    let error = victim.auth.workspace.apply().only_error();
    assert!(error.detail.contains("Invalid on purpose"), "{error:?}");
    victim.converge("other");
    victim.gateway.fail("PUT", Fault::Answer(422, "Invalid"));
    let error = victim.auth.workspace.destroy().only_error();
    assert!(error.detail.contains("Invalid on purpose"), "{error:?}");
    assert_eq!(victim.auth.workspace.addresses(), [ROLE]);
    victim.destroy();
}

/// Plans, and applies the plan while the API server is away and comes back.
#[track_caller]
fn restart_in_the_middle(auth: &Auth, options: &[&str], begins: &str) {
    auth.workspace.plan_with(options);
    auth.cluster.start_kubernetes(json!({"action": "stop"}));
    let mut apply = auth.workspace.start(&["apply", "-json", "plan.bin"]);
    apply.wait_for_output(&format!("{ROLE}: {begins}"));
    auth.cluster.start_kubernetes(json!({}));
    apply.wait().success();
}

#[test]
fn the_api_server_may_be_away_in_the_middle_of_an_update_and_of_a_deletion() {
    let auth = Auth::new(Cli::OnPath);
    auth.put_roles(OF_EKS);
    let configure = |username: &str| {
        auth.configure(&format!("  role_arn = \"{P}x\"\n  username = \"{username}\"\n  groups = [\"g\"]"));
    };
    configure("x");
    auth.apply();
    configure("other");
    restart_in_the_middle(&auth, &[], "Modifying...");
    assert_eq!(auth.roles(), format!("{OF_EKS}{}", entry("x", "other", &["g"])));
    auth.workspace.plan().assert_no_changes();
    restart_in_the_middle(&auth, &["-destroy"], "Destroying...");
    assert_eq!((auth.roles().as_str(), auth.workspace.addresses()), (OF_EKS, Vec::new()));
}

#[test]
fn the_api_server_may_restart_in_the_middle_of_many_edits() {
    const MANY: usize = 40;
    let auth = Auth::new(Cli::OnPath);
    auth.put_roles(OF_EKS);
    let names = format!("  for_each = toset([for number in range({MANY}) : \"x-${{number}}\"])\n");
    let arguments = format!("{names}  role_arn = \"{P}${{each.key}}\"\n  username = each.key\n  groups = [\"g\"]");
    auth.workspace.write("main.tf", &auth.role("many", &arguments));
    let mut apply = auth.workspace.start_apply();
    // Ten are under way at a time; some are done, the others wait for their turn or share a write.
    apply.wait_for_output("Creation complete");
    auth.cluster.start_kubernetes(json!({"action": "restart"}));
    apply.wait().success();
    auth.workspace.plan().assert_no_changes();
    let roles = auth.roles();
    assert!(roles.starts_with(OF_EKS), "{roles}");
    for number in 0..MANY {
        let role = format!("rolearn: {P}x-{number}\n");
        assert_eq!(roles.matches(&role).count(), 1, "{role}{roles}");
    }
    auth.workspace.destroy().success();
    assert_eq!(auth.roles(), OF_EKS);
}

#[test]
fn the_api_server_may_be_away_for_a_while() {
    let auth = Auth::new(Cli::OnPath);
    auth.put_roles(OF_EKS);
    auth.configure(&format!("  role_arn = \"{P}x\"\n  username = \"x\"\n  groups = [\"g\"]"));
    auth.cluster.start_kubernetes(json!({"action": "stop"}));
    let mut apply = auth.workspace.start_apply();
    apply.wait_for_output(&format!("{ROLE}: Creating"));
    auth.cluster.start_kubernetes(json!({}));
    apply.wait().success();
    auth.workspace.plan().assert_no_changes();
    assert_eq!(auth.roles(), format!("{OF_EKS}{}", entry("x", "x", &["g"])));
}

#[test]
fn entry_outlives_an_api_server_out_of_reach() {
    let victim = Victim::new();
    victim.converge("one");
    for fault in [Fault::Page(404), Fault::Page(502), Fault::Answer(403, "Forbidden"), Fault::Lost] {
        victim.gateway.always_fail(fault);
        let plan = victim.auth.workspace.plan();
        plan.assert_no_changes();
        let warnings = plan.warnings();
        let told = warnings.iter().filter(|one| one.summary.starts_with("Unable to read Kubernetes objects")).count();
        assert_eq!(told, 1, "{fault:?}: {warnings:?}");
        assert_eq!(victim.auth.workspace.addresses(), [ROLE]);
    }
    // What lasts is an error that says what only a person can do.
    victim.gateway.always_fail(Fault::Answer(403, "Forbidden"));
    let error = victim.auth.workspace.destroy().only_error();
    assert!(error.detail.contains("terraform state rm"), "{error:?}");
    victim.gateway.reset();
    victim.destroy();
}

#[test]
fn malformed_map_stops_writes_only() {
    let victim = Victim::new();
    victim.converge("one");
    let usual = victim.auth.roles();
    victim.auth.put_roles("- rolearn: [\n");
    let plan = victim.auth.workspace.plan();
    plan.assert_no_changes();
    let warnings = plan.warnings();
    assert!(warnings.iter().any(|one| one.summary.starts_with("Unable to read mapRoles")), "{warnings:?}");
    let error = victim.auth.workspace.destroy().only_error();
    for words in ["kubectl edit configmap aws-auth", "terraform state rm"] {
        assert!(error.detail.contains(words), "{error:?}");
    }
    assert_eq!(victim.auth.workspace.addresses(), [ROLE]);
    victim.auth.put_roles(&usual);
    victim.destroy();
}
