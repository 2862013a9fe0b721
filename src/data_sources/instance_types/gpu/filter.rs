//! Filters instance types by their GPUs.

use framework::diagnostics::Diagnostics;
use framework::path::Path;
use render::karpenter::instance_labels::value;
use render::karpenter::instance_type::{InstanceType, Offer};

use super::super::filter::{at_least, is, one_of};
use super::super::shared::{Common, Selection};
use super::model::GpuInstanceTypes;
use super::outputs::instance_type;

/// The common attributes of the accelerators of an instance type.
struct Device {
    name: String,
    manufacturer: String,
    count: i64,
    memory_mib: i64,
}

impl Selection for GpuInstanceTypes {
    const DEVICES: &'static str = "GPU";

    fn common(&self) -> Common<'_> {
        self.arguments()
    }

    fn validate(&self, diagnostics: &mut Diagnostics) {
        let (least, most) = (self.min_gpu_count.known(), self.max_gpu_count.known());
        if let (Some(least), Some(most)) = (least, most)
            && least > most
        {
            diagnostics.error_at(
                Path::attribute("max_gpu_count"),
                "No GPU count matches",
                format!(
                    "max_gpu_count is {most} and min_gpu_count is {least}, so no instance type matches both. Correct \
                     one of them."
                ),
            );
        }
    }

    fn selects(&self, known: &InstanceType) -> bool {
        let is_of_a_kind = !known.gpus.is_empty() || self.include_accelerators.known() == Some(&true);
        is_of_a_kind && is(&self.bare_metal, known.bare_metal) && has_device(self, known)
    }

    fn with(self, region: String, found: &[&Offer]) -> Self {
        let controller = self.arguments().controller.unwrap_or_default();
        let found = found.iter().map(|offer| instance_type(offer, controller)).collect();
        self.with_types(region, found)
    }
}

fn has_device(config: &GpuInstanceTypes, known: &InstanceType) -> bool {
    devices(known).into_iter().any(|device| {
        one_of(&config.gpu_manufacturers, |name| value(name) == device.manufacturer)
            && one_of(&config.gpu_names, |name| value(name) == device.name)
            && at_least(&config.min_gpu_count, device.count)
            && config.max_gpu_count.known().is_none_or(|most| device.count <= *most)
            && at_least(&config.min_gpu_memory_mib, device.memory_mib)
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
