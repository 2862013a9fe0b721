//! The schema of `ekscompute_gpu_instance_types`.

use framework::model::{Attr, List, Map, Model, Set};
use framework::number::Number;
use framework::validators as must;
use framework::validators::{Validator, each, text_that};
use render::karpenter::controller::Controller;

/// Lists the GPU instance types that EC2 currently offers in a Region, with the labels of their nodes. Use it for the
/// requirements of a node pool, for a table in documentation, or in a `check` block for the needs of a workload.
///
/// An instance type must match all filters that are set. If no instance type matches, the lists are empty.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct GpuInstanceTypes {
    /// CPU architectures as spelled by Kubernetes.
    #[attribute(optional, validate = [each(must::one_of(&["amd64", "arm64"]))])]
    pub architectures: Set<String>,
    /// Names or IDs of zones, such as `us-east-1a` or `use1-az1`. At least one of them must offer the instance type.
    #[attribute(optional)]
    pub availability_zones: Set<String>,
    /// Whether the instance types must be bare metal. If unset, both bare metal and virtualized types match.
    #[attribute(optional)]
    pub bare_metal: Attr<bool>,
    /// Whether the instance types must support Elastic Fabric Adapter (EFA). If unset, types with and without EFA
    /// match.
    #[attribute(optional)]
    pub efa_supported: Attr<bool>,
    /// GPU manufacturers, such as `nvidia`, `amd`, or `habana`, or manufacturers of other accelerators, such as `aws`
    /// or `qualcomm`.
    #[attribute(optional)]
    pub gpu_manufacturers: Set<String>,
    /// GPU names as spelled by EC2 or in node labels, such as `L40S` or `l40s`.
    #[attribute(optional)]
    pub gpu_names: Set<String>,
    /// Whether to include instance types with accelerators that are not GPUs: Inferentia, Trainium, and Qualcomm AI100.
    /// GPU filters then also apply to these accelerators.
    #[attribute(optional)]
    pub include_accelerators: Attr<bool>,
    /// Instance families, such as `g6` or `p6-b200`.
    #[attribute(optional)]
    pub instance_families: Set<String>,
    /// Patterns of instance type names, such as `g6*.?xlarge`. `*` matches zero or more characters, and `?` matches
    /// exactly one character.
    #[attribute(optional, validate = [each(pattern())])]
    pub instance_type_patterns: Set<String>,
    /// Maximum number of GPUs per instance type.
    #[attribute(optional, validate = [must::between(0..=i64::MAX)])]
    pub max_gpu_count: Attr<i64>,
    /// Minimum number of GPUs per instance type. `1` excludes instance types with a fraction of a GPU, whose GPU count
    /// is 0 and on which Karpenter does not schedule pods that request `nvidia.com/gpu`.
    #[attribute(optional, validate = [must::between(0..=i64::MAX)])]
    pub min_gpu_count: Attr<i64>,
    /// Minimum memory per GPU in MiB, as reported by EC2. For example, an A10G or L4 "with 24 GB" has 22888 MiB.
    #[attribute(optional, validate = [must::between(0..=i64::MAX)])]
    pub min_gpu_memory_mib: Attr<i64>,
    /// Controller that launches the nodes: `karpenter` or `auto_mode`. It determines the prefix of the labels. With
    /// `auto_mode`, instance families that EKS Auto Mode does not launch are excluded. Defaults to `karpenter`.
    #[attribute(optional, validate = [must::one_of(&Controller::NAMES).documented()])]
    pub controller: Attr<String>,
    /// AWS Region of the instance types. Defaults to the Region set in the provider configuration.
    #[attribute(optional, computed, validate = [clients::names::region()])]
    pub region: Attr<String>,
    /// Usage classes. The instance type must support at least one of them.
    #[attribute(optional, validate = [each(must::one_of(&["on-demand", "spot", "capacity-block"]))])]
    pub usage_classes: Set<String>,
    /// Matching instance types, ordered by family and then by number of vCPUs.
    #[attribute(computed)]
    pub instance_types: List<GpuInstanceType>,
    /// Names of the matching instance types, in the same order.
    #[attribute(computed)]
    pub names: List<String>,
}

/// An instance type.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct GpuInstanceType {
    /// Name of the instance type, such as `g6.12xlarge`.
    #[attribute(computed)]
    pub name: Attr<String>,
    /// Instance family, such as `g6`.
    #[attribute(computed)]
    pub family: Attr<String>,
    /// Instance size, such as `12xlarge`.
    #[attribute(computed)]
    pub size: Attr<String>,
    /// CPU architecture as spelled by Kubernetes: `amd64` or `arm64`.
    #[attribute(computed)]
    pub architecture: Attr<String>,
    /// Number of vCPUs.
    #[attribute(computed)]
    pub vcpus: Attr<i64>,
    /// Memory in MiB.
    #[attribute(computed)]
    pub memory_mib: Attr<i64>,
    /// GPU manufacturer, such as `nvidia`. Null if the instance type has no GPUs.
    #[attribute(computed)]
    pub gpu_manufacturer: Attr<String>,
    /// GPU name, such as `l40s`. Null if the instance type has no GPUs.
    #[attribute(computed)]
    pub gpu_name: Attr<String>,
    /// Number of whole GPUs. `0` for an instance type with a fraction of a GPU. Null if the instance type has no GPUs.
    #[attribute(computed)]
    pub gpu_count: Attr<i64>,
    /// Fraction of a GPU: 1, or less, such as 0.125. Null if the instance type has no GPUs.
    #[attribute(computed)]
    pub gpu_fraction: Attr<Number>,
    /// Memory per GPU in MiB. Null if the instance type has no GPUs.
    #[attribute(computed)]
    pub gpu_memory_mib: Attr<i64>,
    /// Total memory of all GPUs in MiB. Null if the instance type has no GPUs.
    #[attribute(computed)]
    pub total_gpu_memory_mib: Attr<i64>,
    /// Manufacturer of the accelerators that are not GPUs, such as `aws`. Null if the instance type has none.
    #[attribute(computed)]
    pub accelerator_manufacturer: Attr<String>,
    /// Name of the accelerators that are not GPUs, such as `trainium2`. Null if the instance type has none.
    #[attribute(computed)]
    pub accelerator_name: Attr<String>,
    /// Number of accelerators that are not GPUs. Null if the instance type has none.
    #[attribute(computed)]
    pub accelerator_count: Attr<i64>,
    /// Memory per accelerator that is not a GPU, in MiB. Null if the instance type has none.
    #[attribute(computed)]
    pub accelerator_memory_mib: Attr<i64>,
    /// Number of Neuron cores of all accelerators. Null if the instance type has no Inferentia or Trainium
    /// accelerators.
    #[attribute(computed)]
    pub neuron_cores: Attr<i64>,
    /// Total size of local NVMe disks in GB. `0` if the instance type has none.
    #[attribute(computed)]
    pub local_nvme_gb: Attr<i64>,
    /// Network performance as reported by EC2, such as `Up to 25 Gigabit`.
    #[attribute(computed)]
    pub network_performance: Attr<String>,
    /// Number of network cards.
    #[attribute(computed)]
    pub network_cards: Attr<i64>,
    /// Whether the instance type supports Elastic Fabric Adapter (EFA).
    #[attribute(computed)]
    pub efa_supported: Attr<bool>,
    /// Maximum number of EFA interfaces.
    #[attribute(computed)]
    pub max_efa_interfaces: Attr<i64>,
    /// Whether the instance type is bare metal.
    #[attribute(computed)]
    pub bare_metal: Attr<bool>,
    /// Supported usage classes: `on-demand`, `spot`, and `capacity-block`.
    #[attribute(computed)]
    pub usage_classes: List<String>,
    /// Names of the zones that offer the instance type.
    #[attribute(computed)]
    pub availability_zones: List<String>,
    /// IDs of the zones that offer the instance type, in the same order.
    #[attribute(computed)]
    pub availability_zone_ids: List<String>,
    /// Labels of the nodes, except for the labels of the zone and the capacity type.
    #[attribute(computed)]
    pub labels: Map<String>,
    /// Number of devices that the controller expects on the nodes, by resource name, such as `nvidia.com/gpu`.
    #[attribute(computed)]
    pub resources: Map<i64>,
}

fn pattern() -> Validator {
    text_that("be an instance type, which can contain the wildcards `*` and `?`", |text| {
        let is_allowed =
            |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-.*?".contains(letter);
        !text.is_empty() && text.chars().all(is_allowed)
    })
}
