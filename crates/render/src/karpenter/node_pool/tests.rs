//! The golden cases of the reference, and the way back.

use proptest::prelude::*;
use rstest::rstest;

use super::gpu::Gpu;
use super::*;

fn texts_of(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

fn gpu(architectures: &[&str], capacity_types: &[&str]) -> Gpu {
    Gpu { architectures: texts_of(architectures), capacity_types: texts_of(capacity_types), ..Gpu::default() }
}

fn by_hand() -> NodePool {
    let gpu = Gpu { instance_categories: texts_of(&["g", "p"]), ..gpu(&["amd64"], &["spot", "on-demand"]) };
    NodePool {
        node_class_name: "gpu".to_owned(),
        labels: plugin::default_labels(Controller::Karpenter),
        requirements: gpu.requirements(Controller::Karpenter),
        taints: Placed::list("taint", [plugin::default_taint()]),
        expire_after: Some("720h".to_owned()),
        disruption: Some(Disruption {
            consolidation_policy: Some("WhenEmpty".to_owned()),
            consolidate_after: Some("20m".to_owned()),
            budgets: None,
        }),
        limits: [("cpu".to_owned(), "1000".to_owned())].into(),
        ..NodePool::default()
    }
}

#[test]
fn pool_of_karpenter_is_the_one_written_by_hand() {
    let expected = json!({
        "template": {
            "metadata": {"labels": {"nvidia.com/gpu.present": "true"}},
            "spec": {
                "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "gpu"},
                "requirements": [
                    {"key": "kubernetes.io/arch", "operator": "In", "values": ["amd64"]},
                    {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["spot", "on-demand"]},
                    {"key": "karpenter.k8s.aws/instance-category", "operator": "In", "values": ["g", "p"]},
                ],
                "taints": [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}],
                "expireAfter": "720h",
            },
        },
        "limits": {"cpu": "1000"},
        "disruption": {"consolidationPolicy": "WhenEmpty", "consolidateAfter": "20m"},
    });
    assert_eq!(by_hand().spec(), expected);
    assert_eq!(rules::check(&by_hand()), []);
    assert_eq!(plugin::check(&by_hand(), true), []);
}

#[test]
fn pool_of_auto_mode_is_the_one_written_by_hand() {
    let gpu = Gpu { instance_families: texts_of(&["g6", "g6e"]), ..gpu(&["amd64"], &["on-demand"]) };
    let taint = Taint { key: "gpu-workload".to_owned(), value: String::new(), effect: "NoSchedule".to_owned() };
    let pool = NodePool {
        controller: Controller::AutoMode,
        node_class_name: "default".to_owned(),
        requirements: gpu.requirements(Controller::AutoMode),
        taints: Placed::list("taint", [taint]),
        disruption: Some(Disruption {
            consolidation_policy: Some("WhenEmpty".to_owned()),
            consolidate_after: Some("1h".to_owned()),
            budgets: None,
        }),
        ..NodePool::default()
    };
    let expected = json!({
        "template": {
            "spec": {
                "nodeClassRef": {"group": "eks.amazonaws.com", "kind": "NodeClass", "name": "default"},
                "requirements": [
                    {"key": "kubernetes.io/arch", "operator": "In", "values": ["amd64"]},
                    {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["on-demand"]},
                    {"key": "eks.amazonaws.com/instance-family", "operator": "In", "values": ["g6", "g6e"]},
                ],
                "taints": [{"key": "gpu-workload", "effect": "NoSchedule"}],
            },
        },
        "disruption": {"consolidationPolicy": "WhenEmpty", "consolidateAfter": "1h"},
    });
    assert_eq!(pool.spec(), expected);
    assert_eq!(rules::check(&pool), []);
    assert_eq!(plugin::check(&pool, true), []);
}

#[test]
fn a_static_pool_sends_replicas_and_limits_of_nodes() {
    let pool = NodePool {
        node_class_name: "gpu".to_owned(),
        replicas: Some(2),
        limits: [("nodes".to_owned(), "3".to_owned())].into(),
        ..NodePool::default()
    };
    let spec = pool.spec();
    assert_eq!((&spec["replicas"], &spec["limits"]), (&json!(2), &json!({"nodes": "3"})));
    assert_eq!(spec["template"]["spec"]["requirements"], json!([]), "every type");
    assert!(spec.get("disruption").is_none() && spec["template"].get("metadata").is_none());
}

#[test]
fn gpu_names_counts_and_memory_become_requirements() {
    let gpu = Gpu {
        names: texts_of(&["l40s"]),
        min_count: Some(2),
        max_count: Some(8),
        memory: Some("24Gi".to_owned()),
        ..Gpu::default()
    };
    let asked: Vec<_> = gpu.requirements(Controller::AutoMode);
    let told: Vec<_> = asked.iter().map(|placed| format!("{}: {}", placed.place, placed.value)).collect();
    assert_eq!(
        told,
        [
            "gpu.names: eks.amazonaws.com/instance-gpu-name In [l40s]",
            "gpu.min_count: eks.amazonaws.com/instance-gpu-count Gt [1]",
            "gpu.max_count: eks.amazonaws.com/instance-gpu-count Lt [9]",
            "gpu.memory: eks.amazonaws.com/instance-gpu-memory Gt [24575]",
        ]
    );
}

#[test]
fn gpu_block_without_gpu_filters_requires_nvidia() {
    let asked = gpu(&["amd64"], &[]).requirements(Controller::Karpenter);
    let told: Vec<_> = asked.iter().map(|placed| placed.value.to_string()).collect();
    assert_eq!(told, ["kubernetes.io/arch In [amd64]", "karpenter.k8s.aws/instance-gpu-manufacturer In [nvidia]"]);
}

#[rstest]
#[case("22888", Some(22888))]
#[case("24Gi", Some(24576))]
#[case("24G", Some(22889))]
#[case("80GB", None)]
#[case("0", None)]
#[case("", None)]
#[case("-1Gi", None)]
fn memory_is_counted_in_mib(#[case] memory: &str, #[case] expected: Option<u64>) {
    assert_eq!(gpu::mib(memory), expected);
}

#[test]
fn requirements_unsupported_by_gpu_block_are_kept() {
    let key = "karpenter.k8s.aws/instance-family";
    let mut given = vec![
        Requirement::new(key, Operator::In, ["g6"]),
        Requirement::new(key, Operator::In, ["g5"]),
        Requirement::new(key, Operator::NotIn, ["g6f"]),
        Requirement { min_values: Some(2), ..Requirement::new("kubernetes.io/arch", Operator::In, ["amd64", "arm64"]) },
        Requirement::new("eks.amazonaws.com/instance-gpu-name", Operator::In, ["l4"]),
        Requirement::new("karpenter.k8s.aws/instance-gpu-count", Operator::In, ["1", "2"]),
    ];
    let rest = given[1..].to_vec();
    let taken = Gpu::take(&mut given, Controller::Karpenter).unwrap();
    assert_eq!(taken, Gpu { instance_families: texts_of(&["g6"]), ..Gpu::default() });
    assert_eq!(given, rest);
    assert_eq!(Gpu::take(&mut given, Controller::Karpenter).map(|gpu| gpu.instance_families), Some(texts_of(&["g5"])));
}

#[test]
fn requirements_without_gpus_stay_requirements() {
    let architecture = Requirement::new("kubernetes.io/arch", Operator::In, ["arm64".to_owned()]);
    let mut given = vec![architecture.clone()];
    assert_eq!(Gpu::take(&mut given, Controller::Karpenter), None, "an empty selection means NVIDIA");
    assert_eq!(given, [architecture]);
}

fn words() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec("[a-z][a-z0-9]{0,4}", 0..3)
}

fn gpus() -> impl Strategy<Value = Gpu> {
    let lists = (words(), words(), words(), words(), words(), words(), words());
    let number = || proptest::option::of(1..64_i64);
    let numbers = (number(), number(), number(), proptest::option::of(1..200_000_u64));
    (lists, numbers).prop_map(|(lists, (count, min_count, max_count, memory))| Gpu {
        architectures: lists.0,
        capacity_types: lists.1,
        instance_categories: lists.2,
        instance_families: lists.3,
        instance_types: lists.4,
        efa_types: vec![],
        names: lists.5,
        zones: lists.6,
        manufacturers: texts_of(&["nvidia"]),
        count,
        min_count,
        max_count,
        memory: memory.map(|mib| format!("{mib}Mi")),
    })
}

fn taints() -> impl Strategy<Value = Vec<Taint>> {
    let taint = ("[a-z]{1,4}", "[a-z]{0,4}", prop_oneof![Just("NoSchedule"), Just("NoExecute")]);
    let taint = taint.prop_map(|(key, value, effect)| Taint { key, value, effect: effect.to_owned() });
    proptest::collection::vec(taint, 0..3)
}

fn budgets() -> impl Strategy<Value = Option<Vec<Budget>>> {
    let budget = ("[0-9]{1,2}%?", proptest::option::of("[a-z]{1,3}"), words());
    let budget =
        budget.prop_map(|(nodes, when, reasons)| Budget { nodes, duration: when.clone(), schedule: when, reasons });
    proptest::option::of(proptest::collection::vec(budget, 0..3))
}

fn pools() -> impl Strategy<Value = NodePool> {
    let controller = prop_oneof![Just(Controller::Karpenter), Just(Controller::AutoMode)];
    let texts = || proptest::collection::btree_map("[a-z]{1,4}", "[a-z]{0,4}", 0..3);
    let text = || proptest::option::of("[0-9]{1,3}h");
    let disruption = (text(), text(), budgets()).prop_map(|(consolidation_policy, consolidate_after, budgets)| {
        Disruption { consolidation_policy, consolidate_after, budgets }
    });
    let times = (text(), text(), proptest::option::of(disruption));
    let numbers = (proptest::option::of(1..100_i64), proptest::option::of(0..9_i64));
    (controller, gpus(), (texts(), texts(), texts()), (taints(), taints()), times, numbers).prop_map(
        |(controller, gpu, (labels, annotations, limits), (taints, startup), times, (weight, replicas))| {
            let asked = gpu.requirements(controller).into_iter().map(|placed| placed.value);
            NodePool {
                controller,
                node_class_name: "gpu".to_owned(),
                labels,
                annotations,
                requirements: Placed::list("requirement", asked),
                taints: Placed::list("taint", taints),
                startup_taints: Placed::list("startup_taint", startup),
                expire_after: times.0,
                termination_grace_period: times.1,
                disruption: times.2,
                limits,
                weight,
                replicas,
            }
        },
    )
}

proptest! {
    #[test]
    fn node_pool_spec_round_trips(pool in pools()) {
        prop_assert_eq!(NodePool::parse(&pool.spec()), pool);
    }

    #[test]
    fn words_about_gpus_are_read_back_from_requirements(gpu in gpus(), controller in prop_oneof![Just(Controller::Karpenter), Just(Controller::AutoMode)]) {
        let mut asked: Vec<_> = gpu.requirements(controller).into_iter().map(|placed| placed.value).collect();
        prop_assert_eq!(Gpu::take(&mut asked, controller), Some(gpu));
        prop_assert_eq!(asked, vec![]);
    }
}
