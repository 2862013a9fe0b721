//! What the error of a nodeadm process means. The messages are from nodeadm, the AWS SDK for Go, and the Go library.

use super::super::cause::{Cause, Identity, Network, Setup, System, UserData};
use super::process::{Entry, Level, Process};

/// The cause of an error that ended the process, and further entries that show it.
pub(super) fn cause(error: &str, process: &Process<'_>) -> (Cause, Vec<usize>) {
    let lines = |entries: &[&Entry<'_>]| entries.iter().map(|entry| entry.line).collect();
    if error.contains("no config in chain") {
        let warnings = process.with("Encountered error in config provider");
        let warning = warnings.iter().find(|warning| !warning.body.contains("no config found in directory"));
        let cause = warning.and_then(|warning| user_data(warning.field("error")?));
        return (cause.unwrap_or(UserData::NodeConfigMissing).into(), lines(&warnings));
    }
    if let Some(cause) = user_data(error) {
        return (cause.into(), Vec::new());
    }
    if error.contains("failed to get config template version") {
        let errors: Vec<_> = process.entries.iter().filter(|entry| entry.level == Level::Error).collect();
        return (Setup::ContainerdConfig.into(), lines(&errors));
    }
    if let Some(cause) = connection(error) {
        let requests = process.with(" request");
        return (cause, requests.iter().rev().take(2).map(|entry| entry.line).collect());
    }
    if error.contains("exceeded max wait time for InstanceCondition waiter")
        || error.contains("request cancelled while waiting")
    {
        return rejected(process);
    }
    let aspect = process.with("Setting up system aspect..").last().and_then(|entry| entry.field("name"));
    if aspect == Some("local-disk")
        && process.with("Set up system aspect").iter().all(|entry| entry.field("name") != aspect)
    {
        return (Setup::LocalStorage.into(), lines(&process.with("local-disk")));
    }
    (other(error).into_iter().next().unwrap_or(Setup::Nodeadm.into()), Vec::new())
}

/// Errors in the NodeConfig.
fn user_data(error: &str) -> Option<UserData> {
    let has = |texts: &[&str]| texts.iter().any(|text| error.contains(text));
    Some(match () {
        () if has(&["failed to parse config file"]) => UserData::DropInInvalid,
        () if has(&["could not find NodeConfig within UserData"]) => UserData::NodeConfigMissing,
        () if has(&["multipart:", "malformed MIME header", "mime: ", "is missing in 'MIME-Version: "]) => {
            UserData::MimeInvalid
        }
        // A document without its closing boundary.
        () if error == "unexpected EOF" || error.ends_with("failed: unexpected EOF") => UserData::MimeInvalid,
        () if has(&["no kind \"", "no version \"", "(wrong Kind)", "unexpected group"]) => UserData::NodeConfigVersion,
        // A script is one YAML string, and other documents have no kind.
        () if has(&["cannot unmarshal string into Go value of type struct", "Object 'Kind' is missing"]) => {
            UserData::NodeConfigMissing
        }
        () if has(&[
            "failed to decode node config",
            "failed to decode user data",
            "failed to decompress user data",
        ]) =>
        {
            UserData::NodeConfigInvalid
        }
        () if has(&["Name is missing in cluster configuration"]) => UserData::ClusterName,
        () if has(&["Apiserver endpoint is missing in cluster configuration"]) => UserData::ClusterEndpoint,
        () if has(&["Certificate authority is missing in cluster configuration"]) => {
            UserData::ClusterCertificateAuthority
        }
        () if has(&["CIDR is missing in cluster configuration"]) => UserData::ClusterCidr,
        () if has(&["is not a valid IP Address. error", "invalid CIDR address"]) => UserData::CidrInvalid,
        () if has(&["cluster ID must be provided for outposts", "clusterId cannot be empty"]) => UserData::OutpostId,
        () => return None,
    })
}

/// Errors of requests, also in lines of the AWS SDK.
pub(super) fn connection(error: &str) -> Option<Cause> {
    let has = |texts: &[&str]| texts.iter().any(|text| error.contains(text));
    let timed_out = has(&[
        "i/o timeout",
        "deadline exceeded",
        "connection refused",
        "connection reset",
        "no route to host",
        "network is unreachable",
        "TLS handshake timeout",
        "request send failed",
        "Client.Timeout exceeded",
    ]);
    let is_metadata = has(&["ec2imds", "EC2 IMDS", "failed to get MAC from IMDS", "169.254.169.254", "fd00:ec2::254"]);
    Some(match () {
        // The metadata service has no role: 404. Other errors mean that it does not respond.
        () if has(&["no EC2 IMDS role found"]) && has(&["StatusCode: 404"]) => Identity::InstanceProfile.into(),
        () if has(&["AssumeRoleUnauthorizedAccess", "EC2 IMDS role credentials"]) => Identity::RoleTrust.into(),
        () if is_metadata => Network::Metadata.into(),
        () if has(&["failed to refresh cached credentials"]) => Identity::InstanceProfile.into(),
        () if has(&["UnauthorizedOperation"]) && has(&["DescribeInstances"]) => Identity::DescribeInstances.into(),
        () if has(&["no such host", "server misbehaving"]) || (has(&["lookup "]) && timed_out) => Network::Dns.into(),
        () if has(&["proxyconnect", "Proxy Authentication Required"]) => Network::Proxy.into(),
        () if has(&["x509: ", "tls: failed to verify"]) => Network::Tls.into(),
        () if has(&["EC2: DescribeInstances", "https://ec2."]) && timed_out => Network::Ec2.into(),
        () => return None,
    })
}

/// EC2 responded to each request, and nodeadm waited for another response. The SDK logs rejected requests.
pub(super) fn rejected(process: &Process<'_>) -> (Cause, Vec<usize>) {
    let rejections = process.with("request failed with unretryable error");
    let is_denied = rejections.last().is_some_and(|entry| entry.body.contains("UnauthorizedOperation"));
    let cause = if is_denied { Identity::DescribeInstances } else { Identity::PrivateDnsName };
    let attempts = process.with("attempting waiter request");
    let lines = rejections.iter().rev().take(1).chain(attempts.iter().rev().take(1)).map(|entry| entry.line);
    (cause.into(), lines.collect())
}

fn other(error: &str) -> Option<Cause> {
    let has = |texts: &[&str]| texts.iter().any(|text| error.contains(text));
    Some(match () {
        () if has(&["no space left on device"]) => System::DiskFull.into(),
        () if has(&["could not find interface with MAC address", "name of primary link", "primary ENI only"]) => {
            Network::Interface.into()
        }
        () if has(&["toml: ", "containerd config"]) => Setup::ContainerdConfig.into(),
        () if has(&["image credential provider binary was not found"]) => Setup::CredentialProvider.into(),
        () => return None,
    })
}
