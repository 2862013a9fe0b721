//! The one retry policy above the SDK's own: for answers that mean "not yet", which no SDK repeats.

use std::time::Duration;

use tokio::time::Instant;
use tracing::info;

use super::errors::{ApiError, ErrorKind, NEVER_ANSWERED};
use super::wait::{Limits, RENEWAL, show};

/// Grace period for a call in flight when the user stops the run.
const GRACE: Duration = Duration::from_millis(1500);

/// How long to retry requests to an API server that has not answered in this run: one that restarts has answered before.
const NEVER_ANSWERED_PATIENCE: Duration = Duration::from_secs(15);

/// Which errors of a call are worth the same call again, and for how long.
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

    /// The pause after the first failure, doubling to the longest. Each pause is jittered down to its half.
    #[must_use]
    pub fn pauses(mut self, first: Duration, longest: Duration) -> Self {
        self.first = first;
        self.longest = longest.max(first);
        self
    }

    /// How long after the first failure an error like this is worth another call; `None` means it is not.
    fn worth(&self, error: &ApiError) -> Option<Duration> {
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
            // The SDK has repeated these already; what is left is an outage of minutes.
            _ if error.is_transient() => Some(Duration::from_secs(3 * 60)),
            ErrorKind::NotFound => self.just_created,
            _ => None,
        }
    }

    /// Calls until the result is final. `doing` describes the operation, such as `creating node group a:b`.
    ///
    /// # Errors
    /// Returns the last error of the call if it is final or its retry window has ended, or `Cancelled` if the user
    /// stopped the run. A call in flight then gets a grace period, and its own result is returned if it arrives.
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
            let worth = self.worth(&error).is_some_and(|patience| since.elapsed() < patience);
            if !worth || limits.deadline.has_passed() {
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

/// How many races in a row a shared write may lose.
const RACES: u32 = 5;

/// Calls again, a few times, while another writer was faster: for work that is shared, so that no deadline of one caller may
/// end it.
///
/// # Errors
/// Returns the error of the last call.
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

/// Awaits a call that must not be dropped lightly: it may have changed something.
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

/// Between half and the whole of a pause, so that many callers do not ask at the same moment.
fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(0.5 + fastrand::f64() / 2.0)
}

#[cfg(test)]
#[path = "retry_tests.rs"]
mod tests;
