//! The attributes of an instance type that all data sources share.

use framework::model::{List, Map};
use render::karpenter::instance_labels::devices;
use render::karpenter::instance_type::InstanceType;

/// Returns the usage classes in the order of the documentation, followed by newer ones.
pub(super) fn usage_classes(known: &InstanceType) -> List<String> {
    const ORDER: [&str; 3] = ["on-demand", "spot", "capacity-block"];
    let supported = |class: &&str| known.usage_classes.iter().any(|known| known == class);
    let others = known.usage_classes.iter().map(String::as_str).filter(|class| !ORDER.contains(class));
    List::of(ORDER.into_iter().filter(supported).chain(others).map(str::to_owned))
}

/// Returns the number of devices by resource name.
pub(super) fn resources(known: &InstanceType) -> Map<i64> {
    Map::of(devices(known).into_iter().map(|(name, count)| (name.to_owned(), count)))
}
