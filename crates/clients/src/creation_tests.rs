//! Two processes create objects with the same names, responses are lost, and processes are killed at any call. Each
//! object must have at most one owner, and no object is orphaned without a report.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use serde::Deserialize;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::creation_records::CreationRecords;
use crate::run_ledger::{ObjectKey, RunLedger};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Request {
    name: String,
    size: u32,
    token: String,
}

impl CreateRequest for Request {
    fn token_mut(&mut self) -> &mut String {
        &mut self.token
    }

    fn token(&self) -> &str {
        &self.token
    }
}

#[derive(Debug, Clone, PartialEq)]
struct Object {
    uid: u32,
    request: Request,
}

/// The service: names are unique, and a repeated request is recognized by its token.
#[derive(Debug, Default)]
struct Service {
    objects: BTreeMap<String, Object>,
    next: u32,
}

impl Service {
    fn create(&mut self, request: &Request) -> Result<Object, ApiError> {
        if let Some(object) = self.objects.get(&request.name) {
            let refused = || Err(ApiError::own(ErrorKind::AlreadyExists, "create", "the name is taken"));
            return if object.request == *request { Ok(object.clone()) } else { refused() };
        }
        self.next += 1;
        let object = Object { uid: self.next, request: request.clone() };
        self.objects.insert(request.name.clone(), object.clone());
        Ok(object)
    }

    fn describe(&self, name: &str) -> Result<Object, ApiError> {
        self.objects.get(name).cloned().ok_or_else(|| ApiError::own(ErrorKind::NotFound, "describe", "not found"))
    }
}

/// The result of one call.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fate {
    Answered,
    Lost,
    NotSent,
    KilledBefore,
    KilledAfter,
}

/// One process: its records, and the results of its calls.
struct Process {
    service: Arc<Mutex<Service>>,
    random: Mutex<fastrand::Rng>,
    /// One in this many calls fails.
    risk: u32,
    killed: Notify,
}

impl Process {
    fn fate(&self) -> (usize, Fate) {
        let mut random = self.random.lock().expect("no panic");
        let fates = [Fate::Lost, Fate::NotSent, Fate::KilledBefore, Fate::KilledAfter];
        let fate = if random.u32(..self.risk) == 0 { fates[random.usize(..fates.len())] } else { Fate::Answered };
        (random.usize(..4), fate)
    }

    async fn call<T>(&self, work: impl FnOnce(&mut Service) -> Result<T, ApiError>) -> Result<T, ApiError> {
        let (pauses, fate) = self.fate();
        for _ in 0..pauses {
            tokio::task::yield_now().await;
        }
        let lost = || ApiError::own(ErrorKind::Connection, "call", "connection reset by peer");
        if matches!(fate, Fate::Lost | Fate::Answered | Fate::KilledAfter) {
            let answer = work(&mut self.service.lock().expect("no panic"));
            match fate {
                Fate::Answered => return answer,
                Fate::Lost => return Err(lost()),
                _ => {}
            }
        } else if fate == Fate::NotSent {
            return Err(lost());
        }
        self.killed.notify_one();
        std::future::pending().await
    }
}

#[async_trait]
impl Creator for Process {
    type Request = Request;
    type Object = Object;

    async fn create(&self, request: &Request) -> Result<Object, ApiError> {
        self.call(|service| service.create(request)).await
    }

    async fn describe(&self, request: &Request) -> Result<Object, ApiError> {
        self.call(|service| service.describe(&request.name)).await
    }

    async fn delete(&self, request: &Request) -> Result<(), Diagnostics> {
        let deleted = self.call(|service| {
            service.objects.remove(&request.name);
            Ok(())
        });
        deleted.await.map_err(|error| error.into_diagnostic("Cannot delete", "").into())
    }
}

/// The objects of a state, by name.
type State = HashMap<String, u32>;

fn key(name: &str) -> ObjectKey {
    ObjectKey::new("object", "eu-west-1", "blue", name)
}

/// One apply of a state: creates the missing objects. Returns the names that were rejected as already existing.
async fn apply(
    process: &Process,
    records: &CreationRecords,
    state: &mut State,
    names: &[&str],
    size: u32,
) -> Vec<String> {
    let ledger = RunLedger::new(records.clone());
    state.keys().for_each(|name| ledger.record_read(&key(name)));
    let limits = Limits::new(Duration::from_secs(60), CancellationToken::new());
    let mut refused = Vec::new();
    for name in names {
        if state.contains_key(*name) {
            continue;
        }
        let request = Request { name: (*name).to_owned(), size, token: crate::generated_name::token() };
        let work = async {
            let claim = ledger.claim(key(name)).expect("one resource a name");
            let object = begin(process, &claim, &limits, "creating", request).await?;
            // A kill here orphans the object, because its record is not yet marked as returned.
            if process.fate().1 == Fate::KilledBefore {
                process.killed.notify_one();
                std::future::pending::<()>().await;
            }
            claim.record_created();
            Ok(object)
        };
        let result = tokio::select! {
            biased;
            () = process.killed.notified() => return refused,
            result = work => result,
        };
        match result {
            Ok(object) => {
                // A kill here orphans an object that was returned.
                if process.fate().1 == Fate::KilledAfter {
                    return refused;
                }
                state.insert((*name).to_owned(), object.uid);
            }
            Err(CreationError::Refused(error)) if error.kind == ErrorKind::AlreadyExists => {
                refused.push((*name).to_owned());
            }
            Err(_) => {}
        }
    }
    refused
}

fn assert_one_owner(service: &Mutex<Service>, states: [&State; 2], seed: u64) {
    let service = service.lock().expect("no panic");
    for (name, uid) in states[0] {
        assert_ne!(states[1].get(name), Some(uid), "seed {seed}: both states own {name}");
    }
    for (name, uid) in states.into_iter().flatten() {
        let live = service.objects.get(name).map(|object| object.uid);
        assert_eq!(live, Some(*uid), "seed {seed}: the object {name} of a state was deleted by the other one");
    }
}

async fn race(seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let directories = [tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory")];
    // Different directories, or two workspaces of one.
    let second = if random.bool() { 1 } else { 0 };
    let records = [
        CreationRecords::in_directory(directories[0].path()),
        CreationRecords::in_workspace(directories[second].path(), "other"),
    ];
    let service = Arc::new(Mutex::new(Service::default()));
    let mut states = [State::new(), State::new()];
    let names = ["a", "b", "c"];
    for round in 0..6 {
        let process = |random: &mut fastrand::Rng, risk| Process {
            service: Arc::clone(&service),
            random: Mutex::new(random.fork()),
            risk,
            killed: Notify::new(),
        };
        // The last rounds have no faults, so that everything recoverable has recovered.
        let risk = if round < 4 { 4 } else { u32::MAX };
        let processes = [process(&mut random, risk), process(&mut random, risk)];
        let sizes = [random.u32(1..3), random.u32(1..3)];
        let [one, two] = &mut states;
        let refused = tokio::join!(
            apply(&processes[0], &records[0], one, &names, sizes[0]),
            apply(&processes[1], &records[1], two, &names, sizes[1]),
        );
        assert_one_owner(&service, [&states[0], &states[1]], seed);
        if risk == u32::MAX {
            for (state, refused) in states.iter().zip([refused.0, refused.1]) {
                // Objects that a state does not contain are reported, regardless of their owner.
                let missing = names.iter().filter(|name| !state.contains_key(**name)).count();
                assert_eq!(refused.len(), missing, "seed {seed}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn racing_and_killed_applies_never_share_an_object() {
    for seed in 0..120 {
        race(seed).await;
    }
}

#[tokio::test(start_paused = true)]
async fn killed_apply_recovers_every_object_alone() {
    for seed in 0..60 {
        let directory = tempfile::tempdir().expect("a directory");
        let records = CreationRecords::in_directory(directory.path());
        let service = Arc::new(Mutex::new(Service::default()));
        let random = fastrand::Rng::with_seed(seed);
        let process = |random, risk| Process {
            service: Arc::clone(&service),
            random: Mutex::new(random),
            risk,
            killed: Notify::new(),
        };
        // Killed before the object is returned to Terraform core, at any call.
        let killed = process(random, 2);
        let ledger = RunLedger::new(records.clone());
        let claim = ledger.claim(key("a")).expect("the right to create it");
        let limits = Limits::new(Duration::from_secs(60), CancellationToken::new());
        let request = Request { name: "a".to_owned(), size: 1, token: crate::generated_name::token() };
        tokio::select! {
            biased;
            () = killed.killed.notified() => {}
            _ = begin(&killed, &claim, &limits, "creating", request) => {}
        }
        drop(claim);
        let mut state = State::new();
        let unharmed = process(fastrand::Rng::with_seed(seed), u32::MAX);
        assert_eq!(apply(&unharmed, &records, &mut state, &["a"], 1).await, Vec::<String>::new(), "seed {seed}");
        assert!(state.contains_key("a"), "seed {seed}");
        assert_eq!(service.lock().expect("no panic").next, 1, "seed {seed}: one object was ever created");
    }
}
