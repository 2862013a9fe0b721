//! The kernel and systemd of all operating systems but Windows.

use super::cause::{Candidate, Cause, Program, System};
use super::log::{ConsoleLog, Line};

/// Parts of the descriptions of units without which a node does not join. systemd shortens long descriptions with
/// `…`.
const REQUIRED_UNITS: [&str; 16] = [
    "kubelet",
    "Kubelet",
    "containerd",
    "Nodeadm",
    "cloud-init",
    "Cloud-init",
    "Execute cloud user",
    "Initial cloud-init",
    "Wait for Network",
    "Local File Systems",
    "configuration system",
    "setting generators",
    "additional settings for Kubernetes",
    "Applies settings",
    "Bottlerocket API server",
    "Bottlerocket initial configuration",
];

pub(super) fn candidates(log: &ConsoleLog) -> Vec<Candidate> {
    let one = |cause: System, program, line: Option<usize>| Some(Candidate::new(cause.into(), program, vec![line?]));
    let found = [
        one(System::KernelPanic, Program::Kernel, log.last(&["Kernel panic - not syncing"])),
        emergency(log),
        one(System::DiskFull, Program::Kernel, log.last_where(is_full)),
        one(System::OutOfMemory, Program::Kernel, log.last_where(is_out_of_memory)),
        units(log),
    ];
    found.into_iter().flatten().collect()
}

fn is_full(line: &Line) -> bool {
    line.contains_any(&["No space left on device", "no space left on device"])
}

/// The kernel stopped a process for the whole node. The memory limit of a container does not affect other processes.
fn is_out_of_memory(line: &Line) -> bool {
    let is_container = line.contains_any(&["Memory cgroup out of memory", "CONSTRAINT_MEMCG"]);
    line.contains_any(&["Out of memory: Killed process", "Out of memory: Kill process"]) && !is_container
}

fn emergency(log: &ConsoleLog) -> Option<Candidate> {
    let line = log.last(&["You are in emergency mode", "Cannot open access to console, the root account is locked"])?;
    let units = failed(log, |_| true);
    let lines = units.into_iter().take(3).chain([line]).collect();
    Some(Candidate::new(System::EmergencyMode.into(), Program::Systemd, lines))
}

fn units(log: &ConsoleLog) -> Option<Candidate> {
    let lines = failed(log, |line| line.contains_any(&REQUIRED_UNITS));
    let cause: Cause = System::Unit.into();
    (!lines.is_empty()).then(|| Candidate::new(cause, Program::Systemd, lines))
}

/// The lines of failed units. What depends on them fails, too.
fn failed(log: &ConsoleLog, matches: impl Fn(&Line) -> bool) -> Vec<usize> {
    let is_state = |line: &Line| line.body.starts_with("[FAILED]") || line.body.starts_with("[DEPEND]");
    let texts = ["Failed to start", "Failed to mount", "Dependency failed for"];
    let lines = log.lines().iter().enumerate();
    let found = lines.filter(|(_, line)| is_state(line) && line.contains_any(&texts) && matches(line));
    found.map(|(index, _)| index).collect()
}
