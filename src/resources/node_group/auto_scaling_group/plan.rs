//! Checks of the block at plan time, without AWS requests.

use framework::model::Attr;
use framework::path::Path;
use framework::resource::Plan;
use render::arn::Arn;

use super::super::group_settings::GroupSettings;
use super::super::model::NodeGroup;
use super::{argument, validation};

/// The capacity type that EKS uses if none is configured.
const DEFAULT_CAPACITY_TYPE: &str = "ON_DEMAND";

/// Processes without which nodes that fail are kept. EKS works without them, so their suspension is only reported.
const REPAIRING: &[&str] = &["HealthCheck", "ReplaceUnhealthy"];

/// Reports settings that the node group does not support, and effects of new settings.
pub(in super::super) fn check(plan: &mut Plan<NodeGroup>) {
    // A replacement is planned a second time as a create, and is checked then.
    if plan.is_replace() {
        return;
    }
    let Some(settings) = plan.planned.auto_scaling_group.first().cloned() else { return };
    capacity_type(plan);
    target_group_region(&settings, plan);
    protection(&settings, plan);
    repairing_processes(&settings, plan);
}

fn capacity_type(plan: &mut Plan<NodeGroup>) {
    let planned = &plan.planned.capacity_type;
    let is_default = planned.is_unknown() && plan.config.capacity_type.is_null();
    let Some(capacity_type) = planned.text().or(is_default.then_some(DEFAULT_CAPACITY_TYPE)) else { return };
    validation::capacity_rebalance(&plan.planned, capacity_type, &mut plan.diagnostics);
}

/// Auto Scaling attaches only target groups in the Region of the group.
fn target_group_region(settings: &GroupSettings, plan: &mut Plan<NodeGroup>) {
    let Some(region) = plan.planned.region.text() else { return };
    let regions = |arn: &String| Arn::parse(arn).map(|parts| (arn.clone(), parts.region.to_owned()));
    let other = settings.target_group_arns.known_elements().filter_map(regions).find(|(_, of)| of != region);
    if let Some((arn, of)) = other {
        plan.diagnostics.error_at(
            argument("target_group_arns"),
            "Target group is in a different Region",
            format!(
                "Target group {arn} is in {of}, and the node group is in {region}. Auto Scaling attaches only target \
                 groups in its own Region. Use a target group in {region}."
            ),
        );
    }
}

/// Reports protection when it is enabled, and when the plan lowers a size that protection keeps.
fn protection(settings: &GroupSettings, plan: &mut Plan<NodeGroup>) {
    if settings.protect_from_scale_in != Attr::Known(true) {
        return;
    }
    let before = prior(plan).and_then(|settings| settings.protect_from_scale_in.known().copied());
    if before != Some(true) {
        plan.diagnostics.warning_at(
            argument("protect_from_scale_in"),
            "Protected nodes are not removed by a lower desired_size",
            "Auto Scaling does not terminate protected nodes to reduce the number of nodes, so a lower desired_size is \
             never reached. Updates by EKS and Cluster Autoscaler still terminate nodes, because they select the \
             instances themselves.",
        );
        return;
    }
    let size = |group: &NodeGroup| group.scaling_config.first()?.desired_size.known().copied();
    let (Some(from), Some(to)) = (plan.prior.as_ref().and_then(size), size(&plan.planned)) else { return };
    if to < from {
        plan.diagnostics.warning_at(
            Path::attribute("scaling_config").index(0).then("desired_size"),
            "Protected nodes prevent the lower desired_size",
            format!(
                "desired_size changes from {from} to {to}, but protect_from_scale_in prevents Auto Scaling from \
                 terminating nodes. The nodes are kept until protect_from_scale_in is set to false."
            ),
        );
    }
}

fn repairing_processes(settings: &GroupSettings, plan: &mut Plan<NodeGroup>) {
    let before = prior(plan);
    let is_new = |process: &&&str| settings.suspends(process) && !before.is_some_and(|before| before.suspends(process));
    let suspended: Vec<_> = REPAIRING.iter().filter(is_new).copied().collect();
    if !suspended.is_empty() {
        plan.diagnostics.warning_at(
            argument("suspended_processes"),
            "Failed nodes are not replaced",
            format!(
                "With {} suspended, Auto Scaling does not replace nodes whose instance fails, and the number of \
                 working nodes can remain below desired_size. Suspend these processes only for an investigation.",
                suspended.join(" and ")
            ),
        );
    }
}

fn prior(plan: &Plan<NodeGroup>) -> Option<&GroupSettings> {
    plan.prior.as_ref().and_then(|prior| prior.auto_scaling_group.first())
}
