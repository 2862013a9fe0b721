//! Manifests that users write, and the rules of the CRDs.

use std::collections::BTreeMap;

use rstest::rstest;
use serde_json::{Value as Json, json};

use super::api;
use super::model::*;
use super::rules;
use framework::blocks::{Blocks, ListBlock};
use framework::diagnostics::Diagnostics;
use framework::model::{Attr, Map, Model};
use framework::path::Path;
use framework::validation::validate;

fn tags(key: &str, value: &str) -> Map<String> {
    Attr::Known(BTreeMap::from([(key.to_owned(), value.into())]))
}

fn blocks<M>(blocks: impl IntoIterator<Item = M>) -> ListBlock<M> {
    Blocks::Known(blocks.into_iter().collect())
}

fn named(controller: &str) -> NodeClass {
    NodeClass { cluster_name: "demo".into(), controller: controller.into(), name: "gpu".into(), ..NodeClass::default() }
}

/// Returns a node class with the fields of a manifest.
fn class(controller: &str, spec: &Json) -> NodeClass {
    api::with(&named(controller), &json!({"metadata": {}, "spec": spec}))
}

/// Returns a valid spec with these members.
fn spec(controller: &str, members: &Json) -> Json {
    let mut spec = json!({
        "role": "node",
        "subnetSelectorTerms": [{"tags": {"a": "b"}}],
        "securityGroupSelectorTerms": [{"tags": {"a": "b"}}],
    });
    if controller == api::KARPENTER {
        spec["amiSelectorTerms"] = json!([{"alias": "al2023@latest"}]);
    }
    for (name, member) in members.as_object().unwrap() {
        spec[name] = member.clone();
    }
    spec.as_object_mut().unwrap().retain(|_, member| !member.is_null());
    spec
}

/// Returns the paths of the errors of a configuration.
fn errors(config: &NodeClass) -> Vec<String> {
    let mut found = Diagnostics::new();
    validate(&NodeClass::block(), &config.to_value(), &mut found);
    rules::together(config, &mut found);
    found.iter().map(|each| each.path.as_ref().map(ToString::to_string).unwrap_or_default()).collect()
}

#[test]
fn a_karpenter_class_is_the_manifest_written_by_hand() {
    let discovery = || tags("karpenter.sh/discovery", "demo");
    let class = NodeClass {
        role: "KarpenterNodeRole-demo".into(),
        ami_selector_term: blocks([AmiSelectorTerm { alias: "al2023@v20260801".into(), ..AmiSelectorTerm::default() }]),
        subnet_selector_term: blocks([SubnetSelectorTerm { id: Attr::Null, tags: discovery() }]),
        security_group_selector_term: blocks([SecurityGroupSelectorTerm {
            tags: discovery(),
            ..SecurityGroupSelectorTerm::default()
        }]),
        block_device_mapping: blocks([BlockDeviceMapping {
            device_name: "/dev/xvda".into(),
            ebs: Blocks::Known(Some(Box::new(EbsVolume {
                volume_size: "300Gi".into(),
                volume_type: "gp3".into(),
                encrypted: Attr::Known(true),
                ..EbsVolume::default()
            }))),
            ..BlockDeviceMapping::default()
        }]),
        ..named(api::KARPENTER)
    };
    let expected = json!({
        "role": "KarpenterNodeRole-demo",
        "amiSelectorTerms": [{"alias": "al2023@v20260801"}],
        "subnetSelectorTerms": [{"tags": {"karpenter.sh/discovery": "demo"}}],
        "securityGroupSelectorTerms": [{"tags": {"karpenter.sh/discovery": "demo"}}],
        "blockDeviceMappings": [
            {"deviceName": "/dev/xvda", "ebs": {"volumeSize": "300Gi", "volumeType": "gp3", "encrypted": true}},
        ],
    });
    assert_eq!(errors(&class), Vec::<String>::new());
    assert_eq!(api::fields(&class), Some(json!({"metadata": {}, "spec": expected})));
}

#[rstest]
#[case(json!({"role": "a", "instanceProfile": "b"}), "instance_profile")]
#[case(json!({"role": null}), "role")]
#[case(json!({"role": ""}), "role")]
#[case(json!({"role": null, "instanceProfile": ""}), "instance_profile")]
#[case(json!({"role": null, "instanceProfile": "arn:aws:iam::111122223333:instance-profile/node"}), "instance_profile")]
fn nodes_have_one_identity(#[case] members: Json, #[case] path: &str) {
    for controller in [api::KARPENTER, api::AUTO_MODE] {
        assert_eq!(errors(&class(controller, &spec(controller, &members))), [path]);
    }
}

#[test]
fn auto_mode_class_accepts_no_default_volume() {
    let class = class(api::AUTO_MODE, &spec(api::AUTO_MODE, &json!({})));
    let with = |default_volume| errors(&NodeClass { default_volume: Attr::Known(default_volume), ..class.clone() });
    assert_eq!(with(false), Vec::<String>::new());
    assert_eq!(with(true), ["default_volume"]);
}

#[rstest]
#[case(json!([{"alias": "al2023@latest"}, {"id": "ami-1"}]), None, "ami_selector_term[0].alias")]
#[case(json!([{"alias": "al2023@latest", "name": "x"}]), None, "ami_selector_term[0].alias")]
#[case(json!([{"id": "ami-1"}]), None, "ami_family")]
#[case(json!([{"alias": "al2023@latest"}]), Some("Bottlerocket"), "ami_family")]
#[case(json!([{"alias": "al2023"}]), None, "ami_selector_term[0].alias")]
#[case(json!([{"alias": "AL2023@latest"}]), None, "ami_selector_term[0].alias")]
#[case(json!([{"alias": "ubuntu@latest"}]), None, "ami_selector_term[0].alias")]
#[case(json!([{"alias": "windows2022@v1"}]), None, "ami_selector_term[0].alias")]
#[case(json!([{"alias": "al2023@latest", "ssmParameter": "/x"}]), None, "ami_selector_term[0].alias")]
#[case(json!([{"id": "ami-1", "owner": "self"}]), Some("AL2023"), "ami_selector_term[0].id")]
#[case(json!([{"id": "i-1"}]), Some("AL2023"), "ami_selector_term[0].id")]
#[case(json!([{"owner": "self"}]), Some("AL2023"), "ami_selector_term[0]")]
#[case(json!([{"tags": {"a": ""}}]), Some("AL2023"), "ami_selector_term[0].tags")]
#[case(json!([{"alias": "al2023@a-version-that-is-far-too-long"}]), None, "ami_selector_term[0].alias")]
fn invalid_ami_selector_terms_are_rejected(#[case] terms: Json, #[case] family: Option<&str>, #[case] path: &str) {
    let members = json!({"amiSelectorTerms": terms, "amiFamily": family});
    assert_eq!(errors(&class(api::KARPENTER, &spec(api::KARPENTER, &members))), [path]);
}

#[rstest]
#[case(json!([{"alias": "al2023@latest"}]), Some("Custom"))]
#[case(json!([{"alias": "al2023@latest"}]), Some("AL2023"))]
#[case(json!([{"alias": "windows2025@latest"}]), None)]
#[case(json!([{"id": "ami-1"}, {"name": "x", "owner": "self"}, {"ssmParameter": "/x"}]), Some("Custom"))]
#[case(Json::Null, None)]
#[case(Json::Null, Some("Bottlerocket"))]
fn right_ami_terms_are_taken(#[case] terms: Json, #[case] family: Option<&str>) {
    let members = json!({"amiSelectorTerms": terms, "amiFamily": family});
    assert_eq!(errors(&class(api::KARPENTER, &spec(api::KARPENTER, &members))), Vec::<String>::new());
}

#[rstest]
#[case("AL2", "{ alias = \"al2@latest\" }")]
#[case("Windows2022", "{ alias = \"windows2022@latest\" }")]
#[case("Custom", "{ id = \"ami-")]
fn families_without_a_default_need_terms(#[case] family: &str, #[case] words: &str) {
    let config = class(api::KARPENTER, &spec(api::KARPENTER, &json!({"amiSelectorTerms": null, "amiFamily": family})));
    let mut found = Diagnostics::new();
    rules::together(&config, &mut found);
    let errors: Vec<_> = found.iter().collect();
    let [error] = errors.as_slice() else { panic!("{errors:?}") };
    assert_eq!(error.path, Some(Path::attribute("ami_selector_term")));
    assert!(error.detail.contains(family) && error.detail.contains(words), "{error:?}");
}

fn interface(card: i64, device: i64, kind: &str) -> Json {
    json!({"networkCardIndex": card, "deviceIndex": device, "interfaceType": kind})
}

#[test]
fn eight_efa_devices_of_a_p6_are_the_manifest_written_by_hand() {
    let mut all = vec![interface(0, 0, "interface"), interface(0, 1, "efa-only")];
    all.extend((1..8).map(|card| interface(card, 0, "efa-only")));
    let spec = spec(api::KARPENTER, &json!({"networkInterfaces": all}));
    let class = class(api::KARPENTER, &spec);
    assert_eq!(errors(&class), Vec::<String>::new());
    assert_eq!(api::fields(&class).unwrap()["spec"], spec);
}

#[rstest]
#[case(json!([interface(0, 1, "efa-only")]), &[""])]
#[case(json!([interface(0, 0, "efa-only")]), &[""])]
#[case(json!([interface(0, 0, "interface"), interface(1, 0, "efa-only"), interface(1, 1, "efa-only")]), &["[2]"])]
#[case(json!([interface(0, 0, "interface"), interface(0, 0, "interface")]), &["[1]"])]
#[case(json!([interface(0, 0, "interface"), interface(-1, 0, "interface")]), &["[1].network_card_index"])]
#[case(json!([interface(0, 0, "interface"), interface(1, 0, "efa")]), &["[1].interface_type"])]
fn invalid_network_interfaces_are_rejected(#[case] interfaces: Json, #[case] paths: &[&str]) {
    let members = json!({"networkInterfaces": interfaces});
    let expected: Vec<_> = paths.iter().map(|path| format!("network_interface{path}")).collect();
    assert_eq!(errors(&class(api::KARPENTER, &spec(api::KARPENTER, &members))), expected);
    let members = json!({"advancedNetworking": {"networkInterfaces": interfaces}});
    let expected: Vec<_> = expected.iter().map(|path| format!("advanced_networking.{path}")).collect();
    assert_eq!(errors(&class(api::AUTO_MODE, &spec(api::AUTO_MODE, &members))), expected);
}

#[rstest]
#[case(json!({"subnetSelectorTerms": [{"id": "subnet-1", "tags": {"a": "b"}}, {"tags": {"a": "b"}}]}), "subnet_selector_term[0]")]
#[case(json!({"subnetSelectorTerms": [{}]}), "subnet_selector_term[0]")]
#[case(json!({"subnetSelectorTerms": [{"id": "sub-1"}]}), "subnet_selector_term[0].id")]
#[case(json!({"securityGroupSelectorTerms": [{"id": "sg-1", "name": "x"}, {"name": "y"}]}), "security_group_selector_term[0]")]
#[case(json!({"securityGroupSelectorTerms": [{"tags": {"": "b"}}]}), "security_group_selector_term[0].tags")]
#[case(json!({"capacityReservationSelectorTerms": [{"id": "cr-1", "tags": {"a": "b"}}]}), "capacity_reservation_selector_term[0].id")]
#[case(json!({"placementGroupSelector": {"id": "pg-1", "name": "x"}}), "placement_group_selector")]
#[case(json!({"placementGroupSelector": {}}), "placement_group_selector")]
#[case(json!({"tags": {"karpenter.sh/nodepool": "x"}}), "tags[\"karpenter.sh/nodepool\"]")]
#[case(json!({"tags": {"kubernetes.io/cluster/demo": "owned"}}), "tags")]
fn rules_of_both_kinds_are_checked(#[case] members: Json, #[case] path: &str) {
    for controller in [api::KARPENTER, api::AUTO_MODE] {
        assert_eq!(errors(&class(controller, &spec(controller, &members))), [path], "{controller}");
    }
}

#[rstest]
#[case(json!({"capacityReservationSelectorTerms": [{"ownerID": "111122223333"}]}), "capacity_reservation_selector_term[0]")]
#[case(json!({"capacityReservationSelectorTerms": [{"tags": {"a": "b"}, "ownerID": "1"}]}), "capacity_reservation_selector_term[0].owner_id")]
#[case(json!({"blockDeviceMappings": [{"rootVolume": true}, {"rootVolume": true}]}), "block_device_mapping")]
#[case(json!({"blockDeviceMappings": [{"ebs": {"volumeType": "gp3"}}]}), "block_device_mapping[0].ebs")]
#[case(json!({"blockDeviceMappings": [{"ebs": {"volumeSize": "300GB"}}]}), "block_device_mapping[0].ebs.volume_size")]
#[case(json!({"blockDeviceMappings": [{"ebs": {"volumeSize": "18Ti"}}]}), "block_device_mapping[0].ebs.volume_size")]
#[case(json!({"blockDeviceMappings": [{"ebs": {"volumeSize": "1Gi", "volumeInitializationRate": 100}}]}), "block_device_mapping[0].ebs.volume_initialization_rate")]
#[case(json!({"connectionTracking": {}}), "connection_tracking")]
#[case(json!({"connectionTracking": {"udpTimeout": 10}}), "connection_tracking.udp_timeout")]
#[case(json!({"kubelet": {"imageGCHighThresholdPercent": 50, "imageGCLowThresholdPercent": 50}}), "kubelet[\"imageGCLowThresholdPercent\"]")]
#[case(json!({"kubelet": {"evictionSoft": {"memory.available": "5%"}}}), "kubelet[\"evictionSoft\"][\"memory.available\"]")]
#[case(json!({"kubelet": {"evictionSoftGracePeriod": {"memory.available": "1m"}}}), "kubelet[\"evictionSoftGracePeriod\"][\"memory.available\"]")]
#[case(json!({"kubelet": {"kubeReserved": {"gpu": "1"}}}), "kubelet[\"kubeReserved\"][\"gpu\"]")]
#[case(json!({"kubelet": {"kubeReserved": {"cpu": "-1"}}}), "kubelet[\"kubeReserved\"][\"cpu\"]")]
#[case(json!({"kubelet": {"evictionHard": {"memory.available": "101%"}}}), "kubelet[\"evictionHard\"][\"memory.available\"]")]
#[case(json!({"metadataOptions": {"httpPutResponseHopLimit": 65}}), "metadata_options.http_put_response_hop_limit")]
#[case(json!({"instanceStorePolicy": "RAID1"}), "instance_store_policy")]
#[case(json!({"associatePublicIPAddress": true, "networkInterfaces": [interface(0, 0, "interface"), interface(0, 1, "efa-only")]}), "associate_public_ip_address")]
#[case(json!({"tags": {"eks:eks-cluster-name": "x"}}), "tags[\"eks:eks-cluster-name\"]")]
#[case(json!({"snatPolicy": "Random"}), "snat_policy")]
fn rules_of_karpenter_are_checked(#[case] members: Json, #[case] path: &str) {
    assert_eq!(errors(&class(api::KARPENTER, &spec(api::KARPENTER, &members))), [path]);
}

#[rstest]
#[case(json!({"podSubnetSelectorTerms": [{"tags": {"a": "b"}}]}), "pod_subnet_selector_term")]
#[case(json!({"podSecurityGroupSelectorTerms": [{"id": "sg-1"}]}), "pod_security_group_selector_term")]
#[case(json!({"capacityReservationSelectorTerms": [{"tags": {"a": "b"}, "instanceMatchCriteria": "open"}]}), "capacity_reservation_selector_term[0].instance_match_criteria")]
#[case(json!({"ephemeralStorage": {"size": "59Ti"}}), "ephemeral_storage.size")]
#[case(json!({"ephemeralStorage": {"iops": 100}}), "ephemeral_storage.iops")]
#[case(json!({"tags": {"eks.amazonaws.com/nodeclass": "x"}}), "tags[\"eks.amazonaws.com/nodeclass\"]")]
#[case(json!({"certificateBundles": [{"name": "a", "data": "not base64"}]}), "certificate_bundle[0].data")]
#[case(json!({"amiSelectorTerms": [{"alias": "al2023@latest"}]}), "ami_selector_term")]
#[case(json!({"userData": "x"}), "user_data")]
fn rules_of_auto_mode_are_checked(#[case] members: Json, #[case] path: &str) {
    assert_eq!(errors(&class(api::AUTO_MODE, &spec(api::AUTO_MODE, &members))), [path]);
}

#[test]
fn secondary_addresses_are_for_the_first_card() {
    let with = |mut interface: Json, name: &str| {
        interface[name] = json!(2);
        let all = json!({"networkInterfaces": [interface.clone()], "associatePublicIPAddress": true});
        errors(&class(api::AUTO_MODE, &spec(api::AUTO_MODE, &json!({"advancedNetworking": all}))))
    };
    assert_eq!(with(interface(0, 0, "interface"), "secondaryIPv4Count"), Vec::<String>::new());
    let wrong = with(interface(1, 0, "interface"), "secondaryIPv4PrefixCount");
    let path = "advanced_networking.network_interface";
    assert_eq!(wrong, [path.to_owned(), format!("{path}[0].secondary_ipv4_prefix_count")]);
}

#[test]
fn the_default_class_of_auto_mode_is_not_ours() {
    let class = NodeClass { name: "default".into(), ..class(api::AUTO_MODE, &spec(api::AUTO_MODE, &json!({}))) };
    assert_eq!(errors(&class), ["name"]);
}

#[test]
fn unknown_values_are_not_validated() {
    let mut class = class(api::KARPENTER, &spec(api::KARPENTER, &json!({"role": null, "amiSelectorTerms": [{}]})));
    class.role = Attr::Unknown;
    class.ami_selector_term = blocks([AmiSelectorTerm { alias: Attr::Unknown, ..AmiSelectorTerm::default() }]);
    class.subnet_selector_term = Blocks::Unknown;
    class.security_group_selector_term =
        blocks([SecurityGroupSelectorTerm { id: Attr::Unknown, ..SecurityGroupSelectorTerm::default() }]);
    assert_eq!(errors(&class), Vec::<String>::new());
    assert_eq!(api::fields(&class), None);
}

#[test]
fn the_two_kinds_call_the_owner_of_a_reservation_by_two_names() {
    let terms = |name: &str| json!({"capacityReservationSelectorTerms": [{"tags": {"a": "b"}, name: "111122223333"}]});
    for (controller, name) in [(api::KARPENTER, "ownerID"), (api::AUTO_MODE, "owner")] {
        let spec = spec(controller, &terms(name));
        let class = class(controller, &spec);
        let owner = class.capacity_reservation_selector_term.first().unwrap().owner_id.clone();
        assert_eq!(owner, "111122223333".into());
        assert_eq!(api::fields(&class).unwrap()["spec"], spec);
    }
}
