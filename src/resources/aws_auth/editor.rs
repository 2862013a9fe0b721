//! The one way to the ConfigMap `kube-system/aws-auth` of a cluster: reads are shared, edits of a moment travel in one write.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::map::{AwsAuth, MOST_BYTES};
use crate::clients::cache::Cache;
use crate::clients::creation::leaves_open;
use crate::clients::errors::{ApiError, ErrorKind, KUBERNETES};
use crate::clients::kube::{KubernetesApi, Object};
use crate::clients::retry::Retry;
use crate::clients::together::Together;
use crate::clients::wait::Limits;
use render::aws_auth::{self, Entry, Found, Mapping, Refusal};

/// How long what was read serves the others who want to read: a plan reads all its entries at once.
const FRESH: Duration = Duration::from_secs(5);

/// A lost race costs one more round; a full-jitter pause keeps many writers apart.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// What is wanted of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Edit {
    /// An entry more. With `adopt`, one that exists is made the same instead of being refused.
    Insert { entry: Entry, adopt: bool },
    /// Another user name or other groups: what differs between the two. The rest of the live entry stays.
    Update { before: Entry, after: Entry },
    /// An entry less; none is fine.
    Remove(String),
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Done {
    /// The text says so now.
    Written,
    /// The entry was there, with these values.
    Adopted(Found),
    /// The entry was there as wanted, written by this provider a moment ago: by a run that was interrupted.
    Resumed,
    /// There was nothing to do.
    Nothing,
}

/// Why an edit was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum EditError {
    /// The API server, or the way to it.
    #[error("{0}")]
    Api(#[from] ApiError),
    /// The text.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// `immutable: true`.
    #[error("the ConfigMap is immutable")]
    Immutable,
    /// The API server would refuse it.
    #[error("the ConfigMap would hold {0} bytes, and the API server takes {MOST_BYTES}")]
    TooLarge(usize),
}

type Want = (Mapping, Edit);
type Answer = Result<Done, EditError>;

/// The ConfigMap of one cluster.
pub(super) struct Editor {
    api: Arc<dyn KubernetesApi>,
    wants: Together<Want, Answer>,
    reads: Cache<(), Arc<AwsAuth>>,
}

impl Editor {
    pub(super) fn new(api: Arc<dyn KubernetesApi>) -> Self {
        Self { api, wants: Together::default(), reads: Cache::with_max_age(FRESH) }
    }

    /// The map as it was a moment ago.
    ///
    /// # Errors
    /// When the API server does not answer; a missing ConfigMap is an empty map.
    pub(super) async fn read(&self) -> Result<Arc<AwsAuth>, ApiError> {
        let api = Arc::clone(&self.api);
        self.reads.get((), || async move { Ok(Arc::new(get(api.as_ref()).await?.0)) }).await
    }

    /// Makes an edit, together with those that others want at the same moment.
    ///
    /// # Errors
    /// When the entry or the text does not allow it, or the API server does not take it within the limits.
    pub(super) async fn edit(&self, mapping: Mapping, edit: Edit, limits: &Limits) -> Answer {
        let work = |wants: Vec<Want>| async move { self.fulfil(&wants, limits).await };
        self.wants.fulfil((mapping, edit), work).await
    }

    async fn fulfil(&self, wants: &[Want], limits: &Limits) -> Vec<Answer> {
        let open = AtomicBool::new(false);
        let passing = |error: &ApiError| {
            let raced = matches!(error.kind, ErrorKind::Conflict | ErrorKind::AlreadyExists);
            raced || (error.is_not_found() && error.service == KUBERNETES)
        };
        let retry = Retry::new().also(passing).pauses(FIRST_PAUSE, LONGEST_PAUSE);
        let answers = retry.run("editing aws-auth", limits, || self.round(wants, &open)).await;
        self.reads.forget(&());
        answers.unwrap_or_else(|error| wants.iter().map(|_| Err(error.clone().into())).collect())
    }

    /// Reads, edits the text for each want, and writes once. What a lost race or answer left undone, the next round does.
    async fn round(&self, wants: &[Want], open: &AtomicBool) -> Result<Vec<Answer>, ApiError> {
        let (map, object) = get(self.api.as_ref()).await?;
        let mut edited = map.clone();
        let again = open.load(Ordering::SeqCst);
        let answers = wants.iter().map(|(mapping, edit)| apply(&mut edited, *mapping, edit, again)).collect();
        if edited == map {
            return Ok(answers);
        }
        let written = match object {
            Some(mut object) => {
                edited.write_into(&mut object);
                self.api.replace(&AwsAuth::object(), &object).await
            }
            None => {
                let mut object = json!({});
                edited.write_into(&mut object);
                self.api.create(&AwsAuth::object(), &object).await
            }
        };
        match written {
            Ok(_) => Ok(answers),
            Err(error) => {
                open.fetch_or(leaves_open(&error), Ordering::SeqCst);
                Err(error)
            }
        }
    }
}

async fn get(api: &dyn KubernetesApi) -> Result<(AwsAuth, Option<Value>), ApiError> {
    let object: Object = AwsAuth::object();
    match api.get(&object).await {
        Ok(found) => Ok((AwsAuth::of(&found), Some(found))),
        Err(error) if error.is_not_found() && error.service == KUBERNETES => Ok((AwsAuth::default(), None)),
        Err(error) => Err(error),
    }
}

/// Makes one edit of the text. `again` says that an earlier round may have written it, its answer being lost.
fn apply(map: &mut AwsAuth, mapping: Mapping, edit: &Edit, again: bool) -> Answer {
    let text = map.text(mapping).to_owned();
    let (edited, done) = match edit {
        Edit::Insert { entry, adopt } => inserted(&text, mapping, entry, *adopt, again, map.is_recently_ours(mapping))?,
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
    Ok(done)
}

/// The live entry with the planned differences.
fn updated(live: &Found, before: &Entry, after: &Entry) -> Entry {
    let username = if before.username == after.username { &live.username } else { &after.username };
    let is_removed = |group: &&String| before.groups.contains(*group) && !after.groups.contains(*group);
    let is_added = |group: &&String| !before.groups.contains(*group) && !live.groups.contains(*group);
    let kept = live.groups.iter().filter(|group| !is_removed(group));
    let groups = kept.chain(after.groups.iter().filter(is_added)).cloned().collect();
    Entry { arn: after.arn.clone(), username: username.clone(), groups }
}

fn inserted(
    text: &str,
    mapping: Mapping,
    entry: &Entry,
    adopt: bool,
    again: bool,
    recently_ours: bool,
) -> Result<(String, Done), EditError> {
    let refusal = match aws_auth::insert(text, mapping, entry) {
        Err(refusal @ Refusal::Exists { .. }) => refusal,
        edited => return Ok((edited?, Done::Written)),
    };
    let listing = aws_auth::Listing::read(text, mapping)?;
    let mut found = listing.of(&entry.arn);
    let (Some(only), None) = (found.next(), found.next()) else { return Err(refusal.into()) };
    if again && only.has(entry) {
        return Ok((text.to_owned(), Done::Nothing));
    }
    if adopt {
        return Ok((aws_auth::update(text, mapping, entry)?, Done::Adopted(only.clone())));
    }
    if only.has(entry) && recently_ours {
        return Ok((text.to_owned(), Done::Resumed));
    }
    Err(refusal.into())
}
