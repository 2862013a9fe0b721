//! Polls until a resource reaches the expected state, logging progress, with a deadline.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::errors::{ApiError, ErrorKind};
use framework::blocks::SingleBlock;
use framework::context::Context;
use framework::model::Attr;
use framework::timeouts;

/// How long to wait for another program to renew expired credentials. They are reloaded after the first such error. If
/// that does not help, the user must sign in.
pub(super) const RENEWAL: Duration = Duration::from_secs(30);

/// The last poll of a wait can take this long even if the deadline has passed.
const LAST_POLL: Duration = Duration::from_secs(30);

/// Maximum time for work after an operation.
const CLEAN_UP: Duration = Duration::from_secs(60);
const CLEAN_UP_INTERRUPTED: Duration = Duration::from_millis(1500);

/// The deadline of an operation, shared by all of its phases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    at: Instant,
    total: Duration,
}

/// The limits of an operation: the configured timeout, and the cancellation by the user.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The end of the configured timeout.
    pub deadline: Deadline,
    /// Cancelled when the user interrupts the run.
    pub cancellation: CancellationToken,
}

/// The result of one poll.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress<T> {
    /// Not ready yet, with the current state for the log.
    Pending(String),
    /// The expected state.
    Done(T),
    /// A final state that needs no confirmation, such as a failed state.
    Halted(T),
}

/// The settings of a wait.
#[derive(Debug, Clone)]
pub struct Waiter {
    what: String,
    delay: Duration,
    interval: Duration,
    longest: Duration,
    successes: u32,
    patience: Duration,
}

impl Deadline {
    /// Creates a deadline after the given duration.
    #[must_use]
    pub fn after(total: Duration) -> Self {
        let now = Instant::now();
        // If the end cannot be represented, the wait is practically unlimited.
        let at = now.checked_add(total).unwrap_or_else(|| now + Duration::from_secs(60 * 60 * 24 * 365));
        Self { at, total }
    }

    /// Returns the time of the deadline.
    #[must_use]
    pub fn at(&self) -> Instant {
        self.at
    }

    /// Returns the total duration of the operation.
    #[must_use]
    pub fn total(&self) -> Duration {
        self.total
    }

    /// Returns the remaining time, or zero after the deadline.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }

    /// Whether the deadline has passed.
    #[must_use]
    pub fn has_passed(&self) -> bool {
        self.remaining().is_zero()
    }
}

impl Limits {
    /// Creates limits with a timeout that starts now, and a cancellation token.
    #[must_use]
    pub fn new(timeout: Duration, cancellation: CancellationToken) -> Self {
        Self { deadline: Deadline::after(timeout), cancellation }
    }

    /// Returns the limits of an operation: the configured timeout or the default, starting now, and the cancellation by
    /// the user.
    pub fn of<C, M>(
        context: &Context<C>,
        timeouts: &SingleBlock<M>,
        verb: impl FnOnce(&M) -> &Attr<String>,
        default: Duration,
    ) -> Self {
        Self::new(timeouts::from_block(timeouts, verb, default), context.cancellation().clone())
    }

    /// Returns the limits of a part of the operation, which ends after the given time at the latest.
    #[must_use]
    pub fn at_most(&self, time: Duration) -> Self {
        Self::new(time.min(self.deadline.remaining()), self.cancellation.clone())
    }

    /// Returns how long work that undoes or ends a change can take after the operation: an interrupted run has to end
    /// within two seconds.
    #[must_use]
    pub fn time_to_clean_up(&self) -> Duration {
        if self.cancellation.is_cancelled() { CLEAN_UP_INTERRUPTED } else { CLEAN_UP }
    }

    /// Waits for work that several callers share. Work that is not complete by the deadline continues for the other
    /// callers.
    ///
    /// # Errors
    /// Returns `Timeout` after the deadline.
    pub async fn within<T>(&self, doing: &'static str, work: impl Future<Output = T>) -> Result<T, ApiError> {
        let ended = tokio::time::timeout_at(self.deadline.at, work).await;
        ended.map_err(|_| ApiError::own(ErrorKind::Timeout, doing, "the timeout has expired"))
    }

    /// Sleeps until the given time, or until the deadline. Returns `false` if the user interrupted the run.
    pub async fn sleep_until(&self, moment: Instant) -> bool {
        tokio::select! {
            biased;
            () = self.cancellation.cancelled() => false,
            () = sleep_until(moment.min(self.deadline.at)) => true,
        }
    }
}

impl Waiter {
    /// Waits for the described condition, such as `node group a:b to become ACTIVE`. Polls immediately, then after 5
    /// seconds, with intervals of up to 15 seconds.
    pub fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            delay: Duration::ZERO,
            interval: Duration::from_secs(5),
            longest: Duration::from_secs(15),
            successes: 1,
            patience: Duration::from_secs(5 * 60),
        }
    }

    /// Delays the first poll.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Sets the first and the maximum interval between two polls. The interval grows by half each time.
    #[must_use]
    pub fn interval(mut self, first: Duration, longest: Duration) -> Self {
        self.interval = first;
        self.longest = longest.max(first);
        self
    }

    /// Sets how many consecutive polls must return the expected state.
    #[must_use]
    pub fn successes(mut self, times: u32) -> Self {
        self.successes = times.max(1);
        self
    }

    /// Sets how long consecutive polls can fail (throttling, server errors, no connection, expired credentials) before
    /// the wait fails.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Polls until the expected state is reached.
    ///
    /// # Errors
    /// Returns `Cancelled` if the user interrupted the run, or `Timeout` after the deadline. Returns any other error of
    /// a poll immediately if it is not retryable, or else after the error limit of the waiter.
    pub async fn until<T, F, P>(&self, limits: &Limits, mut poll: F) -> Result<T, ApiError>
    where
        F: FnMut() -> P,
        P: Future<Output = Result<Progress<T>, ApiError>>,
    {
        let mut watch = Watch::new(&self.what, limits);
        let mut pause = self.interval;
        let mut seen = 0;
        if !limits.sleep_until(Instant::now() + self.delay).await {
            return Err(watch.cancelled());
        }
        loop {
            let last = limits.deadline.has_passed();
            let cut = limits.deadline.at.max(Instant::now() + LAST_POLL);
            let answer = tokio::select! {
                biased;
                () = limits.cancellation.cancelled() => return Err(watch.cancelled()),
                answer = poll() => answer,
                () = sleep_until(cut) => return Err(watch.timed_out()),
            };
            match answer {
                Ok(Progress::Halted(value)) => return Ok(value),
                Ok(Progress::Done(value)) => {
                    seen += 1;
                    if seen >= self.successes {
                        watch.finished();
                        return Ok(value);
                    }
                    watch.answered(None);
                }
                Ok(Progress::Pending(status)) => {
                    seen = 0;
                    watch.answered(Some(status));
                }
                Err(error) => watch.unanswered(error, self.patience)?,
            }
            if last {
                return Err(watch.timed_out());
            }
            if !limits.sleep_until(Instant::now() + pause).await {
                return Err(watch.cancelled());
            }
            pause = pause.mul_f64(1.5).min(self.longest);
        }
    }
}

/// The progress of a wait, for the log and for its error.
struct Watch<'a> {
    what: &'a str,
    limits: &'a Limits,
    started: Instant,
    status: Option<String>,
    next_report: Instant,
    failing: Option<(Instant, ApiError)>,
}

impl<'a> Watch<'a> {
    fn new(what: &'a str, limits: &'a Limits) -> Self {
        let started = Instant::now();
        Self { what, limits, started, status: None, next_report: started, failing: None }
    }

    fn elapsed(&self) -> String {
        show(self.started.elapsed())
    }

    /// Logs the first state and each change. In between, logs after 30 seconds, then whenever the elapsed time has
    /// grown by half, but at least every five minutes.
    fn answered(&mut self, status: Option<String>) {
        self.failing = None;
        let Some(status) = status else { return };
        let changed = self.status.as_ref() != Some(&status);
        if changed || Instant::now() >= self.next_report {
            info!(status, elapsed = self.elapsed(), "still waiting for {}", self.what);
            let pause = self.started.elapsed().div_f64(2.0).clamp(Duration::from_secs(30), Duration::from_secs(5 * 60));
            self.next_report = Instant::now() + pause;
        }
        self.status = Some(status);
    }

    fn unanswered(&mut self, error: ApiError, patience: Duration) -> Result<(), ApiError> {
        let since = self.failing.as_ref().map_or_else(Instant::now, |(since, _)| *since);
        // The object was seen recently, so a proxy page in between does not end the wait. An endpoint that stopped
        // responding is retried only if it has responded during this wait.
        let passes = error.is_transient() || matches!(error.kind, ErrorKind::ForeignResponse | ErrorKind::Silent);
        let patience = if error.kind == ErrorKind::Expired { patience.min(RENEWAL) } else { patience };
        if !passes || since.elapsed() >= patience {
            return Err(error);
        }
        warn!(error = %error, elapsed = self.elapsed(), "error while waiting for {}; retrying", self.what);
        self.failing = Some((since, error));
        Ok(())
    }

    fn finished(&self) {
        info!(elapsed = self.elapsed(), "finished waiting for {}", self.what);
    }

    fn cancelled(&self) -> ApiError {
        let state = self.status.as_ref().map(|status| format!(", last state: {status}")).unwrap_or_default();
        self.ended(ErrorKind::Cancelled, format!("interrupted after {}{state}", self.elapsed()))
    }

    fn timed_out(&self) -> ApiError {
        let limit = show(self.limits.deadline.total);
        let state = self.status.as_deref().unwrap_or("unknown");
        let mut message = format!("timed out after {limit}, last state: {state}");
        if let Some((_, error)) = &self.failing {
            message.push_str(&format!("; last error: {error}"));
        }
        self.ended(ErrorKind::Timeout, message)
    }

    fn ended(&self, kind: ErrorKind, message: String) -> ApiError {
        ApiError::own(kind, format!("waiting for {}", self.what), message)
    }
}

/// Formats a duration as in `timeouts`: `1h30m`, `12m5s`, `40s`. Trailing zero parts are omitted.
#[must_use]
pub fn show(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes, rest) {
        (0, 0, rest) => format!("{rest}s"),
        (0, minutes, 0) => format!("{minutes}m"),
        (0, minutes, rest) => format!("{minutes}m{rest}s"),
        (hours, 0, 0) => format!("{hours}h"),
        (hours, minutes, 0) => format!("{hours}h{minutes}m"),
        (hours, minutes, rest) => format!("{hours}h{minutes}m{rest}s"),
    }
}

#[cfg(test)]
#[path = "wait_tests.rs"]
mod tests;
