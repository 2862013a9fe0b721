//! Validates the cluster settings.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ipnet::IpNet;

use crate::node::{Cluster, Finding, Node, Place};

pub(super) fn check(node: &Node, found: &mut Vec<Finding>) {
    let Some(cluster) = &node.cluster else { return };
    let Cluster { endpoint, certificate_authority, service_cidr, .. } = cluster;
    if !is_https(endpoint) {
        let text = format!(
            "{endpoint:?} is not a cluster endpoint, which is a URL such as \
             \"https://0123456789ABCDEF.gr7.eu-west-1.eks.amazonaws.com\"."
        );
        found.push(Finding::error(Place::of("cluster_endpoint"), text));
    }
    if let Err(why) = authority(certificate_authority) {
        let text = format!("{why}. Use certificate_authority[0].data of the cluster unchanged.");
        found.push(Finding::error(Place::of("cluster_ca_certificate"), text));
    }
    if let Err(why) = cidr(service_cidr) {
        found.push(Finding::error(Place::of("service_cidr"), why));
    }
}

/// Returns whether it is `https` and a host, without characters that require quotes in a shell, YAML, or TOML.
pub(crate) fn is_https(url: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/[]%".contains(&byte);
    url.strip_prefix("https://")
        .is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/') && rest.bytes().all(is_allowed))
}

pub(crate) fn authority(text: &str) -> Result<(), &'static str> {
    if text.trim_start().starts_with("-----BEGIN") {
        return Err("This is a PEM certificate, which must also be base64-encoded");
    }
    match STANDARD.decode(text) {
        Ok(decoded) if !decoded.is_empty() => Ok(()),
        Ok(_) => Err("The certificate authority is empty"),
        Err(_) => Err("This is not valid base64 (with padding, on one line)"),
    }
}

/// Validates the CIDR block of services.
pub(crate) fn cidr(text: &str) -> Result<(), String> {
    let Ok(network) = text.parse::<IpNet>() else {
        return Err(format!("{text:?} is not a CIDR block such as \"172.20.0.0/16\" or \"fd30:1c53:5f8a::/108\"."));
    };
    if network.addr() != network.network() {
        return Err(format!(
            "{text:?} is an address inside a CIDR block. Use the CIDR block itself, \"{}\".",
            network.trunc()
        ));
    }
    // nodeadm and bootstrap.sh derive the address of the DNS service from the text, not from the number.
    if network.addr().is_ipv6() && !text.contains("::/") {
        return Err(format!("{text:?} must be written with \"::\" before the \"/\", as in the EKS API."));
    }
    Ok(())
}
