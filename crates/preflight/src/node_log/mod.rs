//! The console output of an EC2 instance that did not join its EKS cluster: its cause, with a quote and a fix.
//!
//! The programs that set up a node write their errors to the console: nodeadm (AL2023), `/etc/eks/bootstrap.sh` through
//! cloud-init (AL2), early-boot-config and pluto (Bottlerocket), and EC2Launch (Windows). The kubelet and containerd
//! never do. [`find_cause`] looks for a failure, and [`find_state`] for how far a node without a failure is.
//!
//! The messages are from the sources of nodeadm (AMI release v20260724), of `bootstrap.sh` before its removal, and of
//! Bottlerocket (core kit), from the AWS SDK for Go and the AWS CLI, and from published console outputs.

mod bottlerocket;
mod cause;
mod cloud_init;
mod log;
mod mask;
mod nodeadm;
mod quote;
mod summary;
mod system;
mod windows;

#[cfg(test)]
mod tests;

pub use cause::{Cause, Identity, Network, Program, Setup, State, System, UserData};
pub use log::{ConsoleLog, Os};
pub use mask::mask;
pub use summary::{InstanceId, Report, Summary, summarize};

use cause::Candidate;
use quote::quote;

/// A cause, with the lines that show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    pub cause: Cause,
    /// The program that wrote the lines.
    pub program: Program,
    /// At most 8 lines with at most 300 characters, without timestamps and secrets.
    pub quote: Vec<String>,
}

/// Why the instance did not join its cluster, or `None` if the output does not show a failure.
///
/// Failures that do not prevent a node from joining are ignored: requests that succeed later, warnings of each boot,
/// and units that a node does not require.
pub fn find_cause(log: &ConsoleLog) -> Option<Diagnosis> {
    let found = [
        nodeadm::candidates(log),
        cloud_init::candidates(log),
        bottlerocket::candidates(log),
        windows::candidates(log),
        system::candidates(log),
    ];
    // What failed on a node whose setup ended successfully is not why it did not join.
    let is_finished = state(log).is_some_and(|state| state.cause == State::KubeletNotRegistered.into());
    let is_relevant = |cause: Cause| !(is_finished && [Setup::Script.into(), System::Unit.into()].contains(&cause));
    let relevant = found.into_iter().flatten().filter(|candidate| is_relevant(candidate.cause));
    relevant.min_by_key(|candidate| candidate.cause).map(|candidate| candidate.diagnosis(log))
}

/// How far the setup of the instance is: where to look next if [`find_cause`] finds nothing.
pub fn find_state(log: &ConsoleLog) -> Option<Diagnosis> {
    state(log).map(|candidate| candidate.diagnosis(log))
}

fn state(log: &ConsoleLog) -> Option<Candidate> {
    [nodeadm::state(log), cloud_init::state(log), bottlerocket::state(log), windows::state(log)]
        .into_iter()
        .flatten()
        .next()
}

impl Candidate {
    fn diagnosis(&self, log: &ConsoleLog) -> Diagnosis {
        Diagnosis { cause: self.cause, program: self.program, quote: quote(log, &self.lines) }
    }
}
