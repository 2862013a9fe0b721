//! Filters instance types by the arguments.

use framework::model::{Attr, Set};
use preflight::policy::matches;
use render::karpenter::auto_mode;
use render::karpenter::controller::Controller;
use render::karpenter::instance_labels::value;
use render::karpenter::instance_type::{InstanceType, Offer};

use super::model::GpuInstanceTypes;

/// The common attributes of the accelerators of an instance type.
struct Device {
    name: String,
    manufacturer: String,
    count: i64,
    memory_mib: i64,
}

/// Whether an instance type matches the arguments.
pub(super) fn wants(config: &GpuInstanceTypes, offer: &Offer) -> bool {
    let known = &offer.instance_type;
    is_of_a_kind(config, known)
        && is_started(config, known)
        && has_device(config, known)
        && one_of(&config.architectures, |name| name == known.architecture())
        && one_of(&config.instance_families, |family| family == known.family())
        && one_of(&config.instance_type_patterns, |pattern| matches(&known.name, pattern))
        && one_of(&config.usage_classes, |class| known.usage_classes.iter().any(|known| known == class))
        && one_of(&config.availability_zones, |zone| {
            offer.zones.iter().any(|known| known.name == zone || known.id == zone)
        })
        && is(&config.bare_metal, known.bare_metal)
        && is(&config.efa_supported, known.network.efa)
}

fn is_of_a_kind(config: &GpuInstanceTypes, known: &InstanceType) -> bool {
    !known.gpus.is_empty() || config.include_accelerators.known() == Some(&true)
}

fn is_started(config: &GpuInstanceTypes, known: &InstanceType) -> bool {
    let auto_mode = config.controller.text().and_then(Controller::of) == Some(Controller::AutoMode);
    !auto_mode || auto_mode::starts(known.family()) != Some(false)
}

fn has_device(config: &GpuInstanceTypes, known: &InstanceType) -> bool {
    devices(known).into_iter().any(|device| {
        one_of(&config.gpu_manufacturers, |name| value(name) == device.manufacturer)
            && one_of(&config.gpu_names, |name| value(name) == device.name)
            && config.min_gpu_count.known().is_none_or(|least| device.count >= *least)
            && config.max_gpu_count.known().is_none_or(|most| device.count <= *most)
            && config.min_gpu_memory_mib.known().is_none_or(|least| device.memory_mib >= *least)
    })
}

fn devices(known: &InstanceType) -> Vec<Device> {
    let device = |name: &str, manufacturer: &str, count: i64, memory_mib: i64| Device {
        name: value(name),
        manufacturer: value(manufacturer),
        count,
        memory_mib,
    };
    let gpus = known.gpus.iter().map(|gpu| device(&gpu.name, &gpu.manufacturer, gpu.count, gpu.memory_mib));
    let neurons = known.neurons.iter().map(|neuron| device(&neuron.name, "AWS", neuron.count, neuron.memory_mib));
    let others =
        known.accelerators.iter().map(|other| device(&other.name, &other.manufacturer, other.count, other.memory_mib));
    gpus.chain(neurons).chain(others).collect()
}

/// Whether a filter is unset, or one of its values matches.
fn one_of(asked: &Set<String>, mut holds: impl FnMut(&str) -> bool) -> bool {
    asked.known_elements().next().is_none() || asked.known_elements().any(|each| holds(each))
}

fn is(asked: &Attr<bool>, found: bool) -> bool {
    asked.known().is_none_or(|asked| *asked == found)
}
