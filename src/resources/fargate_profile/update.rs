//! Updates a Fargate profile in place. Only its tags can be changed.

use clients::errors::ApiError;
use clients::partial_read::{is_another, unchanged_identity};
use clients::retry::Retry;
use clients::wait::Limits;
use framework::diagnostics::Diagnostics;
use framework::difference::MapDifference;
use framework::resource::{Change, Record};
use framework::tags::TagPolicy;

use super::api;
use super::client::{FargateProfile as Live, FargateProfileClient};
use super::model::FargateProfile;

/// Updates the tags to the plan. Completed changes are recorded even if a later step fails.
pub(super) async fn update(
    client: &dyn FargateProfileClient,
    policy: &TagPolicy,
    limits: &Limits,
    change: &Change<FargateProfile>,
    record: &mut Record<FargateProfile>,
) -> Result<(), Diagnostics> {
    let (cluster, name) = api::names(&change.planned);
    match tags(client, policy, limits, change).await {
        Ok(live) => {
            record.save(change.complete(&api::from_live(&change.planned, &live, policy)));
            Ok(())
        }
        Err(error) => {
            // A failed update can be partial, so the profile is read again. After an interruption, the next refresh
            // reads it.
            if !limits.cancellation.is_cancelled()
                && let Ok(live) = client.describe(cluster, name).await
                && !is_another(stored_arn(change), &live.arn)
            {
                record.save(api::from_live(change.prior.as_ref().unwrap_or(&change.planned), &live, policy));
            }
            let id = api::id(cluster, name);
            Err(error.into_diagnostic(format!("Unable to update Fargate profile {id}"), "").into())
        }
    }
}

fn stored_arn(change: &Change<FargateProfile>) -> Option<&str> {
    change.prior.as_ref().and_then(|prior| prior.arn.text())
}

async fn tags(
    client: &dyn FargateProfileClient,
    policy: &TagPolicy,
    limits: &Limits,
    change: &Change<FargateProfile>,
) -> Result<Live, ApiError> {
    let (cluster, name) = api::names(&change.planned);
    let id = api::id(cluster, name);
    let (reading, tagging) = (format!("reading Fargate profile {id}"), format!("tagging Fargate profile {id}"));
    let read = || client.describe(cluster, name);
    let live = Retry::new().run(&reading, limits, read).await?;
    unchanged_identity(&reading, stored_arn(change), &live.arn)?;
    let before = change.prior.as_ref().map(|prior| &prior.tags_all);
    let MapDifference { set, removed } = policy.changes(before, &change.planned.tags_all, &live.tags);
    if !removed.is_empty() {
        Retry::new().run(&tagging, limits, || client.untag(&live.arn, &removed)).await?;
    }
    if !set.is_empty() {
        Retry::new().run(&tagging, limits, || client.tag(&live.arn, &set)).await?;
    }
    if set.is_empty() && removed.is_empty() {
        return Ok(live);
    }
    Retry::new().run(&reading, limits, read).await
}
