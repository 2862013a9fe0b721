//! Caches facts for the lifetime of the process. Concurrent requests for a key share one load, and many keys are read
//! in one call if the API supports it.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, Shared, WeakShared};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::errors::{ApiError, ErrorKind};

type Flight<V> = BoxFuture<'static, Result<V, ApiError>>;

/// Values by key. Concurrent callers share the load and its result. Errors are not cached.
pub struct Cache<K, V> {
    slots: Arc<Mutex<HashMap<K, Slot<V>>>>,
    flights: AtomicU64,
    max_age: Duration,
}

enum Slot<V> {
    /// Weak: when all callers have been dropped, the load is dropped as well, and the next call starts a new one. The
    /// number distinguishes this load from one that was invalidated while it ran, whose value may be outdated.
    Loading(u64, WeakShared<Flight<V>>),
    Ready(V, Instant),
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // No code that panics runs while these locks are held, and the maps would stay consistent anyway.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<K, V> Default for Cache<K, V> {
    fn default() -> Self {
        Self::with_max_age(Duration::MAX)
    }
}

impl<K, V> Cache<K, V> {
    /// Creates an empty cache whose values are loaded again when they are older than the given age.
    #[must_use]
    pub fn with_max_age(max_age: Duration) -> Self {
        Self { slots: Arc::default(), flights: AtomicU64::new(0), max_age }
    }
}

impl<K, V> Cache<K, V>
where
    K: Eq + Hash + Clone + Send + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// Returns the value for `key`, loading it if it is not cached.
    ///
    /// # Errors
    /// Returns the error of the shared load.
    pub async fn get<F, L>(&self, key: K, load: F) -> Result<V, ApiError>
    where
        F: FnOnce() -> L,
        L: Future<Output = Result<V, ApiError>> + Send + 'static,
    {
        self.get_unless(key, |_, _| false, load).await
    }

    /// Returns the value for `key`, loading it if it is not cached, or if `is_old` returns `true` for the cached value
    /// and its load time.
    ///
    /// # Errors
    /// Returns the error of the shared load.
    pub async fn get_unless<F, L>(&self, key: K, is_old: impl Fn(&V, Instant) -> bool, load: F) -> Result<V, ApiError>
    where
        F: FnOnce() -> L,
        L: Future<Output = Result<V, ApiError>> + Send + 'static,
    {
        let flight = {
            let mut slots = lock(&self.slots);
            let running = match slots.get(&key) {
                Some(Slot::Ready(value, since)) if since.elapsed() <= self.max_age && !is_old(value, *since) => {
                    return Ok(value.clone());
                }
                Some(Slot::Loading(_, flight)) => flight.upgrade(),
                _ => None,
            };
            running.unwrap_or_else(|| {
                let number = self.flights.fetch_add(1, Ordering::Relaxed);
                let flight = self.fly(key.clone(), number, load());
                if let Some(weak) = flight.downgrade() {
                    slots.insert(key, Slot::Loading(number, weak));
                }
                flight
            })
        };
        flight.await
    }

    /// Removes the key from the cache, so that the next call loads it again.
    pub fn forget(&self, key: &K) {
        lock(&self.slots).remove(key);
    }

    fn fly(
        &self,
        key: K,
        number: u64,
        load: impl Future<Output = Result<V, ApiError>> + Send + 'static,
    ) -> Shared<Flight<V>> {
        let slots = Arc::clone(&self.slots);
        async move {
            let result = load.await;
            let mut slots = lock(&slots);
            // An invalidated key is not cached, even if another caller has started to load it again.
            if matches!(slots.get(&key), Some(Slot::Loading(own, _)) if *own == number) {
                match &result {
                    Ok(value) => slots.insert(key, Slot::Ready(value.clone(), Instant::now())),
                    Err(_) => slots.remove(&key),
                };
            }
            result
        }
        .boxed()
        .shared()
    }
}

type Load<K, V> = dyn Fn(Vec<K>) -> BoxFuture<'static, Result<HashMap<K, V>, ApiError>> + Send + Sync;
type Answers<K, V> = HashMap<K, Result<Option<V>, ApiError>>;
type Waiting<K, V> = Vec<(K, oneshot::Sender<Result<Option<V>, ApiError>>)>;

/// Values of an API that supports many keys per call. Keys that are requested within a few milliseconds are batched,
/// and every key is requested once per process.
pub struct Batch<K, V> {
    known: Cache<K, Option<V>>,
    shared: Arc<BatchShared<K, V>>,
}

struct BatchShared<K, V> {
    load: Box<Load<K, V>>,
    window: Duration,
    most: usize,
    waiting: Mutex<Waiting<K, V>>,
}

impl<K, V> Batch<K, V>
where
    K: Eq + Hash + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// Creates a batch with a maximum number of keys per call. The load returns the keys that it found; other keys do
    /// not exist.
    pub fn new<F, L>(most: usize, load: F) -> Self
    where
        F: Fn(Vec<K>) -> L + Send + Sync + 'static,
        L: Future<Output = Result<HashMap<K, V>, ApiError>> + Send + 'static,
    {
        let load: Box<Load<K, V>> = Box::new(move |keys| load(keys).boxed());
        let window = Duration::from_millis(5);
        let shared = BatchShared { load, window, most: most.max(1), waiting: Mutex::default() };
        Self { known: Cache::default(), shared: Arc::new(shared) }
    }

    /// Returns the value for `key`, or `None` if it does not exist.
    ///
    /// # Errors
    /// Returns the error of the call for this key. A call that fails because of one key is repeated without it, so that
    /// it does not affect other keys.
    pub async fn get(&self, key: K) -> Result<Option<V>, ApiError> {
        let shared = Arc::clone(&self.shared);
        self.known.get(key.clone(), || async move { shared.enqueue(key).await }).await
    }

    /// Removes the key from the cache.
    pub fn forget(&self, key: &K) {
        self.known.forget(key);
    }
}

impl<K, V> BatchShared<K, V>
where
    K: Eq + Hash + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    async fn enqueue(self: Arc<Self>, key: K) -> Result<Option<V>, ApiError> {
        let (sender, answer) = oneshot::channel();
        let waiting = {
            let mut waiting = lock(&self.waiting);
            waiting.push((key, sender));
            waiting.len()
        };
        if waiting >= self.most {
            tokio::spawn(Arc::clone(&self).flush());
        } else if waiting == 1 {
            let shared = Arc::clone(&self);
            tokio::spawn(async move {
                tokio::time::sleep(shared.window).await;
                shared.flush().await;
            });
        }
        let lost = || ApiError::own(ErrorKind::Other, "batch read", "the call ended without a response");
        answer.await.unwrap_or_else(|_| Err(lost()))
    }

    /// Sends the requests of all waiting callers.
    async fn flush(self: Arc<Self>) {
        let mut waiting = {
            let mut waiting = lock(&self.waiting);
            let count = waiting.len().min(self.most);
            waiting.drain(..count).collect::<Vec<_>>()
        };
        waiting.retain(|(_, sender)| !sender.is_closed());
        if waiting.is_empty() {
            return;
        }
        let mut keys: Vec<_> = waiting.iter().map(|(key, _)| key.clone()).collect();
        let mut unique = std::collections::HashSet::new();
        keys.retain(|key| unique.insert(key.clone()));
        let answers = self.ask(keys).await;
        for (key, sender) in waiting {
            let answer = answers.get(&key).cloned().unwrap_or(Ok(None));
            // The caller may have been dropped.
            let _ = sender.send(answer);
        }
    }

    /// Requests the keys in one call, and in halves if the call fails because of one of them.
    fn ask(&self, keys: Vec<K>) -> BoxFuture<'_, Answers<K, V>> {
        async move {
            match (self.load)(keys.clone()).await {
                Ok(mut found) => keys
                    .into_iter()
                    .map(|key| {
                        let value = found.remove(&key);
                        (key, Ok(value))
                    })
                    .collect(),
                Err(error) if keys.len() > 1 && matches!(error.kind, ErrorKind::NotFound | ErrorKind::Invalid) => {
                    let mut keys = keys;
                    let tail = keys.split_off(keys.len() / 2);
                    let (mut answers, rest) = futures::join!(self.ask(keys), self.ask(tail));
                    answers.extend(rest);
                    answers
                }
                Err(error) => {
                    let answer = if error.is_not_found() { Ok(None) } else { Err(error) };
                    keys.into_iter().map(|key| (key, answer.clone())).collect()
                }
            }
        }
        .boxed()
    }
}

/// One value of each type, created on first use. Resource types keep their caches here, independently of each other.
#[derive(Default)]
pub struct Facts(Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>);

impl std::fmt::Debug for Facts {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Facts").finish_non_exhaustive()
    }
}

/// The values of one type by key, such as a Region.
struct ByKey<K, T>(Mutex<HashMap<K, Arc<T>>>);

impl<K, T> Default for ByKey<K, T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl Facts {
    /// Returns the shared value of the type.
    pub fn of<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        self.of_or(T::default)
    }

    /// Returns the shared value of the type, which `make` creates on first use.
    pub fn of_or<T: Send + Sync + 'static>(&self, make: impl FnOnce() -> T) -> Arc<T> {
        let mut facts = lock(&self.0);
        if let Some(known) = facts.get(&TypeId::of::<T>())
            && let Ok(value) = Arc::clone(known).downcast::<T>()
        {
            return value;
        }
        let value = Arc::new(make());
        facts.insert(TypeId::of::<T>(), Arc::clone(&value) as Arc<dyn Any + Send + Sync>);
        value
    }

    /// Returns the shared value of the type for a key such as a Region, which `make` creates on first use.
    pub fn of_key<K, T>(&self, key: K, make: impl FnOnce() -> T) -> Arc<T>
    where
        K: Eq + Hash + Send + Sync + 'static,
        T: Send + Sync + 'static,
    {
        self.of_key_unless(key, |_| false, make)
    }

    /// Returns the shared value of the type for a key, which is recreated if it is old.
    pub fn of_key_unless<K, T>(&self, key: K, is_old: impl FnOnce(&T) -> bool, make: impl FnOnce() -> T) -> Arc<T>
    where
        K: Eq + Hash + Send + Sync + 'static,
        T: Send + Sync + 'static,
    {
        let known = self.of::<ByKey<K, T>>();
        let mut known = lock(&known.0);
        match known.get(&key) {
            Some(value) if !is_old(value) => Arc::clone(value),
            _ => {
                let value = Arc::new(make());
                known.insert(key, Arc::clone(&value));
                value
            }
        }
    }
}

#[cfg(test)]
#[path = "cache_tests.rs"]
mod tests;
