//! The attributes of an instance type.

use framework::model::{Attr, List, Map};
use framework::number::Number;
use render::karpenter::controller::Controller;
use render::karpenter::instance_labels::{devices, labels, value};
use render::karpenter::instance_type::{InstanceType, Offer};

use super::model::GpuInstanceType;

pub(super) fn instance_type(offer: &Offer, controller: Controller) -> GpuInstanceType {
    let known = &offer.instance_type;
    let texts = |texts: Vec<&str>| List::of(texts.into_iter().map(str::to_owned));
    let usage_classes = ["on-demand", "spot", "capacity-block"].into_iter();
    let others = known
        .usage_classes
        .iter()
        .map(String::as_str)
        .filter(|class| !["on-demand", "spot", "capacity-block"].contains(class));
    let usage_classes = usage_classes.filter(|class| known.usage_classes.iter().any(|known| known == class));
    GpuInstanceType {
        name: known.name.as_str().into(),
        family: known.family().into(),
        size: known.size().into(),
        architecture: known.architecture().into(),
        vcpus: Attr::Known(known.vcpus),
        memory_mib: Attr::Known(known.memory_mib),
        local_nvme_gb: Attr::Known(known.local_disks.filter(|disks| disks.nvme).map_or(0, |disks| disks.total_gb)),
        network_performance: known.network.performance.as_str().into(),
        network_cards: Attr::Known(i64::try_from(known.network.cards.len()).unwrap_or_default()),
        efa_supported: Attr::Known(known.network.efa),
        max_efa_interfaces: Attr::Known(known.network.most_efa_interfaces),
        bare_metal: Attr::Known(known.bare_metal),
        usage_classes: texts(usage_classes.chain(others).collect()),
        availability_zones: texts(offer.zones.iter().map(|zone| zone.name.as_str()).collect()),
        availability_zone_ids: texts(offer.zones.iter().map(|zone| zone.id.as_str()).collect()),
        labels: Map::of(labels(known, controller)),
        resources: Map::of(devices(known).into_iter().map(|(name, count)| (name.to_owned(), count))),
        ..accelerator(known, gpu(known))
    }
}

fn gpu(known: &InstanceType) -> GpuInstanceType {
    let Some(gpu) = known.gpus.first() else { return GpuInstanceType::default() };
    GpuInstanceType {
        gpu_manufacturer: value(&gpu.manufacturer).into(),
        gpu_name: value(&gpu.name).into(),
        gpu_count: Attr::Known(known.gpus.iter().map(|gpu| gpu.count).sum()),
        gpu_fraction: gpu.fraction.and_then(Number::from_f64).into(),
        gpu_memory_mib: Attr::Known(gpu.memory_mib),
        total_gpu_memory_mib: known.total_gpu_memory_mib.into(),
        ..GpuInstanceType::default()
    }
}

fn accelerator(known: &InstanceType, told: GpuInstanceType) -> GpuInstanceType {
    let (name, manufacturer, count, memory) = match (known.neurons.first(), known.accelerators.first()) {
        (Some(neuron), _) => (&neuron.name, "aws".to_owned(), neuron.count, neuron.memory_mib),
        (None, Some(other)) => (&other.name, value(&other.manufacturer), other.count, other.memory_mib),
        (None, None) => return told,
    };
    GpuInstanceType {
        accelerator_manufacturer: manufacturer.into(),
        accelerator_name: value(name).into(),
        accelerator_count: Attr::Known(count),
        accelerator_memory_mib: Attr::Known(memory),
        neuron_cores: known.neurons.first().map(|neuron| neuron.count * neuron.cores).into(),
        ..told
    }
}
