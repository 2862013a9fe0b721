//! The valid values of each argument.

use rstest::rstest;
use serde_json::json;

use super::super::model::{DisruptionInput, GpuInput, RequirementInput, TaintInput};
use super::super::validators::{
    budget_duration, budget_nodes, duration, duration_or_never, gpu_memory, gpu_name, instance_category, instance_type,
    instance_word, pool_name, quantity, same_duration, same_quantities, same_text, zone_name,
};
use super::*;
use framework::blocks::Blocks;
use framework::model::{Attr, List, Map};
use framework::validators::Validator;
use framework::value::Value;

#[rstest]
#[case(pool_name(), &["gpu", "gpu-1.a"], &["", "GPU", "-gpu", "gpu.", "a_b"])]
#[case(duration_or_never(), &["720h", "1h30m", "0s", "Never"], &["30d", "1.5h", "", "never", "20", "9999999999h"])]
#[case(duration(), &["24h"], &["Never", "1d"])]
#[case(budget_duration(), &["8h", "30m", "1h30m", "8h0s", "1h30m0s"], &["30s", "1h30", "", "m", "30m1h", "0s", "8h10s"])]
#[case(budget_nodes(), &["0", "10", "5%", "100%"], &["101%", "", "%", "-1", "1.5", "99999999999"])]
#[case(quantity(), &["1000", "1k", "500m", "2Ti"], &["10GB", "-1", "", "many"])]
#[case(gpu_memory(), &["22888", "40Gi"], &["0", "80GB", "-1Gi"])]
#[case(gpu_name(), &["l40s", "rtx-pro-4500"], &["L40S", "rtx pro", "", "l4-"])]
#[case(instance_word(), &["g6", "p6-b200"], &["g6.xlarge", "G6", ""])]
#[case(instance_category(), &["g", "gr"], &["g6", "", "G"])]
#[case(instance_type(), &["g6.12xlarge", "p6-b200.48xlarge"], &["g6", "g6.", ".xlarge", "g6.*"])]
#[case(zone_name(), &["eu-central-1a", "us-west-2-lax-1a"], &["euc1-az1", "", "EU-CENTRAL-1A", "a"])]
fn values_are_taken_or_refused(#[case] validator: Validator, #[case] good: &[&str], #[case] bad: &[&str]) {
    let refuses = |text: &str| {
        let mut diagnostics = Diagnostics::new();
        validator.check(&text.into(), &Path::attribute("a"), false, &mut diagnostics);
        diagnostics.has_error()
    };
    assert_eq!(good.iter().filter(|text| refuses(text)).collect::<Vec<_>>(), Vec::<&&str>::new());
    assert_eq!(bad.iter().filter(|text| !refuses(text)).collect::<Vec<_>>(), Vec::<&&str>::new());
}

#[test]
fn amounts_and_times_compare_by_value() {
    let map = |amount: &str| Value::Map([("cpu".to_owned(), amount.into())].into());
    assert!(same_quantities(&map("1000"), &map("1k")) && !same_quantities(&map("1000"), &map("1001")));
    assert!(!same_quantities(&map("1000"), &Value::Map([].into())));
    assert!(same_duration(&"720h".into(), &"720h0m0s".into()) && !same_duration(&"720h".into(), &"1h".into()));
    assert!(same_text(&"".into(), &Value::Null) && !same_text(&"a".into(), &Value::Null));
}

fn config() -> NodePool {
    NodePool {
        cluster_name: "demo".into(),
        name: "gpu".into(),
        controller: "karpenter".into(),
        node_class_name: "gpu".into(),
        gpu: Blocks::Known(Some(Box::default())),
        ..NodePool::default()
    }
}

fn paths(config: &NodePool) -> Vec<String> {
    let mut diagnostics = Diagnostics::new();
    together(Form::Gpu, config, &mut diagnostics);
    diagnostics.iter().map(|each| each.path.as_ref().map(ToString::to_string).unwrap_or_default()).collect()
}

#[test]
fn gpu_or_requirement_block_is_required() {
    assert_eq!(paths(&config()), [""; 0]);
    let nothing = NodePool { gpu: Blocks::default(), ..config() };
    assert_eq!(paths(&nothing), ["gpu"]);
    let mut general = Diagnostics::new();
    together(Form::General, &nothing, &mut general);
    assert!(general.is_empty(), "any instance type");
    assert_eq!(paths(&NodePool { gpu: Blocks::Unknown, ..nothing }), [""; 0]);
}

#[test]
fn inconsistent_gpu_counts_are_rejected() {
    let with = |gpu| paths(&NodePool { gpu: Blocks::Known(Some(Box::new(gpu))), ..config() });
    let count = |count, least, most| GpuInput { count, min_count: least, max_count: most, ..GpuInput::default() };
    assert_eq!(with(count(Attr::Known(1), Attr::Null, Attr::Null)), [""; 0]);
    assert_eq!(with(count(Attr::Known(1), Attr::Known(1), Attr::Null)), ["gpu.count"]);
    assert_eq!(with(count(Attr::Null, Attr::Known(1), Attr::Known(8))), [""; 0]);
    assert_eq!(with(count(Attr::Null, Attr::Known(8), Attr::Known(1))), ["gpu.min_count"]);
}

#[test]
fn findings_stand_at_their_attributes() {
    let requirement =
        |key: &str| RequirementInput { key: key.into(), operator: "Exists".into(), ..RequirementInput::default() };
    let wrong = NodePool {
        node_labels: Map::of([("kubernetes.io/hostname".to_owned(), "a".to_owned())]),
        requirement: Blocks::Known(vec![requirement("team"), requirement("eks.amazonaws.com/instance-family")]),
        ..config()
    };
    assert_eq!(paths(&wrong), ["node_labels[\"kubernetes.io/hostname\"]", "requirement[1].key"]);
}

#[test]
fn unknown_controller_may_be_either() {
    let with = |key: &str| NodePool {
        controller: Attr::Unknown,
        gpu: Blocks::default(),
        requirement: Blocks::Known(vec![RequirementInput {
            key: key.into(),
            operator: "Exists".into(),
            ..RequirementInput::default()
        }]),
        ..config()
    };
    assert_eq!(paths(&with("eks.amazonaws.com/instance-category")), [""; 0]);
    assert_eq!(paths(&with("karpenter.k8s.aws/instance-category")), [""; 0]);
    assert_eq!(paths(&with("kubernetes.io/hostname")), ["requirement[0].key"]);
}

#[test]
fn unknown_values_are_not_validated() {
    let unknown = NodePool {
        controller: "auto_mode".into(),
        requirement: Blocks::Known(vec![
            RequirementInput { key: Attr::Unknown, operator: Attr::Unknown, ..RequirementInput::default() },
            RequirementInput {
                key: "team".into(),
                operator: "In".into(),
                values: Attr::Unknown,
                min_values: Attr::Null,
            },
            RequirementInput {
                key: "team".into(),
                operator: "Gt".into(),
                values: Attr::Known(vec![Attr::Unknown]),
                min_values: Attr::Null,
            },
        ]),
        taint: Blocks::Unknown,
        expire_after: Attr::Unknown,
        termination_grace_period: "400h".into(),
        disruption: Blocks::Known(Some(Box::new(DisruptionInput {
            consolidate_after: Attr::Unknown,
            ..DisruptionInput::default()
        }))),
        limits: Attr::Unknown,
        replicas: Attr::Unknown,
        weight: Attr::Known(1),
        ..config()
    };
    assert_eq!(paths(&unknown), [""; 0]);
    // Known elements after an unknown element have separate paths.
    let after = RequirementInput { key: "team".into(), operator: "In".into(), ..RequirementInput::default() };
    let unknown = RequirementInput { key: Attr::Unknown, operator: "In".into(), ..RequirementInput::default() };
    let wrong = NodePool { requirement: Blocks::Known(vec![unknown, after]), ..config() };
    assert_eq!(paths(&wrong), ["requirement[1].values"]);
}

#[test]
fn advice_requires_known_taints_and_labels() {
    let told = |planned: &NodePool| {
        let mut diagnostics = Diagnostics::new();
        advice(planned, false, &mut diagnostics);
        assert!(!diagnostics.has_error());
        diagnostics.iter().count()
    };
    let bare = NodePool { node_labels: Map::of([]), nvidia_taint: Attr::Known(false), ..config() };
    assert_eq!(told(&bare), 2, "no taint, no label");
    assert_eq!(told(&NodePool { taint: Blocks::Unknown, ..bare.clone() }), 0);
    let amd = GpuInput { manufacturers: List::of(["amd".to_owned()]), ..GpuInput::default() };
    let other = TaintInput { key: "amd.com/gpu".into(), effect: "NoSchedule".into(), ..TaintInput::default() };
    let of_amd = NodePool { gpu: Blocks::Known(Some(Box::new(amd))), taint: Blocks::Known(vec![other]), ..bare };
    assert_eq!(told(&of_amd), 0);
}

#[test]
fn requirements_of_additional_spec_replace_blocks() {
    let requirements = json!([{"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["spot"], "new": 1}]);
    let given = json!({"template": {"spec": {"requirements": requirements}}});
    let open =
        NodePool { gpu: Blocks::default(), additional_spec: Attr::Known(free_form::from_json(&given)), ..config() };
    assert_eq!(paths(&open), [""; 0]);
    let fields = work::fields(&open);
    assert_eq!(fields["spec"]["template"]["spec"]["requirements"], requirements);
    assert_eq!(convert::pool(&open).asked().len(), 1, "checks see it");
    let read = state::of_spec(Form::Gpu, &open, &fields["spec"]);
    assert_eq!((&read.additional_spec, &read.requirement), (&open.additional_spec, &open.requirement));

    // Fields that blocks can express must not be set twice.
    let plain = json!({"template": {"spec": {"requirements": [{"key": "a/b", "operator": "Exists"}]}}});
    let plain = NodePool { additional_spec: Attr::Known(free_form::from_json(&plain)), ..open.clone() };
    assert_eq!(paths(&plain), ["additional_spec"]);
    assert_eq!(paths(&NodePool { gpu: Blocks::Known(Some(Box::default())), ..open }), ["additional_spec"]);
}

#[test]
fn requirements_of_additional_spec_decide_on_nvidia() {
    let of = |family: &str| {
        let requirement =
            json!({"key": "karpenter.k8s.aws/instance-family", "operator": "In", "values": [family], "new": 1});
        let given = json!({"template": {"spec": {"requirements": [requirement]}}});
        let pool =
            NodePool { gpu: Blocks::default(), additional_spec: Attr::Known(free_form::from_json(&given)), ..config() };
        convert::may_be_nvidia(&pool, &convert::pool(&pool))
    };
    assert_eq!((of("trn2"), of("g6")), (Some(false), Some(true)));
    let operator = json!({"template": {"spec": {"requirements": [{"key": "a/b", "operator": "New", "new": 1}]}}});
    let newer =
        NodePool { additional_spec: Attr::Known(free_form::from_json(&operator)), gpu: Blocks::default(), ..config() };
    assert_eq!(convert::may_be_nvidia(&newer, &convert::pool(&newer)), None, "not understood");
    let field = "spec.template.spec.requirements[0].operator";
    assert_eq!(work::attribute_of_additional(field).to_string(), "additional_spec");
    let unknown = NodePool { additional_spec: Attr::Unknown, ..config() };
    assert_eq!(convert::may_be_nvidia(&unknown, &convert::pool(&unknown)), None);
}
