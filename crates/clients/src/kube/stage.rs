//! Two processes and one cluster: a test determines the order of calls, and the call after which a process is killed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use serde_json::Value as Json;
use tokio::sync::{Notify, Semaphore};
use tokio::task::yield_now;

use super::definitions::Definition;
use super::{Apply, Delete, Kind, KubernetesApi, Object, Patch};
use crate::errors::ApiError;

/// How many times other tasks can run before a process must have sent its call.
const SWITCHES: usize = 20;

/// The connection of one process to the cluster.
pub struct Process {
    cluster: Arc<dyn KubernetesApi>,
    calls: AtomicUsize,
    /// The calls that can start now.
    turns: Semaphore,
    kill: Option<Kill>,
    killed: Notify,
}

/// The call at which a process is killed.
#[derive(Debug, Clone, Copy)]
pub struct Kill {
    pub call: usize,
    /// Whether the call still takes effect.
    pub takes_effect: bool,
}

impl Kill {
    /// A kill before and a kill after the effect of each call.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..).flat_map(|call| [false, true].map(|takes_effect| Self { call, takes_effect }))
    }
}

impl std::fmt::Debug for Process {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Process")
    }
}

impl Process {
    /// Creates a process that sends its calls at any time, until it is killed.
    pub fn new(cluster: Arc<dyn KubernetesApi>, kill: Option<Kill>) -> Arc<Self> {
        let turns = Semaphore::new(Semaphore::MAX_PERMITS);
        Arc::new(Self { cluster, calls: AtomicUsize::new(0), turns, kill, killed: Notify::new() })
    }

    /// Creates a process that sends its calls in its turn.
    pub fn in_turns(cluster: Arc<dyn KubernetesApi>) -> Arc<Self> {
        let turns = Semaphore::new(0);
        Arc::new(Self { cluster, calls: AtomicUsize::new(0), turns, kill: None, killed: Notify::new() })
    }

    /// Runs the process until it ends. Returns `None` if it is killed first.
    pub async fn lifetime<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.killed.notified() => None,
            answer = work => Some(answer),
        }
    }

    async fn call<T>(&self, work: impl Future<Output = T>) -> T {
        self.turns.acquire().await.expect("an open semaphore").forget();
        let number = self.calls.fetch_add(1, Ordering::SeqCst);
        let kill = self.kill.filter(|kill| kill.call == number);
        if kill.is_some_and(|kill| !kill.takes_effect) {
            self.die().await;
        }
        let answer = work.await;
        if kill.is_some() {
            self.die().await;
        }
        answer
    }

    async fn die(&self) {
        self.killed.notify_one();
        std::future::pending().await
    }
}

/// Runs two processes. Each bit of the schedule, from the lowest, determines whose call is next. After that, the calls
/// run in any order.
pub async fn interleaved<A, B>(
    schedule: u32,
    length: u32,
    (first, one): (&Process, impl Future<Output = A>),
    (second, two): (&Process, impl Future<Output = B>),
) -> (A, B) {
    let direct = async {
        for step in 0..length {
            let next = if schedule >> step & 1 == 0 { first } else { second };
            let before = next.calls.load(Ordering::SeqCst);
            next.turns.add_permits(1);
            // A process that has ended or pauses skips its turn.
            for _ in 0..SWITCHES {
                yield_now().await;
                if next.calls.load(Ordering::SeqCst) > before {
                    break;
                }
            }
        }
        [first, second].iter().for_each(|process| process.turns.add_permits(1000));
    };
    let (one, two, ()) = tokio::join!(one, two, direct);
    (one, two)
}

#[async_trait]
impl KubernetesApi for Process {
    async fn get(&self, object: &Object) -> Result<Json, ApiError> {
        self.call(self.cluster.get(object)).await
    }

    async fn list(&self, kind: Kind, namespace: Option<&str>) -> Result<Vec<Json>, ApiError> {
        self.call(self.cluster.list(kind, namespace)).await
    }

    async fn create(&self, object: &Object, content: &Json) -> Result<Json, ApiError> {
        self.call(self.cluster.create(object, content)).await
    }

    async fn replace(&self, object: &Object, content: &Json) -> Result<Json, ApiError> {
        self.call(self.cluster.replace(object, content)).await
    }

    async fn patch(&self, object: &Object, patch: &Patch) -> Result<Json, ApiError> {
        self.call(self.cluster.patch(object, patch)).await
    }

    async fn apply(&self, object: &Object, fields: &Json, how: Apply) -> Result<Json, ApiError> {
        self.call(self.cluster.apply(object, fields, how)).await
    }

    async fn delete(&self, object: &Object, how: Delete<'_>) -> Result<(), ApiError> {
        self.call(self.cluster.delete(object, how)).await
    }

    /// Not a call of the schedule: it changes nothing, so a kill here is the same as a kill at the next call.
    async fn definition(&self, kind: Kind, fresh: bool) -> Option<Arc<Definition>> {
        self.cluster.definition(kind, fresh).await
    }
}
