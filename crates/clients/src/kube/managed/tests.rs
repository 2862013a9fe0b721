//! Operations on a fake cluster.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::creation_records::CreationRecords;
use crate::errors::{Cause, ErrorKind};
use crate::kube::fake::{Fake, refusal};
use crate::kube::fields::attribute_of;
use crate::kube::stage::{Kill, Process, interleaved};
use crate::kube::{CREATION_TOKEN, EC2_NODE_CLASS, FIELD_MANAGER, NODE_CLAIM, NodeClassRef};
use crate::wait::Limits;
use framework::model::{Attr, Map, Model};
use render::karpenter::controller::Controller;

/// A class.
#[derive(Debug, Clone, PartialEq, Default, Model)]
struct Class {
    /// Role.
    #[attribute(optional)]
    role: Attr<String>,
    /// Tags.
    #[attribute(optional)]
    tags: Map<String>,
}

fn managed<'m>(cluster: &'m dyn KubernetesApi, ledger: &'m RunLedger) -> Managed<'m> {
    Managed {
        cluster,
        cluster_name: "demo",
        object: object(),
        installed_by: "Install the chart karpenter-crd.",
        import_id: "demo/karpenter/gpu",
        controller: Controller::Karpenter,
        resource_type: "ekscompute_gpu_node_class",
        attribute_of: attribute_of::<Class>,
        has_metadata: true,
        has_dependents: false,
        key: ObjectKey::new("EC2NodeClass", "eu-west-1", "demo", "gpu"),
        ledger,
    }
}

fn object() -> Object {
    Object::of_cluster(EC2_NODE_CLASS, "gpu")
}

fn fields(role: &str) -> Json {
    json!({"metadata": {}, "spec": {"role": role, "tags": {"a": "1"}}})
}

fn limits() -> Limits {
    Limits::new(Duration::from_secs(600), CancellationToken::new())
}

fn summaries(diagnostics: &Diagnostics) -> Vec<&str> {
    diagnostics.iter().map(|each| each.summary.as_str()).collect()
}

fn ready(status: &str, reason: &str) -> Json {
    json!([{"type": "Ready", "status": status, "reason": reason, "message": "m", "observedGeneration": 1}])
}

fn update<'w>(fields: &'w Json, prior: &'w Json) -> Wanted<'w> {
    Wanted { fields, prior, force: false, predecessors: &[] }
}

mod definition;

#[tokio::test]
async fn a_new_object_has_our_fields_and_its_uid_from_then_on() {
    let (fake, run) = (Fake::default(), RunLedger::default());
    let made = managed(&fake, &run).create(&limits(), &fields("node")).await.unwrap();
    assert_eq!((uid(&made.object), generation(&made.object)), (Some("u-1"), Some(1)));
    assert!(made.diagnostics.is_empty() && is_ours_alone(&made.object));

    let run = RunLedger::default();
    let changed = managed(&fake, &run).update(&limits(), "u-1", update(&fields("other"), &fields("node"))).await;
    assert_eq!(changed.unwrap()["spec"]["role"], "other");
    let refused = managed(&fake, &run).update(&limits(), "u-9", update(&fields("x"), &fields("node"))).await;
    assert_eq!(summaries(&refused.unwrap_err()), ["Unable to update EC2NodeClass gpu of cluster demo"]);
    assert_eq!(fake.object(&object()).unwrap()["spec"]["role"], "other");
}

#[tokio::test]
async fn create_rejects_existing_object() {
    let (fake, run) = (Fake::default(), RunLedger::default());
    fake.put(&object(), "helm", "Apply", json!({"spec": {"role": "node"}}));
    let refused = managed(&fake, &run).create(&limits(), &fields("node")).await.unwrap_err();
    let error = refused.iter().next().unwrap();
    assert_eq!(error.summary, "EC2NodeClass gpu of cluster demo already exists");
    assert!(
        error.detail.contains("to = ekscompute_gpu_node_class.ADDRESS") && error.detail.contains("demo/karpenter/gpu")
    );
    assert_eq!(fake.object(&object()).unwrap()["spec"], json!({"role": "node"}));

    // An error only if the run is certainly a plan, and not if it may be a plan during apply.
    let refused = managed(&fake, &run).preview_create(&fields("node"), false).await;
    let Preview::Refused(warned) = refused else { panic!("{refused:?}") };
    assert!(!warned.has_error() && !warned.is_empty());
    run.record_state_read();
    let Preview::Refused(refused) = managed(&fake, &run).preview_create(&fields("node"), false).await else { panic!() };
    assert!(refused.has_error());
    // A state of this run contains the object, so it is going to be replaced.
    managed(&fake, &run).read(None).await.unwrap();
    assert_eq!(managed(&fake, &run).preview_create(&fields("node"), false).await, Preview::Unknowable);
}

/// Returns the traces of a creation that was killed after it had sent the object.
async fn killed(fake: &Fake, directory: &std::path::Path, role: &str) {
    let ledger = RunLedger::new(CreationRecords::in_directory(directory));
    let claim = ledger.claim(managed(fake, &ledger).key).expect("the right to create it");
    claim.write_record("t-1", &fields(role));
    let mut content = fields(role);
    content["metadata"]["annotations"][CREATION_TOKEN] = json!("t-1");
    fake.create(&object(), &content).await.expect("an object");
}

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().expect("a directory")
}

#[tokio::test]
async fn nothing_of_the_creation_stays_in_the_object() {
    let (fake, run) = (Fake::default(), RunLedger::default());
    let made = managed(&fake, &run).create(&limits(), &fields("node")).await.unwrap();
    assert_eq!(made.object["metadata"]["annotations"][CREATION_TOKEN], Json::Null);
    let owners = made.object["metadata"]["managedFields"].as_array().unwrap();
    assert_eq!((owners.len(), &owners[0]["operation"]), (1, &json!("Apply")));
}

#[tokio::test]
async fn killed_creation_continues_in_its_directory_alone() {
    let (fake, here, elsewhere) = (Fake::default(), directory(), directory());
    killed(&fake, here.path(), "node").await;
    let other = RunLedger::new(CreationRecords::in_directory(elsewhere.path()));
    let refused = managed(&fake, &other).create(&limits(), &fields("node")).await.unwrap_err();
    assert!(summaries(&refused)[0].contains("already exists"), "equal fields are no proof");
    // The arguments may have changed since.
    let run = RunLedger::new(CreationRecords::in_directory(here.path()));
    assert_eq!(managed(&fake, &run).preview_create(&fields("other"), false).await, Preview::Unknowable);
    let made = managed(&fake, &run).create(&limits(), &fields("other")).await.unwrap();
    assert!(made.diagnostics.is_empty());
    assert_eq!((uid(&made.object), &made.object["spec"]["role"]), (Some("u-1"), &json!("other")));
    assert_eq!(made.object["metadata"]["annotations"][CREATION_TOKEN], Json::Null);
    made.returned();
    // A previous object with the same name does not delete it.
    let kept = managed(&fake, &run).delete(&limits(), "u-1", |_| false).await.unwrap();
    assert_eq!(summaries(&kept), ["EC2NodeClass gpu of cluster demo was kept"]);
    let twice = managed(&fake, &run).create(&limits(), &fields("node")).await.unwrap_err();
    assert_eq!(summaries(&twice), ["EC2NodeClass gpu of cluster demo is configured twice"]);
}

#[tokio::test]
async fn object_without_token_is_recognized_by_uid() {
    let (fake, here) = (Fake::default(), directory());
    let ledger = RunLedger::new(CreationRecords::in_directory(here.path()));
    let claim = ledger.claim(managed(&fake, &ledger).key).expect("the right to create it");
    claim.write_record("t-1", &fields("node"));
    claim.confirm_record("u-1");
    drop(claim);
    fake.put(&object(), FIELD_MANAGER, "Apply", fields("node"));
    let run = RunLedger::new(CreationRecords::in_directory(here.path()));
    managed(&fake, &run).create(&limits(), &fields("node")).await.expect("continued").returned();
    // Another object with the name is not it.
    let run = RunLedger::new(CreationRecords::in_directory(here.path()));
    let claim = run.claim(managed(&fake, &run).key).expect("the right to create it");
    claim.write_record("t-2", &fields("node"));
    claim.confirm_record("u-9");
    drop(claim);
    managed(&fake, &run).create(&limits(), &fields("node")).await.expect_err("somebody else's");
}

#[tokio::test(start_paused = true)]
async fn of_two_creators_one_wins_in_any_order() {
    const CALLS: u32 = 12;
    // All orders took more than a minute in this suite. With an odd step, each call is early in some orders and late in
    // others.
    for schedule in (0..1 << CALLS).step_by(13) {
        let fake = Arc::new(Fake::default());
        let processes = [0, 1].map(|_| Process::in_turns(Arc::clone(&fake) as _));
        let ledgers = [RunLedger::default(), RunLedger::default()];
        let [one, two] = [0, 1].map(|each| managed(&*processes[each], &ledgers[each]));
        let (limits, fields) = (limits(), fields("node"));
        let one = (&*processes[0], one.create(&limits, &fields));
        let two = (&*processes[1], two.create(&limits, &fields));
        let (one, two) = interleaved(schedule, CALLS, one, two).await;
        assert!(one.is_ok() != two.is_ok(), "{schedule:b}: {one:?} {two:?}");
        let ((Err(refused), _) | (_, Err(refused))) = (one, two) else { unreachable!() };
        assert!(refused.iter().next().unwrap().detail.contains("import {"), "{refused:?}");
        assert_complete(&fake.object(&object()).unwrap());
    }
}

/// No traces show that an object was created in several steps.
fn assert_complete(object: &Json) {
    assert_eq!(object["metadata"]["annotations"][CREATION_TOKEN], Json::Null, "{object}");
    let owners = object["metadata"]["managedFields"].as_array().unwrap();
    assert_eq!((owners.len(), &owners[0]["operation"]), (1, &json!("Apply")), "{object}");
}

#[tokio::test(start_paused = true)]
async fn creation_killed_at_any_call_recovers() {
    let mut kills = 0;
    for kill in Kill::all() {
        let (fake, here, elsewhere) = (Arc::new(Fake::default()), directory(), directory());
        let create = async |place: &tempfile::TempDir, kill, role| {
            let process = Process::new(Arc::clone(&fake) as _, kill);
            let ledger = RunLedger::new(CreationRecords::in_directory(place.path()));
            let (limits, fields) = (limits(), fields(role));
            let managed = managed(&*process, &ledger);
            let ended = process.lifetime(managed.create(&limits, &fields)).await;
            ended.map(|created| created.map(|created| uid(&created.object).unwrap().to_owned()))
        };
        if create(&here, Some(kill), "node").await.is_some() {
            break;
        }
        kills += 1;
        let left = fake.object(&object());
        if left.is_some() {
            let other = create(&elsewhere, None, "node").await.expect("not killed");
            other.expect_err("another state does not own it");
        }
        let uid = create(&here, None, "other").await.expect("not killed").expect("recovered");
        assert!(left.is_none_or(|left| left["metadata"]["uid"] == *uid), "{kill:?}: it is the same object");
        let object = fake.object(&object()).unwrap();
        assert_eq!(object["spec"]["role"], "other");
        assert_complete(&object);
    }
    assert_eq!(kills, 12, "before and after the effect of each call");
}

#[tokio::test(start_paused = true)]
async fn imported_object_of_a_killed_creation_is_updated() {
    for call in [2, 3, 4] {
        let (fake, run) = (Arc::new(Fake::default()), RunLedger::default());
        let process = Process::new(Arc::clone(&fake) as _, Some(Kill { call, takes_effect: true }));
        let (limits, node, other) = (limits(), fields("node"), json!({"metadata": {}, "spec": {"role": "other"}}));
        let killed = managed(&*process, &run);
        assert!(process.lifetime(killed.create(&limits, &node)).await.is_none());
        // Without a data directory, there is no proof of ownership, so the user has imported the object.
        let changed = managed(&*fake, &run).update(&limits, "u-1", update(&other, &node)).await.unwrap();
        assert_eq!((&changed["spec"]["role"], &changed["spec"]["tags"]["a"]), (&json!("other"), &Json::Null));
        assert_complete(&changed);
    }
}

#[tokio::test(start_paused = true)]
async fn creation_whose_answer_is_lost_is_known_by_its_token() {
    let (fake, run) = (Fake::default(), RunLedger::default());
    fake.world().lose_answer_of_creation = true;
    let made = managed(&fake, &run).create(&limits(), &fields("node")).await.unwrap();
    assert_eq!(uid(&made.object), Some("u-1"));
    assert!(made.diagnostics.is_empty());
}

#[tokio::test(start_paused = true)]
async fn creation_that_is_not_completed_leaves_what_exists_in_the_record() {
    let (fake, run) = (Fake::default(), RunLedger::default());
    fake.world().errors.push_back(("PATCH", refusal(ErrorKind::Denied, "Forbidden")));
    let made = managed(&fake, &run).create(&limits(), &fields("node")).await.unwrap();
    assert_eq!(uid(&made.object), Some("u-1"));
    assert_eq!(summaries(&made.diagnostics), ["Unable to complete EC2NodeClass gpu of cluster demo"]);
}

#[tokio::test(start_paused = true)]
async fn a_definition_may_come_a_moment_later_and_if_not_it_is_said_how_to_install_it() {
    let (fake, run) = (Fake::default(), RunLedger::default());
    let missing = || ("GET", refusal(ErrorKind::Other, NO_SUCH_KIND));
    fake.world().errors.extend([missing(), missing(), missing()]);
    managed(&fake, &run).create(&limits(), &fields("node")).await.unwrap();

    let fake = Fake::default();
    fake.world().unserved.push(EC2_NODE_CLASS);
    assert_eq!(managed(&fake, &run).preview_create(&fields("node"), false).await, Preview::Unknowable);
    let refused = managed(&fake, &RunLedger::default()).create(&limits(), &fields("node")).await.unwrap_err();
    let error = refused.iter().next().unwrap();
    assert!(error.detail.ends_with("Install the chart karpenter-crd."), "{}", error.detail);
    assert!(fake.world().calls.len() > 10);
    assert_eq!(managed(&fake, &run).read(None).await.unwrap(), None, "the kind does not exist, nor do its objects");
}

#[tokio::test]
async fn edits_by_hand_are_set_back_and_declarations_of_others_are_a_conflict() {
    let (fake, run) = (Fake::default(), RunLedger::default());
    managed(&fake, &run).create(&limits(), &fields("node")).await.unwrap();
    fake.edit(&object(), "kubectl-edit", &json!({"role": "edited", "detailedMonitoring": true}));
    // An edit after the plan is left unchanged. A plan that shows it reverts it.
    let mut planned = fields("node");
    planned["spec"]["tags"] = json!({"b": "1"});
    let kept = managed(&fake, &run).update(&limits(), "u-1", update(&planned, &fields("node"))).await.unwrap();
    assert_eq!(kept["spec"], json!({"role": "edited", "tags": {"b": "1"}, "detailedMonitoring": true}));
    planned["spec"]["role"] = json!("edited");
    let healed = managed(&fake, &run).update(&limits(), "u-1", update(&fields("node"), &planned)).await.unwrap();
    assert_eq!(healed["spec"], json!({"role": "node", "tags": {"a": "1"}, "detailedMonitoring": true}));

    // New to this provider, so it is not drift.
    let mut wider = fields("node");
    wider["spec"]["detailedMonitoring"] = json!(false);
    let refused = managed(&fake, &run).update(&limits(), "u-1", update(&wider, &fields("node"))).await.unwrap_err();
    let error = refused.iter().next().unwrap();
    assert_eq!(error.summary, "Field manager conflict for EC2NodeClass gpu of cluster demo");
    assert!(error.detail.contains("conflict with \"kubectl-edit\"") && error.detail.contains("force_conflicts = true"));
    let refused = managed(&fake, &run).preview_update("u-1", update(&wider, &fields("node"))).await;
    assert!(matches!(refused, Preview::Refused(_)), "{refused:?}");
    let forced = Wanted { force: true, ..update(&wider, &Json::Null) };
    let taken = managed(&fake, &run).update(&limits(), "u-1", forced).await.unwrap();
    assert_eq!(taken["spec"]["detailedMonitoring"], false);
}

#[tokio::test]
async fn update_without_force_conflicts_with_other_manager() {
    let (fake, run) = (Fake::default(), RunLedger::default());
    fake.put(&object(), "argocd", "Apply", json!({"spec": {"role": "theirs"}}));
    let refused = managed(&fake, &run).update(&limits(), "u-1", update(&fields("ours"), &fields("theirs"))).await;
    let error = refused.unwrap_err();
    assert_eq!(error.iter().next().unwrap().path, Some(Path::attribute("role")));
}

#[tokio::test]
async fn unset_fields_of_previous_manager_are_removed() {
    let (fake, run) = (Fake::default(), RunLedger::default());
    let theirs = json!({"spec": {"role": "node", "tags": {"a": "1", "b": "2"}}});
    fake.put(&object(), "Terraform", "Apply", theirs.clone());
    let predecessors = ["Terraform".to_owned()];
    let (fields, prior) = (fields("other"), theirs);
    let wanted = Wanted { predecessors: &predecessors, ..update(&fields, &prior) };
    let preview = managed(&fake, &run).preview_update("u-1", wanted).await;
    assert!(matches!(preview, Preview::Possible(_)), "{preview:?}");
    let moved = managed(&fake, &run).update(&limits(), "u-1", wanted).await.unwrap();
    assert_eq!(moved["spec"], json!({"role": "other", "tags": {"a": "1"}}));
    assert!(is_ours_alone(&moved), "{moved}");
    assert_eq!(moved["metadata"]["managedFields"].as_array().unwrap().len(), 1);
    assert_eq!(moved["metadata"]["managedFields"][0]["manager"], FIELD_MANAGER);
}

#[tokio::test]
async fn causes_become_messages_at_their_attributes() {
    let (fake, run) = (Fake::default(), RunLedger::default());
    let cause = |field: &str, message: &str| Cause { field: field.to_owned(), message: message.to_owned() };
    let causes = vec![
        cause("spec.role", "Invalid value: \"string\": role cannot be empty"),
        cause("spec.tags.team", "bad"),
        cause("<nil>", "some validation rules were not checked because the object was invalid"),
    ];
    let error = ApiError { causes, status: Some(422), ..refusal(ErrorKind::Invalid, "Invalid") };
    fake.world().errors.push_back(("APPLY", error));
    let Preview::Refused(found) = managed(&fake, &run).preview_create(&fields(""), false).await else { panic!() };
    let paths: Vec<_> = found.iter().map(|each| each.path.as_ref().map(ToString::to_string)).collect();
    assert_eq!(paths, [Some("role".to_owned()), Some("tags[\"team\"]".to_owned())]);

    let message = "strict decoding error: unknown field \"spec.tags\", unknown field \"spec.x\"".to_owned();
    let error = ApiError { message, status: Some(400), ..refusal(ErrorKind::Invalid, "BadRequest") };
    fake.world().errors.push_back(("APPLY", error));
    let Preview::Refused(found) = managed(&fake, &run).preview_create(&fields(""), false).await else { panic!() };
    let expected = ["Cluster does not support tags", "Cluster does not support x"];
    assert_eq!(summaries(&found), expected);
}

#[tokio::test]
async fn unreachable_cluster_does_not_fail_plan() {
    let (fake, run) = (Fake::default(), RunLedger::default());
    for error in [
        refusal(ErrorKind::Connection, "no answer"),
        refusal(ErrorKind::Denied, "Forbidden"),
        ApiError { service: "EKS", ..refusal(ErrorKind::NotFound, "ResourceNotFoundException") },
    ] {
        fake.world().errors.push_back(("GET", error));
        assert_eq!(managed(&fake, &run).preview_create(&fields("node"), false).await, Preview::Unknowable);
    }
}

#[tokio::test(start_paused = true)]
async fn ready_requires_condition_for_current_generation() {
    let (fake, run) = (Fake::default(), RunLedger::default());
    managed(&fake, &run).create(&limits(), &fields("node")).await.unwrap();
    fake.world().controller = Some(|object| object["status"]["conditions"] = ready("True", "Ready"));
    managed(&fake, &run).ready(&limits(), "u-1", |_| false).await.unwrap();

    managed(&fake, &run).update(&limits(), "u-1", update(&fields("other"), &fields("node"))).await.unwrap();
    let (seen, error) = managed(&fake, &run).ready(&limits(), "u-1", |_| false).await.unwrap_err();
    assert!(seen.is_some());
    let error = error.iter().next().unwrap();
    assert!(error.detail.contains("latest change not yet processed by the controller"), "{}", error.detail);
}

#[tokio::test(start_paused = true)]
async fn a_reason_that_no_waiting_mends_ends_the_wait() {
    let (fake, run) = (Fake::default(), RunLedger::default());
    managed(&fake, &run).create(&limits(), &fields("node")).await.unwrap();
    fake.world().controller = Some(|object| {
        object["status"]["conditions"] = json!([
            {"type": "AMIsReady", "status": "False", "reason": "UnsupportedAlias", "message": "no AL2", "observedGeneration": 1},
            {"type": "Ready", "status": "False", "reason": "UnsupportedAlias", "message": "AMIsReady=False"},
        ]);
    });
    let started = tokio::time::Instant::now();
    let (_, error) =
        managed(&fake, &run).ready(&limits(), "u-1", |each| each.reason == "UnsupportedAlias").await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(5));
    let error = error.iter().next().unwrap();
    assert_eq!(error.summary, "EC2NodeClass gpu of cluster demo cannot become ready");
    assert!(error.detail.contains("- AMIsReady is False (UnsupportedAlias): no AL2"), "{}", error.detail);
    assert!(!error.detail.contains("- Ready is"), "{}", error.detail);
}

/// Returns how long an object waits whose controller does not find the node class.
async fn wait_for_node_class(fake: &Fake, known_uid: &str, class: &NodeClassRef) -> (Duration, String) {
    let run = RunLedger::default();
    managed(fake, &run).create(&limits(), &fields("node")).await.unwrap();
    fake.world().controller = Some(|object| {
        object["status"]["conditions"] = json!([
            {"type": "NodeClassReady", "status": "False", "reason": "NodeClassNotFound", "message": "NodeClass not found"},
            {"type": "Ready", "status": "False", "reason": "UnhealthyDependents"},
        ]);
    });
    let started = tokio::time::Instant::now();
    let waited = managed(fake, &run).ready_with(&limits(), known_uid, |_| false, Some(class)).await;
    let (_, error) = waited.unwrap_err();
    (started.elapsed(), error.iter().next().unwrap().detail.clone())
}

#[tokio::test(start_paused = true)]
async fn missing_node_class_ends_the_wait() {
    let class = NodeClassRef::new(Controller::Karpenter, "eu-west-1", "demo", "missing");
    let (waited, detail) = wait_for_node_class(&Fake::default(), "u-1", &class).await;
    assert!(waited < Duration::from_secs(5), "{waited:?}");
    assert!(detail.contains("NodeClassReady is False (NodeClassNotFound)"), "{detail}");
    assert!(detail.contains("EC2NodeClass missing does not exist. Create it"), "{detail}");
}

#[tokio::test(start_paused = true)]
async fn new_node_class_does_not_end_the_wait() {
    let class = NodeClassRef::new(Controller::Karpenter, "eu-west-1", "demo", "new");
    let fake = Fake::default();
    // The controller has not seen it yet.
    fake.put(&class.object, "terraform-provider-ekscompute", "Apply", json!({"spec": {}}));
    let (waited, detail) = wait_for_node_class(&fake, "u-2", &class).await;
    assert!(waited > Duration::from_secs(5), "{waited:?}: {detail}");
}

#[tokio::test(start_paused = true)]
async fn without_a_controller_that_is_said() {
    let (fake, run) = (Fake::default(), RunLedger::default());
    managed(&fake, &run).create(&limits(), &fields("node")).await.unwrap();
    let (_, error) = managed(&fake, &run).ready(&limits(), "u-1", |_| false).await.unwrap_err();
    assert!(error.iter().next().unwrap().detail.contains("No controller has processed the object"));
}

#[tokio::test(start_paused = true)]
async fn deletion_waits_for_finalizers_and_reports_blockers() {
    let (fake, run) = (Fake::default(), RunLedger::default());
    managed(&fake, &RunLedger::default()).create(&limits(), &fields("node")).await.unwrap();
    fake.world().controller = Some(|object| {
        if object["spec"]["role"] == "node" {
            object["metadata"]["finalizers"] = json!(["karpenter.k8s.aws/termination"]);
        }
    });
    for name in ["gpu-1", "cpu-1"] {
        fake.put(&Object::of_cluster(NODE_CLAIM, name), "karpenter", "Update", json!({"spec": {}}));
    }
    let holds = |claim: &Json| claim["metadata"]["name"] == "gpu-1";
    let error = managed(&fake, &run).delete(&limits(), "u-1", holds).await.unwrap_err();
    let error = error.iter().next().unwrap();
    assert!(
        error.detail.contains("held by finalizer karpenter.k8s.aws/termination; used by NodeClaim gpu-1"),
        "{}",
        error.detail
    );
    fake.world().controller = Some(|object| object["metadata"]["finalizers"] = json!([]));
    managed(&fake, &run).delete(&limits(), "u-1", holds).await.unwrap();
    assert_eq!(fake.object(&object()), None);
    managed(&fake, &run).delete(&limits(), "u-1", holds).await.unwrap();
}

#[tokio::test]
async fn another_object_of_the_name_is_not_deleted() {
    let (fake, run) = (Fake::default(), RunLedger::default());
    fake.put(&object(), "helm", "Apply", json!({"spec": {}}));
    managed(&fake, &run).delete(&limits(), "u-9", |_| false).await.unwrap();
    assert!(fake.object(&object()).is_some());
}

#[tokio::test(start_paused = true)]
async fn a_stopped_wait_ends_at_once() {
    let (fake, run) = (Fake::default(), RunLedger::default());
    managed(&fake, &run).create(&limits(), &fields("node")).await.unwrap();
    let limits = limits();
    limits.cancellation.cancel();
    let (seen, error) = managed(&fake, &run).ready(&limits, "u-1", |_| false).await.unwrap_err();
    assert!(seen.is_none() && error.iter().next().unwrap().detail.contains("interrupted"));
}
