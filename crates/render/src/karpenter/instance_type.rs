//! What EC2 says of an instance type, as far as it decides where pods with GPUs run. See `DescribeInstanceTypes` in the API
//! reference of EC2.

/// An instance type.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct InstanceType {
    /// The name, e.g. `g6.12xlarge`.
    pub name: String,
    /// `x86_64`, `arm64`, …
    pub architectures: Vec<String>,
    /// Who makes the processor, e.g. `AMD`.
    pub cpu_manufacturer: Option<String>,
    /// Clock of the processor in MHz.
    pub clock_mhz: Option<i64>,
    /// vCPUs.
    pub vcpus: i64,
    /// Memory in MiB.
    pub memory_mib: i64,
    /// Kinds of GPUs.
    pub gpus: Vec<Gpu>,
    /// Memory of all GPUs in MiB.
    pub total_gpu_memory_mib: Option<i64>,
    /// Kinds of Inferentia and Trainium devices.
    pub neurons: Vec<Neuron>,
    /// Kinds of accelerators of inference, Inferentia among them.
    pub accelerators: Vec<Accelerator>,
    /// Disks of the host.
    pub local_disks: Option<LocalDisks>,
    /// Most bandwidth to EBS in Mbit/s, when the type has a share of its own without asking.
    pub ebs_bandwidth: Option<i64>,
    /// The network.
    pub network: Network,
    /// `nitro` or `xen`; empty for bare metal.
    pub hypervisor: String,
    /// Whether it is bare metal.
    pub bare_metal: bool,
    /// `on-demand`, `spot`, `capacity-block`.
    pub usage_classes: Vec<String>,
}

/// GPUs of one kind.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Gpu {
    /// E.g. `L40S`.
    pub name: String,
    /// E.g. `NVIDIA`.
    pub manufacturer: String,
    /// Whole GPUs: 0 when the type has a fraction of one.
    pub count: i64,
    /// The share of a GPU that each is: 1, or less for a fraction.
    pub fraction: Option<f64>,
    /// Memory of each in MiB.
    pub memory_mib: i64,
}

/// Inferentia or Trainium devices of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Neuron {
    /// E.g. `Trainium2`.
    pub name: String,
    /// Devices.
    pub count: i64,
    /// Cores of each.
    pub cores: i64,
    /// Memory of each in MiB.
    pub memory_mib: i64,
}

/// Accelerators of inference of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Accelerator {
    /// E.g. `Qualcomm AI100`.
    pub name: String,
    /// E.g. `Qualcomm`.
    pub manufacturer: String,
    /// Devices.
    pub count: i64,
    /// Memory of each in MiB.
    pub memory_mib: i64,
}

/// Disks of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LocalDisks {
    /// All together in GB.
    pub total_gb: i64,
    /// Whether they are NVMe.
    pub nvme: bool,
}

/// The network.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Network {
    /// In words, e.g. `Up to 25 Gigabit`.
    pub performance: String,
    /// Whether it has an Elastic Fabric Adapter.
    pub efa: bool,
    /// Most interfaces of that kind.
    pub most_efa_interfaces: i64,
    /// The cards.
    pub cards: Vec<NetworkCard>,
    /// Whether traffic between instances is encrypted.
    pub encrypts_in_transit: bool,
}

/// A network card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NetworkCard {
    /// Its index.
    pub index: i64,
    /// Most interfaces on it.
    pub most_interfaces: i64,
}

/// A zone that offers a type.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Zone {
    /// The name in this account, e.g. `us-east-1a`.
    pub name: String,
    /// The id, e.g. `use1-az1`.
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
    /// What stands before the dot, e.g. `p6-b200`.
    #[must_use]
    pub fn family(&self) -> &str {
        family(&self.name)
    }

    /// What stands behind the dot, e.g. `48xlarge`.
    #[must_use]
    pub fn size(&self) -> &str {
        self.name.split_once('.').map_or("", |(_, size)| size)
    }

    /// The architecture as Kubernetes calls it: `amd64`, `arm64`, or as EC2 does where Kubernetes has no name for it.
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

    /// Whether it has a GPU, Inferentia, Trainium or another accelerator of inference.
    #[must_use]
    pub fn is_accelerated(&self) -> bool {
        !self.gpus.is_empty() || !self.neurons.is_empty() || !self.accelerators.is_empty()
    }

    /// The number of Neuron cores. Karpenter counts only the first kind of device. No type has two kinds.
    #[must_use]
    pub fn neuron_cores(&self) -> i64 {
        self.neurons.first().map_or(0, |device| device.count * device.cores)
    }

    /// The fraction of a GPU that it has; none when its GPUs are whole ones, or it has none.
    #[must_use]
    pub fn gpu_fraction(&self) -> Option<f64> {
        let fraction = |gpu: &Gpu| gpu.fraction.filter(|share| gpu.count == 0 || *share < 1.0);
        self.gpus.iter().find_map(fraction)
    }

    /// The number of GPUs of a manufacturer, as EC2 writes its name.
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
    fn architecture_is_called_as_kubernetes_does() {
        for (of_ec2, expected) in
            [(&["x86_64"][..], "amd64"), (&["i386", "x86_64"], "amd64"), (&["arm64"], "arm64"), (&[], "")]
        {
            let architectures = of_ec2.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(InstanceType { architectures, ..InstanceType::default() }.architecture(), expected);
        }
    }

    #[test]
    fn fraction_of_a_gpu_is_no_whole_one() {
        let with = |count, fraction| {
            let gpu = Gpu { count, fraction, ..Gpu::default() };
            InstanceType { gpus: vec![gpu], ..InstanceType::default() }.gpu_fraction()
        };
        assert_eq!(with(0, Some(0.125)), Some(0.125));
        assert_eq!(with(1, Some(1.0)), None);
        assert_eq!(with(4, None), None);
    }
}
