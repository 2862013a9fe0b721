//! Wants of several callers that one of them fulfils for all who wait: ten edits of one object cost one write.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// The wants of those who wait, and the turn to fulfil them.
#[derive(Debug)]
pub struct Together<W, A> {
    waiting: Mutex<Vec<(W, oneshot::Sender<A>)>>,
    turn: tokio::sync::Mutex<()>,
}

impl<W, A> Default for Together<W, A> {
    fn default() -> Self {
        Self { waiting: Mutex::default(), turn: tokio::sync::Mutex::default() }
    }
}

impl<W: Clone, A> Together<W, A> {
    /// Waits for the answer to a want. Whoever's turn it is fulfils all wants that have come by then, one answer each and
    /// in their order; the next turn begins when that is done. One who goes away in its turn leaves the others to ask
    /// again, so the work must bear being repeated.
    pub async fn fulfil<F, C>(&self, want: W, work: F) -> A
    where
        F: Fn(Vec<W>) -> C,
        C: Future<Output = Vec<A>>,
    {
        loop {
            let (sender, mut answer) = oneshot::channel();
            self.lock().push((want.clone(), sender));
            let turn = tokio::select! {
                biased;
                given = &mut answer => match given {
                    Ok(answer) => return answer,
                    Err(_) => continue,
                },
                turn = self.turn.lock() => turn,
            };
            if let Ok(answer) = answer.try_recv() {
                return answer;
            }
            let (wants, senders): (Vec<_>, Vec<_>) =
                self.lock().drain(..).filter(|(_, sender)| !sender.is_closed()).unzip();
            for (sender, answer) in senders.into_iter().zip(work(wants).await) {
                // Whoever asked may have gone.
                let _ = sender.send(answer);
            }
            drop(turn);
            if let Ok(answer) = answer.try_recv() {
                return answer;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(W, oneshot::Sender<A>)>> {
        // Nothing that can panic runs under this lock.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Semaphore;

    use super::*;

    #[tokio::test]
    async fn those_who_come_during_a_turn_share_the_next_one() {
        let together = Arc::new(Together::<u32, u32>::default());
        let (rounds, gate) = (Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(0)));
        let ask = |want: u32| {
            let (together, rounds, gate) = (Arc::clone(&together), Arc::clone(&rounds), Arc::clone(&gate));
            tokio::spawn(async move {
                let (rounds, gate) = (&rounds, &gate);
                let work = |wants: Vec<u32>| async move {
                    rounds.fetch_add(1, Ordering::SeqCst);
                    gate.acquire().await.expect("an open gate").forget();
                    wants.into_iter().map(|want| want * 10).collect()
                };
                together.fulfil(want, work).await
            })
        };
        let first = ask(1);
        while rounds.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        let others: Vec<_> = (2..30).map(ask).collect();
        while together.lock().len() < 28 {
            tokio::task::yield_now().await;
        }
        gate.add_permits(2);
        assert_eq!(first.await.expect("no panic"), 10);
        for (want, answer) in (2..30).zip(others) {
            assert_eq!(answer.await.expect("no panic"), want * 10);
        }
        assert_eq!(rounds.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn those_whose_worker_went_away_are_fulfilled_all_the_same() {
        let together = Arc::new(Together::<u32, u32>::default());
        let stuck = {
            let together = Arc::clone(&together);
            tokio::spawn(async move { together.fulfil(1, |_| std::future::pending()).await })
        };
        while together.turn.try_lock().is_ok() {
            tokio::task::yield_now().await;
        }
        let other = {
            let together = Arc::clone(&together);
            tokio::spawn(async move {
                together.fulfil(2, |wants| std::future::ready(wants.iter().map(|want| want + 1).collect())).await
            })
        };
        stuck.abort();
        assert_eq!(other.await.expect("no panic"), 3);
    }
}
