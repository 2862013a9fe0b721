//! What nodeadm reads: the released module, the libraries it is made of with the fields of today, and the kubelet's types.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::{select, subsequence};
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use render::kubelet_config::flags::FLAGS;
use render::kubelet_config::{self, Kind, MEMBERS};
use render::mime::NODE_CONFIG;
use render::node::{
    Cluster, DiskStrategy, Dns, Effect, Family, InstanceStore, Mode, Node, Place, Proxy, Rendered, Taint, check,
};
use render::nodeadm::merge::merge;
use render::nodeadm::{render, schema};
use render::{ami_types, yaml};
use serde_json::{Value as Json, json};

/// As many generated cases as one process reads.
const CASES: usize = 300;

/// Asks the consumer, all in one process.
pub(crate) fn ask(requests: &[Json]) -> Vec<Json> {
    crate::program::ask("nodeadm", requests)
}

fn userdata(rendered: &Rendered) -> Json {
    json!({ "userdata": STANDARD.encode(&rendered.bytes) })
}

/// What a node reads, after `config check` has found it right.
fn read(node: &Node) -> Json {
    assert_eq!(check(node).iter().filter(|finding| finding.is_error()).count(), 0);
    let rendered = render(node).unwrap_or_else(|found| panic!("{found:?}"));
    let answer = ask(&[userdata(&rendered)]).remove(0);
    assert_eq!(answer.get("error"), None, "{answer}");
    assert_eq!(answer.get("released"), None, "{answer}");
    assert_eq!(answer.get("check"), None, "{answer}");
    answer["config"]["spec"].clone()
}

fn cluster() -> Cluster {
    Cluster {
        name: "prod-eu".to_owned(),
        endpoint: "https://0A1B.gr7.eu-west-1.eks.amazonaws.com".to_owned(),
        certificate_authority: "LS0tLS1CRUdJTg==".to_owned(),
        service_cidr: "172.20.0.0/16".to_owned(),
        outpost_id: None,
    }
}

pub(crate) fn node() -> Node {
    Node { cluster: Some(cluster()), ..Node::new(Family::AmazonLinux2023, Mode::SelfManaged) }
}

fn facts() -> Json {
    json!({
        "name": "prod-eu", "apiServerEndpoint": "https://0A1B.gr7.eu-west-1.eks.amazonaws.com",
        "certificateAuthority": "LS0tLS1CRUdJTg==", "cidr": "172.20.0.0/16",
    })
}

fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn minimal_node_has_four_facts() {
    assert_eq!(read(&node()), json!({ "cluster": facts() }));
    let managed = Node { mode: Mode::ManagedAmi, ..node() };
    assert_eq!(read(&managed), json!({ "cluster": facts() }));
}

#[test]
fn merged_userdata_needs_the_cluster_of_eks() {
    let node = Node {
        pre_bootstrap_scripts: vec!["#!/bin/bash\nmkdir -p /opt/tools\n".to_owned()],
        kubelet_config: json!({"shutdownGracePeriod": "30s", "imageGCHighThresholdPercent": 80}),
        ..Node::new(Family::AmazonLinux2023, Mode::Merge)
    };
    let rendered = render(&node).expect("a userdata");
    let document = rendered.parts.iter().find(|part| part.content_type.as_deref() == Some(NODE_CONFIG));
    let document = String::from_utf8(document.expect("a document").body.clone()).expect("text");
    let of_eks = yaml::print(&json!({
        "apiVersion": schema::API_VERSION, "kind": schema::KIND, "spec": {"cluster": facts()},
    }));
    let answers = ask(&[userdata(&rendered), json!({ "documents": [of_eks, document] })]);
    let kubelet = json!({"config": {"shutdownGracePeriod": "30s", "imageGCHighThresholdPercent": 80}});
    assert_eq!(answers[0]["config"]["spec"], json!({ "kubelet": kubelet }));
    assert_eq!(answers[0]["check"], "Name is missing in cluster configuration");
    assert_eq!(answers[1]["config"]["spec"], json!({ "cluster": facts(), "kubelet": kubelet }));
    assert_eq!((answers[1].get("check"), answers[1].get("error"), answers[1].get("released")), (None, None, None));
}

#[test]
fn ipv6_service_cidr_arrives_unchanged() {
    let ipv6 = Cluster { service_cidr: "fd30:1c53:5f8a::/108".to_owned(), ..cluster() };
    let spec = read(&Node { cluster: Some(ipv6), ..node() });
    assert_eq!(spec["cluster"]["cidr"], "fd30:1c53:5f8a::/108");
    assert_eq!(spec.get("kubelet"), None);
}

#[test]
fn gpu_node_behind_a_proxy() {
    let spec = read(&Node {
        ami_type: ami_types::find("AL2023_x86_64_NVIDIA"),
        kubernetes_version: Some((1, 34)),
        instance_store: Some(InstanceStore {
            strategy: DiskStrategy::Raid0,
            mount_path: None,
            disabled_mounts: Vec::new(),
        }),
        proxy: Some(Proxy {
            http: None,
            https: Some("http://10.9.0.5:3128".to_owned()),
            no_proxy: vec!["169.254.169.254".to_owned(), ".svc".to_owned()],
        }),
        node_labels: pairs(&[("workload", "train")]),
        node_taints: vec![Taint {
            key: "nvidia.com/gpu".to_owned(),
            value: "present".to_owned(),
            effect: Effect::NoSchedule,
        }],
        ..node()
    });
    let variables = json!({"HTTPS_PROXY": "http://10.9.0.5:3128", "NO_PROXY": "169.254.169.254,.svc"});
    let instance = json!({"localStorage": {"strategy": "RAID0"}, "environment": {"default": variables}});
    let kubelet = json!({
        "config": {"registerWithTaints": [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}]},
        "flags": ["--node-labels=nvidia.com/gpu.present=true,workload=train"],
    });
    assert_eq!(spec, json!({ "cluster": facts(), "instance": instance, "kubelet": kubelet }));
}

#[test]
fn hostile_texts_stay_texts() {
    let variables =
        [("NO", "x"), ("y", "1"), ("Q", "a \"b\" c"), ("P", "50% # not: a comment"), ("T", "it's"), ("B", "C:\\tmp")];
    let labels = [("a.b/flag", "true"), ("ver", "1.0"), ("hex", "0x1F"), ("exp", "1e3"), ("yes", "no"), ("empty", "")];
    let spec = read(&Node {
        cluster: Some(Cluster { name: "on".to_owned(), ..cluster() }),
        node_labels: pairs(&labels),
        environment: [("default".to_owned(), pairs(&variables))].into(),
        ..node()
    });
    assert_eq!(spec["cluster"]["name"], "on");
    assert_eq!(spec["instance"]["environment"], json!({ "default": pairs(&variables) }));
    let flag = "--node-labels=a.b/flag=true,empty=,exp=1e3,hex=0x1F,ver=1.0,yes=no";
    assert_eq!(spec["kubelet"]["flags"], json!([flag]));
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[A-Za-z0-9]([-A-Za-z0-9_.]{0,20}[A-Za-z0-9])?",
        1 => select(vec!["y", "no", "ON", "null", "0x1f", "1e3", "0", "true", "1_0"]).prop_map(str::to_owned),
    ]
}

fn key() -> impl Strategy<Value = String> {
    (of("[a-z0-9]{1,8}(\\.[a-z0-9]{1,8}){0,2}"), name())
        .prop_map(|(prefix, name)| prefix.map_or_else(|| name.clone(), |prefix| format!("{prefix}/{name}")))
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), name()]
}

/// Texts without control characters, with all that YAML has a meaning for.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,20}",
        "[ -~]{0,40}",
        "[\u{80}-\u{2fff}\u{fe00}-\u{ffff}]{0,8}",
        select(vec![
            "~", "- a", "a: b", "#", " a ", "%", "@", "`", "*a", "&a", "!a", "|", ">", "{}", "[", "'", "\\", "$A",
            "yes"
        ])
        .prop_map(str::to_owned),
    ]
}

fn lines() -> impl Strategy<Value = String> {
    prop_oneof!["#!/bin/sh\n[ -~\n\t]{0,60}", any::<String>().prop_map(|text| format!("#!/bin/sh\n{text}"))]
}

/// Flags of the kubelet with any value.
fn flag() -> impl Strategy<Value = String> {
    let names: Vec<_> =
        FLAGS.iter().filter(|(_, since, until)| (*since, *until) == (23, 37)).map(|(name, ..)| *name).collect();
    (select(names), "(=[!#-&(-\\[\\]-~]{0,16})?").prop_map(|(name, value)| format!("--{name}{value}"))
}

fn effect() -> impl Strategy<Value = Effect> {
    select(vec![Effect::NoSchedule, Effect::PreferNoSchedule, Effect::NoExecute])
}

/// Members of a KubeletConfiguration of every kind.
fn kubelet() -> impl Strategy<Value = Json> {
    let members = (
        of(0..i32::MAX),
        of(any::<i64>()),
        of(any::<bool>()),
        of(text()),
        of(btree_map(
            select(vec!["memory.available", "nodefs.available"]),
            "[1-9][0-9]?%|[1-9][0-9]{0,3}(Mi|Gi)?",
            0..3,
        )),
        of(vec("net\\.[a-z]{1,5}", 0..3)),
        of(btree_map(name(), any::<bool>(), 0..3)),
    );
    members.prop_map(|(int32, int64, bool, text, map, list, gates)| {
        let mut config = json!({
            "eventBurst": int32, "podPidsLimit": int64, "failSwapOn": bool, "clusterDomain": text, "evictionHard": map,
            "allowedUnsafeSysctls": list, "featureGates": gates, "shutdownGracePeriod": "1h2.5s",
            "logging": {"verbosity": 3}, "reservedMemory": [{"numaNode": 0, "limits": {"memory": "1Gi"}}],
        });
        if let Json::Object(members) = &mut config {
            members.retain(|_, value| !value.is_null());
        }
        config
    })
}

fn nodes() -> impl Strategy<Value = Node> {
    let of_kubelet =
        (btree_map(key(), value(), 0..6), vec((key(), value(), effect()), 0..5), of(1..1000_u32), kubelet());
    let of_instance = (
        btree_map("[a-z][a-z0-9@.-]{0,10}", btree_map("[A-Za-z_][A-Za-z0-9_]{0,8}", text(), 0..4), 0..3),
        vec(lines(), 0..3),
        vec(flag(), 0..4),
        of(
            "[a-z]{1,5} = [0-9]{1,3}\n(# [ -~]{0,20}\n)?\n\\[[a-z]{1,5}\\.'[ -&(-~]{1,8}'\\]\n  [a-z]{1,4} = '[ -&(-~]{0,9}'\n",
        ),
        subsequence(vec!["FastImagePull".to_owned(), "InstanceIdNodeName".to_owned()], 0..=2),
        any::<bool>(),
    );
    (of_kubelet, of_instance).prop_map(
        |(
            (labels, taints, max_pods, kubelet_config),
            (environment, scripts, flags, containerd_config, gates, is_on),
        )| Node {
            node_labels: labels,
            node_taints: taints.into_iter().map(|(key, value, effect)| Taint { key, value, effect }).collect(),
            max_pods,
            kubelet_config,
            kubelet_flags: flags,
            containerd_config,
            environment,
            feature_gates: gates.into_iter().map(|gate| (gate, is_on)).collect(),
            pre_bootstrap_scripts: scripts,
            ..node()
        },
    )
}

/// The first cases that a strategy gives and a condition takes; the same ones in every run.
fn generated<S: Strategy>(strategy: &S, count: usize, is_taken: impl Fn(&S::Value) -> bool) -> Vec<S::Value> {
    let mut runner = TestRunner::deterministic();
    let all = std::iter::repeat_with(move || strategy.new_tree(&mut runner).expect("a case").current());
    let taken: Vec<_> = all.take(count * 20).filter(is_taken).take(count).collect();
    assert_eq!(taken.len(), count, "too few cases are valid");
    taken
}

fn is_accepted(node: &Node) -> bool {
    !check(node).iter().any(render::node::Finding::is_error) && render(node).is_ok()
}

/// What the node should read, straight from the inputs.
fn expected(node: &Node) -> Json {
    let mut config = node.kubelet_config.as_object().cloned().unwrap_or_default();
    if let Some(max_pods) = node.max_pods {
        config.insert("maxPods".to_owned(), json!(max_pods));
    }
    if !node.node_taints.is_empty() {
        let taint = |taint: &Taint| match taint.value.as_str() {
            "" => json!({"key": taint.key, "effect": taint.effect.name()}),
            value => json!({"key": taint.key, "value": value, "effect": taint.effect.name()}),
        };
        config.insert("registerWithTaints".to_owned(), node.node_taints.iter().map(taint).collect());
    }
    let labels: Vec<_> = node.node_labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let labels = (!labels.is_empty()).then(|| format!("--node-labels={}", labels.join(",")));
    let flags: Vec<_> = labels.into_iter().chain(node.kubelet_flags.iter().cloned()).collect();
    let environment: BTreeMap<_, _> = node.environment.iter().filter(|(_, variables)| !variables.is_empty()).collect();
    let mut spec = json!({
        "cluster": facts(),
        "kubelet": {"config": config, "flags": flags},
        "containerd": {"config": node.containerd_config},
        "instance": {"environment": environment},
        "featureGates": node.feature_gates,
    });
    prune(&mut spec, 2);
    spec
}

/// Leaves out fields without a value in the first levels, as nodeadm prints.
fn prune(value: &mut Json, levels: usize) {
    if let (Json::Object(members), true) = (value, levels > 0) {
        members.values_mut().for_each(|value| prune(value, levels - 1));
        members.retain(|_, value| !matches!(value, Json::Null) && value != &json!({}) && value != &json!([]));
    }
}

#[test]
fn valid_configuration_is_read_unchanged() {
    let nodes = generated(&nodes(), CASES, is_accepted);
    let rendered: Vec<_> = nodes.iter().map(|node| render(node).expect("accepted")).collect();
    let answers = ask(&rendered.iter().map(userdata).collect::<Vec<_>>());
    for ((node, rendered), answer) in nodes.iter().zip(&rendered).zip(&answers) {
        let shown = String::from_utf8_lossy(&rendered.bytes);
        assert_eq!((answer.get("error"), answer.get("released"), answer.get("check")), (None, None, None), "{shown}");
        assert_eq!(answer["config"]["spec"], expected(node), "{shown}");
        let scripts: Vec<_> = rendered.parts.iter().take(node.pre_bootstrap_scripts.len()).collect();
        assert!(scripts.iter().zip(&node.pre_bootstrap_scripts).all(|(part, script)| part.body == script.as_bytes()));
    }
    let with = |is: fn(&Node) -> bool| nodes.iter().filter(|node| is(node)).count();
    let reached = [
        with(|node| node.node_labels.len() > 1),
        with(|node| node.node_taints.len() > 1),
        with(|node| !node.environment.is_empty()),
        with(|node| !node.kubelet_flags.is_empty()),
        with(|node| node.containerd_config.is_some()),
    ];
    assert!(reached.iter().all(|count| *count > CASES / 10), "{reached:?}");
}

/// Everything that a text can be, in every kind of collection.
#[test]
fn every_text_of_yaml_is_read_as_given() {
    let texts = vec(prop_oneof![text(), any::<String>(), "[ -~\n]{0,30}"], 1..6);
    let cases = generated(&(texts, btree_map(any::<String>(), text(), 0..4)), CASES, |_| true);
    let document = |(list, map): &(Vec<String>, BTreeMap<String, String>)| {
        json!({
            "apiVersion": schema::API_VERSION, "kind": schema::KIND,
            "spec": {"containerd": {"baseRuntimeSpec": {"list": list, "map": map, "nested": [list, [map]]}}},
        })
    };
    let documents: Vec<_> = cases.iter().map(document).collect();
    let requests: Vec<_> = documents.iter().map(|tree| json!({ "documents": [yaml::print(tree)] })).collect();
    for (document, answer) in documents.iter().zip(ask(&requests)) {
        assert_eq!(answer["config"], *document, "{answer}\n{}", yaml::print(document));
    }
}

/// Part of a spec, with each kind of field.
fn specs() -> impl Strategy<Value = Json> {
    let short = || of(select(vec!["", "a", "b"]));
    let list = || of(vec(select(vec!["10.0.0.1", "10.0.0.2"]), 0..3));
    let config = || {
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::from),
            (-9..9_i64).prop_map(Json::from),
            select(vec!["", "x"]).prop_map(Json::from),
        ];
        let tree = leaf.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                vec(inner.clone(), 0..3).prop_map(Json::from),
                btree_map(select(vec!["a", "b", "c"]), inner, 0..3)
                    .prop_map(|members| { members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect() }),
            ]
        });
        of(btree_map(select(vec!["k", "l", "m"]), tree, 0..3))
    };
    let toml = select(vec![
        "",
        "a = 1\n",
        "a = 'b'\n[t]\nx = 1\n",
        "[t]\nx = [1, 2]\ny = false\n",
        "[t.u]\nz = ''\n",
        "t = { x = 0 }\n",
        "[a]\nb = 1\n",
    ]);
    let environment = of(btree_map(
        select(vec!["default", "kubelet"]),
        btree_map(select(vec!["A", "B"]), select(vec!["", "1", "2"]), 0..3),
        0..3,
    ));
    let gates = of(btree_map(select(vec!["FastImagePull", "InstanceIdNodeName"]), any::<bool>(), 0..3));
    let flags = of(vec(select(vec!["--v=1", "--v=2", "--node-labels=a=b"]), 0..3));
    let first = (short(), short(), of(any::<bool>()), of(select(vec!["", "QQ==", "QUI="])), of(toml), config());
    let second = (list(), list(), environment, gates, flags, config(), of(select(vec!["", "RAID0", "Mount"])));
    (first, second).prop_map(
        |(
            (name, id, outpost, authority, toml, runtime),
            (names, mounts, environment, gates, flags, config, strategy),
        )| {
            let mounts = mounts.map(|mounts| mounts.iter().map(|_| "SOCI").collect::<Vec<_>>());
            json!({
                "cluster": {"name": name, "id": id, "enableOutpost": outpost, "certificateAuthority": authority},
                "containerd": {"config": toml, "baseRuntimeSpec": runtime},
                "featureGates": gates,
                "instance": {
                    "environment": environment,
                    "localStorage": {"strategy": strategy, "disabledMounts": mounts},
                    "network": {"nameservers": names},
                },
                "kubelet": {"flags": flags, "config": config},
            })
        },
    )
}

#[test]
fn documents_are_merged_as_nodeadm_does() {
    let pairs = generated(&vec(specs(), 2..4), CASES, |_| true);
    let wrapped = |spec: &Json| json!({ "apiVersion": schema::API_VERSION, "kind": schema::KIND, "spec": spec });
    let sets: Vec<Vec<Json>> = pairs.iter().map(|specs| specs.iter().map(wrapped).collect()).collect();
    let request = |documents: &Vec<Json>| json!({ "documents": documents.iter().map(yaml::print).collect::<Vec<_>>() });
    for (documents, mut answer) in sets.iter().zip(ask(&sets.iter().map(request).collect::<Vec<_>>())) {
        let mut ours = merge(documents, Family::AmazonLinux2023);
        for merged in [&mut ours, &mut answer["config"]] {
            if let Some(text) = merged.pointer_mut("/spec/containerd/config") {
                *text = tree_of(text.as_str().expect("TOML"));
            }
        }
        assert_eq!(answer.get("error"), None, "{documents:?}");
        assert_eq!(answer.get("released"), None, "{documents:?}");
        prune(&mut answer["config"], 3);
        assert_eq!(ours, answer["config"], "{documents:?}");
    }
}

/// The values of TOML without its form.
fn tree_of(text: &str) -> Json {
    fn of_item(item: &toml_edit::Item) -> Json {
        if let Some(table) = item.as_table_like() {
            return table.iter().map(|(key, item)| (key.to_owned(), of_item(item))).collect();
        }
        item.as_value().map_or(Json::Null, |value| json!(value.to_string().trim().replace('"', "'")))
    }
    of_item(text.parse::<toml_edit::DocumentMut>().expect("TOML").as_item())
}

/// The path of every field of a KubeletConfiguration, with the name that its type has in Go.
fn fields(path: &str, kind: Kind, found: &mut BTreeMap<String, &'static str>) {
    let name = match kind {
        Kind::Bool => "bool",
        Kind::Int32 => "int32",
        Kind::Uint32 => "uint32",
        Kind::Int64 => "int64",
        Kind::Uint64 => "uint64",
        Kind::Any => "any",
        Kind::Fraction => "float64",
        Kind::Text => "string",
        Kind::Duration => "Duration",
        Kind::DurationOrNanoseconds => "TimeOrMetaDuration",
        Kind::Quantity => "Quantity",
        Kind::Time => "Time",
        Kind::List(element) => {
            fields(&format!("{path}[]"), *element, found);
            "list"
        }
        Kind::Map(element) => {
            fields(&format!("{path}.*"), *element, found);
            "map"
        }
        Kind::Object(members) => {
            for (name, kind, ..) in members {
                let dot = if path.is_empty() { "" } else { "." };
                fields(&format!("{path}{dot}{name}"), *kind, found);
            }
            "object"
        }
    };
    found.insert(path.to_owned(), name);
}

#[test]
fn kubelet_has_the_fields_of_the_table() {
    let answer = ask(&[json!({"fields": true})]).remove(0);
    let real: BTreeMap<String, String> = serde_json::from_value(answer["fields"].clone()).expect("paths and types");
    let mut ours = BTreeMap::new();
    fields("", Kind::Object(MEMBERS), &mut ours);
    let ours: BTreeMap<_, _> = ours.into_iter().map(|(path, name)| (path, name.to_owned())).collect();
    let real: BTreeMap<_, _> =
        real.into_iter().map(|(path, name)| (path, name.replace("QuantityValue", "Quantity"))).collect();
    assert_eq!(ours, real);
}

#[test]
fn kubelet_takes_what_is_accepted_and_refuses_what_is_not() {
    let cases = [
        json!({"maxPods": 5, "shutdownGracePeriod": "1h2.5s", "podPidsLimit": -1}),
        json!({"reservedMemory": [{"numaNode": 0, "limits": {"memory": "1.5Gi", "cpu": 2}}]}),
        json!({"logging": {"flushFrequency": "5s", "options": {"json": {"infoBufferSize": "12Ki"}}, "verbosity": 0}}),
        json!({"logging": {"flushFrequency": 5_000_000_000_i64}}),
        json!({"registerWithTaints": [{"key": "a", "effect": "NoSchedule", "timeAdded": "2026-01-31T12:00:00Z"}]}),
        json!({"memoryThrottlingFactor": 0.8, "clusterDNS": null, "evictionHard": null}),
        json!({"maxPods": "5"}),
        json!({"maxPods": 1.5}),
        json!({"maxPods": 2_147_483_648_i64}),
        json!({"maxpods": 5}),
        json!({"shutdownGracePeriod": 30}),
        json!({"shutdownGracePeriod": "30"}),
        json!({"shutdownGracePeriod": "1d"}),
        json!({"logging": {"verbosity": -1}}),
        json!({"clusterDNS": "10.0.0.10"}),
        json!({"evictionHard": {"memory.available": 100}}),
        json!({"featureGates": {"A": "true"}}),
        json!({"reservedMemory": [{"limits": {"memory": "1GB"}}]}),
        json!({"registerWithTaints": [{"key": "a", "effects": "NoSchedule"}]}),
    ];
    let answers = ask(&cases.iter().map(|case| json!({ "kubelet": case })).collect::<Vec<_>>());
    for (case, answer) in cases.iter().zip(answers) {
        let mut found = Vec::new();
        kubelet_config::check(case.as_object().expect("an object"), None, &Place::whole(), &mut found);
        assert_eq!(found.is_empty(), answer.get("error").is_none(), "{case}: {found:?} {answer}");
    }
}

#[test]
fn expressions_compile() {
    let cases = [
        ("max_pods - 1", true),
        ("(default_enis - 1) * (ips_per_eni - 1) + 2", true),
        ("max_pods > 110 ? 110 : max_pods", true),
        ("int(double(max_pods) * 0.5)", true),
        ("maxPods", false),
        ("min(max_pods, 110)", false),
        ("(max_pods", false),
        ("max_pods)", false),
    ];
    let answers = ask(&cases.map(|(expression, _)| json!({ "expression": expression })));
    for ((expression, is_right), answer) in cases.into_iter().zip(answers) {
        let node = Node { max_pods_expression: Some(expression.to_owned()), ..node() };
        assert_eq!(render(&node).is_ok(), is_right, "{expression}");
        assert_eq!(answer.get("error").is_none(), is_right, "{expression}: {answer}");
    }
}

#[test]
fn name_resolution_arrives() {
    let dns = Dns {
        cluster_ips: vec!["10.0.0.10".to_owned()],
        nameservers: vec!["10.0.0.2".to_owned()],
        domains: vec!["corp.example".to_owned()],
    };
    let spec = read(&Node { dns, ..node() });
    assert_eq!(spec["kubelet"]["config"]["clusterDNS"], json!(["10.0.0.10"]));
    assert_eq!(spec["instance"]["network"], json!({"nameservers": ["10.0.0.2"], "domains": ["corp.example"]}));
}
