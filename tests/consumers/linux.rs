//! Userdata of Amazon Linux, read by cloud-init; that of Amazon Linux 2 also by bash, jq and systemd's own parsers.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use render::families::render;
use render::mime::Part;
use render::node::{Cluster, Dns, Effect, Family, Mode, Node, Proxy, Taint, check};
use serde::Deserialize;
use serde_json::{Value as Json, json};

const CASES: usize = 100;

/// What was read of one userdata.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Reading {
    /// Media type and bytes in base64.
    parts: Vec<(String, String)>,
    /// In base64, in the order in which they run.
    scripts: Vec<String>,
    /// What `bootstrap.sh` was called with.
    pub(crate) cluster: Option<String>,
    pub(crate) flags: BTreeMap<String, String>,
    /// The variables it was called with.
    exported: BTreeMap<String, String>,
    /// What systemd starts the kubelet with, of `--kubelet-extra-args`.
    pub(crate) kubelet: Vec<String>,
    pub(crate) kubelet_config: Json,
    pub(crate) containerd_config: Option<String>,
    /// Variables by service.
    pub(crate) units: BTreeMap<String, BTreeMap<String, String>>,
}

pub(crate) fn read(userdata: &[Vec<u8>]) -> Vec<Reading> {
    let debian = Path::new(env!("CARGO_MANIFEST_DIR")).join(".build/consumers/debian");
    assert!(debian.exists(), "{} is missing: run make consumers", debian.display());
    let userdata: Vec<_> = userdata.iter().map(|bytes| STANDARD.encode(bytes)).collect();
    let program = include_str!("linux.py");
    let found = super::python::run(program, &json!({"debian": debian, "userdata": userdata}));
    serde_json::from_value(found).unwrap()
}

fn read_one(node: &Node) -> Reading {
    read(&[render(node).unwrap().bytes]).remove(0)
}

fn node(family: Family) -> Node {
    let cluster = Cluster {
        name: "prod-eu".to_owned(),
        endpoint: "https://0A1B.gr7.eu-west-1.eks.amazonaws.com".to_owned(),
        certificate_authority: "LS0tLS1CRUdJTg==".to_owned(),
        service_cidr: "172.20.0.0/16".to_owned(),
        outpost_id: None,
    };
    Node { cluster: Some(cluster), ..Node::new(family, Mode::ManagedAmi) }
}

fn map(members: &[(&str, &str)]) -> BTreeMap<String, String> {
    members.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn bytes(encoded: &[String]) -> Vec<Vec<u8>> {
    encoded.iter().map(|text| STANDARD.decode(text).unwrap()).collect()
}

/// Golden case G3.
#[test]
fn kubelet_of_amazon_linux_2_starts_as_asked() {
    let reading = read_one(&Node {
        node_labels: map(&[("team", "core"), ("example.com/tier", "gold")]),
        node_taints: [Effect::NoSchedule, Effect::NoExecute]
            .map(|effect| Taint { key: "dedicated".to_owned(), value: "batch".to_owned(), effect })
            .to_vec(),
        max_pods: Some(58),
        ..node(Family::AmazonLinux2)
    });
    assert_eq!(reading.cluster.as_deref(), Some("prod-eu"));
    let extra = "--node-labels=example.com/tier=gold,team=core \
                 --register-with-taints=dedicated=batch:NoSchedule,dedicated=batch:NoExecute --max-pods=58";
    let flags = map(&[
        ("--apiserver-endpoint", "https://0A1B.gr7.eu-west-1.eks.amazonaws.com"),
        ("--b64-cluster-ca", "LS0tLS1CRUdJTg=="),
        ("--service-ipv4-cidr", "172.20.0.0/16"),
        ("--dns-cluster-ip", "172.20.0.10"),
        ("--kubelet-extra-args", extra),
        ("--use-max-pods", "false"),
    ]);
    assert_eq!(reading.flags, flags);
    assert_eq!(reading.kubelet, extra.split(' ').collect::<Vec<_>>());
}

#[test]
fn everything_else_reaches_its_reader_on_amazon_linux_2() {
    let reading = read_one(&Node {
        kubelet_config: json!({
            "shutdownGracePeriod": "30s", "featureGates": {"NodeSwap": true}, "evictionHard": {"memory.available": "5%"},
        }),
        kubelet_flags: vec!["--root-dir=50% of $HOME `x` ; #".to_owned()],
        containerd_config: Some("# it's $HOME\n\"a b\" = 'c'\n".to_owned()),
        environment: [("kubelet".to_owned(), map(&[("Q", r#"a "b" c"#), ("HTTPS_PROXY", "own")]))].into(),
        proxy: Some(Proxy {
            http: None,
            https: Some("http://u:p%40@10.9.0.5:3128".to_owned()),
            no_proxy: vec![".svc".to_owned(), "localhost".to_owned()],
        }),
        dns: Dns { cluster_ips: vec!["10.0.0.2".to_owned(), "10.0.0.3".to_owned()], ..Dns::default() },
        ..node(Family::AmazonLinux2)
    });
    let merged = json!({
        "kind": "KubeletConfiguration", "featureGates": {"Given": true, "NodeSwap": true}, "maxPods": 1,
        "shutdownGracePeriod": "30s",
    });
    assert_eq!(reading.kubelet_config, merged);
    assert_eq!(reading.kubelet, ["--eviction-hard=memory.available<5%", "--root-dir=50% of $HOME `x` ; #"]);
    assert_eq!(reading.containerd_config.as_deref(), Some("# it's $HOME\n\"a b\" = 'c'\n"));
    let proxy = map(&[("HTTPS_PROXY", "http://u:p%40@10.9.0.5:3128"), ("NO_PROXY", ".svc,localhost")]);
    let own = map(&[("HTTPS_PROXY", "own"), ("NO_PROXY", ".svc,localhost"), ("Q", r#"a "b" c"#)]);
    assert_eq!(reading.exported, proxy);
    let services = [("containerd", &proxy), ("kubelet", &own), ("sandbox-image", &proxy)];
    assert_eq!(reading.units, services.map(|(service, variables)| (service.to_owned(), variables.clone())).into());
    assert_eq!(reading.flags["--dns-cluster-ip"], "10.0.0.2,10.0.0.3");
}

/// Golden case G2, without and with something to say.
#[test]
fn merged_userdata_has_what_was_given_and_no_call() {
    for family in [Family::AmazonLinux2, Family::AmazonLinux2023] {
        let nothing = Node { cluster: None, ..Node::new(family, Mode::Merge) };
        assert!(render(&nothing).unwrap().bytes.is_empty());
        let script = "#!/bin/bash\nmkdir -p /opt/tools\n".to_owned();
        let reading = read_one(&Node { pre_bootstrap_scripts: vec![script.clone()], ..nothing });
        assert_eq!(bytes(&reading.scripts), [script.into_bytes()]);
        assert_eq!(reading.cluster, None);
    }
}

/// A text of characters that some reader on the way gives a meaning.
fn hostile() -> impl Strategy<Value = String> {
    let letter = prop_oneof![
        4 => proptest::sample::select("'\"\\$%`!#;&|<>()[]{}*?~^ =,:@+-_.aZ0éß😀".chars().collect::<Vec<_>>()),
        1 => any::<char>(),
    ];
    proptest::collection::vec(letter, 0..24).prop_map(|letters| letters.into_iter().collect())
}

fn flag() -> impl Strategy<Value = String> {
    let names = vec![
        "root-dir",
        "cert-dir",
        "lock-file",
        "provider-id",
        "seccomp-default",
        "volume-plugin-dir",
        "pod-manifest-path",
    ];
    (proptest::sample::select(names), hostile()).prop_map(|(name, value)| format!("--{name}={value}"))
}

/// The flags whose names are not there yet.
fn distinct(flags: Vec<String>) -> Vec<String> {
    let name = |flag: &String| flag.split('=').next().unwrap_or_default().to_owned();
    let mut seen = std::collections::BTreeSet::new();
    flags.into_iter().filter(|flag| seen.insert(name(flag))).collect()
}

/// A script that names its program, of any text after that.
fn script() -> impl Strategy<Value = String> {
    (hostile(), hostile()).prop_map(|(one, two)| format!("#!/bin/sh\n{one}\n--EKSCOMPUTE\n{two}"))
}

/// A part of any text, or of any bytes.
fn part() -> impl Strategy<Value = Part> {
    let bytes = proptest::collection::vec(any::<u8>(), 0..64);
    let text = hostile().prop_map(String::into_bytes);
    let part = prop_oneof![(Just("text/cloud-boothook"), text), (Just("application/octet-stream"), bytes),];
    part.prop_map(|(kind, body)| Part { content_type: Some(kind.to_owned()), filename: None, is_base64: false, body })
}

fn hostile_node(family: Family) -> impl Strategy<Value = Node> {
    let label = ("[a-z]{1,3}", "([A-Za-z0-9]([-A-Za-z0-9_.]{0,5}[A-Za-z0-9])?)?");
    (
        proptest::collection::btree_map(label.0, label.1, 0..3),
        proptest::collection::vec(flag(), 0..9).prop_map(distinct),
        proptest::collection::btree_map("[A-Z_]{1,3}X", hostile(), 0..6),
        proptest::collection::vec(script(), 0..3),
        proptest::collection::vec(part(), 0..3),
        hostile(),
    )
        .prop_map(move |(node_labels, kubelet_flags, variables, scripts, extra_parts, text)| Node {
            node_labels,
            kubelet_flags,
            environment: [("kubelet".to_owned(), variables.clone()), ("default".to_owned(), variables)].into(),
            pre_bootstrap_scripts: scripts,
            extra_parts,
            kubelet_config: json!({ "showHiddenMetricsForVersion": text }),
            ..node(family)
        })
}

/// As many nodes as are asked for that pass validation.
fn accepted(family: Family) -> Vec<(Node, Vec<u8>)> {
    let mut runner = TestRunner::deterministic();
    let strategy = hostile_node(family);
    let mut found = Vec::new();
    while found.len() < CASES {
        let mut node = strategy.new_tree(&mut runner).unwrap().current();
        // One refused value must not take the others out of the test.
        node.kubelet_flags
            .retain(|flag| is_accepted(&Node { kubelet_flags: vec![flag.clone()], ..self::node(family) }));
        node.pre_bootstrap_scripts
            .retain(|script| is_accepted(&Node { pre_bootstrap_scripts: vec![script.clone()], ..self::node(family) }));
        for (service, variables) in &mut node.environment {
            variables.retain(|name, value| {
                let one = [(service.clone(), map(&[(name, value)]))].into();
                is_accepted(&Node { environment: one, ..self::node(family) })
            });
        }
        if let Ok(rendered) = render(&node) {
            found.push((node, rendered.bytes));
        }
    }
    found
}

fn is_accepted(node: &Node) -> bool {
    !check(node).iter().any(render::node::Finding::is_error) && render(node).is_ok()
}

#[test]
fn whatever_passes_validation_reaches_its_reader() {
    let (nodes, userdata): (Vec<_>, Vec<_>) = accepted(Family::AmazonLinux2).into_iter().unzip();
    let (mut flags, mut variables) = (0, 0);
    for (node, reading) in nodes.iter().zip(read(&userdata)) {
        let expected: Vec<_> = node.labels_flag().into_iter().chain(node.kubelet_flags.clone()).collect();
        assert_eq!(reading.kubelet, expected);
        assert_eq!(
            reading.kubelet_config["showHiddenMetricsForVersion"],
            node.kubelet_config["showHiddenMetricsForVersion"]
        );
        assert_eq!(reading.exported, node.environment["default"]);
        let units = reading.units.get("kubelet").cloned().unwrap_or_default();
        let mut own = node.environment["default"].clone();
        own.extend(node.environment["kubelet"].clone());
        assert_eq!(units, own);
        assert_bodies(node, &reading);
        flags += node.kubelet_flags.len();
        variables += own.len();
    }
    assert!(
        flags > CASES / 2 && variables > CASES / 2,
        "too little was accepted: {flags} flags, {variables} variables"
    );
}

#[test]
fn cloud_init_reads_parts_unchanged_next_to_nodeadm_configuration() {
    let (nodes, userdata): (Vec<_>, Vec<_>) = accepted(Family::AmazonLinux2023).into_iter().unzip();
    for (node, reading) in nodes.iter().zip(read(&userdata)) {
        assert_bodies(node, &reading);
        assert!(reading.parts.iter().any(|(kind, _)| kind == "application/node.eks.aws"));
    }
}

/// Scripts and parts are there as given, and in order.
fn assert_bodies(node: &Node, reading: &Reading) {
    let scripts = bytes(&reading.scripts);
    let given: Vec<_> = node.pre_bootstrap_scripts.iter().map(|script| script.clone().into_bytes()).collect();
    assert_eq!(scripts[..given.len()], given);
    let is_extra = |kind: &str| ["text/cloud-boothook", "application/octet-stream"].contains(&kind);
    let parts = reading.parts.iter().filter(|(kind, _)| is_extra(kind));
    let parts: Vec<_> = parts.map(|(kind, body)| (kind.clone(), STANDARD.decode(body).unwrap())).collect();
    let given = node.extra_parts.iter().map(|part| (part.content_type.clone().unwrap(), part.body.clone()));
    assert_eq!(parts, given.collect::<Vec<_>>());
}
