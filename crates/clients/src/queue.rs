//! A fair queue for exclusive operations, which are admitted in the order in which they were requested.

use std::collections::{HashMap, VecDeque};
use std::fmt::Display;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::sync::futures::OwnedNotified;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::errors::{ApiError, ErrorKind};
use super::wait::show;

/// One queue per key. The key is the name of the queue in the log.
#[derive(Debug)]
pub struct Queue<K> {
    lines: Mutex<HashMap<K, WaitQueue>>,
    tickets: AtomicU64,
}

/// The waiting operations. The first one is admitted.
#[derive(Debug, Default)]
struct WaitQueue {
    places: VecDeque<QueueSlot>,
    moved: Arc<Notify>,
}

#[derive(Debug)]
struct QueueSlot {
    ticket: u64,
    doing: String,
}

/// A position in the queue. Dropping it, even while waiting, releases the position.
#[derive(Debug)]
pub struct Turn<'q, K: Eq + Hash> {
    queue: &'q Queue<K>,
    key: K,
    ticket: u64,
}

impl<K> Default for Queue<K> {
    fn default() -> Self {
        Self { lines: Mutex::default(), tickets: AtomicU64::default() }
    }
}

/// The view of a waiting operation on its queue.
struct View {
    /// The number of operations in front.
    ahead: usize,
    /// The operation in progress.
    now: String,
    /// Notified when the queue moves after this view.
    moved: OwnedNotified,
}

impl<K: Eq + Hash + Clone + Display> Queue<K> {
    /// Waits for admission to the queue of the key. `doing` describes the operation, such as `creating profile a:b`,
    /// and is logged for the operations behind it.
    ///
    /// # Errors
    /// Returns `Cancelled` if the user stopped the run. The position is then released.
    pub async fn turn(&self, key: K, doing: &str, cancellation: &CancellationToken) -> Result<Turn<'_, K>, ApiError> {
        let stopped = |line: &K| {
            let message = format!("interrupted while queued for {line}");
            ApiError::own(ErrorKind::Cancelled, doing.to_owned(), message)
        };
        let turn = self.enter(key, doing);
        let started = Instant::now();
        let mut told = 0;
        while let Some(view) = turn.view() {
            let elapsed = show(started.elapsed());
            if told != view.ahead {
                told = view.ahead;
                info!(
                    place = told,
                    elapsed, "{doing}: queued at position {told} for {}; in progress: {}", turn.key, view.now
                );
            }
            tokio::select! {
                biased;
                () = cancellation.cancelled() => return Err(stopped(&turn.key)),
                () = view.moved => {}
            }
        }
        if cancellation.is_cancelled() {
            return Err(stopped(&turn.key));
        }
        if told > 0 {
            info!(elapsed = show(started.elapsed()), "{doing}: admitted from the queue for {}", turn.key);
        }
        Ok(turn)
    }

    fn enter(&self, key: K, doing: &str) -> Turn<'_, K> {
        let mut lines = self.lock();
        // Inside the lock, so that ticket numbers match the order of the positions.
        let ticket = self.tickets.fetch_add(1, Ordering::Relaxed);
        lines.entry(key.clone()).or_default().places.push_back(QueueSlot { ticket, doing: doing.to_owned() });
        Turn { queue: self, key, ticket }
    }
}

impl<K: Eq + Hash> Queue<K> {
    fn lock(&self) -> MutexGuard<'_, HashMap<K, WaitQueue>> {
        // The lock cannot be poisoned: no code that panics runs while it is held.
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash> Turn<'_, K> {
    /// Returns the view while waiting, or `None` after admission.
    fn view(&self) -> Option<View> {
        let lines = self.queue.lock();
        let line = lines.get(&self.key)?;
        let ahead = line.places.iter().take_while(|place| place.ticket != self.ticket).count();
        let first = line.places.front().filter(|_| ahead > 0)?;
        Some(View { ahead, now: first.doing.clone(), moved: Arc::clone(&line.moved).notified_owned() })
    }
}

impl<K: Eq + Hash> Drop for Turn<'_, K> {
    fn drop(&mut self) {
        let mut lines = self.queue.lock();
        let Some(line) = lines.get_mut(&self.key) else { return };
        line.places.retain(|place| place.ticket != self.ticket);
        line.moved.notify_waiters();
        if line.places.is_empty() {
            lines.remove(&self.key);
        }
    }
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
