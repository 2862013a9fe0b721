//! Waiting for a node group: created, updated, deleted.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use crate::clients::errors::ApiError;
use crate::clients::issues;
use crate::clients::wait::{Limits, Progress, Waiter};

use super::api;
use super::client::{NodeGroup, NodeGroupClient, Update};

/// The first pause is short so that a change that is quick is not waited for long; node groups take minutes.
fn waiter(what: String) -> Waiter {
    Waiter::new(what).interval(Duration::from_secs(1), Duration::from_secs(15))
}

fn state(live: &NodeGroup) -> String {
    issues::state(&live.status, &live.health)
}

/// Waits until the node group is created, well or not: the answer is `ACTIVE`, `DEGRADED` or `CREATE_FAILED`.
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
                // EKS may not show a group yet that it has just accepted.
                Err(error) if error.is_not_found() && !seen.load(Ordering::Relaxed) => {
                    return Ok(Progress::Pending("not visible yet".to_owned()));
                }
                other => other?,
            };
            seen.store(true, Ordering::Relaxed);
            Ok(match live.status.as_str() {
                "CREATING" => Progress::Pending(state(&live)),
                "CREATE_FAILED" | "DELETING" | "DELETE_FAILED" => Progress::Halted(live),
                _ => Progress::Done(live),
            })
        })
        .await
}

/// Waits for one update by its id.
pub(super) async fn update(
    client: &dyn NodeGroupClient,
    limits: &Limits,
    cluster: &str,
    name: &str,
    id: &str,
) -> Result<Update, ApiError> {
    waiter(format!("update {id} of node group {}", api::id(cluster, name)))
        .until(limits, || async {
            let update = client.describe_update(cluster, name, id).await?;
            Ok(match update.status.as_str() {
                "InProgress" => Progress::Pending(format!("{} {}", update.kind, update.status)),
                _ => Progress::Done(update),
            })
        })
        .await
}

/// Waits while the node group is busy with what an earlier run, or somebody else, began.
pub(super) async fn settled(
    client: &dyn NodeGroupClient,
    limits: &Limits,
    cluster: &str,
    name: &str,
) -> Result<NodeGroup, ApiError> {
    waiter(format!("node group {} to finish what is in progress", api::id(cluster, name)))
        .until(limits, || async {
            let live = client.describe(cluster, name).await?;
            Ok(match live.status.as_str() {
                "CREATING" | "UPDATING" => Progress::Pending(state(&live)),
                _ => Progress::Done(live),
            })
        })
        .await
}

/// How long a status from before the deletion may still be shown.
const STALE: Duration = Duration::from_secs(60);

/// Waits until the node group is gone. The answer is the group if deletion failed. When it had failed before, as
/// `status` tells, that outcome counts again only once the new deletion has been seen, or has not for a minute.
pub(super) async fn deleted(
    client: &dyn NodeGroupClient,
    limits: &Limits,
    cluster: &str,
    name: &str,
    status: &str,
) -> Result<Option<NodeGroup>, ApiError> {
    let begun = AtomicBool::new(status != "DELETE_FAILED");
    let stale_until = Instant::now() + STALE;
    waiter(format!("node group {} to be deleted", api::id(cluster, name)))
        .until(limits, || async {
            match client.describe(cluster, name).await {
                Err(error) if error.is_not_found() => Ok(Progress::Done(None)),
                Ok(live) if live.status == "DELETE_FAILED" => {
                    let outcome = begun.load(Ordering::Relaxed) || Instant::now() >= stale_until;
                    Ok(if outcome { Progress::Halted(Some(live)) } else { Progress::Pending(state(&live)) })
                }
                Ok(live) if live.status == "DELETING" => {
                    begun.store(true, Ordering::Relaxed);
                    Ok(Progress::Pending(state(&live)))
                }
                Ok(live) => Ok(Progress::Pending(state(&live))),
                Err(error) => Err(error),
            }
        })
        .await
}
