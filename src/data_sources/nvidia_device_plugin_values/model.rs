//! The schema of `ekscompute_nvidia_device_plugin_values`.

use framework::blocks::{ListBlock, SingleBlock};
use framework::model::{Attr, Map, Model, Set};
use framework::validators as must;
use render::karpenter::controller::Controller;
use render::nvidia::{Chart, Mig, Strategy, System};

/// Generates the values of the `nvidia-device-plugin` or `gpu-operator` Helm chart for a set of nodes. With these
/// values, the pods of the chart tolerate the taints of the nodes, are scheduled on the nodes, and are not scheduled on
/// nodes that include their own device plugin. With other values, a taint or a missing label can prevent the plugin
/// from running. No error is reported, and the nodes do not advertise GPUs.
///
/// The values depend only on the arguments. The data source does not call any API.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct NvidiaDevicePluginValues {
    /// Operating system of the nodes: `al2023` for the NVIDIA variant of Amazon Linux 2023, or `bottlerocket` for the
    /// NVIDIA variant of Bottlerocket. Defaults to `al2023`.
    #[attribute(optional, validate = [must::one_of(&System::NAMES).documented()])]
    pub ami_family: Attr<String>,
    /// Helm chart of the values: `device_plugin` for `nvidia-device-plugin` 0.17 and later, or `gpu_operator`. Defaults
    /// to `device_plugin`.
    #[attribute(optional, validate = [must::one_of(&Chart::NAMES).documented()])]
    pub chart: Attr<String>,
    /// Names of node pools that the plugin must not run on, such as Bottlerocket node pools. EKS Auto Mode nodes are
    /// always excluded. Only supported with `chart = "device_plugin"`.
    #[attribute(optional)]
    pub exclude_node_pools: Set<String>,
    /// Whether to label nodes with GPU features, such as `nvidia.com/gpu.product`. Defaults to the value in the chart.
    #[attribute(optional)]
    pub gfd_enabled: Attr<bool>,
    /// Strategy for advertising MIG partitions of GPUs to Kubernetes: `none`, `single`, or `mixed`. Defaults to the
    /// value in the chart.
    #[attribute(optional, validate = [must::one_of(&Mig::NAMES).documented()])]
    pub mig_strategy: Attr<String>,
    /// Labels of the nodes. The plugin selects nodes with `nvidia.com/gpu.present = "true"`.
    #[attribute(optional)]
    pub node_labels: Map<String>,
    /// Names of the Karpenter node pools that launch the nodes. The plugin also selects the nodes of these pools. Only
    /// supported with `chart = "device_plugin"`.
    #[attribute(optional)]
    pub node_pools: Set<String>,
    /// Configuration block for a Kubernetes taint of the nodes.
    #[block]
    pub node_taint: ListBlock<NodeTaint>,
    /// Controller that launches the nodes: `karpenter`, which also applies to node groups, or `auto_mode`. Defaults to
    /// `karpenter`.
    #[attribute(optional, validate = [must::one_of(&Controller::NAMES).documented()])]
    pub controller: Attr<String>,
    /// Configuration block for GPU sharing between pods. Karpenter counts only whole GPUs: it launches more nodes than
    /// required, and does not launch nodes for pods that request a renamed resource.
    #[block]
    pub sharing: SingleBlock<SharingInput>,
    /// Whether the nodes require a device plugin.
    #[attribute(computed)]
    pub needed: Attr<bool>,
    /// Reason why the nodes do not require a device plugin. The values then disable the plugin. Null if the nodes
    /// require one.
    #[attribute(computed)]
    pub reason: Attr<String>,
    /// Values in JSON.
    #[attribute(computed)]
    pub values_json: Attr<String>,
    /// Values in YAML, for the `values` argument of `helm_release`.
    #[attribute(computed)]
    pub values_yaml: Attr<String>,
}

/// A Kubernetes taint.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct NodeTaint {
    /// Key of the taint.
    #[attribute(required)]
    pub key: Attr<String>,
    /// Value of the taint. The pods tolerate any value.
    #[attribute(optional)]
    pub value: Attr<String>,
    /// Effect of the taint, as spelled by Kubernetes or by EKS.
    #[attribute(required, validate = [must::one_of(EFFECTS)])]
    pub effect: Attr<String>,
}

/// Configuration of GPU sharing.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct SharingInput {
    /// Sharing strategy. With `time_slicing`, pods use the GPU in turns. With `mps`, pods use the GPU concurrently,
    /// each with a share of the memory. `mps` requires `gfd_enabled` or the label `nvidia.com/mps.capable = "true"` on
    /// the nodes.
    #[attribute(required, validate = [must::one_of(&Strategy::NAMES).documented()])]
    pub strategy: Attr<String>,
    /// Number of pods that can share a GPU.
    #[attribute(required, validate = [must::between(2..=i64::MAX)])]
    pub replicas: Attr<i64>,
    /// Whether to advertise the resource as `nvidia.com/gpu.shared` instead of `nvidia.com/gpu`. Defaults to `false`.
    #[attribute(optional)]
    pub rename: Attr<bool>,
    /// Whether to reject pods that request more than one shared GPU. Requesting more than one does not provide more GPU
    /// time. Only supported with `strategy = "time_slicing"`. Defaults to `false`.
    #[attribute(optional)]
    pub fail_requests_greater_than_one: Attr<bool>,
}

/// Taint effects as spelled by Kubernetes, followed by the EKS spelling.
pub(super) const EFFECTS: &[&str] =
    &["NoSchedule", "PreferNoSchedule", "NoExecute", "NO_SCHEDULE", "PREFER_NO_SCHEDULE", "NO_EXECUTE"];
