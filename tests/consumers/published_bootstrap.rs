//! Calls of `bootstrap.sh` as people publish them, rewritten, each next to the inputs that express it. Both run in bash, and the
//! kubelet must start with the same flags and configuration.

use std::collections::{BTreeMap, BTreeSet};

use render::families::render;
use render::node::{
    Bootstrap, Cluster, DiskStrategy, Dns, Effect, Family, InstanceStore, Mode, Node, Proxy, Taint, check,
};
use serde_json::json;

use crate::linux::{Reading, read};

const CA: &str = "LS0tLS1CRUdJTg==";
const ENDPOINT: &str = "https://0A1B.gr7.eu-west-1.eks.amazonaws.com";

/// A published script after its first line, and the inputs.
struct Case {
    script: &'static str,
    node: Node,
}

fn joining() -> Node {
    let cluster = Cluster {
        name: "demo".to_owned(),
        endpoint: ENDPOINT.to_owned(),
        certificate_authority: CA.to_owned(),
        service_cidr: "10.100.0.0/16".to_owned(),
        outpost_id: None,
    };
    Node { cluster: Some(cluster), ..Node::new(Family::AmazonLinux2, Mode::SelfManaged) }
}

fn map<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, String> {
    pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).into()
}

fn strings<const N: usize>(values: [&str; N]) -> Vec<String> {
    values.map(str::to_owned).to_vec()
}

fn taint(key: &str, value: &str, effect: Effect) -> Taint {
    Taint { key: key.to_owned(), value: value.to_owned(), effect }
}

fn labeled<const N: usize>(labels: [(&str, &str); N]) -> Node {
    Node { node_labels: map(labels), ..joining() }
}

fn flagged<const N: usize>(flags: [&str; N]) -> Node {
    Node { kubelet_flags: strings(flags), ..joining() }
}

fn disks(strategy: DiskStrategy) -> Node {
    let store = InstanceStore { strategy, mount_path: None, disabled_mounts: Vec::new() };
    Node { instance_store: Some(store), ..joining() }
}

fn with_cluster(change: impl FnOnce(&mut Cluster)) -> Node {
    let mut node = joining();
    node.cluster.iter_mut().next().map(change);
    node
}

/// The first line and options that `read` runs a script with.
const HEAD: &str = "#!/bin/bash\nset -o errexit -o nounset -o pipefail\n";

fn userdata(script: &str) -> Vec<u8> {
    format!(
        "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"PUBLISHED\"\n\n--PUBLISHED\n\
         Content-Type: text/x-shellscript\n\n{HEAD}{script}\n--PUBLISHED--\n"
    )
    .into_bytes()
}

/// The flags of the kubelet without their order and form. The kubelet adds up labels, and accepts a value as the next argument.
fn kubelet(reading: &Reading) -> BTreeSet<String> {
    let mut flags: Vec<String> = Vec::new();
    for word in &reading.kubelet {
        match flags.last_mut() {
            Some(last) if !word.starts_with("--") => *last = format!("{last}={word}"),
            _ => flags.push(word.clone()),
        }
    }
    let mut set = BTreeSet::new();
    for flag in flags {
        let (name, value) = flag.split_once('=').unwrap_or((&flag, "true"));
        let is_list =
            ["--node-labels", "--register-with-taints", "--kube-reserved", "--system-reserved"].contains(&name);
        let values = if is_list { value.split(',').collect() } else { vec![value] };
        set.extend(values.into_iter().map(|value| format!("{name}={value}")));
    }
    set
}

/// The other flags of `bootstrap.sh`. Flags without an effect are omitted: containerd is the only runtime, a docker configuration
/// is ignored, and the maximum number of pods is a flag of the kubelet.
fn options(reading: &Reading) -> BTreeMap<&str, &str> {
    let without_effect = [
        "--kubelet-extra-args",
        "--container-runtime",
        "--enable-docker-bridge",
        "--docker-config-json",
        "--containerd-config-file",
        "--use-max-pods",
    ];
    let flags = reading.flags.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    flags.filter(|(name, _)| !without_effect.contains(name)).collect()
}

/// Facts that `bootstrap.sh` queries from EKS if they are not passed.
const FACTS: [&str; 6] = [
    "--apiserver-endpoint",
    "--b64-cluster-ca",
    "--service-ipv4-cidr",
    "--service-ipv6-cidr",
    "--dns-cluster-ip",
    "--ip-family",
];

#[test]
fn inputs_express_published_bootstrap_calls() {
    let cases = cases();
    assert!(cases.len() >= 30, "{}", cases.len());
    let mut all = Vec::new();
    for case in &cases {
        let errors: Vec<_> = check(&case.node).into_iter().filter(render::node::Finding::is_error).collect();
        assert_eq!(errors, [], "{}", case.script);
        let rendered = render(&case.node).unwrap_or_else(|found| panic!("{}: {found:?}", case.script));
        all.extend([userdata(case.script), rendered.bytes]);
    }
    let readings = read(&all);
    for (case, pair) in cases.iter().zip(readings.chunks(2)) {
        let [published, ours] = pair else { panic!("two readings for each case") };
        assert_eq!(kubelet(ours), kubelet(published), "{}", case.script);
        assert_eq!(ours.cluster, published.cluster, "{}", case.script);
        assert_eq!(ours.kubelet_config, published.kubelet_config, "{}", case.script);
        assert_eq!(ours.containerd_config, published.containerd_config, "{}", case.script);
        let units = |reading: &Reading| reading.units.get("containerd").cloned().unwrap_or_default();
        assert_eq!(units(ours), units(published), "{}", case.script);
        let published = options(published);
        let ours = options(ours).into_iter().filter(|(name, _)| !FACTS.contains(name) || published.contains_key(name));
        assert_eq!(ours.collect::<BTreeMap<_, _>>(), published, "{}", case.script);
    }
}

fn cases() -> Vec<Case> {
    let mut all = calls();
    all.extend(kubelet_settings());
    all.extend(node_settings());
    all
}

/// Cluster facts, labels, and taints.
fn calls() -> Vec<Case> {
    vec![
        Case { script: "/etc/eks/bootstrap.sh demo", node: joining() },
        Case {
            script: "set -o xtrace\n/etc/eks/bootstrap.sh --apiserver-endpoint 'https://0A1B.gr7.eu-west-1.eks.amazonaws.com' \
                     --b64-cluster-ca 'LS0tLS1CRUdJTg==' 'demo'",
            node: joining(),
        },
        Case {
            script: "CLUSTER=demo\nENDPOINT=https://0A1B.gr7.eu-west-1.eks.amazonaws.com\nCA=LS0tLS1CRUdJTg==\n\
                     /etc/eks/bootstrap.sh $CLUSTER --b64-cluster-ca $CA --apiserver-endpoint $ENDPOINT \
                     --dns-cluster-ip 10.100.0.10 --container-runtime containerd",
            node: joining(),
        },
        Case {
            script: "/etc/eks/bootstrap.sh demo --kubelet-extra-args '--node-labels=node.kubernetes.io/lifecycle=spot'",
            node: labeled([("node.kubernetes.io/lifecycle", "spot")]),
        },
        Case {
            script: "/etc/eks/bootstrap.sh demo \\\n  --kubelet-extra-args \"--node-labels=nodetype=build,lifecycle=Ec2Spot \
                     --register-with-taints=spotInstance=true:PreferNoSchedule\"",
            node: Node {
                node_taints: vec![taint("spotInstance", "true", Effect::PreferNoSchedule)],
                ..labeled([("lifecycle", "Ec2Spot"), ("nodetype", "build")])
            },
        },
        Case {
            script: "LABELS=team=data,env=prod\n/etc/eks/bootstrap.sh demo --kubelet-extra-args \
                     \"--node-labels $LABELS --node-labels zone=a\"",
            node: labeled([("env", "prod"), ("team", "data"), ("zone", "a")]),
        },
        Case {
            script: "sudo /etc/eks/bootstrap.sh demo --kubelet-extra-args \
                     '--register-with-taints=nvidia.com/gpu=true:NoSchedule,dedicated=ml:NoExecute'",
            node: Node {
                node_taints: vec![
                    taint("nvidia.com/gpu", "true", Effect::NoSchedule),
                    taint("dedicated", "ml", Effect::NoExecute),
                ],
                ..joining()
            },
        },
        Case {
            script: "/etc/eks/bootstrap.sh demo --ip-family ipv6 --service-ipv6-cidr fd30:1c53:5f8a::/108",
            node: with_cluster(|cluster| cluster.service_cidr = "fd30:1c53:5f8a::/108".to_owned()),
        },
        Case {
            script: "/etc/eks/bootstrap.sh demo --dns-cluster-ip 169.254.20.10",
            node: Node { dns: Dns { cluster_ips: strings(["169.254.20.10"]), ..Dns::default() }, ..joining() },
        },
        Case {
            script: "/etc/eks/bootstrap.sh demo --enable-local-outpost true --cluster-id 3f1c-outpost",
            node: with_cluster(|cluster| cluster.outpost_id = Some("3f1c-outpost".to_owned())),
        },
    ]
}

/// The configuration and flags of the kubelet.
fn kubelet_settings() -> Vec<Case> {
    vec![
        Case {
            script: "/etc/eks/bootstrap.sh demo --use-max-pods false --kubelet-extra-args '--max-pods=110'",
            node: Node { max_pods: Some(110), ..joining() },
        },
        Case {
            script: "/etc/eks/bootstrap.sh --use-max-pods false demo --kubelet-extra-args \
                     '--node-labels=k8s.amazonaws.com/eniConfig=eu-west-1a --max-pods=20'",
            node: Node { max_pods: Some(20), ..labeled([("k8s.amazonaws.com/eniConfig", "eu-west-1a")]) },
        },
        Case {
            script: "/etc/eks/bootstrap.sh demo --kubelet-extra-args \"--kube-reserved cpu=500m,memory=1Gi,ephemeral-storage=1Gi \
                     --system-reserved cpu=500m,memory=1Gi,ephemeral-storage=1Gi --eviction-hard \
                     memory.available<500Mi,nodefs.available<10%\"",
            node: flagged([
                "--kube-reserved=cpu=500m,memory=1Gi,ephemeral-storage=1Gi",
                "--system-reserved=cpu=500m,memory=1Gi,ephemeral-storage=1Gi",
                "--eviction-hard=memory.available<500Mi,nodefs.available<10%",
            ]),
        },
        Case {
            script: "/etc/eks/bootstrap.sh demo --kubelet-extra-args '--kube-reserved=cpu=80m,memory=893Mi'",
            node: Node { kubelet_config: json!({"kubeReserved": {"cpu": "80m", "memory": "893Mi"}}), ..joining() },
        },
        Case {
            script: "/etc/eks/bootstrap.sh demo --kubelet-extra-args '--feature-gates=NodeSwap=true --fail-swap-on=false'",
            node: flagged(["--feature-gates=NodeSwap=true", "--fail-swap-on=false"]),
        },
        Case {
            script: "/etc/eks/bootstrap.sh demo --kubelet-extra-args '--cpu-manager-policy=static --reserved-cpus=0,1'",
            node: flagged(["--cpu-manager-policy=static", "--reserved-cpus=0,1"]),
        },
        Case {
            script: "/etc/eks/bootstrap.sh demo --kubelet-extra-args '--allowed-unsafe-sysctls=net.core.somaxconn,net.ipv4.*'",
            node: flagged(["--allowed-unsafe-sysctls=net.core.somaxconn,net.ipv4.*"]),
        },
        Case {
            script: "/etc/eks/bootstrap.sh demo --kubelet-extra-args \
                     '--image-gc-high-threshold=70 --image-gc-low-threshold=50 --serialize-image-pulls=false'",
            node: flagged([
                "--image-gc-high-threshold=70",
                "--image-gc-low-threshold=50",
                "--serialize-image-pulls=false",
            ]),
        },
        Case {
            script: "/etc/eks/bootstrap.sh demo --kubelet-extra-args '--v=4 --event-qps=0 --registry-qps=0'",
            node: flagged(["--v=4", "--event-qps=0", "--registry-qps=0"]),
        },
        Case {
            script: "config=/etc/kubernetes/kubelet/kubelet-config.json\n\
                     echo \"$(jq '.shutdownGracePeriod=\"45s\" | .shutdownGracePeriodCriticalPods=\"15s\"' $config)\" > $config\n\
                     /etc/eks/bootstrap.sh demo",
            node: Node {
                kubelet_config: json!({"shutdownGracePeriod": "45s", "shutdownGracePeriodCriticalPods": "15s"}),
                ..joining()
            },
        },
        Case {
            script: "config=/etc/kubernetes/kubelet/kubelet-config.json\n\
                     echo \"$(jq '. += {\"registryPullQPS\": 0, \"podPidsLimit\": 4096}' $config)\" > $config\n\
                     /etc/eks/bootstrap.sh demo --kubelet-extra-args '--node-labels=size=large'",
            node: Node {
                kubelet_config: json!({"registryPullQPS": 0, "podPidsLimit": 4096}),
                ..labeled([("size", "large")])
            },
        },
        Case {
            script: "sed -i 's/\"maxPods\": 1/\"maxPods\": 1, \"containerLogMaxSize\": \"50Mi\", \"containerLogMaxFiles\": 3/' \
                     /etc/kubernetes/kubelet/kubelet-config.json\n/etc/eks/bootstrap.sh demo",
            node: Node {
                kubelet_config: json!({"containerLogMaxSize": "50Mi", "containerLogMaxFiles": 3}),
                ..joining()
            },
        },
    ]
}

/// Everything else that `bootstrap.sh` configures.
fn node_settings() -> Vec<Case> {
    let bootstrap = |bootstrap: Bootstrap| Node { bootstrap, ..joining() };
    vec![
        Case {
            script: "/etc/eks/bootstrap.sh demo --aws-api-retry-attempts 10",
            node: bootstrap(Bootstrap { aws_api_retry_attempts: Some(10), ..Bootstrap::default() }),
        },
        Case {
            script: "/etc/eks/bootstrap.sh demo --pause-container-account 602401143452 --pause-container-version 3.5",
            node: bootstrap(Bootstrap {
                pause_container_account: Some("602401143452".to_owned()),
                pause_container_version: Some("3.5".to_owned()),
                ..Bootstrap::default()
            }),
        },
        Case {
            script: "/etc/eks/bootstrap.sh demo --mount-bpf-fs false --enable-docker-bridge true",
            node: bootstrap(Bootstrap { mount_bpf_fs: Some(false), ..Bootstrap::default() }),
        },
        Case { script: "/etc/eks/bootstrap.sh demo --local-disks raid0", node: disks(DiskStrategy::Raid0) },
        Case { script: "/etc/eks/bootstrap.sh demo --local-disks raid10", node: disks(DiskStrategy::Raid10) },
        Case { script: "/etc/eks/bootstrap.sh demo --local-disks mount", node: disks(DiskStrategy::Mount) },
        Case {
            script: "cat <<'TOML' > /etc/eks/custom.toml\nversion = 2\n[plugins.\"io.containerd.grpc.v1.cri\".containerd]\n\
                     discard_unpacked_layers = false\nTOML\n\
                     /etc/eks/bootstrap.sh demo --containerd-config-file /etc/eks/custom.toml",
            node: Node {
                containerd_config: Some(
                    "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".containerd]\ndiscard_unpacked_layers = false\n"
                        .to_owned(),
                ),
                ..joining()
            },
        },
        Case {
            script: "mkdir -p /etc/systemd/system/containerd.service.d\n\
                     cat > /etc/systemd/system/containerd.service.d/http-proxy.conf <<'UNIT'\n[Service]\n\
                     Environment=\"HTTPS_PROXY=http://10.0.0.5:3128\"\nEnvironment=\"NO_PROXY=169.254.169.254,.svc\"\nUNIT\n\
                     systemctl daemon-reload\n/etc/eks/bootstrap.sh demo",
            node: Node {
                proxy: Some(Proxy {
                    http: None,
                    https: Some("http://10.0.0.5:3128".to_owned()),
                    no_proxy: strings(["169.254.169.254", ".svc"]),
                }),
                ..joining()
            },
        },
        Case {
            script: "mkdir -p /etc/systemd/system/containerd.service.d\n\
                     printf '[Service]\\nEnvironment=GOMAXPROCS=2\\n' > /etc/systemd/system/containerd.service.d/limit.conf\n\
                     /etc/eks/bootstrap.sh demo",
            node: Node { environment: [("containerd".to_owned(), map([("GOMAXPROCS", "2")]))].into(), ..joining() },
        },
    ]
}
