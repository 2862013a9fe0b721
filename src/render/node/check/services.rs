//! The kubelet's flags, containerd, environment variables, proxies, addresses and disks.

use std::net::IpAddr;

use crate::render::node::{Finding, Node, Place};

/// Flags that say what another input says.
const OF_INPUTS: [(&str, &str); 6] = [
    ("node-labels", "node_labels"),
    ("register-with-taints", "node_taints"),
    ("max-pods", "max_pods"),
    ("cluster-dns", "dns.cluster_ips"),
    ("register-node", "nothing: a node always registers itself"),
    ("config", "kubelet_config"),
];

/// Flags with which the AMI's own software starts the kubelet.
const OF_AMI: [&str; 8] = [
    "kubeconfig",
    "bootstrap-kubeconfig",
    "cloud-provider",
    "container-runtime-endpoint",
    "image-credential-provider-config",
    "image-credential-provider-bin-dir",
    "node-ip",
    "hostname-override",
];

const VARIABLES: [&str; 3] = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"];

/// What can stay where it is while `/var/lib/kubelet` moves onto the disks.
const MOUNTS: [&str; 3] = ["Containerd", "PodLogs", "SOCI"];

pub(super) fn check(node: &Node, found: &mut Vec<Finding>) {
    flags(node, found);
    containerd(node, found);
    environment(node, found);
    proxy(node, found);
    dns(node, found);
    disks(node, found);
}

fn flags(node: &Node, found: &mut Vec<Finding>) {
    for (index, flag) in node.kubelet_flags.iter().enumerate() {
        let place = Place::of("kubelet_flags").index(index);
        if let Err(why) = flag_of(flag) {
            found.push(Finding::error(place, why));
        }
    }
    for (index, flag) in node.windows.kube_proxy_flags.iter().enumerate() {
        let place = Place::of("windows").then("kube_proxy_flags").index(index);
        if let Err(why) = form(flag) {
            found.push(Finding::error(place, why));
        }
    }
}

fn flag_of(flag: &str) -> Result<(), String> {
    let name = form(flag)?;
    if let Some((_, input)) = OF_INPUTS.iter().find(|(own, _)| *own == name) {
        return Err(format!("Two places for --{name} would contradict each other: use {input}."));
    }
    if OF_AMI.contains(&name) {
        return Err(format!(
            "The node's own software gives --{name} to the kubelet; a second one breaks the node. Remove it."
        ));
    }
    Ok(())
}

/// The name in a flag that reaches its program whole.
fn form(flag: &str) -> Result<&str, String> {
    let name = flag.strip_prefix("--").map(|rest| rest.split('=').next().unwrap_or_default());
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let name = name.filter(|name| !name.is_empty() && name.bytes().all(is_letter));
    let Some(name) = name else {
        return Err(format!("{flag:?} is not a flag, which is \"--name=value\" or \"--name\"."));
    };
    // A shell, systemd or PowerShell would read each of these in its own way.
    if let Some(letter) = flag.chars().find(|letter| letter.is_control() || "\\'\"".contains(*letter)) {
        return Err(format!("{flag:?} has the character {letter:?}, which does not reach the program as it is."));
    }
    if !flag.is_ascii() {
        return Err(format!("{flag:?} has characters beyond ASCII, which do not reach the program as they are."));
    }
    Ok(name)
}

fn containerd(node: &Node, found: &mut Vec<Finding>) {
    let Some(config) = &node.containerd_config else { return };
    if let Err(error) = config.parse::<toml_edit::DocumentMut>() {
        let text = format!("This is not TOML: {}", error.to_string().trim_end());
        found.push(Finding::error(Place::of("containerd_config"), text));
    }
}

fn environment(node: &Node, found: &mut Vec<Finding>) {
    for (service, variables) in &node.environment {
        let place = Place::of("environment").key(service);
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"@_.-".contains(&byte);
        if service.is_empty() || !service.bytes().all(is_letter) {
            let text = format!(
                "{service:?} is not the name of a service, such as \"kubelet\" or \"containerd\", nor \"default\" for all."
            );
            found.push(Finding::error(place.clone(), text));
        } else if service.ends_with(".service") {
            let text = format!("Give the service without its ending: {:?}.", service.trim_end_matches(".service"));
            found.push(Finding::error(place.clone(), text));
        }
        for (name, value) in variables {
            let place = place.key(name);
            if !is_variable(name) {
                let text = format!(
                    "{name:?} is not the name of a variable: letters, digits and underscores, with no digit first."
                );
                found.push(Finding::error(place, text));
            } else if value.chars().any(char::is_control) {
                let text = format!("The value of {name} has a control character, which no service would get.");
                found.push(Finding::error(place, text));
            }
        }
    }
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
            let text = format!("{url:?} is not the URL of a proxy, such as \"http://10.0.0.5:3128\".");
            found.push(Finding::error(place.then(name), text));
        }
    }
    for (index, host) in proxy.no_proxy.iter().enumerate() {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:/*[]".contains(&byte);
        if host.is_empty() || !host.bytes().all(is_letter) {
            let text = format!("{host:?} is not a host, domain, address or block of addresses.");
            found.push(Finding::error(place.then("no_proxy").index(index), text));
        }
    }
    let default = node.environment.get("default");
    for name in VARIABLES.into_iter().filter(|name| default.is_some_and(|variables| variables.contains_key(*name))) {
        let text = format!("{name} is what proxy says. Give one of the two.");
        found.push(Finding::error(Place::of("environment").key("default").key(name), text));
    }
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
    for (index, domain) in node.dns.domains.iter().enumerate() {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if domain.is_empty() || !domain.bytes().all(is_letter) {
            found.push(Finding::error(place.then("domains").index(index), format!("{domain:?} is not a domain.")));
        }
    }
}

fn disks(node: &Node, found: &mut Vec<Finding>) {
    let Some(store) = &node.instance_store else { return };
    let place = Place::of("instance_store");
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-._/".contains(&byte);
    let is_path = |path: &&str| path.len() > 1 && path.starts_with('/') && path.bytes().all(is_letter);
    if let Some(path) = store.mount_path.as_deref().filter(|path| !is_path(path)) {
        let text = format!("{path:?} is not an absolute path of letters, digits and characters of -._/.");
        found.push(Finding::error(place.then("mount_path"), text));
    }
    for (index, mount) in store.disabled_mounts.iter().enumerate() {
        if !MOUNTS.contains(&mount.as_str()) {
            let text = format!("{mount:?} must be one of {}.", MOUNTS.join(", "));
            found.push(Finding::error(place.then("disabled_mounts").index(index), text));
        }
    }
}
