//! The operations with a fake cluster.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::list::{NodePoolList, search};
use super::model::{GpuInput, RequirementInput, TaintInput};
use super::resource::{create, delete, read, update};
use super::work::Work;
use super::*;
use clients::kube::fake::Fake;
use clients::kube::moves::{Moved, SourceObject};
use clients::kube::{KubernetesApi, NODE_CLAIM, NODE_POOL, Object};
use clients::partial_read::PartialReads;
use clients::run_ledger::RunLedger;
use clients::wait::Limits;
use framework::blocks::Blocks;
use framework::diagnostics::Diagnostics;
use framework::list::ListSink;
use framework::model::{Attr, List, Map};
use framework::private::Private;
use framework::resource::{Change, Plan, Record};
use render::karpenter::form::Form;

const REGION: &str = "eu-west-1";

pub(super) fn object() -> Object {
    Object::of_cluster(NODE_POOL, "gpu")
}

fn limits() -> Limits {
    Limits::new(Duration::from_secs(600), CancellationToken::new())
}

pub(super) fn config() -> NodePool {
    let gpu = GpuInput { instance_categories: List::of(["g".to_owned(), "p".to_owned()]), ..GpuInput::default() };
    NodePool {
        cluster_name: "demo".into(),
        name: "gpu".into(),
        controller: "karpenter".into(),
        node_class_name: "gpu".into(),
        expire_after: "720h".into(),
        gpu: Blocks::Known(Some(Box::new(gpu))),
        ..NodePool::default()
    }
}

/// Returns the plan that the framework prepares for the resource.
fn plan(config: NodePool, prior: Option<NodePool>) -> Plan<NodePool> {
    let decided = |attribute: &dyn Fn(&NodePool) -> Attr<String>| prior.as_ref().map_or(Attr::Unknown, attribute);
    let planned = NodePool {
        region: decided(&|prior| prior.region.clone()),
        id: decided(&|prior| prior.id.clone()),
        uid: decided(&|prior| prior.uid.clone()),
        force_conflicts: Attr::Known(false),
        wait_for_ready: Attr::Known(true),
        conditions: Attr::Unknown,
        node_count: Attr::Unknown,
        resources: Attr::Unknown,
        ..config.clone()
    };
    Plan::new(config, prior, planned)
}

async fn planned(work: Option<&Work>, config: NodePool, prior: Option<NodePool>) -> Plan<NodePool> {
    let mut plan = plan(config, prior);
    super::plan::settle(Form::Gpu, &mut plan, Some(REGION));
    super::plan::check(Form::Gpu, work, false, &mut plan).await.unwrap();
    plan
}

fn work(fake: &Arc<Fake>) -> Work {
    let cluster: Arc<dyn KubernetesApi> = fake.clone();
    Work::new(Form::Gpu, cluster, Arc::new(RunLedger::default()), REGION, &config())
}

fn change(plan: Plan<NodePool>) -> Change<NodePool> {
    let Plan { prior, planned, private, .. } = plan;
    Change { prior, planned, private, ..Change::default() }
}

/// Karpenter, which reports every node pool as ready.
pub(super) fn karpenter(object: &mut Json) {
    if object["spec"]["template"].is_object() {
        let generation = object["metadata"]["generation"].clone();
        object["status"] = json!({"nodes": 2, "resources": {"cpu": "8"}, "conditions": [
            {"type": "Ready", "status": "True", "reason": "Ready", "message": "", "observedGeneration": generation},
        ]});
    }
}

pub(super) async fn made(fake: &Arc<Fake>) -> NodePool {
    fake.world().controller = Some(karpenter);
    let change = change(planned(None, config(), None).await);
    let mut record = Record::new(None, Private::default());
    create(&work(fake), &limits(), &change, &mut record, REGION).await.unwrap();
    record.into_state().unwrap()
}

fn summaries(diagnostics: &Diagnostics) -> Vec<&str> {
    diagnostics.iter().map(|each| each.summary.as_str()).collect()
}

#[tokio::test]
async fn a_new_pool_has_taint_and_label_of_the_plugin() {
    let fake = Arc::new(Fake::default());
    let plan = planned(Some(&work(&fake)), config(), None).await;
    assert_eq!(plan.planned.id, "demo/karpenter/gpu".into());
    assert_eq!(plan.planned.nvidia_taint, Attr::Known(true));
    assert_eq!(plan.planned.node_labels, Map::of([("nvidia.com/gpu.present".to_owned(), "true".to_owned())]));
    assert_eq!(summaries(&plan.diagnostics), Vec::<&str>::new());
    assert_eq!(fake.world().calls.last().unwrap(), "APPLY /apis/karpenter.sh/v1/nodepools/gpu (dry)");
    assert_eq!(fake.object(&object()), None, "a plan does not create objects");

    let auto = planned(None, NodePool { controller: "auto_mode".into(), ..config() }, None).await;
    assert_eq!((auto.planned.nvidia_taint, auto.planned.node_labels), (Attr::Known(true), Map::of([])));
    let off = planned(None, NodePool { nvidia_taint: Attr::Known(false), ..config() }, None).await;
    assert_eq!(off.planned.nvidia_taint, Attr::Known(false));
    assert_eq!(summaries(&off.diagnostics), ["Check the value of taint"]);
    let other = TaintInput { key: "a".into(), effect: "NoSchedule".into(), ..TaintInput::default() };
    let own = planned(None, NodePool { taint: Blocks::Known(vec![other]), ..config() }, None).await;
    assert_eq!(own.planned.nvidia_taint, Attr::Known(false), "custom taints replace the default");
    let gpu = GpuInput { manufacturers: List::of(["amd".to_owned()]), ..GpuInput::default() };
    let amd = planned(None, NodePool { gpu: Blocks::Known(Some(Box::new(gpu))), ..config() }, None).await;
    assert_eq!((amd.planned.nvidia_taint, amd.planned.node_labels), (Attr::Known(false), Map::of([])));
}

#[tokio::test]
async fn defaults_need_requirements_that_match_nvidia() {
    let family = |values| RequirementInput {
        key: "karpenter.k8s.aws/instance-family".into(),
        operator: "In".into(),
        values,
        ..RequirementInput::default()
    };
    let defaults = async |requirement, gpu| {
        let config = NodePool { requirement: Blocks::Known(vec![requirement]), gpu, ..config() };
        let planned = planned(None, config, None).await.planned;
        (planned.nvidia_taint, planned.node_labels)
    };
    let none = (Attr::Known(false), Map::of([]));
    let trainium = || family(List::of(["trn1".to_owned()]));
    assert_eq!(defaults(trainium(), Blocks::Known(None)).await, none);
    // The known requirements exclude NVIDIA, so an unknown argument cannot change that.
    let unknown = GpuInput { names: Attr::Unknown, ..GpuInput::default() };
    let unknown = || Blocks::Known(Some(Box::new(unknown.clone())));
    assert_eq!(defaults(trainium(), unknown()).await, none);
    assert_eq!(defaults(family(Attr::Unknown), Blocks::Known(None)).await, (Attr::Unknown, Attr::Unknown));
    let of_nvidia = || family(List::of(["g6".to_owned()]));
    assert_eq!(defaults(of_nvidia(), unknown()).await, (Attr::Unknown, Attr::Unknown));
    assert_eq!(defaults(of_nvidia(), Blocks::Known(None)).await.0, Attr::Known(true));
}

#[tokio::test]
async fn create_records_status_and_second_plan_sends_no_requests() {
    let fake = Arc::new(Fake::default());
    let made = made(&fake).await;
    assert_eq!((&made.uid, &made.node_count), (&"u-1".into(), &Attr::Known(2)));
    assert_eq!(made.resources, Map::of([("cpu".to_owned(), "8".to_owned())]));
    assert_eq!(made.conditions.known_elements().next().unwrap().status, "True".into());
    let live = fake.object(&object()).unwrap();
    assert_eq!(live["spec"]["template"]["spec"]["expireAfter"], "720h");
    assert_eq!(live["spec"].get("disruption"), None);
    // There are no changes and no requests.
    fake.world().calls.clear();
    let same = planned(Some(&work(&fake)), config(), Some(made.clone())).await;
    assert_eq!(same.planned.nvidia_taint, made.nvidia_taint);
    assert_eq!(fake.world().calls, Vec::<String>::new());
}

#[tokio::test]
async fn drift_is_what_others_did_to_our_fields() {
    let fake = Arc::new(Fake::default());
    let made = made(&fake).await;
    let defaults =
        json!({"disruption": {"consolidateAfter": "0s"}, "weight": 3, "template": {"spec": {"expireAfter": "24h"}}});
    fake.edit(&object(), "kubectl-edit", &defaults);
    let live = fake.object(&object()).unwrap();
    let read = super::state::of(Form::Gpu, &made, &live, REGION);
    assert_eq!(
        read,
        NodePool { expire_after: "24h".into(), ..made.clone() },
        "fields of other field managers are ignored"
    );

    let plan = planned(Some(&work(&fake)), config(), Some(read)).await;
    assert_eq!(summaries(&plan.diagnostics), ["Nodes of the node pool will be replaced"]);
    let change = change(plan);
    let mut record = Record::new(change.prior.clone(), Private::default());
    update(&work(&fake), &limits(), &change, &mut record, REGION).await.unwrap();
    assert_eq!(record.state().unwrap().expire_after, "720h".into());
    let live = fake.object(&object()).unwrap();
    assert_eq!(
        (&live["spec"]["template"]["spec"]["expireAfter"], &live["spec"]["weight"]),
        (&json!("720h"), &json!(3))
    );
}

#[tokio::test]
async fn a_static_pool_is_another_pool() {
    let fake = Arc::new(Fake::default());
    let made = made(&fake).await;
    let scaled = NodePool { replicas: Attr::Known(2), ..config() };
    let plan = planned(None, scaled.clone(), Some(made.clone())).await;
    assert!(plan.is_replace());
    let prior = NodePool { replicas: Attr::Known(1), ..made.clone() };
    assert!(!planned(None, scaled.clone(), Some(prior.clone())).await.is_replace());
    // A number that is known only after apply is treated as set.
    let unknown = NodePool { replicas: Attr::Unknown, ..scaled };
    assert!(planned(None, unknown.clone(), Some(made)).await.is_replace());
    assert!(!planned(None, unknown, Some(prior)).await.is_replace());
}

#[tokio::test(start_paused = true)]
async fn a_pool_that_does_not_become_ready_is_kept_in_the_state() {
    let fake = Arc::new(Fake::default());
    fake.world().controller = Some(|object| {
        object["status"]["conditions"] = json!([
            {"type": "ValidationSucceeded", "status": "False", "reason": "NodePoolValidationFailed", "message": "no such value"},
            {"type": "Ready", "status": "False", "reason": "UnhealthyDependents", "message": "ValidationSucceeded=False"},
        ]);
    });
    let change = change(planned(None, config(), None).await);
    let mut record = Record::new(None, Private::default());
    let refused = create(&work(&fake), &limits(), &change, &mut record, REGION).await.unwrap_err();
    assert_eq!(summaries(&refused), ["NodePool gpu of cluster demo cannot become ready"]);
    assert_eq!(record.state().unwrap().uid, "u-1".into());
    assert_eq!(record.state().unwrap().conditions.known_elements().count(), 2);
}

fn claim(fake: &Fake, name: &str, pool: &str) {
    let claim = Object::of_cluster(NODE_CLAIM, name);
    let content = json!({
        "metadata": {
            "ownerReferences": [{"uid": pool}],
            "finalizers": ["karpenter.sh/termination"],
            "deletionTimestamp": "2026-11-21T10:00:00Z",
        },
        "status": {
            "nodeName": format!("node-of-{name}"),
            "conditions": [{"type": "Drained", "status": "Unknown", "message": "Draining, 1 pod left"}],
        },
    });
    fake.put(&claim, "karpenter", "Update", content);
}

#[tokio::test(start_paused = true)]
async fn delete_waits_for_nodes_and_reports_blocking_resources() {
    let fake = Arc::new(Fake::default());
    let made = made(&fake).await;
    claim(&fake, "gpu-a", "u-1");
    claim(&fake, "other", "u-9");
    let pod = |node: &str| json!({"metadata": {"namespace": "ml", "name": node, "annotations": {"karpenter.sh/do-not-disrupt": "true"}}, "spec": {"nodeName": node}});
    let budget = json!({"metadata": {"namespace": "ml", "name": "train"}, "status": {"disruptionsAllowed": 0, "expectedPods": 1}});
    {
        let mut world = fake.world();
        world.objects.insert("/api/v1/pods/a".to_owned(), pod("node-of-gpu-a"));
        world.objects.insert("/api/v1/pods/b".to_owned(), pod("node-of-other"));
        world.objects.insert("/apis/policy/v1/poddisruptionbudgets/t".to_owned(), budget);
    }
    let refused = delete(&work(&fake), &limits(), &made).await.unwrap_err();
    let error = refused.iter().next().unwrap();
    assert_eq!(error.summary, "Deletion of NodePool gpu of cluster demo is not complete");
    assert!(fake.object(&object()).is_some(), "it is deleted after its nodes");
    for part in [
        "remaining NodeClaims: gpu-a (node node-of-gpu-a) has finalizer karpenter.sh/termination: Drained is Unknown (Draining, 1 pod left)",
        "Pods with karpenter.sh/do-not-disrupt on these nodes: ml/node-of-gpu-a.",
        "do not allow disruptions: ml/train.",
    ] {
        assert!(error.detail.contains(part), "{part}: {}", error.detail);
    }
    assert!(!error.detail.contains("node-of-other"), "{}", error.detail);

    fake.world().objects.retain(|path, _| !path.ends_with("gpu-a"));
    delete(&work(&fake), &limits(), &made).await.unwrap();
    assert_eq!(fake.object(&object()), None);
}

#[tokio::test]
async fn search_excludes_eks_built_in_pools() {
    let fake = Arc::new(Fake::default());
    made(&fake).await;
    let class = json!({"group": "eks.amazonaws.com", "kind": "NodeClass", "name": "default"});
    for name in ["general-purpose", "mine"] {
        let spec = json!({"spec": {"template": {"spec": {"nodeClassRef": class, "requirements": []}}}});
        fake.put(&Object::of_cluster(NODE_POOL, name), "eks", "Update", spec);
    }
    let listed = async |controller: Attr<String>| {
        let (sender, mut receiver) = mpsc::channel(8);
        let config = NodePoolList { cluster_name: "demo".into(), controller, ..NodePoolList::default() };
        search(Form::Gpu, fake.as_ref(), &config, REGION, &mut ListSink::new(sender, 10, true)).await.unwrap();
        let mut found = Vec::new();
        while let Some(each) = receiver.recv().await {
            found.push(each);
        }
        found
    };
    assert_eq!(listed("auto_mode".into()).await.len(), 1);
    let mut found = listed(Attr::Null).await.into_iter();
    let (first, second) = (found.next().unwrap(), found.next().unwrap());
    assert!(found.next().is_none());
    assert_eq!(second.identity.controller, "auto_mode".into());
    assert_eq!(
        (first.display_name.as_str(), second.display_name.as_str()),
        ("demo/karpenter/gpu", "demo/auto_mode/mine")
    );
    let (first, second) = (first.object.unwrap(), second.object.unwrap());
    assert_eq!((first.expire_after, second.controller), ("720h".into(), "auto_mode".into()));
    assert_eq!(second.id, "demo/auto_mode/mine".into());
}

#[test]
fn import_omits_defaults_without_field_manager() {
    let named = NodePool { cluster_name: "demo".into(), name: "gpu".into(), ..NodePool::default() };
    let with = |operation: &str| {
        let fake = Fake::default();
        let class = json!({"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "gpu"});
        let spec = json!({
            "template": {"spec": {"nodeClassRef": class, "requirements": [], "expireAfter": "720h"}},
            "disruption": {"consolidateAfter": "0s", "consolidationPolicy": "WhenEmptyOrUnderutilized", "budgets": [{"nodes": "10%"}]},
        });
        fake.put(&object(), "someone", operation, json!({"spec": spec}));
        super::state::of(Form::Gpu, &named, &fake.object(&object()).unwrap(), REGION)
    };
    let made = with("Update");
    assert_eq!((&made.expire_after, &made.disruption), (&Attr::Null, &Blocks::Known(None)));
    assert_eq!((&made.force_conflicts, &made.wait_for_ready), (&Attr::Known(false), &Attr::Known(true)));
    let declared = with("Apply");
    assert_eq!(declared.expire_after, "720h".into());
    assert!(declared.disruption.block().is_some());
}

#[tokio::test]
async fn the_first_apply_after_a_move_takes_over_what_was_declared() {
    let fake = Arc::new(Fake::default());
    fake.world().controller = Some(karpenter);
    let class = json!({"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "gpu"});
    let category = json!({"key": "karpenter.k8s.aws/instance-category", "operator": "In", "values": ["g", "p"]});
    let spec = json!({
        "template": {"spec": {"nodeClassRef": class, "requirements": [category], "expireAfter": "720h"}}, "weight": 9,
    });
    let content = json!({"metadata": {"labels": {"team": "ml"}}, "spec": spec});
    fake.put(&object(), "Terraform", "Apply", content);
    let manifest = json!({"metadata": {"name": "gpu", "labels": {"team": "ml"}}, "spec": spec});
    let found = SourceObject { manifest, uid: "u-1".to_owned(), managers: vec!["Terraform".to_owned()] };
    let moved = NodePool::taken_over(found);

    // The same requirements as arguments of the gpu block, and no weight.
    let own = NodePool { node_labels: Map::of([]), nvidia_taint: Attr::Known(false), ..config() };
    let plan = planned(Some(&work(&fake)), own, Some(moved)).await;
    assert!(!plan.is_replace());
    assert_eq!((&plan.planned.region, &plan.planned.id), (&REGION.into(), &"demo/karpenter/gpu".into()));
    let warned = ["Check the value of taint", "Check the value of node_labels"];
    assert_eq!(summaries(&plan.diagnostics), warned, "and nodes are not replaced");
    let change = change(plan);
    let mut record = Record::new(change.prior.clone(), Private::default());
    update(&work(&fake), &limits(), &change, &mut record, REGION).await.unwrap();
    assert_eq!(record.state().unwrap().previous_field_managers, Attr::Null);
    let live = fake.object(&object()).unwrap();
    assert!(live["spec"]["weight"].is_null(), "removed fields are deleted");
    assert!(live["metadata"]["labels"]["team"].is_null(), "labels of the object are arguments, too");
    assert!(clients::kube::managed::is_ours_alone(&live));
}

#[tokio::test]
async fn a_moved_pool_that_is_not_in_the_cluster_is_an_error_of_the_plan() {
    let fake = Arc::new(Fake::default());
    let manifest = json!({"metadata": {"name": "gpu"}, "spec": {}});
    let found = SourceObject { manifest, uid: "u-1".to_owned(), managers: vec!["Terraform".to_owned()] };
    let mut plan = plan(config(), Some(NodePool::taken_over(found)));
    super::plan::settle(Form::Gpu, &mut plan, Some(REGION));
    let refused = super::plan::check(Form::Gpu, Some(&work(&fake)), false, &mut plan).await.unwrap_err();
    assert_eq!(summaries(&refused), ["Moved NodePool gpu not found in cluster demo"]);
}

#[tokio::test]
async fn read_rejects_different_controller_and_ignores_different_uid() {
    let fake = Arc::new(Fake::default());
    let made = made(&fake).await;
    let read = async |stored: NodePool| {
        let mut record = Record::new(Some(stored.clone()), Private::default());
        read(&work(&fake), &stored, &mut record, &PartialReads::default(), REGION).await.map(|()| record.into_state())
    };
    let named = |controller: Attr<String>| NodePool {
        cluster_name: "demo".into(),
        name: "gpu".into(),
        controller,
        ..NodePool::default()
    };
    for controller in [Attr::Null, "karpenter".into()] {
        let found = read(named(controller)).await.unwrap().unwrap();
        assert_eq!((found.controller, found.gpu), ("karpenter".into(), made.gpu.clone()));
    }
    let refused = read(named("auto_mode".into())).await.unwrap_err();
    assert_eq!(summaries(&refused), ["Node pool gpu of cluster demo has a different controller"]);
    let detail = &refused.iter().next().unwrap().detail;
    assert!(detail.contains("\"demo/karpenter/gpu\""), "{detail}");
    assert_eq!(read(NodePool { uid: "u-9".into(), ..made }).await.unwrap(), None);
}
