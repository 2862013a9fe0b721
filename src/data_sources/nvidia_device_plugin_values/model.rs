//! The schema of `ekscompute_nvidia_device_plugin_values`.

use framework::model::{Attr, List, Map, Model, Set};
use framework::validators as must;
use render::karpenter::provisioner::Provisioner;
use render::nvidia::{Chart, Mig, Strategy, System};

/// Makes the values of the Helm chart `nvidia-device-plugin` or `gpu-operator` that fit given nodes: the pods of the chart
/// tolerate the nodes' taints, find the nodes, and stay off nodes that bring a plugin of their own. Without them a taint or a
/// missing label keeps the plugin off without an error, and no node ever has a GPU to give.
///
/// Nothing is read: the values depend on the arguments alone.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct NvidiaDevicePluginValues {
    /// What the nodes run: `al2023`, which it is without it, or `bottlerocket`; each in its variant for NVIDIA.
    #[attribute(optional, validate = [must::one_of(&System::NAMES)])]
    pub ami_family: Attr<String>,
    /// Chart of the values: `device_plugin`, which it is without it, for `nvidia-device-plugin` 0.17 or later, or
    /// `gpu_operator`.
    #[attribute(optional, validate = [must::one_of(&Chart::NAMES)])]
    pub chart: Attr<String>,
    /// Names of node pools whose nodes the plugin stays off, such as those of Bottlerocket. Nodes of EKS Auto Mode are left out
    /// always. For `device_plugin` only.
    #[attribute(optional)]
    pub exclude_node_pools: Set<String>,
    /// Whether features of the GPUs become labels, such as `nvidia.com/gpu.product`; without it, as the chart has it.
    #[attribute(optional)]
    pub gfd_enabled: Attr<bool>,
    /// How partitions of GPUs are told to Kubernetes: `none`, `single` or `mixed`; without it, as the chart has it.
    #[attribute(optional, validate = [must::one_of(&Mig::NAMES)])]
    pub mig_strategy: Attr<String>,
    /// Labels of the nodes. `nvidia.com/gpu.present = "true"` lets the plugin find them.
    #[attribute(optional)]
    pub node_labels: Map<String>,
    /// Names of the nodes' Karpenter node pools, by which the plugin finds them too. For `device_plugin` only.
    #[attribute(optional)]
    pub node_pools: Set<String>,
    /// Taints of the nodes.
    #[attribute(optional)]
    pub node_taints: List<NodeTaint>,
    /// Who starts the nodes: `karpenter`, which it is without it and which stands for node groups as well, or `auto_mode`.
    #[attribute(optional, validate = [must::one_of(&Provisioner::NAMES)])]
    pub provisioner: Attr<String>,
    /// GPUs that several pods share. Karpenter counts whole GPUs and knows nothing of it: it starts more nodes than needed,
    /// and none at all for pods that ask for a renamed resource.
    #[attribute(optional)]
    pub sharing: Attr<SharingInput>,
    /// Whether a plugin has to be installed for these nodes.
    #[attribute(computed)]
    pub needed: Attr<bool>,
    /// Why none has to be installed; null when one has. The values then switch the plugin off.
    #[attribute(computed)]
    pub reason: Attr<String>,
    /// The values in JSON.
    #[attribute(computed)]
    pub values_json: Attr<String>,
    /// The values in YAML, for `values` of a `helm_release`.
    #[attribute(computed)]
    pub values_yaml: Attr<String>,
}

/// A taint.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct NodeTaint {
    /// Key of the taint.
    #[attribute(required)]
    pub key: Attr<String>,
    /// Value of the taint. Every value is tolerated.
    #[attribute(optional)]
    pub value: Attr<String>,
    /// Effect of the taint, as Kubernetes or as EKS writes it: `NoSchedule` or `NO_SCHEDULE`, `PreferNoSchedule` or
    /// `PREFER_NO_SCHEDULE`, `NoExecute` or `NO_EXECUTE`.
    #[attribute(required, validate = [must::one_of(EFFECTS)])]
    pub effect: Attr<String>,
}

/// How GPUs are shared.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct SharingInput {
    /// `time_slicing`: pods take turns. `mps`: pods run at the same time, each with its share of the memory; it needs
    /// `gfd_enabled` or the label `nvidia.com/mps.capable = "true"` on the nodes.
    #[attribute(required, validate = [must::one_of(&Strategy::NAMES)])]
    pub strategy: Attr<String>,
    /// Pods for each GPU.
    #[attribute(required, validate = [must::between(2..=i64::MAX)])]
    pub replicas: Attr<i64>,
    /// Whether the resource is called `nvidia.com/gpu.shared`, and `nvidia.com/gpu` without it.
    #[attribute(optional)]
    pub rename: Attr<bool>,
    /// Whether pods that ask for more than one are refused, as more than one gives no more time. For `time_slicing` only.
    #[attribute(optional)]
    pub fail_requests_greater_than_one: Attr<bool>,
}

/// As Kubernetes and as EKS write effects.
pub(super) const EFFECTS: &[&str] =
    &["NoSchedule", "PreferNoSchedule", "NoExecute", "NO_SCHEDULE", "PREFER_NO_SCHEDULE", "NO_EXECUTE"];
