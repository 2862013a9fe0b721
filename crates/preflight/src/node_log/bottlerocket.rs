//! Bottlerocket: early-boot-config reads the user data, and pluto (before the version 1.20: sundog) generates the
//! settings of the kubelet. Both write their errors to the console, and systemd the states of units.

use super::cause::{Candidate, Cause, Identity, Network, Program, Setup, State, UserData};
use super::log::{ConsoleLog, Line, Os};
use super::nodeadm;

/// The lines after an error that belong to it: errors of TOML have the position in several lines.
const AFTER: usize = 4;

pub(super) fn candidates(log: &ConsoleLog) -> Vec<Candidate> {
    [user_data(log), settings(log), container(log), failed_kubelet(log)].into_iter().flatten().collect()
}

pub(super) fn state(log: &ConsoleLog) -> Option<Candidate> {
    let is_bottlerocket = log.os() == Some(Os::Bottlerocket);
    let line = kubelet(log).filter(|_| is_bottlerocket)?;
    Some(Candidate::new(State::KubeletNotRegistered.into(), Program::Systemd, vec![line]))
}

/// `[  OK  ] Started Kubelet.`, or with the name of the unit.
fn kubelet(log: &ConsoleLog) -> Option<usize> {
    let is_started = |line: &Line| line.body.starts_with('[') && line.body.contains("] Started ");
    log.last_where(|line| is_started(line) && line.contains_any(&["Started Kubelet", "Started kubelet.service"]))
}

/// A kubelet that exits before it reports that it is ready. systemd starts it again.
fn failed_kubelet(log: &ConsoleLog) -> Option<Candidate> {
    let failed =
        log.last_where(|line| line.contains_any(&["Failed to start Kubelet", "Failed to start kubelet.service"]))?;
    (kubelet(log) < Some(failed)).then(|| Candidate::new(Setup::Kubelet.into(), Program::Systemd, vec![failed]))
}

/// An error of early-boot-config. Lines of a provider that does not find user data are no errors.
fn user_data(log: &ConsoleLog) -> Option<Candidate> {
    let index = log.last_where(|line| line.program == "early-boot-config" && is_error(&line.body))?;
    let body = &log.lines()[index].body;
    let cause: Cause = match () {
        () if body.contains("IMDS request failed") => Network::Metadata.into(),
        () if body.contains("PATCH") => UserData::SettingRejected.into(),
        () => UserData::TomlInvalid.into(),
    };
    Some(Candidate::new(cause, Program::EarlyBootConfig, with_following(log, index)))
}

fn is_error(body: &str) -> bool {
    let is_provider = body.contains("Provider '") && body.contains("' failed: ");
    let is_response = body.contains("PATCH") && (body.contains("Error") || body.contains("Status 4"));
    let others = ["Provider error: ", "Error deserializing provider output", "Invalid (non-utf8) output from provider"];
    is_provider || is_response || others.iter().any(|text| body.contains(text))
}

/// An error of pluto, or of a generator that sundog runs. pluto repeats the request for the private DNS name for 5
/// minutes. It does not require the response of EKS.
fn settings(log: &ConsoleLog) -> Option<Candidate> {
    let texts = ["Timed out retrieving private DNS name", "Error describing instance", "IMDS request failed"];
    let is_generator = |line: &Line| matches!(line.program.as_str(), "pluto" | "sundog");
    let failed = log.last_where(|line| is_generator(line) && line.contains_any(&texts));
    let attempts =
        indexes(log, |line| line.body.contains("EC2 DescribeInstances attempt ") && line.body.contains("will retry"));
    let is_failed_generator = |line: &Line| line.body.contains("Setting generator '") && line.body.contains("' failed");
    let generator = || log.last_where(|line| line.program == "sundog" && is_failed_generator(line));
    let is_stuck = attempts.len() >= 3 && kubelet(log).is_none();
    let index = failed.or_else(|| attempts.last().copied().filter(|_| is_stuck)).or_else(generator)?;
    let line = &log.lines()[index];
    let is_any =
        |matches: fn(&str) -> bool| attempts.iter().chain([&index]).any(|attempt| matches(&log.lines()[*attempt].body));
    let cause: Cause = match () {
        () if line.body.contains("IMDS request failed") => Network::Metadata.into(),
        () if is_any(nodeadm::is_denied) => Identity::DescribeInstances.into(),
        () if is_any(|body| body.contains("parsed to missing field")) => Identity::PrivateDnsName.into(),
        () if line.contains_any(&["private DNS name", "describing instance", "DescribeInstances"]) => {
            Network::Ec2.into()
        }
        () => Setup::SettingGenerator.into(),
    };
    let program = if line.program == "sundog" { Program::Sundog } else { Program::Pluto };
    Some(Candidate::new(cause, program, attempts.into_iter().rev().take(2).chain([index]).collect()))
}

/// A failed bootstrap container. Host containers such as `control` do not delay the kubelet.
fn container(log: &ConsoleLog) -> Option<Candidate> {
    let failed = log.last_where(|line| {
        line.body.contains("Failed to start") && line.contains_any(&["bootstrap container", "bootstrap-containers@"])
    })?;
    let errors = indexes(log, |line| line.program == "host-ctr" && line.contains_any(&["level=error", "level=fatal"]));
    let lines = errors.into_iter().rev().take(3).chain([failed]).collect();
    Some(Candidate::new(Setup::BootstrapContainer.into(), Program::Systemd, lines))
}

fn indexes(log: &ConsoleLog, matches: impl Fn(&Line) -> bool) -> Vec<usize> {
    log.lines().iter().enumerate().filter(|(_, line)| matches(line)).map(|(index, _)| index).collect()
}

/// The line and the rest of its message: lines without the prefix of a program or a unit state.
fn with_following(log: &ConsoleLog, index: usize) -> Vec<usize> {
    let following = log.lines()[index + 1..].iter().take(AFTER);
    let count = following.take_while(|line| line.program.is_empty() && !line.body.starts_with('[')).count();
    (index..=index + count).collect()
}
