use std::collections::BTreeMap;

use rstest::rstest;
use serde_json::json;

use super::*;
use crate::ami_types;
use crate::node::{Bootstrap, Cluster, DiskStrategy, Dns, Effect, Family, InstanceStore, Proxy, Severity, Taint};

fn node() -> Node {
    let cluster = Cluster {
        name: "prod-eu".to_owned(),
        endpoint: "https://0A1B.gr7.eu-west-1.eks.amazonaws.com".to_owned(),
        certificate_authority: "LS0tLS1CRUdJTg==".to_owned(),
        service_cidr: "172.20.0.0/16".to_owned(),
        outpost_id: None,
    };
    Node { cluster: Some(cluster), ..Node::new(Family::AmazonLinux2, Mode::ManagedAmi) }
}

fn map(members: &[(&str, &str)]) -> BTreeMap<String, String> {
    members.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// The bodies of the parts.
fn bodies(node: &Node) -> Vec<String> {
    let rendered = render(node).expect("a userdata");
    rendered.parts.iter().map(|part| String::from_utf8(part.body.clone()).expect("text")).collect()
}

/// The only script.
fn script_of(node: &Node) -> String {
    let [script] = bodies(node).try_into().expect("one part");
    script
}

/// The places of the errors.
fn errors(node: &Node) -> Vec<String> {
    let found = render(node).expect_err("errors");
    found.iter().filter(|finding| finding.is_error()).map(|finding| finding.place.to_string()).collect()
}

/// Golden case G3.
#[test]
fn managed_ami_is_called_with_everything() {
    let node = Node {
        node_labels: map(&[("team", "core"), ("example.com/tier", "gold")]),
        node_taints: [Effect::NoSchedule, Effect::NoExecute]
            .map(|effect| Taint { key: "dedicated".to_owned(), value: "batch".to_owned(), effect })
            .to_vec(),
        max_pods: Some(58),
        ..node()
    };
    assert_eq!(
        script_of(&node),
        "#!/bin/bash\n\
         set -o errexit -o nounset -o pipefail\n\
         /etc/eks/bootstrap.sh 'prod-eu' \\\n  \
         --apiserver-endpoint 'https://0A1B.gr7.eu-west-1.eks.amazonaws.com' \\\n  \
         --b64-cluster-ca 'LS0tLS1CRUdJTg==' \\\n  \
         --service-ipv4-cidr '172.20.0.0/16' \\\n  \
         --dns-cluster-ip '172.20.0.10' \\\n  \
         --kubelet-extra-args '--node-labels=example.com/tier=gold,team=core \
         --register-with-taints=dedicated=batch:NoSchedule,dedicated=batch:NoExecute --max-pods=58' \\\n  \
         --use-max-pods false\n"
    );
    let rendered = render(&node).expect("a userdata");
    assert_eq!(rendered.content_type, "multipart/mixed");
    assert!(matches!(rendered.warnings.as_slice(), [only] if only.severity == Severity::Warning));
    assert_eq!(render(&node), Ok(rendered));
}

#[test]
fn ipv6_has_its_own_flags() {
    let mut node = node();
    if let Some(cluster) = &mut node.cluster {
        cluster.service_cidr = "fd30:1c53:5f8a::/108".to_owned();
    }
    let script = script_of(&node);
    assert!(script.contains("--ip-family ipv6 \\\n  --service-ipv6-cidr 'fd30:1c53:5f8a::/108'"), "{script}");
    assert!(script.contains("--dns-cluster-ip 'fd30:1c53:5f8a::a'"), "{script}");
    assert!(!script.contains("--service-ipv4-cidr"), "{script}");
}

#[test]
fn every_flag_of_the_inputs_is_passed() {
    let mut node = Node {
        containerd_config: Some("version = 2\n# it's\n".to_owned()),
        instance_store: Some(InstanceStore {
            strategy: DiskStrategy::Raid10,
            mount_path: None,
            disabled_mounts: Vec::new(),
        }),
        dns: Dns { cluster_ips: vec!["10.0.0.2".to_owned(), "10.0.0.3".to_owned()], ..Dns::default() },
        bootstrap: Bootstrap {
            aws_api_retry_attempts: Some(7),
            mount_bpf_fs: Some(false),
            pause_container_account: Some("111122223333".to_owned()),
            pause_container_version: Some("3.9".to_owned()),
        },
        kubelet_flags: vec!["--v=4".to_owned(), "--a=b c".to_owned()],
        ..node()
    };
    if let Some(cluster) = &mut node.cluster {
        cluster.outpost_id = Some("id-1".to_owned());
    }
    let script = script_of(&node);
    for expected in [
        "printf '%s' 'version = 2\n# it'\\''s\n' >/etc/eks/ekscompute-containerd-config.toml",
        "--enable-local-outpost true",
        "--cluster-id 'id-1'",
        "--dns-cluster-ip '10.0.0.2,10.0.0.3'",
        "--aws-api-retry-attempts 7",
        "--mount-bpf-fs false",
        "--pause-container-account '111122223333'",
        "--pause-container-version '3.9'",
        "--containerd-config-file /etc/eks/ekscompute-containerd-config.toml",
        "--local-disks raid10",
        "--kubelet-extra-args '--v=4 \"--a=b c\"'",
    ] {
        assert!(script.contains(expected), "{expected}\n{script}");
    }
    assert!(!script.contains("--use-max-pods"), "{script}");
}

#[test]
fn scripts_stand_around_the_call_and_parts_before_it() {
    let extra = Part {
        content_type: Some("text/cloud-config".to_owned()),
        filename: None,
        is_base64: false,
        body: b"#cloud-config\n{}\n".to_vec(),
    };
    let node = Node {
        pre_bootstrap_scripts: vec!["#!/bin/sh\necho 1\n".to_owned(), "#!/bin/sh\necho 2".to_owned()],
        post_bootstrap_scripts: vec!["#!/bin/sh\necho 3\n".to_owned()],
        extra_parts: vec![extra],
        ..node()
    };
    let bodies = bodies(&node);
    let firsts: Vec<_> = bodies.iter().map(|body| body.lines().nth(1).unwrap_or_default()).collect();
    assert_eq!(firsts, ["echo 1", "echo 2", "{}", "set -o errexit -o nounset -o pipefail", "echo 3"]);
}

#[test]
fn configuration_is_merged_into_the_kubelets_file() {
    let config = json!({"shutdownGracePeriod": "30s", "featureGates": {"A": true}, "evictionHard":
        {"memory.available": "5%", "nodefs.available": "10%"}, "kubeReserved": {"cpu": "100m"}});
    let script = script_of(&Node { kubelet_config: config, ..node() });
    for expected in [
        "config=$(jq --argjson change '{\"featureGates\":{\"A\":true},\"shutdownGracePeriod\":\"30s\"}' '. * $change' \
         /etc/kubernetes/kubelet/kubelet-config.json)\n",
        "--kubelet-extra-args '--eviction-hard=memory.available<5%%,nodefs.available<10%% --kube-reserved=cpu=100m'",
    ] {
        assert!(script.contains(expected), "{expected}\n{script}");
    }
}

#[test]
fn variables_reach_the_services_that_join() {
    let node = Node {
        environment: [("kubelet".to_owned(), map(&[("A", r#"50% "x" \ it's $HOME"#), ("HTTPS_PROXY", "own")]))].into(),
        proxy: Some(Proxy {
            http: None,
            https: Some("http://10.9.0.5:3128".to_owned()),
            no_proxy: vec![".svc".to_owned(), "localhost".to_owned()],
        }),
        ..node()
    };
    let script = script_of(&node);
    for expected in [
        "export HTTPS_PROXY='http://10.9.0.5:3128'\nexport NO_PROXY='.svc,localhost'\n",
        "cat >/etc/systemd/system/containerd.service.d/50-ekscompute.conf <<'END'\n[Service]\n\
         Environment=\"HTTPS_PROXY=http://10.9.0.5:3128\"\nEnvironment=\"NO_PROXY=.svc,localhost\"\nEND\n",
        "cat >/etc/systemd/system/kubelet.service.d/50-ekscompute.conf <<'END'\n[Service]\n\
         Environment=\"A=50%% \\\"x\\\" \\\\ it's $HOME\"\nEnvironment=\"HTTPS_PROXY=own\"\n",
        "systemctl daemon-reload\n",
    ] {
        assert!(script.contains(expected), "{expected}\n{script}");
    }
}

#[test]
fn merged_userdata_does_not_join() {
    let merged = Node::new(Family::AmazonLinux2, Mode::Merge);
    let nothing = render(&merged).expect("nothing to say");
    assert!(nothing.bytes.is_empty() && nothing.parts.is_empty());
    let scripts = vec!["#!/bin/bash\nmkdir -p /opt/tools\n".to_owned()];
    let config = json!({"podPidsLimit": 4096});
    let bodies = bodies(&Node { pre_bootstrap_scripts: scripts.clone(), kubelet_config: config, ..merged });
    assert_eq!(bodies.len(), 2);
    assert_eq!(bodies[0], scripts[0]);
    assert!(bodies[1].contains("podPidsLimit") && !bodies[1].contains("bootstrap.sh"), "{}", bodies[1]);
}

#[rstest]
#[case::max_pods(Node { max_pods: Some(5), ..merge() }, "max_pods")]
#[case::flags(Node { kubelet_flags: vec!["--v=4".to_owned()], ..merge() }, "kubelet_flags")]
#[case::containerd(Node { containerd_config: Some(String::new()), ..merge() }, "containerd_config")]
#[case::dns(Node { dns: Dns { cluster_ips: vec!["10.0.0.2".to_owned()], ..Dns::default() }, ..merge() }, "dns")]
#[case::post(Node { post_bootstrap_scripts: vec!["#!/bin/sh".to_owned()], ..merge() }, "post_bootstrap_scripts")]
#[case::bootstrap(Node { bootstrap: Bootstrap { mount_bpf_fs: Some(true), ..Bootstrap::default() }, ..merge() }, "bootstrap")]
#[case::reserved(Node { kubelet_config: json!({"kubeReserved": {"cpu": "1"}}), ..merge() }, "kubelet_config[\"kubeReserved\"]")]
#[case::cgroups(Node { kubelet_config: json!({"cgroupDriver": "cgroupfs"}), ..node() }, "kubelet_config[\"cgroupDriver\"]")]
#[case::quote(Node { kubelet_config: json!({"evictionHard": {"a": "b'"}}), ..node() }, "kubelet_config[\"evictionHard\"]")]
#[case::expression(Node { max_pods_expression: Some("1".to_owned()), ..node() }, "max_pods_expression")]
#[case::gates(Node { feature_gates: [("FastImagePull".to_owned(), true)].into(), ..node() }, "feature_gates")]
#[case::node_configs(Node { node_configs: vec!["{}".to_owned()], ..node() }, "node_configs")]
#[case::settings(Node { bottlerocket_settings: json!({"motd": "a"}), ..node() }, "bottlerocket_settings")]
#[case::domains(Node { dns: Dns { domains: vec!["a".to_owned()], ..Dns::default() }, ..node() }, "dns.domains")]
fn unsupported_input_is_rejected(#[case] node: Node, #[case] place: &str) {
    assert_eq!(errors(&node), [place]);
}

fn merge() -> Node {
    Node::new(Family::AmazonLinux2, Mode::Merge)
}

#[test]
fn instance_store_paths_are_rejected() {
    let store = InstanceStore {
        strategy: DiskStrategy::Raid0,
        mount_path: Some("/mnt".to_owned()),
        disabled_mounts: vec!["SOCI".to_owned()],
    };
    let node = Node { instance_store: Some(store), ..node() };
    assert_eq!(errors(&node), ["instance_store.mount_path", "instance_store.disabled_mounts"]);
}

#[test]
fn gpu_needs_nothing_but_its_label() {
    // AL2_x86_64_GPU is for NVIDIA and Neuron alike, so it says nothing of the devices.
    let node = Node { ami_type: ami_types::find("AL2_x86_64_GPU"), ..node() };
    assert!(!script_of(&node).contains("nvidia"));
}

#[test]
fn named_script_may_run_out_of_order() {
    let extra = Part {
        content_type: Some("text/x-shellscript".to_owned()),
        filename: Some("a.sh".to_owned()),
        is_base64: false,
        body: b"#!/bin/sh\n".to_vec(),
    };
    let rendered = render(&Node { extra_parts: vec![extra], ..node() }).expect("a userdata");
    let places: Vec<_> = rendered.warnings.iter().map(|warning| warning.place.to_string()).collect();
    assert_eq!(places, ["os_family", "extra_part[0].filename"]);
}

#[test]
fn no_proxy_must_include_instance_metadata_address() {
    let proxy = |host: &str| Proxy { https: Some("http://a".to_owned()), no_proxy: vec![host.to_owned()], http: None };
    let places = |host: &str| {
        let rendered = render(&Node { proxy: Some(proxy(host)), ..node() }).expect("a userdata");
        rendered.warnings.iter().map(|warning| warning.place.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(places("localhost"), ["os_family", "proxy.no_proxy"]);
    assert_eq!(places("169.254.169.254"), ["os_family"]);
}

#[test]
fn part_that_nothing_reads_is_a_warning() {
    let plain = |body: &str| Part { content_type: Some("text/plain".to_owned()), ..part(body) };
    let rendered = render(&Node { extra_parts: vec![plain("#!/bin/sh\n"), plain("hello\n")], ..node() });
    let rendered = rendered.expect("a userdata");
    let places: Vec<_> = rendered.warnings.iter().map(|warning| warning.place.to_string()).collect();
    assert_eq!(places, ["os_family", "extra_part[1]"]);
}

#[rstest]
#[case::merge(Mode::Merge, "EKS calls it")]
#[case::self_managed(Mode::SelfManaged, "this user data already calls it")]
fn bootstrap_is_called_once(#[case] mode: Mode, #[case] caller: &str) {
    let script = "#!/bin/bash\nset -e\n/etc/eks/bootstrap.sh prod-eu --kubelet-extra-args '--v=4'\n";
    let cluster = node().cluster.filter(|_| mode != Mode::Merge);
    let base = Node { mode, cluster, ..node() };
    let part = Part { body: script.into(), ..part("") };
    let before = Node { pre_bootstrap_scripts: vec![script.to_owned()], ..base.clone() };
    let in_part = Node { extra_parts: vec![part], ..base.clone() };
    for (node, place) in [(before, "pre_bootstrap_scripts[0]"), (in_part, "extra_part[0]")] {
        let found = render(&node).expect_err("called twice");
        let errors: Vec<_> = found.iter().filter(|finding| finding.is_error()).collect();
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert_eq!(errors[0].place.to_string(), place);
        assert!(errors[0].text.contains(caller), "{errors:?}");
    }
    let change = "#!/bin/bash\nsed -i '/^set -o errexit/a export A=b' /etc/eks/bootstrap.sh\n".to_owned();
    assert!(render(&Node { pre_bootstrap_scripts: vec![change], ..base }).is_ok());
}

#[test]
fn reserved_cpus_are_a_flag_that_bootstrap_sees() {
    let config = json!({"reservedSystemCPUs": "0-1"});
    let node = Node { kubelet_config: config, ..node() };
    assert_eq!(crate::node::check(&node), []);
    assert!(script_of(&node).contains("--kubelet-extra-args '--reserved-cpus=0-1'"));
}
