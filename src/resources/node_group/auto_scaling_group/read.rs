//! Reads the settings of a group that the block manages.

use framework::blocks::ListBlock;
use framework::model::{Attr, List, Set, SetOf};

use clients::errors::ApiError;

use super::super::client::{NodeGroup as Live, NodeGroupClient};
use super::super::group_settings::GroupSettings;
use super::super::scaling_group::ScalingGroup;

/// Returns the live values of the stored arguments, so that changed settings appear as drift. Arguments that are not
/// set stay unset. A group that does not exist has no drift: the node group reports it as a health issue.
pub(in super::super) async fn read(
    client: &dyn NodeGroupClient,
    stored: &ListBlock<GroupSettings>,
    live: &Live,
) -> Result<ListBlock<GroupSettings>, ApiError> {
    let Some(settings) = stored.first().filter(|settings| settings.is_set()) else { return Ok(stored.clone()) };
    let mut found = settings.clone();
    for group in &live.auto_scaling_groups {
        if let Some(group) = client.scaling_group(group).await? {
            found = found_in(&found, &group);
        }
    }
    Ok(ListBlock::of([found]))
}

fn found_in(stored: &GroupSettings, live: &ScalingGroup) -> GroupSettings {
    GroupSettings {
        capacity_rebalance: value(stored.capacity_rebalance, live.capacity_rebalance),
        enabled_metrics: elements(&stored.enabled_metrics, |metric| live.metrics.contains(metric)),
        protect_from_scale_in: value(stored.protect_from_scale_in, live.protects_new_instances),
        suspended_processes: elements(&stored.suspended_processes, |process| {
            live.suspended_processes.contains_key(process)
        }),
        target_group_arns: elements(&stored.target_group_arns, |arn| live.target_groups.contains(arn)),
        termination_policies: match stored.policies() {
            Some(policies) if policies != live.termination_policies => List::of(live.termination_policies.clone()),
            _ => stored.termination_policies.clone(),
        },
    }
}

fn value(stored: Attr<bool>, live: bool) -> Attr<bool> {
    if stored.is_known() { Attr::Known(live) } else { stored }
}

/// Returns the stored elements that the group still has. Its other elements are not managed.
fn elements(stored: &Set<String>, is_live: impl Fn(&str) -> bool) -> Set<String> {
    let Attr::Known(set) = stored else { return stored.clone() };
    let kept = set.0.iter().filter(|element| element.text().is_none_or(&is_live));
    Attr::Known(SetOf(kept.cloned().collect()))
}
