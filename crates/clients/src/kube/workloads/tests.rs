use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use preflight::facts::{Amount, BudgetLimit, DisruptionBudget, LabelExpression, Owner, Pod, PodPhase};

fn one<T: DeserializeOwned>(item: &Value) -> T {
    let list = json!({"apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": [item]});
    let page = Page::<T>::decode(list.to_string().as_bytes()).expect("a page");
    page.items.into_iter().next().expect("an item")
}

fn pod(change: &Value) -> Pod {
    let mut pod = json!({
        "metadata": {
            "name": "web-6d4cf56db6-x7k2p", "namespace": "shop", "uid": "1",
            "labels": {"app": "web", "pod-template-hash": "6d4cf56db6"},
            "ownerReferences": [{"kind": "ReplicaSet", "name": "web-6d4cf56db6", "controller": true}],
            "managedFields": [{"manager": "kubelet"}],
        },
        "spec": {
            "nodeName": "ip-1.ec2.internal",
            "containers": [{"name": "web", "image": "nginx"}],
            "volumes": [{"name": "token", "projected": {}}],
            "tolerations": [
                {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
            ],
        },
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]},
    });
    merge(&mut pod, change);
    one::<PodObject>(&pod).into()
}

fn merge(into: &mut Value, change: &Value) {
    match (into, change) {
        (Value::Object(into), Value::Object(change)) => {
            change.iter().for_each(|(key, value)| merge(into.entry(key).or_insert(Value::Null), value));
        }
        (into, change) => *into = change.clone(),
    }
}

#[test]
fn content_of_a_proxy_is_no_page() {
    assert!(Page::<PodObject>::decode(b"<html>Sign in</html>").is_none());
    assert!(Page::<PodObject>::decode(br#"{"metadata": {}, "items": []}"#).is_none());
}

#[test]
fn node_has_its_group_and_instance() {
    let node = one::<NodeObject>(&json!({
        "metadata": {"name": "ip-1.ec2.internal", "labels": {"eks.amazonaws.com/nodegroup": "workers"}},
        "spec": {"providerID": "aws:///us-east-1a/i-0123456789abcdef0", "unschedulable": true},
        "status": {"conditions": [{"type": "MemoryPressure", "status": "False"}, {"type": "Ready", "status": "True"}]},
    }));
    let node = Node::from(node);
    assert_eq!(
        (node.node_group.as_deref(), node.instance_id.as_deref()),
        (Some("workers"), Some("i-0123456789abcdef0"))
    );
    assert!(node.is_ready && node.is_unschedulable);
    let other = Node::from(one::<NodeObject>(&json!({"metadata": {"name": "a"}})));
    assert_eq!((other.node_group, other.instance_id, other.has_drain_mark), (None, None, false));
    let tainted = |key: &str, effect: &str| {
        let taints = json!([{"key": key, "effect": effect}]);
        Node::from(one::<NodeObject>(&json!({"metadata": {"name": "a"}, "spec": {"taints": taints}}))).is_tainted
    };
    assert!(tainted("eks.amazonaws.com/compute-type", "NoSchedule") && tainted("a", "NoExecute"));
    assert!(!tainted("node.kubernetes.io/unschedulable", "NoSchedule") && !tainted("a", "PreferNoSchedule"));
    let marked = json!({"metadata": {"name": "a", "annotations": {DRAIN_MARK: "in-progress"}}});
    assert!(Node::from(one::<NodeObject>(&marked)).has_drain_mark);
}

#[test]
fn ordinary_pod_is_converted() {
    let pod = pod(&json!({}));
    assert_eq!(pod.owner, Some(Owner::Deployment("web".to_owned())));
    assert_eq!((pod.namespace.as_str(), pod.node.as_str()), ("shop", "ip-1.ec2.internal"));
    assert_eq!((pod.phase, pod.grace_period_seconds), (PodPhase::Running, 30));
    assert!(pod.is_ready && pod.is_evicted());
    assert!(!pod.tolerates_cordon && !pod.has_empty_dir && !pod.has_claim && !pod.is_mirror && !pod.is_deleting);
}

#[test]
fn null_is_an_empty_list() {
    let page = br#"{"apiVersion": "v1", "metadata": {}, "items": null}"#;
    assert!(Page::<PodObject>::decode(page).is_some_and(|page| page.items.is_empty()));
    let pod = pod(&json!({
        "metadata": {"labels": null, "annotations": null, "ownerReferences": null},
        "spec": {"volumes": null, "tolerations": [{"operator": "Exists", "key": null, "effect": null}]},
        "status": null,
    }));
    assert_eq!((pod.owner, pod.is_ready, pod.tolerates_cordon), (None, false, true));
}

#[rstest]
#[case::own_set("ReplicaSet", "plain", Some(Owner::Other("ReplicaSet".to_owned(), "plain".to_owned())))]
#[case::stateful("StatefulSet", "db", Some(Owner::StatefulSet("db".to_owned())))]
#[case::daemon("DaemonSet", "agent", Some(Owner::DaemonSet("agent".to_owned())))]
#[case::job("Job", "import", Some(Owner::Job("import".to_owned())))]
#[case::mirror("Node", "ip-1", Some(Owner::Node("ip-1".to_owned())))]
#[case::operator("Rollout", "web", Some(Owner::Other("Rollout".to_owned(), "web".to_owned())))]
fn owner_is_the_controller(#[case] kind: &str, #[case] name: &str, #[case] owner: Option<Owner>) {
    let owners =
        |controller| json!({"metadata": {"ownerReferences": [{"kind": kind, "name": name, "controller": controller}]}});
    assert_eq!(pod(&owners(true)).owner, owner);
    assert_eq!(pod(&owners(false)).owner, None);
}

#[rstest]
#[case::everything(json!({"operator": "Exists"}), true)]
#[case::everything_new_pods(json!({"operator": "Exists", "effect": "NoSchedule"}), true)]
#[case::only_eviction(json!({"operator": "Exists", "effect": "NoExecute"}), false)]
#[case::cordon(json!({"key": "node.kubernetes.io/unschedulable", "operator": "Exists"}), true)]
#[case::equal(json!({"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}), true)]
#[case::other_value(json!({"key": "node.kubernetes.io/unschedulable", "value": "x"}), false)]
#[case::own_taint(json!({"key": "dedicated", "operator": "Exists"}), false)]
fn toleration_of_cordoned_nodes_is_recognized(#[case] toleration: Value, #[case] tolerates: bool) {
    assert_eq!(pod(&json!({"spec": {"tolerations": [toleration]}})).tolerates_cordon, tolerates);
}

#[test]
fn volumes_and_annotations_are_read() {
    let mounting = |container: &str, volumes: Value| {
        let containers = json!([{"name": container, "volumeMounts": [{"name": "data"}]}]);
        pod(&json!({"spec": {"volumes": volumes, "containers": containers}}))
    };
    let volumes = |volumes: Value| mounting("web", volumes);
    let on_disk = json!([{"name": "data", "emptyDir": {}}]);
    assert!(volumes(on_disk.clone()).has_empty_dir);
    assert!(!mounting("istio-proxy", on_disk).has_empty_dir);
    assert!(!volumes(json!([{"name": "other", "emptyDir": {}}])).has_empty_dir);
    assert!(!volumes(json!([{"name": "data", "emptyDir": {"medium": "Memory"}}])).has_empty_dir);
    assert!(volumes(json!([{"persistentVolumeClaim": {"claimName": "data"}}])).has_claim);
    let annotated = |key: &str, value: &str| pod(&json!({"metadata": {"annotations": {key: value}}}));
    assert_eq!(annotated("cluster-autoscaler.kubernetes.io/safe-to-evict", "true").safe_to_evict, Some(true));
    assert!(annotated("kubernetes.io/config.mirror", "1").is_mirror);
    assert!(pod(&json!({"metadata": {"deletionTimestamp": "2026-11-30T10:00:00Z"}})).is_deleting);
}

#[test]
fn budget_is_converted() {
    let budget = |spec: Value| -> DisruptionBudget {
        let object = json!({
            "metadata": {"name": "web", "namespace": "shop", "generation": 2},
            "spec": spec,
            "status": {
                "observedGeneration": 1, "expectedPods": 3, "currentHealthy": 2, "desiredHealthy": 2, "disruptionsAllowed": 0,
                "conditions": [{"type": "DisruptionAllowed", "status": "False", "reason": "SyncFailed", "message": "no scale"}],
            },
        });
        one::<BudgetObject>(&object).into()
    };
    let expression = json!({"key": "tier", "operator": "In", "values": ["a"]});
    let found = budget(json!({
        "minAvailable": "50%", "selector": {"matchExpressions": [expression]}, "unhealthyPodEvictionPolicy": "AlwaysAllow",
    }));
    assert_eq!(found.limit, Some(BudgetLimit::MinAvailable(Amount::Percent(50))));
    let selector = found.selector.expect("a selector");
    assert_eq!(selector.expressions, [LabelExpression::In("tier".to_owned(), vec!["a".to_owned()])]);
    assert!(found.always_allows_unready && !found.is_observed);
    assert_eq!((found.expected_pods, found.current_healthy, found.disruptions_allowed), (3, 2, 0));
    assert_eq!(found.sync_failure.as_deref(), Some("no scale"));
    let other = budget(json!({"maxUnavailable": 0}));
    assert_eq!((other.limit, other.selector), (Some(BudgetLimit::MaxUnavailable(Amount::Count(0))), None));
}
