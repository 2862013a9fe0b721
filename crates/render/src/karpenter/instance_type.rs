//! EC2 instance types, with the properties that determine where pods with GPUs run. See `DescribeInstanceTypes` in the
//! EC2 API reference.

/// An instance type.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct InstanceType {
    /// The name, such as `g6.12xlarge`.
    pub name: String,
    /// `x86_64`, `arm64`, …
    pub architectures: Vec<String>,
    /// Manufacturer of the processor, such as `AMD`.
    pub cpu_manufacturer: Option<String>,
    /// Clock speed of the processor in MHz.
    pub clock_mhz: Option<i64>,
    /// Number of vCPUs.
    pub vcpus: i64,
    /// Memory in MiB.
    pub memory_mib: i64,
    /// Kinds of GPUs.
    pub gpus: Vec<Gpu>,
    /// Memory of all GPUs in MiB.
    pub total_gpu_memory_mib: Option<i64>,
    /// Kinds of Inferentia and Trainium devices.
    pub neurons: Vec<Neuron>,
    /// Kinds of inference accelerators, including Inferentia.
    pub accelerators: Vec<Accelerator>,
    /// Instance store disks.
    pub local_disks: Option<LocalDisks>,
    /// Maximum EBS bandwidth in Mbit/s, if the type is EBS-optimized by default.
    pub ebs_bandwidth: Option<i64>,
    /// The network.
    pub network: Network,
    /// `nitro` or `xen`. Empty for bare metal.
    pub hypervisor: String,
    /// Whether it is bare metal.
    pub bare_metal: bool,
    /// `on-demand`, `spot`, `capacity-block`.
    pub usage_classes: Vec<String>,
}

/// GPUs of one kind.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Gpu {
    /// The name, such as `L40S`.
    pub name: String,
    /// The manufacturer, such as `NVIDIA`.
    pub manufacturer: String,
    /// Number of whole GPUs: 0 if the type has a fraction of one.
    pub count: i64,
    /// The fraction of a GPU that each of them is: 1 or less.
    pub fraction: Option<f64>,
    /// Memory of each in MiB.
    pub memory_mib: i64,
}

/// Inferentia or Trainium devices of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Neuron {
    /// The name, such as `Trainium2`.
    pub name: String,
    /// Number of devices.
    pub count: i64,
    /// Cores per device.
    pub cores: i64,
    /// Memory of each in MiB.
    pub memory_mib: i64,
}

/// Inference accelerators of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Accelerator {
    /// The name, such as `Qualcomm AI100`.
    pub name: String,
    /// The manufacturer, such as `Qualcomm`.
    pub manufacturer: String,
    /// Number of devices.
    pub count: i64,
    /// Memory of each in MiB.
    pub memory_mib: i64,
}

/// Instance store disks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LocalDisks {
    /// Total size in GB.
    pub total_gb: i64,
    /// Whether they are NVMe.
    pub nvme: bool,
}

/// The network.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Network {
    /// The network performance, such as `Up to 25 Gigabit`.
    pub performance: String,
    /// Whether it has an Elastic Fabric Adapter.
    pub efa: bool,
    /// Maximum number of Elastic Fabric Adapter interfaces.
    pub most_efa_interfaces: i64,
    /// The network cards.
    pub cards: Vec<NetworkCard>,
    /// Whether traffic between instances is encrypted.
    pub encrypts_in_transit: bool,
}

/// A network card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NetworkCard {
    /// Its index.
    pub index: i64,
    /// Maximum number of network interfaces.
    pub most_interfaces: i64,
}

/// A zone that offers a type.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Zone {
    /// The name in this account, such as `us-east-1a`.
    pub name: String,
    /// The ID, such as `use1-az1`.
    pub id: String,
}

/// A type and the zones that offer it, ordered by name.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Offer {
    /// The type.
    pub instance_type: InstanceType,
    /// The zones.
    pub zones: Vec<Zone>,
}

/// The family in the name of an instance type, such as `p6-b200`: the part before the dot.
pub(super) fn family(name: &str) -> &str {
    name.split_once('.').map_or(name, |(family, _)| family)
}

/// The letters at the start of a family, such as `p`.
pub(super) fn category(family: &str) -> &str {
    family.split(|letter: char| !letter.is_ascii_lowercase()).next().unwrap_or_default()
}

impl InstanceType {
    /// Returns the part before the dot, such as `p6-b200`.
    #[must_use]
    pub fn family(&self) -> &str {
        family(&self.name)
    }

    /// Returns the part after the dot, such as `48xlarge`.
    #[must_use]
    pub fn size(&self) -> &str {
        self.name.split_once('.').map_or("", |(_, size)| size)
    }

    /// Returns the Kubernetes name of the architecture: `amd64`, `arm64`, or the EC2 name if Kubernetes has no name for
    /// it.
    #[must_use]
    pub fn architecture(&self) -> &str {
        let of_kubernetes = |name: &str| match name {
            "x86_64" => Some("amd64"),
            "arm64" => Some("arm64"),
            _ => None,
        };
        let known = self.architectures.iter().find_map(|name| of_kubernetes(name));
        known.or(self.architectures.first().map(String::as_str)).unwrap_or_default()
    }

    /// Returns whether it has a GPU, Inferentia, Trainium, or another inference accelerator.
    #[must_use]
    pub fn is_accelerated(&self) -> bool {
        !self.gpus.is_empty() || !self.neurons.is_empty() || !self.accelerators.is_empty()
    }

    /// Returns the number of Neuron cores. Karpenter counts only the first kind of device. No type has two kinds.
    #[must_use]
    pub fn neuron_cores(&self) -> i64 {
        self.neurons.first().map_or(0, |device| device.count * device.cores)
    }

    /// Returns the fraction of a GPU that it has, or `None` if it has whole GPUs or no GPUs.
    #[must_use]
    pub fn gpu_fraction(&self) -> Option<f64> {
        let fraction = |gpu: &Gpu| gpu.fraction.filter(|share| gpu.count == 0 || *share < 1.0);
        self.gpus.iter().find_map(fraction)
    }

    /// Returns the number of GPUs of a manufacturer, by its EC2 name.
    #[must_use]
    pub fn gpus_of(&self, manufacturer: &str) -> i64 {
        self.gpus.iter().filter(|gpu| gpu.manufacturer == manufacturer).map(|gpu| gpu.count).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_tells_family_and_size() {
        let of = |name: &str| InstanceType { name: name.to_owned(), ..InstanceType::default() };
        for (name, family, size) in [("p6-b200.48xlarge", "p6-b200", "48xlarge"), ("g4dn.metal", "g4dn", "metal")] {
            let known = of(name);
            assert_eq!((known.family(), known.size()), (family, size));
        }
    }

    #[test]
    fn architecture_uses_kubernetes_name() {
        for (of_ec2, expected) in
            [(&["x86_64"][..], "amd64"), (&["i386", "x86_64"], "amd64"), (&["arm64"], "arm64"), (&[], "")]
        {
            let architectures = of_ec2.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(InstanceType { architectures, ..InstanceType::default() }.architecture(), expected);
        }
    }

    #[test]
    fn gpu_fraction_is_unset_for_whole_gpus() {
        let with = |count, fraction| {
            let gpu = Gpu { count, fraction, ..Gpu::default() };
            InstanceType { gpus: vec![gpu], ..InstanceType::default() }.gpu_fraction()
        };
        assert_eq!(with(0, Some(0.125)), Some(0.125));
        assert_eq!(with(1, Some(1.0)), None);
        assert_eq!(with(4, None), None);
    }
}
