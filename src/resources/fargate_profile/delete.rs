//! Deletes a Fargate profile. Its pods are deleted with it.

use clients::errors::ErrorKind;
use clients::retry::Retry;
use clients::wait::Limits;
use framework::diagnostics::{Diagnostic, Diagnostics};

use super::client::{FargateProfileClient, FargateProfileStatus};
use super::{api, health, waiting};

/// Deletes the profile and waits until it is deleted. A profile that is missing or already being deleted is not an
/// error. If another process creates or deletes a profile of the cluster, the request is retried.
pub(super) async fn delete(
    client: &dyn FargateProfileClient,
    limits: &Limits,
    cluster: &str,
    name: &str,
) -> Result<(), Diagnostics> {
    let id = api::id(cluster, name);
    let request = || async {
        match client.delete(cluster, name).await {
            // If the cluster is busy with the deletion of this profile, another request is not required.
            Err(error) if error.kind == ErrorKind::InUse => match client.describe(cluster, name).await {
                Ok(live) if live.status == FargateProfileStatus::Deleting => Ok(()),
                Err(error) if error.is_not_found() => Ok(()),
                _ => Err(error),
            },
            other => other,
        }
    };
    match Retry::new().run(&format!("deleting Fargate profile {id}"), limits, request).await {
        Err(error) if error.is_not_found() => return Ok(()),
        Err(error) => return Err(error.into_diagnostic(format!("Unable to delete Fargate profile {id}"), "").into()),
        Ok(()) => {}
    }
    let left = waiting::deleted(client, limits, cluster, name).await.map_err(|error| {
        error.into_diagnostic(format!("Unable to confirm that Fargate profile {id} is deleted"), "")
    })?;
    let Some(live) = left else { return Ok(()) };
    let detail = format!("{}\n\n{}", health::describe_issues(&live.health), health::describe_leftovers(&live));
    Err(Diagnostic::error(format!("Unable to delete Fargate profile {id}"), detail).into())
}
