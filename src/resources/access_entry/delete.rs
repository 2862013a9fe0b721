//! Deletes an access entry.

use std::time::Duration;

use clients::retry::Retry;
use clients::wait::{Limits, Progress, Waiter};
use framework::diagnostics::Diagnostics;

use super::api;
use super::client::AccessEntryClient;

/// Deletes the entry, if it exists, and waits until it is deleted, so that it can be recreated.
pub(super) async fn delete(
    client: &dyn AccessEntryClient,
    limits: &Limits,
    cluster: &str,
    principal: &str,
) -> Result<(), Diagnostics> {
    let id = api::id(cluster, principal);
    let doing = format!("deleting access entry {id}");
    match Retry::new().run(&doing, limits, || client.delete(cluster, principal)).await {
        Err(error) if error.is_not_found() => return Ok(()),
        Err(error) => return Err(error.into_diagnostic(format!("Unable to delete access entry {id}"), "").into()),
        Ok(()) => {}
    }
    let waiter = Waiter::new(format!("access entry {id} to be deleted"))
        .interval(Duration::from_secs(1), Duration::from_secs(5));
    let gone = waiter.until(limits, || async {
        match client.describe(cluster, principal).await {
            Err(error) if error.is_not_found() => Ok(Progress::Done(())),
            Ok(_) => Ok(Progress::Pending("still exists".to_owned())),
            Err(error) => Err(error),
        }
    });
    gone.await.map_err(|error| {
        error
            .into_diagnostic(
                format!(
                    "Unable to confirm that access entry {id} is \
                                                        deleted"
                ),
                "",
            )
            .into()
    })
}
