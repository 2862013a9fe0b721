//! Every rule, and an input that is right by it.

use rstest::rstest;

use super::super::{Budget, gpu::Gpu};
use super::*;

const KARPENTER: Controller = Controller::Karpenter;
const AUTO_MODE: Controller = Controller::AutoMode;

fn pool(controller: Controller) -> NodePool {
    NodePool { controller, node_class_name: "gpu".to_owned(), ..NodePool::default() }
}

fn asking(controller: Controller, requirement: Requirement) -> NodePool {
    NodePool { requirements: Placed::list("requirement", [requirement]), ..pool(controller) }
}

/// Where errors are, and what they say.
fn errors(pool: &NodePool) -> Vec<(String, String)> {
    let found = check(pool).into_iter().filter(Finding::is_error);
    found.map(|finding| (finding.place.to_string(), finding.text)).collect()
}

fn places(pool: &NodePool) -> Vec<String> {
    errors(pool).into_iter().map(|(place, _)| place).collect()
}

#[rstest]
#[case(KARPENTER, "karpenter.k8s.aws/instance-category", None)]
#[case(KARPENTER, "karpenter.sh/capacity-type", None)]
#[case(KARPENTER, "node.kubernetes.io/instance-type", None)]
#[case(KARPENTER, "kubernetes.io/os", None)]
#[case(KARPENTER, "example.com/team", None)]
#[case(KARPENTER, "karpenter.sh/nodepool", Some("sets it to the name of the node pool"))]
#[case(
    KARPENTER,
    "karpenter.sh/initialized",
    Some("only supported label in karpenter.sh is karpenter.sh/capacity-type")
)]
#[case(KARPENTER, "x.karpenter.sh/y", Some("only supported label in karpenter.sh is karpenter.sh/capacity-type"))]
#[case(KARPENTER, "mykarpenter.sh", Some("only supported label in karpenter.sh is karpenter.sh/capacity-type"))]
#[case(KARPENTER, "kubernetes.io/hostname", Some("different on each node"))]
#[case(KARPENTER, "karpenter.k8s.aws/instance-pods", Some("Karpenter does not support this label"))]
#[case(KARPENTER, "karpenter.k8s.aws/instance-type", Some("Use node.kubernetes.io/instance-type"))]
#[case(KARPENTER, "x.karpenter.k8s.aws/instance-family", Some("Use karpenter.k8s.aws/instance-family"))]
#[case(KARPENTER, "karpenter.k8s.aws/nitro-sandbox", Some("no Karpenter release up to 1.15.2 supports it"))]
#[case(
    KARPENTER,
    "eks.amazonaws.com/instance-family",
    Some("Use karpenter.k8s.aws/instance-family, or set controller = \"auto_mode\"")
)]
#[case(KARPENTER, "eks.amazonaws.com/compute-type", Some("does not have an equivalent label"))]
#[case(KARPENTER, "Not A Key", Some("is not a valid label key"))]
#[case(AUTO_MODE, "eks.amazonaws.com/instance-gpu-name", None)]
#[case(AUTO_MODE, "eks.amazonaws.com/instance-type", Some("Use node.kubernetes.io/instance-type"))]
#[case(
    AUTO_MODE,
    "karpenter.k8s.aws/instance-category",
    Some("Use eks.amazonaws.com/instance-category, or set controller = \"karpenter\"")
)]
#[case(AUTO_MODE, "kubernetes.io/os", Some("does not support kubernetes.io/os"))]
#[case(AUTO_MODE, "node.kubernetes.io/windows-build", Some("does not support"))]
fn keys_of_requirements(#[case] controller: Controller, #[case] key: &str, #[case] expected: Option<&str>) {
    let found = errors(&asking(controller, Requirement::new(key, Operator::Exists, [""; 0])));
    match expected {
        None => assert_eq!(found, []),
        Some(text) => {
            assert_eq!(found[0].0, "requirement[0].key");
            assert!(found[0].1.contains(text), "{}", found[0].1);
        }
    }
}

#[rstest]
#[case(KARPENTER, "kubernetes.io/hostname", "a")]
#[case(KARPENTER, "karpenter.sh/nodepool", "a")]
#[case(KARPENTER, "karpenter.k8s.aws/anything", "a")]
#[case(KARPENTER, "team", "not a value")]
#[case(AUTO_MODE, "eks.amazonaws.com/team", "a")]
fn labels_have_the_same_rules(#[case] controller: Controller, #[case] key: &str, #[case] value: &str) {
    let pool = NodePool { labels: [(key.to_owned(), value.to_owned())].into(), ..pool(controller) };
    assert_eq!(places(&pool), [format!("node_labels[{key:?}]")]);
}

#[rstest]
#[case(Operator::In, &["a"], None, &[])]
#[case(Operator::In, &[], None, &["requirement[0].values"])]
#[case(Operator::NotIn, &[], None, &["requirement[0].values"])]
#[case(Operator::Exists, &[], Some(3), &[])]
#[case(Operator::Exists, &["a"], None, &["requirement[0].values"])]
#[case(Operator::DoesNotExist, &["a"], None, &["requirement[0].values"])]
#[case(Operator::Gt, &["0"], None, &[])]
#[case(Operator::Gt, &[], None, &["requirement[0].values"])]
#[case(Operator::Lt, &["1", "2"], None, &["requirement[0].values"])]
#[case(Operator::Gte, &["-1"], None, &["requirement[0].values", "requirement[0].values[0]"])]
#[case(Operator::Lte, &["1.5"], None, &["requirement[0].values"])]
#[case(Operator::In, &["a", "b"], Some(2), &[])]
#[case(Operator::In, &["a"], Some(2), &["requirement[0].min_values"])]
#[case(Operator::In, &["a", "b c"], None, &["requirement[0].values[1]"])]
fn values_of_requirements(
    #[case] operator: Operator,
    #[case] values: &[&str],
    #[case] min_values: Option<u32>,
    #[case] expected: &[&str],
) {
    let requirement = Requirement { min_values, ..Requirement::new("team", operator, values.iter().copied()) };
    assert_eq!(places(&asking(KARPENTER, requirement)), expected);
}

#[test]
fn taints_are_unique_over_both_lists() {
    let taint = |key: &str, value: &str| Taint {
        key: key.to_owned(),
        value: value.to_owned(),
        effect: "NoSchedule".to_owned(),
    };
    let pool = NodePool {
        taints: Placed::list("taint", [taint("a", "b"), taint("a/b/c", ""), taint("c", "x/y")]),
        startup_taints: Placed::list("startup_taint", [taint("a", "other")]),
        ..pool(KARPENTER)
    };
    assert_eq!(places(&pool), ["taint[1].key", "taint[2].value", "startup_taint[0]"]);
}

#[rstest]
#[case(None, None, None)]
#[case(Some("480h"), None, None)]
#[case(Some("481h"), None, Some("expire_after"))]
#[case(Some("720h"), None, Some("expire_after"))]
#[case(Some("503h"), Some("2h"), Some("expire_after"))]
#[case(Some("502h"), Some("2h"), None)]
#[case(Some("Never"), None, Some("expire_after"))]
#[case(None, Some("168h"), None)]
#[case(None, Some("169h"), Some("termination_grace_period"))]
fn nodes_of_auto_mode_live_21_days(
    #[case] expire_after: Option<&str>,
    #[case] grace: Option<&str>,
    #[case] expected: Option<&str>,
) {
    let lives = |controller| NodePool {
        expire_after: expire_after.map(str::to_owned),
        termination_grace_period: grace.map(str::to_owned),
        ..pool(controller)
    };
    assert_eq!(places(&lives(AUTO_MODE)), expected.into_iter().collect::<Vec<_>>());
    assert_eq!(places(&lives(KARPENTER)), [""; 0]);
}

#[rstest]
#[case(Some("0 9 * * mon-fri"), Some("8h"), &[])]
#[case(Some("@daily"), Some("10m"), &[])]
#[case(None, None, &[])]
#[case(Some("0 9 * * mon-fri"), None, &["disruption.budget[0].duration"])]
#[case(None, Some("8h"), &["disruption.budget[0].schedule"])]
#[case(Some("@never"), Some("8h"), &["disruption.budget[0].schedule"])]
#[case(Some("0 24 * * *"), Some("8h"), &["disruption.budget[0].schedule"])]
#[case(Some("0 9 * *"), Some("8h"), &["disruption.budget[0].schedule"])]
#[case(Some("*/0 9 * * *"), Some("8h"), &["disruption.budget[0].schedule"])]
#[case(Some("0,30 9-17/2 1 jan,FEB 0-6"), Some("8h"), &[])]
#[case(Some("0 9 * * fri-mon"), Some("8h"), &["disruption.budget[0].schedule"])]
#[case(Some("0 9 0 * *"), Some("8h"), &["disruption.budget[0].schedule"])]
fn budgets_have_schedule_and_duration_or_neither(
    #[case] schedule: Option<&str>,
    #[case] duration: Option<&str>,
    #[case] expected: &[&str],
) {
    let budget = Budget {
        nodes: "0".to_owned(),
        schedule: schedule.map(str::to_owned),
        duration: duration.map(str::to_owned),
        reasons: vec!["Empty".to_owned()],
    };
    let disruption = Disruption { budgets: Some(vec![budget]), ..Disruption::default() };
    assert_eq!(places(&NodePool { disruption: Some(disruption), ..pool(KARPENTER) }), expected);
}

#[test]
fn reasons_of_budgets_are_known_and_unique() {
    let with = |controller, reasons: &[&str]| {
        let reasons = reasons.iter().map(|reason| (*reason).to_owned()).collect();
        let budgets = Some(vec![Budget { nodes: "1".to_owned(), reasons, ..Budget::default() }]);
        places(&NodePool { disruption: Some(Disruption { budgets, ..Disruption::default() }), ..pool(controller) })
    };
    assert_eq!(with(KARPENTER, &["Empty", "Drifted"]), [""; 0]);
    assert_eq!(with(KARPENTER, &["Empty", "Empty"]), ["disruption.budget[0].reasons"]);
    assert_eq!(with(KARPENTER, &["NodeNotHealthy"]), ["disruption.budget[0].reasons"]);
    assert_eq!(with(AUTO_MODE, &["NodeNotHealthy"]), [""; 0]);
}

#[test]
fn a_static_pool_has_no_weight_and_only_limits_of_nodes() {
    let limits = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), "10".to_owned())).collect();
    let static_pool = NodePool { replicas: Some(2), limits: limits(&["nodes"]), ..pool(KARPENTER) };
    assert_eq!(places(&static_pool), [""; 0]);
    let wrong = NodePool { weight: Some(10), limits: limits(&["cpu", "nodes"]), ..static_pool };
    assert_eq!(places(&wrong), ["limits[\"cpu\"]", "weight"]);
    assert_eq!(places(&NodePool { replicas: None, ..wrong }), [""; 0]);
}

#[test]
fn families_that_auto_mode_lacks_leave_the_others() {
    let with = |controller: Controller, families: &[&str], types: &[&str]| {
        let texts = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
        let gpu = Gpu { instance_families: texts(families), instance_types: texts(types), ..Gpu::default() };
        let found = check(&NodePool { requirements: gpu.requirements(controller), ..pool(controller) });
        found.iter().map(|finding| (finding.place.to_string(), finding.is_error())).collect::<Vec<_>>()
    };
    assert_eq!(with(AUTO_MODE, &["g6"], &["g6.xlarge"]), []);
    assert_eq!(with(AUTO_MODE, &["g6", "g7"], &[]), [("gpu.instance_families".to_owned(), false)]);
    assert_eq!(with(AUTO_MODE, &["g7"], &[]), [("gpu.instance_families".to_owned(), true)]);
    assert_eq!(with(AUTO_MODE, &[], &["p3.2xlarge"]), [("gpu.instance_types".to_owned(), true)]);
    assert_eq!(with(KARPENTER, &["g7"], &["p3.2xlarge"]), []);
}

#[test]
fn labels_and_requirements_are_counted_together() {
    let requirements = (0..99).map(|index| Requirement::new(format!("k{index}"), Operator::Exists, [""; 0]));
    let labels = ["a", "b"].map(|key| (key.to_owned(), String::new()));
    let pool =
        NodePool { requirements: Placed::list("requirement", requirements), labels: labels.into(), ..pool(KARPENTER) };
    assert_eq!(places(&pool), ["requirement"]);
}
