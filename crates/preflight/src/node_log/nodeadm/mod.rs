//! nodeadm sets up AL2023 nodes in three systemd units: `nodeadm-boot-hook`, `nodeadm-config` before cloud-init, and
//! `nodeadm-run` after it. They write to the console since the AMI release v20260224.

mod failure;
mod process;

use super::cause::{Candidate, Cause, Identity, Network, Program, Setup, State};
use super::log::{ConsoleLog, Os};
use process::{Phase, Process, processes};

/// The causes that the log of nodeadm shows. An earlier process of a phase is superseded by a later one.
pub(super) fn candidates(log: &ConsoleLog) -> Vec<Candidate> {
    let processes = processes(log);
    let mut found: Vec<_> = latest(&processes).filter_map(candidate).collect();
    if !is_done(&processes) {
        found.extend(called_by_user_data(log));
        found.extend(failed_unit(log, &processes));
    }
    found
}

/// How far nodeadm is, if nothing failed.
pub(super) fn state(log: &ConsoleLog) -> Option<Candidate> {
    let processes = processes(log);
    let new = |state: State, lines| Candidate::new(state.into(), Program::Nodeadm, lines);
    if is_done(&processes) {
        let done = log.last_where(|line| line.contains_any(&["done! {\"duration\"", "\"msg\":\"done!\""]));
        let script = log.last(&["Failed running /var/lib/cloud/instance/scripts/"]);
        return Some(new(State::KubeletNotRegistered, script.into_iter().chain(done).collect()));
    }
    if log.os() != Some(Os::AmazonLinux2023) {
        return None;
    }
    let finished = log.last_where(|line| line.body.starts_with("Cloud-init v.") && line.body.contains(" finished at "));
    let scripts =
        log.last_where(|line| line.body.starts_with("Cloud-init v.") && line.body.contains("'modules:final'"));
    // nodeadm-config ends before cloud-init starts. In a long output, the beginning is cut off.
    let init = log.last_where(|line| line.body.starts_with("Cloud-init v.") && line.body.contains(" running 'init'"));
    match (scripts, finished) {
        (Some(_), Some(end)) if processes.is_empty() && init.is_some() => {
            Some(new(State::NodeadmLogUnavailable, vec![end]))
        }
        (Some(start), None) => {
            let after = (start..log.lines().len()).rev().take(3);
            Some(Candidate::new(State::ScriptRunning.into(), Program::CloudInit, after.chain([start]).collect()))
        }
        _ => None,
    }
}

/// The last process of each phase.
fn latest<'p, 'l>(processes: &'p [Process<'l>]) -> impl Iterator<Item = &'p Process<'l>> {
    [Phase::BootHook, Phase::Config, Phase::Run]
        .into_iter()
        .filter_map(|phase| processes.iter().rfind(|process| process.phase == phase))
}

fn is_done(processes: &[Process<'_>]) -> bool {
    processes.iter().rfind(|process| process.phase == Phase::Run).is_some_and(Process::is_done)
}

fn candidate(process: &Process<'_>) -> Option<Candidate> {
    if process.is_done() {
        return None;
    }
    let (cause, mut lines) = match process.failure() {
        Some(failure) => failure::cause(failure.field("error").unwrap_or(failure.body), process),
        None => unfinished(process)?,
    };
    lines.extend(process.failure().map(|failure| failure.line));
    Some(Candidate::new(cause, Program::Nodeadm, lines))
}

/// What the process waits for. The output ends there, or nodeadm never continues.
fn unfinished(process: &Process<'_>) -> Option<(Cause, Vec<usize>)> {
    let last = process.last()?;
    if last.is("Ensuring daemon is running") {
        let cause = match last.field("name") {
            Some("containerd") => Setup::ContainerdNotRunning,
            _ => Setup::KubeletNotRunning,
        };
        return Some((cause.into(), vec![last.line]));
    }
    // The first attempts can fail because the network is not ready yet.
    let count = |text: &str| last.message.strip_prefix(text).and_then(|count| count.trim().parse::<u32>().ok());
    let lines: Vec<usize> = process.entries.iter().rev().take(3).map(|entry| entry.line).collect();
    if count("retrying request EC2/DescribeInstances, attempt ").is_some_and(|attempt| attempt >= 4) {
        return Some((Network::Ec2.into(), lines));
    }
    let is_rejected = last.is("request failed with unretryable error")
        || count("attempting waiter request, attempt count: ").is_some_and(|attempt| attempt >= 3);
    if is_rejected {
        return match failure::connection(last.body) {
            Some(cause) => Some((cause, lines)),
            None => Some(failure::rejected(process)),
        };
    }
    None
}

/// A warning of a nodeadm that runs before cloud-init ends.
fn called_by_user_data(log: &ConsoleLog) -> Option<Candidate> {
    let line = log.last(&["Do not manually call nodeadm from user data"])?;
    Some(Candidate::new(Setup::NodeadmCalled.into(), Program::Nodeadm, vec![line]))
}

/// A failed unit without a line of nodeadm, as on AMIs before the release v20260224. systemd can shorten its name.
fn failed_unit(log: &ConsoleLog, processes: &[Process<'_>]) -> Option<Candidate> {
    if processes.iter().any(|process| process.failure().is_some()) {
        return None;
    }
    let is_failure = |body: &str| body.contains("Failed to start") && body.contains("EKS Nodeadm");
    let failed = log.last_where(|line| is_failure(&line.body))?;
    let depending =
        log.last_where(|line| line.contains_any(&["Dependency failed for"]) && line.body.contains("EKS Nodeadm"));
    let lines = [failed].into_iter().chain(depending).collect();
    Some(Candidate::new(Setup::NodeadmUnit.into(), Program::Systemd, lines))
}

/// Whether EC2 rejected the request for the name of the instance. Other programs have the same causes.
pub(super) fn is_denied(body: &str) -> bool {
    matches!(failure::connection(body), Some(Cause::Identity(Identity::DescribeInstances)))
}
