//! `AZRebalance` during a rolling update. EKS starts new nodes in every Availability Zone and relies on this process to
//! place them. If the block suspends it, the provider resumes it for the update, and suspends it again afterward.

use tokio_util::sync::CancellationToken;

use clients::errors::ApiError;
use clients::retry::Retry;
use clients::wait::Limits;
use framework::diagnostics::Diagnostics;
use framework::private::Private;

use super::super::client::{NodeGroup as Live, NodeGroupClient};
use super::super::model::NodeGroup;
use super::apply::Target;
use super::argument;
use super::originals::Originals;

/// The process.
const PROCESS: &str = "AZRebalance";

/// The groups whose process was resumed for an update.
pub(in super::super) struct Resumed<'r> {
    client: &'r dyn NodeGroupClient,
    limits: &'r Limits,
    groups: Vec<String>,
}

/// Resumes the process in the groups in which the block suspends it. A process that AWS suspended stays suspended.
pub(in super::super) async fn resume<'r>(
    client: &'r dyn NodeGroupClient,
    limits: &'r Limits,
    (prior, planned): (&NodeGroup, &NodeGroup),
    live: &Live,
    private: &mut Private,
) -> Result<Resumed<'r>, Diagnostics> {
    let suspends =
        |group: &NodeGroup| group.auto_scaling_group.first().is_some_and(|settings| settings.suspends(PROCESS));
    let mut resumed = Resumed { client, limits, groups: Vec::new() };
    if !suspends(prior) && !suspends(planned) {
        return Ok(resumed);
    }
    let mut originals = Originals::of(private);
    for group in &live.auto_scaling_groups {
        let cannot = |error| cannot(error, group);
        let found = Target { client, limits, group }.read().await.map_err(cannot)?;
        if !found.is_some_and(|found| found.is_suspended_by_user(PROCESS)) {
            continue;
        }
        let mut original = originals.get(group);
        if suspends(planned) {
            original.suspended_processes.entry(PROCESS.to_owned()).or_insert(true);
            originals.store(group, original, private);
        } else if original.suspended_processes.get(PROCESS) != Some(&false) {
            // The process was already suspended before the block suspended it, and stays so without the block.
            continue;
        }
        let doing = format!("resuming {PROCESS} of Auto Scaling group {group} for an update");
        let processes = [PROCESS.to_owned()];
        Retry::new().run(&doing, limits, || client.resume_processes(group, &processes)).await.map_err(cannot)?;
        if suspends(planned) {
            resumed.groups.push(group.clone());
        }
    }
    Ok(resumed)
}

impl Resumed<'_> {
    /// Suspends the process again, also if the update failed, timed out, or was interrupted.
    pub(in super::super) async fn suspend_again(self) -> Result<(), Diagnostics> {
        let mut errors = Diagnostics::new();
        // A run that is already interrupted has this time nevertheless.
        let interrupted = self.limits.cancellation.clone();
        let cancellation = if interrupted.is_cancelled() { CancellationToken::new() } else { interrupted };
        let limits = Limits::new(self.limits.time_to_clean_up(), cancellation);
        let processes = [PROCESS.to_owned()];
        for group in &self.groups {
            let doing = format!("suspending {PROCESS} of Auto Scaling group {group} again");
            let retry = Retry::new();
            let suspend = retry.run(&doing, &limits, || self.client.suspend_processes(group, &processes));
            let result = limits.within("suspending a process again", suspend).await;
            if let Err(error) = result.and_then(|result| result) {
                errors.extend(not_suspended(error, group));
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

fn cannot(error: ApiError, group: &str) -> Diagnostics {
    let summary = format!("Unable to resume {PROCESS} of Auto Scaling group {group}");
    error.into_diagnostic(summary, "").at(argument("suspended_processes")).into()
}

fn not_suspended(error: ApiError, group: &str) -> Diagnostics {
    let advice = format!(
        "The provider resumed {PROCESS} for the rolling update, and could not suspend it again. The next plan shows \
         the difference, and its apply suspends the process."
    );
    let summary = format!("Unable to suspend {PROCESS} of Auto Scaling group {group}");
    error.into_diagnostic(summary, &advice).at(argument("suspended_processes")).into()
}
