use rstest::rstest;
use serde_json::json;

use super::*;
use crate::members::{Kind, Member};

fn document(spec: &Json) -> Json {
    json!({ "apiVersion": API_VERSION, "kind": KIND, "spec": spec })
}

fn only(document: &Json, family: Family) -> (String, String) {
    let found = check(document, family);
    let [finding] = found.as_slice() else { panic!("one finding: {found:?}") };
    assert!(finding.is_error());
    (finding.place.to_string(), finding.text.clone())
}

#[test]
fn every_field_is_accepted() {
    let ec2 = json!({
        "cluster": {
            "name": "a", "apiServerEndpoint": "https://a.example", "certificateAuthority": "LS0t\nLS1C",
            "cidr": "fd30:1c53:5f8a::/108", "enableOutpost": true, "id": "b",
        },
        "kubelet": {
            "config": {"kind": "KubeletConfiguration", "maxPods": 5, "registerWithTaints": [{"key": "a", "effect": "NoSchedule"}]},
            "flags": ["--node-labels=a=b,c/d=,e", "--v=4", "--register-with-taints=a=b:NoSchedule"],
            "maxPodsExpression": "max_pods - 1",
        },
        "containerd": {"config": "[grpc]\nuid = 0\n", "baseRuntimeSpec": {"process": {"rlimits": [{"hard": 1}]}}},
        "instance": {
            "localStorage": {"strategy": "RAID10", "mountPath": "/mnt/disks", "disabledMounts": ["SOCI"]},
            "environment": {"default": {"NO": "x"}, "kubelet": {}},
            "network": {"nameservers": ["10.0.0.2", "fd00::1"], "domains": ["corp.example"]},
            "storage": {"volumes": [{"device": "/dev/xvdb", "mountTargets": ["/var/lib/containerd"], "fsType": "xfs"}]},
        },
        "featureGates": {"InstanceIdNodeName": true, "FastImagePull": false},
    });
    assert_eq!(check(&document(&ec2), Family::AmazonLinux2023), []);
    let hybrid = json!({
        "cluster": {"name": "a", "region": "eu-west-1"},
        "hybrid": {
            "enableCredentialsFile": true,
            "iamRolesAnywhere": {
                "nodeName": "a", "trustAnchorArn": "b", "profileArn": "c", "roleArn": "d", "awsConfigPath": "/e",
                "certificatePath": "/f", "privateKeyPath": "/g",
            },
            "ssm": {"activationCode": "a", "activationId": "b"},
        },
        "instance": {"localStorage": {"strategy": "Mount"}},
    });
    assert_eq!(check(&document(&hybrid), Family::Hybrid), []);
    assert_eq!(check(&document(&json!({"cluster": null, "kubelet": {"flags": null}})), Family::AmazonLinux2023), []);
}

#[rstest]
#[case::endpoint(json!({"cluster": {"clusterEndpoint": "a"}}), "spec.cluster.clusterEndpoint", "spec.cluster.apiServerEndpoint")]
#[case::spelling(json!({"cluster": {"apiserverEndpoint": "a"}}), "spec.cluster.apiserverEndpoint", "Did you mean \"apiServerEndpoint\"?")]
#[case::taints(json!({"kubelet": {"taints": []}}), "spec.kubelet.taints", "registerWithTaints")]
#[case::region(json!({"cluster": {"region": "a"}}), "spec.cluster.region", "hybrid nodes")]
#[case::typo(json!({"instance": {"storag": {}}}), "spec.instance.storag", "Did you mean \"storage\"?")]
#[case::name(json!({"cluster": {"name": true}}), "spec.cluster.name", "true must be a string")]
#[case::null_flag(json!({"kubelet": {"flags": [null]}}), "spec.kubelet.flags[0]", "null must be a flag")]
#[case::flags(json!({"kubelet": {"flags": "--v=4"}}), "spec.kubelet.flags", "a list")]
#[case::flag_space(json!({"kubelet": {"flags": ["--v=4", "--a=b c"]}}), "spec.kubelet.flags[1]", "contains a space")]
#[case::flag_quote(json!({"kubelet": {"flags": ["--a='b'"]}}), "spec.kubelet.flags[0]", "not passed to the program")]
#[case::flag_of_ami(json!({"kubelet": {"flags": ["--node-ip=1.2.3.4"]}}), "spec.kubelet.flags[0]", "node software")]
#[case::refused_label(json!({"kubelet": {"flags": ["--node-labels=a=b,node-role.kubernetes.io/x=y"]}}), "spec.kubelet.flags[0]", "does not start")]
#[case::label(json!({"kubelet": {"flags": ["--node-labels=a=b=c"]}}), "spec.kubelet.flags[0]", "not a valid label")]
#[case::kubelet_name(json!({"kubelet": {"config": {"maxpods": 1}}}), "spec.kubelet.config[\"maxpods\"]", "Did you mean \"maxPods\"?")]
#[case::kubelet_type(json!({"kubelet": {"config": {"maxPods": "1"}}}), "spec.kubelet.config[\"maxPods\"]", "an integer")]
#[case::kubelet_version(json!({"kubelet": {"config": {"apiVersion": "v1"}}}), "spec.kubelet.config[\"apiVersion\"]", "v1beta1")]
#[case::expression(json!({"kubelet": {"maxPodsExpression": "maxPods"}}), "spec.kubelet.maxPodsExpression", "does not support")]
#[case::toml(json!({"containerd": {"config": "[a\n"}}), "spec.containerd.config", "not valid TOML")]
#[case::runtime(json!({"containerd": {"baseRuntimeSpec": []}}), "spec.containerd.baseRuntimeSpec", "a mapping")]
#[case::strategy(json!({"instance": {"localStorage": {"strategy": "raid0"}}}), "spec.instance.localStorage.strategy", "RAID0, RAID10, Mount")]
#[case::mount(json!({"instance": {"localStorage": {"disabledMounts": ["Kubelet"]}}}), "spec.instance.localStorage.disabledMounts[0]", "SOCI")]
#[case::path(json!({"instance": {"localStorage": {"mountPath": "mnt"}}}), "spec.instance.localStorage.mountPath", "absolute")]
#[case::service(json!({"instance": {"environment": {"a/b": {}}}}), "spec.instance.environment[\"a/b\"]", "not a service name")]
#[case::variables(json!({"instance": {"environment": {"HTTP_PROXY": "a"}}}), "spec.instance.environment[\"HTTP_PROXY\"]", "a mapping of variables")]
#[case::variable(json!({"instance": {"environment": {"a": {"B": 1}}}}), "spec.instance.environment[\"a\"][\"B\"]", "quotes")]
#[case::last_quote(json!({"instance": {"environment": {"a": {"B": "say \"hi\""}}}}), "spec.instance.environment[\"a\"][\"B\"]", "ignore the entire variable")]
#[case::address(json!({"instance": {"network": {"nameservers": ["a"]}}}), "spec.instance.network.nameservers[0]", "IP address")]
#[case::domain(json!({"instance": {"network": {"domains": ["a b"]}}}), "spec.instance.network.domains[0]", "a domain")]
#[case::gate(json!({"featureGates": {"Instanceidnodename": true}}), "spec.featureGates[\"Instanceidnodename\"]", "InstanceIdNodeName")]
#[case::gate_value(json!({"featureGates": {"FastImagePull": "true"}}), "spec.featureGates[\"FastImagePull\"]", "true or false")]
#[case::cidr(json!({"cluster": {"cidr": "172.20.0.1/16"}}), "spec.cluster.cidr", "172.20.0.0/16")]
#[case::url(json!({"cluster": {"apiServerEndpoint": "http://a"}}), "spec.cluster.apiServerEndpoint", "a URL")]
#[case::base64(json!({"cluster": {"certificateAuthority": "a"}}), "spec.cluster.certificateAuthority", "base64")]
#[case::outpost(json!({"cluster": {"enableOutpost": "true"}}), "spec.cluster.enableOutpost", "true or false")]
fn invalid_spec_field_is_rejected(#[case] spec: Json, #[case] place: &str, #[case] reason: &str) {
    let (found, text) = only(&document(&spec), Family::AmazonLinux2023);
    assert_eq!(found, place);
    assert!(text.contains(reason), "{text}");
}

#[rstest]
#[case::version(json!({"apiVersion": "node.eks.aws/v1", "kind": KIND}), "apiVersion", "v1alpha1")]
#[case::kind(json!({"apiVersion": API_VERSION, "kind": "nodeconfig"}), "kind", "NodeConfig")]
#[case::missing(json!({"apiVersion": API_VERSION}), "kind", "required")]
#[case::list(json!([]), "document", "a mapping")]
fn invalid_document_is_rejected(#[case] document: Json, #[case] place: &str, #[case] reason: &str) {
    let (found, text) = only(&document, Family::AmazonLinux2023);
    assert_eq!(found, place);
    assert!(text.contains(reason), "{text}");
}

#[rstest]
#[case::gates(json!({"featureGates": {}}), Family::Hybrid, "spec.featureGates")]
#[case::network(json!({"instance": {"network": {}}}), Family::Hybrid, "spec.instance.network")]
#[case::expression(json!({"kubelet": {"maxPodsExpression": "max_pods"}}), Family::Hybrid, "spec.kubelet.maxPodsExpression")]
#[case::field(json!({"hologram": {}}), Family::AmazonLinux2023, "spec.hologram")]
#[case::gate(json!({"featureGates": {"OSManagedNoManageENIs": true}}), Family::AmazonLinux2023, "spec.featureGates[\"OSManagedNoManageENIs\"]")]
fn field_newer_than_the_table_is_a_warning(#[case] spec: Json, #[case] family: Family, #[case] place: &str) {
    let found = check(&document(&spec), family);
    let [finding] = found.as_slice() else { panic!("one finding: {found:?}") };
    assert!(!finding.is_error() && finding.place.to_string() == place, "{finding:?}");
}

#[test]
fn gate_of_the_kubelet_is_sent_to_the_kubelet() {
    let (_, text) = only(&document(&json!({"featureGates": {"NodeSwap": true}})), Family::AmazonLinux2023);
    assert!(text.contains("kubelet_config"), "{text}");
}

#[test]
fn hybrid_nodes_have_no_mirrored_array() {
    let spec = json!({"instance": {"localStorage": {"strategy": "RAID10"}}});
    assert_eq!(only(&document(&spec), Family::Hybrid).0, "spec.instance.localStorage.strategy");
}

#[rstest]
#[case::address("--node-ip=10.80.0.12", true)]
#[case::family("--node-ip=fd00::1", false)]
#[case::two("--node-ip=10.80.0.12,fd00::1", false)]
#[case::name("--hostname-override=a", false)]
fn address_of_a_hybrid_node_is_the_users(#[case] flag: &str, #[case] is_right: bool) {
    let found = check(&document(&json!({"kubelet": {"flags": [flag]}})), Family::Hybrid);
    assert_eq!(found.is_empty(), is_right, "{found:?}");
}

#[test]
fn text_that_could_be_a_secret_is_not_shown() {
    let (_, text) = only(&document(&json!({"hybrid": {"ssm": "s3cret"}})), Family::Hybrid);
    assert!(!text.contains("s3cret"), "{text}");
}

/// Fields of the AMI release v20260724 that are newer than the module of nodeadm in the Go module registry.
const NEWER: [&str; 4] = ["instance.environment", "instance.network", "instance.storage", "kubelet.maxPodsExpression"];

/// The shape has the fields of the Go types with their types, and otherwise only newer ones.
fn assert_same_fields(shape: Shape, members: &[Member], path: &str) {
    let Object(fields) = shape else { panic!("{path} is not an object") };
    let path_of = |name: &str| format!("{path}.{name}").trim_start_matches('.').to_owned();
    for (name, kind, ..) in members {
        let path = path_of(name);
        let (_, shape) = fields.iter().find(|(field, _)| field == name).unwrap_or_else(|| panic!("{path} is missing"));
        let is_same = match kind {
            Kind::Object(members) => {
                assert_same_fields(*shape, members, &path);
                true
            }
            Kind::Text => shape.is_text(),
            Kind::Bool => matches!(shape, Bool),
            Kind::List(_) => matches!(shape, List(_) | Flags(_)),
            Kind::Map(_) => matches!(shape, Map(_) | Gates | Kubelet | Document | Environment),
            _ => false,
        };
        assert!(is_same, "{path} is {kind:?} and not {shape:?}");
    }
    let is_released = |name: &str| members.iter().any(|(member, ..)| *member == name);
    for (name, _) in fields.iter().filter(|(name, _)| !is_released(name)) {
        assert!(NEWER.contains(&path_of(name).as_str()), "{} has no such field", path_of(name));
    }
}

#[rstest]
#[case::ec2(Family::AmazonLinux2023, released::MEMBERS)]
#[case::hybrid(Family::Hybrid, released_hybrid::MEMBERS)]
fn schema_has_the_fields_of_released_nodeadm(#[case] family: Family, #[case] members: &[Member]) {
    let Object(fields) = shape(family) else { panic!("not an object") };
    let (_, spec) = fields.iter().find(|(name, _)| *name == "spec").expect("spec");
    assert_same_fields(*spec, members, "");
}
