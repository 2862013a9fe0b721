//! cloud-init runs the scripts in the user data of Amazon Linux and Ubuntu, and its output is on the console. On AL2,
//! such a script calls `/etc/eks/bootstrap.sh`.

use super::cause::{Candidate, Cause, Identity, Network, Program, Setup, State, System, UserData};
use super::log::{ConsoleLog, Os};

/// The lines of a script that are quoted before its error.
const BEFORE: usize = 5;

const BOOTSTRAP: &str = "[eks-bootstrap]";

pub(super) fn candidates(log: &ConsoleLog) -> Vec<Candidate> {
    let found = [removed(log), bootstrap(log), missing(log), node_config(log), ignored(log), script(log)];
    found.into_iter().flatten().collect()
}

/// How far the scripts of an AL2 node are.
pub(super) fn state(log: &ConsoleLog) -> Option<Candidate> {
    if let Some(complete) = log.last(&["[eks-bootstrap] INFO: complete!"]) {
        return Some(Candidate::new(State::KubeletNotRegistered.into(), Program::BootstrapScript, vec![complete]));
    }
    let finished = log.last_where(|line| line.body.starts_with("Cloud-init v.") && line.body.contains(" finished at "));
    let is_al2 = log.os() == Some(Os::AmazonLinux2);
    let called = log.contains(BOOTSTRAP) || log.contains("/etc/eks/bootstrap.sh");
    let finished = finished.filter(|_| is_al2 && !called)?;
    Some(Candidate::new(State::BootstrapNotCalled.into(), Program::CloudInit, vec![finished]))
}

/// The script of AL2023 AMIs that only prints an error.
fn removed(log: &ConsoleLog) -> Option<Candidate> {
    let line = log.last(&["bootstrap.sh has been removed from AL2023"])?;
    Some(Candidate::new(UserData::BootstrapScriptOnAl2023.into(), Program::CloudInit, vec![line]))
}

/// The last call of `/etc/eks/bootstrap.sh`, if it failed. It ends with `complete!` or with an error.
fn bootstrap(log: &ConsoleLog) -> Option<Candidate> {
    let start = log.last(&["[eks-bootstrap] INFO: starting..."]).or_else(|| log.last(&["[eks-bootstrap] ERROR"]))?;
    let lines = log.lines().get(start..)?;
    if lines.iter().any(|line| line.body.contains("[eks-bootstrap] INFO: complete!")) {
        return None;
    }
    let last = |texts: &[&str]| lines.iter().rposition(|line| line.contains_any(texts)).map(|index| start + index);
    let error = last(&["[eks-bootstrap] ERROR: "]);
    let exit = last(&["Exited with error on line "]);
    let end = exit.or(error)?;
    let request = (start..=end).rev().find_map(|index| Some((request(&log.lines()[index].body)?, index)));
    if let Some((cause, index)) = request {
        return Some(Candidate::new(cause, Program::BootstrapScript, [index].into_iter().chain(error).collect()));
    }
    let cause =
        error.and_then(|index| argument(&log.lines()[index].body)).map_or(Setup::BootstrapScript.into(), Cause::from);
    let context = end.saturating_sub(BEFORE).max(start);
    let lines = if error.is_some() { error.into_iter().chain(exit).collect() } else { (context..=end).collect() };
    Some(Candidate::new(cause, Program::BootstrapScript, lines))
}

/// Why the AWS CLI cannot describe the cluster. A waiter omits the name of the operation.
fn request(body: &str) -> Option<Cause> {
    let has = |texts: &[&str]| texts.iter().any(|text| body.contains(text));
    let is_cluster = has(&["DescribeCluster", "ClusterActive", "No cluster found for name"]);
    Some(match () {
        () if has(&["ResourceNotFoundException"]) && is_cluster => Identity::ClusterNotFound.into(),
        () if has(&["AccessDeniedException", "UnauthorizedOperation"]) && is_cluster => {
            Identity::DescribeCluster.into()
        }
        () if has(&["Unable to locate credentials"]) => Identity::InstanceProfile.into(),
        () if has(&["Could not resolve host", "Name or service not known"]) => Network::Dns.into(),
        () if has(&["Failed to connect to proxy URL"]) => Network::Proxy.into(),
        () if has(&["SSL validation failed"]) => Network::Tls.into(),
        () if has(&["endpoint URL: \"https://eks.", "endpoint URL: \"https://api.eks."]) => Network::Eks.into(),
        () if has(&["endpoint URL: \"https://ec2."]) => Network::Ec2.into(),
        () => return None,
    })
}

fn argument(body: &str) -> Option<UserData> {
    let has = |texts: &[&str]| texts.iter().any(|text| body.contains(text));
    Some(match () {
        () if has(&["cluster name is not defined!"]) => UserData::ClusterName,
        () if has(&["containerd is the only supported", "unsupported container runtime"]) => UserData::ContainerRuntime,
        () if has(&["Cluster ID is required"]) => UserData::OutpostId,
        () if has(&["--ip-family", "--service-ipv6-cidr", "Unknown machine architecture", "must be run as root"]) => {
            UserData::BootstrapArgument
        }
        () => return None,
    })
}

/// An AMI that is not an EKS optimized AMI.
fn missing(log: &ConsoleLog) -> Option<Candidate> {
    let line = log.last(&["/etc/eks/bootstrap.sh: No such file or directory", "/etc/eks/bootstrap.sh: not found"])?;
    Some(Candidate::new(Setup::BootstrapScriptMissing.into(), Program::CloudInit, vec![line]))
}

/// cloud-init reports a NodeConfig as an unknown type on each AL2023 node. AL2 has no other program that reads it.
fn node_config(log: &ConsoleLog) -> Option<Candidate> {
    if log.os() != Some(Os::AmazonLinux2) || log.contains(BOOTSTRAP) {
        return None;
    }
    let line = log.last(&["Unhandled unknown content-type (application/node.eks.aws)"])?;
    Some(Candidate::new(UserData::NodeConfigOnAl2.into(), Program::CloudInit, vec![line]))
}

/// User data that is neither a script nor MIME. On AL2023, nodeadm reads a NodeConfig without MIME.
fn ignored(log: &ConsoleLog) -> Option<Candidate> {
    if log.os() == Some(Os::AmazonLinux2023) {
        return None;
    }
    let line = log.last(&["Unhandled non-multipart (text/x-not-multipart)"])?;
    Some(Candidate::new(UserData::Ignored.into(), Program::CloudInit, vec![line]))
}

/// A failed script.
fn script(log: &ConsoleLog) -> Option<Candidate> {
    let failed = "Failed running /var/lib/cloud/instance/scripts/";
    let line = log.last(&[failed]).or_else(|| log.last(&["Failed to run module scripts"]))?;
    let start = line.saturating_sub(BEFORE);
    let is_full = log.lines()[start..line].iter().any(|line| line.body.contains("No space left on device"));
    let cause = if is_full { System::DiskFull.into() } else { Setup::Script.into() };
    Some(Candidate::new(cause, Program::CloudInit, (start..=line).collect()))
}
