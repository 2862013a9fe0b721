//! Edits with a fake API server that has one object, and the plan and the guard with fake data.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::client::Access;
use super::editor::{Done, Edit, EditError, Editor};
use super::fake::{FakeFacts, FakeServer, Fault};
use super::guard::{self, GuardDecision};
use super::role::AwsAuthMapRole;
use super::user::AwsAuthMapUser;
use super::{plan, presets::Preset};
use clients::access::RoleInUse;
use clients::errors::ErrorKind;
use clients::run_ledger::ClusterKey;
use clients::wait::Limits;
use framework::diagnostics::Diagnostics;
use framework::model::{Attr, Set};
use framework::resource::Plan;
use render::aws_auth::{Entry, Mapping, Refusal};

const NODES: &str = "- groups:\n  - system:bootstrappers\n  - system:nodes\n  rolearn: arn:aws:iam::111122223333:role/ng-a\n  username: system:node:{{EC2PrivateDNSName}}\n";
const P: &str = "arn:aws:iam::111122223333:role/";

fn entry(name: &str) -> Entry {
    Entry { arn: format!("{P}{name}"), username: name.to_owned(), groups: vec!["g".to_owned()] }
}

fn text(name: &str) -> String {
    format!("- groups:\n  - g\n  rolearn: {P}{name}\n  username: {name}\n")
}

fn insert(name: &str) -> Edit {
    Edit::Insert { entry: entry(name), adopt: false, token: format!("t-{name}"), is_ours: false }
}

fn limits() -> Limits {
    Limits::new(Duration::from_secs(300), CancellationToken::new())
}

fn editor(roles: &str) -> (Arc<FakeServer>, Arc<Editor>) {
    let server = Arc::new(FakeServer::with(roles));
    (Arc::clone(&server), Arc::new(Editor::new(server)))
}

async fn edit(editor: &Editor, edit: Edit) -> Result<Done, EditError> {
    editor.edit(Mapping::Roles, edit, &limits()).await
}

#[tokio::test(start_paused = true)]
async fn lost_race_is_run_again_on_the_new_text() {
    let (server, editor) = editor(NODES);
    let other = format!("{NODES}{}", NODES.replace("ng-a", "ng-b"));
    server.fail(Fault::Other(other.clone()));
    assert_eq!(edit(&editor, insert("x")).await, Ok(Done::Written));
    assert_eq!(server.roles(), format!("{other}{}", text("x")));
    assert_eq!(server.writes.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn deleted_config_map_is_recreated_with_managed_entry() {
    let (server, editor) = editor(NODES);
    server.fail(Fault::Deleted);
    assert_eq!(edit(&editor, insert("x")).await, Ok(Done::Written));
    assert_eq!(server.roles(), text("x"));
}

#[tokio::test(start_paused = true)]
async fn same_entry_of_another_writer_is_not_ours_unless_adopted() {
    let (server, editor) = editor(NODES);
    server.fail(Fault::Other(format!("{NODES}{}", text("x"))));
    let refused = edit(&editor, insert("x")).await;
    assert!(matches!(refused, Err(EditError::Refused(Refusal::Exists { .. }))), "{refused:?}");
    assert_eq!(server.writes.load(Ordering::SeqCst), 1);
    let adopting = Edit::Insert { entry: entry("x"), adopt: true, token: "t".to_owned(), is_ours: false };
    let adopted = edit(&editor, adopting).await;
    assert!(matches!(adopted, Ok(Done::Adopted(_))), "{adopted:?}");
    assert_eq!(server.writes.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn lost_answer_is_recognised_and_nothing_is_doubled() {
    let (server, editor) = editor(NODES);
    server.fail(Fault::Lost);
    assert_eq!(edit(&editor, insert("x")).await, Ok(Done::Nothing));
    assert_eq!(server.roles(), format!("{NODES}{}", text("x")));
    server.fail(Fault::Lost);
    assert_eq!(edit(&editor, Edit::Remove(format!("{P}x"))).await, Ok(Done::Nothing));
    assert_eq!(server.roles(), NODES);
}

#[tokio::test(start_paused = true)]
async fn update_keeps_the_rest_of_the_live_entry() {
    let (server, editor) =
        editor(&text("x").replace("- g\n", "- g\n  - foreign\n").replace("username: x", "username: y"));
    let after = Entry { groups: vec!["h".to_owned()], ..entry("x") };
    let done = edit(&editor, Edit::Update { before: entry("x"), after: after.clone() }).await;
    assert_eq!(done, Ok(Done::Written));
    let expected = text("x").replace("- g\n", "- foreign\n  - h\n").replace("username: x", "username: y");
    assert_eq!(server.roles(), expected);
    let named = Entry { username: "z".to_owned(), ..after.clone() };
    assert_eq!(edit(&editor, Edit::Update { before: after, after: named }).await, Ok(Done::Written));
    assert_eq!(server.roles(), expected.replace("username: y", "username: z"));
}

#[tokio::test(start_paused = true)]
async fn transient_server_errors_are_retried() {
    let (server, editor) = editor(NODES);
    for kind in [ErrorKind::Server, ErrorKind::Throttled, ErrorKind::Timeout, ErrorKind::Conflict] {
        server.fail(Fault::Fails(kind));
    }
    assert_eq!(edit(&editor, insert("x")).await, Ok(Done::Written));
    server.fail(Fault::Fails(ErrorKind::Denied));
    let refused = edit(&editor, insert("y")).await;
    assert!(matches!(&refused, Err(EditError::Api(error)) if error.kind == ErrorKind::Denied), "{refused:?}");
    assert_eq!(server.roles(), format!("{NODES}{}", text("x")));
}

#[tokio::test(start_paused = true)]
async fn entry_of_an_interrupted_run_is_known_by_its_token() {
    let (server, first) = editor(NODES);
    edit(&first, insert("x")).await.expect("an entry");
    // The process is killed here. Another process, even with equal values, does not have its token.
    let second = Editor::new(Arc::clone(&server) as _);
    let stranger = Edit::Insert { entry: entry("x"), adopt: false, token: "t-other".to_owned(), is_ours: false };
    assert!(matches!(edit(&second, stranger).await, Err(EditError::Refused(Refusal::Exists { .. }))));
    assert_eq!(edit(&second, insert("x")).await, Ok(Done::Nothing));
    // The values have changed.
    let changed = Entry { username: "z".to_owned(), ..entry("x") };
    let changed = Edit::Insert { entry: changed, adopt: false, token: "t-x".to_owned(), is_ours: false };
    assert_eq!(edit(&second, changed.clone()).await, Ok(Done::Written));
    // The token is removed as soon as the record of the run contains it. From then on, the record is the proof.
    let forget = Edit::Forget("t-x".to_owned());
    assert_eq!(edit(&second, forget).await, Ok(Done::Written));
    assert_eq!(server.object().expect("an object")["metadata"]["annotations"], serde_json::json!({}));
    let third = Editor::new(Arc::clone(&server) as _);
    assert!(edit(&third, changed.clone()).await.is_err());
    let Edit::Insert { entry, adopt, token, .. } = changed else { panic!("an insertion") };
    assert_eq!(edit(&third, Edit::Insert { entry, adopt, token, is_ours: true }).await, Ok(Done::Nothing));
}

#[tokio::test(start_paused = true)]
async fn entry_of_a_concurrent_run_is_never_shared() {
    let (server, first) = editor(NODES);
    let second = Editor::new(Arc::clone(&server) as _);
    let other = Edit::Insert { entry: entry("x"), adopt: false, token: "t-other".to_owned(), is_ours: false };
    server.fail(Fault::Lost);
    let (one, two) = tokio::join!(edit(&first, insert("x")), edit(&second, other));
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
}

#[tokio::test(start_paused = true)]
async fn each_caller_of_a_write_has_its_own_deadline() {
    let (server, editor) = editor(NODES);
    (0..8).for_each(|_| server.fail(Fault::Fails(ErrorKind::Conflict)));
    let short = Limits::new(Duration::from_millis(60), CancellationToken::new());
    let cancelled = limits();
    let hurried = editor.edit(Mapping::Roles, insert("x"), &short);
    let stopped = editor.edit(Mapping::Roles, insert("y"), &cancelled);
    let stop = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        cancelled.cancellation.cancel();
    };
    let (hurried, stopped, patient, ()) = tokio::join!(hurried, stopped, edit(&editor, insert("z")), stop);
    assert!(matches!(&hurried, Err(EditError::Api(error)) if error.kind == ErrorKind::Timeout), "{hurried:?}");
    assert!(matches!(&stopped, Err(EditError::Api(error)) if error.kind == ErrorKind::Cancelled), "{stopped:?}");
    assert_eq!(patient, Ok(Done::Written));
    assert_eq!(server.roles(), format!("{NODES}{}", text("z")));
}

#[tokio::test(start_paused = true)]
async fn many_edits_of_a_moment_lose_nothing_and_share_writes() {
    let (server, editor) = editor(NODES);
    server.fail(Fault::Fails(ErrorKind::Conflict));
    let names: Vec<_> = (0..20).map(|number| format!("r{number}")).collect();
    let edits = names.iter().map(|name| edit(&editor, insert(name)));
    let done = futures::future::join_all(edits).await;
    assert!(done.iter().all(Result::is_ok), "{done:?}");
    let roles = server.roles();
    assert!(roles.starts_with(NODES));
    for name in &names {
        assert_eq!(roles.matches(&text(name)).count(), 1, "{name}");
    }
    assert!(server.writes.load(Ordering::SeqCst) <= 4, "{:?}", server.writes);
}

#[tokio::test(start_paused = true)]
async fn one_refused_edit_does_not_keep_others_from_being_made() {
    let (server, editor) = editor(NODES);
    let (refused, made) = tokio::join!(edit(&editor, insert("ng-a")), edit(&editor, insert("x")));
    assert!(refused.is_err() && made == Ok(Done::Written));
    assert_eq!(server.roles(), format!("{NODES}{}", text("x")));
}

#[tokio::test(start_paused = true)]
async fn immutable_and_full_config_maps_are_not_written() {
    let (server, editor) = editor(NODES);
    let mut object = server.object().expect("an object");
    object["immutable"] = true.into();
    object["data"]["other"] = "kept".into();
    server.write(Some(object.clone()), "kubectl");
    assert_eq!(edit(&editor, insert("x")).await, Err(EditError::Immutable));
    object["immutable"] = false.into();
    object["data"]["other"] = "x".repeat(super::map::MOST_BYTES - NODES.len() - 10).into();
    server.write(Some(object), "kubectl");
    assert!(matches!(edit(&editor, insert("x")).await, Err(EditError::TooLarge(_))));
    assert_eq!(server.writes.load(Ordering::SeqCst), 0);
    assert_eq!(edit(&editor, Edit::Remove(format!("{P}ng-a"))).await, Ok(Done::Written));
    let left = server.object().expect("an object");
    assert_eq!(left["data"]["mapRoles"], "[]\n");
    assert!(left["data"]["other"].is_string());
}

fn access(server: &Arc<FakeServer>, facts: FakeFacts) -> Access {
    let cluster = ClusterKey { region: "eu-west-1".to_owned(), cluster: "blue".to_owned() };
    let editor = Arc::new(Editor::new(Arc::clone(server) as _));
    Access { editor, facts: Arc::new(facts), ledger: Arc::default(), cluster }
}

fn role(name: &str) -> AwsAuthMapRole {
    let groups = Set::of(["g".to_owned()]);
    AwsAuthMapRole {
        cluster_name: "blue".into(),
        role_arn: format!("{P}{name}").into(),
        username: name.into(),
        groups,
        ..AwsAuthMapRole::default()
    }
}

fn creation(config: AwsAuthMapRole) -> Plan<AwsAuthMapRole> {
    let mut planned = config.clone();
    for attr in [&mut planned.region, &mut planned.mapped_role_arn, &mut planned.id] {
        *attr = Attr::Unknown;
    }
    Plan::new(config, None, planned)
}

async fn planned(access: &Access, config: AwsAuthMapRole) -> (Plan<AwsAuthMapRole>, Result<(), Diagnostics>) {
    let mut creation = creation(config);
    let result = plan::plan(Some(access), Some("eu-west-1"), &mut creation).await;
    (creation, result)
}

fn summary(result: Result<(), Diagnostics>) -> String {
    result.expect_err("an error").iter().map(|diagnostic| diagnostic.summary.clone()).collect()
}

#[tokio::test]
async fn plan_decides_all_that_the_configuration_says() {
    let (server, _) = editor(NODES);
    let access = access(&server, FakeFacts { mode: "CONFIG_MAP", ..FakeFacts::default() });
    let path = AwsAuthMapRole { role_arn: format!("{P}teams/dev/app").into(), ..role("app") };
    let (plan, result) = planned(&access, path).await;
    result.expect("a plan");
    assert_eq!(plan.planned.mapped_role_arn.text(), Some(format!("{P}app").as_str()));
    assert_eq!(plan.planned.id.text(), Some(format!("blue/{P}app").as_str()));
    assert_eq!((plan.planned.region.text(), plan.planned.node_type.is_null()), (Some("eu-west-1"), true));

    let node = AwsAuthMapRole { node_type: "fargate".into(), username: Attr::Null, groups: Attr::Null, ..role("f") };
    let (plan, result) = planned(&access, node).await;
    result.expect("a plan");
    assert_eq!(
        Preset::of(&plan.planned.username, &plan.planned.groups).map(|preset| preset.node_type),
        Some("fargate")
    );
    let hybrid = AwsAuthMapRole { node_type: "hybrid".into(), username: Attr::Null, groups: Attr::Null, ..role("h") };
    assert!(summary(planned(&access, hybrid).await.1).contains("Hybrid"));
}

#[tokio::test]
async fn plan_reports_failures_and_ineffective_entries() {
    let (server, _) = editor(&format!("{NODES}{}", NODES.replace("role/ng-a", "role/team/app")));
    let facts = FakeFacts { mode: "API_AND_CONFIG_MAP", entries: vec![format!("{P}path/app")], ..FakeFacts::default() };
    let api = access(&server, FakeFacts { mode: "API", ..FakeFacts::default() });
    assert!(summary(planned(&api, role("app")).await.1).contains("ignores aws-auth"));
    let access = access(&server, facts);
    let (plan, result) = planned(&access, role("ng-a")).await;
    result.expect("a plan that can be part of an apply does not fail");
    let summaries: Vec<_> = plan.diagnostics.iter().map(|warning| warning.summary.as_str()).collect();
    assert!(summaries.contains(&"The role is already mapped"), "{summaries:?}");
    let access = Access { ledger: Arc::default(), ..access };
    access.ledger.record_state_read();
    assert!(summary(planned(&access, role("ng-a")).await.1).contains("already mapped"));
    let adopting = AwsAuthMapRole { adopt: Attr::Known(true), ..role("ng-a") };
    let access = Access { ledger: Arc::default(), ..access };
    planned(&access, adopting).await.1.expect("adoption is allowed");
    let (plan, result) = planned(&access, role("app")).await;
    result.expect("a plan");
    let warnings: Vec<_> = plan.diagnostics.iter().map(|warning| warning.summary.as_str()).collect();
    assert_eq!(warnings, ["Access entry for the role already exists", "aws-auth entry for the role has no effect"]);
}

#[tokio::test]
async fn entry_belongs_to_one_resource_of_a_run() {
    let (server, _) = editor(&format!("{NODES}{}", text("app")));
    let access = || access(&server, FakeFacts { mode: "CONFIG_MAP", ..FakeFacts::default() });
    let adopting = || AwsAuthMapRole { adopt: Attr::Known(true), ..role("app") };
    let upper = || AwsAuthMapRole { role_arn: format!("{P}path/APP").into(), ..adopting() };

    let created_twice = access();
    planned(&created_twice, adopting()).await.1.expect("the first one");
    assert!(summary(planned(&created_twice, upper()).await.1).contains("twice"));

    let tainted = access();
    let key = super::mapped::key::<AwsAuthMapRole>(&tainted.cluster, &format!("{P}App"));
    tainted.ledger.record_read(&key);
    planned(&tainted, role("app")).await.1.expect("a replacement keeps its entry");

    let renamed = access();
    renamed.ledger.record_read(&key);
    assert!(!renamed.ledger.destroy(&key));
    let told = planned(&renamed, role("app")).await.1.expect_err("an error");
    assert!(told.iter().any(|told| told.detail.contains("moved {")), "{told:?}");
}

#[tokio::test]
async fn nothing_is_deleted_that_nodes_or_the_caller_need() {
    let arn = format!("{P}ng-a");
    let group = RoleInUse { role_arn: format!("{P}path/ng-a"), user: "node group a".to_owned() };
    let facts = FakeFacts { mode: "CONFIG_MAP", roles: vec![group], caller: format!("{P}ops"), ..FakeFacts::default() };
    let check = async |facts: &FakeFacts, adopted| guard::check::<AwsAuthMapRole>(facts, "blue", &arn, adopted).await;
    assert!(matches!(check(&facts, false).await, GuardDecision::Refuse(_)));
    assert!(matches!(check(&facts, true).await, GuardDecision::Keep(_)));
    let entry = FakeFacts { mode: "API_AND_CONFIG_MAP", entries: vec![arn.clone()], ..facts.clone() };
    assert!(matches!(check(&entry, false).await, GuardDecision::Delete(warnings) if warnings.is_empty()));
    let caller = "arn:aws:sts::111122223333:assumed-role/ng-a/session".to_owned();
    let own = FakeFacts { roles: Vec::new(), caller, ..facts.clone() };
    assert!(matches!(check(&own, true).await, GuardDecision::Refuse(_)));
    let gone = FakeFacts { roles: Vec::new(), roles_before: facts.roles.clone(), ..facts.clone() };
    assert!(
        matches!(check(&gone, false).await, GuardDecision::Delete(warnings) if warnings.is_empty()),
        "the cluster does not exist"
    );
    let told = guard::check::<AwsAuthMapUser>(&facts, "blue", &arn, false).await;
    assert!(matches!(told, GuardDecision::Delete(warnings) if warnings.is_empty()), "nodes use roles");
    let free = FakeFacts { roles: Vec::new(), ..facts };
    assert!(matches!(check(&free, false).await, GuardDecision::Delete(warnings) if warnings.is_empty()));
}
