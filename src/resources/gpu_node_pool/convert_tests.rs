//! There and back.

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

fn stored() -> GpuNodePool {
    GpuNodePool {
        cluster_name: "demo".into(),
        name: "gpu".into(),
        controller: "karpenter".into(),
        node_class_name: "gpu".into(),
        labels: Map::of([("team".to_owned(), "ml".to_owned())]),
        annotations: Map::of([]),
        gpu: block(GpuInput {
            memory: "24Gi".into(),
            instance_families: texts_of(&["g6", "g6e"]),
            ..GpuInput::default()
        }),
        requirements: List::of([
            requirement_of("kubernetes.io/arch", "In", &["amd64"]),
            requirement_of("team", "Exists", &[]),
        ]),
        taints: List::of([
            TaintInput { key: "a".into(), value: "".into(), effect: "NoSchedule".into() },
            TaintInput { key: "b".into(), value: "c".into(), effect: "NoExecute".into() },
        ]),
        startup_taints: List::of([]),
        expire_after: "720h".into(),
        disruption: Attr::Known(DisruptionInput {
            consolidation_policy: "WhenEmpty".into(),
            consolidate_after: "20m".into(),
            budgets: List::of([BudgetInput {
                nodes: "0".into(),
                schedule: "@daily".into(),
                duration: "8h".into(),
                reasons: texts_of(&["Empty", "Drifted"]),
            }]),
        }),
        limits: Map::of([("cpu".to_owned(), "1k".to_owned())]),
        uid: "u-1".into(),
        ..GpuNodePool::default()
    }
}

/// As the object would be read whose fields are those of the model.
fn live(model: &GpuNodePool) -> NodePool {
    NodePool::parse(&pool(model).spec())
}

#[test]
fn what_was_applied_is_read_as_it_was_written() {
    assert_eq!(model(&stored(), &live(&stored())), stored());
}

#[test]
fn another_order_is_no_drift() {
    let mut turned = live(&stored());
    turned.requirements.reverse();
    turned.taints.reverse();
    if let Some(budgets) = turned.disruption.as_mut().and_then(|disruption| disruption.budgets.as_mut()) {
        budgets[0].reasons.reverse();
    }
    assert_eq!(model(&stored(), &turned), stored());
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
    let found = model(&stored(), &edited);
    let expected = GpuNodePool {
        gpu: block(GpuInput { memory: "24576Mi".into(), instance_families: texts_of(&["g5"]), ..GpuInput::default() }),
        requirements: List::of([requirement_of("kubernetes.io/arch", "In", &["amd64"])]),
        taints: List::of([TaintInput { key: "a".into(), value: Attr::Null, effect: "NoSchedule".into() }]),
        expire_after: "24h".into(),
        weight: Attr::Known(7),
        ..stored()
    };
    assert_eq!(found, expected);
}

#[test]
fn types_stand_for_the_adapter_while_they_are_there_as_they_were() {
    let types = texts_of(&["g6.8xlarge", "g6e.8xlarge"]);
    let gpu = GpuInput { efa: Attr::Known(true), instance_families: texts_of(&["g6", "g6e"]), ..GpuInput::default() };
    let stored = GpuNodePool { efa_instance_types: types, gpu: block(gpu.clone()), ..stored() };
    let sent = live(&stored);
    let places: Vec<_> = pool(&stored).requirements.iter().map(|placed| placed.place.to_string()).collect();
    assert_eq!(places, ["gpu.instance_families", "gpu.efa", "requirements[0]", "requirements[1]"]);
    assert_eq!(sent.requirements[1].value.to_string(), "node.kubernetes.io/instance-type In [g6.8xlarge, g6e.8xlarge]");
    assert_eq!(model(&stored, &sent), stored);

    let mut edited = sent.clone();
    edited.requirements[0].value.values.truncate(1);
    let gpu = GpuInput { instance_families: texts_of(&["g6"]), ..gpu };
    assert_eq!(model(&stored, &edited), GpuNodePool { gpu: block(gpu), ..stored.clone() });

    let mut edited = sent;
    edited.requirements[1].value.values.truncate(1);
    let found = model(&stored, &edited);
    assert_eq!(found.efa_instance_types, Attr::Null);
    let gpu = found.gpu.block().unwrap();
    assert_eq!((gpu.efa, &gpu.instance_types), (Attr::Null, &texts_of(&["g6.8xlarge"])));
}

#[test]
fn an_import_says_of_gpus_what_there_are_words_for() {
    let named = GpuNodePool { cluster_name: "demo".into(), name: "gpu".into(), ..GpuNodePool::default() };
    let found = model(&named, &live(&stored()));
    let GpuInput { architectures, instance_families, memory, .. } = found.gpu.block().unwrap().clone();
    assert_eq!((architectures, instance_families), (texts_of(&["amd64"]), texts_of(&["g6", "g6e"])));
    assert_eq!(memory, "24576Mi".into());
    assert_eq!(found.requirements, List::of([requirement_of("team", "Exists", &[])]));
    assert_eq!((found.annotations, found.startup_taints), (Attr::Null, Attr::Null));
    assert_eq!(pool(&model(&named, &live(&stored()))).spec()["template"]["spec"]["expireAfter"], "720h");

    let plain = NodePool { node_class_name: "gpu".to_owned(), ..NodePool::default() };
    let found = model(&named, &plain);
    assert_eq!((found.gpu.block(), &found.requirements), (None, &List::of([])), "every type");
    assert_eq!((found.labels, found.taints), (Map::of([]), List::of([])), "no defaults are meant");
    assert_eq!((found.disruption, found.limits, found.expire_after), (Attr::Null, Attr::Null, Attr::Null));
}

#[test]
fn an_empty_block_stays_empty() {
    let empty = GpuNodePool { gpu: block(GpuInput::default()), ..stored() };
    let spec = pool(&empty).spec();
    let manufacturer =
        json!({"key": "karpenter.k8s.aws/instance-gpu-manufacturer", "operator": "In", "values": ["nvidia"]});
    assert_eq!(spec["template"]["spec"]["requirements"][0], manufacturer);
    assert_eq!(model(&empty, &live(&empty)), empty);
}
