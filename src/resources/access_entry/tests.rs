//! The operations with a fake for EKS: API calls, records, and diagnostics.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::client::{AccessEntryClient, Associations, AwsAuth, Scope};
use super::fake::{EDIT, Fake, VIEW};
use super::guard::{self, GuardDecision};
use super::model::{AccessEntry, AccessScope, PolicyAssociation};
use super::plan::{PlanContext, key};
use super::validators::policy_name;
use super::{api, create, delete, plan, policies, update};
use clients::access::RoleInUse;
use clients::creation_records::CreationRecords;
use clients::errors::ErrorKind;
use clients::run_ledger::RunLedger;
use clients::wait::Limits;
use framework::blocks::{Blocks, SetBlock};
use framework::diagnostics::Diagnostics;
use framework::model::{Attr, Map, Set};
use framework::path::Path;
use framework::private::Private;
use framework::resource::{Change, Plan, Record};
use framework::tags::TagPolicy;

const OPS: &str = "arn:aws:iam::111122223333:role/team/ops";
const OTHER: &str = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAdminPolicy";

fn config() -> AccessEntry {
    AccessEntry {
        cluster_name: "blue".into(),
        principal_arn: OPS.into(),
        kind: "STANDARD".into(),
        adopt: Attr::Known(false),
        skip_lockout_guard: Attr::Known(false),
        ..AccessEntry::default()
    }
}

fn groups(names: &[&str]) -> Set<String> {
    Set::of(names.iter().map(|name| (*name).to_owned()))
}

/// A policy for the cluster, or for namespaces.
pub(super) fn policy(written: &str, namespaces: &[&str]) -> PolicyAssociation {
    let (kind, namespaces) =
        if namespaces.is_empty() { ("cluster", Attr::Null) } else { ("namespace", groups(namespaces)) };
    let scope = AccessScope { kind: kind.into(), namespaces };
    PolicyAssociation { policy_arn: written.into(), access_scope: Blocks::Known(vec![scope]) }
}

pub(super) fn with(policies: Vec<PolicyAssociation>) -> AccessEntry {
    AccessEntry { policy_association: SetBlock::of(policies), ..config() }
}

/// Returns the plan of a create: unset values are unknown.
fn to_create(config: &AccessEntry) -> Change<AccessEntry> {
    let mut planned = config.clone();
    for attr in [
        &mut planned.region,
        &mut planned.access_entry_arn,
        &mut planned.id,
        &mut planned.user_name,
        &mut planned.created_at,
        &mut planned.modified_at,
    ] {
        *attr = if attr.is_null() { Attr::Unknown } else { attr.clone() };
    }
    if planned.kubernetes_groups.is_null() {
        planned.kubernetes_groups = if planned.kind.text() == Some("STANDARD") { groups(&[]) } else { Attr::Unknown };
    }
    planned.tags_all = config.tags.known().cloned().map_or_else(|| Map::of([]), Attr::Known);
    Change { planned, ..Change::default() }
}

fn limits() -> Limits {
    Limits::new(Duration::from_secs(600), CancellationToken::new())
}

async fn creation(fake: &Fake, config: &AccessEntry) -> (Record<AccessEntry>, Result<(), Diagnostics>) {
    creation_in(&RunLedger::default(), fake, config).await
}

async fn creation_in(
    ledger: &RunLedger,
    fake: &Fake,
    config: &AccessEntry,
) -> (Record<AccessEntry>, Result<(), Diagnostics>) {
    let mut record = Record::new(None, Private::default());
    let claim = ledger.claim(key(config, "eu-west-1").expect("a key")).expect("the right to create it");
    let change = to_create(config);
    let result = create::create(&fake.access(), &claim, &TagPolicy::default(), &limits(), &change, &mut record).await;
    (record, result)
}

pub(super) async fn created(fake: &Fake, config: &AccessEntry) -> (AccessEntry, Private) {
    let (record, result) = creation(fake, config).await;
    result.expect("an entry");
    let private = record.private.clone();
    fake.changes();
    (record.into_state().expect("a created entry is recorded"), private)
}

/// Updates to another configuration. Returns the calls that change something.
async fn updated(fake: &Fake, state: &AccessEntry, private: &Private, config: &AccessEntry) -> Vec<&'static str> {
    let planned = AccessEntry {
        kubernetes_groups: if config.kubernetes_groups.is_null() {
            groups(&[])
        } else {
            config.kubernetes_groups.clone()
        },
        policy_association: config.policy_association.clone(),
        modified_at: Attr::Unknown,
        ..state.clone()
    };
    let mut plan = Plan { private: private.clone(), ..Plan::new(planned.clone(), Some(state.clone()), planned) };
    let key = key(state, "eu-west-1").expect("a known entry");
    policies::announce(fake, (&RunLedger::default(), &key), &mut plan, state).await;
    let Plan { prior, planned, private, .. } = plan;
    let change = Change { prior, planned, private: private.clone(), ..Change::default() };
    let mut record = Record::new(Some(state.clone()), private);
    let result = update::update(fake, &TagPolicy::default(), &limits(), &change, &mut record).await;
    result.expect("an update");
    fake.changes()
}

#[tokio::test(start_paused = true)]
async fn update_leaves_an_entry_of_the_same_principal() {
    let fake = Fake::default();
    let (state, private) = created(&fake, &config()).await;
    fake.world().entries.get_mut(OPS).expect("an entry").arn.push_str("-new");
    let planned = AccessEntry { kubernetes_groups: groups(&["viewers"]), ..state.clone() };
    let change = Change { prior: Some(state.clone()), planned, private: private.clone(), ..Change::default() };
    let mut record = Record::new(Some(state.clone()), private);
    let result = update::update(&fake, &TagPolicy::default(), &limits(), &change, &mut record).await;
    assert!(text(&result.expect_err("no update")).contains("another process replaced the object after the plan"));
    assert_eq!(record.state(), Some(&state));
    assert!(fake.changes().is_empty());
}

fn live_policies(fake: &Fake) -> Vec<(String, String)> {
    let found: Associations = fake.world().policies.get(OPS).cloned().unwrap_or_default();
    found.into_iter().map(|(arn, scope)| (policy_name(&arn).to_owned(), scope.kind)).collect()
}

fn text(diagnostics: &Diagnostics) -> String {
    diagnostics.iter().map(|message| format!("{}\n{}", message.summary, message.detail)).collect::<Vec<_>>().join("\n")
}

#[tokio::test(start_paused = true)]
async fn creation_associates_policies_by_name_and_keeps_how_they_are_written() {
    let fake = Fake::default();
    let (state, _) = created(&fake, &with(vec![policy("AmazonEKSViewPolicy", &[]), policy(EDIT, &["a", "b"])])).await;
    assert_eq!(
        live_policies(&fake),
        [("AmazonEKSEditPolicy".into(), "namespace".into()), ("AmazonEKSViewPolicy".into(), "cluster".into())]
    );
    let written: Vec<_> = state.policy_association.iter().filter_map(|one| one.policy_arn.text()).collect();
    assert_eq!(written, ["AmazonEKSViewPolicy", EDIT]);
    assert_eq!(state.id.text(), Some("blue:arn:aws:iam::111122223333:role/team/ops"));
    assert_eq!(state.user_name.text(), Some("arn:aws:sts::111122223333:assumed-role/ops/{{SessionName}}"));
}

#[tokio::test(start_paused = true)]
async fn creation_survives_lost_answers_and_passing_faults() {
    let fake = Fake::default();
    fake.lose_answer("CreateAccessEntry");
    fake.fail("AssociateAccessPolicy", ErrorKind::NotFound);
    fake.fail("DescribeAccessEntry", ErrorKind::NotFound);
    fake.lose_answer("AssociateAccessPolicy");
    fake.fail("CreateAccessEntry", ErrorKind::PropagationDelay);
    created(&fake, &with(vec![policy(VIEW, &[])])).await;
    assert_eq!(live_policies(&fake), [("AmazonEKSViewPolicy".into(), "cluster".into())]);
}

#[tokio::test(start_paused = true)]
async fn creation_that_fails_half_way_is_recorded() {
    let fake = Fake::default();
    let wanted = with(vec![policy(VIEW, &[]), policy(EDIT, &[])]);
    fake.fail("AssociateAccessPolicy", ErrorKind::Denied);
    let (record, result) = creation(&fake, &wanted).await;
    assert!(text(&result.expect_err("denied")).contains("terraform untaint"));
    assert!(record.state().is_some_and(|state| state.access_entry_arn.is_known()));
}

/// Records a creation that was killed in this directory.
async fn killed(fake: &Fake, directory: &std::path::Path, config: &AccessEntry) {
    let ledger = RunLedger::new(CreationRecords::in_directory(directory));
    let request = api::create_request(&to_create(config).planned, "token of a run that was killed");
    let claim = ledger.claim(key(config, "eu-west-1").expect("a key")).expect("the right to create it");
    claim.write_record(&request.client_request_token, &request);
    fake.access().client.create(&request).await.expect("an entry");
}

#[tokio::test(start_paused = true)]
async fn killed_creation_continues_in_its_directory_alone() {
    let (fake, here, elsewhere) = (Fake::default(), directory(), directory());
    let wanted = with(vec![policy(VIEW, &[])]);
    killed(&fake, here.path(), &wanted).await;
    let other = RunLedger::new(CreationRecords::in_directory(elsewhere.path()));
    let message = text(&creation_in(&other, &fake, &wanted).await.1.expect_err("of another process"));
    assert!(message.contains("import {"), "{message}");
    let ledger = RunLedger::new(CreationRecords::in_directory(here.path()));
    assert!(planned(&fake, &ledger, &wanted, None).await.0.diagnostics.is_empty(), "the plan continues the creation");
    creation_in(&ledger, &fake, &wanted).await.1.expect("continued");
    assert_eq!(live_policies(&fake).len(), 1);
    assert!(!fake.changes().contains(&"DeleteAccessEntry"));
}

#[tokio::test(start_paused = true)]
async fn killed_creation_with_other_arguments_is_replaced() {
    let (fake, here) = (Fake::default(), directory());
    killed(&fake, here.path(), &AccessEntry { kubernetes_groups: groups(&["old"]), ..config() }).await;
    let ledger = RunLedger::new(CreationRecords::in_directory(here.path()));
    creation_in(&ledger, &fake, &config()).await.1.expect("an entry");
    assert!(fake.world().entries[OPS].groups.is_empty());
    assert!(fake.changes().contains(&"DeleteAccessEntry"));
}

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().expect("a directory")
}

#[tokio::test(start_paused = true)]
async fn existing_entry_is_rejected_unless_adopted() {
    let fake = Fake::default();
    created(&fake, &AccessEntry { kubernetes_groups: groups(&["theirs"]), ..with(vec![policy(EDIT, &[])]) }).await;
    let (record, result) = creation(&fake, &with(vec![policy(VIEW, &[])])).await;
    let message = text(&result.expect_err("it exists"));
    assert!(record.state().is_none() && message.contains("adopt = true") && message.contains("import {"), "{message}");

    let adopting = AccessEntry { adopt: Attr::Known(true), ..with(vec![policy(VIEW, &[])]) };
    created(&fake, &adopting).await;
    assert_eq!(live_policies(&fake), [("AmazonEKSViewPolicy".into(), "cluster".into())]);
    assert!(fake.world().entries[OPS].groups.is_empty());

    let other = AccessEntry { kind: "EC2_LINUX".into(), policy_association: SetBlock::of([]), ..adopting };
    let message = text(&creation(&fake, &other).await.1.expect_err("another type"));
    assert!(message.contains("type = \"STANDARD\""), "{message}");
}

#[tokio::test(start_paused = true)]
async fn recently_created_equal_entry_is_not_adopted() {
    let fake = Fake::default();
    for kind in ["EC2_LINUX", "STANDARD"] {
        let entry = AccessEntry { kind: kind.into(), ..config() };
        created(&fake, &entry).await;
        assert!(text(&creation(&fake, &entry).await.1.expect_err("it exists")).contains("EKS creates some entries"));
        fake.world().entries.clear();
    }
}

#[tokio::test(start_paused = true)]
async fn update_gives_before_it_takes() {
    let fake = Fake::default();
    let (state, private) =
        created(&fake, &AccessEntry { kubernetes_groups: groups(&["a"]), ..with(vec![policy(VIEW, &[])]) }).await;
    let calls = updated(&fake, &state, &private, &with(vec![policy(EDIT, &["x"])])).await;
    assert_eq!(calls, ["AssociateAccessPolicy", "UpdateAccessEntry", "DisassociateAccessPolicy"]);
    assert_eq!(live_policies(&fake), [("AmazonEKSEditPolicy".into(), "namespace".into())]);
    // There are no changes, and then a scope changes.
    let (state, private) = (AccessEntry { kubernetes_groups: groups(&[]), ..state }, private);
    assert_eq!(updated(&fake, &state, &private, &with(vec![policy(EDIT, &["x"])])).await, Vec::<&str>::new());
    assert_eq!(updated(&fake, &state, &private, &with(vec![policy(EDIT, &[])])).await, ["AssociateAccessPolicy"]);
}

#[tokio::test(start_paused = true)]
async fn policies_belong_to_who_writes_blocks() {
    let fake = Fake::default();
    let (state, private) = created(&fake, &config()).await;
    let scope = Scope { kind: "cluster".to_owned(), ..Scope::default() };
    fake.associate("blue", OPS, VIEW, &scope).await.expect("another process associates it");
    fake.changes();
    assert_eq!(updated(&fake, &state, &private, &config()).await, Vec::<&str>::new(), "unchanged");
    let calls = updated(&fake, &state, &private, &with(vec![policy(EDIT, &[])])).await;
    assert_eq!(calls, ["AssociateAccessPolicy", "DisassociateAccessPolicy"], "the resource manages all policies");

    // Without the last block, policies that this resource associated are removed, and policies that it only read are
    // kept.
    let (state, private) =
        created(&fake, &AccessEntry { adopt: Attr::Known(true), ..with(vec![policy(EDIT, &[])]) }).await;
    assert_eq!(updated(&fake, &state, &Private::default(), &config()).await, Vec::<&str>::new());
    assert_eq!(updated(&fake, &state, &private, &config()).await, ["DisassociateAccessPolicy"]);
}

#[tokio::test(start_paused = true)]
async fn update_sends_only_planned_differences() {
    let written = AccessEntry { kubernetes_groups: groups(&["a", "b"]), ..with(vec![policy(VIEW, &[])]) };
    type Edit = (fn(&mut AccessEntry), &'static [&'static str]);
    let edits: [Edit; 5] = [
        (|planned| planned.skip_lockout_guard = Attr::Known(true), &[]),
        (|planned| planned.kubernetes_groups = groups(&["b", "c"]), &["UpdateAccessEntry"]),
        (|planned| planned.user_name = "me".into(), &["UpdateAccessEntry"]),
        (
            |planned| planned.policy_association = SetBlock::of(vec![policy(OTHER, &[])]),
            &["AssociateAccessPolicy", "DisassociateAccessPolicy"],
        ),
        (|planned| planned.tags_all = Map::of([("new".to_owned(), "1".to_owned())]), &["TagResource"]),
    ];
    for (number, (edit, calls)) in edits.into_iter().enumerate() {
        let fake = Fake::default();
        let (state, private) = created(&fake, &written).await;
        // Another process extends the entry after the plan.
        let scope = Scope { kind: "cluster".to_owned(), ..Scope::default() };
        fake.associate("blue", OPS, EDIT, &scope).await.expect("an association");
        let live = fake.world().entries.get_mut(OPS).map(|live| {
            live.groups.insert("foreign".to_owned());
            live.username = "foreign".to_owned();
            live.tags.insert("foreign".to_owned(), "1".to_owned());
            live.clone()
        });
        fake.changes();
        let mut planned = state.clone();
        edit(&mut planned);
        let change = Change {
            prior: Some(state.clone()),
            planned: planned.clone(),
            private: private.clone(),
            ..Change::default()
        };
        let mut record = Record::new(Some(state), private);
        update::update(&fake, &TagPolicy::default(), &limits(), &change, &mut record).await.expect("an update");
        assert_eq!(record.state(), Some(&planned), "{number}");
        assert_eq!(fake.changes(), calls, "{number}");
        let (mut expected, found) = (live.expect("an entry"), fake.world().entries[OPS].clone());
        match number {
            1 => expected.groups = ["b", "c", "foreign"].map(str::to_owned).into(),
            2 => expected.username = "me".to_owned(),
            4 => expected.tags.extend([("new".to_owned(), "1".to_owned())]),
            _ => {}
        }
        expected.modified_at.clone_from(&found.modified_at);
        assert_eq!(found, expected, "{number}");
        assert!(live_policies(&fake).iter().any(|(name, _)| name == "AmazonEKSEditPolicy"), "{number}");
    }
}

#[tokio::test(start_paused = true)]
async fn only_announced_policies_of_others_are_taken() {
    let fake = Fake::default();
    let (state, private) = created(&fake, &config()).await;
    let scope = Scope { kind: "cluster".to_owned(), ..Scope::default() };
    let associate = |policy: &'static str| fake.associate("blue", OPS, policy, &scope);
    associate(EDIT).await.expect("an association");
    let policy_association = with(vec![policy(VIEW, &[])]).policy_association;
    let planned = AccessEntry { policy_association, ..state.clone() };
    let mut plan = Plan { private, ..Plan::new(planned.clone(), Some(state.clone()), planned) };
    let key = key(&state, "eu-west-1").expect("a known entry");
    policies::announce(&fake, (&RunLedger::default(), &key), &mut plan, &state).await;
    assert!(text(&plan.diagnostics).contains("AmazonEKSEditPolicy will be removed"));
    associate(OTHER).await.expect("an association");
    let Plan { prior, planned, private, .. } = plan;
    let change = Change { prior, planned, private: private.clone(), ..Change::default() };
    let mut record = Record::new(Some(state), private);
    update::update(&fake, &TagPolicy::default(), &limits(), &change, &mut record).await.expect("an update");
    let names: Vec<_> = live_policies(&fake).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["AmazonEKSAdminPolicy", "AmazonEKSViewPolicy"]);
}

#[tokio::test(start_paused = true)]
async fn failed_update_records_what_it_has_changed() {
    let fake = Fake::default();
    let (state, private) = created(&fake, &with(vec![policy(VIEW, &[])])).await;
    let planned = AccessEntry { modified_at: Attr::Unknown, ..with(vec![policy(EDIT, &[])]) };
    let planned = AccessEntry { policy_association: planned.policy_association, ..state.clone() };
    let change = Change { prior: Some(state.clone()), planned, private: private.clone(), ..Change::default() };
    let mut record = Record::new(Some(state), private);
    fake.fail("DisassociateAccessPolicy", ErrorKind::Denied);
    let result = update::update(&fake, &TagPolicy::default(), &limits(), &change, &mut record).await;
    assert!(result.is_err());
    assert_eq!(record.state().map(|state| state.policy_association.iter().count()), Some(2));
}

#[tokio::test(start_paused = true)]
async fn delete_waits_for_removal_and_tolerates_missing_entry() {
    let fake = Fake::default();
    created(&fake, &config()).await;
    fake.lose_answer("DeleteAccessEntry");
    for _ in 0..2 {
        delete::delete(&fake, &limits(), "blue", OPS).await.expect("deleted");
    }
    assert!(fake.world().entries.is_empty());
}

#[tokio::test]
async fn deletion_that_causes_lockout_is_prevented() {
    let fake = Fake::default();
    created(&fake, &config()).await;
    let check = async |adopted| match guard::deletion(&fake.access(), "blue", OPS, adopted).await {
        GuardDecision::Delete(None) => "delete".to_owned(),
        GuardDecision::Delete(Some(told)) | GuardDecision::Keep(told) | GuardDecision::Refuse(told) => told.summary,
    };
    assert_eq!(check(false).await, "delete");
    fake.world().caller = "arn:aws:sts::111122223333:assumed-role/ops/jane".to_owned();
    assert_eq!(check(false).await, "Caller would lose access to the cluster");
    // aws-auth grants the caller access if the mode supports it.
    let plain = "- rolearn: arn:aws:iam::111122223333:role/OPS\n  username: ops\n";
    fake.world().aws_auth = AwsAuth { roles: plain.to_owned(), users: String::new() };
    assert_eq!(check(false).await, "delete");
    fake.world().mode = "API".to_owned();
    assert_eq!(check(false).await, "Caller would lose access to the cluster");

    fake.world().caller = "arn:aws:iam::111122223333:user/jane".to_owned();
    fake.world().roles_in_use.push(RoleInUse { role_arn: OPS.to_owned(), user: "node group a".to_owned() });
    assert_eq!(
        (check(false).await, check(true).await),
        ("Nodes would lose access to the cluster".into(), "Access entry was kept".into())
    );
    fake.fail("GetCallerIdentity", ErrorKind::Denied);
    assert_eq!(check(false).await, "Use of the access entry was not checked");
}

#[tokio::test]
async fn update_that_reduces_caller_permissions_is_detected() {
    let fake = Fake::default();
    fake.world().caller = "arn:aws:sts::111122223333:assumed-role/ops/jane".to_owned();
    let prior =
        AccessEntry { kubernetes_groups: groups(&["a"]), ..with(vec![policy(VIEW, &["x", "y"]), policy(EDIT, &[])]) };
    let at = async |planned: AccessEntry| {
        let found = guard::reduction(&fake.access(), &prior, &planned, true).await.expect("an answer");
        found.map(|found| found.path.map(|path| path.to_string()).unwrap_or_default())
    };
    let of = |names: &[&str], policies: Vec<PolicyAssociation>| AccessEntry {
        kubernetes_groups: groups(names),
        policy_association: SetBlock::of(policies),
        ..prior.clone()
    };
    let all = || vec![policy(VIEW, &["x", "y"]), policy(EDIT, &[])];
    assert_eq!(at(of(&["a", "b"], all())).await, None);
    assert_eq!(at(of(&["b"], all())).await.as_deref(), Some("kubernetes_groups"));
    for fewer in [
        vec![policy(VIEW, &["x", "y"])],
        vec![policy(VIEW, &["x"]), policy(EDIT, &[])],
        vec![policy(VIEW, &["x", "y"]), policy(EDIT, &["x"])],
    ] {
        assert_eq!(at(of(&["a"], fewer)).await.as_deref(), Some("policy_association"));
    }
    assert_eq!(at(of(&["a"], vec![policy("AmazonEKSViewPolicy", &[]), policy(EDIT, &[])])).await, None, "more is fine");
    fake.world().caller = "arn:aws:iam::111122223333:user/jane".to_owned();
    assert_eq!(at(of(&[], vec![])).await, None, "another process");
}

/// Plans a create or an update in a run.
async fn planned(
    fake: &Fake,
    ledger: &RunLedger,
    config: &AccessEntry,
    prior: Option<(&AccessEntry, &Private)>,
) -> (Plan<AccessEntry>, Result<(), Diagnostics>) {
    let planned = match prior {
        None => to_create(config).planned,
        Some((prior, _)) => AccessEntry {
            policy_association: config.policy_association.clone(),
            kubernetes_groups: config.kubernetes_groups.clone(),
            ..prior.clone()
        },
    };
    let private = prior.map(|(_, private)| private.clone()).unwrap_or_default();
    let prior = prior.map(|(prior, _)| prior.clone());
    let mut plan = Plan { private, ..Plan::new(config.clone(), prior, planned) };
    let access = fake.access();
    let ground = PlanContext { access: &access, ledger, region: "eu-west-1" };
    let result = plan::plan(Some(&ground), &mut plan).await;
    (plan, result)
}

#[tokio::test]
async fn config_map_only_cluster_is_rejected_with_alternative() {
    let fake = Fake::default();
    fake.world().mode = "CONFIG_MAP".to_owned();
    let error = planned(&fake, &RunLedger::default(), &config(), None).await.1.expect_err("no entries");
    let message = text(&error);
    assert!(message.contains("API_AND_CONFIG_MAP") && message.contains("ekscompute_aws_auth_map_role"), "{message}");
    assert_eq!(error.iter().next().and_then(|one| one.path.clone()), Some(Path::attribute("cluster_name")));
}

#[tokio::test]
async fn unknown_policy_is_rejected_with_available_policies() {
    let fake = Fake::default();
    let plan = planned(&fake, &RunLedger::default(), &with(vec![policy("AmazonEKSVeiwPolicy", &[])]), None).await.0;
    let message = text(&plan.diagnostics);
    assert!(plan.diagnostics.has_error() && message.contains("AmazonEKSEditPolicy, AmazonEKSViewPolicy"), "{message}");
    let china =
        AccessEntry { principal_arn: "arn:aws-cn:iam::111122223333:role/x".into(), ..with(vec![policy(VIEW, &[])]) };
    assert!(planned(&fake, &RunLedger::default(), &china, None).await.0.diagnostics.is_empty());
    fake.fail("ListAccessPolicies", ErrorKind::Denied);
    let plan = planned(&fake, &RunLedger::default(), &with(vec![policy(VIEW, &[])]), None).await.0;
    assert!(!plan.diagnostics.has_error() && text(&plan.diagnostics).contains("eks:ListAccessPolicies"));
}

#[tokio::test]
async fn principal_with_an_entry_is_an_error_in_the_plan() {
    let fake = Fake::default();
    created(&fake, &AccessEntry { kubernetes_groups: groups(&["theirs"]), ..config() }).await;
    let run = RunLedger::default();
    run.record_state_read();
    let plan = planned(&fake, &run, &config(), None).await.0;
    let message = text(&plan.diagnostics);
    assert!(plan.diagnostics.has_error() && message.contains("already exists"), "{message}");
    // A run that does not read a state can be an apply, in which the plan must not fail.
    assert!(!planned(&fake, &RunLedger::default(), &config(), None).await.0.diagnostics.has_error());
    // An entry in state is tainted and is deleted first.
    let run = RunLedger::default();
    run.record_in_state(&key(&config(), "eu-west-1").expect("a key"));
    assert!(planned(&fake, &run, &config(), None).await.0.diagnostics.is_empty());
    // Adopting another entry reports the policies that are removed, and a type that cannot change.
    fake.world().policies.insert(OPS.to_owned(), [(EDIT.to_owned(), Scope::default())].into());
    let adopting = AccessEntry { adopt: Attr::Known(true), ..with(vec![policy(VIEW, &[])]) };
    let plan = planned(&fake, &RunLedger::default(), &adopting, None).await.0;
    assert!(text(&plan.diagnostics).contains("AmazonEKSEditPolicy will be removed"), "{:?}", plan.diagnostics);
    let other = AccessEntry { kind: "EC2".into(), ..adopting };
    assert!(planned(&fake, &RunLedger::default(), &other, None).await.0.diagnostics.has_error());
}

#[tokio::test]
async fn plan_reports_removed_and_kept_unmanaged_policies() {
    let fake = Fake::default();
    let (bare, private) = created(&fake, &config()).await;
    fake.world().policies.insert(OPS.to_owned(), [(EDIT.to_owned(), Scope::default())].into());
    let plan = planned(&fake, &RunLedger::default(), &with(vec![policy(VIEW, &[])]), Some((&bare, &private))).await.0;
    assert!(text(&plan.diagnostics).contains("will lose unmanaged policies"));

    // After an import without blocks, the policies are kept.
    let imported = AccessEntry { policy_association: SetBlock::of([policy(EDIT, &[])]), ..bare };
    let plan = planned(&fake, &RunLedger::default(), &config(), Some((&imported, &Private::default()))).await.0;
    assert!(text(&plan.diagnostics).contains("keeps its policies"), "{:?}", plan.diagnostics);
    let mut owned = Private::default();
    owned.set("owns_policies", &true);
    let plan = planned(&fake, &RunLedger::default(), &config(), Some((&imported, &owned))).await.0;
    assert!(plan.diagnostics.is_empty());
}

#[tokio::test]
async fn plan_removes_unset_groups_and_rejects_duplicate_entry() {
    let fake = Fake::default();
    let (state, private) = created(&fake, &AccessEntry { kubernetes_groups: groups(&["a"]), ..config() }).await;
    let run = RunLedger::default();
    let plan = planned(&fake, &run, &config(), Some((&state, &private))).await.0;
    assert_eq!(plan.planned.kubernetes_groups, groups(&[]));
    // Also a copy with identical arguments.
    let twice = planned(&fake, &run, &config(), None).await.0;
    assert!(text(&twice.diagnostics).contains("configured twice"));
}
