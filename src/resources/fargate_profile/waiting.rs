//! Waits until a Fargate profile is created or deleted.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clients::errors::ApiError;
use clients::issues;
use clients::wait::{Limits, Progress, Waiter};

use super::api;
use super::client::{FargateProfile, FargateProfileClient, FargateProfileStatus};

/// Other operations can be queued, so the status is polled more often than the duration of one operation requires.
fn waiter(what: String) -> Waiter {
    Waiter::new(what).interval(Duration::from_secs(1), Duration::from_secs(5))
}

fn pending<T>(live: &FargateProfile) -> Progress<T> {
    Progress::Pending(issues::state(live.status.as_str(), &live.health))
}

/// Waits until the profile is no longer being created. Returns `NotFound` if it disappears after it was seen.
pub(super) async fn created(
    client: &dyn FargateProfileClient,
    limits: &Limits,
    cluster: &str,
    name: &str,
) -> Result<FargateProfile, ApiError> {
    let seen = AtomicBool::new(false);
    waiter(format!("Fargate profile {} to become ACTIVE", api::id(cluster, name)))
        .until(limits, || async {
            let live = match client.describe(cluster, name).await {
                // EKS can return "not found" for a profile that it has just accepted.
                Err(error) if error.is_not_found() && !seen.load(Ordering::Relaxed) => {
                    return Ok(Progress::Pending("not visible yet".to_owned()));
                }
                other => other?,
            };
            seen.store(true, Ordering::Relaxed);
            Ok(match live.status {
                FargateProfileStatus::Creating => pending(&live),
                FargateProfileStatus::Active => Progress::Done(live),
                FargateProfileStatus::CreateFailed
                | FargateProfileStatus::Deleting
                | FargateProfileStatus::DeleteFailed
                // An unknown status might never change, so waiting stops.
                | FargateProfileStatus::Unknown(_) => Progress::Halted(live),
            })
        })
        .await
}

/// Waits until the profile is deleted. Returns the profile if the deletion failed.
pub(super) async fn deleted(
    client: &dyn FargateProfileClient,
    limits: &Limits,
    cluster: &str,
    name: &str,
) -> Result<Option<FargateProfile>, ApiError> {
    waiter(format!("Fargate profile {} to be deleted", api::id(cluster, name)))
        .until(limits, || async {
            let live = match client.describe(cluster, name).await {
                Err(error) if error.is_not_found() => return Ok(Progress::Done(None)),
                live => live?,
            };
            Ok(match live.status {
                FargateProfileStatus::DeleteFailed => Progress::Halted(Some(live)),
                FargateProfileStatus::Deleting
                // The status before EKS accepted the deletion.
                | FargateProfileStatus::Creating
                | FargateProfileStatus::Active
                | FargateProfileStatus::CreateFailed
                | FargateProfileStatus::Unknown(_) => pending(&live),
            })
        })
        .await
}
