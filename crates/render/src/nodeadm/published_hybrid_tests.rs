//! `NodeConfig`s of hybrid nodes as people publish them, rewritten, each next to the inputs that express the same.

use serde_json::json;

use super::published_tests::{map, normal, published, texts};
use super::*;
use crate::node::{DiskStrategy, Effect, Hybrid, HybridCredentials, InstanceStore, RolesAnywhere, Taint, check};

const HEAD: &str =
    "apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec:\n  cluster:\n    name: demo\n    region: eu-west-1\n";
const SSM: &str = "  hybrid:\n    ssm:\n      activationCode: abcdefghijklmnopqrst\n      \
                   activationId: 01234567-89ab-cdef-0123-456789abcdef\n";
const ROLES: &str = "  hybrid:\n    iamRolesAnywhere:\n      nodeName: rack-1\n      \
                     trustAnchorArn: arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/a\n      \
                     profileArn: arn:aws:rolesanywhere:eu-west-1:111122223333:profile/a\n      \
                     roleArn: arn:aws:iam::111122223333:role/hybrid\n      \
                     certificatePath: /etc/iam/pki/server.pem\n      privateKeyPath: /etc/iam/pki/server.key\n";

fn hybrid(credentials: HybridCredentials) -> Node {
    let hybrid = Hybrid {
        cluster_name: "demo".to_owned(),
        region: "eu-west-1".to_owned(),
        credentials,
        enable_credentials_file: None,
    };
    Node { hybrid: Some(hybrid), ..Node::new(Family::Hybrid, Mode::SelfManaged) }
}

fn ssm() -> Node {
    hybrid(HybridCredentials::Ssm {
        activation_code: "abcdefghijklmnopqrst".to_owned(),
        activation_id: "01234567-89ab-cdef-0123-456789abcdef".to_owned(),
    })
}

fn roles() -> RolesAnywhere {
    RolesAnywhere {
        node_name: "rack-1".to_owned(),
        trust_anchor_arn: "arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/a".to_owned(),
        profile_arn: "arn:aws:rolesanywhere:eu-west-1:111122223333:profile/a".to_owned(),
        role_arn: "arn:aws:iam::111122223333:role/hybrid".to_owned(),
        certificate_path: Some("/etc/iam/pki/server.pem".to_owned()),
        private_key_path: Some("/etc/iam/pki/server.key".to_owned()),
        aws_config_path: None,
    }
}

fn roles_anywhere(change: impl FnOnce(&mut RolesAnywhere)) -> Node {
    let mut given = roles();
    change(&mut given);
    hybrid(HybridCredentials::IamRolesAnywhere(given))
}

fn changed(mut node: Node, change: impl FnOnce(&mut Hybrid)) -> Node {
    node.hybrid.iter_mut().next().map(change);
    node
}

fn flagged<const N: usize>(flags: [&str; N]) -> Node {
    Node { kubelet_flags: texts(flags), ..ssm() }
}

fn configured(kubelet_config: Json) -> Node {
    Node { kubelet_config, ..ssm() }
}

fn tainted(key: &str, value: &str, effect: Effect) -> Node {
    Node { node_taints: vec![Taint { key: key.to_owned(), value: value.to_owned(), effect }], ..ssm() }
}

#[track_caller]
fn assert_same(spec: &str, node: &Node) {
    let spec = if spec.contains("kind: NodeConfig") { spec.to_owned() } else { format!("{HEAD}{spec}") };
    let original = yaml::read(&spec).expect("the original is YAML");
    assert_eq!(schema::check(&original, Family::Hybrid), []);
    assert_eq!(check(node).into_iter().filter(Finding::is_error).collect::<Vec<_>>(), []);
    let rendered = render(node).unwrap_or_else(|found| panic!("{found:?}"));
    let ours = yaml::read(std::str::from_utf8(&rendered.bytes).expect("text")).expect("YAML");
    let merged = |document: Json| normal(merge::merge(&[document], Family::Hybrid));
    assert_eq!(merged(ours), merged(original));
}

published! {
    systems_manager: SSM => ssm();
    roles_anywhere_credentials: ROLES => roles_anywhere(|_| {});
    credentials_file: format!("{SSM}    enableCredentialsFile: true\n") => changed(ssm(), |hybrid| hybrid.enable_credentials_file = Some(true));
    roles_anywhere_with_credentials_file: format!("{ROLES}    enableCredentialsFile: true\n") => changed(roles_anywhere(|_| {}), |hybrid| hybrid.enable_credentials_file = Some(true));
    aws_config_path: format!("{ROLES}      awsConfigPath: /etc/aws/hybrid/config\n") => roles_anywhere(|given| given.aws_config_path = Some("/etc/aws/hybrid/config".to_owned()));
    certificate_in_another_folder: ROLES.replace("/etc/iam/pki", "/var/lib/certificates") => roles_anywhere(|given| {
        given.certificate_path = Some("/var/lib/certificates/server.pem".to_owned());
        given.private_key_path = Some("/var/lib/certificates/server.key".to_owned());
    });
    node_name_with_domain: ROLES.replace("rack-1", "gpu-07.dc1.example.com") => roles_anywhere(|given| given.node_name = "gpu-07.dc1.example.com".to_owned());
    china_partition: ROLES.replace("arn:aws:", "arn:aws-cn:") => roles_anywhere(|given| {
        for arn in [&mut given.trust_anchor_arn, &mut given.profile_arn, &mut given.role_arn] {
            *arn = arn.replace("arn:aws:", "arn:aws-cn:");
        }
    });
    role_with_path: ROLES.replace("role/hybrid", "role/eks/hybrid") => roles_anywhere(|given| given.role_arn = "arn:aws:iam::111122223333:role/eks/hybrid".to_owned());
    other_region: format!("{HEAD}{SSM}").replace("eu-west-1", "us-gov-west-1") => changed(ssm(), |hybrid| hybrid.region = "us-gov-west-1".to_owned());
    json_document: "{apiVersion: node.eks.aws/v1alpha1, kind: NodeConfig, spec: {cluster: {name: demo, region: eu-west-1}, hybrid: {ssm: \
        {activationCode: abcdefghijklmnopqrst, activationId: 01234567-89ab-cdef-0123-456789abcdef}}}}" => ssm();
    labels: format!("{SSM}  kubelet:\n    flags:\n    - --node-labels=site=dc1,rack=r7\n") => Node { node_labels: map([("rack", "r7"), ("site", "dc1")]), ..ssm() };
    labels_in_two_flags: format!("{SSM}  kubelet:\n    flags: [\"--node-labels=site=dc1\", \"--node-labels=rack=r7\"]\n") => Node { node_labels: map([("rack", "r7"), ("site", "dc1")]), ..ssm() };
    node_ip: format!("{SSM}  kubelet:\n    flags: [--node-ip=10.80.0.12]\n") => flagged(["--node-ip=10.80.0.12"]);
    node_ip_and_verbosity: format!("{SSM}  kubelet:\n    flags: [--node-ip=10.80.0.12, --v=4]\n") => flagged(["--node-ip=10.80.0.12", "--v=4"]);
    taint: format!("{SSM}  kubelet:\n    config:\n      registerWithTaints: [{{key: location, value: edge, effect: NoSchedule}}]\n") => tainted("location", "edge", Effect::NoSchedule);
    gpu_taint_and_label: format!("{SSM}  kubelet:\n    config:\n      registerWithTaints: [{{key: nvidia.com/gpu, value: present, effect: NoSchedule}}]\n    flags: [--node-labels=nvidia.com/gpu.present=true]\n") => Node {
        node_labels: map([("nvidia.com/gpu.present", "true")]),
        ..tainted("nvidia.com/gpu", "present", Effect::NoSchedule)
    };
    maximum_of_pods: format!("{SSM}  kubelet:\n    config: {{maxPods: 110}}\n") => Node { max_pods: Some(110), ..ssm() };
    graceful_shutdown: format!("{SSM}  kubelet:\n    config:\n      shutdownGracePeriod: 30s\n      shutdownGracePeriodCriticalPods: 10s\n") => configured(json!({"shutdownGracePeriod": "30s", "shutdownGracePeriodCriticalPods": "10s"}));
    gates_and_shutdown: format!("{SSM}  kubelet:\n    config: {{shutdownGracePeriod: 30s, featureGates: {{DisableKubeletCloudCredentialProviders: true}}}}\n") => Node {
        kubernetes_version: Some((1, 31)),
        ..configured(json!({"shutdownGracePeriod": "30s", "featureGates": {"DisableKubeletCloudCredentialProviders": true}}))
    };
    evictions: format!("{SSM}  kubelet:\n    config:\n      evictionHard: {{memory.available: 500Mi, nodefs.available: 10%}}\n") => configured(json!({"evictionHard": {"memory.available": "500Mi", "nodefs.available": "10%"}}));
    reserved_resources: format!("{SSM}  kubelet:\n    config:\n      kubeReserved: {{cpu: 250m, memory: 1Gi}}\n      systemReserved: {{cpu: 250m, memory: 1Gi}}\n") => configured(json!({"kubeReserved": {"cpu": "250m", "memory": "1Gi"}, "systemReserved": {"cpu": "250m", "memory": "1Gi"}}));
    image_garbage_collection: format!("{SSM}  kubelet:\n    config: {{imageGCHighThresholdPercent: 80, imageGCLowThresholdPercent: 60}}\n") => configured(json!({"imageGCHighThresholdPercent": 80, "imageGCLowThresholdPercent": 60}));
    container_logs: format!("{SSM}  kubelet:\n    config: {{containerLogMaxSize: 50Mi, containerLogMaxFiles: 3}}\n") => configured(json!({"containerLogMaxSize": "50Mi", "containerLogMaxFiles": 3}));
    resolver_of_ubuntu: format!("{SSM}  kubelet:\n    config: {{resolvConf: /run/systemd/resolve/resolv.conf}}\n") => configured(json!({"resolvConf": "/run/systemd/resolve/resolv.conf"}));
    swap_allowed: format!("{SSM}  kubelet:\n    config: {{failSwapOn: false}}\n") => configured(json!({"failSwapOn": false}));
    dns_of_the_cluster: format!("{SSM}  kubelet:\n    config: {{clusterDNS: [10.100.0.10]}}\n") => Node { dns: crate::node::Dns { cluster_ips: texts(["10.100.0.10"]), ..Default::default() }, ..ssm() };
    striped_disks: format!("{SSM}  instance:\n    localStorage: {{strategy: RAID0}}\n") => Node {
        instance_store: Some(InstanceStore { strategy: DiskStrategy::Raid0, mount_path: None, disabled_mounts: vec![] }), ..ssm()
    };
    mounted_disks: format!("{SSM}  instance:\n    localStorage: {{strategy: Mount}}\n") => Node {
        instance_store: Some(InstanceStore { strategy: DiskStrategy::Mount, mount_path: None, disabled_mounts: vec![] }), ..ssm()
    };
    unpacked_layers: format!("{SSM}  containerd:\n    config: |\n      [plugins.\"io.containerd.grpc.v1.cri\".containerd]\n      discard_unpacked_layers = false\n") => Node {
        containerd_config: Some(
            "[plugins.\"io.containerd.grpc.v1.cri\".containerd]\ndiscard_unpacked_layers = false\n".to_owned()
        ),
        ..ssm()
    };
    registry_mirror: format!("{ROLES}  containerd:\n    config: |\n      [plugins.\"io.containerd.grpc.v1.cri\".registry]\n      \
        config_path = \"/etc/containerd/certs.d\"\n") => Node {
        containerd_config: Some(
            "[plugins.\"io.containerd.grpc.v1.cri\".registry]\nconfig_path = \"/etc/containerd/certs.d\"\n".to_owned()
        ),
        ..roles_anywhere(|_| {})
    };
}
