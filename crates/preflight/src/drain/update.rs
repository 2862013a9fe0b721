//! The nodes that EKS launches in addition while it updates a node group.

use std::collections::BTreeSet;

use super::ROLLING;
use crate::facts::{Skip, Subnet};
use crate::subject::{Phase, Subject};

/// Returns whether the plan is an update that replaces the nodes of an existing node group.
#[must_use]
pub fn replaces_nodes(subject: &Subject) -> bool {
    subject.phase == Phase::Plan && ROLLING.into_iter().any(|input| subject.updates(input))
}

/// Returns the number of nodes that an update launches before it terminates old ones: none with the strategy `MINIMAL`,
/// or else twice the number of zones or the number of nodes that can be unavailable, whichever is larger. EKS raises
/// the maximum size of the Auto Scaling group for them. Source: EKS user guide, phases of a version update.
///
/// # Errors
/// Returns an error if the settings for updates are known only after apply.
pub fn additional_nodes(subject: &Subject, nodes: i64, subnets: &[&Subnet]) -> Result<i64, Skip> {
    let update = subject.update_config.get()?;
    let strategy = update.map(|update| update.strategy.get()).transpose()?.flatten();
    if strategy.is_some_and(|strategy| strategy == "MINIMAL") {
        return Ok(0);
    }
    let zones: BTreeSet<_> = subnets.iter().map(|subnet| subnet.zone_id.as_str()).collect();
    let count = update.map(|update| update.max_unavailable.get()).transpose()?.flatten().copied();
    let share = update.map(|update| update.max_unavailable_percentage.get()).transpose()?.flatten();
    let share = share.map(|percent| nodes.saturating_mul(*percent).saturating_add(99) / 100);
    let twice_the_zones = i64::try_from(zones.len()).unwrap_or(i64::MAX / 4) * 2;
    Ok(count.or(share).unwrap_or(1).max(twice_the_zones))
}
