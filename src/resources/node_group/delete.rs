//! Deletes a node group. EKS drains its nodes, and then deletes its Auto Scaling group.

use clients::errors::ErrorKind;
use clients::retry::Retry;
use clients::wait::Limits;
use framework::diagnostics::{Diagnostic, Diagnostics};

use super::client::{NodeGroupClient, NodeGroupStatus};
use super::{api, health, waiting};

/// Requests the deletion of the node group. Returns whether the group exists. A group that is missing or already being
/// deleted is not an error.
pub(super) async fn request(
    client: &dyn NodeGroupClient,
    limits: &Limits,
    cluster: &str,
    name: &str,
) -> Result<bool, Diagnostics> {
    let id = api::id(cluster, name);
    let doing = format!("deleting node group {id}");
    let request = || async {
        match client.delete(cluster, name).await {
            // If the group is busy because it is being deleted, another request is not required.
            Err(error) if error.kind == ErrorKind::InUse => match client.describe(cluster, name).await {
                Ok(live) if live.status == NodeGroupStatus::Deleting => Ok(()),
                _ => Err(error),
            },
            other => other,
        }
    };
    match Retry::new().run(&doing, limits, request).await {
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) => Err(error.into_diagnostic(format!("Unable to delete node group {id}"), "").into()),
        Ok(()) => Ok(true),
    }
}

/// Deletes the node group and waits until it is deleted.
pub(super) async fn delete(
    client: &dyn NodeGroupClient,
    limits: &Limits,
    cluster: &str,
    name: &str,
    status: &NodeGroupStatus,
) -> Result<(), Diagnostics> {
    if request(client, limits, cluster, name).await? {
        completed(client, limits, cluster, name, status).await?;
    }
    Ok(())
}

/// Waits until the node group is deleted. `status` is the status before the request: if an earlier deletion failed, the
/// deletion is retried.
pub(super) async fn completed(
    client: &dyn NodeGroupClient,
    limits: &Limits,
    cluster: &str,
    name: &str,
    status: &NodeGroupStatus,
) -> Result<(), Diagnostics> {
    let id = api::id(cluster, name);
    let left = waiting::deleted(client, limits, cluster, name, status)
        .await
        .map_err(|error| error.into_diagnostic(format!("Unable to confirm that node group {id} is deleted"), ""))?;
    let Some(live) = left else { return Ok(()) };
    let detail = format!("{}\n\n{}", health::describe_issues(&live.health, &[]), health::describe_leftovers(&live));
    Err(Diagnostic::error(format!("Deletion of node group {id} failed: {}", live.status), detail).into())
}
