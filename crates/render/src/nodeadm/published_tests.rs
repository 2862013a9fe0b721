//! NodeConfigs as people publish them, rewritten, each beside the typed inputs that say the same.

use std::collections::BTreeSet;

use serde_json::json;

use super::*;
use crate::node::{Cluster, DiskStrategy, Dns, Effect, InstanceStore, Proxy, Taint, check};

const HEAD: &str = "apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec:\n";
const CLUSTER: &str = "  cluster:\n    name: demo\n    apiServerEndpoint: https://0A1B.gr7.eu-west-1.eks.amazonaws.com\n    \
                       certificateAuthority: LS0tLS1CRUdJTg==\n    cidr: 10.100.0.0/16\n";

fn joining() -> Node {
    let cluster = Cluster {
        name: "demo".to_owned(),
        endpoint: "https://0A1B.gr7.eu-west-1.eks.amazonaws.com".to_owned(),
        certificate_authority: "LS0tLS1CRUdJTg==".to_owned(),
        service_cidr: "10.100.0.0/16".to_owned(),
        outpost_id: None,
    };
    Node { cluster: Some(cluster), ..Node::new(Family::AmazonLinux2023, Mode::SelfManaged) }
}

fn merged() -> Node {
    Node::new(Family::AmazonLinux2023, Mode::Merge)
}

pub(super) fn map<const N: usize>(pairs: [(&str, &str); N]) -> std::collections::BTreeMap<String, String> {
    pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).into()
}

pub(super) fn texts<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).to_vec()
}

/// A document in a form in which the order of labels and flags does not matter.
pub(super) fn normal(mut document: Json) -> Json {
    if let Some(flags) = document.pointer_mut("/spec/kubelet/flags").filter(|flags| flags.is_array()) {
        let mut words = BTreeSet::new();
        for flag in flags.as_array().into_iter().flatten().filter_map(Json::as_str) {
            match flag.strip_prefix("--node-labels=") {
                Some(labels) => words.extend(labels.split(',').map(|label| format!("label {label}"))),
                None => {
                    words.insert(flag.to_owned());
                }
            }
        }
        *flags = json!(words);
    }
    document
}

#[track_caller]
fn assert_same(spec: &str, node: &Node) {
    let original = yaml::read(&format!("{HEAD}{spec}")).expect("the original is YAML");
    assert_eq!(schema::check(&original, Family::AmazonLinux2023), []);
    assert_eq!(check(node).into_iter().filter(Finding::is_error).collect::<Vec<_>>(), []);
    let rendered = render(node).unwrap_or_else(|found| panic!("{found:?}"));
    let documents = rendered.parts.iter().filter(|part| is_node_config(part));
    let documents: Vec<Json> =
        documents.map(|part| yaml::read(std::str::from_utf8(&part.body).expect("text")).expect("YAML")).collect();
    let ours = merge::merge(&documents, Family::AmazonLinux2023);
    assert_eq!(normal(ours), normal(merge::merge(&[original], Family::AmazonLinux2023)));
}

/// A test for each file, with the `assert_same` of the module.
macro_rules! published {
    ($($name:ident: $spec:expr => $node:expr;)*) => {
        $(
            #[test]
            fn $name() {
                assert_same(&$spec, &$node);
            }
        )*
    };
}

pub(super) use published;

published! {
    minimal: CLUSTER => joining();
    kubelet_configuration: format!("{CLUSTER}  kubelet:\n    config:\n      shutdownGracePeriod: 30s\n      featureGates:\n        \
        NodeSwap: false\n") => Node {
        kubelet_config: json!({"shutdownGracePeriod": "30s", "featureGates": {"NodeSwap": false}}), ..joining()
    };
    labels_in_flags: format!("{CLUSTER}  kubelet:\n    flags:\n    - --node-labels=nodegroup=example,foo=bar\n    - --v=4\n") => Node {
        node_labels: map([("foo", "bar"), ("nodegroup", "example")]), kubelet_flags: texts(["--v=4"]), ..joining()
    };
    unpacked_layers: format!("{CLUSTER}  containerd:\n    config: |\n      [plugins.\"io.containerd.grpc.v1.cri\".containerd]\n      \
        discard_unpacked_layers = false\n") => Node {
        containerd_config: Some(
            "[plugins.\"io.containerd.grpc.v1.cri\".containerd]\ndiscard_unpacked_layers = false\n".to_owned()
        ),
        ..joining()
    };
    instance_store: "  instance:\n    localStorage:\n      strategy: RAID0\n" => Node {
        instance_store: Some(InstanceStore { strategy: DiskStrategy::Raid0, mount_path: None, disabled_mounts: vec![] }), ..merged()
    };
    mirrored_disks: "  instance:\n    localStorage:\n      strategy: RAID10\n      mountPath: /mnt/fast\n      disabledMounts: [PodLogs]\n"
        => Node {
        instance_store: Some(InstanceStore {
            strategy: DiskStrategy::Raid10, mount_path: Some("/mnt/fast".to_owned()), disabled_mounts: texts(["PodLogs"]),
        }),
        ..merged()
    };
    instance_names: format!("{CLUSTER}  featureGates:\n    InstanceIdNodeName: true\n") => Node {
        feature_gates: [("InstanceIdNodeName".to_owned(), true)].into(), ..joining()
    };
    fast_pulls: "  featureGates:\n    FastImagePull: true\n" => Node {
        feature_gates: [("FastImagePull".to_owned(), true)].into(), ..merged()
    };
    proxy: "  instance:\n    environment:\n      default:\n        HTTPS_PROXY: http://10.0.0.5:3128\n        NO_PROXY: \
        169.254.169.254,.svc\n" => Node {
        proxy: Some(Proxy {
            https: Some("http://10.0.0.5:3128".to_owned()), no_proxy: texts(["169.254.169.254", ".svc"]), ..Proxy::default()
        }),
        ..merged()
    };
    open_files: "  containerd:\n    baseRuntimeSpec:\n      process:\n        rlimits:\n        - type: RLIMIT_NOFILE\n          soft: 1024\n          \
        hard: 1048576\n" => Node {
        containerd_base_runtime_spec: json!({"process": {"rlimits": [{"type": "RLIMIT_NOFILE", "soft": 1024, "hard": 1_048_576}]}}),
        ..merged()
    };
    prefix_delegation: format!("{CLUSTER}  kubelet:\n    config:\n      maxPods: 110\n") => Node { max_pods: Some(110), ..joining() };
    taints: format!("{CLUSTER}  kubelet:\n    config:\n      registerWithTaints:\n      - key: nvidia.com/gpu\n        value: present\n        \
        effect: NoSchedule\n") => Node {
        node_taints: vec![Taint { key: "nvidia.com/gpu".to_owned(), value: "present".to_owned(), effect: Effect::NoSchedule }],
        ..joining()
    };
    reserved_resources: "  kubelet:\n    config:\n      systemReserved: {cpu: 100m, memory: 300Mi}\n      kubeReserved: {cpu: 250m, memory: \
        1Gi, ephemeral-storage: 2Gi}\n" => Node {
        kubelet_config: json!({
            "systemReserved": {"cpu": "100m", "memory": "300Mi"},
            "kubeReserved": {"cpu": "250m", "memory": "1Gi", "ephemeral-storage": "2Gi"},
        }),
        ..merged()
    };
    evictions: "  kubelet:\n    config:\n      evictionHard: {memory.available: 5%, nodefs.available: 10%}\n      evictionSoft: \
        {memory.available: 10%}\n      evictionSoftGracePeriod: {memory.available: 2m}\n" => Node {
        kubelet_config: json!({
            "evictionHard": {"memory.available": "5%", "nodefs.available": "10%"},
            "evictionSoft": {"memory.available": "10%"},
            "evictionSoftGracePeriod": {"memory.available": "2m"},
        }),
        ..merged()
    };
    garbage_collection: "  kubelet:\n    config:\n      imageGCHighThresholdPercent: 70\n      imageGCLowThresholdPercent: 50\n" => Node {
        kubelet_config: json!({"imageGCHighThresholdPercent": 70, "imageGCLowThresholdPercent": 50}), ..merged()
    };
    pinned_cpus: "  kubelet:\n    config:\n      cpuManagerPolicy: static\n      topologyManagerPolicy: single-numa-node\n      \
        cpuManagerPolicyOptions: {full-pcpus-only: \"true\"}\n" => Node {
        kubelet_config: json!({
            "cpuManagerPolicy": "static", "topologyManagerPolicy": "single-numa-node",
            "cpuManagerPolicyOptions": {"full-pcpus-only": "true"},
        }),
        ..merged()
    };
    pulls_in_parallel: "  kubelet:\n    config:\n      serializeImagePulls: false\n      maxParallelImagePulls: 10\n      registryPullQPS: 20\n      \
        registryBurst: 40\n" => Node {
        kubelet_config: json!({
            "serializeImagePulls": false, "maxParallelImagePulls": 10, "registryPullQPS": 20, "registryBurst": 40,
        }),
        ..merged()
    };
    log_rotation: "  kubelet:\n    config:\n      containerLogMaxSize: 50Mi\n      containerLogMaxFiles: 3\n" => Node {
        kubelet_config: json!({"containerLogMaxSize": "50Mi", "containerLogMaxFiles": 3}), ..merged()
    };
    sysctls: "  kubelet:\n    config:\n      allowedUnsafeSysctls: [net.core.somaxconn, net.ipv4.*]\n      podPidsLimit: 4096\n" => Node {
        kubelet_config: json!({"allowedUnsafeSysctls": ["net.core.somaxconn", "net.ipv4.*"], "podPidsLimit": 4096}), ..merged()
    };
    local_dns_cache: format!("{CLUSTER}  kubelet:\n    config:\n      clusterDNS: [169.254.20.10]\n") => Node {
        dns: Dns { cluster_ips: texts(["169.254.20.10"]), ..Dns::default() }, ..joining()
    };
    name_servers: "  instance:\n    network:\n      nameservers: [10.0.0.2]\n      domains: [corp.example]\n" => Node {
        dns: Dns { nameservers: texts(["10.0.0.2"]), domains: texts(["corp.example"]), ..Dns::default() }, ..merged()
    };
    pods_by_expression: "  kubelet:\n    maxPodsExpression: \"max_pods > 110 ? 110 : max_pods\"\n" => Node {
        max_pods_expression: Some("max_pods > 110 ? 110 : max_pods".to_owned()), ..merged()
    };
    registry_mirrors: "  containerd:\n    config: |\n      [plugins.\"io.containerd.cri.v1.images\".registry]\n      config_path = \
        \"/etc/containerd/certs.d\"\n" => Node {
        containerd_config: Some(
            "[plugins.\"io.containerd.cri.v1.images\".registry]\nconfig_path = \"/etc/containerd/certs.d\"\n".to_owned()
        ),
        ..merged()
    };
    variables_of_a_service: "  instance:\n    environment:\n      containerd: {GOMAXPROCS: \"2\"}\n" => Node {
        environment: [("containerd".to_owned(), map([("GOMAXPROCS", "2")]))].into(), ..merged()
    };
    swap: "  kubelet:\n    config:\n      failSwapOn: false\n      memorySwap: {swapBehavior: LimitedSwap}\n" => Node {
        kubelet_config: json!({"failSwapOn": false, "memorySwap": {"swapBehavior": "LimitedSwap"}}), ..merged()
    };
    seccomp: "  kubelet:\n    config: {seccompDefault: true, protectKernelDefaults: true}\n" => Node {
        kubelet_config: json!({"seccompDefault": true, "protectKernelDefaults": true}), ..merged()
    };
    reserved_cpus: "  kubelet:\n    config: {reservedSystemCPUs: 0-1, systemReservedCgroup: \"\", kubeReservedCgroup: \"\"}\n" => Node {
        kubelet_config: json!({"reservedSystemCPUs": "0-1", "systemReservedCgroup": "", "kubeReservedCgroup": ""}), ..merged()
    };
    ephemeral_volumes: "  instance:\n    storage:\n      volumes:\n      - {device: /dev/xvdb, mountTargets: [/var/lib/containerd], fsType: xfs}\n"
        => Node {
        node_configs: texts(["{apiVersion: node.eks.aws/v1alpha1, kind: NodeConfig, spec: {instance: {storage: {volumes: \
            [{device: /dev/xvdb, mountTargets: [/var/lib/containerd], fsType: xfs}]}}}}"]),
        ..merged()
    };
    several_taints: format!("{CLUSTER}  kubelet:\n    config:\n      registerWithTaints:\n      - {{key: team, value: a, effect: NoSchedule}}\n      \
        - {{key: team, value: a, effect: NoExecute}}\n    flags: [\"--node-labels=team=a\"]\n") => Node {
        node_labels: map([("team", "a")]),
        node_taints: vec![
            Taint { key: "team".to_owned(), value: "a".to_owned(), effect: Effect::NoSchedule },
            Taint { key: "team".to_owned(), value: "a".to_owned(), effect: Effect::NoExecute },
        ],
        ..joining()
    };
    flags_for_reserved_memory: format!("{CLUSTER}  kubelet:\n    flags: [\"--system-reserved=memory=500Mi,cpu=200m\"]\n") => Node {
        kubelet_flags: texts(["--system-reserved=memory=500Mi,cpu=200m"]), ..joining()
    };
}
