//! Two states with one key: any order of their calls, and a kill at each call.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::client::{CONFIG_MAP, KEY, Key, NAMESPACE, Removal, WindowsSupportClient};
use super::create::create;
use super::kube;
use clients::creation_records::CreationRecords;
use clients::errors::ApiError;
use clients::kube::fake::Fake;
use clients::kube::stage::{Kill, Process, interleaved};
use clients::kube::{CREATION_TOKEN, FIELD_MANAGER, Object};
use clients::run_ledger::{ObjectKey, RunLedger};
use clients::wait::Limits;
use framework::diagnostics::Diagnostics;

struct OneCluster(Arc<Process>);

#[async_trait]
impl WindowsSupportClient for OneCluster {
    async fn clusters(&self) -> Result<Vec<String>, ApiError> {
        Ok(Vec::new())
    }

    async fn ip_family(&self, _: &str) -> Result<String, ApiError> {
        Ok("ipv4".to_owned())
    }

    async fn may_run_linux(&self, _: &str) -> Result<bool, ApiError> {
        Ok(true)
    }

    async fn read(&self, _: &str) -> Result<Option<Key>, ApiError> {
        kube::read(&*self.0).await
    }

    async fn create(&self, _: &str, force: bool, token: &str) -> Result<(), ApiError> {
        kube::create(&*self.0, force, token).await
    }

    async fn complete(&self, _: &str) -> Result<(), ApiError> {
        kube::complete(&*self.0).await
    }

    async fn enable(&self, _: &str, force: bool, dry_run: bool) -> Result<(), ApiError> {
        kube::enable(&*self.0, force, dry_run).await
    }

    async fn disable(&self, _: &str) -> Result<Removal, ApiError> {
        kube::disable(&*self.0).await
    }
}

/// Clusters without the ConfigMap, and with settings of the VPC CNI in it.
fn worlds() -> impl Iterator<Item = Arc<Fake>> {
    [None, Some(json!({"warm-ip-target": "1"}))].into_iter().map(|data| {
        let fake = Arc::new(Fake::default());
        if let Some(data) = data {
            fake.put(&object(), "eks", "Apply", json!({"data": data}));
        }
        fake
    })
}

fn object() -> Object {
    Object::config_map(NAMESPACE, CONFIG_MAP)
}

fn directory() -> TempDir {
    tempfile::tempdir().expect("a directory")
}

async fn apply(process: Arc<Process>, place: &Path, force: bool) -> Result<(), Diagnostics> {
    let ledger = RunLedger::new(CreationRecords::in_directory(place));
    let claim = ledger.claim(ObjectKey::new("key", "eu-west-1", "demo", KEY)).expect("the right to create it");
    let limits = Limits::new(Duration::from_secs(300), CancellationToken::new());
    create(&OneCluster(process), &claim, &limits, "demo", force).await??;
    claim.record_created();
    Ok(())
}

/// Checks that this provider declares the key, and that no data of the creation remains.
#[track_caller]
fn assert_created(fake: &Fake) {
    let live = fake.object(&object()).expect("a ConfigMap");
    assert_eq!(live["data"][KEY], "true", "{live}");
    assert!(live["metadata"]["annotations"][CREATION_TOKEN].is_null(), "{live}");
    let managers = live["metadata"]["managedFields"].as_array().expect("managers");
    let ours: Vec<&Value> = managers.iter().filter(|each| each["manager"] == FIELD_MANAGER).collect();
    assert_eq!(ours.len(), 1, "{live}");
    assert_eq!(
        (&ours[0]["operation"], &ours[0]["fieldsV1"]),
        (&json!("Apply"), &json!({"f:data": {(format!("f:{KEY}")): {}}}))
    );
}

fn detail(refused: &Diagnostics) -> &str {
    refused.iter().next().map_or("", |each| each.detail.as_str())
}

#[tokio::test(start_paused = true)]
async fn of_two_states_one_owns_the_key() {
    const CALLS: u32 = 10;
    let (here, elsewhere) = (directory(), directory());
    // All orders require over a minute in this suite. With an odd step, each call is early in some orders and late in
    // others.
    for schedule in (0..1 << CALLS).step_by(7) {
        for fake in worlds() {
            let [one, two] = [0, 1].map(|_| Process::in_turns(Arc::clone(&fake) as _));
            let first = apply(Arc::clone(&one), here.path(), schedule & 1 == 1);
            let second = apply(Arc::clone(&two), elsewhere.path(), false);
            let (one, two) = interleaved(schedule, CALLS, (&*one, first), (&*two, second)).await;
            assert!(one.is_ok() != two.is_ok(), "{schedule:b}: {one:?} {two:?}");
            let ((Err(refused), _) | (_, Err(refused))) = (one, two) else { unreachable!() };
            assert!(detail(&refused).contains("import {"), "{refused:?}");
            assert_created(&fake);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn creation_killed_at_any_call_recovers() {
    let mut kills = Vec::new();
    for index in 0..worlds().count() {
        kills.push(0);
        for kill in Kill::all() {
            let fake = worlds().nth(index).expect("a world");
            let (here, elsewhere) = (directory(), directory());
            let process = Process::new(Arc::clone(&fake) as _, Some(kill));
            if process.lifetime(apply(Arc::clone(&process), here.path(), false)).await.is_some() {
                break;
            }
            kills[index] += 1;
            let again = || Process::new(Arc::clone(&fake) as _, None);
            let is_created = fake.object(&object()).is_some_and(|live| live["data"][KEY] == "true");
            if is_created {
                apply(again(), elsewhere.path(), false).await.expect_err("another state does not own it");
            }
            apply(again(), here.path(), false).await.expect("recovered");
            assert_created(&fake);
        }
    }
    assert_eq!(kills, [10, 8], "before and after the effect of each call");
}

#[tokio::test]
async fn key_of_another_manager_is_taken_only_by_force() {
    let fake = Arc::new(Fake::default());
    fake.put(&object(), "eks", "Apply", json!({"data": {KEY: "true"}}));
    let process = || Process::new(Arc::clone(&fake) as _, None);
    let refused = apply(process(), directory().path(), false).await.expect_err("nothing is adopted");
    assert!(detail(&refused).contains("import {") && detail(&refused).contains("force_conflicts"), "{refused:?}");
    apply(process(), directory().path(), true).await.expect("ownership is forced");
    let refused = apply(process(), directory().path(), true).await.expect_err("another state of this provider has it");
    assert!(detail(&refused).contains("import {") && !detail(&refused).contains("force_conflicts"), "{refused:?}");
}
