//! Renders user data for Amazon Linux 2: scripts that cloud-init runs in order, one of which calls
//! `/etc/eks/bootstrap.sh`.
//!
//! Source: `templates/al2/runtime/bootstrap.sh` of `awslabs/amazon-eks-ami`. It supports only `--flag value`, and uses
//! an unknown flag as the cluster name, so the name comes first. The value of `--kubelet-extra-args` is parsed twice:
//! by the shell, and by systemd in the generated unit.

mod kubelet;
pub mod quote;
mod services;

use super::mime::Part;
use super::node::check::parts::ignored;
use super::node::check::services::past_proxy;
use super::node::commands::calls_bootstrap;
use super::node::{Finding, Mode, Node, Place, Rendered, unused};
use quote::shell;

const SHELL: &str = "text/x-shellscript";

/// The path of containerd's configuration, which `bootstrap.sh` reads.
const CONTAINERD_CONFIG: &str = "/etc/eks/ekscompute-containerd-config.toml";

/// Arguments that are not supported in any mode.
const UNUSED: &[(&str, &str)] = &[
    ("max_pods_expression", "Set max_pods."),
    ("containerd_base_runtime_spec", "Set the complete containerd_config."),
    ("feature_gates", "It applies only to nodeadm on Amazon Linux 2023. Remove it."),
    ("node_configs", "It applies only to nodeadm on Amazon Linux 2023. Remove it."),
    ("bottlerocket_settings", "It applies only to Bottlerocket. Remove it."),
    ("windows", "It applies only to Windows. Remove it."),
    ("hybrid", "Use os_family \"hybrid\"."),
];

/// Arguments that EKS sets in its own call of `bootstrap.sh`, or for which that call has no flag.
const UNUSED_IN_MERGE: &[(&str, &str)] = &[
    (
        "max_pods",
        "EKS sets its own value. To override it, specify an AMI in the launch template and use mode \"managed_ami\".",
    ),
    ("kubelet_flags", "Use kubelet_config, or specify an AMI in the launch template and use mode \"managed_ami\"."),
    ("containerd_config", "Specify an AMI in the launch template and use mode \"managed_ami\"."),
    ("instance_store", "Call setup-local-disks in pre_bootstrap_scripts."),
    (
        "dns",
        "EKS sets its own value. To override it, specify an AMI in the launch template and use mode \"managed_ami\".",
    ),
    (
        "bootstrap",
        "EKS calls bootstrap.sh. To call it with other flags, specify an AMI in the launch template and use mode \
         \"managed_ami\".",
    ),
    (
        "post_bootstrap_scripts",
        "EKS appends its own script, so no script can run after it. Specify an AMI in the launch template and use mode \
         \"managed_ami\".",
    ),
];

/// Renders user data for Amazon Linux 2.
///
/// # Errors
/// See [`super::node::Render`].
pub fn render(node: &Node) -> Result<Rendered, Vec<Finding>> {
    let mut found = findings(node);
    let script = script(node, &mut found);
    if found.iter().any(Finding::is_error) {
        return Err(found);
    }
    let mut parts: Vec<Part> = node.pre_bootstrap_scripts.iter().map(|script| part(script)).collect();
    parts.extend(node.extra_parts.iter().cloned());
    parts.extend(script.as_deref().map(part));
    parts.extend(node.post_bootstrap_scripts.iter().map(|script| part(script)));
    Rendered::multipart(parts, found)
}

fn part(script: &str) -> Part {
    let content_type = Some(SHELL.to_owned());
    Part { content_type, filename: None, is_base64: false, body: script.as_bytes().to_vec() }
}

fn findings(node: &Node) -> Vec<Finding> {
    let mut found = vec![Finding::warning(
        Place::of(if node.ami_type.is_some() { "ami_type" } else { "os_family" }),
        "EKS has not published Amazon Linux 2 AMIs since November 2025, and none for Kubernetes 1.33 and later. \
         Migrate to Amazon Linux 2023 or Bottlerocket.",
    )];
    found.extend(unused(node, UNUSED));
    if node.mode == Mode::Merge {
        found.extend(unused(node, UNUSED_IN_MERGE));
    }
    for (name, given) in [("nameservers", &node.dns.nameservers), ("domains", &node.dns.domains)] {
        if !given.is_empty() {
            let text =
                format!("Amazon Linux 2 does not support dns.{name}. Write /etc/resolv.conf in pre_bootstrap_scripts.");
            found.push(Finding::error(Place::of("dns").then(name), text));
        }
    }
    if let Some(store) = &node.instance_store {
        let place = Place::of("instance_store");
        if store.mount_path.is_some() {
            let text = "Amazon Linux 2 always mounts its disks at /mnt/k8s-disks. Remove mount_path.";
            found.push(Finding::error(place.then("mount_path"), text));
        }
        if !store.disabled_mounts.is_empty() {
            let text = "Amazon Linux 2 does not support disabled_mounts. Remove it.";
            found.push(Finding::error(place.then("disabled_mounts"), text));
        }
    }
    found.extend(past_proxy(node));
    called_twice(node, &mut found);
    for (index, part) in node.extra_parts.iter().enumerate() {
        let is_script = part.content_type.as_deref().is_some_and(|kind| kind.starts_with(SHELL));
        if is_script && part.filename.is_some() {
            let text = "cloud-init runs scripts in the order of their names, and names scripts without a name \
                        \"part-001\", \"part-002\", and so on. This script can therefore run earlier or later than its \
                        position suggests.";
            found.push(Finding::warning(Place::of("extra_part").index(index).then("filename"), text));
        }
        found.extend(ignored(part).map(|text| Finding::warning(Place::of("extra_part").index(index), text)));
    }
    found
}

/// `bootstrap.sh` starts the kubelet, and a second call changes the configuration of the running kubelet.
fn called_twice(node: &Node, found: &mut Vec<Finding>) {
    let caller = match node.mode {
        Mode::Merge => "EKS calls it after all scripts in the user data",
        Mode::ManagedAmi | Mode::SelfManaged => "this user data already calls it",
    };
    let texts = |scripts: &[String]| scripts.iter().map(|script| script.as_bytes().to_vec()).collect::<Vec<_>>();
    let parts = node.extra_parts.iter().map(|part| part.body.clone()).collect();
    let all = [
        ("pre_bootstrap_scripts", texts(&node.pre_bootstrap_scripts)),
        ("post_bootstrap_scripts", texts(&node.post_bootstrap_scripts)),
        ("extra_part", parts),
    ];
    for (input, scripts) in all {
        for (index, script) in scripts.iter().enumerate() {
            if script.starts_with(b"#!") && calls_bootstrap(&String::from_utf8_lossy(script)) {
                let text = format!(
                    "This script calls /etc/eks/bootstrap.sh, but {caller}, so the node would be set up twice. Remove \
                     the call, and set its flags with arguments such as node_labels and kubelet_flags."
                );
                found.push(Finding::error(Place::of(input).index(index), text));
            }
        }
    }
}

/// Returns the script for the other arguments, or `None` if it is empty.
fn script(node: &Node, found: &mut Vec<Finding>) -> Option<String> {
    let mut lines = Vec::new();
    services::write(node, &mut lines);
    let flags = kubelet::write(node, &mut lines, found);
    if let Some(config) = &node.containerd_config {
        lines.push(format!("printf '%s' {} >{CONTAINERD_CONFIG}", shell(config)));
    }
    if node.mode != Mode::Merge {
        lines.push(call(node, flags));
    }
    if lines.is_empty() {
        return None;
    }
    Some(format!("#!/bin/bash\nset -o errexit -o nounset -o pipefail\n{}\n", lines.join("\n")))
}

/// Returns the call of `bootstrap.sh`, with one flag per line.
fn call(node: &Node, kubelet_flags: Vec<String>) -> String {
    let mut flags: Vec<(&str, String)> = Vec::new();
    if let Some(cluster) = &node.cluster {
        flags.push(("--apiserver-endpoint", shell(&cluster.endpoint)));
        flags.push(("--b64-cluster-ca", shell(&cluster.certificate_authority)));
        let is_ipv6 = cluster.is_ipv6();
        if is_ipv6 {
            flags.push(("--ip-family", "ipv6".to_owned()));
        }
        let cidr = if is_ipv6 { "--service-ipv6-cidr" } else { "--service-ipv4-cidr" };
        flags.push((cidr, shell(&cluster.service_cidr)));
        // AMIs before June 2025 do not support --service-ipv4-cidr.
        let dns = if node.dns.cluster_ips.is_empty() { cluster.dns_ip() } else { node.dns.cluster_ips.join(",") };
        flags.push(("--dns-cluster-ip", shell(&dns)));
        if let Some(id) = &cluster.outpost_id {
            flags.push(("--enable-local-outpost", "true".to_owned()));
            flags.push(("--cluster-id", shell(id)));
        }
    }
    let given = &node.bootstrap;
    let attempts = given.aws_api_retry_attempts.map(|attempts| attempts.to_string());
    let optional = [
        ("--aws-api-retry-attempts", attempts),
        ("--mount-bpf-fs", given.mount_bpf_fs.map(|mount| mount.to_string())),
        ("--pause-container-account", given.pause_container_account.as_deref().map(shell)),
        ("--pause-container-version", given.pause_container_version.as_deref().map(shell)),
        ("--containerd-config-file", node.containerd_config.as_ref().map(|_| CONTAINERD_CONFIG.to_owned())),
        ("--local-disks", node.instance_store.as_ref().map(|store| services::disks(store.strategy).to_owned())),
    ];
    flags.extend(optional.into_iter().filter_map(|(flag, value)| Some((flag, value?))));
    if !kubelet_flags.is_empty() {
        flags.push(("--kubelet-extra-args", shell(&kubelet_flags.join(" "))));
    }
    if node.max_pods.is_some() {
        flags.push(("--use-max-pods", "false".to_owned()));
    }
    let name = node.cluster.as_ref().map(|cluster| shell(&cluster.name)).unwrap_or_default();
    let flags: String = flags.iter().map(|(flag, value)| format!(" \\\n  {flag} {value}")).collect();
    format!("/etc/eks/bootstrap.sh {name}{flags}")
}

#[cfg(test)]
#[path = "bootstrap/tests.rs"]
mod tests;
