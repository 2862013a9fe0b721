//! Endpoints that accept connections and never answer, as a firewall or a broken tunnel makes them.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use super::{Form, Victim};
use crate::support::cli::Cli;
use crate::support::workspace::Workspace;

/// Accepts connections, but neither reads nor writes. Ends with the test process.
struct Silence {
    port: u16,
    connections: Arc<AtomicUsize>,
}

impl Silence {
    fn new() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        thread::spawn(move || {
            let mut open = Vec::new();
            for stream in listener.incoming() {
                open.push(stream);
                counted.fetch_add(1, Ordering::Relaxed);
            }
        });
        Self { port, connections }
    }

    /// A second workspace of the same configuration, for which this service is silent.
    fn workspace(&self, victim: &Victim, service: &str) -> Workspace {
        let url = format!("http://127.0.0.1:{}", self.port);
        let workspace = victim.cluster.workspace(Cli::OnPath).env(&format!("AWS_ENDPOINT_URL_{service}"), &url);
        workspace.write("main.tf", &victim.workspace.read("main.tf"));
        workspace
    }
}

/// Gives the second workspace what the first one has in its state.
fn share_state(victim: &Victim, workspace: &Workspace) {
    workspace.write("terraform.tfstate", &victim.workspace.read("terraform.tfstate"));
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    (work(), start.elapsed())
}

#[test]
fn silent_eks_endpoint_ends_a_plan_soon() {
    let victim = Victim::new(Cli::OnPath);
    victim.converge();
    let workspace = Silence::new().workspace(&victim, "EKS");
    share_state(&victim, &workspace);
    let (run, took) = timed(|| workspace.try_plan(&[]));
    let error = run.only_error();
    assert!(error.detail.contains("does not respond: no response within 15 s"), "{error:?}");
    assert!(took < Duration::from_secs(25), "{took:?}");
    victim.destroy();
}

#[test]
fn ctrl_c_ends_a_plan_that_waits_for_an_answer() {
    let victim = Victim::new(Cli::OnPath);
    victim.converge();
    let silence = Silence::new();
    let workspace = silence.workspace(&victim, "EKS");
    share_state(&victim, &workspace);
    let mut running = workspace.start(&["plan", "-json"]);
    running.wait_until("a connection", |_| silence.connections.load(Ordering::Relaxed) > 0);
    running.press_ctrl_c();
    let (run, took) = timed(|| running.wait());
    assert!(!run.succeeded(), "{run}");
    // Without the interrupt the answer is awaited for 15 seconds.
    assert!(took < Duration::from_secs(8), "{took:?}: {run}");
    victim.destroy();
}

#[test]
fn silent_helper_costs_a_plan_seconds_and_a_warning() {
    let victim = Victim::new(Cli::OnPath);
    let (_, usual) = timed(|| victim.workspace.plan());
    let workspace = Silence::new().workspace(&victim, "IAM");
    let (plan, took) = timed(|| workspace.plan());
    assert!(took < usual + Duration::from_secs(8), "{took:?}, and {usual:?} with IAM");
    let warnings = plan.warnings();
    assert!(warnings.iter().any(|warning| warning.detail.contains("does not respond")), "{warnings:?}");
}

#[test]
fn expired_static_keys_end_a_run_soon() {
    let victim = Victim::new(Cli::OnPath);
    victim.converge();
    victim.configure(Form::Other);
    victim.cluster.fault(json!({
        "kind": "error", "code": "ExpiredTokenException", "status": 403, "message": "The security token is expired",
    }));
    for command in [["plan", "-json"].as_slice(), &["apply", "-json", "-auto-approve"]] {
        let (run, took) = timed(|| victim.workspace.start(command).wait());
        eprintln!("{command:?} took {took:?}");
        let errors = run.errors();
        assert!(errors.iter().any(|error| error.detail.contains("Renew the credentials")), "{run}");
        assert!(took < Duration::from_secs(20), "{took:?}: {run}");
    }
    victim.cluster.remove_faults();
    victim.destroy();
}
