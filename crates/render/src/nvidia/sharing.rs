//! GPU sharing between pods: the configuration of the device plugin.

use serde_json::{Value as Json, json};

use super::super::karpenter::instance_labels::NVIDIA_GPU;
use super::super::yaml;

/// How pods share a GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// Time-slicing, without memory limits.
    TimeSlicing,
    /// Concurrently with the Multi-Process Service, with memory limits.
    Mps,
}

/// The settings of shared GPUs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sharing {
    /// The strategy.
    pub strategy: Strategy,
    /// Number of pods per GPU.
    pub replicas: i64,
    /// Whether the resource is called `nvidia.com/gpu.shared`.
    pub rename: bool,
    /// Whether pods that request more than one replica are rejected, because more replicas have no effect. Only for
    /// time-slicing.
    pub fail_requests_greater_than_one: Option<bool>,
}

impl Strategy {
    /// The names of both strategies.
    pub const NAMES: [&'static str; 2] = ["time_slicing", "mps"];

    /// Returns the strategy with this name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        [Self::TimeSlicing, Self::Mps].into_iter().zip(Self::NAMES).find(|(_, own)| *own == name).map(|(it, _)| it)
    }
}

impl Sharing {
    /// The name of the configuration in the charts. The plugin uses it by default.
    pub(super) const NAME: &'static str = "default";

    /// Returns the configuration file of the plugin.
    pub(super) fn configuration(&self) -> String {
        let mut sharing = json!({
            "renameByDefault": self.rename,
            "resources": [{"name": NVIDIA_GPU, "replicas": self.replicas}],
        });
        let member = match self.strategy {
            Strategy::TimeSlicing => "timeSlicing",
            Strategy::Mps => "mps",
        };
        if let (Strategy::TimeSlicing, Some(fails)) = (self.strategy, self.fail_requests_greater_than_one) {
            sharing["failRequestsGreaterThanOne"] = Json::Bool(fails);
        }
        let mut whole = json!({"version": "v1", "sharing": {}});
        whole["sharing"][member] = sharing;
        yaml::print(&whole)
    }
}
