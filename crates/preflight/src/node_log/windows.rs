//! Windows: EC2Launch writes its messages and the last errors of the system event log to the console, and not the
//! output of the user data.

use super::cause::{Candidate, Network, Program, Setup, State, UserData};
use super::log::{ConsoleLog, Os};

pub(super) fn candidates(log: &ConsoleLog) -> Vec<Candidate> {
    if log.os() != Some(Os::Windows) {
        return Vec::new();
    }
    let launch = |cause, texts: &[&str]| Some(Candidate::new(cause, Program::Ec2Launch, vec![log.last(texts)?]));
    let found = [
        service(log),
        launch(UserData::Missing.into(), &["User data format: no_user_data"]),
        metadata(log),
        launch(Setup::Ec2Launch.into(), &["Error EC2Launch service is stopping"]),
    ];
    found.into_iter().flatten().collect()
}

pub(super) fn state(log: &ConsoleLog) -> Option<Candidate> {
    let ready = log.last(&["Windows is Ready to use"]).filter(|_| log.os() == Some(Os::Windows))?;
    Some(Candidate::new(State::WindowsLogUnavailable.into(), Program::Ec2Launch, vec![ready]))
}

/// EC2Launch waits for the metadata service in each boot, and reports when it responds.
fn metadata(log: &ConsoleLog) -> Option<Candidate> {
    let texts = ["Timed out waiting for access to metadata", "Metadata is not available for this instance"];
    let failed = log.last(&texts)?;
    let available = log.last(&["Meta-data is now available"]);
    (available < Some(failed)).then(|| Candidate::new(Network::Metadata.into(), Program::Ec2Launch, vec![failed]))
}

/// An event of the Service Control Manager about a program of the node.
fn service(log: &ConsoleLog) -> Option<Candidate> {
    let failed = log.last_where(|line| {
        let text = line.body.to_ascii_lowercase();
        let has = |texts: &[&str]| texts.iter().any(|text_of| text.contains(text_of));
        has(&["kubelet service", "containerd service"])
            && has(&["terminated", "failed to start", "did not respond", "hung on starting"])
    })?;
    Some(Candidate::new(Setup::WindowsService.into(), Program::EventLog, vec![failed]))
}
