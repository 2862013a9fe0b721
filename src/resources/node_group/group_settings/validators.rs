//! Validators of single arguments of the block.

use framework::validators::{Validator, string_matching};
use render::arn::Arn;

/// The processes that can be suspended without breaking EKS. `Launch` and `Terminate` are omitted: EKS creates,
/// updates, scales, and deletes a node group by launching and terminating instances of the group. With `Launch`
/// suspended, an update cannot start new nodes. With `Terminate` suspended, a deletion does not end.
pub(super) const PROCESSES: &[&str] = &[
    "AddToLoadBalancer",
    "AlarmNotification",
    "AZRebalance",
    "HealthCheck",
    "InstanceRefresh",
    "ReplaceUnhealthy",
    "ScheduledActions",
];

/// The metrics of `EnableMetricsCollection`.
pub(super) const METRICS: &[&str] = &[
    "GroupAndWarmPoolDesiredCapacity",
    "GroupAndWarmPoolTotalCapacity",
    "GroupDesiredCapacity",
    "GroupInServiceCapacity",
    "GroupInServiceInstances",
    "GroupMaxSize",
    "GroupMinSize",
    "GroupPendingCapacity",
    "GroupPendingInstances",
    "GroupStandbyCapacity",
    "GroupStandbyInstances",
    "GroupTerminatingCapacity",
    "GroupTerminatingInstances",
    "GroupTotalCapacity",
    "GroupTotalInstances",
    "WarmPoolDesiredCapacity",
    "WarmPoolPendingCapacity",
    "WarmPoolTerminatingCapacity",
    "WarmPoolTotalCapacity",
    "WarmPoolWarmedCapacity",
];

/// The named termination policies.
const POLICIES: &[&str] = &[
    "AllocationStrategy",
    "ClosestToNextInstanceHour",
    "Default",
    "NewestInstance",
    "OldestInstance",
    "OldestLaunchConfiguration",
    "OldestLaunchTemplate",
];

/// Explains why a process cannot be suspended.
pub(super) fn required_process(process: &str) -> Option<String> {
    let needed = matches!(process, "Launch" | "Terminate");
    needed.then(|| format!("EKS requires {process} to create, update, scale, and delete node groups."))
}

pub(super) fn target_group_arn() -> Validator {
    let must = "be the ARN of an Elastic Load Balancing target group, such as \
                `arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/0123456789abcdef`";
    string_matching(must, |text| {
        let parts = |arn: &Arn<'_>| arn.resource.strip_prefix("targetgroup/").map(|rest| rest.split('/').count());
        Arn::parse(text).is_some_and(|arn| {
            let is_regional = arn.partition.starts_with("aws") && !arn.region.is_empty() && arn.has_account();
            arn.service == "elasticloadbalancing" && is_regional && parts(&arn) == Some(2)
        })
    })
}

pub(super) fn termination_policy() -> Validator {
    let named = POLICIES.iter().map(|policy| format!("`{policy}`")).collect::<Vec<_>>().join(", ");
    let must = format!("be one of {named}, or the ARN of a Lambda function");
    string_matching(must, |text| POLICIES.contains(&text) || is_function(text))
}

/// Whether this is the ARN of a Lambda function, of one of its versions, or of an alias.
fn is_function(text: &str) -> bool {
    Arn::parse(text).is_some_and(|arn| {
        let name = arn.resource.strip_prefix("function:").unwrap_or_default();
        let is_regional = arn.partition.starts_with("aws") && !arn.region.is_empty() && arn.has_account();
        arn.service == "lambda" && is_regional && !name.is_empty() && name.split(':').count() <= 2
    })
}
