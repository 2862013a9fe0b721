use rstest::rstest;
use serde_json::json;

use super::*;
use crate::ami_types;
use crate::mime;
use crate::node::{
    Cluster, DiskStrategy, Dns, Effect, Hybrid, HybridCredentials, InstanceStore, Proxy, RolesAnywhere, Taint, check,
};

fn cluster() -> Cluster {
    Cluster {
        name: "prod-eu".to_owned(),
        endpoint: "https://0A1B.gr7.eu-west-1.eks.amazonaws.com".to_owned(),
        certificate_authority: "LS0tLS1CRUdJTg==".to_owned(),
        service_cidr: "172.20.0.0/16".to_owned(),
        outpost_id: None,
    }
}

fn node() -> Node {
    Node { cluster: Some(cluster()), ..Node::new(Family::AmazonLinux2023, Mode::SelfManaged) }
}

fn hybrid(credentials: HybridCredentials) -> Node {
    let hybrid = Hybrid {
        cluster_name: "prod-eu".to_owned(),
        region: "eu-west-1".to_owned(),
        credentials,
        enable_credentials_file: Some(true),
    };
    Node { hybrid: Some(hybrid), ..Node::new(Family::Hybrid, Mode::SelfManaged) }
}

fn ssm() -> HybridCredentials {
    HybridCredentials::Ssm {
        activation_code: "abcdefghijklmnopqrst".to_owned(),
        activation_id: "01234567-89ab-cdef-0123-456789abcdef".to_owned(),
    }
}

fn pairs(pairs: &[(&str, &str)]) -> std::collections::BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn text(node: &Node) -> String {
    assert_eq!(check(node), []);
    String::from_utf8(render(node).expect("a userdata").bytes).expect("text")
}

fn only(node: &Node) -> (String, String) {
    let found = render(node).expect_err("refused");
    let [finding] = found.as_slice() else { panic!("one finding: {found:?}") };
    (finding.place.to_string(), finding.text.clone())
}

fn only_warning(node: &Node) -> (String, String) {
    let rendered = render(node).expect("a userdata");
    let [finding] = rendered.warnings.as_slice() else { panic!("one warning: {:?}", rendered.warnings) };
    (finding.place.to_string(), finding.text.clone())
}

#[test]
fn minimal_node_joins_with_four_facts() {
    let expected = r#"MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="EKSCOMPUTE"

--EKSCOMPUTE
Content-Type: application/node.eks.aws

apiVersion: "node.eks.aws/v1alpha1"
kind: "NodeConfig"
spec:
  cluster:
    apiServerEndpoint: "https://0A1B.gr7.eu-west-1.eks.amazonaws.com"
    certificateAuthority: "LS0tLS1CRUdJTg=="
    cidr: "172.20.0.0/16"
    name: "prod-eu"

--EKSCOMPUTE--
"#;
    assert_eq!(text(&node()), expected);
}

#[test]
fn merged_userdata_holds_the_difference_only() {
    let node = Node {
        pre_bootstrap_scripts: vec!["#!/bin/bash\nmkdir -p /opt/tools\n".to_owned()],
        kubelet_config: json!({"shutdownGracePeriod": "30s", "imageGCHighThresholdPercent": 80}),
        ..Node::new(Family::AmazonLinux2023, Mode::Merge)
    };
    let expected = r#"MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="EKSCOMPUTE"

--EKSCOMPUTE
Content-Type: text/x-shellscript; charset="us-ascii"

#!/bin/bash
mkdir -p /opt/tools

--EKSCOMPUTE
Content-Type: application/node.eks.aws

apiVersion: "node.eks.aws/v1alpha1"
kind: "NodeConfig"
spec:
  kubelet:
    config:
      imageGCHighThresholdPercent: 80
      shutdownGracePeriod: "30s"

--EKSCOMPUTE--
"#;
    // EKS may well give the other threshold, so that this is no error.
    let found = check(&node);
    assert!(matches!(found.as_slice(), [only] if !only.is_error() && only.text.contains("EKS adds")), "{found:?}");
    assert_eq!(render(&node).expect("a userdata").bytes, expected.as_bytes());
    let both = json!({"imageGCHighThresholdPercent": 80, "imageGCLowThresholdPercent": 80});
    assert!(check(&Node { kubelet_config: both, ..node }).iter().any(Finding::is_error));
    assert_eq!(text(&Node::new(Family::AmazonLinux2023, Mode::Merge)), "");
}

#[test]
fn ipv6_service_cidr_stays_as_it_is() {
    let ipv6 = Cluster { service_cidr: "fd30:1c53:5f8a::/108".to_owned(), ..cluster() };
    let text = text(&Node { cluster: Some(ipv6), ..node() });
    assert!(text.contains("cidr: \"fd30:1c53:5f8a::/108\"\n"), "{text}");
    assert!(!text.contains("clusterDNS"), "{text}");
}

#[test]
fn gpu_node_behind_a_proxy() {
    let node = Node {
        ami_type: ami_types::find("AL2023_x86_64_NVIDIA"),
        kubernetes_version: Some((1, 34)),
        instance_store: Some(InstanceStore {
            strategy: DiskStrategy::Raid0,
            mount_path: None,
            disabled_mounts: vec!["PodLogs".to_owned()],
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
    };
    let expected = r#"spec:
  cluster:
    apiServerEndpoint: "https://0A1B.gr7.eu-west-1.eks.amazonaws.com"
    certificateAuthority: "LS0tLS1CRUdJTg=="
    cidr: "172.20.0.0/16"
    name: "prod-eu"
  instance:
    environment:
      default:
        HTTPS_PROXY: "http://10.9.0.5:3128"
        NO_PROXY: "169.254.169.254,.svc"
    localStorage:
      disabledMounts:
        - "PodLogs"
      strategy: "RAID0"
  kubelet:
    config:
      registerWithTaints:
        - effect: "NoSchedule"
          key: "nvidia.com/gpu"
          value: "present"
    flags:
      - "--node-labels=nvidia.com/gpu.present=true,workload=train"
"#;
    assert!(text(&node).contains(expected), "{}", text(&node));
    let newer = text(&Node { kubernetes_version: Some((1, 35)), ..node });
    assert!(!newer.contains("gpu.present"), "{newer}");
}

#[test]
fn ambiguous_yaml_strings_are_quoted() {
    let given =
        [("NO", "x"), ("y", "1"), ("Q", "a \"b\" c"), ("P", "50% # not: a comment"), ("T", "it's"), ("B", "C:\\tmp")];
    let node = Node {
        cluster: Some(Cluster { name: "on".to_owned(), ..cluster() }),
        node_labels: pairs(&[
            ("a.b/flag", "true"),
            ("ver", "1.0"),
            ("hex", "0x1F"),
            ("exp", "1e3"),
            ("yes", "no"),
            ("empty", ""),
        ]),
        environment: [("default".to_owned(), pairs(&given))].into(),
        ..node()
    };
    let expected = r#"    name: "on"
  instance:
    environment:
      default:
        B: "C:\\tmp"
        "NO": "x"
        P: "50% # not: a comment"
        Q: "a \"b\" c"
        T: "it's"
        "y": "1"
  kubelet:
    flags:
      - "--node-labels=a.b/flag=true,empty=,exp=1e3,hex=0x1F,ver=1.0,yes=no"
"#;
    assert!(text(&node).contains(expected), "{}", text(&node));
    let environment = [("default".to_owned(), pairs(&[("Q", "say \"hi\"")]))].into();
    let (place, text) = only(&Node { environment, ..node });
    assert_eq!(place, "environment[\"default\"][\"Q\"]");
    assert!(text.contains('Q'), "{text}");
}

#[test]
fn everything_has_its_field() {
    let node = Node {
        max_pods: Some(58),
        kubelet_flags: vec!["--v=4".to_owned()],
        containerd_config: Some("[grpc]\ngid = 0\n".to_owned()),
        containerd_base_runtime_spec: json!({"process": {"noNewPrivileges": true}}),
        dns: Dns {
            cluster_ips: vec!["10.0.0.10".to_owned()],
            nameservers: vec!["10.0.0.2".to_owned()],
            domains: vec!["corp.example".to_owned()],
        },
        feature_gates: [("InstanceIdNodeName".to_owned(), true)].into(),
        cluster: Some(Cluster { outpost_id: Some("op-1".to_owned()), ..cluster() }),
        ..node()
    };
    let expected = r#"    enableOutpost: true
    id: "op-1"
    name: "prod-eu"
  containerd:
    baseRuntimeSpec:
      process:
        noNewPrivileges: true
    config: |
      [grpc]
      gid = 0
  featureGates:
    InstanceIdNodeName: true
  instance:
    network:
      domains:
        - "corp.example"
      nameservers:
        - "10.0.0.2"
  kubelet:
    config:
      clusterDNS:
        - "10.0.0.10"
      maxPods: 58
    flags:
      - "--v=4"
"#;
    assert!(text(&node).contains(expected), "{}", text(&node));
    let expression = Node { max_pods: None, max_pods_expression: Some("max_pods - 1".to_owned()), ..node };
    assert!(text(&expression).contains("maxPodsExpression: \"max_pods - 1\"\n"));
}

#[test]
fn parts_are_rendered_in_order() {
    let node = Node {
        pre_bootstrap_scripts: vec!["#!/bin/sh\necho \u{e9}\n".to_owned()],
        extra_parts: vec![part("text/cloud-config", "#cloud-config\npackages: [jq]\n".to_owned())],
        node_configs: vec![
            "apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec: {kubelet: {flags: [--v=2]}}".to_owned(),
        ],
        ..node()
    };
    let rendered = render(&node).expect("a userdata");
    assert_eq!(rendered.content_type, "multipart/mixed");
    let read = mime::parse(&rendered.bytes).expect("MIME").expect("a multipart");
    assert_eq!(read.problems, []);
    let types: Vec<_> = read.parts.iter().filter_map(|part| part.content_type.as_deref()).collect();
    assert_eq!(types, [SHELL, "text/cloud-config", NODE_CONFIG, NODE_CONFIG]);
    assert_eq!(read.parts[0].body, "#!/bin/sh\necho \u{e9}\n".as_bytes());
    let document = "apiVersion: \"node.eks.aws/v1alpha1\"\nkind: \"NodeConfig\"\nspec:\n  kubelet:\n    flags:\n      - \"--v=2\"\n";
    assert_eq!(read.parts[3].body, document.as_bytes());
}

#[test]
fn hybrid_node_has_one_document() {
    let node = Node {
        node_configs: vec![
            "{apiVersion: node.eks.aws/v1alpha1, kind: NodeConfig, spec: {kubelet: {flags: [--v=2]}}}".to_owned(),
        ],
        node_labels: pairs(&[("a", "b")]),
        ..hybrid(ssm())
    };
    let expected = r#"apiVersion: "node.eks.aws/v1alpha1"
kind: "NodeConfig"
spec:
  cluster:
    name: "prod-eu"
    region: "eu-west-1"
  hybrid:
    enableCredentialsFile: true
    ssm:
      activationCode: "abcdefghijklmnopqrst"
      activationId: "01234567-89ab-cdef-0123-456789abcdef"
  kubelet:
    flags:
      - "--node-labels=a=b"
      - "--v=2"
"#;
    assert_eq!(text(&node), expected);
    assert_eq!(render(&node).expect("a userdata").content_type, NODE_CONFIG);
}

fn roles_anywhere() -> RolesAnywhere {
    RolesAnywhere {
        node_name: "rack-1".to_owned(),
        trust_anchor_arn: "arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/a".to_owned(),
        profile_arn: "arn:aws:rolesanywhere:eu-west-1:111122223333:profile/a".to_owned(),
        role_arn: "arn:aws:iam::111122223333:role/a".to_owned(),
        certificate_path: Some("/etc/iam/pki/server.pem".to_owned()),
        private_key_path: Some("/etc/iam/pki/server.key".to_owned()),
        aws_config_path: None,
    }
}

#[test]
fn hybrid_node_takes_credentials_of_roles_anywhere() {
    let expected = r#"    iamRolesAnywhere:
      certificatePath: "/etc/iam/pki/server.pem"
      nodeName: "rack-1"
      privateKeyPath: "/etc/iam/pki/server.key"
      profileArn: "arn:aws:rolesanywhere:eu-west-1:111122223333:profile/a"
      roleArn: "arn:aws:iam::111122223333:role/a"
      trustAnchorArn: "arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/a"
"#;
    let text = text(&hybrid(HybridCredentials::IamRolesAnywhere(roles_anywhere())));
    assert!(text.contains(expected), "{text}");
}

#[rstest]
#[case::name(|given: &mut RolesAnywhere| given.node_name = "x".repeat(65), "node_name")]
#[case::anchor(|given: &mut RolesAnywhere| given.trust_anchor_arn = "a".to_owned(), "trust_anchor_arn")]
#[case::role(|given: &mut RolesAnywhere| given.role_arn = given.profile_arn.clone(), "role_arn")]
#[case::user(|given: &mut RolesAnywhere| given.role_arn = "arn:aws:iam::111122223333:user/a".to_owned(), "role_arn")]
#[case::role_without_name(|given: &mut RolesAnywhere| given.role_arn = "arn:aws:iam::111122223333:role/".to_owned(), "role_arn")]
#[case::relative(|given: &mut RolesAnywhere| given.private_key_path = Some("server.key".to_owned()), "private_key_path")]
#[case::config(|given: &mut RolesAnywhere| given.aws_config_path = Some("config".to_owned()), "aws_config_path")]
#[case::certificate(|given: &mut RolesAnywhere| given.certificate_path = None, "certificate_path")]
#[case::key(|given: &mut RolesAnywhere| given.private_key_path = None, "private_key_path")]
fn roles_anywhere_is_checked(#[case] change: fn(&mut RolesAnywhere), #[case] name: &str) {
    let mut given = roles_anywhere();
    change(&mut given);
    let (place, _) = only(&hybrid(HybridCredentials::IamRolesAnywhere(given)));
    assert_eq!(place, format!("hybrid.iam_roles_anywhere.{name}"));
}

#[test]
fn region_of_a_hybrid_node_is_checked() {
    let with = |region: &str| {
        let mut node = hybrid(ssm());
        node.hybrid.as_mut().expect("hybrid").region = region.to_owned();
        node
    };
    for region in ["", "eu west 1", "eu-west", "EU-WEST-1"] {
        assert_eq!(only(&with(region)).0, "hybrid.region", "{region}");
    }
    for region in ["us-gov-west-1", "ap-southeast-2", "eusc-de-east-1"] {
        assert!(render(&with(region)).is_ok(), "{region}");
    }
}

#[rstest]
#[case::code("short", "01234567-89ab-cdef-0123-456789abcdef", "activation_code")]
#[case::id("abcdefghijklmnopqrst", "01234567-89AB-cdef-0123-456789abcdef", "activation_id")]
fn activation_is_checked(#[case] code: &str, #[case] id: &str, #[case] name: &str) {
    let credentials = HybridCredentials::Ssm { activation_code: code.to_owned(), activation_id: id.to_owned() };
    let (place, text) = only(&hybrid(credentials));
    assert_eq!(place, format!("hybrid.ssm.{name}"));
    assert!(!text.contains("short"), "{text}");
}

#[rstest]
#[case::later(Node { post_bootstrap_scripts: vec!["#!/bin/sh\n".to_owned()], ..node() }, "post_bootstrap_scripts", "before the kubelet starts")]
#[case::hybrid(Node { hybrid: hybrid(ssm()).hybrid, ..node() }, "hybrid", "os_family \"hybrid\"")]
#[case::windows(Node { bottlerocket_settings: json!({"motd": "a"}), ..node() }, "bottlerocket_settings", "Bottlerocket")]
#[case::flag(Node { kubelet_flags: vec!["--a=b c".to_owned()], ..node() }, "kubelet_flags[0]", "contains a space")]
#[case::gate(Node { feature_gates: [("fastImagePull".to_owned(), true)].into(), ..node() }, "feature_gates[\"fastImagePull\"]", "FastImagePull")]
#[case::expression(Node { max_pods_expression: Some("x".to_owned()), ..node() }, "max_pods_expression", "default_enis")]
#[case::two(Node { max_pods: Some(1), max_pods_expression: Some("max_pods".to_owned()), ..node() }, "max_pods_expression", "one of the two")]
#[case::nodeadm(Node { pre_bootstrap_scripts: vec!["#!/bin/sh\nnodeadm init -c imds://user-data\n".to_owned()], ..node() }, "pre_bootstrap_scripts[0]", "automatically")]
#[case::bootstrap_part(Node { extra_parts: vec![part(SHELL, "#!/bin/sh\n/etc/eks/bootstrap.sh a\n".to_owned())], ..node() }, "extra_part[0]", "automatically")]
#[case::document(Node { node_configs: vec!["a: yes".to_owned()], ..node() }, "node_configs[0]", "line 1")]
#[case::field(Node { node_configs: vec!["{apiVersion: node.eks.aws/v1alpha1, kind: NodeConfig, spec: {kubelets: {}}}".to_owned()], ..node() }, "node_configs[0]", "spec.kubelets: nodeadm ignores")]
#[case::hybrid_disks(Node { instance_store: Some(InstanceStore { strategy: DiskStrategy::Raid10, mount_path: None, disabled_mounts: vec![] }), ..hybrid(ssm()) }, "instance_store.strategy", "RAID0")]
#[case::hybrid_dns(Node { dns: Dns { domains: vec!["a".to_owned()], ..Dns::default() }, ..hybrid(ssm()) }, "dns.domains", "hybrid")]
#[case::hybrid_script(Node { pre_bootstrap_scripts: vec!["#!/bin/sh\n".to_owned()], ..hybrid(ssm()) }, "pre_bootstrap_scripts", "nodeadm init")]
#[case::no_hybrid(Node::new(Family::Hybrid, Mode::SelfManaged), "hybrid", "iam_roles_anywhere")]
fn unsupported_input_is_rejected(#[case] node: Node, #[case] place: &str, #[case] reason: &str) {
    let (found, text) = only(&node);
    assert_eq!(found, place);
    assert!(text.contains(reason), "{text}");
}

fn document(spec: &str) -> String {
    format!("{{apiVersion: node.eks.aws/v1alpha1, kind: NodeConfig, spec: {spec}}}")
}

fn gpu(containerd_config: &str) -> Node {
    let ami_type = ami_types::find("AL2023_x86_64_NVIDIA");
    Node { ami_type, containerd_config: Some(containerd_config.to_owned()), ..node() }
}

#[rstest]
#[case::schema_2("[plugins.'io.containerd.grpc.v1.cri'.containerd]\ndefault_runtime_name = 'runc'\n", "RuntimeClass")]
#[case::schema_3(
    "[plugins.'io.containerd.cri.v1.runtime'.containerd]\ndefault_runtime_name = 'runc'\n",
    "RuntimeClass"
)]
#[case::program(
    "[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.nvidia.options]\nBinaryName = '/usr/sbin/runc'\n",
    "nvidia-container-runtime"
)]
fn runtime_of_gpus_is_kept(#[case] config: &str, #[case] reason: &str) {
    let (place, text) = only(&gpu(config));
    assert_eq!(place, "containerd_config");
    assert!(text.contains(reason), "{text}");
    let spec = format!("{{containerd: {{config: {}}}}}", json!(config));
    let in_document = Node { containerd_config: None, node_configs: vec![document(&spec)], ..gpu("") };
    let (place, text) = only(&in_document);
    assert_eq!(place, "node_configs[0]");
    assert!(text.contains("spec.containerd.config"), "{text}");
    assert!(render(&Node { ami_type: ami_types::find("AL2023_x86_64_STANDARD"), ..gpu(config) }).is_ok());
}

#[test]
fn runtime_of_gpus_may_be_named_as_it_is() {
    let same = "[plugins.'io.containerd.cri.v1.runtime'.containerd]\ndefault_runtime_name = 'nvidia'\n";
    assert!(render(&gpu(same)).is_ok());
}

#[rstest]
#[case::name("{cluster: {name: other}}", "spec.cluster.name: This value differs from cluster_name")]
#[case::endpoint("{cluster: {apiServerEndpoint: 'https://other'}}", "cluster_endpoint")]
#[case::authority("{cluster: {certificateAuthority: QQ==}}", "cluster_ca_certificate")]
#[case::cidr("{cluster: {cidr: 10.100.0.0/16}}", "service_cidr")]
#[case::outpost("{cluster: {id: a}}", "Set id with the argument outpost_id")]
fn node_config_with_different_cluster_settings_is_rejected(#[case] spec: &str, #[case] reason: &str) {
    let (place, text) = only(&Node { node_configs: vec![document(spec)], ..node() });
    assert_eq!(place, "node_configs[0]");
    assert!(text.contains(reason), "{text}");
    let merged = Node { node_configs: vec![document(spec)], ..Node::new(Family::AmazonLinux2023, Mode::Merge) };
    assert!(only(&merged).1.contains("EKS adds the cluster settings"), "{:?}", only(&merged));
}

#[rstest]
#[case::pods("{kubelet: {config: {maxPods: 50}}}", "spec.kubelet.config.maxPods", false)]
#[case::expression("{kubelet: {maxPodsExpression: max_pods - 1}}", "spec.kubelet.maxPodsExpression", false)]
#[case::dns("{kubelet: {config: {clusterDNS: [10.0.0.10]}}}", "spec.kubelet.config.clusterDNS", false)]
#[case::flag("{kubelet: {flags: ['--max-pods=5']}}", "spec.kubelet.flags: --max-pods", false)]
#[case::taints("{kubelet: {config: {registerWithTaints: [{key: a, effect: NoSchedule}]}}}", "registerWithTaints", true)]
#[case::taints_flag("{kubelet: {flags: ['--register-with-taints=a=b:NoSchedule']}}", "taint blocks", true)]
fn merge_mode_reports_settings_managed_by_eks(#[case] spec: &str, #[case] part: &str, #[case] is_error: bool) {
    let merged = Node { node_configs: vec![document(spec)], ..Node::new(Family::AmazonLinux2023, Mode::Merge) };
    let (place, text) = if is_error { only(&merged) } else { only_warning(&merged) };
    assert_eq!(place, "node_configs[0]");
    assert!(text.contains(part) && text.contains("EKS"), "{text}");
    assert!(render(&Node { node_configs: vec![document(spec)], ..node() }).expect("a userdata").warnings.is_empty());
}

#[test]
fn kubelet_of_a_document_is_judged_over_all_before_it() {
    let documents = ["{kubelet: {config: {imageGCHighThresholdPercent: 80}}}"].map(document).to_vec();
    let (place, text) = only(&Node { node_configs: documents.clone(), ..node() });
    assert_eq!(place, "node_configs[0]");
    assert!(text.starts_with("spec.kubelet.config[\"imageGCHighThresholdPercent\"]: "), "{text}");
    let lower = json!({"imageGCLowThresholdPercent": 70});
    assert!(render(&Node { kubelet_config: lower, node_configs: documents, ..node() }).is_ok());
}

#[test]
fn document_of_the_same_cluster_is_taken() {
    let spec = "{cluster: {name: prod-eu, certificateAuthority: \"LS0tLS1C\\nRUdJTg==\", cidr: 172.20.0.0/16, id: '', enableOutpost: false}}";
    assert!(render(&Node { node_configs: vec![document(spec)], ..node() }).is_ok());
}

#[rstest]
#[case::region("{cluster: {region: us-east-1}}", "hybrid.region")]
#[case::credentials("{hybrid: {iamRolesAnywhere: {nodeName: a}}}", "only one is supported")]
fn hybrid_document_says_the_same(#[case] spec: &str, #[case] reason: &str) {
    let (place, text) = only(&Node { node_configs: vec![document(spec)], ..hybrid(ssm()) });
    assert_eq!(place, "node_configs[0]");
    assert!(text.contains(reason), "{text}");
}

#[rstest]
#[case::flag_over_list(&["{kubelet: {flags: ['--register-with-taints=a=b:NoSchedule']}}"], true)]
#[case::two_flags(&["{kubelet: {flags: ['--register-with-taints=a:NoSchedule']}}", "{kubelet: {flags: ['--register-with-taints=b:NoSchedule']}}"], false)]
fn conflicting_taint_definitions_are_rejected(#[case] specs: &[&str], #[case] has_taint: bool) {
    let taint = Taint { key: "a".to_owned(), value: String::new(), effect: Effect::NoSchedule };
    let node = Node {
        node_configs: specs.iter().map(|spec| document(spec)).collect(),
        node_taints: has_taint.then_some(taint).into_iter().collect(),
        ..node()
    };
    let (place, text) = only(&node);
    assert_eq!(place, format!("node_configs[{}]", specs.len() - 1));
    assert!(text.contains("--register-with-taints"), "{text}");
}

#[rstest]
#[case::pods(Node { max_pods: Some(9), ..Node::new(Family::AmazonLinux2023, Mode::Merge) }, "max_pods", "managed_ami")]
#[case::proxy(Node { proxy: Some(Proxy { https: Some("http://a".to_owned()), ..Proxy::default() }), ..node() }, "proxy.no_proxy", "169.254.169.254")]
#[case::devices(
    gpu("[plugins.'io.containerd.cri.v1.runtime']\nenable_cdi = false\n"),
    "containerd_config",
    "enable_cdi"
)]
#[case::part(Node { extra_parts: vec![part("text/x-other", "a".to_owned())], ..node() }, "extra_part[0]", "cloud-init supports")]
fn input_is_taken_with_a_warning(#[case] node: Node, #[case] place: &str, #[case] reason: &str) {
    let (found, text) = only_warning(&node);
    assert_eq!(found, place);
    assert!(text.contains(reason), "{text}");
}

#[test]
fn document_among_the_parts_comes_last_and_unchecked() {
    let own = "apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec: {hologram: 1}\n";
    let checked = own.replace("hologram: 1", "kubelet: {flags: [--v=4]}");
    let node = Node {
        extra_parts: vec![part(NODE_CONFIG, own.to_owned()), part(SHELL, "#!/bin/sh\n".to_owned())],
        node_configs: vec![checked],
        ..node()
    };
    let rendered = render(&node).expect("user data");
    let kinds: Vec<_> = rendered.parts.iter().filter_map(|part| part.content_type.as_deref()).collect();
    assert_eq!(kinds, [SHELL, NODE_CONFIG, NODE_CONFIG, NODE_CONFIG]);
    assert_eq!(rendered.parts[3].body, own.as_bytes());
    assert_eq!(rendered.warnings, []);
}

#[test]
fn unreadable_document_among_the_parts_is_a_warning() {
    let node = Node { extra_parts: vec![part(NODE_CONFIG, "a: [".to_owned())], ..node() };
    let warnings = render(&node).expect("user data").warnings;
    assert!(matches!(warnings.as_slice(), [finding] if finding.text.contains("does not join")), "{warnings:?}");
}

#[test]
fn flags_of_documents_are_checked_as_members() {
    let document = |inside: &str| {
        format!("{{apiVersion: node.eks.aws/v1alpha1, kind: NodeConfig, spec: {{kubelet: {{{inside}}}}}}}")
    };
    let of = |inside: &str| Node { node_configs: vec![document(inside)], ..node() };
    let (place, text) = only(&of("flags: [--kube-reserved=memory=lots]"));
    assert_eq!(place, "node_configs[0]");
    assert!(text.starts_with("spec.kubelet.flags[0]: "), "{text}");
    assert!(only(&of("flags: [--v=4], config: {logging: {verbosity: 2}}")).1.contains("spec.kubelet.config also sets"));
}

#[test]
fn fields_of_a_newer_nodeadm_are_merged() {
    let document =
        |value: &str| format!("{{apiVersion: node.eks.aws/v1alpha1, kind: NodeConfig, spec: {{hologram: {value}}}}}");
    let merged = document::merge_texts(&[document("{a: 1, b: 1}"), document("{b: 2}")]).expect("a document");
    assert!(merged.contains("a: 1") && merged.contains("b: 2"), "{merged}");
}
