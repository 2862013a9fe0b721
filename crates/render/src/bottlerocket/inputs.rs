//! Converts the arguments that apply to all operating systems to Bottlerocket settings.

use serde_json::{Map, Value as Json, json};

use super::builder::SettingsBuilder;
use crate::node::{Cluster, DiskStrategy, Finding, InstanceStore, Node, Place, Proxy};

/// The bootstrap command that uses the instance store volumes. Commands run in the order of their names.
const DISKS: &str = "000-instance-store";

pub(super) fn put(node: &Node, sheet: &mut SettingsBuilder) {
    if let Some(cluster) = &node.cluster {
        put_cluster(node, cluster, sheet);
    }
    put_labels(node, sheet);
    if let Some(max_pods) = node.max_pods {
        sheet.put(&["kubernetes", "max-pods"], json!(max_pods), &Place::of("max_pods"));
    }
    put_dns(node, sheet);
    if let Some(proxy) = &node.proxy {
        put_proxy(proxy, sheet);
    }
    if let Some(store) = &node.instance_store {
        put_instance_store(store, sheet);
    }
}

fn put_cluster(node: &Node, cluster: &Cluster, sheet: &mut SettingsBuilder) {
    let said = [
        ("cluster-name", &cluster.name, "cluster_name"),
        ("api-server", &cluster.endpoint, "cluster_endpoint"),
        ("cluster-certificate", &cluster.certificate_authority, "cluster_ca_certificate"),
    ];
    for (name, value, input) in said {
        sheet.put(&["kubernetes", name], json!(value), &Place::of(input));
    }
    // If it is not set, the node guesses, and uses IPv4 in an IPv6 cluster. Configured values take precedence.
    let is_said = !node.dns.cluster_ips.is_empty()
        || node.kubelet_config.get("clusterDNS").is_some_and(|value| !value.is_null())
        || super::says(&node.bottlerocket_settings, "cluster-dns-ip");
    if !is_said {
        sheet.put(&["kubernetes", "cluster-dns-ip"], json!(cluster.dns_ip()), &Place::of("service_cidr"));
    }
}

fn put_labels(node: &Node, sheet: &mut SettingsBuilder) {
    for (key, value) in &node.node_labels {
        sheet.put(&["kubernetes", "node-labels", key], json!(value), &Place::of("node_labels").key(key));
    }
    for (index, taint) in node.node_taints.iter().enumerate() {
        let is_first = node.node_taints[..index].iter().all(|before| before.key != taint.key);
        if is_first {
            let same = node.node_taints.iter().filter(|other| other.key == taint.key);
            let effects: Vec<_> = same.map(|taint| format!("{}:{}", taint.value, taint.effect.name())).collect();
            let place = Place::of("node_taint").index(index);
            sheet.put(&["kubernetes", "node-taints", &taint.key], json!(effects), &place);
        }
    }
}

fn put_dns(node: &Node, sheet: &mut SettingsBuilder) {
    let place = Place::of("dns");
    match node.dns.cluster_ips.as_slice() {
        [] => {}
        [address] => {
            sheet.put(&["kubernetes", "cluster-dns-ip"], json!(address), &place.then("cluster_ips").index(0));
        }
        all => sheet.put(&["kubernetes", "cluster-dns-ip"], json!(all), &place.then("cluster_ips")),
    }
    if !node.dns.nameservers.is_empty() {
        sheet.put(&["dns", "name-servers"], json!(node.dns.nameservers), &place.then("nameservers"));
    }
    if !node.dns.domains.is_empty() {
        sheet.put(&["dns", "search-list"], json!(node.dns.domains), &place.then("domains"));
    }
}

fn put_proxy(proxy: &Proxy, sheet: &mut SettingsBuilder) {
    let place = Place::of("proxy");
    if let Some(url) = &proxy.https {
        sheet.put(&["network", "https-proxy"], json!(url), &place.then("https"));
    }
    if proxy.http.is_some() {
        let text = "Bottlerocket supports only an HTTPS proxy. Use only proxy.https.";
        sheet.findings.push(Finding::error(place.then("http"), text));
    }
    if !proxy.no_proxy.is_empty() {
        sheet.put(&["network", "no-proxy"], json!(proxy.no_proxy), &place.then("no_proxy"));
    }
}

fn put_instance_store(store: &InstanceStore, sheet: &mut SettingsBuilder) {
    let place = Place::of("instance_store");
    if store.strategy != DiskStrategy::Raid0 {
        let text = "Bottlerocket combines the instance store volumes into one striped array. Use RAID0.";
        sheet.findings.push(Finding::error(place.then("strategy"), text));
    }
    if store.mount_path.is_some() {
        let text = "Bottlerocket selects the mount path of the array. Remove mount_path.";
        sheet.findings.push(Finding::error(place.then("mount_path"), text));
    }
    let stays = |mount: &str| store.disabled_mounts.iter().any(|disabled| disabled == mount);
    let moved = [
        (!stays("Containerd"), "/var/lib/containerd"),
        (true, "/var/lib/kubelet"),
        (!stays("PodLogs"), "/var/log/pods"),
    ];
    let directories = moved.into_iter().filter(|(is_moved, _)| *is_moved).map(|(_, directory)| directory);
    let bind: Vec<_> = ["apiclient", "ephemeral-storage", "bind", "--dirs"].into_iter().chain(directories).collect();
    let command: Map<String, Json> = [
        ("commands".to_owned(), json!([["apiclient", "ephemeral-storage", "init"], bind])),
        ("essential".to_owned(), json!(true)),
        ("mode".to_owned(), json!("always")),
    ]
    .into_iter()
    .collect();
    sheet.put(&["bootstrap-commands", DISKS], Json::Object(command), &place);
}
