//! Values for the Helm charts that advertise NVIDIA GPUs to Kubernetes: `nvidia-device-plugin` (0.17 and later) and
//! `gpu-operator`, for nodes with known labels and taints.

mod device_plugin;
mod gpu_operator;
mod sharing;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::karpenter::controller::Controller;
use super::karpenter::instance_labels::NVIDIA_GPU;

pub use sharing::{Sharing, Strategy};

/// The label by which both charts identify GPU nodes if no discovery runs.
pub const PRESENT: &str = "nvidia.com/gpu.present";
/// The label by which the MPS daemon selects its nodes.
pub const MPS_CAPABLE: &str = "nvidia.com/mps.capable";

/// A chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Chart {
    /// Only the plugin.
    #[default]
    DevicePlugin,
    /// The operator, which installs the plugin and other components.
    GpuOperator,
}

/// The operating system of the nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum System {
    /// The NVIDIA variant of Amazon Linux 2023: driver and container toolkit, but no plugin.
    #[default]
    AmazonLinux2023,
    /// The NVIDIA variant of Bottlerocket, which also includes the plugin.
    Bottlerocket,
}

/// How partitions of a GPU are advertised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mig {
    /// No partitions.
    None,
    /// All GPUs of a node have the same partitions, which are advertised as `nvidia.com/gpu`.
    Single,
    /// Each partition profile has a separate resource.
    Mixed,
}

/// A taint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taint {
    /// The key.
    pub key: String,
    /// `NoSchedule`, `PreferNoSchedule`, or `NoExecute`.
    pub effect: String,
}

/// The nodes, and their desired settings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Nodes {
    /// The controller that launches them.
    pub controller: Controller,
    /// Their operating system.
    pub system: System,
    /// Their labels.
    pub labels: BTreeMap<String, String>,
    /// Their taints.
    pub taints: Vec<Taint>,
    /// Names of their node pools.
    pub pools: BTreeSet<String>,
    /// Names of node pools on whose nodes nothing is installed.
    pub other_pools: BTreeSet<String>,
    /// Whether feature discovery sets labels. `None` for the default of the chart.
    pub feature_discovery: Option<bool>,
    /// How partitions are advertised. `None` for the default of the chart.
    pub mig: Option<Mig>,
    /// Whether pods share GPUs.
    pub sharing: Option<Sharing>,
}

impl Chart {
    /// The names of both charts.
    pub const NAMES: [&'static str; 2] = ["device_plugin", "gpu_operator"];

    /// Returns the chart with this name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        [Self::DevicePlugin, Self::GpuOperator]
            .into_iter()
            .zip(Self::NAMES)
            .find(|(_, own)| *own == name)
            .map(|(it, _)| it)
    }
}

impl System {
    /// The names of both operating systems.
    pub const NAMES: [&'static str; 2] = ["al2023", "bottlerocket"];

    /// Returns the operating system with this name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        [Self::AmazonLinux2023, Self::Bottlerocket]
            .into_iter()
            .zip(Self::NAMES)
            .find(|(_, own)| *own == name)
            .map(|(it, _)| it)
    }
}

impl Mig {
    /// The names of all strategies.
    pub const NAMES: [&'static str; 3] = ["none", "single", "mixed"];

    /// Returns the strategy with this name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        [Self::None, Self::Single, Self::Mixed]
            .into_iter()
            .zip(Self::NAMES)
            .find(|(_, own)| *own == name)
            .map(|(it, _)| it)
    }

    fn name(self) -> &'static str {
        match self {
            Self::None => Self::NAMES[0],
            Self::Single => Self::NAMES[1],
            Self::Mixed => Self::NAMES[2],
        }
    }
}

impl Nodes {
    /// Returns why the plugin must not be installed, or `None` if it must be.
    #[must_use]
    pub fn why_not_needed(&self) -> Option<&'static str> {
        match (self.controller, self.system) {
            (Controller::AutoMode, _) => Some(
                "EKS Auto Mode nodes include the driver and the device plugin. A second plugin would register the same \
                 GPUs again.",
            ),
            (Controller::Karpenter, System::Bottlerocket) => Some(
                "The NVIDIA variant of Bottlerocket includes the driver and the device plugin. A second plugin would \
                 register the same GPUs again.",
            ),
            (Controller::Karpenter, System::AmazonLinux2023) => None,
        }
    }

    /// Returns whether the affinity of the plugin matches the nodes without Node Feature Discovery.
    #[must_use]
    pub fn are_found_by_labels(&self) -> bool {
        !self.pools.is_empty() || self.labels.get(PRESENT).is_some_and(|value| value == "true")
    }

    /// Returns the tolerations that pods on all of these nodes need, in addition to the existing ones.
    fn tolerations(&self, already: Vec<Json>) -> Json {
        let tolerated = json!({"key": NVIDIA_GPU, "operator": "Exists", "effect": "NoSchedule"});
        let mut all = already;
        all.push(tolerated);
        for taint in self.taints.iter().filter(|taint| taint.effect != "PreferNoSchedule") {
            let toleration = json!({"key": taint.key, "operator": "Exists", "effect": taint.effect});
            if !all.contains(&toleration) {
                all.push(toleration);
            }
        }
        Json::Array(all)
    }
}

/// Returns the values that differ from the defaults of the chart.
#[must_use]
pub fn values(chart: Chart, nodes: &Nodes) -> Json {
    match chart {
        Chart::DevicePlugin => device_plugin::values(nodes),
        Chart::GpuOperator => gpu_operator::values(nodes),
    }
}

#[cfg(test)]
mod tests;
