//! The schema of `ekscompute_gpu_instance_types`.

use framework::model::{Attr, List, Map, Set};
use framework::number::Number;
use framework::validators as must;
use framework::validators::each;
use render::karpenter::controller::Controller;
use render::karpenter::instance_labels::labels;
use render::karpenter::instance_type::Offer;

use super::super::shared::{instance_type, selection};

selection! {
    /// Lists the GPU instance types that EC2 currently offers in a Region, with the labels of their nodes. Use it for the
    /// requirements of a node pool, for a table in documentation, or in a `check` block for the needs of a workload.
    ///
    /// An instance type must match all filters that are set. If no instance type matches, the lists are empty.
    GpuInstanceTypes of GpuInstanceType {
        /// Whether the instance types must be bare metal. If unset, both bare metal and virtualized types match.
        #[attribute(optional)]
        pub bare_metal: Attr<bool>,
        /// GPU manufacturers, such as `nvidia`, `amd`, or `habana`, or manufacturers of other accelerators, such as `aws`
        /// or `qualcomm`.
        #[attribute(optional)]
        pub gpu_manufacturers: Set<String>,
        /// GPU names as spelled by EC2 or in node labels, such as `L40S` or `l40s`.
        #[attribute(optional)]
        pub gpu_names: Set<String>,
        /// Whether to include instance types with accelerators that are not GPUs: Inferentia, Trainium, and Qualcomm
        /// AI100. GPU filters then also apply to these accelerators. Defaults to `false`.
        #[attribute(optional)]
        pub include_accelerators: Attr<bool>,
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
    }
}

instance_type! {
    /// An instance type.
    GpuInstanceType {
        /// GPU manufacturer, such as `nvidia`. Null if the instance type has no GPUs.
        #[attribute(computed)]
        pub gpu_manufacturer: Attr<String>,
        /// GPU name, such as `l40s`. Null if the instance type has no GPUs.
        #[attribute(computed)]
        pub gpu_name: Attr<String>,
        /// Number of whole GPUs. `0` for an instance type with a fraction of a GPU. Null if the instance type has no GPUs.
        #[attribute(computed)]
        pub gpu_count: Attr<i64>,
        /// Size of each GPU as a fraction of a whole GPU, such as `0.125`. `1` for whole GPUs. Null if the instance
        /// type has no GPUs.
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
        /// Whether the instance type is bare metal.
        #[attribute(computed)]
        pub bare_metal: Attr<bool>,
    }
}
