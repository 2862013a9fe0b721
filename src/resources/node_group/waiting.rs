//! Waits until a node group is created, updated, or deleted.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use clients::errors::{ApiError, ErrorKind};
use clients::issues;
use clients::wait::{Limits, Progress, Waiter};

use super::api;
use super::client::{NodeGroup, NodeGroupClient, NodeGroupStatus, Update, UpdateStatus};
use super::roll_progress::RollProgress;

/// The first pause is short, so that quick changes are detected early. Node groups take minutes.
fn waiter(what: String) -> Waiter {
    Waiter::new(what).interval(Duration::from_secs(1), Duration::from_secs(15))
}

fn state(live: &NodeGroup) -> String {
    issues::state(live.status.as_str(), &live.health)
}

/// Waits until the node group is no longer being created. Returns `NotFound` if it disappears after it was seen.
pub(super) async fn created(
    client: &dyn NodeGroupClient,
    limits: &Limits,
    cluster: &str,
    name: &str,
) -> Result<NodeGroup, ApiError> {
    let seen = AtomicBool::new(false);
    waiter(format!("node group {} to become ACTIVE", api::id(cluster, name)))
        .until(limits, || async {
            let live = client.describe(cluster, name).await;
            let live = match live {
                // EKS can return "not found" for a group that it has just accepted.
                Err(error) if error.is_not_found() && !seen.load(Ordering::Relaxed) => {
                    return Ok(Progress::Pending("not visible yet".to_owned()));
                }
                other => other?,
            };
            seen.store(true, Ordering::Relaxed);
            Ok(match live.status {
                NodeGroupStatus::Creating => Progress::Pending(state(&live)),
                NodeGroupStatus::Active | NodeGroupStatus::Updating | NodeGroupStatus::Degraded => Progress::Done(live),
                NodeGroupStatus::CreateFailed
                | NodeGroupStatus::Deleting
                | NodeGroupStatus::DeleteFailed
                // An unknown status might never change, so waiting stops.
                | NodeGroupStatus::Unknown(_) => Progress::Halted(live),
            })
        })
        .await
}

/// Waits for one update by its ID. If it replaces nodes, the state also describes them.
pub(super) async fn update(
    client: &dyn NodeGroupClient,
    progress: Option<&RollProgress<'_>>,
    limits: &Limits,
    (cluster, name): (&str, &str),
    id: &str,
) -> Result<Update, ApiError> {
    waiter(format!("update {id} of node group {}", api::id(cluster, name)))
        .until(limits, || async {
            let update = client.describe_update(cluster, name, id).await?;
            Ok(match update.status {
                // The other statuses are final, so an unknown status is treated as in progress.
                UpdateStatus::InProgress | UpdateStatus::Unknown(_) => {
                    let nodes = match progress {
                        Some(progress) => progress.describe().await,
                        None => String::new(),
                    };
                    let separator = if nodes.is_empty() { "" } else { ": " };
                    Progress::Pending(format!("{} {}{separator}{nodes}", update.kind, update.status))
                }
                UpdateStatus::Successful | UpdateStatus::Failed | UpdateStatus::Cancelled => Progress::Done(update),
            })
        })
        .await
}

/// Waits until operations of an earlier run or another process are complete.
pub(super) async fn settled(
    client: &dyn NodeGroupClient,
    limits: &Limits,
    cluster: &str,
    name: &str,
) -> Result<NodeGroup, ApiError> {
    waiter(format!("node group {} to finish operations in progress", api::id(cluster, name)))
        .until(limits, || async {
            let live = client.describe(cluster, name).await?;
            Ok(match live.status {
                NodeGroupStatus::Creating | NodeGroupStatus::Updating => Progress::Pending(state(&live)),
                NodeGroupStatus::Active
                | NodeGroupStatus::Degraded
                | NodeGroupStatus::CreateFailed
                | NodeGroupStatus::DeleteFailed
                // An unknown status might never change, and EKS decides whether it accepts an update.
                | NodeGroupStatus::Unknown(_) => Progress::Done(live),
                // EKS would report the group as busy until it is deleted.
                NodeGroupStatus::Deleting => return Err(being_deleted(cluster, name)),
            })
        })
        .await
}

fn being_deleted(cluster: &str, name: &str) -> ApiError {
    let message = "another process is deleting the node group, and EKS cannot cancel a deletion. Run terraform plan \
                   again";
    ApiError::own(ErrorKind::Other, format!("updating node group {}", api::id(cluster, name)), message)
}

/// Maximum time for which a status from before the deletion can still be returned.
const STALE: Duration = Duration::from_secs(60);

/// Waits until the node group is deleted. Returns the group if the deletion failed. If `status` shows that an earlier
/// deletion had failed, that outcome is ignored until the new deletion has been seen, or for up to a minute.
pub(super) async fn deleted(
    client: &dyn NodeGroupClient,
    limits: &Limits,
    cluster: &str,
    name: &str,
    status: &NodeGroupStatus,
) -> Result<Option<NodeGroup>, ApiError> {
    let begun = AtomicBool::new(*status != NodeGroupStatus::DeleteFailed);
    let stale_until = Instant::now() + STALE;
    waiter(format!("node group {} to be deleted", api::id(cluster, name)))
        .until(limits, || async {
            let live = match client.describe(cluster, name).await {
                Err(error) if error.is_not_found() => return Ok(Progress::Done(None)),
                live => live?,
            };
            let outcome = || begun.load(Ordering::Relaxed) || Instant::now() >= stale_until;
            Ok(match live.status {
                NodeGroupStatus::DeleteFailed if outcome() => Progress::Halted(Some(live)),
                NodeGroupStatus::Deleting => {
                    begun.store(true, Ordering::Relaxed);
                    Progress::Pending(state(&live))
                }
                // The status before EKS accepted the deletion.
                NodeGroupStatus::DeleteFailed
                | NodeGroupStatus::Creating
                | NodeGroupStatus::Active
                | NodeGroupStatus::Updating
                | NodeGroupStatus::Degraded
                | NodeGroupStatus::CreateFailed
                | NodeGroupStatus::Unknown(_) => Progress::Pending(state(&live)),
            })
        })
        .await
}
