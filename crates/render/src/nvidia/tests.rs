use super::*;

fn taint(key: &str, effect: &str) -> Taint {
    Taint { key: key.to_owned(), effect: effect.to_owned() }
}

fn terms(values: &Json) -> &Vec<Json> {
    let affinity = &values["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
    affinity["nodeSelectorTerms"].as_array().expect("terms")
}

#[test]
fn plain_nodes_get_the_terms_and_tolerations_of_the_chart() {
    let values = values(Chart::DevicePlugin, &Nodes::default());
    let keys: Vec<_> = terms(&values).iter().map(|term| &term["matchExpressions"][0]["key"]).collect();
    assert_eq!(
        keys,
        ["feature.node.kubernetes.io/pci-10de.present", "feature.node.kubernetes.io/cpu-model.vendor_id", PRESENT]
    );
    for term in terms(&values) {
        let excluded = &term["matchExpressions"].as_array().expect("expressions")[1..];
        assert!(excluded.iter().all(|expression| expression["operator"] == "NotIn") && excluded.len() == 2, "{term}");
    }
    assert_eq!(
        values["tolerations"],
        json!([
            {"key": "CriticalAddonsOnly", "operator": "Exists"},
            {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"},
        ])
    );
    assert_eq!(values.as_object().map(serde_json::Map::len), Some(2));
}

#[test]
fn taints_are_tolerated_by_all_that_must_run_on_the_node() {
    let nodes = Nodes {
        taints: vec![
            taint("gpu-workload", "NoSchedule"),
            taint("nvidia.com/gpu", "NoSchedule"),
            taint("nvidia.com/gpu", "NoExecute"),
            taint("soft", "PreferNoSchedule"),
        ],
        feature_discovery: Some(true),
        ..Nodes::default()
    };
    let plugin = values(Chart::DevicePlugin, &nodes);
    let operator = values(Chart::GpuOperator, &nodes);
    for (list, before) in [
        (&plugin["tolerations"], 1),
        (&plugin["nfd"]["worker"]["tolerations"], 1),
        (&operator["daemonsets"]["tolerations"], 0),
        (&operator["node-feature-discovery"]["worker"]["tolerations"], 1),
    ] {
        let own = &list.as_array().expect("tolerations")[before..];
        let expected =
            [("nvidia.com/gpu", "NoSchedule"), ("gpu-workload", "NoSchedule"), ("nvidia.com/gpu", "NoExecute")];
        let expected = expected.map(|(key, effect)| json!({"key": key, "operator": "Exists", "effect": effect}));
        assert_eq!(own, expected);
    }
}

#[test]
fn node_pools_are_selected_and_excluded_by_name() {
    let nodes =
        Nodes { pools: ["gpu".to_owned()].into(), other_pools: ["bottle".to_owned()].into(), ..Nodes::default() };
    assert!(nodes.are_found_by_labels());
    let values = values(Chart::DevicePlugin, &nodes);
    let last = terms(&values).last().expect("a term");
    assert_eq!(
        last["matchExpressions"][0],
        json!({"key": "karpenter.sh/nodepool", "operator": "In", "values": ["gpu"]})
    );
    let excluded = json!({"key": "karpenter.sh/nodepool", "operator": "NotIn", "values": ["bottle"]});
    assert!(
        terms(&values)
            .iter()
            .all(|term| term["matchExpressions"].as_array().is_some_and(|all| all.contains(&excluded)))
    );
}

#[test]
fn label_finds_nodes_only_when_it_says_true() {
    let labelled = |value: &str| Nodes { labels: [(PRESENT.to_owned(), value.to_owned())].into(), ..Nodes::default() };
    assert!(labelled("true").are_found_by_labels());
    assert!(!labelled("yes").are_found_by_labels() && !Nodes::default().are_found_by_labels());
}

#[test]
fn sharing_is_a_configuration_of_the_plugin() {
    let time = Sharing {
        strategy: Strategy::TimeSlicing,
        replicas: 4,
        rename: true,
        fail_requests_greater_than_one: Some(true),
    };
    let text = "sharing:\n  timeSlicing:\n    failRequestsGreaterThanOne: true\n    renameByDefault: true\n    resources:\n      - \
                name: \"nvidia.com/gpu\"\n        replicas: 4\nversion: \"v1\"\n";
    let nodes = Nodes { sharing: Some(time), ..Nodes::default() };
    assert_eq!(values(Chart::DevicePlugin, &nodes)["config"], json!({"default": "default", "map": {"default": text}}));
    let operator = &values(Chart::GpuOperator, &nodes)["devicePlugin"]["config"];
    assert_eq!((&operator["data"]["default"], &operator["create"]), (&json!(text), &json!(true)));
    let mps = Sharing { strategy: Strategy::Mps, rename: false, ..time };
    let text = values(Chart::DevicePlugin, &Nodes { sharing: Some(mps), ..Nodes::default() });
    let text = text["config"]["map"]["default"].as_str().expect("a text").to_owned();
    assert!(text.contains("mps:") && text.contains("renameByDefault: false") && !text.contains("fail"), "{text}");
}

#[test]
fn plugin_is_switched_off_where_one_is_built_in() {
    for nodes in [
        Nodes { controller: Controller::AutoMode, ..Nodes::default() },
        Nodes { system: System::Bottlerocket, ..Nodes::default() },
    ] {
        assert!(nodes.why_not_needed().is_some());
        let off = json!({"devicePlugin": {"enabled": false}, "gfd": {"enabled": false}});
        assert_eq!(values(Chart::DevicePlugin, &nodes), off);
        let operator = values(Chart::GpuOperator, &nodes);
        assert_eq!(operator["devicePlugin"], json!({"enabled": false}));
        assert_eq!(operator["driver"], json!({"enabled": false}));
    }
    assert_eq!(Nodes::default().why_not_needed(), None);
    let operator = values(Chart::GpuOperator, &Nodes::default());
    let enabled = ["driver", "toolkit", "devicePlugin"].map(|part| operator[part]["enabled"].clone());
    assert_eq!(enabled, [json!(false), json!(false), json!(true)]);
}

#[test]
fn partitions_are_told_as_wished() {
    for (mig, name) in [(Mig::None, "none"), (Mig::Single, "single"), (Mig::Mixed, "mixed")] {
        assert_eq!(Mig::of(name), Some(mig));
        let nodes = Nodes { mig: Some(mig), ..Nodes::default() };
        assert_eq!(values(Chart::DevicePlugin, &nodes)["migStrategy"], json!(name));
        assert_eq!(values(Chart::GpuOperator, &nodes)["mig"]["strategy"], json!(name));
    }
}

#[test]
fn names_are_read_back() {
    assert_eq!(Chart::NAMES.map(Chart::of), [Some(Chart::DevicePlugin), Some(Chart::GpuOperator)]);
    assert_eq!(System::NAMES.map(System::of), [Some(System::AmazonLinux2023), Some(System::Bottlerocket)]);
    assert_eq!(Strategy::NAMES.map(Strategy::of), [Some(Strategy::TimeSlicing), Some(Strategy::Mps)]);
    assert_eq!(Chart::of("plugin"), None);
}
