//! The operations with fake clusters.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::fake::{Fake, FakeCluster, refusal};
use super::list::search;
use super::resource::{delete, enable, read, settle, update};
use super::*;
use clients::errors::ErrorKind;
use clients::kube::FIELD_MANAGER_CONFLICT;
use clients::partial_read::PartialReads;
use clients::run_ledger::{ObjectKey, RunLedger};
use clients::wait::Limits;
use framework::diagnostics::Diagnostics;
use framework::list::ListSink;
use framework::model::Attr;
use framework::private::Private;
use framework::resource::{Change, Plan, Record};

fn limits() -> Limits {
    Limits::new(Duration::from_secs(60), CancellationToken::new())
}

pub(super) fn model(force: bool) -> WindowsSupport {
    WindowsSupport {
        cluster_name: "demo".into(),
        force_conflicts: Attr::Known(force),
        region: "eu-west-1".into(),
        enabled: Attr::Known(true),
        id: "demo".into(),
        ..WindowsSupport::default()
    }
}

fn plan(prior: Option<WindowsSupport>, force: bool) -> Plan<WindowsSupport> {
    let config = WindowsSupport { cluster_name: "demo".into(), ..WindowsSupport::default() };
    let planned = WindowsSupport { region: Attr::Unknown, ..model(force) };
    Plan::new(config, prior, planned)
}

pub(super) fn cluster(value: Option<&str>) -> FakeCluster {
    FakeCluster { value: value.map(str::to_owned), linux: true, ..FakeCluster::default() }
}

fn key() -> ObjectKey {
    ObjectKey::new("Windows support", "eu-west-1", "demo", "key")
}

async fn check(fake: &Fake, plan: &mut Plan<WindowsSupport>) -> Result<(), Diagnostics> {
    super::resource::check(fake, &RunLedger::default(), Some(&key()), plan).await
}

fn summaries(diagnostics: &Diagnostics) -> Vec<&str> {
    diagnostics.iter().map(|each| each.summary.as_str()).collect()
}

#[tokio::test]
async fn plan_of_new_resource_runs_dry_run() {
    let fake = Fake::with("demo", cluster(None));
    let mut plan = plan(None, false);
    settle(&mut plan, Some("eu-west-1"));
    check(&fake, &mut plan).await.unwrap();
    assert_eq!(plan.planned, model(false));
    assert_eq!(summaries(&plan.diagnostics), Vec::<&str>::new());
    assert_eq!(fake.world().calls, ["ip_family", "may_run_linux", "read", "try"]);
    assert_eq!(fake.world().clusters["demo"].value, None, "a plan changes nothing");
}

#[tokio::test]
async fn plan_sends_no_requests_if_already_enabled() {
    let fake = Fake::with("demo", cluster(Some("true")));
    check(&fake, &mut plan(Some(model(false)), false)).await.unwrap();
    assert_eq!(fake.world().calls, Vec::<&str>::new());
}

#[tokio::test]
async fn ipv6_and_foreign_owners_are_errors_of_the_plan() {
    let ipv6 = FakeCluster { ipv6: true, ..cluster(None) };
    let refused = check(&Fake::with("demo", ipv6), &mut plan(None, false)).await.unwrap_err();
    assert_eq!(summaries(&refused), ["Windows nodes do not support IPv6"]);

    let owned = FakeCluster { owner: Some("eks"), ..cluster(Some("false")) };
    let refused = check(&Fake::with("demo", owned.clone()), &mut plan(None, false)).await.unwrap_err();
    let error = refused.iter().next().unwrap();
    assert_eq!(error.summary, "Field manager conflict for enable-windows-ipam of cluster demo");
    assert!(error.detail.contains("force_conflicts = true"), "{}", error.detail);
    check(&Fake::with("demo", owned), &mut plan(None, true)).await.unwrap();
}

#[tokio::test]
async fn update_sets_the_key_only_if_planned() {
    let off = WindowsSupport { enabled: Attr::Known(false), ..model(false) };
    let timed = WindowsSupport { region: "eu-west-2".into(), ..model(false) };
    for (prior, planned, calls) in [
        (model(false), timed, 0),
        (model(true), model(false), 0),
        (model(false), model(true), 0),
        (off.clone(), model(false), 1),
        (off, model(true), 1),
    ] {
        let fake = Fake::with("demo", cluster(None));
        let change = Change { prior: Some(prior), planned, ..Change::default() };
        update(&fake, &limits(), &change).await.unwrap();
        assert_eq!(fake.world().calls.len(), calls, "{change:?}");
    }
}

#[tokio::test]
async fn a_cluster_without_linux_is_worth_a_warning() {
    let mut plan = plan(None, false);
    check(&Fake::with("demo", FakeCluster { linux: false, ..cluster(None) }), &mut plan).await.unwrap();
    assert_eq!(summaries(&plan.diagnostics), ["No Linux nodes"]);
}

#[tokio::test]
async fn plan_reports_a_key_that_is_already_true() {
    let ours = FakeCluster { is_ours: true, ..cluster(Some("true")) };
    for (found, force, reported) in [
        (cluster(Some("true")), false, true),
        (cluster(Some("true")), true, false),
        (ours.clone(), false, true),
        (ours.clone(), true, true),
    ] {
        let fake = Fake::with("demo", found);
        // A plan that can be part of an apply does not fail.
        let mut warned = plan(None, force);
        check(&fake, &mut warned).await.unwrap();
        assert_eq!(!warned.diagnostics.is_empty(), reported);
        assert!(!warned.diagnostics.has_error());
        let ledger = RunLedger::default();
        ledger.record_state_read();
        let mut refused = plan(None, force);
        super::resource::check(&fake, &ledger, Some(&key()), &mut refused).await.unwrap();
        assert_eq!(refused.diagnostics.has_error(), reported);
    }
    // A state in this run contains the key and replaces it.
    let ledger = RunLedger::default();
    ledger.record_read(&key());
    let mut replaced = plan(None, false);
    super::resource::check(&Fake::with("demo", ours), &ledger, Some(&key()), &mut replaced).await.unwrap();
    assert!(replaced.diagnostics.is_empty());
}

#[tokio::test]
async fn a_cluster_of_the_same_apply_is_not_asked() {
    let fake = Fake::default();
    check(&fake, &mut plan(None, false)).await.unwrap();
    assert_eq!(fake.world().calls, ["ip_family"]);
}

#[tokio::test]
async fn denied_dry_run_does_not_fail_plan() {
    let fake = Fake::with("demo", cluster(Some("false")));
    fake.world().errors.push(refusal(ErrorKind::Denied, "Forbidden"));
    let prior = WindowsSupport { enabled: Attr::Known(false), ..model(false) };
    check(&fake, &mut plan(Some(prior), false)).await.unwrap();
    assert_eq!(fake.world().calls, ["try"]);
}

#[tokio::test(start_paused = true)]
async fn passing_errors_are_outlived() {
    let fake = Fake::with("demo", cluster(None));
    fake.world().errors = vec![refusal(ErrorKind::Server, "InternalError"), refusal(ErrorKind::InUse, "CREATING")];
    enable(&fake, &limits(), &model(false)).await.unwrap();
    assert_eq!(fake.world().clusters["demo"].value.as_deref(), Some("true"));
    fake.world().errors = vec![refusal(ErrorKind::Conflict, "Conflict"), refusal(ErrorKind::Throttled, "later")];
    delete(&fake, &limits(), "demo", &mut Diagnostics::new()).await.unwrap();
    assert_eq!(fake.world().clusters["demo"].value, None);
}

#[tokio::test]
async fn another_owner_is_final() {
    let fake = Fake::with("demo", FakeCluster { owner: Some("eks"), ..cluster(Some("false")) });
    let refused = enable(&fake, &limits(), &model(false)).await.unwrap_err();
    assert_eq!(summaries(&refused), ["Field manager conflict for enable-windows-ipam of cluster demo"]);
    assert_eq!(fake.world().calls.len(), 1);
    assert_eq!(refusal(ErrorKind::Conflict, FIELD_MANAGER_CONFLICT).kind, ErrorKind::Conflict);
}

#[tokio::test]
async fn reading_tells_off_from_gone() {
    for (value, expected) in [(Some("true"), Some(true)), (Some("false"), Some(false)), (None, None)] {
        let mut record = Record::new(Some(model(false)), Private::default());
        read(&Fake::with("demo", cluster(value)), model(false), "eu-west-1", &PartialReads::default(), &mut record)
            .await
            .unwrap();
        assert_eq!(record.state().map(|state| state.enabled), expected.map(Attr::Known), "{value:?}");
    }
    let mut record = Record::new(Some(model(false)), Private::default());
    read(&Fake::default(), model(false), "eu-west-1", &PartialReads::default(), &mut record).await.unwrap();
    assert_eq!(record.state(), None, "the cluster was deleted");
}

#[tokio::test]
async fn a_cluster_that_does_not_answer_is_not_taken_for_gone() {
    let fake = Fake::with("demo", cluster(Some("true")));
    fake.world().errors.push(refusal(ErrorKind::Denied, "Unauthorized"));
    let mut record = Record::new(Some(model(false)), Private::default());
    read(&fake, model(false), "eu-west-1", &PartialReads::default(), &mut record).await.unwrap();
    assert_eq!(summaries(&record.diagnostics), ["Unable to read Kubernetes objects in cluster demo"]);
    assert_eq!(record.state(), Some(&model(false)));
    let imported = WindowsSupport { cluster_name: "demo".into(), ..WindowsSupport::default() };
    fake.world().errors.push(refusal(ErrorKind::Denied, "Unauthorized"));
    let refused = read(&fake, imported, "eu-west-1", &PartialReads::default(), &mut record).await.unwrap_err();
    assert_eq!(summaries(&refused), ["Unable to read Windows support for cluster demo"]);
}

#[tokio::test]
async fn an_import_knows_the_name_only() {
    let imported = WindowsSupport { cluster_name: "demo".into(), ..WindowsSupport::default() };
    let mut record = Record::new(Some(imported.clone()), Private::default());
    read(&Fake::with("demo", cluster(Some("true"))), imported, "eu-west-1", &PartialReads::default(), &mut record)
        .await
        .unwrap();
    assert_eq!(record.state(), Some(&model(false)));
}

#[tokio::test]
async fn delete_keeps_key_of_other_field_manager_and_warns() {
    let fake = Fake::with("demo", FakeCluster { declared_by: Some("eks"), ..cluster(Some("true")) });
    let mut told = Diagnostics::new();
    delete(&fake, &limits(), "demo", &mut told).await.unwrap();
    assert_eq!(summaries(&told), ["Windows support for cluster demo remains enabled"]);
    delete(&Fake::default(), &limits(), "demo", &mut Diagnostics::new()).await.unwrap();
}

#[tokio::test]
async fn search_skips_disabled_and_unreachable_clusters() {
    let fake = Fake::with("a", cluster(Some("true")));
    for (name, value) in [("b", None), ("c", Some("false")), ("d", Some("true"))] {
        fake.world().clusters.insert(name.to_owned(), cluster(value));
    }
    fake.world().errors.push(refusal(ErrorKind::Connection, "no answer"));
    let (sender, mut receiver) = mpsc::channel(8);
    let mut sink = ListSink::new(sender, 10, true);
    search(&fake, None, "eu-west-1", &mut sink).await.unwrap();
    drop(sink);
    let found = receiver.recv().await.unwrap();
    assert_eq!((found.display_name.as_str(), receiver.recv().await.is_none()), ("d", true));
    assert_eq!(found.object.unwrap().id, "d".into());

    fake.world().errors.push(refusal(ErrorKind::Connection, "no answer"));
    let mut sink = ListSink::new(mpsc::channel(8).0, 10, true);
    let refused = search(&fake, Some("a"), "eu-west-1", &mut sink).await.unwrap_err();
    assert_eq!(summaries(&refused), ["Unable to read Windows support for cluster a"]);
}

#[tokio::test]
async fn plan_reports_invalid_credentials_and_denied_queries() {
    let fake = Fake::with("demo", cluster(None));
    // The errors are taken from the end.
    fake.world().errors.push(refusal(ErrorKind::Denied, "InvalidClientTokenId"));
    fake.world().errors[0].service = "EKS";
    let mut refused = plan(None, false);
    let told = check(&fake, &mut refused).await.unwrap_err();
    assert_eq!(summaries(&told), ["Credentials are not valid"]);

    let forbidden = refusal(ErrorKind::Denied, "Forbidden");
    let mut fine = plan(Some(WindowsSupport { enabled: Attr::Known(false), ..model(false) }), false);
    fake.world().errors.push(forbidden);
    check(&fake, &mut fine).await.unwrap();
    assert_eq!(summaries(&fine.diagnostics), ["Unable to query cluster demo during plan"]);
    assert!(!fine.diagnostics.has_error());
}
