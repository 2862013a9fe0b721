//! Creating a node group so that none is ever orphaned: what exists is recorded before anything can fail.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::clients::errors::{ApiError, ErrorKind};
use crate::clients::retry::Retry;
use crate::clients::wait::Limits;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::resource::{Change, Record};
use crate::framework::tags::TagPolicy;

use super::client::{CreateNodeGroup, NodeGroup as Live, NodeGroupClient};
use super::model::NodeGroup;
use super::{api, changes, group_tags, health, unique, waiting};

/// How often a creation that failed for a passing reason is begun again.
const ATTEMPTS: u32 = 4;

/// How long a look at what exists may take after the user has interrupted: stopping is to take two seconds at most.
const LAST_LOOK: Duration = Duration::from_millis(400);

/// What creations of this process must know of each other and of deletions.
#[derive(Debug, Default)]
pub(super) struct Claims {
    /// The names, with their regions, whose creation runs, so that one resource cannot mistake another's group for its
    /// own.
    running: Mutex<HashSet<String>>,
    /// The ARNs of groups that were taken over in this run.
    taken_over: Mutex<HashSet<String>>,
}

/// Creates the node group, waits for it, and tags its Auto Scaling group.
pub(super) async fn create(
    client: &dyn NodeGroupClient,
    claims: &Claims,
    policy: &TagPolicy,
    limits: &Limits,
    change: &Change<NodeGroup>,
    record: &mut Record<NodeGroup>,
) -> Result<(), Diagnostics> {
    let name = unique::node_group_name(&change.planned);
    let request = api::create_request(&change.planned, &name, &unique::token());
    let id = api::id(&request.cluster_name, &name);
    let region = change.planned.region.text().unwrap_or_default();
    let claim = claims.take(format!("{region}/{id}")).ok_or_else(|| twice(&id))?;
    let live = attempts(client, claims, policy, limits, change, record, request).await?;
    drop(claim);
    if live.status == "DEGRADED" {
        let issues = health::describe_issues(&live.health, &[]);
        record.diagnostics.warning(format!("Node group {id} is DEGRADED"), issues);
    }
    // An error would taint the group, and the next apply replace all its nodes for the sake of a tag.
    if let Err(errors) = group_tags::apply(client, limits, &change.planned, None, &live).await {
        for error in errors.iter() {
            let detail = format!("{}\n\nThe node group itself is made. The next apply tags again.", error.detail);
            record.diagnostics.warning(error.summary.clone(), detail);
        }
    }
    record.save(change.complete(&api::from_live(&change.planned, &live, policy)));
    Ok(())
}

/// Begins the creation until it ends well, fails for good, or has failed for passing reasons too often.
async fn attempts(
    client: &dyn NodeGroupClient,
    claims: &Claims,
    policy: &TagPolicy,
    limits: &Limits,
    change: &Change<NodeGroup>,
    record: &mut Record<NodeGroup>,
    mut request: CreateNodeGroup,
) -> Result<Live, Diagnostics> {
    let id = api::id(&request.cluster_name, &request.node_group_name);
    for attempt in 1.. {
        let begun = begin(client, claims, limits, &request, record).await?;
        record.save(api::from_live(&change.planned, &begun, policy));
        let live = waiting::created(client, limits, &request.cluster_name, &request.node_group_name)
            .await
            .map_err(|error| unfinished(error, &id))?;
        record.save(api::from_live(&change.planned, &live, policy));
        if live.status != "CREATE_FAILED" {
            return Ok(live);
        }
        let passing = !live.health.is_empty() && live.health.iter().all(|issue| health::is_passing(&issue.code));
        if !passing || attempt >= ATTEMPTS {
            return Err(failed(client, &live, &id).await);
        }
        tracing::warn!(attempt, "node group {id} failed for a passing reason; deleting it to create it again");
        super::delete::delete(client, limits, &request.cluster_name, &request.node_group_name).await?;
        record.gone();
        request.client_request_token = unique::token();
    }
    Err(Diagnostics::new())
}

/// Sends the request, until it is sure whether the group exists.
async fn begin(
    client: &dyn NodeGroupClient,
    claims: &Claims,
    limits: &Limits,
    request: &CreateNodeGroup,
    record: &mut Record<NodeGroup>,
) -> Result<Live, Diagnostics> {
    let id = api::id(&request.cluster_name, &request.node_group_name);
    let doing = format!("creating node group {id}");
    let error = match Retry::new().run(&doing, limits, || client.create(request)).await {
        Ok(live) => return Ok(live),
        Err(error) => error,
    };
    let existing = look(client, limits, request, &error).await;
    match existing {
        Some(live) if changes::is_same(request, &live) && is_recent(&live, limits) => {
            if error.kind == ErrorKind::AlreadyExists {
                record.diagnostics.warning(
                    format!("Node group {id} was already there"),
                    "It has exactly the planned settings and was created a short while ago, so it was taken for what \
                     an earlier, interrupted apply had begun. It is in the state now.",
                );
            }
            claims.take_over(&live.arn);
            Ok(live)
        }
        _ if error.kind == ErrorKind::AlreadyExists => Err(taken(error, &id).into()),
        _ => Err(error.into_diagnostic(format!("Cannot create node group {id}"), "").into()),
    }
}

/// After an error that leaves open whether the request had an effect: what exists under the name.
async fn look(
    client: &dyn NodeGroupClient,
    limits: &Limits,
    request: &CreateNodeGroup,
    error: &ApiError,
) -> Option<Live> {
    let open = matches!(
        error.kind,
        ErrorKind::AlreadyExists
            | ErrorKind::Timeout
            | ErrorKind::Connection
            | ErrorKind::Server
            | ErrorKind::Cancelled
            | ErrorKind::Expired
            | ErrorKind::Throttled
            | ErrorKind::Other
    );
    if !open {
        return None;
    }
    let patience = if limits.cancellation.is_cancelled() { LAST_LOOK } else { Duration::from_secs(30) };
    let describe = client.describe(&request.cluster_name, &request.node_group_name);
    tokio::time::timeout(patience, describe).await.ok()?.ok()
}

/// Whether a group was created within the time that a creation may take, so that an interrupted apply of the same
/// configuration may have been it.
fn is_recent(live: &Live, limits: &Limits) -> bool {
    let created: Option<jiff::Timestamp> = live.created_at.as_ref().and_then(|text| text.parse().ok());
    let age = created.and_then(|created| Duration::try_from(jiff::Timestamp::now().duration_since(created)).ok());
    live.status == "CREATING" || age.is_none_or(|age| age <= limits.deadline.total().max(Duration::from_secs(3600)))
}

fn taken(error: ApiError, id: &str) -> Diagnostic {
    let advice = format!(
        "Another node group has this name. If it is the one you mean, import it: terraform import ADDRESS {id}, or an \
         import block with id = \"{id}\". Otherwise choose another node_group_name, or node_group_name_prefix."
    );
    error.into_diagnostic(format!("Node group {id} exists already"), &advice)
}

fn unfinished(error: ApiError, id: &str) -> Diagnostics {
    let advice = match error.kind {
        ErrorKind::Timeout => {
            "The node group still exists and is in the state, marked as tainted. If nodes just need longer, raise \
             timeouts { create }, run terraform untaint and apply again; else look at its health issues."
        }
        ErrorKind::Cancelled => {
            "The node group exists and is in the state, marked as tainted. If it becomes ACTIVE, terraform untaint \
             keeps it."
        }
        _ => "",
    };
    error.into_diagnostic(format!("Node group {id} is not known to be ready"), advice).into()
}

async fn failed(client: &dyn NodeGroupClient, live: &Live, id: &str) -> Diagnostics {
    let mut activities = Vec::new();
    for group in &live.auto_scaling_groups {
        activities.extend(client.failed_scaling_activities(group).await.unwrap_or_default());
    }
    let issues = health::describe_issues(&live.health, &activities);
    let left = health::describe_left(live);
    Diagnostic::error(format!("Node group {id} could not be created: {}", live.status), format!("{issues}\n\n{left}"))
        .into()
}

fn twice(id: &str) -> Diagnostics {
    Diagnostic::error(
        format!("Node group {id} is configured twice"),
        "Another resource of this run is creating a node group of the same name in the same cluster. Give each its own \
         node_group_name.",
    )
    .into()
}

/// The exclusive right to create a node group of a name in this process, until dropped.
struct Claim<'c> {
    claims: &'c Claims,
    name: String,
}

impl Claims {
    fn take(&self, name: String) -> Option<Claim<'_>> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        // Lazily: a claim that is made and dropped here would give back the name of the one who has it.
        running.insert(name.clone()).then(|| Claim { claims: self, name })
    }

    fn take_over(&self, arn: &str) {
        self.taken_over.lock().unwrap_or_else(PoisonError::into_inner).insert(arn.to_owned());
    }

    /// Forgets that a group was taken over: reading or planning it begins another run.
    pub(super) fn settle(&self, group: &NodeGroup) {
        if let Some(arn) = group.arn.text() {
            self.taken_over.lock().unwrap_or_else(PoisonError::into_inner).remove(arn);
        }
    }

    /// A warning in place of the deletion of a group that a creation of this run has taken over. That is how a
    /// replacement ends that creates before it destroys and has a fixed name: core shows creation nothing of the
    /// predecessor, whose deletion would take the only group away.
    pub(super) fn successor(&self, group: &NodeGroup) -> Option<Diagnostic> {
        let arn = group.arn.text()?;
        let taken_over = self.taken_over.lock().unwrap_or_else(PoisonError::into_inner).contains(arn);
        taken_over.then(|| {
            Diagnostic::warning(
                format!("Node group {} was kept, not replaced", group.id.text().unwrap_or(arn)),
                "Its successor has the same name and settings, so it was taken over and not deleted. To have other \
                 nodes with create_before_destroy, use node_group_name_prefix instead of node_group_name.",
            )
        })
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.claims.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.name);
    }
}
