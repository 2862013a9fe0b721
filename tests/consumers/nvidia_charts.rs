//! The charts of NVIDIA, rendered as Helm does with our values; the scheduler's own rules say where their pods run.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::{Strategy, any, prop_oneof};
use proptest::sample::select;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use render::karpenter::controller::Controller;
use render::nvidia::{Chart, Mig, Nodes, PRESENT, Sharing, Strategy as How, System, Taint, values};
use render::yaml;
use serde_json::{Value as Json, json};

use crate::program::{ask, made};

/// As many generated pools as one process renders.
const CASES: usize = 60;

const PLUGIN: &str = "gpu-nvidia-device-plugin";
const FEATURES: &str = "gpu-nvidia-device-plugin-gpu-feature-discovery";
const WORKER: &str = "gpu-node-feature-discovery-worker";

fn question(chart: Chart, values: &str, nodes: &Json) -> Json {
    let folder = match chart {
        Chart::DevicePlugin => "charts/nvidia-device-plugin",
        Chart::GpuOperator => "charts/gpu-operator",
    };
    json!({"chart": made(folder), "values": values, "nodes": nodes})
}

fn answer(chart: Chart, values: &str, nodes: &Json) -> Json {
    let answer = ask("nvidia_charts", &[question(chart, values, nodes)]).remove(0);
    assert_eq!(answer.get("error"), None, "{answer}");
    answer
}

fn of_nodes(chart: Chart, pool: &Nodes, nodes: &Json) -> Json {
    answer(chart, &yaml::print(&values(chart, pool)), nodes)
}

fn taint(key: &str, value: &str, effect: &str) -> Json {
    json!({"key": key, "value": value, "effect": effect})
}

fn tolerating(taints: &[Json]) -> Vec<Taint> {
    let text = |taint: &Json, name: &str| taint[name].as_str().expect("a text").to_owned();
    taints.iter().map(|taint| Taint { key: text(taint, "key"), effect: text(taint, "effect") }).collect()
}

/// Nodes in a cluster of everything.
fn cluster(labels: &BTreeMap<String, String>, taints: &[Json]) -> Json {
    let with = |key: &str, value: &str| {
        let mut labels = labels.clone();
        labels.insert(key.to_owned(), value.to_owned());
        json!({"labels": labels, "taints": taints})
    };
    json!({
        "pool": {"labels": labels, "taints": taints},
        "auto": with("eks.amazonaws.com/compute-type", "auto"),
        "bottlerocket": with("feature.node.kubernetes.io/system-os_release.ID", "bottlerocket"),
        "other": with("karpenter.sh/nodepool", "other"),
        "cpu": {"labels": {"kubernetes.io/os": "linux"}},
    })
}

fn present() -> BTreeMap<String, String> {
    [(PRESENT.to_owned(), "true".to_owned())].into()
}

#[test]
fn values_of_the_chart_leave_tainted_nodes_without_the_plugin() {
    // What the values are for: without them the plugin is nowhere, or twice.
    let taints = [taint("gpu-workload", "", "NoSchedule")];
    assert_eq!(answer(Chart::DevicePlugin, "", &cluster(&present(), &taints))["runs"][PLUGIN], json!([]));
    let plain = cluster(&present(), &[]);
    let runs = &answer(Chart::DevicePlugin, "", &plain)["runs"][PLUGIN];
    assert_eq!(*runs, json!(["auto", "bottlerocket", "other", "pool"]));
    let found = json!({"pool": {"labels": {}, "taints": [taint("nvidia.com/gpu", "true", "NoSchedule")]}});
    let runs = answer(Chart::DevicePlugin, "gfd: {enabled: true}", &found);
    assert_eq!(runs["runs"][WORKER], json!([]), "the worker that would find the GPU stays off");
}

fn effect() -> impl Strategy<Value = &'static str> {
    select(vec!["NoSchedule", "NoExecute", "PreferNoSchedule"])
}

fn taints() -> impl Strategy<Value = Vec<Json>> {
    let key = prop_oneof![
        1 => select(vec!["nvidia.com/gpu", "gpu-workload", "yes", "node-role.kubernetes.io/gpu"]).prop_map(str::to_owned),
        1 => "[a-z]([-a-z0-9.]{0,8}[a-z0-9])?(/[A-Za-z0-9]{1,8})?",
    ];
    let value = prop_oneof![select(vec!["", "present", "true", "no"]).prop_map(str::to_owned), "[a-z0-9]{1,8}"];
    let one = (key, value, effect()).prop_map(|(key, value, effect)| taint(&key, &value, effect));
    vec(one, 0..4)
}

fn nodes() -> impl Strategy<Value = (Nodes, Vec<Json>)> {
    let sharing =
        (any::<bool>(), 2..100_i64, any::<bool>(), of(any::<bool>())).prop_map(|(mps, replicas, rename, fails)| {
            let strategy = if mps { How::Mps } else { How::TimeSlicing };
            Sharing { strategy, replicas, rename, fail_requests_greater_than_one: fails }
        });
    let label = "[a-z]{1,8}";
    let mig = of(select(vec![Mig::None, Mig::Single, Mig::Mixed]));
    let labels = btree_map(label, label, 0..3);
    (taints(), labels, any::<bool>(), of(any::<bool>()), mig, of(sharing)).prop_map(
        |(taints, mut labels, by_name, feature_discovery, mig, sharing)| {
            if by_name {
                labels.insert("karpenter.sh/nodepool".to_owned(), "gpu".to_owned());
            } else {
                labels.extend(present());
            }
            let pools = by_name.then(|| "gpu".to_owned()).into_iter().collect();
            let other_pools = ["other".to_owned()].into();
            let made = tolerating(&taints);
            let nodes =
                Nodes { labels, taints: made, pools, other_pools, feature_discovery, mig, sharing, ..Nodes::default() };
            (nodes, taints)
        },
    )
}

#[test]
fn plugin_runs_on_the_nodes_and_nowhere_else_whatever_they_are() {
    let mut runner = TestRunner::deterministic();
    let cases: Vec<_> = (0..CASES).map(|_| nodes().new_tree(&mut runner).expect("a case").current()).collect();
    let questions: Vec<_> = cases
        .iter()
        .map(|(nodes, taints)| {
            let values = yaml::print(&values(Chart::DevicePlugin, nodes));
            question(Chart::DevicePlugin, &values, &cluster(&nodes.labels, taints))
        })
        .collect();
    let answers = ask("nvidia_charts", &questions);
    for ((nodes, taints), answer) in cases.iter().zip(answers) {
        assert_eq!(answer.get("error"), None, "{nodes:?}: {answer}");
        // A node of another pool has no label of this one.
        assert_eq!(answer["runs"][PLUGIN], json!(["pool"]), "{nodes:?} {taints:?}");
        let discovers = nodes.feature_discovery == Some(true);
        assert_eq!(answer["runs"].get(FEATURES), discovers.then(|| json!(["pool"])).as_ref(), "{nodes:?}");
        let worker = answer["runs"].get(WORKER).and_then(Json::as_array).cloned().unwrap_or_default();
        assert_eq!(worker.contains(&json!("pool")), discovers, "{nodes:?} {taints:?}");
        let Some(sharing) = &nodes.sharing else {
            assert_eq!(answer.get("configuration"), None);
            continue;
        };
        let member = if sharing.strategy == How::Mps { "mps" } else { "timeSlicing" };
        let read = &answer["configuration"]["sharing"][member];
        let resource = &read["resources"][0];
        assert_eq!((&resource["name"], &resource["replicas"]), (&json!("nvidia.com/gpu"), &json!(sharing.replicas)));
        let shared = sharing.rename.then(|| json!("nvidia.com/gpu.shared"));
        assert_eq!(resource.get("rename"), shared.as_ref(), "{read}");
    }
}

#[test]
fn nothing_runs_where_a_plugin_is_built_in() {
    for nodes in [
        Nodes { controller: Controller::AutoMode, labels: present(), ..Nodes::default() },
        Nodes { system: System::Bottlerocket, labels: present(), ..Nodes::default() },
    ] {
        let answer = of_nodes(Chart::DevicePlugin, &nodes, &cluster(&present(), &[]));
        assert_eq!(answer["runs"], json!({}));
    }
}

/// The newest of the operator that the Go module registry has. What it calls these values is still so; it does not know yet
/// how to leave the plugin out.
#[test]
fn operator_tolerates_the_taints_and_leaves_the_driver_alone() {
    let taints = [taint("gpu-workload", "", "NoSchedule"), taint("nvidia.com/gpu", "true", "NoSchedule")];
    let nodes = Nodes { taints: tolerating(&taints), mig: Some(Mig::Mixed), ..Nodes::default() };
    let answer = of_nodes(Chart::GpuOperator, &nodes, &cluster(&BTreeMap::new(), &taints));
    let policy = &answer["objects"]["ClusterPolicy"]["spec"];
    let enabled = ["driver", "toolkit"].map(|part| policy[part]["enabled"].clone());
    assert_eq!(enabled, [json!(false), json!(false)]);
    assert_eq!(policy["mig"]["strategy"], "mixed");
    let tolerated = policy["daemonsets"]["tolerations"].as_array().expect("tolerations");
    let keys: Vec<_> = tolerated.iter().map(|toleration| &toleration["key"]).collect();
    assert_eq!(keys, ["nvidia.com/gpu", "gpu-workload"]);
    let worker = answer["runs"][WORKER].as_array().expect("the worker");
    assert!(worker.contains(&json!("pool")), "{worker:?}");
}
