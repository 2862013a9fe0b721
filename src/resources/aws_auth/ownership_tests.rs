//! Two states with one entry: any order of their calls, and a kill at each call.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::create::create;
use super::editor::{Done, EditError, Editor};
use super::fake::FakeServer;
use clients::creation_records::CreationRecords;
use clients::kube::CREATION_TOKEN;
use clients::kube::stage::{Kill, Process, interleaved};
use clients::run_ledger::{ObjectKey, RunLedger};
use clients::wait::Limits;
use render::aws_auth::{Entry, Mapping, Refusal};

const ARN: &str = "arn:aws:iam::111122223333:role/x";

fn entry(username: &str) -> Entry {
    Entry { arn: ARN.to_owned(), username: username.to_owned(), groups: vec!["g".to_owned()] }
}

fn text(username: &str) -> String {
    format!("- groups:\n  - g\n  rolearn: {ARN}\n  username: {username}\n")
}

fn directory() -> TempDir {
    tempfile::tempdir().expect("a directory")
}

async fn apply(process: Arc<Process>, place: &Path, username: &str) -> Result<Done, EditError> {
    let ledger = RunLedger::new(CreationRecords::in_directory(place));
    let claim = ledger.claim(ObjectKey::new("entry", "eu-west-1", "blue", ARN)).expect("the right to create it");
    let limits = Limits::new(Duration::from_secs(300), CancellationToken::new());
    let wanted = (Mapping::Roles, entry(username));
    let done = create(&Editor::new(process), &claim, &limits, wanted, false).await?;
    claim.record_created();
    Ok(done)
}

/// Checks that the ConfigMap contains no data of the creation.
fn assert_clean(server: &FakeServer) {
    let object = server.object().expect("a ConfigMap");
    assert!(object["metadata"]["annotations"][CREATION_TOKEN].is_null(), "{object}");
}

#[tokio::test(start_paused = true)]
async fn of_two_states_one_owns_the_entry() {
    const CALLS: u32 = 9;
    let (here, elsewhere) = (directory(), directory());
    // All orders require over a minute in this suite. With an odd step, each call is early in some orders and late in
    // others.
    for schedule in (0..1 << CALLS).step_by(7) {
        for before in ["", &text("other").replace("role/x", "role/y")] {
            let server = Arc::new(FakeServer::with(before));
            let [one, two] = [0, 1].map(|_| Process::in_turns(Arc::clone(&server) as _));
            let first = apply(Arc::clone(&one), here.path(), "x");
            let second = apply(Arc::clone(&two), elsewhere.path(), "x");
            let (one, two) = interleaved(schedule, CALLS, (&*one, first), (&*two, second)).await;
            assert!(one.is_ok() != two.is_ok(), "{schedule:b}: {one:?} {two:?}");
            let ((Err(refused), _) | (_, Err(refused))) = (one, two) else { unreachable!() };
            assert!(matches!(refused, EditError::Refused(Refusal::Exists { .. })), "{refused:?}");
            assert_eq!(server.roles(), format!("{before}{}", text("x")));
            assert_clean(&server);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn creation_killed_at_any_call_recovers() {
    let mut kills = 0;
    for kill in Kill::all() {
        let (server, here, elsewhere) = (Arc::new(FakeServer::with("")), directory(), directory());
        let process = Process::new(Arc::clone(&server) as _, Some(kill));
        if process.lifetime(apply(Arc::clone(&process), here.path(), "x")).await.is_some() {
            break;
        }
        kills += 1;
        let again = || Process::new(Arc::clone(&server) as _, None);
        if !server.roles().is_empty() {
            let other = apply(again(), elsewhere.path(), "x").await;
            assert!(matches!(other, Err(EditError::Refused(_))), "{kill:?}: {other:?}");
        }
        // The values have changed.
        apply(again(), here.path(), "z").await.expect("recovered");
        assert_eq!(server.roles(), text("z"), "{kill:?}");
        assert_clean(&server);
    }
    assert_eq!(kills, 8, "before and after the effect of each call");
}
