//! Filters instance types by their Neuron devices and describes these devices.

use framework::model::Attr;
use render::karpenter::controller::Controller;
use render::karpenter::instance_labels::value;
use render::karpenter::instance_type::{InstanceType, Neuron, Offer};

use super::super::filter::{at_least, one_of};
use super::super::shared::{Common, Selection};
use super::model::{NeuronInstanceType, NeuronInstanceTypes};

impl Selection for NeuronInstanceTypes {
    const DEVICES: &'static str = "Neuron";

    fn common(&self) -> Common<'_> {
        self.arguments()
    }

    fn selects(&self, known: &InstanceType) -> bool {
        let matches = |device: &Neuron| {
            one_of(&self.device_names, |name| value(name) == value(&device.name))
                && at_least(&self.min_device_count, device.count)
                && at_least(&self.min_device_memory_mib, device.memory_mib)
        };
        known.neurons.iter().any(matches) && at_least(&self.min_core_count, known.neuron_cores())
    }

    fn with(self, region: String, found: &[&Offer]) -> Self {
        let controller = self.arguments().controller.unwrap_or_default();
        let found = found.iter().map(|offer| instance_type(offer, controller)).collect();
        self.with_types(region, found)
    }
}

fn instance_type(offer: &Offer, controller: Controller) -> NeuronInstanceType {
    let known = &offer.instance_type;
    let host = NeuronInstanceType::host(offer, controller);
    let Some(device) = known.neurons.first() else { return host };
    NeuronInstanceType {
        device_name: value(&device.name).into(),
        device_count: Attr::Known(known.neurons.iter().map(|device| device.count).sum()),
        device_memory_mib: Attr::Known(device.memory_mib),
        cores_per_device: Attr::Known(device.cores),
        core_count: Attr::Known(known.neuron_cores()),
        total_device_memory_mib: Attr::Known(known.neurons.iter().map(|device| device.count * device.memory_mib).sum()),
        ..host
    }
}
