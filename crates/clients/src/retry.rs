//! Retry policy for errors that the SDK does not retry, such as resources that are not ready yet.

use std::time::Duration;

use tokio::time::Instant;
use tracing::info;

use super::errors::{ApiError, ErrorKind, NEVER_ANSWERED};
use super::wait::{Limits, RENEWAL, show};

/// Grace period for a call in flight when the user interrupts the run.
const GRACE: Duration = Duration::from_millis(1500);

/// How long to retry requests to an API server that has not responded in this run. An API server that restarts has
/// responded before.
const NEVER_ANSWERED_PATIENCE: Duration = Duration::from_secs(15);

/// Which errors of a call are retried, and for how long.
#[derive(Debug, Clone)]
pub struct Retry {
    first: Duration,
    longest: Duration,
    just_created: Option<Duration>,
    also: Option<fn(&ApiError) -> bool>,
}

impl Default for Retry {
    fn default() -> Self {
        Self { first: Duration::from_secs(1), longest: Duration::from_secs(20), just_created: None, also: None }
    }
}

impl Retry {
    /// Retries busy objects until the deadline, and propagation delays and transport errors for at most a few minutes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The object was recently created: "not found" is retried for a minute.
    #[must_use]
    pub fn just_created(mut self) -> Self {
        self.just_created = Some(Duration::from_secs(60));
        self
    }

    /// Also retries errors that match the predicate until the deadline.
    #[must_use]
    pub fn also(mut self, passing: fn(&ApiError) -> bool) -> Self {
        self.also = Some(passing);
        self
    }

    /// Sets the pause after the first failure and the maximum. The pause doubles up to the maximum, and each pause is
    /// reduced by a random amount of up to half.
    #[must_use]
    pub fn pauses(mut self, first: Duration, longest: Duration) -> Self {
        self.first = first;
        self.longest = longest.max(first);
        self
    }

    /// Returns for how long after the first failure an error is retried, or `None` if it is not retryable.
    fn retry_window(&self, error: &ApiError) -> Option<Duration> {
        if self.also.is_some_and(|passing| passing(error)) {
            return Some(Duration::MAX);
        }
        if error.code.as_deref() == Some(NEVER_ANSWERED) {
            return Some(NEVER_ANSWERED_PATIENCE);
        }
        match error.kind {
            ErrorKind::InUse => Some(Duration::MAX),
            ErrorKind::PropagationDelay => Some(Duration::from_secs(5 * 60)),
            ErrorKind::Expired => Some(RENEWAL),
            // The SDK has already retried these errors, so only outages of minutes remain.
            _ if error.is_transient() => Some(Duration::from_secs(3 * 60)),
            ErrorKind::NotFound => self.just_created,
            _ => None,
        }
    }

    /// Calls until the result is final. `doing` describes the operation, such as `creating node group a:b`.
    ///
    /// # Errors
    /// Returns the last error of the call if it is final or its retry window has ended, or `Cancelled` if the user
    /// interrupted the run. A call in flight then gets a grace period, and its own result is returned if it arrives.
    pub async fn run<T, F, C>(&self, doing: &str, limits: &Limits, mut call: F) -> Result<T, ApiError>
    where
        F: FnMut() -> C,
        C: Future<Output = Result<T, ApiError>>,
    {
        let mut pause = self.first;
        let mut failing_since = None;
        loop {
            if limits.cancellation.is_cancelled() {
                return Err(stopped(doing, "interrupted"));
            }
            let error = match finish(doing, limits, call()).await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            let since = *failing_since.get_or_insert_with(Instant::now);
            let retry_window = self.retry_window(&error).is_some_and(|patience| since.elapsed() < patience);
            if !retry_window || limits.deadline.has_passed() {
                return Err(error);
            }
            info!(error = %error, elapsed = show(since.elapsed()), "{doing}: not ready, retrying");
            if !limits.sleep_until(Instant::now() + jittered(pause)).await {
                return Err(stopped(doing, &format!("interrupted while retrying after: {error}")));
            }
            pause = (pause * 2).min(self.longest);
        }
    }
}

/// Maximum number of consecutive conflicts of a shared write.
const RACES: u32 = 5;

/// Retries a call a few times if another writer was faster. Used for shared work, which must not end at the deadline of
/// one caller.
///
/// # Errors
/// Returns the last error of the call.
pub async fn while_overtaken<T, F, C>(
    is_overtaken: fn(&ApiError) -> bool,
    pause: Duration,
    mut call: F,
) -> Result<T, ApiError>
where
    F: FnMut() -> C,
    C: Future<Output = Result<T, ApiError>>,
{
    let mut answer = call().await;
    for _ in 0..RACES {
        if !answer.as_ref().is_err_and(is_overtaken) {
            break;
        }
        tokio::time::sleep(jittered(pause * 2)).await;
        answer = call().await;
    }
    answer
}

/// Awaits a call that must not simply be dropped, because it may have changed something.
async fn finish<T>(
    doing: &str,
    limits: &Limits,
    call: impl Future<Output = Result<T, ApiError>>,
) -> Result<T, ApiError> {
    tokio::pin!(call);
    tokio::select! {
        biased;
        answer = &mut call => return answer,
        () = limits.cancellation.cancelled() => {}
    }
    let late = "interrupted before the response arrived; the request may still take effect";
    tokio::time::timeout(GRACE, call).await.unwrap_or_else(|_| Err(stopped(doing, late)))
}

fn stopped(doing: &str, message: &str) -> ApiError {
    ApiError::own(ErrorKind::Cancelled, doing.to_owned(), message)
}

/// Returns between half and all of a pause, so that many callers do not send requests at the same time.
fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(0.5 + fastrand::f64() / 2.0)
}

#[cfg(test)]
#[path = "retry_tests.rs"]
mod tests;
