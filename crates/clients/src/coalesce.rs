//! Coalesces the requests of concurrent callers into one operation: ten edits of one object require one write.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// The queue of requests, and the lock that one operation holds at a time.
#[derive(Debug)]
pub struct Together<W, A>(Arc<Shared<W, A>>);

#[derive(Debug)]
struct Shared<W, A> {
    waiting: Mutex<Vec<(W, oneshot::Sender<A>)>>,
    turn: tokio::sync::Mutex<()>,
}

impl<W, A> Default for Together<W, A> {
    fn default() -> Self {
        Self(Arc::new(Shared { waiting: Mutex::default(), turn: tokio::sync::Mutex::default() }))
    }
}

impl<W: Send + 'static, A: Send + 'static> Together<W, A> {
    /// Queues a request and waits for its response. `work` receives all requests that are in the queue when it starts,
    /// and returns one response for each, in the same order. The next operation starts when it ends. It runs in its own
    /// task: if a caller stops waiting, because of its deadline or a cancellation, its request and the other requests
    /// still complete. Returns `None` if the task ended without a response.
    pub async fn fulfill<F, C>(&self, want: W, work: F) -> Option<A>
    where
        F: FnOnce(Vec<W>) -> C + Send + 'static,
        C: Future<Output = Vec<A>> + Send,
    {
        let (sender, answer) = oneshot::channel();
        self.0.lock().push((want, sender));
        let shared = Arc::clone(&self.0);
        tokio::spawn(async move {
            let _turn = shared.turn.lock().await;
            let (wants, senders): (Vec<_>, Vec<_>) =
                shared.lock().drain(..).filter(|(_, sender)| !sender.is_closed()).unzip();
            // An earlier operation has included this request.
            if wants.is_empty() {
                return;
            }
            for (sender, answer) in senders.into_iter().zip(work(wants).await) {
                // The caller may have been dropped.
                let _ = sender.send(answer);
            }
        });
        answer.await.ok()
    }
}

impl<W, A> Shared<W, A> {
    fn lock(&self) -> MutexGuard<'_, Vec<(W, oneshot::Sender<A>)>> {
        // The lock cannot be poisoned: no code that panics runs while it is held.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Semaphore;

    use super::*;

    /// Multiplies by ten after the gate opens.
    #[derive(Clone)]
    struct Gated {
        together: Arc<Together<u32, u32>>,
        rounds: Arc<AtomicUsize>,
        gate: Arc<Semaphore>,
    }

    impl Gated {
        fn new() -> Self {
            Self { together: Arc::default(), rounds: Arc::default(), gate: Arc::new(Semaphore::new(0)) }
        }

        fn ask(&self, want: u32) -> tokio::task::JoinHandle<Option<u32>> {
            let Self { together, rounds, gate } = self.clone();
            tokio::spawn(async move {
                let work = move |wants: Vec<u32>| async move {
                    rounds.fetch_add(1, Ordering::SeqCst);
                    gate.acquire().await.expect("an open gate").forget();
                    wants.into_iter().map(|want| want * 10).collect()
                };
                together.fulfill(want, work).await
            })
        }

        async fn until_round(&self, round: usize) {
            while self.rounds.load(Ordering::SeqCst) < round {
                tokio::task::yield_now().await;
            }
        }

        async fn until_waiting(&self, count: usize) {
            while self.together.0.lock().len() < count {
                tokio::task::yield_now().await;
            }
        }
    }

    #[tokio::test]
    async fn callers_during_a_turn_share_the_next_one() {
        let gated = Gated::new();
        let first = gated.ask(1);
        gated.until_round(1).await;
        let others: Vec<_> = (2..30).map(|want| gated.ask(want)).collect();
        gated.until_waiting(28).await;
        gated.gate.add_permits(2);
        assert_eq!(first.await.expect("no panic"), Some(10));
        for (want, answer) in (2..30).zip(others) {
            assert_eq!(answer.await.expect("no panic"), Some(want * 10));
        }
        assert_eq!(gated.rounds.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn caller_who_leaves_does_not_stop_the_turn() {
        let gated = Gated::new();
        let leaver = gated.ask(1);
        gated.until_round(1).await;
        let other = gated.ask(2);
        gated.until_waiting(1).await;
        leaver.abort();
        gated.gate.add_permits(2);
        assert_eq!(other.await.expect("no panic"), Some(20));
        assert_eq!(gated.rounds.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn want_of_a_caller_who_left_is_dropped() {
        let gated = Gated::new();
        let first = gated.ask(1);
        gated.until_round(1).await;
        let leaver = gated.ask(2);
        gated.until_waiting(1).await;
        leaver.abort();
        assert!(leaver.await.is_err());
        gated.gate.add_permits(2);
        assert_eq!(first.await.expect("no panic"), Some(10));
        let third = gated.ask(3);
        assert_eq!(third.await.expect("no panic"), Some(30));
        assert_eq!(gated.rounds.load(Ordering::SeqCst), 2);
    }
}
