//! Renders user data for Windows: one PowerShell block that EC2Launch runs at the first boot, and that calls the
//! bootstrap script of the EKS AMI. If EKS merges user data, its call follows the user's commands in the same block.

mod quoting;
pub(crate) mod scripts;

use ipnet::Ipv4Net;
use serde_json::Value as Json;

use super::kubelet_config::flag_values;
use super::node::check::services;
use super::node::{Cluster, Finding, Mode, Node, Place, Rendered, unused};
use quoting::quoted;

/// The path of the bootstrap script. Double quotes let PowerShell fill in the variable.
const BOOTSTRAP: &str = r#"& "$env:ProgramFiles\Amazon\EKS\Start-EKSBootstrap.ps1""#;

/// Arguments that the Windows bootstrap script does not support.
const UNUSED: [(&str, &str); 12] = [
    ("max_pods_expression", "Use max_pods, for example with the max_pods function."),
    ("containerd_config", "Write it in pre_bootstrap_scripts."),
    ("containerd_base_runtime_spec", "Windows containers do not have a runtime specification. Remove the argument."),
    ("instance_store", "Format and mount disks in pre_bootstrap_scripts."),
    (
        "environment",
        "Windows services use the machine environment variables of the last system start, so variables set in user \
         data take effect too late. Build them into the AMI.",
    ),
    (
        "proxy",
        "Windows services use the machine environment variables of the last system start, so variables set in user \
         data take effect too late. Build them into the AMI.",
    ),
    ("feature_gates", "Windows does not run nodeadm. Remove the argument."),
    ("extra_part", "Windows user data is not MIME. Use pre_bootstrap_scripts."),
    ("node_configs", "Windows does not run nodeadm. Use kubelet_flags."),
    (
        "bootstrap",
        "Windows has no bootstrap.sh. Set the parameters of the Windows bootstrap script in the windows block.",
    ),
    ("bottlerocket_settings", "It applies only to Bottlerocket. Remove it."),
    ("hybrid", "Hybrid nodes run Linux. Remove the argument."),
];

/// Arguments for the bootstrap script, which EKS calls in mode `merge`.
const UNUSED_IN_MERGE: [(&str, &str); 6] = [
    ("kubelet_config", "EKS calls the bootstrap script with its own flags. Use mode \"managed_ami\"."),
    ("max_pods", "EKS calculates it. To override it, use mode \"managed_ami\"."),
    ("kubelet_flags", "EKS calls the bootstrap script with its own flags. To set flags, use mode \"managed_ami\"."),
    ("dns", "EKS sets the address. To override it, use mode \"managed_ami\"."),
    ("windows", "EKS calls the bootstrap script. To set parameters, use mode \"managed_ami\"."),
    (
        "post_bootstrap_scripts",
        "EKS calls the bootstrap script after all commands in the user data. Use mode \"managed_ami\".",
    ),
];

/// Renders the block deterministically, or an empty result if EKS merges and there are no commands.
///
/// # Errors
/// Returns an error if the cluster has IPv6, if a value cannot be written in PowerShell or passed to a Windows service,
/// or if Windows does not support an argument.
pub fn render(node: &Node) -> Result<Rendered, Vec<Finding>> {
    let mut findings = unused(node, &UNUSED);
    let config = kubelet_config(node, &mut findings);
    scripts::check(node, &mut findings);
    let call = match (&node.cluster, node.mode) {
        (_, Mode::Merge) => {
            findings.extend(unused(node, &UNUSED_IN_MERGE));
            None
        }
        (Some(cluster), _) => Some(call(node, cluster, config, &mut findings)),
        (None, _) => {
            findings.push(Finding::error(
                Place::of("cluster_name"),
                "A Windows node requires a cluster to join. Set cluster_name.",
            ));
            None
        }
    };
    if findings.iter().any(Finding::is_error) {
        return Err(findings);
    }
    let commands = |scripts: &[String]| -> Vec<String> {
        scripts.iter().map(|script| scripts::with_lf(script).trim_end().to_owned()).collect()
    };
    let (before, after) = (commands(&node.pre_bootstrap_scripts), commands(&node.post_bootstrap_scripts));
    let commands: Vec<String> = before.into_iter().chain(call).chain(after).collect();
    if commands.is_empty() {
        return Ok(Rendered::nothing(findings));
    }
    let text = format!("<powershell>\n{}\n</powershell>\n", commands.join("\n"));
    Ok(Rendered::plain("text/x-powershell", text, findings))
}

/// Converts the members of `kubelet_config` to flags, because the bootstrap script does not support a file.
fn kubelet_config(node: &Node, findings: &mut Vec<Finding>) -> Vec<String> {
    let mut flags = Vec::new();
    for (name, value) in node.kubelet_config.as_object().into_iter().flatten() {
        kubelet_flags(&[name], value, &Place::of("kubelet_config").key(name), &mut flags, findings);
    }
    flags
}

fn kubelet_flags(path: &[&str], value: &Json, place: &Place, flags: &mut Vec<String>, findings: &mut Vec<Finding>) {
    if value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty) {
        return;
    }
    if let Some(printed) = flag_values::print(path, value) {
        for flag in &printed {
            if let Err(why) = services::form(flag) {
                findings.push(Finding::error(place.clone(), why));
            } else if flag.contains(' ') {
                findings.push(Finding::error(place.clone(), split(flag)));
            }
        }
        flags.extend(printed);
        return;
    }
    match value {
        Json::Object(members) if flag_values::has_flags_inside(path) => {
            for (name, value) in members {
                let path: Vec<&str> = path.iter().copied().chain([name.as_str()]).collect();
                kubelet_flags(&path, value, &place.key(name), flags, findings);
            }
        }
        _ => {
            let text = format!(
                "The Windows bootstrap script does not support a kubelet configuration file, and the kubelet has no \
                 flag for {}. Remove it.",
                path.join(".")
            );
            findings.push(Finding::error(place.clone(), text));
        }
    }
}

/// Returns the parameters in their order.
struct Parameters<'f> {
    line: String,
    findings: &'f mut Vec<Finding>,
}

impl Parameters<'_> {
    fn push(&mut self, name: &str, values: &[(&str, Place)]) {
        let mut all = Vec::new();
        for (value, place) in values {
            match quoted(value) {
                Ok(value) => all.push(value),
                Err(letter) => {
                    let text = format!(
                        "{value:?} contains the character {letter:?}, but PowerShell reads only printable ASCII \
                         characters unchanged."
                    );
                    self.findings.push(Finding::error(place.clone(), text));
                }
            }
        }
        self.line.push_str(&format!(" -{name} {}", all.join(",")));
    }
}

/// Returns the line that joins the node.
fn call(node: &Node, cluster: &Cluster, config: Vec<String>, findings: &mut Vec<Finding>) -> String {
    if cluster.is_ipv6() {
        let text = "Windows nodes cannot join a cluster whose services have IPv6 addresses.";
        findings.push(Finding::error(Place::of("service_cidr"), text));
    }
    if cluster.outpost_id.is_some() {
        findings.push(Finding::error(Place::of("outpost_id"), "Windows nodes do not join local clusters on Outposts."));
    }
    let dns_ip = dns_ip(node, cluster, findings);
    let kubelet = [node.labels_flag(), node.taints_flag(), node.max_pods.map(|count| format!("--max-pods={count}"))];
    let kubelet: Vec<String> =
        kubelet.into_iter().flatten().chain(config).chain(node.kubelet_flags.iter().cloned()).collect();
    unsplit(&node.kubelet_flags, &Place::of("kubelet_flags"), findings);
    let windows = Place::of("windows");
    let proxy_flags = &node.windows.kube_proxy_flags;
    unsplit(proxy_flags, &windows.then("kube_proxy_flags"), findings);
    let snat = excluded(node, findings);
    let mut parameters = Parameters { line: BOOTSTRAP.to_owned(), findings };
    parameters.push("EKSClusterName", &[(&cluster.name, Place::of("cluster_name"))]);
    parameters.push("APIServerEndpoint", &[(&cluster.endpoint, Place::of("cluster_endpoint"))]);
    parameters.push("Base64ClusterCA", &[(&cluster.certificate_authority, Place::of("cluster_ca_certificate"))]);
    parameters.push("ServiceCIDR", &[(&cluster.service_cidr, Place::of("service_cidr"))]);
    parameters.push("DNSClusterIP", &[(&dns_ip, Place::of("dns").then("cluster_ips"))]);
    if !kubelet.is_empty() {
        parameters.push("KubeletExtraArgs", &[(&kubelet.join(" "), Place::of("kubelet_flags"))]);
    }
    if !proxy_flags.is_empty() {
        parameters.push("KubeProxyExtraArgs", &[(&proxy_flags.join(" "), windows.then("kube_proxy_flags"))]);
    }
    if !snat.is_empty() {
        parameters.push("ExcludedSnatCIDRs", &snat);
    }
    parameters.line
}

/// Returns the only address that the bootstrap script supports.
fn dns_ip(node: &Node, cluster: &Cluster, findings: &mut Vec<Finding>) -> String {
    let place = Place::of("dns");
    let addresses = &node.dns.cluster_ips;
    if addresses.len() > 1 {
        let text = "The Windows bootstrap script supports only one address. Remove the others.";
        findings.push(Finding::error(place.then("cluster_ips").index(1), text));
    }
    if addresses.first().is_some_and(|address| address.contains(':')) {
        let text = "Windows pods do not support IPv6 and cannot reach this address.";
        findings.push(Finding::error(place.then("cluster_ips").index(0), text));
    }
    for (name, is_given) in
        [("nameservers", !node.dns.nameservers.is_empty()), ("domains", !node.dns.domains.is_empty())]
    {
        if is_given {
            let text =
                format!("The Windows bootstrap script does not support {name}. Use the DHCP options of the VPC.");
            findings.push(Finding::error(place.then(name), text));
        }
    }
    addresses.first().cloned().unwrap_or_else(|| cluster.dns_ip())
}

fn excluded<'n>(node: &'n Node, findings: &mut Vec<Finding>) -> Vec<(&'n str, Place)> {
    let place = Place::of("windows").then("excluded_snat_cidrs");
    let all = node.windows.excluded_snat_cidrs.iter().enumerate();
    let all: Vec<_> = all.map(|(index, cidr)| (cidr.as_str(), place.index(index))).collect();
    for (cidr, place) in all.iter().filter(|(cidr, _)| cidr.parse::<Ipv4Net>().is_err()) {
        let text = format!("{cidr:?} is not an IPv4 CIDR block such as \"10.0.0.0/8\".");
        findings.push(Finding::error(place.clone(), text));
    }
    all
}

/// The script appends the flags to the command line of a service, which is split at whitespace.
fn unsplit(flags: &[String], place: &Place, findings: &mut Vec<Finding>) {
    for (index, flag) in flags.iter().enumerate().filter(|(_, flag)| flag.contains(' ')) {
        findings.push(Finding::error(place.index(index), split(flag)));
    }
}

fn split(flag: &str) -> String {
    format!("{flag:?} contains a space, at which the command line of the service would be split.")
}

#[cfg(test)]
mod tests;
