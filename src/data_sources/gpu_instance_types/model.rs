//! The schema of `ekscompute_gpu_instance_types`.

use framework::model::{Attr, List, Map, Model, Set};
use framework::number::Number;
use framework::validators as must;
use framework::validators::{Validator, each, text_that};
use render::karpenter::provisioner::Provisioner;

/// Lists the instance types with GPUs that EC2 has in a region today, with the labels that their nodes will have: for the
/// requirements of a node pool, for a table in documentation, or for a `check` of what a workload needs.
///
/// Every filter that is given must hold. When no type is left the lists are empty.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct GpuInstanceTypes {
    /// Architectures as Kubernetes calls them: `amd64`, `arm64`.
    #[attribute(optional, validate = [each(must::one_of(&["amd64", "arm64"]))])]
    pub architectures: Set<String>,
    /// Names or ids of zones, such as `us-east-1a` or `use1-az1`, one of which at least must offer the type.
    #[attribute(optional)]
    pub availability_zones: Set<String>,
    /// Whether the types are bare metal; both without it.
    #[attribute(optional)]
    pub bare_metal: Attr<bool>,
    /// Whether the types have an Elastic Fabric Adapter; both without it.
    #[attribute(optional)]
    pub efa_supported: Attr<bool>,
    /// Manufacturers of the GPUs, such as `nvidia`, `amd` or `habana`; of other accelerators `aws` or `qualcomm`.
    #[attribute(optional)]
    pub gpu_manufacturers: Set<String>,
    /// Names of the GPUs as EC2 or as labels write them, such as `L40S` or `l40s`.
    #[attribute(optional)]
    pub gpu_names: Set<String>,
    /// Whether types are listed too whose accelerators are not GPUs: Inferentia, Trainium, Qualcomm AI100. Filters by GPU
    /// then look at these accelerators.
    #[attribute(optional)]
    pub include_accelerators: Attr<bool>,
    /// Families, such as `g6` or `p6-b200`.
    #[attribute(optional)]
    pub instance_families: Set<String>,
    /// Names of types, in which `*` stands for any text and `?` for any letter, such as `g6*.?xlarge`.
    #[attribute(optional, validate = [each(pattern())])]
    pub instance_type_patterns: Set<String>,
    /// Most GPUs of a type.
    #[attribute(optional, validate = [must::between(0..=i64::MAX)])]
    pub max_gpu_count: Attr<i64>,
    /// Fewest GPUs of a type. 1 leaves out types with a fraction of a GPU, which count as 0 and on which Karpenter places no
    /// pod that asks for `nvidia.com/gpu`.
    #[attribute(optional, validate = [must::between(0..=i64::MAX)])]
    pub min_gpu_count: Attr<i64>,
    /// Least memory of one GPU in MiB, as EC2 tells it: an A10G or L4 "with 24 GB" has 22888.
    #[attribute(optional, validate = [must::between(0..=i64::MAX)])]
    pub min_gpu_memory_mib: Attr<i64>,
    /// Who starts the nodes: `karpenter`, which it is without it, or `auto_mode`. The labels begin as that provisioner's do,
    /// and families that EKS Auto Mode does not start are left out for it.
    #[attribute(optional, validate = [must::one_of(&Provisioner::NAMES)])]
    pub provisioner: Attr<String>,
    /// Region; without it, the region of the provider.
    #[attribute(optional, computed, validate = [clients::names::region()])]
    pub region: Attr<String>,
    /// Ways to buy, one of which at least the type must have: `on-demand`, `spot`, `capacity-block`.
    #[attribute(optional, validate = [each(must::one_of(&["on-demand", "spot", "capacity-block"]))])]
    pub usage_classes: Set<String>,
    /// The types, ordered by family, then by vCPUs.
    #[attribute(computed)]
    pub instance_types: List<GpuInstanceType>,
    /// Their names, in the same order.
    #[attribute(computed)]
    pub names: List<String>,
}

/// An instance type.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct GpuInstanceType {
    /// Name, such as `g6.12xlarge`.
    #[attribute(computed)]
    pub name: Attr<String>,
    /// Family, such as `g6`.
    #[attribute(computed)]
    pub family: Attr<String>,
    /// Size, such as `12xlarge`.
    #[attribute(computed)]
    pub size: Attr<String>,
    /// Architecture as Kubernetes calls it: `amd64` or `arm64`.
    #[attribute(computed)]
    pub architecture: Attr<String>,
    /// vCPUs.
    #[attribute(computed)]
    pub vcpus: Attr<i64>,
    /// Memory in MiB.
    #[attribute(computed)]
    pub memory_mib: Attr<i64>,
    /// Manufacturer of the GPUs, such as `nvidia`; null without GPUs.
    #[attribute(computed)]
    pub gpu_manufacturer: Attr<String>,
    /// Name of the GPUs, such as `l40s`; null without GPUs.
    #[attribute(computed)]
    pub gpu_name: Attr<String>,
    /// Whole GPUs: 0 for a type with a fraction of one; null without GPUs.
    #[attribute(computed)]
    pub gpu_count: Attr<i64>,
    /// Share of a GPU: 1, or less for a fraction, such as 0.125; null without GPUs.
    #[attribute(computed)]
    pub gpu_fraction: Attr<Number>,
    /// Memory of one GPU in MiB; null without GPUs.
    #[attribute(computed)]
    pub gpu_memory_mib: Attr<i64>,
    /// Memory of all GPUs in MiB; null without GPUs.
    #[attribute(computed)]
    pub total_gpu_memory_mib: Attr<i64>,
    /// Manufacturer of accelerators that are not GPUs, such as `aws`; null without.
    #[attribute(computed)]
    pub accelerator_manufacturer: Attr<String>,
    /// Name of accelerators that are not GPUs, such as `trainium2`; null without.
    #[attribute(computed)]
    pub accelerator_name: Attr<String>,
    /// Number of accelerators that are not GPUs; null without.
    #[attribute(computed)]
    pub accelerator_count: Attr<i64>,
    /// Memory of one such accelerator in MiB; null without.
    #[attribute(computed)]
    pub accelerator_memory_mib: Attr<i64>,
    /// Neuron cores of all accelerators; null without Inferentia or Trainium.
    #[attribute(computed)]
    pub neuron_cores: Attr<i64>,
    /// NVMe disks of the host in GB; 0 without.
    #[attribute(computed)]
    pub local_nvme_gb: Attr<i64>,
    /// Network performance in the words of EC2, such as `Up to 25 Gigabit`.
    #[attribute(computed)]
    pub network_performance: Attr<String>,
    /// Number of network cards.
    #[attribute(computed)]
    pub network_cards: Attr<i64>,
    /// Whether it has an Elastic Fabric Adapter.
    #[attribute(computed)]
    pub efa_supported: Attr<bool>,
    /// Most interfaces of that kind.
    #[attribute(computed)]
    pub max_efa_interfaces: Attr<i64>,
    /// Whether it is bare metal.
    #[attribute(computed)]
    pub bare_metal: Attr<bool>,
    /// Ways to buy it: `on-demand`, `spot`, `capacity-block`.
    #[attribute(computed)]
    pub usage_classes: List<String>,
    /// Names of the zones that offer it.
    #[attribute(computed)]
    pub availability_zones: List<String>,
    /// Ids of the zones that offer it, in the same order.
    #[attribute(computed)]
    pub availability_zone_ids: List<String>,
    /// Labels of its nodes, but for those of zone and capacity type.
    #[attribute(computed)]
    pub labels: Map<String>,
    /// Devices that the provisioner expects on its nodes by their resource, such as `nvidia.com/gpu`.
    #[attribute(computed)]
    pub resources: Map<i64>,
}

fn pattern() -> Validator {
    text_that("be the name of an instance type, which may have the wildcards `*` and `?`", |text| {
        let is_allowed =
            |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-.*?".contains(letter);
        !text.is_empty() && text.chars().all(is_allowed)
    })
}
