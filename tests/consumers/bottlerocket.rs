//! Bottlerocket's documents, read by Python's TOML parser and a model of the documented settings.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::{Strategy, any, prop_oneof};
use proptest::sample::select;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use render::ami_types;
use render::bottlerocket::render;
use render::node::{
    Cluster, DiskStrategy, Dns, Effect, Family, InstanceStore, MAX_BYTES, Mode, Node, Proxy, Taint, check,
};
use serde_json::{Value as Json, json};

use crate::python;

const CERTIFICATE: &str = include_str!("../../crates/render/src/bottlerocket/certificate.pem");

/// What a node reads.
struct Read {
    settings: Json,
    errors: Vec<String>,
    /// What is left after EKS has merged it.
    merged: Json,
}

/// Reads documents, all in one process.
fn read(documents: &[String]) -> Vec<Read> {
    let answer = python::run(include_str!("bottlerocket.py"), &json!(documents));
    let of_one = |one: &Json| Read {
        settings: one["settings"].clone(),
        errors: one["errors"].as_array().unwrap().iter().map(|error| error.as_str().unwrap().to_owned()).collect(),
        merged: one["merged"].clone(),
    };
    let read: Vec<_> = answer.as_array().unwrap().iter().map(of_one).collect();
    assert_eq!(read.len(), documents.len());
    read
}

fn document(node: &Node) -> String {
    let rendered = render(node).unwrap_or_else(|found| panic!("{found:?}"));
    assert!(rendered.bytes.len() <= MAX_BYTES);
    String::from_utf8(rendered.bytes).unwrap()
}

/// The settings of a document that the node accepts.
fn accepted(node: &Node) -> Json {
    let read = read(&[document(node)]).remove(0);
    assert_eq!(read.errors, [""; 0]);
    read.settings
}

fn own() -> Node {
    let cluster = Cluster {
        name: "prod-eu".to_owned(),
        endpoint: "https://0A1B.gr7.eu-west-1.eks.amazonaws.com".to_owned(),
        certificate_authority: "LS0tLS1CRUdJTg==".to_owned(),
        service_cidr: "172.20.0.0/16".to_owned(),
        outpost_id: None,
    };
    Node { cluster: Some(cluster), ..Node::new(Family::Bottlerocket, Mode::SelfManaged) }
}

fn taint(key: &str, value: &str, effect: Effect) -> Taint {
    Taint { key: key.to_owned(), value: value.to_owned(), effect }
}

/// The reference's golden case G4.
#[test]
fn self_managed_node_reads_configured_settings() {
    let labels = [("example.com/tier", "1.0"), ("a.b", "true")];
    let node = Node {
        node_labels: labels.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
        node_taints: vec![
            taint("dedicated", "gpu", Effect::NoSchedule),
            taint("dedicated", "gpu", Effect::NoExecute),
            taint("bare", "", Effect::NoSchedule),
        ],
        bottlerocket_settings: json!({ "host-containers": { "admin": { "enabled": true } } }),
        dns: Dns { cluster_ips: vec!["172.20.0.10".to_owned()], ..Dns::default() },
        ..own()
    };
    let expected = json!({
        "host-containers": { "admin": { "enabled": true } },
        "kubernetes": {
            "api-server": "https://0A1B.gr7.eu-west-1.eks.amazonaws.com",
            "cluster-certificate": "LS0tLS1CRUdJTg==",
            "cluster-dns-ip": "172.20.0.10",
            "cluster-name": "prod-eu",
            "node-labels": { "example.com/tier": "1.0", "a.b": "true" },
            "node-taints": { "dedicated": ["gpu:NoSchedule", "gpu:NoExecute"], "bare": [":NoSchedule"] },
        },
    });
    assert_eq!(accepted(&node), expected);
    let text = document(&node);
    let headers: Vec<_> = text.lines().filter(|line| line.starts_with('[')).collect();
    let once: std::collections::BTreeSet<_> = headers.iter().collect();
    assert_eq!(headers.len(), once.len(), "{headers:?}");
    assert_eq!(document(&node), text);
}

#[test]
fn every_input_is_accepted() {
    let node = Node {
        ami_type: ami_types::find("BOTTLEROCKET_x86_64_NVIDIA"),
        max_pods: Some(110),
        kubelet_config: json!({
            "evictionHard": { "memory.available": "5%", "nodefs.inodesFree": "5%" },
            "evictionSoft": { "memory.available": "10%" },
            "evictionSoftGracePeriod": { "memory.available": "1m30s" },
            "kubeReserved": { "cpu": "80m", "memory": "893Mi", "ephemeral-storage": "1Gi" },
            "cpuManagerPolicy": "static",
            "cpuManagerPolicyOptions": { "full-pcpus-only": "true" },
            "reservedMemory": [{ "numaNode": 0, "limits": { "memory": "1Gi", "hugepages-2Mi": "2Mi" } }],
            "topologyManagerPolicyOptions": { "max-allowable-numa-nodes": "16" },
            "imageGCHighThresholdPercent": 85,
            "imageGCLowThresholdPercent": 80,
            "logging": { "verbosity": 3 },
            "shutdownGracePeriod": "30s",
            "podPidsLimit": -1,
        }),
        dns: Dns {
            cluster_ips: vec!["169.254.20.10".to_owned(), "172.20.0.10".to_owned()],
            nameservers: vec!["10.0.0.2".to_owned()],
            domains: vec!["example.com".to_owned()],
        },
        proxy: Some(Proxy {
            http: None,
            https: Some("http://10.9.0.5:3128".to_owned()),
            no_proxy: vec![".svc".to_owned()],
        }),
        instance_store: Some(InstanceStore {
            strategy: DiskStrategy::Raid0,
            mount_path: None,
            disabled_mounts: Vec::new(),
        }),
        bottlerocket_settings: json!({
            "bootstrap-containers": { "setup": {
                "source": "registry.example.com:5000/setup@sha256:0123", "mode": "once", "essential": true,
                "user-data": STANDARD.encode(b"\x00\xff\r\n"),
            } },
            "host-containers": { "mine": { "enabled": true, "source": "registry.example.com/a:1", "superpowered": false } },
            "kernel": { "sysctl": { "vm.max_map_count": "262144", "net/core/rmem_max": "1" }, "lockdown": "integrity" },
            "container-registry": { "mirrors": [
                { "registry": "*", "endpoint": ["https://a.example.com", "http://b.example.com:5000"] },
                { "registry": "docker.io", "endpoint": ["https://c.example.com"] },
            ] },
            "kubelet-device-plugins": { "nvidia": {
                "device-list-strategy": ["cdi-cri", "envvar"], "device-sharing-strategy": "time-slicing",
                "time-slicing": { "replicas": 4, "rename-by-default": false, "fail-requests-greater-than-one": false },
            } },
            "network": { "hosts": [["10.0.0.1", ["a.example.com", "b"]]] },
            "ntp": { "time-servers": ["169.254.169.123"] },
            "pki": { "corporate": { "data": STANDARD.encode(CERTIFICATE), "trusted": true } },
            "motd": "It's \"here\" \\ \u{1f680}\nand there",
        }),
        ..own()
    };
    let settings = accepted(&node);
    assert_eq!(settings["kubernetes"]["memory-manager-reserved-memory"]["0"]["hugepages-2Mi"], json!("2Mi"));
    assert_eq!(settings["kubernetes"]["cluster-dns-ip"], json!(["169.254.20.10", "172.20.0.10"]));
    let mut own = node.bottlerocket_settings.clone();
    let hosts = own["network"]["hosts"].take();
    assert_eq!(settings["network"]["hosts"], hosts);
    own.as_object_mut().unwrap().remove("network");
    for (section, given) in own.as_object().unwrap() {
        assert_eq!(settings[section], *given);
    }
}

/// The model would notice what the settings API refuses.
#[test]
fn the_model_refuses_what_a_node_refuses() {
    let refused = [
        "[settings.kubernetes]\nmax-pods = \"110\"\n",
        "[settings.kubernetes]\nmaxPods = 110\n",
        "[settings.kubernetes.node-labels]\na = 1.0\n",
        "[settings.kubernetes.node-labels]\nexample.com/a = \"b\"\n",
        "[settings.kubernetes.node-labels]\na.b = \"c\"\n",
        "[settings.kubernetes.node-taints]\na = []\n",
        "[settings.kubernetes]\nlog-level = 1\n[settings.kubernetes]\nmax-pods = 1\n",
        "[settings]\nkubernetes.max-pods = 1\n[settings.kubernetes]\nlog-level = 1\n",
        "[setting.kubernetes]\nmax-pods = 1\n",
        "[settings.host-containers.admin]\nenabled = \"true\"\n",
        "\u{feff}[settings]\n",
    ];
    let documents = refused.map(str::to_owned);
    for (document, read) in documents.iter().zip(read(&documents)) {
        assert!(!read.errors.is_empty(), "{document}");
    }
}

fn label_value() -> impl Strategy<Value = String> {
    "([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?"
}

fn label_key() -> impl Strategy<Value = String> {
    "([a-z0-9]([a-z0-9-]{0,5}[a-z0-9])?[.]?[a-z]{1,3}/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,20}[A-Za-z0-9])?"
}

/// Words that TOML, YAML or a shell would take for something else, and any text.
fn hostile_text() -> impl Strategy<Value = String> {
    let words = [
        "true",
        "1.0",
        "0x1f",
        "'",
        "\"",
        "\"\"\"",
        "'''",
        "\\",
        "\\n",
        "a\nb",
        "\t",
        "# a",
        "[a]",
        "=",
        "é\u{1f680}",
        "\u{7f}",
        "",
    ];
    prop_oneof![select(words.to_vec()).prop_map(str::to_owned), "(?s).{0,30}", "[\"'\\\\\n\r\t ]{0,8}"]
}

fn taints() -> impl Strategy<Value = Vec<Taint>> {
    let effect = select(vec![Effect::NoSchedule, Effect::PreferNoSchedule, Effect::NoExecute]);
    let taint = (label_key(), label_value(), effect);
    proptest::collection::vec(taint, 0..4)
        .prop_map(|taints| taints.into_iter().map(|(key, value, effect)| Taint { key, value, effect }).collect())
}

/// A node and what it has to read, without what a node of its own always has.
fn nodes(mode: Mode) -> impl Strategy<Value = (Node, Json)> {
    let labels = proptest::collection::btree_map(label_key(), label_value(), 0..4);
    let sysctls = proptest::collection::btree_map("[a-z]{1,8}([._/-][a-z0-9]{1,5}){0,2}", hostile_text(), 0..3);
    let user_data = proptest::collection::vec(any::<u8>(), 0..60);
    let variables = proptest::collection::btree_map("[A-Z_]{1,8}", "\\PC{0,20}", 0..3);
    let rest = (sysctls, user_data, variables, hostile_text(), any::<u32>());
    (labels, taints(), rest).prop_map(move |(labels, taints, (sysctls, user_data, variables, motd, max_pods))| {
        let user_data = STANDARD.encode(user_data);
        let container = json!({ "source": "example.com/a", "mode": "once", "user-data": user_data });
        let provider = json!({ "enabled": true, "image-patterns": ["*"], "environment": variables });
        let settings = json!({
            "kernel": { "sysctl": sysctls },
            "motd": motd,
            "bootstrap-containers": { "a": container },
            "kubernetes": { "credential-providers": { "ecr-credential-provider": provider } },
        });
        let mut expected = without_empty(settings.clone());
        let kubernetes = expected["kubernetes"].as_object_mut().unwrap();
        kubernetes.insert("max-pods".to_owned(), json!(max_pods));
        let mut node = if mode == Mode::Merge { Node::new(Family::Bottlerocket, mode) } else { own() };
        if mode != Mode::Merge {
            if !labels.is_empty() {
                kubernetes.insert("node-labels".to_owned(), json!(labels));
            }
            let mut grouped: BTreeMap<&str, Vec<String>> = BTreeMap::new();
            for taint in &taints {
                grouped.entry(&taint.key).or_default().push(format!("{}:{}", taint.value, taint.effect.name()));
            }
            if !grouped.is_empty() {
                kubernetes.insert("node-taints".to_owned(), json!(grouped));
            }
            for (name, value) in [
                ("cluster-name", "prod-eu"),
                ("api-server", "https://0A1B.gr7.eu-west-1.eks.amazonaws.com"),
                ("cluster-certificate", "LS0tLS1CRUdJTg=="),
                ("cluster-dns-ip", "172.20.0.10"),
            ] {
                kubernetes.insert(name.to_owned(), json!(value));
            }
            node.node_labels = labels;
            node.node_taints = taints;
        }
        node.max_pods = Some(max_pods);
        node.bottlerocket_settings = settings;
        (node, expected)
    })
}

/// A table with nothing in it is not written.
fn without_empty(value: Json) -> Json {
    let Json::Object(members) = value else { return value };
    let members = members.into_iter().map(|(name, member)| (name, without_empty(member)));
    Json::Object(members.filter(|(_, member)| member.as_object().is_none_or(|members| !members.is_empty())).collect())
}

/// Those of many nodes that pass every check, with what they have to read.
fn valid(mode: Mode, tries: usize) -> Vec<(Node, Json)> {
    let mut runner = TestRunner::deterministic();
    let strategy = nodes(mode);
    let all = (0..tries).map(|_| strategy.new_tree(&mut runner).unwrap().current());
    all.filter(|(node, _)| check(node).iter().all(|found| !found.is_error()) && render(node).is_ok()).collect()
}

#[test]
fn valid_settings_read_back_unchanged() {
    let nodes = valid(Mode::SelfManaged, 600);
    assert!(nodes.len() > 300, "only {} of 600 are valid", nodes.len());
    let documents: Vec<_> = nodes.iter().map(|(node, _)| document(node)).collect();
    for (read, (_, expected)) in read(&documents).iter().zip(&nodes) {
        assert_eq!(read.errors, [""; 0]);
        assert_eq!(read.settings, *expected);
    }
}

#[test]
fn valid_settings_survive_eks_merge() {
    let nodes = valid(Mode::Merge, 2500);
    assert!(nodes.len() > 100, "only {} of 2500 are valid", nodes.len());
    let documents: Vec<_> = nodes.iter().map(|(node, _)| document(node)).collect();
    for (read, (node, expected)) in read(&documents).iter().zip(&nodes) {
        assert_eq!(read.errors, [""; 0]);
        assert_eq!(read.settings, *expected);
        assert_eq!(read.merged, *expected, "{}", document(node));
    }
}
