use rstest::rstest;
use serde_json::json;

use super::*;

fn merged(specs: &[Json]) -> Json {
    let documents: Vec<_> = specs
        .iter()
        .map(|spec| json!({ "apiVersion": schema::API_VERSION, "kind": schema::KIND, "spec": spec }))
        .collect();
    let mut merged = merge(&documents, Family::AmazonLinux2023);
    assert_eq!(merged["kind"], schema::KIND);
    merged["spec"].take()
}

#[rstest]
#[case::text(json!({"cluster": {"name": "a", "id": "x"}}), json!({"cluster": {"name": "b", "id": ""}}), json!({"cluster": {"name": "b", "id": "x"}}))]
#[case::flags(json!({"kubelet": {"flags": ["--a", "--b"]}}), json!({"kubelet": {"flags": ["--a"]}}), json!({"kubelet": {"flags": ["--a", "--b", "--a"]}}))]
#[case::kubelet(
    json!({"kubelet": {"config": {"evictionHard": {"a": "1", "b": "2"}, "clusterDNS": ["1", "2"], "failSwapOn": true, "maxPods": 5}}}),
    json!({"kubelet": {"config": {"evictionHard": {"b": "3"}, "clusterDNS": [], "failSwapOn": false, "maxPods": null}}}),
    json!({"kubelet": {"config": {"evictionHard": {"a": "1", "b": "3"}, "clusterDNS": [], "failSwapOn": false, "maxPods": null}}})
)]
#[case::gates(json!({"featureGates": {"FastImagePull": true}}), json!({"featureGates": {"FastImagePull": false, "InstanceIdNodeName": true}}), json!({"featureGates": {"FastImagePull": false, "InstanceIdNodeName": true}}))]
#[case::environment(
    json!({"instance": {"environment": {"default": {"A": "1", "B": "2"}, "x": {}}}}),
    json!({"instance": {"environment": {"default": {"B": ""}, "y": {"C": "3"}}}}),
    json!({"instance": {"environment": {"default": {"A": "1", "B": ""}, "x": {}, "y": {"C": "3"}}}})
)]
#[case::lists(
    json!({"instance": {"network": {"domains": ["a"], "nameservers": ["10.0.0.1"]}}}),
    json!({"instance": {"network": {"domains": [], "nameservers": ["10.0.0.2"]}}}),
    json!({"instance": {"network": {"domains": ["a"], "nameservers": ["10.0.0.2"]}}})
)]
#[case::on(json!({"cluster": {"enableOutpost": true}}), json!({"cluster": {"enableOutpost": false}}), json!({"cluster": {"enableOutpost": true}}))]
#[case::off(json!({"cluster": {"enableOutpost": false}}), json!({"cluster": {"enableOutpost": true}}), json!({"cluster": {"enableOutpost": true}}))]
#[case::first_off(json!({"cluster": {"name": "a"}}), json!({"cluster": {"enableOutpost": false}}), json!({"cluster": {"name": "a", "enableOutpost": false}}))]
#[case::toml(json!({"containerd": {"config": "[a]\nb = 1\n"}}), json!({"containerd": {"config": "[a]\nc = 2\n"}}), json!({"containerd": {"config": "[a]\nb = 1\nc = 2\n"}}))]
#[case::no_toml(json!({"containerd": {"config": "a = 1 # kept\n"}}), json!({"containerd": {"config": ""}}), json!({"containerd": {"config": "a = 1 # kept\n"}}))]
#[case::runtime(json!({"containerd": {"baseRuntimeSpec": {"a": {"b": 1}}}}), json!({"containerd": {"baseRuntimeSpec": {"a": {"c": [1]}}}}), json!({"containerd": {"baseRuntimeSpec": {"a": {"b": 1, "c": [1]}}}}))]
#[case::null(json!({"kubelet": {"flags": ["--a"]}}), json!({"kubelet": null}), json!({"kubelet": {"flags": ["--a"]}}))]
fn second_is_laid_over_the_first(#[case] first: Json, #[case] second: Json, #[case] expected: Json) {
    assert_eq!(merged(&[first, second]), expected);
}

#[test]
fn empty_fields_are_omitted_from_merged_document() {
    let spec = json!({"cluster": {"name": "", "enableOutpost": false}, "kubelet": {"flags": [], "config": {}}, "instance": {"localStorage": {}}});
    assert_eq!(merged(&[spec]), json!({"cluster": {"enableOutpost": false}}));
}
