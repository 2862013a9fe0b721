//! Edits the ConfigMap `kube-system/aws-auth` of a cluster. Reads are shared, and concurrent edits are combined in one
//! write.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use super::map::{AwsAuth, MOST_BYTES};
use clients::cache::Cache;
use clients::coalesce::Together;
use clients::errors::{ApiError, ErrorKind, KUBERNETES};
use clients::kube::{KubernetesApi, Object};
use clients::retry::{Retry, while_overtaken};
use clients::wait::Limits;
use render::aws_auth::{self, Entry, Found, Mapping, Refusal};

/// Maximum age of a shared read. A plan reads all its entries at once.
const FRESH: Duration = Duration::from_secs(5);

/// The operation name for logs and errors.
const DOING: &str = "editing aws-auth";

/// A conflict requires another round. Pauses with jitter separate concurrent writers.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// An edit of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Edit {
    /// Adds an entry. The ConfigMap contains the token of the creation until the response to the write is known. If the
    /// ConfigMap contains the token, this creation wrote the existing entry. `is_ours` is true if a record proves it.
    /// With `adopt`, any existing entry is changed to match instead of causing an error.
    Insert { entry: Entry, adopt: bool, token: String, is_ours: bool },
    /// Changes the username or the groups by the difference of both entries. The rest of the live entry is unchanged.
    Update { before: Entry, after: Entry },
    /// Removes an entry. A missing entry is not an error.
    Remove(String),
    /// Removes a token: the response to its write is known and recorded.
    Forget(String),
}

/// The result of an edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Done {
    /// The text contains the edit.
    Written,
    /// The entry existed, with these values.
    Adopted(Found),
    /// No change was required.
    Nothing,
}

/// The reason why an edit failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum EditError {
    /// The request to the API server failed.
    #[error("{0}")]
    Api(#[from] ApiError),
    /// The text cannot be edited.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// The ConfigMap has `immutable: true`.
    #[error("the ConfigMap is immutable")]
    Immutable,
    /// The ConfigMap would exceed the size limit of the API server.
    #[error("the ConfigMap would contain {0} bytes, and the limit of the API server is {MOST_BYTES} bytes")]
    TooLarge(usize),
}

type Want = (Mapping, Edit);
type Answer = Result<Done, EditError>;

/// The ConfigMap of one cluster.
pub(super) struct Editor {
    shared: Arc<Shared>,
    wants: Together<Want, Answer>,
}

struct Shared {
    api: Arc<dyn KubernetesApi>,
    reads: Cache<(), Arc<AwsAuth>>,
    /// Tokens that were seen in the ConfigMap. Their entries were written, even if the responses were lost.
    landed: Mutex<BTreeSet<String>>,
}

impl Editor {
    pub(super) fn new(api: Arc<dyn KubernetesApi>) -> Self {
        let shared = Shared { api, reads: Cache::with_max_age(FRESH), landed: Mutex::default() };
        Self { shared: Arc::new(shared), wants: Together::default() }
    }

    /// Returns the ConfigMap, which can be briefly out of date.
    ///
    /// # Errors
    /// Returns an error if the request to the API server fails. A missing ConfigMap is treated as empty.
    pub(super) async fn read(&self) -> Result<Arc<AwsAuth>, ApiError> {
        let api = Arc::clone(&self.shared.api);
        self.shared.reads.get((), || async move { Ok(Arc::new(get(api.as_ref()).await?.0)) }).await
    }

    /// Applies an edit, combined with the edits of concurrent callers. Each caller has separate limits: if a conflict
    /// or a lost response prevents its edit, the caller requests the edit again.
    ///
    /// # Errors
    /// Returns an error if the entry or the text does not allow the edit, or the write does not succeed within the
    /// limits.
    pub(super) async fn edit(&self, mapping: Mapping, edit: Edit, limits: &Limits) -> Answer {
        let retry = Retry::new().also(is_lost_race).pauses(FIRST_PAUSE, LONGEST_PAUSE);
        let round = || async {
            let shared = Arc::clone(&self.shared);
            let work = |wants: Vec<Want>| async move { shared.fulfill(&wants).await };
            // The shared write continues for the other callers, regardless of this caller's limits.
            match limits.within(DOING, self.wants.fulfill((mapping, edit.clone()), work)).await? {
                Some(Err(EditError::Api(error))) => Err(error),
                Some(answer) => Ok(answer),
                None => Err(ApiError::own(ErrorKind::Other, DOING, "the edit ended without a response")),
            }
        };
        retry.run(DOING, limits, round).await?
    }
}

impl Shared {
    /// Applies a batch of edits. After a conflict it runs again immediately, so that the callers keep sharing one write.
    async fn fulfill(&self, wants: &[Want]) -> Vec<Answer> {
        let answers = while_overtaken(is_lost_race, FIRST_PAUSE, || self.round(wants)).await;
        self.reads.forget(&());
        answers.unwrap_or_else(|error| wants.iter().map(|_| Err(error.clone().into())).collect())
    }

    /// Reads the text, applies each edit, and writes once.
    async fn round(&self, wants: &[Want]) -> Result<Vec<Answer>, ApiError> {
        let (map, object) = get(self.api.as_ref()).await?;
        let landed = {
            let mut landed = self.landed();
            landed.extend(map.tokens().map(str::to_owned));
            landed.clone()
        };
        let mut edited = map.clone();
        let answers = wants.iter().map(|(mapping, edit)| apply(&mut edited, *mapping, edit, &landed)).collect();
        if edited == map {
            return Ok(answers);
        }
        let is_new = object.is_none();
        let mut object = object.unwrap_or_else(|| json!({}));
        edited.write_into(&mut object);
        let target = AwsAuth::object();
        if is_new {
            self.api.create(&target, &object).await?
        } else {
            self.api.replace(&target, &object).await?
        };
        Ok(answers)
    }

    fn landed(&self) -> MutexGuard<'_, BTreeSet<String>> {
        // The lock cannot be poisoned: no code that panics runs while it is held.
        self.landed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether another client has written the ConfigMap concurrently.
fn is_lost_race(error: &ApiError) -> bool {
    let raced = matches!(error.kind, ErrorKind::Conflict | ErrorKind::AlreadyExists);
    raced || (error.is_not_found() && error.service == KUBERNETES)
}

async fn get(api: &dyn KubernetesApi) -> Result<(AwsAuth, Option<Value>), ApiError> {
    let object: Object = AwsAuth::object();
    match api.get(&object).await {
        Ok(found) => Ok((AwsAuth::of(&found), Some(found))),
        Err(error) if error.is_not_found() && error.service == KUBERNETES => Ok((AwsAuth::default(), None)),
        Err(error) => Err(error),
    }
}

/// Applies one edit to the ConfigMap.
fn apply(map: &mut AwsAuth, mapping: Mapping, edit: &Edit, landed: &BTreeSet<String>) -> Answer {
    let text = map.text(mapping).to_owned();
    let (edited, done) = match edit {
        Edit::Insert { entry, adopt, token, is_ours } => {
            inserted(&text, mapping, entry, *adopt, *is_ours || landed.contains(token))?
        }
        Edit::Update { before, after } => {
            let listing = aws_auth::Listing::read(&text, mapping)?;
            let entry = match listing.of(&after.arn).last() {
                Some(live) => updated(live, before, after),
                None => after.clone(),
            };
            (aws_auth::update(&text, mapping, &entry)?, Done::Written)
        }
        Edit::Remove(arn) => match aws_auth::remove(&text, mapping, arn) {
            Err(Refusal::Absent { .. }) => return Ok(Done::Nothing),
            edited => (edited?, Done::Written),
        },
        Edit::Forget(token) => {
            map.remove_token(token);
            return Ok(Done::Written);
        }
    };
    if edited == text {
        return Ok(if done == Done::Written { Done::Nothing } else { done });
    }
    if map.immutable {
        return Err(EditError::Immutable);
    }
    let size = map.size() + edited.len() - text.len();
    if edited.len() > text.len() && size > MOST_BYTES {
        return Err(EditError::TooLarge(size));
    }
    map.set(mapping, edited);
    if let Edit::Insert { token, .. } = edit {
        map.add_token(token);
    }
    Ok(done)
}

/// Returns the live entry with the planned differences.
fn updated(live: &Found, before: &Entry, after: &Entry) -> Entry {
    let username = if before.username == after.username { &live.username } else { &after.username };
    let is_removed = |group: &&String| before.groups.contains(*group) && !after.groups.contains(*group);
    let is_added = |group: &&String| !before.groups.contains(*group) && !live.groups.contains(*group);
    let kept = live.groups.iter().filter(|group| !is_removed(group));
    let groups = kept.chain(after.groups.iter().filter(is_added)).cloned().collect();
    Entry { arn: after.arn.clone(), username: username.clone(), groups }
}

/// `is_ours` is true if an earlier write of this creation succeeded.
fn inserted(
    text: &str,
    mapping: Mapping,
    entry: &Entry,
    adopt: bool,
    is_ours: bool,
) -> Result<(String, Done), EditError> {
    let refusal = match aws_auth::insert(text, mapping, entry) {
        Err(refusal @ Refusal::Exists { .. }) => refusal,
        edited => return Ok((edited?, Done::Written)),
    };
    let listing = aws_auth::Listing::read(text, mapping)?;
    let mut found = listing.of(&entry.arn);
    let (Some(only), None) = (found.next(), found.next()) else { return Err(refusal.into()) };
    match (is_ours, adopt) {
        // The values of an entry that an interrupted apply wrote can have changed since.
        (true, _) => Ok((aws_auth::update(text, mapping, entry)?, Done::Written)),
        (false, true) => Ok((aws_auth::update(text, mapping, entry)?, Done::Adopted(only.clone()))),
        (false, false) => Err(refusal.into()),
    }
}
