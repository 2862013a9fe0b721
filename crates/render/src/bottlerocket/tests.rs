use proptest::prelude::{Strategy, prop_assert_eq, proptest};
use rstest::rstest;
use serde_json::json;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::ami_types;
use crate::node::{Cluster, DiskStrategy, Dns, Effect, Family, InstanceStore, Proxy, Taint, check};

fn cluster() -> Cluster {
    Cluster {
        name: "prod-eu".to_owned(),
        endpoint: "https://0A1B.gr7.eu-west-1.eks.amazonaws.com".to_owned(),
        certificate_authority: "LS0tLS1CRUdJTg==".to_owned(),
        service_cidr: "172.20.0.0/16".to_owned(),
        outpost_id: None,
    }
}

fn own() -> Node {
    Node { cluster: Some(cluster()), ..Node::new(Family::Bottlerocket, Mode::SelfManaged) }
}

fn merge() -> Node {
    Node::new(Family::Bottlerocket, Mode::Merge)
}

fn settings(settings: Json) -> Node {
    Node { bottlerocket_settings: settings, ..own() }
}

fn kubelet(config: Json) -> Node {
    Node { kubelet_config: config, ..own() }
}

fn nvidia(plugin: Json) -> Node {
    let settings = json!({ "kubelet-device-plugins": { "nvidia": plugin } });
    Node { bottlerocket_settings: settings, ami_type: ami_types::find("BOTTLEROCKET_x86_64_NVIDIA"), ..own() }
}

fn text(node: &Node) -> String {
    let rendered = render(node).unwrap_or_else(|found| panic!("{found:?}"));
    String::from_utf8(rendered.bytes).unwrap()
}

/// The settings as this crate's TOML parser reads them.
fn read(node: &Node) -> Json {
    Json::Object(document::read(&text(node)).unwrap())
}

/// The errors as `place: text`.
fn errors(node: &Node) -> Vec<String> {
    let found = render(node).expect_err("an error");
    found.iter().filter(|found| found.is_error()).map(|found| format!("{}: {}", found.place, found.text)).collect()
}

fn warnings(node: &Node) -> Vec<String> {
    let rendered = render(node).unwrap_or_else(|found| panic!("{found:?}"));
    rendered.warnings.iter().map(|found| format!("{}: {}", found.place, found.text)).collect()
}

#[track_caller]
fn assert_error(node: &Node, place: &str, part: &str) {
    let errors = errors(node);
    let [error] = errors.as_slice() else { panic!("one error: {errors:#?}") };
    assert!(error.starts_with(&format!("{place}: ")), "{error}");
    assert!(error.contains(part), "{error}");
}

fn taint(key: &str, value: &str, effect: Effect) -> Taint {
    Taint { key: key.to_owned(), value: value.to_owned(), effect }
}

fn labels(labels: &[(&str, &str)]) -> std::collections::BTreeMap<String, String> {
    labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// The reference's golden case G4.
#[test]
fn self_managed_node_renders_labels_and_taints() {
    let node = Node {
        node_labels: labels(&[("example.com/tier", "1.0"), ("a.b", "true")]),
        node_taints: vec![
            taint("dedicated", "gpu", Effect::NoSchedule),
            taint("bare", "", Effect::NoSchedule),
            taint("dedicated", "gpu", Effect::NoExecute),
        ],
        bottlerocket_settings: json!({ "host-containers": { "admin": { "enabled": true } } }),
        dns: Dns { cluster_ips: vec!["172.20.0.10".to_owned()], ..Dns::default() },
        ..own()
    };
    assert_eq!(check(&node), []);
    let expected = r#"[settings.host-containers.admin]
enabled = true

[settings.kubernetes]
api-server = "https://0A1B.gr7.eu-west-1.eks.amazonaws.com"
cluster-certificate = "LS0tLS1CRUdJTg=="
cluster-dns-ip = "172.20.0.10"
cluster-name = "prod-eu"

[settings.kubernetes.node-labels]
"a.b" = "true"
"example.com/tier" = "1.0"

[settings.kubernetes.node-taints]
bare = [":NoSchedule"]
dedicated = ["gpu:NoSchedule", "gpu:NoExecute"]
"#;
    assert_eq!(text(&node), expected);
    let rendered = render(&node).unwrap();
    assert_eq!(rendered.content_type, "application/toml");
    assert_eq!(rendered.parts.len(), 1);
    assert_eq!(rendered.parts[0].body, rendered.bytes);
}

#[test]
fn managed_custom_ami_renders_like_self_managed_node() {
    let managed = Node { mode: Mode::ManagedAmi, ..own() };
    assert_eq!(text(&managed), text(&own()));
}

#[test]
fn the_dns_address_follows_the_service_cidr_unless_it_is_said() {
    let address = |node: &Node| read(node)["kubernetes"]["cluster-dns-ip"].clone();
    assert_eq!(address(&own()), json!("172.20.0.10"));
    let ipv6 = Cluster { service_cidr: "fd30:1c53:5f8a::/108".to_owned(), ..cluster() };
    assert_eq!(address(&Node { cluster: Some(ipv6), ..own() }), json!("fd30:1c53:5f8a::a"));
    let two = Dns { cluster_ips: vec!["10.0.0.1".to_owned(), "10.0.0.2".to_owned()], ..Dns::default() };
    assert_eq!(address(&Node { dns: two, ..own() }), json!(["10.0.0.1", "10.0.0.2"]));
    assert_eq!(address(&settings(json!({ "kubernetes": { "cluster-dns-ip": "10.9.0.1" } }))), json!("10.9.0.1"));
    assert_eq!(address(&settings(json!("[settings.kubernetes]\ncluster-dns-ip = '10.9.0.1'"))), json!("10.9.0.1"));
    assert_eq!(address(&kubelet(json!({ "clusterDNS": ["10.8.0.1"] }))), json!(["10.8.0.1"]));
}

#[test]
fn merge_omits_cluster_settings() {
    let rendered = render(&merge()).unwrap();
    assert_eq!((rendered.bytes.as_slice(), rendered.content_type), (b"".as_slice(), ""));
    let node =
        Node { max_pods: Some(58), dns: Dns { cluster_ips: vec!["10.0.0.1".to_owned()], ..Dns::default() }, ..merge() };
    assert_eq!(text(&node), "[settings.kubernetes]\ncluster-dns-ip = \"10.0.0.1\"\nmax-pods = 58\n");
}

#[rstest]
#[case::name(json!({ "kubernetes": { "cluster-name": "a" } }), r#"["kubernetes"]["cluster-name"]"#, "EKS sets")]
#[case::server(json!({ "kubernetes": { "api-server": "https://a" } }), r#"["kubernetes"]["api-server"]"#, "EKS sets")]
#[case::authority(
    json!({ "kubernetes": { "cluster-certificate": "YQ==" } }), r#"["kubernetes"]["cluster-certificate"]"#, "EKS sets"
)]
#[case::labels(json!({ "kubernetes": { "node-labels": { "a": "b" } } }), r#"["kubernetes"]["node-labels"]"#, "labels of the")]
#[case::taints(
    json!({ "kubernetes": { "node-taints": { "a": [":NoSchedule"] } } }), r#"["kubernetes"]["node-taints"]"#, "taint blocks"
)]
#[case::double_quote(json!({ "motd": "say \"hi\"" }), r#"["motd"]"#, "has a quote")]
#[case::single_quote(json!({ "motd": "it's" }), r#"["motd"]"#, "has a quote")]
#[case::backslash(json!({ "motd": "a\\b" }), r#"["motd"]"#, "has a quote")]
#[case::line(json!({ "motd": "a\nb" }), r#"["motd"]"#, "has a quote")]
#[case::mixed(
    json!({ "network": { "hosts": [["10.0.0.1", ["a.example.com"]]] } }), r#"["network"]["hosts"]"#, "different types"
)]
#[case::numbers(json!({ "measurement": { "a": [1, 1.5] } }), r#"["measurement"]["a"]"#, "different types")]
#[case::header(json!({ "measurement": { "a.b": { "c": 1 } } }), r#"["measurement"]["a.b"]["c"]"#, "name requires quotes")]
fn merge_rejects_unsupported_values(#[case] given: Json, #[case] place: &str, #[case] part: &str) {
    let node = Node { bottlerocket_settings: given, ..merge() };
    assert_error(&node, &format!("bottlerocket_settings{place}"), part);
}

#[test]
fn merge_output_has_no_quoted_table_headers() {
    let given = json!({
        "container-registry": { "mirrors": [{ "registry": "docker.io", "endpoint": ["https://mirror.example.com"] }] },
        "kernel": { "sysctl": { "vm.max_map_count": "262144" } },
        "bootstrap-commands": { "a": { "commands": [["apiclient", "set", "motd=hi"]], "mode": "once" } },
        "kubernetes": { "eviction-hard": { "memory.available": "10%" } },
    });
    let text = text(&Node { bottlerocket_settings: given.clone(), ..merge() });
    assert!(text.lines().filter(|line| line.starts_with('[')).all(|line| !line.contains(['"', '\''])), "{text}");
    assert_eq!(Json::Object(document::read(&text).unwrap()), given);
}

#[test]
fn everything_has_its_settings() {
    let node = Node {
        max_pods: Some(110),
        dns: Dns {
            cluster_ips: Vec::new(),
            nameservers: vec!["10.0.0.2".to_owned()],
            domains: vec!["example.com".to_owned()],
        },
        proxy: Some(Proxy {
            http: None,
            https: Some("http://10.9.0.5:3128".to_owned()),
            no_proxy: vec![".svc".to_owned(), "10.0.0.0/8".to_owned()],
        }),
        instance_store: Some(InstanceStore {
            strategy: DiskStrategy::Raid0,
            mount_path: None,
            disabled_mounts: vec!["PodLogs".to_owned(), "SOCI".to_owned()],
        }),
        ..own()
    };
    let settings = read(&node);
    assert_eq!(settings["kubernetes"]["max-pods"], json!(110));
    assert_eq!(settings["dns"], json!({ "name-servers": ["10.0.0.2"], "search-list": ["example.com"] }));
    assert_eq!(
        settings["network"],
        json!({ "https-proxy": "http://10.9.0.5:3128", "no-proxy": [".svc", "10.0.0.0/8"] })
    );
    let bind = ["apiclient", "ephemeral-storage", "bind", "--dirs", "/var/lib/containerd", "/var/lib/kubelet"];
    let command = json!({
        "commands": [["apiclient", "ephemeral-storage", "init"], bind], "essential": true, "mode": "always"
    });
    assert_eq!(settings["bootstrap-commands"], json!({ "000-instance-store": command }));
}

#[test]
fn object_and_toml_document_render_identically() {
    let object = json!({
        "motd": "a\nb \"c\" it's \\ é",
        "kubernetes": { "node-labels": { "example.com/a": "1.0" }, "log-level": 3, "seccomp-default": true },
        "network": { "hosts": [["10.0.0.1", ["a.example.com", "b"]]] },
        "ntp": { "time-servers": ["169.254.169.123", "2001:db8::1"] },
        "host-containers": { "mine": { "enabled": true, "source": "registry.example.com:5000/a@sha256:0", "superpowered": false } },
        "container-registry": { "mirrors": [
            { "registry": "docker.io", "endpoint": ["https://a.example.com", "https://b.example.com"] },
            { "registry": "*", "endpoint": ["https://c.example.com"] },
        ] },
    });
    let from_object = text(&settings(object));
    let is_fact = |line: &&str| FACTS.iter().any(|(name, _)| line.starts_with(name));
    let own: Vec<_> = from_object.lines().filter(|line| !is_fact(line)).collect();
    let below = own.join("\n").replace("\n\n", "\r\n# a comment\r\n\r\n");
    assert_eq!(text(&settings(json!(below))), from_object);
}

#[test]
fn null_values_and_empty_objects_are_omitted() {
    let node = settings(json!({ "motd": null, "host-containers": { "admin": { "enabled": null } }, "kernel": {} }));
    assert_eq!(text(&node), text(&own()));
}

#[rstest]
#[case::at_the_top("motd = 'a'", r#""motd" at its top"#)]
#[case::no_toml("[settings.kubernetes]\n\n[settings.kubernetes]\n", "on line 3")]
#[case::extended("[settings]\nkernel.lockdown = 'none'\n[settings.kernel]\n", "This is not valid TOML")]
#[case::time("[settings]\nmotd = 2026-01-01\n", "is a date or time")]
#[case::no_table("settings = 1", "must be a table")]
#[case::markup("MIME-Version: 1.0\n", "This is not valid TOML")]
fn invalid_toml_documents_are_rejected(#[case] document: &str, #[case] part: &str) {
    assert_error(&settings(json!(document)), "bottlerocket_settings", part);
}

#[rstest]
#[case::section(json!({ "kubernets": { "max-pods": 1 } }), r#"["kubernets"]"#, r#"Did you mean "kubernetes"?"#)]
#[case::camel_case(json!({ "kubernetes": { "maxPods": 1 } }), r#"["kubernetes"]["maxPods"]"#, r#"Did you mean "max-pods"?"#)]
#[case::container(
    json!({ "host-containers": { "admin": { "enable": true } } }), r#"["host-containers"]["admin"]["enable"]"#, "\"enabled\"?"
)]
#[case::signal(
    json!({ "kubernetes": { "eviction-hard": { "containerfs.available": "5%" } } }),
    r#"["kubernetes"]["eviction-hard"]["containerfs.available"]"#, "not a Bottlerocket eviction signal"
)]
#[case::settings(json!({ "settings": { "motd": "a" } }), r#"["settings"]"#, "members of settings")]
fn unknown_settings_are_rejected_with_closest_match(#[case] given: Json, #[case] place: &str, #[case] part: &str) {
    assert_error(&settings(given), &format!("bottlerocket_settings{place}"), part);
}

#[rstest]
#[case::text_for_number(json!({ "max-pods": "110" }), "max-pods", "an integer of at least 0")]
#[case::fraction(json!({ "max-pods": 1.5 }), "max-pods", "an integer")]
#[case::negative(json!({ "max-pods": -1 }), "max-pods", "an integer")]
#[case::too_large(json!({ "registry-qps": 2_147_483_648_i64 }), "registry-qps", "an integer")]
#[case::flag(json!({ "seccomp-default": "true" }), "seccomp-default", "true or false")]
#[case::choice(json!({ "topology-manager-policy": "best" }), "topology-manager-policy", "\"best-effort\" or \"single-numa-node\"")]
#[case::duration(json!({ "shutdown-grace-period": "30" }), "shutdown-grace-period", "a duration")]
#[case::order(json!({ "shutdown-grace-period": "1s2m" }), "shutdown-grace-period", "a duration")]
#[case::quantity(json!({ "container-log-max-size": "10mb" }), "container-log-max-size", "a quantity")]
#[case::percent(json!({ "image-gc-high-threshold-percent": 101 }), "image-gc-high-threshold-percent", "between 0 and 100")]
#[case::address(json!({ "cluster-dns-ip": "10.0.0" }), "cluster-dns-ip", "an IP address")]
#[case::cpus(json!({ "reserved-cpus": "1-" }), "reserved-cpus", "a list of CPUs")]
#[case::domain(json!({ "cluster-domain": "10.0.0.1" }), "cluster-domain", "a DNS name")]
#[case::host(json!({ "hostname-override": "A" }), "hostname-override", "a host name")]
#[case::line(json!({ "allowed-unsafe-sysctls": ["a\u{2028}b"] }), "allowed-unsafe-sysctls\"][0", "single-line")]
#[case::level(json!({ "log-level": 256 }), "log-level", "between 0 and 255")]
#[case::list(json!({ "credential-providers": [] }), "credential-providers", "an object")]
#[case::numa(
    json!({ "topology-manager-policy-options": { "max-allowable-numa-nodes": 4 } }),
    "topology-manager-policy-options\"][\"max-allowable-numa-nodes", "at least 8"
)]
fn invalid_kubernetes_setting_values_are_rejected(#[case] given: Json, #[case] place: &str, #[case] part: &str) {
    let place = format!(r#"bottlerocket_settings["kubernetes"]["{place}"]"#);
    let place = place.replace("[0\"]", "[0]");
    assert_error(&settings(json!({ "kubernetes": given })), &place, part);
}

#[rstest]
#[case::empty(json!({ "a": [] }), r#"["a"]"#, "At least one element")]
#[case::effect(json!({ "a": ["b:Never"] }), r#"["a"][0]"#, "NoExecute")]
#[case::no_effect(json!({ "a": ["b"] }), r#"["a"][0]"#, "NoExecute")]
#[case::key(json!({ "-a": [":NoSchedule"] }), r#"["-a"]"#, "a label key")]
fn taints_among_the_settings_are_checked(#[case] given: Json, #[case] place: &str, #[case] part: &str) {
    let place = format!(r#"bottlerocket_settings["kubernetes"]["node-taints"]{place}"#);
    assert_error(&settings(json!({ "kubernetes": { "node-taints": given } })), &place, part);
}

#[test]
fn taint_accepts_string_value() {
    let node = settings(json!({ "kubernetes": { "node-taints": { "a": "b:NoSchedule" } } }));
    assert_eq!(read(&node)["kubernetes"]["node-taints"], json!({ "a": "b:NoSchedule" }));
}

#[test]
fn labels_among_the_settings_have_the_rules_of_node_labels() {
    let node = settings(json!({ "kubernetes": { "node-labels": { "node-role.kubernetes.io/worker": "" } } }));
    let place = r#"bottlerocket_settings["kubernetes"]["node-labels"]["node-role.kubernetes.io/worker"]"#;
    assert_error(&node, place, "does not start");
    let text = json!("[settings.kubernetes.node-labels]\n'node-role.kubernetes.io/worker' = ''\n");
    assert_error(&settings(text), "bottlerocket_settings", "does not start");
}

#[test]
fn a_setting_said_twice_needs_one_value() {
    let said = json!({ "kubernetes": { "max-pods": 20, "node-labels": { "a": "1", "b": "2" } } });
    let node = Node { max_pods: Some(20), node_labels: labels(&[("a", "1")]), ..settings(said) };
    assert_eq!(read(&node)["kubernetes"]["node-labels"], json!({ "a": "1", "b": "2" }));
    let other = Node { max_pods: Some(21), ..node.clone() };
    assert_error(&other, r#"bottlerocket_settings["kubernetes"]["max-pods"]"#, "another value in max_pods.");
    let other = Node { node_labels: labels(&[("a", "2")]), ..node };
    assert_error(&other, r#"bottlerocket_settings["kubernetes"]["node-labels"]["a"]"#, r#"in node_labels["a"]."#);
    let kubelet = Node { max_pods: Some(9), ..kubelet(json!({ "maxPods": 10 })) };
    assert_error(&kubelet, r#"kubelet_config["maxPods"]"#, "in max_pods.");
}

#[rstest]
#[case("cluster-name", "prod-eu", "Set settings.kubernetes.cluster-name with the argument cluster_name")]
#[case("api-server", "https://a", "the argument cluster_endpoint")]
#[case("cluster-certificate", "YQ==", "the argument cluster_ca_certificate")]
fn the_cluster_is_said_by_its_inputs_alone(#[case] name: &str, #[case] value: &str, #[case] part: &str) {
    let object = json!({ "kubernetes": { name: value } });
    assert_error(&settings(object), &format!(r#"bottlerocket_settings["kubernetes"][{name:?}]"#), part);
    let document = format!("[settings.kubernetes]\n{name} = {value:?}\n");
    assert_error(&settings(json!(document)), "bottlerocket_settings", part);
}

#[test]
fn invalid_cluster_name_is_rejected() {
    let node = Node { cluster: Some(Cluster { name: "a b".to_owned(), ..cluster() }), ..own() };
    assert_error(&node, "cluster_name", "a cluster name");
}

#[rstest]
#[case::missing(json!({ "mine": { "enabled": true } }), r#"["mine"]["enabled"]"#, "requires source, superpowered")]
#[case::name(json!({ "my_one": { "enabled": true, "source": "a", "superpowered": true } }), r#"["my_one"]"#, "1 to 76")]
#[case::user_data(json!({ "admin": { "user-data": "{}" } }), r#"["admin"]["user-data"]"#, "base64encode")]
#[case::source(json!({ "admin": { "source": "a b" } }), r#"["admin"]["source"]"#, "a container image")]
fn host_containers_are_checked(#[case] given: Json, #[case] place: &str, #[case] part: &str) {
    let node = settings(json!({ "host-containers": given }));
    assert_error(&node, &format!(r#"bottlerocket_settings["host-containers"]{place}"#), part);
}

#[test]
fn the_admin_container_reads_json() {
    let user_data = |text: &str| {
        let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, text);
        warnings(&settings(json!({ "host-containers": { "admin": { "user-data": encoded } } })))
    };
    assert_eq!(user_data(r#"{ "ssh": { "authorized-keys": [] } }"#), [""; 0]);
    let found = user_data("ssh-rsa AAAA");
    assert!(found[0].starts_with(r#"bottlerocket_settings["host-containers"]["admin"]["user-data"]: "#), "{found:?}");
}

#[rstest]
#[case::program(json!([["mount", "/dev/xvdb"]]), r#"["commands"]"#, "does not start with \"apiclient\"")]
#[case::exec(json!([["apiclient", "exec", "admin", "ls"]]), r#"["commands"]"#, "apiclient exec")]
#[case::none(json!([]), r#"["commands"]"#, "At least one element")]
#[case::empty(json!([[]]), r#"["commands"][0]"#, "At least one element")]
#[case::flat(json!(["apiclient", "set"]), r#"["commands"][0]"#, "a list")]
fn bootstrap_commands_are_of_apiclient(#[case] commands: Json, #[case] place: &str, #[case] part: &str) {
    let node = settings(json!({ "bootstrap-commands": { "a": { "commands": commands, "mode": "once" } } }));
    let found = errors(&node);
    assert!(
        found[0].starts_with(&format!(r#"bottlerocket_settings["bootstrap-commands"]["a"]{place}: "#)),
        "{found:?}"
    );
    assert!(found[0].contains(part), "{found:?}");
}

#[rstest]
#[case::unknown_mode(json!({ "source": "a", "mode": "sometimes" }), "\"always\", \"once\" or \"off\"")]
#[case::essential(json!({ "source": "a", "mode": "once", "essential": "true" }), "true or false")]
fn bootstrap_containers_are_checked(#[case] container: Json, #[case] part: &str) {
    let found = errors(&settings(json!({ "bootstrap-containers": { "a": container } })));
    assert!(found.len() == 1 && found[0].contains(part), "{found:?}");
}

#[test]
fn the_device_plugin_is_only_in_the_variants_for_nvidia() {
    let given = nvidia(json!({ "device-sharing-strategy": "time-slicing", "time-slicing": { "replicas": 4 } }));
    let plugin = json!({ "device-sharing-strategy": "time-slicing", "time-slicing": { "replicas": 4 } });
    assert_eq!(read(&given)["kubelet-device-plugins"]["nvidia"], plugin);
    assert_eq!(warnings(&given), [""; 0]);
    let unknown = Node { ami_type: None, ..given.clone() };
    assert_eq!(text(&unknown), text(&given));
    let plain = Node { ami_type: ami_types::find("BOTTLEROCKET_x86_64"), ..given };
    let place = r#"bottlerocket_settings["kubelet-device-plugins"]["nvidia"]["device-sharing-strategy"]"#;
    assert_error(&plain, place, "BOTTLEROCKET_x86_64 does not support settings.kubelet-device-plugins");
    let fips = ami_types::find("BOTTLEROCKET_ARM_64_NVIDIA_FIPS");
    let runtime = json!({ "nvidia-container-runtime": { "visible-devices-as-volume-mounts": false } });
    text(&Node { ami_type: fips, ..settings(runtime) });
}

#[rstest]
#[case::replicas(json!({ "device-sharing-strategy": "time-slicing", "time-slicing": { "replicas": 1 } }), "at least 2")]
#[case::mps(json!({ "device-sharing-strategy": "mps", "mps": { "replicas": 49 } }), "between 2 and 48")]
#[case::both(
    json!({ "device-sharing-strategy": "mps", "device-partitioning-strategy": "mig" }), "conflicts with"
)]
#[case::list(json!({ "device-list-strategy": [] }), "At least one element")]
#[case::strategy(json!({ "device-list-strategy": "cdi" }), "\"cdi-cri\"")]
#[case::model(
    json!({ "device-partitioning-strategy": "mig", "mig": { "profile": { "A100": "1g.5gb" } } }), "a100.40gb"
)]
#[case::profile(
    json!({ "device-partitioning-strategy": "mig", "mig": { "profile": { "a100.40gb": "5" } } }), "a MIG profile"
)]
#[case::count(
    json!({ "device-partitioning-strategy": "mig", "mig": { "profile": { "b200.180gb": "7" } } }), "by number"
)]
fn the_sharing_of_gpus_is_checked(#[case] plugin: Json, #[case] part: &str) {
    let found = errors(&nvidia(plugin));
    assert!(found.len() == 1 && found[0].contains(part), "{found:?}");
}

#[rstest]
#[case::unused(json!({ "mps": { "replicas": 4 } }), "The table mps has no effect without device-sharing-strategy = \"mps\".")]
#[case::partitions(json!({ "mig": { "profile": { "a100.40gb": "7" } } }), "device-partitioning-strategy = \"mig\"")]
#[case::slices(
    json!({ "device-partitioning-strategy": "mig", "device-sharing-strategy": "time-slicing" }), "Time-slicing has no effect"
)]
fn sharing_without_effect_is_a_warning(#[case] plugin: Json, #[case] part: &str) {
    let found = warnings(&nvidia(plugin));
    assert!(found.len() == 1 && found[0].contains(part), "{found:?}");
}

#[rstest]
#[case::both(json!({ "imageGCHighThresholdPercent": 50, "imageGCLowThresholdPercent": 50 }))]
#[case::below_the_default(json!({ "imageGCHighThresholdPercent": 80 }))]
fn garbage_collection_must_end_below_where_it_begins(#[case] config: Json) {
    let found = errors(&kubelet(config));
    assert!(found.len() == 1 && found[0].contains("does not start"), "{found:?}");
}

#[test]
fn secrets_are_not_shown() {
    let credentials = json!([{ "registry": "docker.io", "username": "me", "password": "hunter2" }]);
    let found = warnings(&settings(json!({ "container-registry": { "credentials": credentials } })));
    assert!(found.len() == 1 && found[0].contains("is a secret"), "{found:?}");
    let wrong = json!([{ "registry": "docker.io", "password": "hunter\n2", "auth": "hunter2 hunter2" }]);
    let found = errors(&settings(json!({ "container-registry": { "credentials": wrong } })));
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|error| !error.contains("hunter")), "{found:?}");
}

#[test]
fn settings_of_a_later_kubernetes_are_warned_about() {
    let node = |minor| Node {
        kubernetes_version: Some((1, minor)),
        ..settings(json!({ "kubernetes": { "ids-per-pod": 65536 } }))
    };
    assert_eq!(warnings(&node(33)), [""; 0]);
    let place = r#"bottlerocket_settings["kubernetes"]["ids-per-pod"]"#;
    let text =
        "settings.kubernetes.ids-per-pod takes effect only in Kubernetes 1.33 and later, but the node runs 1.32.";
    assert_eq!(warnings(&node(32)), [format!("{place}: {text}")]);
}

fn parse(text: &str) -> Json {
    serde_json::from_str(text).unwrap()
}

#[test]
fn every_field_of_the_kubelet_that_has_a_setting_is_mapped() {
    let config = parse(
        r#"{
        "allowedUnsafeSysctls": ["net.core.somaxconn"],
        "clusterDNS": ["172.20.0.10"],
        "clusterDomain": "cluster.local",
        "containerLogMaxFiles": 5,
        "containerLogMaxSize": "10Mi",
        "containerLogMaxWorkers": 2,
        "containerLogMonitorInterval": "10s",
        "cpuCFSQuota": false,
        "cpuManagerPolicy": "static",
        "cpuManagerPolicyOptions": { "full-pcpus-only": "true", "align-by-socket": "false" },
        "cpuManagerReconcilePeriod": "5s",
        "eventBurst": 100,
        "eventRecordQPS": 50,
        "evictionHard": { "memory.available": "500Mi", "nodefs.available": "10%" },
        "evictionMaxPodGracePeriod": 60,
        "evictionSoft": { "memory.available": "1Gi" },
        "evictionSoftGracePeriod": { "memory.available": "1m30s" },
        "imageGCHighThresholdPercent": 80,
        "imageGCLowThresholdPercent": 70,
        "imageMaximumGCAge": "72h",
        "imageMinimumGCAge": "2m",
        "kubeAPIBurst": 100,
        "kubeAPIQPS": 50,
        "kubeReserved": { "cpu": "100m", "memory": "1Gi", "pid": "100" },
        "logging": { "verbosity": 4 },
        "maxParallelImagePulls": 4,
        "maxPods": 58,
        "memoryManagerPolicy": "Static",
        "memorySwap": { "swapBehavior": "LimitedSwap" },
        "podPidsLimit": -1,
        "providerID": "aws:///eu-west-1a/i-0",
        "registryBurst": 20,
        "registryPullQPS": 10,
        "reservedMemory": [{ "numaNode": 0, "limits": { "memory": "1Gi" } }],
        "reservedSystemCPUs": "0-1,4",
        "seccompDefault": true,
        "serverTLSBootstrap": true,
        "shutdownGracePeriod": "30s",
        "shutdownGracePeriodCriticalPods": "10s",
        "singleProcessOOMKill": true,
        "systemReserved": { "ephemeral-storage": "1Gi" },
        "topologyManagerPolicy": "single-numa-node",
        "topologyManagerPolicyOptions": { "prefer-closest-numa-nodes": "true", "max-allowable-numa-nodes": "16" },
        "topologyManagerScope": "pod",
        "userNamespaces": { "idsPerPod": 65536 }
        }"#,
    );
    let names: Vec<_> = kubelet::fields().map(|(field, _)| field.split('.').next().unwrap()).collect();
    for name in names.iter().filter(|name| **name != "registerWithTaints") {
        assert!(config.get(name).is_some(), "{name} is not in this test");
    }
    let node = Node { kubelet_config: config, ..merge() };
    let expected = parse(
        r#"{
        "allowed-unsafe-sysctls": ["net.core.somaxconn"],
        "cluster-dns-ip": ["172.20.0.10"],
        "cluster-domain": "cluster.local",
        "container-log-max-files": 5,
        "container-log-max-size": "10Mi",
        "container-log-max-workers": 2,
        "container-log-monitor-interval": "10s",
        "cpu-cfs-quota-enforced": false,
        "cpu-manager-policy": "static",
        "cpu-manager-policy-options": ["full-pcpus-only"],
        "cpu-manager-reconcile-period": "5s",
        "event-burst": 100,
        "event-qps": 50,
        "eviction-hard": { "memory.available": "500Mi", "nodefs.available": "10%" },
        "eviction-max-pod-grace-period": 60,
        "eviction-soft": { "memory.available": "1Gi" },
        "eviction-soft-grace-period": { "memory.available": "1m30s" },
        "image-gc-high-threshold-percent": 80,
        "image-gc-low-threshold-percent": 70,
        "image-maximum-gc-age": "72h",
        "image-minimum-gc-age": "2m",
        "kube-api-burst": 100,
        "kube-api-qps": 50,
        "kube-reserved": { "cpu": "100m", "memory": "1Gi", "pid": "100" },
        "log-level": 4,
        "max-parallel-image-pulls": 4,
        "max-pods": 58,
        "memory-manager-policy": "Static",
        "memory-swap-behavior": "LimitedSwap",
        "pod-pids-limit": -1,
        "provider-id": "aws:///eu-west-1a/i-0",
        "registry-burst": 20,
        "registry-qps": 10,
        "memory-manager-reserved-memory": { "0": { "enabled": true, "memory": "1Gi" } },
        "reserved-cpus": "0-1,4",
        "seccomp-default": true,
        "server-tls-bootstrap": true,
        "shutdown-grace-period": "30s",
        "shutdown-grace-period-for-critical-pods": "10s",
        "single-process-oom-kill": true,
        "system-reserved": { "ephemeral-storage": "1Gi" },
        "topology-manager-policy": "single-numa-node",
        "topology-manager-policy-options": { "prefer-closest-numa-nodes": true, "max-allowable-numa-nodes": 16 },
        "topology-manager-scope": "pod",
        "ids-per-pod": 65536
        }"#,
    );
    assert_eq!(read(&node)["kubernetes"], expected);
}

#[test]
fn kubelet_conflicts_are_reported_under_configured_names() {
    let node = settings(json!({ "kubernetes": { "shutdown-grace-period-for-critical-pods": "10s" } }));
    let place = r#"bottlerocket_settings["kubernetes"]["shutdown-grace-period-for-critical-pods"]"#;
    assert_error(&node, place, "shutdown-grace-period-for-critical-pods is 10s and shutdown-grace-period is 0s.");
    let node = kubelet(json!({ "shutdownGracePeriodCriticalPods": "10s" }));
    let place = r#"kubelet_config["shutdownGracePeriodCriticalPods"]"#;
    assert_error(&node, place, "shutdownGracePeriodCriticalPods is 10s and shutdownGracePeriod is 0s.");
}

#[test]
fn first_dns_server_of_an_ipv6_cluster_has_an_ipv6_address() {
    let cluster = Cluster { service_cidr: "fd30:1c53:5f8a::/108".to_owned(), ..cluster() };
    let ipv6 = Node { cluster: Some(cluster), ..own() };
    let dns = |addresses: &[&str]| Dns {
        cluster_ips: addresses.iter().map(|address| (*address).to_owned()).collect(),
        ..Dns::default()
    };
    assert_error(&Node { dns: dns(&["10.0.0.2"]), ..ipv6.clone() }, "dns.cluster_ips[0]", "would use IPv4");
    assert!(render(&Node { dns: dns(&["fd00::a", "10.0.0.2"]), ..ipv6.clone() }).is_ok());
    let settings = json!({ "kubernetes": { "cluster-dns-ip": ["10.0.0.2"] } });
    let place = r#"bottlerocket_settings["kubernetes"]["cluster-dns-ip"]"#;
    assert_error(&Node { bottlerocket_settings: settings, ..ipv6 }, place, "would use IPv4");
    assert!(render(&Node { dns: dns(&["10.0.0.2"]), ..own() }).is_ok());
}

#[test]
fn fields_go_to_settings_that_there_are() {
    let names: Vec<_> = settings::kubernetes_names().collect();
    for (field, setting) in kubelet::fields().filter(|(_, setting)| !setting.is_empty()) {
        assert!(names.contains(&setting), "{field} goes to {setting}, which is no setting");
    }
}

#[rstest]
#[case::pulls("serializeImagePulls", "The closest setting is kubernetes.max-parallel-image-pulls")]
#[case::cgroup("kubeReservedCgroup", "The closest setting is kubernetes.kube-reserved")]
#[case::path("staticPodPath", "The closest setting is kubernetes.static-pods")]
#[case::none("hairpinMode", "There is no equivalent setting.")]
#[case::taints("registerWithTaints", "Use node_taint")]
fn unsupported_kubelet_fields_suggest_closest_setting(#[case] field: &str, #[case] part: &str) {
    let mut config = serde_json::Map::new();
    config.insert(field.to_owned(), json!("a"));
    assert_error(&kubelet(Json::Object(config)), &format!("kubelet_config[{field:?}]"), part);
}

#[test]
fn unsupported_kubelet_values_are_rejected_at_field() {
    assert_error(&kubelet(json!({ "syncFrequency": "1m" })), r#"kubelet_config["syncFrequency"]"#, "no setting for");
    let place = r#"kubelet_config["shutdownGracePeriod"]"#;
    assert_error(&kubelet(json!({ "shutdownGracePeriod": "1us" })), place, "a duration");
    let place = r#"kubelet_config["logging"]["format"]"#;
    assert_error(
        &kubelet(json!({ "logging": { "format": "json" } })),
        place,
        "no setting for the kubelet field logging.format",
    );
    let place = r#"kubelet_config["reservedMemory"]"#;
    assert_error(&kubelet(json!({ "reservedMemory": [{}] })), place, "numaNode and limits");
}

#[rstest]
#[case::verbosity("--v=4", "kubernetes.log-level")]
#[case::pids("--pod-max-pids=100", "kubernetes.pod-pids-limit")]
#[case::none("--hairpin-mode=none", "There is no equivalent setting.")]
fn kubelet_flags_are_rejected(#[case] flag: &str, #[case] part: &str) {
    let node = Node { kubelet_flags: vec![flag.to_owned()], ..own() };
    assert_error(&node, "kubelet_flags[0]", part);
}

#[rstest]
#[case(Node { pre_bootstrap_scripts: vec!["#!/bin/bash".to_owned()], ..own() }, "pre_bootstrap_scripts", "bootstrap-containers")]
#[case(Node { post_bootstrap_scripts: vec!["#!/bin/bash".to_owned()], ..own() }, "post_bootstrap_scripts", "DaemonSet")]
#[case(Node { node_configs: vec!["{}".to_owned()], ..own() }, "node_configs", "does not run nodeadm")]
#[case(Node { containerd_config: Some("a = 1".to_owned()), ..own() }, "containerd_config", "container-registry")]
#[case(Node { feature_gates: [("FastImagePull".to_owned(), true)].into(), ..own() }, "feature_gates", "nodeadm")]
#[case(Node { max_pods_expression: Some("1".to_owned()), ..own() }, "max_pods_expression", "Use max_pods")]
#[case(Node { environment: [("default".to_owned(), labels(&[("A", "b")]))].into(), ..own() }, "environment", "proxy")]
#[case(Node { containerd_base_runtime_spec: json!({ "a": 1 }), ..own() }, "containerd_base_runtime_spec", "oci-defaults")]
fn inputs_unsupported_by_bottlerocket_are_rejected(#[case] node: Node, #[case] place: &str, #[case] part: &str) {
    assert_error(&node, place, part);
}

#[test]
fn proxies_and_disks_have_one_form() {
    let proxy = |http: Option<&str>| Proxy { http: http.map(str::to_owned), ..Proxy::default() };
    let node = Node { proxy: Some(proxy(Some("http://10.0.0.1:3128"))), ..own() };
    assert_error(&node, "proxy.http", "Use only proxy.https");
    let store = |strategy, path: Option<&str>| {
        Some(InstanceStore { strategy, mount_path: path.map(str::to_owned), disabled_mounts: Vec::new() })
    };
    let node = Node { instance_store: store(DiskStrategy::Mount, None), ..own() };
    assert_error(&node, "instance_store.strategy", "Use RAID0");
    let node = Node { instance_store: store(DiskStrategy::Raid0, Some("/mnt/a")), ..own() };
    assert_error(&node, "instance_store.mount_path", "Remove mount_path");
}

proptest! {
    #[test]
    fn printed_document_round_trips(motd in "\\PC*|(?s).{0,40}", key in "[a-z0-9._/-]{1,20}", value in "(?s).{0,20}", number: i64) {
        let name = key.replace("..", ".").trim_matches(['.', '/']).to_owned();
        let motd = if motd.is_empty() { "a".to_owned() } else { motd };
        let given = json!({ "motd": motd, "kernel": { "sysctl": { format!("a{name}"): value } }, "measurement": { "n": number } });
        let map = given.as_object().cloned().unwrap_or_default();
        let printed = document::print(&map);
        prop_assert_eq!(document::read(&printed), Ok(map.clone()));
        prop_assert_eq!(document::print(&map), printed);
    }

    #[test]
    fn no_name_and_no_value_make_it_panic(given in json_tree()) {
        let _ = render(&settings(given.clone()));
        let _ = render(&kubelet(given.clone()));
        let _ = render(&Node { bottlerocket_settings: given, ..merge() });
    }
}

fn json_tree() -> impl Strategy<Value = Json> {
    use proptest::prelude::{Just, any, prop_oneof};
    let names: Vec<_> =
        settings::SETTINGS.iter().map(|setting| setting.name).chain(settings::kubernetes_names()).collect();
    let name = prop_oneof![proptest::sample::select(names).prop_map(str::to_owned), "[a-z.\"-]{0,5}"];
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        ".{0,6}".prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        let members = proptest::collection::vec((name.clone(), inner.clone()), 0..4);
        prop_oneof![
            proptest::collection::vec(inner, 0..4).prop_map(Json::Array),
            members.prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
}

/// A certificate that was made for this test and signs nothing.
const CERTIFICATE: &str = include_str!("certificate.pem");

#[rstest]
#[case::certificate(CERTIFICATE.to_owned(), true)]
#[case::bundle(format!("# root\n{CERTIFICATE}{CERTIFICATE}"), true)]
#[case::nothing(String::new(), true)]
#[case::text("certificate".to_owned(), false)]
#[case::key(CERTIFICATE.replace("CERTIFICATE", "PRIVATE KEY").replace("MII", "MIA"), false)]
#[case::cut(CERTIFICATE.lines().take(5).collect::<Vec<_>>().join("\n"), false)]
fn certificates_must_be_readable(#[case] pem: String, #[case] is_right: bool) {
    let node = settings(json!({ "pki": { "root": { "data": STANDARD.encode(pem), "trusted": true } } }));
    assert_eq!(render(&node).is_ok(), is_right);
}

#[rstest]
#[case::bootstrap_container(json!({ "bootstrap-containers": { "setup": { "user-data": "aGk=" } } }))]
#[case::mirrors(json!({ "container-registry": { "mirrors": { "docker.io": ["https://mirror.example"] } } }))]
#[case::unlimited(json!({ "container-runtime-plugins": { "soci-snapshotter": {
    "pull-mode": "parallel-pull-unpack", "parallel-pull-unpack": { "concurrent-download-chunk-size": "unlimited" },
} } }))]
#[case::part_of_a_unit(json!({ "container-runtime": { "concurrent-download-chunk-size": ".5gb" } }))]
#[case::swap(json!({ "kubernetes": { "memory-swap-behavior": "limited-swap" } }))]
#[case::ids(json!({ "kubernetes": { "ids-per-pod": 0 } }))]
#[case::huge_pages(json!({ "kernel": { "hugepages": { "static": { "essential": true, "2Mi": { "count": "0:8,1:8" } } } } }))]
#[case::driver(json!({ "kernel": { "drivers": { "nvidia": { "branch": "lts" } } } }))]
#[case::limit(json!({ "oci-defaults": { "resource-limits": {
    "max-open-files": { "hard-limit": "unlimited", "soft-limit": 1024 },
} } }))]
#[case::verifier(json!({ "image-verifier-plugins": { "enabled": true, "notation": { "trustpolicy": "e30=" } } }))]
#[case::options(json!({ "kubernetes": {
    "cpu-manager-policy": "static", "cpu-manager-policy-options": ["full-pcpus-only", "strict-cpu-reservation"],
} }))]
fn settings_of_todays_models_are_accepted(#[case] given: Json) {
    let node = Node { kubernetes_version: Some((1, 35)), ..settings(given) };
    assert_eq!(errors_of(&node), [""; 0]);
}

#[rstest]
#[case::option(json!({ "kubernetes": { "cpu-manager-policy": "static", "cpu-manager-policy-options": ["fast"] } }), "full-pcpus-only")]
#[case::options_without_static(json!({ "kubernetes": { "cpu-manager-policy-options": ["full-pcpus-only"] } }), "static")]
#[case::pull_mode(json!({ "container-runtime-plugins": { "soci-snapshotter": { "pull-mode": "lazy" } } }), "parallel-pull-unpack")]
#[case::size(json!({ "container-runtime": { "concurrent-download-chunk-size": "64 MiB" } }), "a number of bytes")]
#[case::capability(json!({ "oci-defaults": { "capabilities": { "NET_ADMIN": true } } }), "net-admin")]
#[case::limit(json!({ "oci-defaults": { "resource-limits": { "nofile": { "hard-limit": 1, "soft-limit": 1 } } } }), "max-open-files")]
#[case::soft_limit(json!({ "oci-defaults": { "resource-limits": { "max-open-files": { "hard-limit": 1, "soft-limit": 2 } } } }), "above")]
#[case::unlimited_soft_limit(json!({ "oci-defaults": { "resource-limits": {
    "max-open-files": { "hard-limit": 1024, "soft-limit": "unlimited" },
} } }), "above")]
#[case::huge_pages(json!({ "kernel": { "hugepages": { "static": { "3Mi": { "count": "1" } } } } }), "power of two")]
#[case::huge_page_count(json!({ "kernel": { "hugepages": { "static": { "2Mi": { "count": 1 } } } } }), "in quotes")]
#[case::sysctl(json!({ "kernel": { "sysctl": { "vm.max_map_count": 262144 } } }), "\"262144\", in quotes")]
#[case::driver(json!({ "kernel": { "drivers": { "nvidia": { "branch": "new" } } } }), "lts")]
#[case::verifier(json!({ "image-verifier-plugins": { "notation": { "trustpolicy": "{}" } } }), "base64")]
#[case::reservation(json!({ "kubernetes": { "memory-reservation-policy": "Tiered" } }), "TieredReservation")]
#[case::factor(json!({ "kubernetes": { "memory-throttling-factor": 2 } }), "at most 1")]
fn values_of_no_model_are_errors(#[case] given: Json, #[case] part: &str) {
    let found = errors_of(&settings(given));
    assert!(matches!(found.as_slice(), [text] if text.contains(part)), "{found:?}");
}

fn errors_of(node: &Node) -> Vec<String> {
    let found = render(node).err().unwrap_or_default();
    found.into_iter().filter(Finding::is_error).map(|finding| finding.text).collect()
}

#[test]
fn setting_newer_than_the_table_is_a_warning() {
    assert!(
        matches!(warnings(&settings(json!({ "kernel": { "zzz": 1 } }))).as_slice(), [text] if text.contains("zzz"))
    );
}

#[rstest]
#[case::pods(Node { max_pods: Some(58), ..Node::new(Family::Bottlerocket, Mode::Merge) })]
#[case::dns(Node {
    dns: Dns { cluster_ips: vec!["10.0.0.10".to_owned()], ..Dns::default() }, ..Node::new(Family::Bottlerocket, Mode::Merge)
})]
fn settings_of_eks_are_warned_about_in_merge(#[case] node: Node) {
    assert!(matches!(warnings(&node).as_slice(), [text] if text.contains("managed_ami")));
}

#[test]
fn skipped_checks_accept_any_setting() {
    let node = settings(json!({ "kernel": { "lockdown": "sometimes", "sysctls": { "a": 1 } } }));
    assert_eq!(errors_of(&node).len(), 2);
    let skipped = Node { skipped: vec![Reader::Bottlerocket], ..node };
    assert!(text(&skipped).contains("lockdown = \"sometimes\""), "{}", text(&skipped));
}
