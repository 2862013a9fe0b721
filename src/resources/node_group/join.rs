//! Reads why nodes did not join, from the console output of their instances.

use std::time::Duration;

use futures::future::join_all;
use preflight::node_log::{ConsoleLog, InstanceId, summarize};

use clients::errors::{ApiError, ErrorKind};
use clients::wait::{Limits, Progress, Waiter};

use super::client::{Issue, NodeGroup as Live, NodeGroupClient, NodeGroupStatus};

/// The code of the issue and the update error.
const NOT_JOINED: &str = "NodeCreationFailure";

/// Maximum number of instances that are read. Instances of one node group usually have the same problem.
const INSTANCES: usize = 3;

/// EC2 stores the output of a new instance with a delay. For this long it is requested again, with this pause.
const DELAY: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_secs(10);

/// Returns what the console output of instances that did not join shows, or an empty string if the issues have another
/// cause or the run is interrupted.
pub(super) async fn explain(client: &dyn NodeGroupClient, limits: &Limits, group: &Live, issues: &[Issue]) -> String {
    if !issues.iter().any(|issue| issue.code == NOT_JOINED) {
        return String::new();
    }
    let found = limits.cancellation.run_until_cancelled(read(client, limits, group, issues)).await;
    match found {
        None => String::new(),
        Some(Ok(text)) => text,
        Some(Err((action, error))) => format!(
            "The console output of the instances can show the cause, but it could not be read: {error}. {}",
            if error.kind == ErrorKind::Denied {
                format!("Allow {action}, or run aws ec2 get-console-output with the ID of an instance.")
            } else {
                "Run aws ec2 get-console-output with the ID of an instance.".to_owned()
            }
        ),
    }
}

/// An IAM action, and the error of its call.
type Failed = (&'static str, ApiError);

async fn read(client: &dyn NodeGroupClient, limits: &Limits, group: &Live, issues: &[Issue]) -> Result<String, Failed> {
    let instances = instances(client, group, issues).await?;
    if instances.is_empty() {
        return Ok(String::new());
    }
    let outputs = join_all(instances.iter().map(|instance| output(client, limits, instance))).await;
    let (mut logs, mut failure) = (Vec::new(), None);
    for (instance, output) in instances.into_iter().zip(outputs) {
        match output {
            Ok(Some(output)) => {
                let log = ConsoleLog::from_bytes(&output);
                tracing::debug!(instance, output = %log, "console output of an instance that did not join");
                logs.push((InstanceId(instance), log));
            }
            Ok(None) => {}
            Err(failed) => failure = Some(failed),
        }
    }
    match failure {
        Some(failed) if logs.is_empty() => Err(failed),
        _ if logs.is_empty() => Ok("EC2 has no console output of the instances.".to_owned()),
        _ => Ok(summarize(&logs).to_string()),
    }
}

/// Returns the instances that EKS reports. If it reports none for a new node group, returns instances of its Auto
/// Scaling groups, from different zones if possible.
async fn instances(client: &dyn NodeGroupClient, group: &Live, issues: &[Issue]) -> Result<Vec<String>, Failed> {
    let not_joined = issues.iter().filter(|issue| issue.code == NOT_JOINED);
    let reported = not_joined.flat_map(|issue| &issue.resource_ids).filter(|id| id.starts_with("i-"));
    let reported: Vec<_> = reported.take(INSTANCES).cloned().collect();
    if !reported.is_empty() {
        return Ok(reported);
    }
    // Instances of a group that was created before are old nodes, which have joined.
    if group.status != NodeGroupStatus::CreateFailed {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for name in &group.auto_scaling_groups {
        let members = client.auto_scaling_group_instances(name).await;
        found.extend(members.map_err(|error| ("autoscaling:DescribeAutoScalingGroups", error))?);
    }
    // The first instance of each zone, then the others.
    let mut zones = std::collections::BTreeSet::new();
    let (first, others): (Vec<_>, Vec<_>) = found.into_iter().partition(|each| zones.insert(each.zone.clone()));
    Ok(first.into_iter().chain(others).take(INSTANCES).map(|each| each.id).collect())
}

async fn output(client: &dyn NodeGroupClient, limits: &Limits, instance: &str) -> Result<Option<Vec<u8>>, Failed> {
    let limits = Limits::new(DELAY, limits.cancellation.clone());
    let waiter = Waiter::new(format!("the console output of instance {instance}"));
    let waiter = waiter.interval(PAUSE, PAUSE).patience(Duration::ZERO);
    let found = waiter.until(&limits, || async {
        let output = client.console_output(instance).await?;
        Ok(output.map_or_else(|| Progress::Pending("not stored yet".to_owned()), Progress::Done))
    });
    match found.await {
        Ok(output) => Ok(Some(output)),
        // EC2 may have terminated the instance long ago.
        Err(error) if error.kind == ErrorKind::Timeout || error.is_not_found() => Ok(None),
        Err(error) => Err(("ec2:GetConsoleOutput", error)),
    }
}

#[cfg(test)]
#[path = "join_tests.rs"]
mod tests;
