//! The labels that Karpenter and EKS Auto Mode set on nodes of an instance type, and the devices that they expect on
//! these nodes. Both derive them from the EC2 description of the type (`pkg/providers/instancetype/types.go` of
//! Karpenter).

use std::collections::BTreeMap;

use super::controller::Controller;
use super::instance_type::{InstanceType, Neuron, Zone, category};

/// The instance type.
pub const INSTANCE_TYPE: &str = "node.kubernetes.io/instance-type";
/// The architecture.
pub const ARCHITECTURE: &str = "kubernetes.io/arch";
/// The operating system.
pub const OPERATING_SYSTEM: &str = "kubernetes.io/os";
/// The capacity type.
pub const CAPACITY_TYPE: &str = "karpenter.sh/capacity-type";
/// The name of the zone.
pub const ZONE: &str = "topology.kubernetes.io/zone";
/// The ID of the zone.
pub const ZONE_ID: &str = "topology.k8s.aws/zone-id";

/// NVIDIA GPUs.
pub const NVIDIA_GPU: &str = "nvidia.com/gpu";
/// AMD GPUs.
pub const AMD_GPU: &str = "amd.com/gpu";
/// Habana Gaudi accelerators.
pub const HABANA_GAUDI: &str = "habana.ai/gaudi";
/// Inferentia and Trainium devices.
pub const NEURON: &str = "aws.amazon.com/neuron";
/// The cores of Inferentia and Trainium devices.
pub const NEURON_CORE: &str = "aws.amazon.com/neuroncore";
/// Elastic Fabric Adapters.
pub const EFA: &str = "vpc.amazonaws.com/efa";

/// The resources that [`devices`] derives.
pub const DEVICES: [&str; 6] = [NVIDIA_GPU, AMD_GPU, HABANA_GAUDI, NEURON, NEURON_CORE, EFA];

/// Only in Karpenter: whether the type belongs to a flex family.
pub const FLEX: &str = "instance-capability-flex";

/// The suffixes of the keys that are derived here for both controllers, except [`FLEX`]. A node without one of these
/// labels does not have the feature.
pub const DERIVED: [&str; 19] = [
    "instance-accelerator-count",
    "instance-accelerator-manufacturer",
    "instance-accelerator-name",
    "instance-category",
    "instance-cpu",
    "instance-cpu-manufacturer",
    "instance-cpu-sustained-clock-speed-mhz",
    "instance-ebs-bandwidth",
    "instance-encryption-in-transit-supported",
    "instance-family",
    "instance-generation",
    "instance-gpu-count",
    "instance-gpu-manufacturer",
    "instance-gpu-memory",
    "instance-gpu-name",
    "instance-hypervisor",
    "instance-local-nvme",
    "instance-memory",
    "instance-size",
];

/// Returns the labels of a node of the type, except the zone, the capacity type, and labels from a table in Karpenter.
#[must_use]
pub fn labels(of: &InstanceType, controller: Controller) -> BTreeMap<String, String> {
    let mut labels: BTreeMap<String, String> =
        [(INSTANCE_TYPE, of.name.as_str()), (ARCHITECTURE, of.architecture()), (OPERATING_SYSTEM, "linux")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into();
    let derived = name_labels(of).into_iter().chain(host_labels(of)).chain(device_labels(of));
    labels.extend(derived.map(|(suffix, value)| (format!("{}{suffix}", controller.prefix()), value)));
    if controller == Controller::Karpenter {
        let key = format!("{}{FLEX}", controller.prefix());
        labels.insert(key, of.family().ends_with("-flex").to_string());
    }
    labels
}

/// Returns whether the key is one whose absence in [`labels`] means that nodes of the type lack the label.
#[must_use]
pub fn is_derived(key: &str, controller: Controller) -> bool {
    // The AMI decides the operating system, not the instance type.
    [INSTANCE_TYPE, ARCHITECTURE].contains(&key)
        || key
            .strip_prefix(controller.prefix())
            .is_some_and(|suffix| DERIVED.contains(&suffix) || (suffix == FLEX && controller == Controller::Karpenter))
}

/// Returns the capacity types that nodes of the type can have without a reservation. The list is empty for types that
/// are sold only in blocks.
#[must_use]
pub fn capacity_types(of: &InstanceType) -> Vec<&str> {
    ["on-demand", "spot"].into_iter().filter(|class| of.usage_classes.iter().any(|known| known == class)).collect()
}

/// Returns the devices of a node of the type by resource name. Resources without devices are omitted.
#[must_use]
pub fn devices(of: &InstanceType) -> BTreeMap<&'static str, i64> {
    let neuron: i64 = of.neurons.iter().map(|device| device.count).sum();
    let all = [
        (NVIDIA_GPU, of.gpus_of("NVIDIA")),
        (AMD_GPU, of.gpus_of("AMD")),
        (HABANA_GAUDI, of.gpus_of("Habana")),
        (NEURON, neuron),
        (NEURON_CORE, of.neuron_cores()),
        (EFA, of.network.most_efa_interfaces),
    ];
    all.into_iter().filter(|(_, count)| *count > 0).collect()
}

/// Returns the names and the IDs of zones as label values.
#[must_use]
pub fn zones<'z>(zones: &'z [Zone], key: &str) -> Option<Vec<&'z str>> {
    match key {
        ZONE => Some(zones.iter().map(|zone| zone.name.as_str()).collect()),
        ZONE_ID => Some(zones.iter().map(|zone| zone.id.as_str()).collect()),
        _ => None,
    }
}

/// Returns a name as a label value: `RTX PRO 4500` is `rtx-pro-4500`.
#[must_use]
pub fn value(name: &str) -> String {
    name.to_lowercase().replace(' ', "-")
}

type Found = Vec<(&'static str, String)>;

/// Returns the category and the generation of a type, such as `g` and `6`: the letters at its start, and the number
/// after them. The infix in `u-6tb1` belongs to neither.
fn category_and_generation(name: &str) -> Option<(&str, &str)> {
    let (family, _) = name.rsplit_once('.')?;
    let category = Some(category(family)).filter(|category| !category.is_empty())?;
    let rest = &family[category.len()..];
    let rest = memory_word(rest).unwrap_or(rest);
    let digits = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
    (digits > 0).then_some((category, &rest[..digits]))
}

/// Returns the rest after an infix such as `-6tb`.
fn memory_word(rest: &str) -> Option<&str> {
    let word = rest.strip_prefix('-')?;
    let after = word.trim_start_matches(|letter: char| letter.is_ascii_digit());
    (after.len() < word.len()).then(|| after.strip_prefix("tb")).flatten()
}

fn name_labels(of: &InstanceType) -> Found {
    let mut found = Found::new();
    if let Some((category, generation)) = category_and_generation(&of.name) {
        found.push(("instance-category", category.to_owned()));
        found.push(("instance-generation", generation.to_owned()));
    }
    if of.name.contains('.') {
        found.push(("instance-family", of.family().to_owned()));
        found.push(("instance-size", of.size().to_owned()));
    }
    found
}

fn host_labels(of: &InstanceType) -> Found {
    let mut found = vec![
        ("instance-cpu", of.vcpus.to_string()),
        ("instance-memory", of.memory_mib.to_string()),
        ("instance-hypervisor", of.hypervisor.clone()),
        ("instance-encryption-in-transit-supported", of.network.encrypts_in_transit.to_string()),
    ];
    found.extend(of.cpu_manufacturer.as_deref().map(|name| ("instance-cpu-manufacturer", value(name))));
    let clock = of.clock_mhz.map(|clock| ("instance-cpu-sustained-clock-speed-mhz", clock.to_string()));
    found.extend(clock);
    found.extend(of.ebs_bandwidth.map(|bandwidth| ("instance-ebs-bandwidth", bandwidth.to_string())));
    let nvme = of.local_disks.filter(|disks| disks.nvme);
    found.extend(nvme.map(|disks| ("instance-local-nvme", disks.total_gb.to_string())));
    found
}

/// Labels exist only for a single kind of device, because several kinds would require several values.
fn device_labels(of: &InstanceType) -> Found {
    let mut found = Found::new();
    if let [gpu] = of.gpus.as_slice() {
        found.push(("instance-gpu-name", value(&gpu.name)));
        found.push(("instance-gpu-manufacturer", value(&gpu.manufacturer)));
        found.push(("instance-gpu-count", gpu.count.to_string()));
        found.push(("instance-gpu-memory", gpu.memory_mib.to_string()));
    }
    let accelerator = match (of.neurons.as_slice(), of.accelerators.as_slice()) {
        ([Neuron { name, count, .. }], _) => Some((name, "aws".to_owned(), count)),
        ([], [other]) => Some((&other.name, value(&other.manufacturer), &other.count)),
        _ => None,
    };
    if let Some((name, manufacturer, count)) = accelerator {
        found.push(("instance-accelerator-name", value(name)));
        found.push(("instance-accelerator-manufacturer", manufacturer));
        found.push(("instance-accelerator-count", count.to_string()));
    }
    found
}

#[cfg(test)]
#[path = "instance_labels_tests.rs"]
mod tests;
