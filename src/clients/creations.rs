//! What creations must know to orphan nothing: of each other, and of what exists after an answer that leaves it open.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::errors::{ApiError, ErrorKind};
use super::wait::Limits;

/// How long a look at what exists may take after the user has interrupted: stopping is to take two seconds at most.
const LAST_LOOK: Duration = Duration::from_millis(400);

/// How long it may take otherwise.
const LOOK: Duration = Duration::from_secs(30);

/// What was created this long ago may be what an interrupted run began.
const RECENT: Duration = Duration::from_secs(60 * 60);

/// The creations of one run of one kind of object. What is made is known by its ARN, or by its name where that says enough.
#[derive(Debug, Default)]
pub struct Creations {
    /// Names whose creation runs.
    running: Mutex<HashSet<String>>,
    /// What was made, or taken over as made by an interrupted run.
    made: Mutex<HashSet<String>>,
    /// Those of them that were taken over.
    taken_over: Mutex<HashSet<String>>,
}

/// The exclusive right to create an object of a name in this run, until dropped.
#[derive(Debug)]
pub struct Claim<'c> {
    creations: &'c Creations,
    name: String,
}

fn lock(set: &Mutex<HashSet<String>>) -> MutexGuard<'_, HashSet<String>> {
    // Nothing that can panic runs under these locks.
    set.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Creations {
    /// The right to create the name; none while another has it.
    pub fn claim(&self, name: String) -> Option<Claim<'_>> {
        // Lazily: a claim that is made and dropped here would give back the name of the one who has it.
        lock(&self.running).insert(name.clone()).then(|| Claim { creations: self, name })
    }

    /// Remembers that this run made the object.
    pub fn made(&self, arn: &str) {
        lock(&self.made).insert(arn.to_owned());
    }

    /// Remembers that this run took over an object that was there.
    pub fn take_over(&self, arn: &str) {
        self.made(arn);
        lock(&self.taken_over).insert(arn.to_owned());
    }

    /// Whether this run made the object or took it over: then it belongs to another resource already.
    #[must_use]
    pub fn is_ours(&self, arn: &str) -> bool {
        lock(&self.made).contains(arn)
    }

    /// Whether the object was taken over. That is how a replacement ends that creates before it destroys and has a
    /// fixed name: core shows creation nothing of the predecessor, whose deletion would take the only object away.
    #[must_use]
    pub fn was_taken_over(&self, arn: &str) -> bool {
        lock(&self.taken_over).contains(arn)
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        lock(&self.creations.running).remove(&self.name);
    }
}

/// Whether a failed request may have had its effect all the same.
#[must_use]
pub fn leaves_open(error: &ApiError) -> bool {
    matches!(
        error.kind,
        ErrorKind::AlreadyExists
            | ErrorKind::Timeout
            | ErrorKind::Connection
            | ErrorKind::Server
            | ErrorKind::Cancelled
            | ErrorKind::Expired
            | ErrorKind::Throttled
            | ErrorKind::Other
    )
}

/// What exists after an error that leaves it open; none if it does not, nothing is there or nobody tells in time.
pub async fn look<T>(
    limits: &Limits,
    error: &ApiError,
    describe: impl Future<Output = Result<T, ApiError>>,
) -> Option<T> {
    if !leaves_open(error) {
        return None;
    }
    let patience = if limits.cancellation.is_cancelled() { LAST_LOOK } else { LOOK };
    tokio::time::timeout(patience, describe).await.ok()?.ok()
}

/// Whether an object was created so lately, by its time in RFC 3339, that an interrupted run may have begun it.
#[must_use]
pub fn is_recent(created_at: Option<&str>, longest_run: Duration) -> bool {
    let created: Option<jiff::Timestamp> = created_at.and_then(|text| text.parse().ok());
    let age = created.and_then(|created| Duration::try_from(jiff::Timestamp::now().duration_since(created)).ok());
    age.is_none_or(|age| age <= longest_run.max(RECENT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_is_claimed_by_one_at_a_time() {
        let creations = Creations::default();
        let claim = creations.claim("a".to_owned());
        assert!(claim.is_some() && creations.claim("a".to_owned()).is_none());
        assert!(creations.claim("b".to_owned()).is_some());
        drop(claim);
        assert!(creations.claim("a".to_owned()).is_some());
    }

    #[test]
    fn what_was_taken_over_is_ours_too() {
        let creations = Creations::default();
        creations.made("made");
        creations.take_over("taken");
        assert!(creations.is_ours("made") && creations.is_ours("taken") && !creations.is_ours("foreign"));
        assert!(creations.was_taken_over("taken") && !creations.was_taken_over("made"));
    }

    #[test]
    fn what_is_older_than_an_hour_and_the_longest_run_is_not_recent() {
        let ago = |seconds: i64| (jiff::Timestamp::now() - jiff::SignedDuration::from_secs(seconds)).to_string();
        let (minutes, hours) = (Duration::from_secs(600), Duration::from_secs(4 * 3600));
        assert!(is_recent(Some(&ago(3000)), minutes) && !is_recent(Some(&ago(4000)), minutes));
        assert!(is_recent(Some(&ago(4000)), hours) && is_recent(None, minutes));
    }

    #[tokio::test]
    async fn a_refusal_needs_no_look() {
        let limits = Limits::new(LOOK, tokio_util::sync::CancellationToken::new());
        let error = |kind| ApiError::own(kind, "creating", "no");
        assert_eq!(look(&limits, &error(ErrorKind::Invalid), async { Ok(1) }).await, None);
        assert_eq!(look(&limits, &error(ErrorKind::Connection), async { Ok(1) }).await, Some(1));
    }
}
