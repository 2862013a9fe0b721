//! Environment variables of services, and disks.

use std::collections::BTreeMap;

use super::quote::{environment, shell};
use crate::node::{DiskStrategy, Node};

/// The name for all services.
const DEFAULT: &str = "default";

/// The services that require network access to join the node.
const JOINING: [&str; 3] = ["containerd", "kubelet", "sandbox-image"];

/// Returns lines that write a drop-in for each service that has variables.
pub(super) fn write(node: &Node, lines: &mut Vec<String>) {
    let variables = variables(node);
    let of_all = variables.get(DEFAULT);
    lines.extend(of_all.into_iter().flatten().map(|(name, value)| format!("export {name}={}", shell(value))));
    let mut services: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
    let joining = JOINING.iter().filter(|_| of_all.is_some_and(|variables| !variables.is_empty()));
    for service in joining.copied().chain(variables.keys().map(String::as_str).filter(|service| *service != DEFAULT)) {
        let own = variables.get(service);
        // Variables of one service take precedence over variables of all services.
        let all = of_all.into_iter().flatten().chain(own.into_iter().flatten());
        services.entry(service).or_default().extend(all.map(|(name, value)| (name.as_str(), value.as_str())));
    }
    for (service, variables) in services.iter().filter(|(_, variables)| !variables.is_empty()) {
        let folder = format!("/etc/systemd/system/{service}.service.d");
        let assignments: Vec<_> = variables.iter().map(|(name, value)| environment(name, value)).collect();
        lines.push(format!("mkdir -p {folder}"));
        lines.push(format!("cat >{folder}/50-ekscompute.conf <<'END'\n[Service]\n{}\nEND", assignments.join("\n")));
    }
    if !services.is_empty() {
        lines.push("systemctl daemon-reload".to_owned());
    }
}

/// Returns the variables by service, including the proxy variables.
fn variables(node: &Node) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut variables = node.environment.clone();
    if let Some(proxy) = &node.proxy {
        let no_proxy = (!proxy.no_proxy.is_empty()).then(|| proxy.no_proxy.join(","));
        let given = [("HTTP_PROXY", proxy.http.clone()), ("HTTPS_PROXY", proxy.https.clone()), ("NO_PROXY", no_proxy)];
        let of_all = variables.entry(DEFAULT.to_owned()).or_default();
        of_all.extend(given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    }
    variables
}

/// Returns the value of `--local-disks`.
pub(super) fn disks(strategy: DiskStrategy) -> &'static str {
    match strategy {
        DiskStrategy::Raid0 => "raid0",
        DiskStrategy::Raid10 => "raid10",
        DiskStrategy::Mount => "mount",
    }
}
