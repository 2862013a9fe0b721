//! Validates the block together with other arguments, without AWS requests.

use framework::diagnostics::Diagnostics;
use framework::model::Attr;

use super::super::model::NodeGroup;
use super::argument;

/// Validates combinations of arguments.
pub(in super::super) fn together(config: &NodeGroup, diagnostics: &mut Diagnostics) {
    if let Some(capacity_type) = config.capacity_type.text().filter(|text| !text.is_empty()) {
        capacity_rebalance(config, capacity_type, diagnostics);
    }
}

/// Rejects the replacement of Spot Instances in a group that has none. Auto Scaling accepts it without an effect.
pub(super) fn capacity_rebalance(config: &NodeGroup, capacity_type: &str, diagnostics: &mut Diagnostics) {
    let enabled = config.auto_scaling_group.first().map(|settings| settings.capacity_rebalance);
    if capacity_type == "SPOT" || enabled != Some(Attr::Known(true)) {
        return;
    }
    let path = argument("capacity_rebalance");
    diagnostics.error_at(
        path.clone(),
        format!("{path} requires capacity_type SPOT"),
        format!(
            "The capacity type is {capacity_type}, and capacity rebalancing replaces only Spot Instances. Remove \
             capacity_rebalance, or set capacity_type to SPOT."
        ),
    );
}
