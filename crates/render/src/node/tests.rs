use rstest::rstest;
use serde_json::json;

use super::*;
use crate::ami_types;

fn node() -> Node {
    Node { cluster: Some(cluster()), ..Node::new(Family::AmazonLinux2023, Mode::SelfManaged) }
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

fn labels(labels: &[(&str, &str)]) -> BTreeMap<String, String> {
    labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn taint(key: &str, value: &str, effect: Effect) -> Taint {
    Taint { key: key.to_owned(), value: value.to_owned(), effect }
}

/// The place and text of the only finding.
fn only(node: &Node) -> (String, String) {
    let found = check(node);
    let [finding] = found.as_slice() else { panic!("one finding: {found:?}") };
    assert!(finding.is_error());
    (finding.place.to_string(), finding.text.clone())
}

#[test]
fn well_formed_node_is_accepted() {
    let node = Node {
        node_labels: labels(&[
            ("team", "core"),
            ("example.com/tier", "gold"),
            ("empty", ""),
            ("yes", "no"),
            ("node.kubernetes.io/pool", "a"),
            ("sub.node.kubernetes.io/pool", "a"),
            ("topology.kubernetes.io/zone", "eu-west-1a"),
            ("notkubernetes.io/a", "b"),
        ]),
        node_taints: vec![
            taint("dedicated", "gpu", Effect::NoSchedule),
            taint("dedicated", "gpu", Effect::NoExecute),
            taint("bare", "", Effect::PreferNoSchedule),
        ],
        max_pods: Some(1),
        kubelet_flags: vec!["--v=4".to_owned(), "--fail-swap-on".to_owned()],
        kubelet_config: json!({
            "shutdownGracePeriod": "1h1.5s",
            "cpuCFSQuotaPeriod": "100000µs",
            "imageGCHighThresholdPercent": 80, "imageGCLowThresholdPercent": 70,
            "memoryThrottlingFactor": 0.9,
            "featureGates": {"NodeSwap": true},
            "evictionHard": {"memory.available": "5%"},
            "staticPodURLHeader": {"A": ["b"]},
            "reservedMemory": [{"numaNode": 0, "limits": {"memory": "1Gi"}}],
            "authentication": {"webhook": {"enabled": true, "cacheTTL": "0"}},
            "tlsCurvePreferences": [23],
            "logging": {"format": "json"},
        }),
        containerd_config: Some("[plugins.\"io.containerd.grpc.v1.cri\"]\nenable_cdi = true\n".to_owned()),
        environment: [("default".to_owned(), labels(&[("Q", "a \"b\" c"), ("_X9", "")]))].into(),
        proxy: Some(Proxy {
            http: None,
            https: Some("http://user@10.9.0.5:3128".to_owned()),
            no_proxy: vec![".svc".to_owned(), "10.0.0.0/8".to_owned(), "169.254.169.254".to_owned()],
        }),
        dns: Dns {
            cluster_ips: vec!["172.20.0.10".to_owned()],
            nameservers: vec!["fd00::1".to_owned()],
            domains: vec!["corp.example".to_owned()],
        },
        instance_store: Some(InstanceStore {
            strategy: DiskStrategy::Raid0,
            mount_path: Some("/mnt/disks".to_owned()),
            disabled_mounts: vec!["PodLogs".to_owned()],
        }),
        pre_bootstrap_scripts: vec!["#!/bin/bash\ntrue\n".to_owned()],
        ..node()
    };
    assert_eq!(check(&node), []);
}

#[rstest]
#[case::no_name("example.com/", "name must be")]
#[case::empty("", "name must be")]
#[case::space("a b", "name must be")]
#[case::end("a-", "name must be")]
#[case::prefix("Example.com/a", "lowercase DNS name")]
#[case::two_slashes("a/b/c", "lowercase DNS name")]
#[case::of_kubernetes("kubernetes.io/role", "does not start")]
#[case::role("node-role.kubernetes.io/worker", "does not start")]
#[case::of_k8s("x.k8s.io/a", "does not start")]
fn invalid_label_key_is_rejected(#[case] key: &str, #[case] reason: &str) {
    let (place, text) = only(&Node { node_labels: labels(&[(key, "a")]), ..node() });
    assert_eq!(place, format!("node_labels[{key:?}]"));
    assert!(text.contains(reason), "{text}");
}

#[rstest]
#[case::of_a_group("nodegroup", Mode::SelfManaged, Some(false))]
#[case::of_its_group("nodegroup", Mode::ManagedAmi, None)]
#[case::image("nodegroup-image", Mode::SelfManaged, Some(false))]
#[case::compute_type("compute-type", Mode::ManagedAmi, Some(false))]
#[case::another("team", Mode::SelfManaged, Some(false))]
fn label_of_eks_belongs_to_eks(#[case] name: &str, #[case] mode: Mode, #[case] is_error: Option<bool>) {
    let key = format!("eks.amazonaws.com/{name}");
    let found = check(&Node { node_labels: labels(&[(&key, "a")]), mode, ..node() });
    assert_eq!(found.first().map(Finding::is_error), is_error, "{found:?}");
    assert!(found.iter().all(|finding| finding.place == Place::of("node_labels").key(&key)));
}

#[rstest]
#[case::long(&"x".repeat(64))]
#[case::space("a b")]
#[case::comma("a,b")]
#[case::quote("it's")]
#[case::newline("a\n")]
#[case::start(".a")]
#[case::non_ascii("é")]
fn invalid_label_value_is_rejected(#[case] value: &str) {
    let (place, _) = only(&Node { node_labels: labels(&[("a", value)]), ..node() });
    assert_eq!(place, "node_labels[\"a\"]");
}

#[test]
fn taints_are_checked_each() {
    let of = |taints: Vec<Taint>| only(&Node { node_taints: taints, ..node() }).0;
    assert_eq!(of(vec![taint("a b", "", Effect::NoSchedule)]), "node_taint[0].key");
    assert_eq!(of(vec![taint("a", "b:c", Effect::NoSchedule)]), "node_taint[0].value");
    let twice = vec![taint("a", "b", Effect::NoSchedule), taint("a", "c", Effect::NoSchedule)];
    assert_eq!(of(twice), "node_taint[1]");
    let many = (0..51).map(|number| taint(&format!("k{number}"), "", Effect::NoSchedule)).collect();
    assert_eq!(of(many), "node_taint");
}

#[test]
fn labels_and_taints_of_a_merged_userdata_belong_to_the_group() {
    let merged = Node::new(Family::Bottlerocket, Mode::Merge);
    let (place, text) = only(&Node { node_labels: labels(&[("a", "b")]), ..merged.clone() });
    assert_eq!(place, "node_labels");
    assert!(text.contains("node group"), "{text}");
    let taints = Node { node_taints: vec![taint("a", "", Effect::NoSchedule)], ..merged };
    assert_eq!(only(&taints).0, "node_taint");
}

#[rstest]
#[case::http("http://a.example", "cluster_endpoint")]
#[case::no_host("https://", "cluster_endpoint")]
#[case::quote("https://a'b", "cluster_endpoint")]
#[case::space("https://a b", "cluster_endpoint")]
fn invalid_cluster_endpoint_is_rejected(#[case] endpoint: &str, #[case] place: &str) {
    let cluster = Cluster { endpoint: endpoint.to_owned(), ..cluster() };
    assert_eq!(only(&Node { cluster: Some(cluster), ..node() }).0, place);
}

#[rstest]
#[case::pem("-----BEGIN CERTIFICATE-----\nAA==\n", "also be base64-encoded")]
#[case::no_padding("QQ", "not valid base64")]
#[case::url_alphabet("__8=", "not valid base64")]
#[case::line_break("LS0t\nLS1C", "not valid base64")]
#[case::empty("", "empty")]
fn invalid_cluster_ca_certificate_is_rejected(#[case] authority: &str, #[case] reason: &str) {
    let cluster = Cluster { certificate_authority: authority.to_owned(), ..cluster() };
    let (place, text) = only(&Node { cluster: Some(cluster), ..node() });
    assert_eq!(place, "cluster_ca_certificate");
    assert!(text.contains(reason), "{text}");
}

#[rstest]
#[case::address("172.20.0.0", "not a CIDR block")]
#[case::inside("172.20.1.0/16", "\"172.20.0.0/16\"")]
#[case::inside_ipv6("fd30::1/108", "\"fd30::/108\"")]
#[case::long("172.20.0.0/33", "not a CIDR block")]
#[case::not_short("fd30:1c53:5f8a:0:0:0:0:0/108", "\"::\" before")]
fn invalid_service_cidr_is_rejected(#[case] cidr: &str, #[case] reason: &str) {
    let cluster = Cluster { service_cidr: cidr.to_owned(), ..cluster() };
    let (place, text) = only(&Node { cluster: Some(cluster), ..node() });
    assert_eq!(place, "service_cidr");
    assert!(text.contains(reason), "{text}");
}

#[rstest]
#[case("172.20.0.0/16", "172.20.0.10", false)]
#[case("172.20.5.128/25", "172.20.5.10", false)]
#[case("fd30:1c53:5f8a::/108", "fd30:1c53:5f8a::a", true)]
fn dns_follows_from_the_cidr(#[case] cidr: &str, #[case] dns: &str, #[case] ipv6: bool) {
    let cluster = Cluster { service_cidr: cidr.to_owned(), ..cluster() };
    assert_eq!((cluster.dns_ip().as_str(), cluster.is_ipv6()), (dns, ipv6));
}

#[rstest]
#[case::no_dashes("v=4", "not a flag")]
#[case::one_dash("-v=4", "not a flag")]
#[case::no_name("--=4", "not a flag")]
#[case::space_before_value("--v 4", "not a flag")]
#[case::labels("--node-labels=a=b", "Use node_labels")]
#[case::taints("--register-with-taints=a=b:NoSchedule", "Use node_taint")]
#[case::max_pods("--max-pods=5", "Use max_pods")]
#[case::node_ip("--node-ip=10.0.0.1", "node software")]
#[case::quote("--a='b'", "not passed to the program")]
#[case::double_quote("--a=\"b\"", "not passed to the program")]
#[case::backslash("--a=\\b", "not passed to the program")]
#[case::newline("--a=b\n", "not passed to the program")]
#[case::non_ascii("--a=é", "non-ASCII")]
fn invalid_kubelet_flag_is_rejected(#[case] flag: &str, #[case] reason: &str) {
    let (place, text) = only(&Node { kubelet_flags: vec!["--v=4".to_owned(), flag.to_owned()], ..node() });
    assert_eq!(place, "kubelet_flags[1]");
    assert!(text.contains(reason), "{text}");
}

#[rstest]
#[case::unknown(json!({"podPidLimit": 1}), "kubelet_config[\"podPidLimit\"]", "Did you mean")]
#[case::spelling(json!({"imageGcHighThresholdPercent": 1}), "kubelet_config[\"imageGcHighThresholdPercent\"]", "Did you mean \"imageGCHighThresholdPercent\"?")]
#[case::number_as_text(json!({"podPidsLimit": "1"}), "kubelet_config[\"podPidsLimit\"]", "an integer")]
#[case::fraction(json!({"podPidsLimit": 1.5}), "kubelet_config[\"podPidsLimit\"]", "an integer")]
#[case::duration(json!({"shutdownGracePeriod": "30"}), "kubelet_config[\"shutdownGracePeriod\"]", "duration")]
#[case::bool_as_text(json!({"seccompDefault": "true"}), "kubelet_config[\"seccompDefault\"]", "true or false")]
#[case::gate(json!({"featureGates": {"A": "true"}}), "kubelet_config[\"featureGates\"][\"A\"]", "true or false")]
#[case::map(json!({"evictionHard": {"memory.available": 5}}), "kubelet_config[\"evictionHard\"][\"memory.available\"]", "a string")]
#[case::list(json!({"allowedUnsafeSysctls": "a"}), "kubelet_config[\"allowedUnsafeSysctls\"]", "a list")]
#[case::element(json!({"allowedUnsafeSysctls": ["a", 1]}), "kubelet_config[\"allowedUnsafeSysctls\"][1]", "a string")]
#[case::nested(json!({"authentication": {"webhook": {"cacheTtl": "1m"}}}), "kubelet_config[\"authentication\"][\"webhook\"][\"cacheTtl\"]", "Did you mean \"cacheTTL\"?")]
#[case::of_input(json!({"registerWithTaints": []}), "kubelet_config[\"registerWithTaints\"]", "Use node_taint")]
#[case::max_pods(json!({"maxPods": 5}), "kubelet_config[\"maxPods\"]", "Use max_pods")]
#[case::no_object(json!(["a"]), "kubelet_config", "an object")]
#[case::choice(json!({"topologyManagerPolicy": "best"}), "kubelet_config[\"topologyManagerPolicy\"]", "none, best-effort")]
#[case::range(json!({"oomScoreAdj": 1001}), "kubelet_config[\"oomScoreAdj\"]", "between -1000 and 1000")]
#[case::amount(json!({"kubeReserved": {"cpu": "much"}}), "kubelet_config[\"kubeReserved\"][\"cpu\"]", "a quantity")]
#[case::resource(json!({"systemReserved": {"gpu": "1"}}), "kubelet_config[\"systemReserved\"][\"gpu\"]", "cpu, memory")]
#[case::signal(json!({"evictionHard": {"disk": "5%"}}), "kubelet_config[\"evictionHard\"][\"disk\"]", "nodefs.available")]
#[case::threshold(json!({"evictionHard": {"memory.available": "101%"}}), "kubelet_config[\"evictionHard\"][\"memory.available\"]", "percentage")]
#[case::no_grace_period(json!({"evictionSoft": {"memory.available": "5%"}}), "kubelet_config[\"evictionSoft\"][\"memory.available\"]", "evictionSoftGracePeriod")]
#[case::collection(json!({"imageGCHighThresholdPercent": 80}), "kubelet_config[\"imageGCHighThresholdPercent\"]", "below the high threshold")]
#[case::period(json!({"shutdownGracePeriod": "10s", "shutdownGracePeriodCriticalPods": "20s"}), "kubelet_config[\"shutdownGracePeriod\"]", "Set both")]
#[case::cpus(json!({"reservedSystemCPUs": "0-1"}), "kubelet_config[\"reservedSystemCPUs\"]", "kubeReservedCgroup to \"\"")]
#[case::int32(json!({"eventBurst": 3_000_000_000_i64}), "kubelet_config[\"eventBurst\"]", "between -2147483648 and 2147483647")]
fn invalid_kubelet_config_is_rejected(#[case] kubelet_config: Json, #[case] place: &str, #[case] reason: &str) {
    let (found, text) = only(&Node { kubelet_config, ..node() });
    assert_eq!(found, place);
    assert!(text.contains(reason), "{text}");
}

#[test]
fn kubelet_config_is_judged_by_the_version() {
    let of = |config: Json, version| check(&Node { kubelet_config: config, kubernetes_version: version, ..node() });
    let is_error = |found: &[Finding]| found.iter().map(Finding::is_error).collect::<Vec<_>>();
    // nodeadm itself gives critical pods 30 seconds from 1.34 on.
    let short = json!({"shutdownGracePeriod": "10s"});
    assert_eq!(is_error(&of(short.clone(), Some((1, 33)))), [false; 0]);
    assert_eq!(is_error(&of(short.clone(), Some((1, 34)))), [true]);
    assert_eq!(is_error(&of(short, None)), [false]);
    let gone = json!({"featureGates": {"DynamicKubeletConfig": true}});
    assert_eq!(is_error(&of(gone.clone(), Some((1, 33)))), [true]);
    assert_eq!(is_error(&of(gone, None)), [false]);
    let fixed = json!({"featureGates": {"NodeSwap": false}});
    assert_eq!(is_error(&of(fixed.clone(), Some((1, 34)))), [true]);
    assert_eq!(is_error(&of(fixed, Some((1, 33)))), [false; 0]);
}

#[test]
fn kubelet_flags_are_checked_for_kubernetes_version() {
    let of = |flags: &[&str], kubernetes_version| {
        let kubelet_flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
        check(&Node { kubelet_flags, kubernetes_version, ..node() })
    };
    let found = of(&["--container-runtime=remote"], Some((1, 27)));
    assert!(matches!(found.as_slice(), [only] if only.is_error() && only.text.contains("after 1.26")), "{found:?}");
    let found = of(&["--container-runtime=remote"], None);
    assert!(matches!(found.as_slice(), [only] if !only.is_error()), "{found:?}");
    assert_eq!(of(&["--container-runtime=remote"], Some((1, 26))), []);
    let found = of(&["--v=4", "--v=5"], Some((1, 33)));
    assert!(matches!(found.as_slice(), [only] if only.place == Place::of("kubelet_flags").index(1)), "{found:?}");
    let found = of(&["--vv=4"], None);
    assert!(matches!(found.as_slice(), [only] if only.text.contains("Did you mean --v?")), "{found:?}");
}

#[rstest]
#[case::service("a/b", "A", "", "environment[\"a/b\"]")]
#[case::ending("kubelet.service", "A", "", "environment[\"kubelet.service\"]")]
#[case::name("kubelet", "1A", "", "environment[\"kubelet\"][\"1A\"]")]
#[case::dash("kubelet", "A-B", "", "environment[\"kubelet\"][\"A-B\"]")]
#[case::control("kubelet", "A", "a\tb", "environment[\"kubelet\"][\"A\"]")]
fn invalid_environment_variable_is_rejected(
    #[case] service: &str,
    #[case] name: &str,
    #[case] value: &str,
    #[case] place: &str,
) {
    let environment = [(service.to_owned(), labels(&[(name, value)]))].into();
    assert_eq!(only(&Node { environment, ..node() }).0, place);
}

#[test]
fn services_are_checked_each() {
    let place = |node: Node| only(&node).0;
    let proxy =
        |https: &str, host: &str| Proxy { http: None, https: Some(https.to_owned()), no_proxy: vec![host.to_owned()] };
    assert_eq!(place(Node { containerd_config: Some("[a\n".to_owned()), ..node() }), "containerd_config");
    assert_eq!(place(Node { proxy: Some(proxy("10.0.0.5:3128", "a")), ..node() }), "proxy.https");
    assert_eq!(place(Node { proxy: Some(proxy("http://a", "a,b")), ..node() }), "proxy.no_proxy[0]");
    let environment: BTreeMap<_, _> = [("default".to_owned(), labels(&[("NO_PROXY", "a")]))].into();
    let both = Node { proxy: Some(proxy("http://a", "b")), environment, ..node() };
    assert_eq!(place(both), "environment[\"default\"][\"NO_PROXY\"]");
    let dns = |cluster: &str, domain: &str| Dns {
        cluster_ips: vec![cluster.to_owned()],
        nameservers: Vec::new(),
        domains: vec![domain.to_owned()],
    };
    assert_eq!(place(Node { dns: dns("172.20.0", "a"), ..node() }), "dns.cluster_ips[0]");
    assert_eq!(place(Node { dns: dns("172.20.0.10", "a b"), ..node() }), "dns.domains[0]");
    let store = |path: &str, mount: &str| InstanceStore {
        strategy: DiskStrategy::Mount,
        mount_path: Some(path.to_owned()),
        disabled_mounts: vec![mount.to_owned()],
    };
    assert_eq!(place(Node { instance_store: Some(store("mnt", "SOCI")), ..node() }), "instance_store.mount_path");
    assert_eq!(
        place(Node { instance_store: Some(store("/mnt", "soci")), ..node() }),
        "instance_store.disabled_mounts[0]"
    );
}

#[rstest]
#[case::empty(" \n", "empty")]
#[case::line_ends("#!/bin/sh\r\ntrue\r\n", "CRLF")]
#[case::nul("#!/bin/sh\n\0", "NUL")]
#[case::no_program("echo a", "#!/bin/bash")]
fn invalid_script_is_rejected(#[case] script: &str, #[case] reason: &str) {
    let scripts = vec!["#!/bin/sh\n".to_owned(), script.to_owned()];
    let (place, text) = only(&Node { pre_bootstrap_scripts: scripts, ..node() });
    assert_eq!(place, "pre_bootstrap_scripts[1]");
    assert!(text.contains(reason), "{text}");
}

#[rstest]
#[case::not_utf8("text/cloud-config", b"#cloud-config\n# \xe9\n", "not valid UTF-8")]
#[case::no_program("text/x-shellscript", b"echo a\n", "#!/bin/bash")]
#[case::line_ends("text/x-shellscript-per-boot", b"#!/bin/sh\r\n", "CRLF")]
#[case::line_ends_of_another("text/cloud-boothook", b"#cloud-boothook\r\n#!/bin/sh\r\n", "CRLF")]
#[case::plain("text/plain", b"#!/bin/sh\r\n", "CRLF")]
#[case::not_yaml("text/cloud-config", b"#cloud-config\na: [\n", "not valid YAML")]
#[case::no_mapping("text/cloud-config", b"- a\n", "not a mapping")]
fn invalid_extra_part_is_rejected(#[case] kind: &str, #[case] body: &[u8], #[case] reason: &str) {
    let part = |kind: &str, body: &[u8]| Part {
        content_type: Some(kind.to_owned()),
        filename: None,
        is_base64: false,
        body: body.to_vec(),
    };
    let any = part("application/octet-stream", b"\xff\r\n");
    let (place, text) = only(&Node { extra_parts: vec![any, part(kind, body)], ..node() });
    assert_eq!(place, "extra_part[1]");
    assert!(text.contains(reason), "{text}");
}

#[test]
fn powershell_needs_no_first_line() {
    let windows = Node { family: Family::Windows, pre_bootstrap_scripts: vec!["Get-Date".to_owned()], ..node() };
    assert_eq!(check(&windows), []);
}

#[test]
fn line_ends_of_windows_are_accepted_on_windows() {
    let windows = Node { family: Family::Windows, pre_bootstrap_scripts: vec!["Get-Date\r\n".to_owned()], ..node() };
    assert_eq!(check(&windows), []);
}

#[rstest]
#[case::variable("AWS_SECRET_ACCESS_KEY", "abcdef", "http://a", "environment[\"kubelet\"][\"AWS_SECRET_ACCESS_KEY\"]")]
#[case::access_key("KEY", "x AKIAABCDEFGHIJKLMNOP", "http://a", "environment[\"kubelet\"][\"KEY\"]")]
#[case::proxy("KEY", "a", "http://user:secret@a", "proxy.https")]
fn secret_elsewhere_is_a_warning(#[case] name: &str, #[case] value: &str, #[case] https: &str, #[case] place: &str) {
    let proxy = Proxy { https: Some(https.to_owned()), ..Proxy::default() };
    let environment = [("kubelet".to_owned(), labels(&[(name, value)]))].into();
    let found = check(&Node { environment, proxy: Some(proxy), ..node() });
    let [only] = found.as_slice() else { panic!("one warning: {found:?}") };
    assert_eq!((only.is_error(), only.place.to_string().as_str()), (false, place));
    assert!(!only.text.contains("secret@") && !only.text.contains("AKIA"), "{}", only.text);
}

#[test]
fn suspected_secret_in_script_causes_warning() {
    let script = "#!/bin/sh\nexport AWS_SECRET_ACCESS_KEY=abc\n".to_owned();
    let found = check(&Node { pre_bootstrap_scripts: vec![script], ..node() });
    assert!(matches!(found.as_slice(), [only] if !only.is_error() && !only.text.contains("abc")), "{found:?}");
}

#[test]
fn input_without_a_place_is_an_error() {
    let node = Node { max_pods: Some(5), ..Node::new(Family::Hybrid, Mode::SelfManaged) };
    let found = unused(&node, &[("max_pods", "Use a."), ("kubelet_config", "Use b.")]);
    assert_eq!(found, [Finding::error(Place::of("max_pods"), "A hybrid node does not support max_pods. Use a.")]);
}

#[rstest]
#[case::old("AL2023_x86_64_NVIDIA", Some((1, 34)), Mode::SelfManaged, "gold", true)]
#[case::unknown("AL2023_ARM_64_NVIDIA", None, Mode::ManagedAmi, "gold", true)]
#[case::sets_itself("AL2023_x86_64_NVIDIA", Some((1, 35)), Mode::SelfManaged, "gold", false)]
#[case::merged("AL2023_x86_64_NVIDIA", Some((1, 34)), Mode::Merge, "gold", false)]
#[case::own_plugin("BOTTLEROCKET_x86_64_NVIDIA", Some((1, 34)), Mode::SelfManaged, "gold", false)]
#[case::no_gpu("AL2023_x86_64_STANDARD", Some((1, 34)), Mode::SelfManaged, "gold", false)]
fn gpu_present_label_is_added_only_if_required(
    #[case] ami_type: &str,
    #[case] kubernetes_version: Option<(u32, u32)>,
    #[case] mode: Mode,
    #[case] tier: &str,
    #[case] is_added: bool,
) {
    let ami_type = ami_types::find(ami_type).expect("an AMI type of the table");
    let node = Node {
        ami_type: Some(ami_type),
        kubernetes_version,
        node_labels: labels(&[("tier", tier)]),
        ..Node::new(ami_type.system.into(), mode)
    };
    let expected =
        if is_added { "--node-labels=nvidia.com/gpu.present=true,tier=gold" } else { "--node-labels=tier=gold" };
    assert_eq!(node.labels_flag().as_deref(), Some(expected));
}

#[rstest]
#[case::no_execute(Family::AmazonLinux2023, Effect::NoExecute, &["node_taint[0].effect"])]
#[case::no_schedule(Family::AmazonLinux2023, Effect::NoSchedule, &[])]
#[case::no_pod(Family::Bottlerocket, Effect::NoExecute, &[])]
fn taint_that_keeps_the_device_plugin_away_is_a_warning(
    #[case] family: Family,
    #[case] effect: Effect,
    #[case] places: &[&str],
) {
    let found = check(&Node { family, node_taints: vec![taint("nvidia.com/gpu", "present", effect)], ..node() });
    assert!(found.iter().all(|finding| !finding.is_error()), "{found:?}");
    assert_eq!(found.iter().map(|finding| finding.place.to_string()).collect::<Vec<_>>(), places);
}

#[rstest]
#[case::other("172.20.0.0/16", "fd00::a", 1)]
#[case::other_than_ipv6("fd00::/108", "10.0.0.2", 1)]
#[case::same("fd00::/108", "fd00::a", 0)]
fn dns_of_another_family_is_a_warning(#[case] service_cidr: &str, #[case] address: &str, #[case] count: usize) {
    let cluster = node().cluster.map(|cluster| Cluster { service_cidr: service_cidr.to_owned(), ..cluster });
    let dns = Dns { cluster_ips: vec![address.to_owned()], ..Dns::default() };
    let found = check(&Node { cluster, dns, ..node() });
    assert!(found.iter().all(|finding| !finding.is_error()), "{found:?}");
    assert_eq!(found.len(), count, "{found:?}");
}

#[test]
fn flags_are_written_as_the_kubelet_reads_them() {
    let node = Node {
        node_taints: vec![taint("b", "c", Effect::NoExecute), taint("a", "", Effect::PreferNoSchedule)],
        ..node()
    };
    assert_eq!(node.taints_flag().as_deref(), Some("--register-with-taints=b=c:NoExecute,a:PreferNoSchedule"));
    assert_eq!(node.labels_flag(), None);
    assert_eq!(Node::new(Family::Windows, Mode::Merge).taints_flag(), None);
}

#[test]
fn activation_code_is_not_shown() {
    let credentials =
        HybridCredentials::Ssm { activation_code: "abcdefghijklmnopqrst".to_owned(), activation_id: "id".to_owned() };
    assert!(!format!("{credentials:?}").contains("abcdef"));
}

#[test]
fn multipart_without_parts_is_empty() {
    let rendered = Rendered::multipart(Vec::new(), Vec::new()).expect("nothing to print");
    assert!(rendered.bytes.is_empty() && rendered.content_type.is_empty());
}

#[rstest]
#[case::quantity("--kube-reserved=memory=lots", "a quantity")]
#[case::threshold("--eviction-hard=memory.available<five", "neither a quantity")]
#[case::gate("--feature-gates=PodSecurity=true", "removed after")]
#[case::cpus("--reserved-cpus=0-1", "kubeReservedCgroup")]
#[case::syntax("--system-reserved=cpu", "a list such as")]
#[case::version("--fail-cgroupv1=false", "in 1.31 and later")]
fn flag_is_checked_as_the_member(#[case] flag: &str, #[case] reason: &str) {
    let node = Node { kubelet_flags: vec![flag.to_owned()], kubernetes_version: Some((1, 30)), ..node() };
    let (place, text) = only(&node);
    assert_eq!(place, "kubelet_flags[0]");
    assert!(text.contains(reason), "{text}");
}

#[test]
fn flag_and_member_for_one_setting_contradict() {
    let kubelet_config = json!({"registryPullQPS": 10});
    let node = Node { kubelet_config, kubelet_flags: vec!["--registry-qps=5".to_owned()], ..node() };
    let (place, text) = only(&node);
    assert_eq!(place, "kubelet_flags[0]");
    assert!(text.contains("kubelet_config also sets registryPullQPS"), "{text}");
}

#[test]
fn flags_that_add_up_may_be_repeated() {
    let flags = |flags: &[&str]| flags.iter().map(|flag| (*flag).to_owned()).collect();
    let repeated = flags(&["--kube-reserved=cpu=1", "--kube-reserved=memory=1Gi"]);
    assert_eq!(check(&Node { kubelet_flags: repeated, ..node() }), []);
    assert_eq!(only(&Node { kubelet_flags: flags(&["--v=2", "--v=4"]), ..node() }).0, "kubelet_flags[1]");
}

#[rstest]
#[case::windows(Family::Windows, "--eviction-hard=memory.available<five")]
#[case::windows_gate(Family::Windows, "--feature-gates=NodeSwap=yes")]
#[case::hybrid(Family::Hybrid, "--kube-reserved=memory=lots")]
fn flags_are_checked_on_every_family(#[case] family: Family, #[case] flag: &str) {
    let node = Node { family, kubelet_flags: vec![flag.to_owned()], ..node() };
    assert_eq!(only(&node).0, "kubelet_flags[0]");
}

#[rstest]
#[case::earlier(Some((1, 35)), 0)]
#[case::from_then_on(Some((1, 36)), 1)]
#[case::unknown_version(None, 1)]
fn negative_image_age_is_an_error_by_version(#[case] kubernetes_version: Option<(u32, u32)>, #[case] count: usize) {
    let kubelet_config = json!({"imageMinimumGCAge": "-1s"});
    let found = check(&Node { kubelet_config, kubernetes_version, ..node() });
    assert_eq!(found.iter().filter(|finding| finding.is_error()).count(), count, "{found:?}");
}

#[rstest]
#[case::too_early(json!({"containerLogMaxWorkers": 2}), Some((1, 29)), true)]
#[case::from_then_on(json!({"containerLogMaxWorkers": 2}), Some((1, 30)), false)]
#[case::unknown_version(json!({"containerLogMaxWorkers": 2}), None, false)]
#[case::inside(json!({"crashLoopBackOff": {"maxContainerRestartPeriod": "60s"}}), Some((1, 31)), true)]
fn member_belongs_to_versions(#[case] config: Json, #[case] version: Option<(u32, u32)>, #[case] is_error: bool) {
    let found = check(&Node { kubelet_config: config, kubernetes_version: version, ..node() });
    assert_eq!(found.iter().any(Finding::is_error), is_error, "{found:?}");
}

#[rstest]
#[case::member(json!({"hologram": 1}), vec![], Some((1, 38)))]
#[case::member_like_another(json!({"podPidLimit": 1}), vec![], Some((1, 38)))]
#[case::member_without_version(json!({"hologram": 1}), vec![], None)]
#[case::flag(Json::Null, vec!["--hologram=1".to_owned()], Some((1, 38)))]
#[case::flag_without_version(Json::Null, vec!["--hologram=1".to_owned()], None)]
#[case::gate(json!({"featureGates": {"Hologram": true}}), vec![], Some((1, 38)))]
fn name_newer_than_the_tables_is_a_warning(
    #[case] kubelet_config: Json,
    #[case] kubelet_flags: Vec<String>,
    #[case] kubernetes_version: Option<(u32, u32)>,
) {
    let found = check(&Node { kubelet_config, kubelet_flags, kubernetes_version, ..node() });
    assert!(matches!(found.as_slice(), [finding] if !finding.is_error()), "{found:?}");
}

#[rstest]
#[case::typo("NodeSwop", "Did you mean NodeSwap?", false)]
#[case::of_nodeadm("FastImagePull", "Move it to feature_gates", true)]
fn unknown_gate_gets_a_hint(#[case] gate: &str, #[case] hint: &str, #[case] is_error: bool) {
    let found = check(&Node { kubelet_config: json!({"featureGates": {gate: true}}), ..node() });
    let [finding] = found.as_slice() else { panic!("one finding: {found:?}") };
    assert!(finding.text.contains(hint) && finding.is_error() == is_error, "{finding:?}");
}

#[test]
fn runtime_specification_is_checked() {
    let spec = json!({"process": {"rlimits": [{"type": "RLIMIT_NOFILE", "soft": 9, "hard": 1}]}});
    let node = Node { containerd_base_runtime_spec: spec, ..node() };
    assert!(only(&node).1.contains("above the hard limit"));
    assert_eq!(check(&Node { skipped: vec![Reader::Containerd], ..node }), []);
}

#[test]
fn skipped_checks_of_the_kubelet_are_not_made() {
    let node = Node {
        kubelet_config: json!({"podPidLimit": 1, "maxPods": 5}),
        kubelet_flags: vec!["--hologram".to_owned(), "--kube-reserved=memory=lots".to_owned()],
        node_labels: labels(&[("node-role.kubernetes.io/gpu", "true")]),
        skipped: vec![Reader::Kubelet],
        ..node()
    };
    // What another input says stays where it is.
    assert_eq!(only(&node).0, "kubelet_config[\"maxPods\"]");
}
