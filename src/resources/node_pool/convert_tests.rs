//! Conversions in both directions.

use serde_json::json;

use super::*;

fn texts_of(values: &[&str]) -> List<String> {
    List::of(values.iter().map(|value| (*value).to_owned()))
}

fn block(gpu: GpuInput) -> Blocks<Option<Box<GpuInput>>> {
    Blocks::Known(Some(Box::new(gpu)))
}

fn requirement_of(key: &str, operator: &str, values: &[&str]) -> RequirementInput {
    let values = if values.is_empty() { Attr::Null } else { texts_of(values) };
    RequirementInput { key: key.into(), operator: operator.into(), values, min_values: Attr::Null }
}

fn stored() -> NodePool {
    NodePool {
        cluster_name: "demo".into(),
        name: "gpu".into(),
        controller: "karpenter".into(),
        node_class_name: "gpu".into(),
        node_labels: Map::of([("team".to_owned(), "ml".to_owned())]),
        node_annotations: Map::of([]),
        gpu: block(GpuInput {
            memory: "24Gi".into(),
            instance_families: texts_of(&["g6", "g6e"]),
            ..GpuInput::default()
        }),
        requirement: Blocks::Known(vec![
            requirement_of("kubernetes.io/arch", "In", &["amd64"]),
            requirement_of("team", "Exists", &[]),
        ]),
        taint: Blocks::Known(vec![
            TaintInput { key: "a".into(), value: "".into(), effect: "NoSchedule".into() },
            TaintInput { key: "b".into(), value: "c".into(), effect: "NoExecute".into() },
        ]),
        nvidia_taint: Attr::Known(false),
        expire_after: "720h".into(),
        disruption: Blocks::Known(Some(Box::new(DisruptionInput {
            consolidation_policy: "WhenEmpty".into(),
            consolidate_after: "20m".into(),
            budget: Blocks::Known(vec![BudgetInput {
                nodes: "0".into(),
                schedule: "@daily".into(),
                duration: "8h".into(),
                reasons: texts_of(&["Empty", "Drifted"]),
            }]),
        }))),
        limits: Map::of([("cpu".to_owned(), "1k".to_owned())]),
        uid: "u-1".into(),
        ..NodePool::default()
    }
}

/// Reads an object with the fields of the model.
fn live(model: &NodePool) -> Pool {
    Pool::parse(&pool(model).spec())
}

#[test]
fn applied_pool_reads_back_unchanged() {
    assert_eq!(model(Form::Gpu, &stored(), &live(&stored())), stored());
}

#[test]
fn reordered_elements_are_not_drift() {
    let mut turned = live(&stored());
    turned.requirements.reverse();
    turned.taints.reverse();
    if let Some(budgets) = turned.disruption.as_mut().and_then(|disruption| disruption.budgets.as_mut()) {
        budgets[0].reasons.reverse();
    }
    assert_eq!(model(Form::Gpu, &stored(), &turned), stored());
}

#[test]
fn drift_shows_where_the_user_wrote_it() {
    let mut edited = live(&stored());
    edited.requirements.retain(|placed| placed.value.key != "team");
    for placed in &mut edited.requirements {
        if placed.value.key == "karpenter.k8s.aws/instance-family" {
            placed.value.values = vec!["g5".to_owned()];
        }
    }
    edited.taints.truncate(1);
    edited.weight = Some(7);
    edited.expire_after = Some("24h".to_owned());
    let found = model(Form::Gpu, &stored(), &edited);
    let expected = NodePool {
        gpu: block(GpuInput { memory: "24576Mi".into(), instance_families: texts_of(&["g5"]), ..GpuInput::default() }),
        requirement: Blocks::Known(vec![requirement_of("kubernetes.io/arch", "In", &["amd64"])]),
        taint: Blocks::Known(vec![TaintInput { key: "a".into(), value: Attr::Null, effect: "NoSchedule".into() }]),
        expire_after: "24h".into(),
        weight: Attr::Known(7),
        ..stored()
    };
    assert_eq!(found, expected);
}

#[test]
fn stored_efa_instance_types_map_to_efa_until_edited() {
    let types = texts_of(&["g6.8xlarge", "g6e.8xlarge"]);
    let gpu = GpuInput { efa: Attr::Known(true), instance_families: texts_of(&["g6", "g6e"]), ..GpuInput::default() };
    let stored = NodePool { efa_instance_types: types, gpu: block(gpu.clone()), ..stored() };
    let sent = live(&stored);
    let places: Vec<_> = pool(&stored).requirements.iter().map(|placed| placed.place.to_string()).collect();
    assert_eq!(places, ["gpu.instance_families", "gpu.efa", "requirement[0]", "requirement[1]"]);
    assert_eq!(sent.requirements[1].value.to_string(), "node.kubernetes.io/instance-type In [g6.8xlarge, g6e.8xlarge]");
    assert_eq!(model(Form::Gpu, &stored, &sent), stored);

    let mut edited = sent.clone();
    edited.requirements[0].value.values.truncate(1);
    let gpu = GpuInput { instance_families: texts_of(&["g6"]), ..gpu };
    assert_eq!(model(Form::Gpu, &stored, &edited), NodePool { gpu: block(gpu), ..stored.clone() });

    let mut edited = sent;
    edited.requirements[1].value.values.truncate(1);
    let found = model(Form::Gpu, &stored, &edited);
    assert_eq!(found.efa_instance_types, Attr::Null);
    let gpu = found.gpu.block().unwrap();
    assert_eq!((gpu.efa, &gpu.instance_types), (Attr::Null, &texts_of(&["g6.8xlarge"])));
}

#[test]
fn import_maps_gpu_requirements_to_gpu_arguments() {
    let named = NodePool { cluster_name: "demo".into(), name: "gpu".into(), ..NodePool::default() };
    let found = model(Form::Gpu, &named, &live(&stored()));
    let GpuInput { architectures, instance_families, memory, .. } = found.gpu.block().unwrap().clone();
    assert_eq!((architectures, instance_families), (texts_of(&["amd64"]), texts_of(&["g6", "g6e"])));
    assert_eq!(memory, "24576Mi".into());
    assert_eq!(found.requirement, Blocks::Known(vec![requirement_of("team", "Exists", &[])]));
    assert_eq!((found.node_annotations, found.startup_taint), (Attr::Null, Blocks::default()));
    assert_eq!(pool(&model(Form::Gpu, &named, &live(&stored()))).spec()["template"]["spec"]["expireAfter"], "720h");

    let plain = Pool { node_class_name: "gpu".to_owned(), ..Pool::default() };
    let found = model(Form::Gpu, &named, &plain);
    assert_eq!((found.gpu.block(), &found.requirement), (None, &Blocks::default()), "every type");
    assert_eq!(
        (found.node_labels, found.nvidia_taint),
        (Map::of([]), Attr::Known(false)),
        "no defaults are configured"
    );
    assert_eq!((found.disruption, found.limits, found.expire_after), (Blocks::default(), Attr::Null, Attr::Null));
}

#[test]
fn an_empty_block_stays_empty() {
    let empty = NodePool { gpu: block(GpuInput::default()), ..stored() };
    let spec = pool(&empty).spec();
    let manufacturer =
        json!({"key": "karpenter.k8s.aws/instance-gpu-manufacturer", "operator": "In", "values": ["nvidia"]});
    assert_eq!(spec["template"]["spec"]["requirements"][0], manufacturer);
    assert_eq!(model(Form::Gpu, &empty, &live(&empty)), empty);
}
