//! The attributes of an instance type with GPUs or other accelerators.

use framework::model::Attr;
use framework::number::Number;
use render::karpenter::controller::Controller;
use render::karpenter::instance_labels::value;
use render::karpenter::instance_type::{InstanceType, Offer};

use super::model::GpuInstanceType;

pub(super) fn instance_type(offer: &Offer, controller: Controller) -> GpuInstanceType {
    let known = &offer.instance_type;
    let host =
        GpuInstanceType { bare_metal: Attr::Known(known.bare_metal), ..GpuInstanceType::host(offer, controller) };
    accelerator(known, gpu(known, host))
}

fn gpu(known: &InstanceType, host: GpuInstanceType) -> GpuInstanceType {
    let Some(gpu) = known.gpus.first() else { return host };
    GpuInstanceType {
        gpu_manufacturer: value(&gpu.manufacturer).into(),
        gpu_name: value(&gpu.name).into(),
        gpu_count: Attr::Known(known.gpus.iter().map(|gpu| gpu.count).sum()),
        gpu_fraction: gpu.fraction.and_then(Number::from_f64).into(),
        gpu_memory_mib: Attr::Known(gpu.memory_mib),
        total_gpu_memory_mib: known.total_gpu_memory_mib.into(),
        ..host
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
        neuron_cores: (!known.neurons.is_empty()).then(|| known.neuron_cores()).into(),
        ..told
    }
}
