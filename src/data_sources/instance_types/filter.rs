//! Filters instance types by the arguments that all data sources share.

use framework::model::{Attr, Set};
use preflight::policy::matches;
use render::karpenter::auto_mode;
use render::karpenter::controller::Controller;
use render::karpenter::instance_type::{InstanceType, Offer};

use super::shared::Common;

/// Whether an instance type matches the arguments.
pub(super) fn is_selected(common: &Common<'_>, offer: &Offer) -> bool {
    let known = &offer.instance_type;
    is_started(common, known)
        && one_of(common.architectures, |name| name == known.architecture())
        && one_of(common.instance_families, |family| family == known.family())
        && one_of(common.instance_type_patterns, |pattern| matches(&known.name, pattern))
        && one_of(common.usage_classes, |class| known.usage_classes.iter().any(|known| known == class))
        && one_of(common.availability_zones, |zone| {
            offer.zones.iter().any(|known| known.name == zone || known.id == zone)
        })
        && is(common.efa_supported, known.network.efa)
}

fn is_started(common: &Common<'_>, known: &InstanceType) -> bool {
    common.controller != Some(Controller::AutoMode) || auto_mode::starts(known.family()) != Some(false)
}

/// Whether a filter is unset or one of its values matches.
pub(super) fn one_of(asked: &Set<String>, mut holds: impl FnMut(&str) -> bool) -> bool {
    asked.known_elements().next().is_none() || asked.known_elements().any(|each| holds(each))
}

/// Whether a filter is unset or equals this value.
pub(super) fn is(asked: &Attr<bool>, found: bool) -> bool {
    asked.known().is_none_or(|asked| *asked == found)
}

/// Whether a minimum is unset or reached.
pub(super) fn at_least(least: &Attr<i64>, found: i64) -> bool {
    least.known().is_none_or(|least| found >= *least)
}
