//! Two processes and one cluster: a test decides whose call comes next, and after which call a process is killed.

use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use async_trait::async_trait;
use serde_json::Value as Json;
use tokio::task::yield_now;

use super::{Apply, Delete, Kind, KubernetesApi, Object, Patch};
use crate::clients::errors::ApiError;

/// The way of one process to the cluster. Each call waits until the process is polled again.
pub(crate) struct Process {
    cluster: Arc<dyn KubernetesApi>,
    calls: AtomicUsize,
    killed: Option<Kill>,
}

/// The call at which a process is killed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kill {
    pub(crate) call: usize,
    /// Whether the cluster still does what the call asks for.
    pub(crate) takes_effect: bool,
}

impl Kill {
    /// A kill before and one after the effect of each call.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        (0..).flat_map(|call| [false, true].map(|takes_effect| Self { call, takes_effect }))
    }
}

impl std::fmt::Debug for Process {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Process")
    }
}

impl Process {
    pub(crate) fn new(cluster: Arc<dyn KubernetesApi>, killed: Option<Kill>) -> Self {
        Self { cluster, calls: AtomicUsize::new(0), killed }
    }

    async fn call<T>(&self, work: impl Future<Output = T>) -> T {
        yield_now().await;
        let number = self.calls.fetch_add(1, Ordering::SeqCst);
        let kill = self.killed.filter(|kill| kill.call == number);
        if kill.is_some_and(|kill| !kill.takes_effect) {
            std::future::pending::<()>().await;
        }
        let answer = work.await;
        if kill.is_some() {
            std::future::pending::<()>().await;
        }
        answer
    }
}

/// What a process does until it ends; none if it is killed before.
pub(crate) async fn lifetime<T>(work: impl Future<Output = T>) -> Option<T> {
    // Nothing but a kill takes that long.
    tokio::time::timeout(std::time::Duration::from_secs(24 * 60 * 60), work).await.ok()
}

/// Runs two processes: each bit of the schedule, from the lowest, says which one makes its next call. What is left after
/// that runs as it comes.
pub(crate) async fn interleaved<A, B>(
    schedule: u32,
    length: u32,
    one: impl Future<Output = A>,
    two: impl Future<Output = B>,
) -> (A, B) {
    tokio::pin!(one, two);
    let (mut first, mut second) = (None, None);
    for step in 0..length {
        poll_fn(|context| {
            if schedule >> step & 1 == 0 {
                if first.is_none()
                    && let Poll::Ready(answer) = one.as_mut().poll(context)
                {
                    first = Some(answer);
                }
            } else if second.is_none()
                && let Poll::Ready(answer) = two.as_mut().poll(context)
            {
                second = Some(answer);
            }
            Poll::Ready(())
        })
        .await;
    }
    let rest_of_one = async {
        match first {
            Some(answer) => answer,
            None => one.await,
        }
    };
    let rest_of_two = async {
        match second {
            Some(answer) => answer,
            None => two.await,
        }
    };
    tokio::join!(rest_of_one, rest_of_two)
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
}
