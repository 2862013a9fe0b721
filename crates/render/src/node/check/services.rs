//! Kubelet flags, containerd, environment variables, proxies, addresses, and disks.

use std::net::IpAddr;

use serde_json::Value as Json;

use super::scripts::secrets;
use crate::kubelet_config::{flag_values, flags};
use crate::node::{Family, Finding, Node, Place, Reader, Severity};
use crate::{containerd, runtime_spec};

/// Flags that another argument sets, and what to do instead.
const OF_INPUTS: [(&str, &str); 6] = [
    ("node-labels", "Use node_labels"),
    ("register-with-taints", "Use node_taint"),
    ("max-pods", "Use max_pods"),
    ("cluster-dns", "Use dns.cluster_ips"),
    ("register-node", "Nodes always register automatically. Remove it"),
    ("config", "Use kubelet_config"),
];

/// Flags that the node software sets.
const OF_AMI: [&str; 7] = [
    "kubeconfig",
    "bootstrap-kubeconfig",
    "cloud-provider",
    "container-runtime-endpoint",
    "image-credential-provider-config",
    "image-credential-provider-bin-dir",
    "hostname-override",
];

/// The address of the node, which only the machine of a hybrid node does not detect automatically.
const ADDRESS: &str = "node-ip";

/// Flags that only the kubelet on Windows supports.
const OF_WINDOWS: [&str; 2] = ["windows-priorityclass", "windows-service"];

/// The address of the instance metadata service, which no proxy can reach.
const METADATA: &str = "169.254.169.254";

const VARIABLES: [&str; 3] = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"];

/// The directories that can stay in place if `/var/lib/kubelet` moves to the volumes.
pub(crate) const MOUNTS: [&str; 3] = ["Containerd", "PodLogs", "SOCI"];

pub(super) fn check(node: &Node, found: &mut Vec<Finding>) {
    kubelet_flags(node, found);
    containerd(node, found);
    environment(node, found);
    proxy(node, found);
    dns(node, found);
    disks(node, found);
}

fn kubelet_flags(node: &Node, found: &mut Vec<Finding>) {
    for (index, flag) in node.kubelet_flags.iter().enumerate() {
        let place = Place::of("kubelet_flags").index(index);
        match flag_of(flag, node) {
            Err(why) => found.push(Finding::error(place, why)),
            Ok(name) if is_repeated(name, &node.kubelet_flags[..index]) => {
                let text = format!("--{name} is set twice, and the kubelet uses the last value. Set it once.");
                found.push(Finding::error(place, text));
            }
            Ok(name) => found.extend(of_kubelet(name, node).map(|(severity, text)| Finding::of(severity, place, text))),
        }
    }
    for (index, flag) in node.windows.kube_proxy_flags.iter().enumerate() {
        let place = Place::of("windows").then("kube_proxy_flags").index(index);
        if let Err(why) = form(flag) {
            found.push(Finding::error(place, why));
        }
    }
}

/// Returns whether the flag would replace an earlier one. The kubelet combines maps and lists.
fn is_repeated(name: &str, before: &[String]) -> bool {
    !flag_values::accumulates(name) && before.iter().any(|other| form(other) == Ok(name))
}

/// Returns the name of a flag that this argument can set.
fn flag_of<'f>(flag: &'f str, node: &Node) -> Result<&'f str, String> {
    let name = form(flag)?;
    if let Some((_, instead)) = OF_INPUTS.iter().find(|(own, _)| *own == name) {
        return Err(format!("--{name} is not supported in kubelet_flags. {instead}."));
    }
    of_ami(flag, node.family)?;
    Ok(name)
}

/// Returns the finding for a kubelet flag and version. Bottlerocket has no flags, and reports them separately.
fn of_kubelet(name: &str, node: &Node) -> Option<(Severity, String)> {
    let has_own_flag = node.family == Family::Windows && OF_WINDOWS.contains(&name);
    if node.family == Family::Bottlerocket || has_own_flag || !node.checks(Reader::Kubelet) {
        return None;
    }
    let minor = node.kubernetes_version.map(|(_, minor)| minor);
    flags::check(name, minor).or_else(|| {
        let text = flags::only_in_some(name).filter(|_| minor.is_none())?;
        Some((Severity::Warning, text))
    })
}

/// Returns the error for a flag that the node software of a family sets.
pub(crate) fn of_ami(flag: &str, family: Family) -> Result<(), String> {
    let (name, value) = flag.trim_start_matches('-').split_once('=').unwrap_or((flag.trim_start_matches('-'), ""));
    if name == ADDRESS && family == Family::Hybrid {
        // nodeadm checks whether the address belongs to the machine and to the remote network of the cluster.
        let is_address = value.parse::<std::net::Ipv4Addr>().is_ok();
        return if is_address {
            Ok(())
        } else {
            Err(format!(
                "{value:?} is not an IPv4 address, such as \"10.80.0.12\". Hybrid nodes require an IPv4 address."
            ))
        };
    }
    if name == ADDRESS || OF_AMI.contains(&name) {
        return Err(format!(
            "The node software already passes --{name} to the kubelet, and a second flag breaks the node. Remove it."
        ));
    }
    Ok(())
}

/// Returns the name of a flag that its program receives unchanged.
pub(crate) fn form(flag: &str) -> Result<&str, String> {
    let name = flag.strip_prefix("--").map(|rest| rest.split('=').next().unwrap_or_default());
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let name = name.filter(|name| !name.is_empty() && name.bytes().all(is_letter));
    let Some(name) = name else {
        return Err(format!("{flag:?} is not a flag. Use \"--name=value\" or \"--name\"."));
    };
    // A shell, systemd, and PowerShell would each interpret these characters differently.
    if let Some(letter) = flag.chars().find(|letter| letter.is_control() || "\\'\"".contains(*letter)) {
        return Err(format!(
            "{flag:?} contains the character {letter:?}, which is not passed to the program unchanged."
        ));
    }
    if !flag.is_ascii() {
        return Err(format!("{flag:?} contains non-ASCII characters, which are not passed to the program unchanged."));
    }
    Ok(name)
}

fn containerd(node: &Node, found: &mut Vec<Finding>) {
    // If the family does not support it, this is reported only once.
    let has_containerd = matches!(node.family, Family::AmazonLinux2 | Family::AmazonLinux2023 | Family::Hybrid);
    if !has_containerd || !node.checks(Reader::Containerd) {
        return;
    }
    if let Some(config) = &node.containerd_config {
        containerd::check(config, node.family, &Place::of("containerd_config"), "", found);
    }
    let place = Place::of("containerd_base_runtime_spec");
    match &node.containerd_base_runtime_spec {
        Json::Null => {}
        Json::Object(members) => runtime_spec::check(members, &place, found),
        _ => found.push(Finding::error(place, "This must be an object, such as { process = { rlimits = [] } }.")),
    }
}

fn environment(node: &Node, found: &mut Vec<Finding>) {
    for (service, variables) in &node.environment {
        let place = Place::of("environment").key(service);
        if let Err(why) = service_of(service) {
            found.push(Finding::error(place.clone(), why));
        }
        for (name, value) in variables {
            if let Err(why) = variable_of(name, value) {
                found.push(Finding::error(place.key(name), why));
            } else {
                // Its name can also indicate a secret.
                secrets(&place.key(name), &format!("{name}={value}"), found);
            }
        }
    }
}

/// Validates the name of a service with environment variables.
pub(crate) fn service_of(service: &str) -> Result<(), String> {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"@_.-".contains(&byte);
    if service.is_empty() || !service.bytes().all(is_letter) {
        return Err(format!(
            "{service:?} is not a service name, such as \"kubelet\" or \"containerd\", or \"default\" for all \
             services."
        ));
    }
    if service.ends_with(".service") {
        return Err(format!("Use the service name without its suffix: {:?}.", service.trim_end_matches(".service")));
    }
    Ok(())
}

/// Validates an environment variable.
pub(crate) fn variable_of(name: &str, value: &str) -> Result<(), String> {
    if !is_variable(name) {
        return Err(format!(
            "{name:?} is not a variable name: use letters, digits, and underscores, and do not start with a digit."
        ));
    }
    if value.chars().any(char::is_control) {
        return Err(format!("The value of {name} contains a control character, which cannot be passed to a service."));
    }
    Ok(())
}

fn is_variable(name: &str) -> bool {
    let is_first = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    name.bytes().next().is_some_and(is_first) && name.bytes().all(|byte| is_first(byte) || byte.is_ascii_digit())
}

fn proxy(node: &Node, found: &mut Vec<Finding>) {
    let Some(proxy) = &node.proxy else { return };
    let place = Place::of("proxy");
    for (name, url) in [("http", &proxy.http), ("https", &proxy.https)] {
        if let Some(url) = url.as_deref().filter(|url| !is_proxy(url)) {
            let text = format!("{url:?} is not a proxy URL, such as \"http://10.0.0.5:3128\".");
            found.push(Finding::error(place.then(name), text));
        }
    }
    for (name, url) in [("http", &proxy.http), ("https", &proxy.https)] {
        let user = url.as_deref().and_then(|url| url.rsplit_once("://")?.1.split_once('@'));
        if user.is_some_and(|(user, _)| user.contains(':')) {
            let text = "The URL contains a password. Any pod that can reach the instance metadata service can read the \
                        user data. Configure the proxy to identify its clients by IP address.";
            found.push(Finding::warning(place.then(name), text));
        }
    }
    for (index, host) in proxy.no_proxy.iter().enumerate() {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:/*[]".contains(&byte);
        if host.is_empty() || !host.bytes().all(is_letter) {
            let text = format!("{host:?} is not a host, domain, IP address, or CIDR block.");
            found.push(Finding::error(place.then("no_proxy").index(index), text));
        }
    }
    let default = node.environment.get("default");
    for name in VARIABLES.into_iter().filter(|name| default.is_some_and(|variables| variables.contains_key(*name))) {
        let text = format!("{name} is also set by proxy. Set only one of the two.");
        found.push(Finding::error(Place::of("environment").key("default").key(name), text));
    }
}

/// Returns a warning if the node would send local requests to a proxy.
pub(crate) fn past_proxy(node: &Node) -> Option<Finding> {
    if node.proxy.as_ref()?.no_proxy.iter().any(|host| host == METADATA) {
        return None;
    }
    let text = format!(
        "{METADATA} does not bypass the proxy, so requests for instance metadata or credentials would be sent to the \
         proxy. Add it to no_proxy, together with localhost, the service CIDR block, the VPC CIDR block, .svc, and \
         .cluster.local."
    );
    Some(Finding::warning(Place::of("proxy").then("no_proxy"), text))
}

fn is_proxy(url: &str) -> bool {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/[]%@".contains(&byte);
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/') && rest.bytes().all(is_allowed))
}

fn dns(node: &Node, found: &mut Vec<Finding>) {
    let place = Place::of("dns");
    for (name, addresses) in [("cluster_ips", &node.dns.cluster_ips), ("nameservers", &node.dns.nameservers)] {
        for (index, address) in addresses.iter().enumerate() {
            if address.parse::<IpAddr>().is_err() {
                let text = format!("{address:?} is not an IP address.");
                found.push(Finding::error(place.then(name).index(index), text));
            }
        }
    }
    // Bottlerocket and Windows report their own errors.
    let cluster = node.cluster.as_ref().filter(|_| ![Family::Bottlerocket, Family::Windows].contains(&node.family));
    if let Some(cluster) = cluster {
        let is_other = |address: &&String| address.contains(':') != cluster.is_ipv6();
        for (index, address) in node.dns.cluster_ips.iter().enumerate().filter(|(_, address)| is_other(address)) {
            let text = format!(
                "{address} is not in the same IP family as the cluster services, {}, and pods might not be able to \
                 reach it.",
                cluster.service_cidr
            );
            found.push(Finding::warning(place.then("cluster_ips").index(index), text));
        }
    }
    for (index, domain) in node.dns.domains.iter().enumerate() {
        if !is_domain(domain) {
            found.push(Finding::error(place.then("domains").index(index), format!("{domain:?} is not a domain.")));
        }
    }
}

pub(crate) fn is_domain(domain: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    !domain.is_empty() && domain.bytes().all(is_letter)
}

fn disks(node: &Node, found: &mut Vec<Finding>) {
    let Some(store) = &node.instance_store else { return };
    let place = Place::of("instance_store");
    if let Some(path) = store.mount_path.as_deref().filter(|path| !is_path(path)) {
        let text =
            format!("{path:?} is not an absolute path of letters, digits, hyphens, dots, underscores, and slashes.");
        found.push(Finding::error(place.then("mount_path"), text));
    }
    for (index, mount) in store.disabled_mounts.iter().enumerate() {
        if !MOUNTS.contains(&mount.as_str()) {
            let text = format!("{mount:?} must be one of {}.", MOUNTS.join(", "));
            found.push(Finding::error(place.then("disabled_mounts").index(index), text));
        }
    }
}

pub(crate) fn is_path(path: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-._/".contains(&byte);
    path.len() > 1 && path.starts_with('/') && path.bytes().all(is_letter)
}
