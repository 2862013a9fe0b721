//! The schema of `ekscompute_neuron_instance_types`.

use framework::model::{Attr, List, Map, Set};
use framework::validators as must;
use framework::validators::each;
use render::karpenter::controller::Controller;
use render::karpenter::instance_labels::labels;
use render::karpenter::instance_type::Offer;

use super::super::shared::{instance_type, selection};

selection! {
    /// Lists the instance types with AWS Inferentia or AWS Trainium that EC2 currently offers in a Region, with the labels
    /// of their nodes. Use it for the requirements and limits of a node pool, or in a `check` block for the needs of a
    /// workload.
    ///
    /// An instance type must match all filters that are set. If no instance type matches, the lists are empty.
    NeuronInstanceTypes of NeuronInstanceType {
        /// Names of the Neuron devices as spelled by EC2 or in node labels, such as `Trainium2` or `trainium2`.
        #[attribute(optional)]
        pub device_names: Set<String>,
        /// Minimum number of Neuron devices per instance type.
        #[attribute(optional, validate = [must::between(0..=i64::MAX)])]
        pub min_device_count: Attr<i64>,
        /// Minimum memory per Neuron device in MiB.
        #[attribute(optional, validate = [must::between(0..=i64::MAX)])]
        pub min_device_memory_mib: Attr<i64>,
        /// Minimum number of Neuron cores per instance type.
        #[attribute(optional, validate = [must::between(0..=i64::MAX)])]
        pub min_core_count: Attr<i64>,
    }
}

instance_type! {
    /// An instance type.
    NeuronInstanceType {
        /// Name of the Neuron devices as in the label `instance-accelerator-name`, such as `trainium2`.
        #[attribute(computed)]
        pub device_name: Attr<String>,
        /// Number of Neuron devices: `aws.amazon.com/neuron` in `resources`.
        #[attribute(computed)]
        pub device_count: Attr<i64>,
        /// Memory per Neuron device in MiB.
        #[attribute(computed)]
        pub device_memory_mib: Attr<i64>,
        /// Number of Neuron cores per device.
        #[attribute(computed)]
        pub cores_per_device: Attr<i64>,
        /// Number of Neuron cores of all devices: `aws.amazon.com/neuroncore` in `resources`.
        #[attribute(computed)]
        pub core_count: Attr<i64>,
        /// Total memory of all Neuron devices in MiB.
        #[attribute(computed)]
        pub total_device_memory_mib: Attr<i64>,
    }
}
