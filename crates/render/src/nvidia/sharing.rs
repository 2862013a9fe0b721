//! GPUs that several pods share: the configuration of the device plugin.

use serde_json::{Value as Json, json};

use super::super::karpenter::instance_labels::NVIDIA_GPU;
use super::super::yaml;

/// How pods share a GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// By turns, without limits of memory.
    TimeSlicing,
    /// At the same time, by the Multi-Process Service, with limits of memory.
    Mps,
}

/// GPUs that several pods share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sharing {
    /// How.
    pub strategy: Strategy,
    /// Pods for each GPU.
    pub replicas: i64,
    /// Whether the resource is called `nvidia.com/gpu.shared`.
    pub rename: bool,
    /// Whether pods that request more than one replica are rejected, because more replicas have no effect. Only for
    /// time-slicing.
    pub fail_requests_greater_than_one: Option<bool>,
}

impl Strategy {
    /// The names of both.
    pub const NAMES: [&'static str; 2] = ["time_slicing", "mps"];

    /// The strategy of a name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        [Self::TimeSlicing, Self::Mps].into_iter().zip(Self::NAMES).find(|(_, own)| *own == name).map(|(it, _)| it)
    }
}

impl Sharing {
    /// The name under which the charts keep the configuration. The plugin takes it without being told.
    pub(super) const NAME: &'static str = "default";

    /// The plugin's configuration file.
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
