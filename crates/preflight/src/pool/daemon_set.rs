//! DaemonSets that advertise devices or label hardware, and the nodes on which their pods run, according to taints and
//! labels. The names and images come from the charts `nvidia-device-plugin` 0.14 to 0.20, `gpu-operator`,
//! `node-feature-discovery`, `aws-efa-k8s-device-plugin`, and `neuron-helm-chart`, the manifests of `aws-neuron-sdk`,
//! the chart `amd-gpu`, and the manifests of `ROCm/k8s-device-plugin`.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use render::karpenter::node_pool::{Taint, parse_requirements};
use render::karpenter::requirements::{Operator, Requirement};

/// Pods that run on every matching node.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DaemonSet {
    /// Namespace and name, such as `kube-system/nvidia-device-plugin`.
    pub name: String,
    /// Images of its containers.
    pub images: Vec<String>,
    /// Taints that its pods tolerate.
    pub tolerations: Vec<Toleration>,
    /// Labels that a node must have.
    pub node_selector: BTreeMap<String, String>,
    /// Affinity terms, of which one must match completely. Empty for any node.
    pub terms: Vec<Vec<Requirement>>,
}

/// A toleration. An unset field matches everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Toleration {
    /// The key.
    pub key: Option<String>,
    /// The value.
    pub value: Option<String>,
    /// The effect.
    pub effect: Option<String>,
}

/// The devices or labels that a DaemonSet provides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Device {
    /// NVIDIA GPUs.
    NvidiaGpu,
    /// AMD GPUs.
    AmdGpu,
    /// Inferentia and Trainium devices.
    Neuron,
    /// Elastic Fabric Adapters.
    Efa,
    /// Hardware labels, by which other DaemonSets select their nodes.
    Features,
}

/// Parts of names and images, and what a DaemonSet with one of them provides. The first match decides.
const DEVICES: [(&str, Device); 10] = [
    ("node-feature-discovery", Device::Features),
    ("efa-k8s-device-plugin", Device::Efa),
    ("efa-device-plugin", Device::Efa),
    ("neuron-device-plugin", Device::Neuron),
    ("neuron-dra-driver", Device::Neuron),
    ("rocm/k8s-device-plugin", Device::AmdGpu),
    ("amdgpu-device-plugin", Device::AmdGpu),
    ("nvidia-device-plugin", Device::NvidiaGpu),
    ("nvidia/k8s-device-plugin", Device::NvidiaGpu),
    ("nvidia-dra-driver", Device::NvidiaGpu),
];

/// Parts of the names of DaemonSets that run next to a plugin, from the same image.
const COMPANIONS: [&str; 3] = ["feature-discovery", "mps-control", "labeller"];

impl DaemonSet {
    /// Parses a DaemonSet.
    #[must_use]
    pub fn parse(live: &Json) -> Self {
        let text = |json: &Json| json.as_str().unwrap_or_default().to_owned();
        let elements = |json: &Json| json.as_array().cloned().unwrap_or_default();
        let pod = &live["spec"]["template"]["spec"];
        let affinity = &pod["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
        let selector = pod["nodeSelector"].as_object().into_iter().flatten();
        Self {
            name: format!("{}/{}", text(&live["metadata"]["namespace"]), text(&live["metadata"]["name"])),
            images: elements(&pod["containers"]).iter().map(|container| text(&container["image"])).collect(),
            tolerations: elements(&pod["tolerations"]).iter().map(Toleration::parse).collect(),
            node_selector: selector.map(|(key, value)| (key.clone(), text(value))).collect(),
            terms: elements(&affinity["nodeSelectorTerms"])
                .iter()
                .map(|term| parse_requirements(&term["matchExpressions"]))
                .collect(),
        }
    }

    /// Returns what it provides, if it is one of these.
    #[must_use]
    pub fn device(&self) -> Option<Device> {
        let named = |word: &str| self.name.contains(word) || self.images.iter().any(|image| image.contains(word));
        let device = DEVICES.iter().find(|(word, _)| named(word)).map(|(_, device)| *device)?;
        let is_companion = device != Device::Features && COMPANIONS.iter().any(|word| self.name.contains(word));
        (!is_companion).then_some(device)
    }

    /// Returns the first taint that its pods do not tolerate.
    #[must_use]
    pub fn untolerated_taint<'t>(&self, mut taints: impl Iterator<Item = &'t Taint>) -> Option<&'t Taint> {
        let is_tolerated = |taint: &Taint| self.tolerations.iter().any(|toleration| toleration.covers(taint));
        taints.find(|taint| taint.effect != "PreferNoSchedule" && !is_tolerated(taint))
    }

    /// Returns whether a node has the required labels. `fulfils` is called for each requirement.
    pub fn fits(&self, fulfils: impl Fn(&Requirement) -> bool) -> bool {
        let mut selected = self.node_selector.iter();
        let is_selected = selected.all(|(key, value)| fulfils(&Requirement::new(key, Operator::In, [value.as_str()])));
        is_selected && (self.terms.is_empty() || self.terms.iter().any(|term| term.iter().all(&fulfils)))
    }
}

impl Toleration {
    /// Parses a toleration of a pod.
    #[must_use]
    pub fn parse(given: &Json) -> Self {
        let text = |name: &str| given[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let is_any_value = given["operator"] == "Exists";
        let value = given["value"].as_str().unwrap_or_default().to_owned();
        Self { key: text("key"), value: (!is_any_value).then_some(value), effect: text("effect") }
    }

    /// Returns whether it tolerates a taint.
    #[must_use]
    pub fn covers(&self, taint: &Taint) -> bool {
        let is_all = |own: &Option<String>, taint: &str| own.as_deref().is_none_or(|own| own == taint);
        is_all(&self.key, &taint.key) && is_all(&self.value, &taint.value) && is_all(&self.effect, &taint.effect)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn taint(key: &str, value: &str, effect: &str) -> Taint {
        Taint { key: key.to_owned(), value: value.to_owned(), effect: effect.to_owned() }
    }

    /// As the chart of the plugin makes it.
    fn plugin() -> DaemonSet {
        let present = |key: &str| json!({"matchExpressions": [{"key": key, "operator": "In", "values": ["true"]}]});
        DaemonSet::parse(&json!({
            "metadata": {"namespace": "nvidia", "name": "plugin"},
            "spec": {"template": {"spec": {
                "containers": [{"image": "nvcr.io/nvidia/k8s-device-plugin:v0.17.1"}],
                "tolerations": [
                    {"key": "CriticalAddonsOnly", "operator": "Exists"},
                    {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"},
                ],
                "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
                    present("feature.node.kubernetes.io/pci-10de.present"), present("nvidia.com/gpu.present"),
                ]}}},
            }}},
        }))
    }

    #[test]
    fn plugins_are_known_by_image_or_name() {
        let device = |name: &str, image: &str| {
            DaemonSet { name: name.to_owned(), images: vec![image.to_owned()], ..DaemonSet::default() }.device()
        };
        let image = "nvcr.io/nvidia/k8s-device-plugin:v0.17.1";
        assert_eq!(device("a/b", image), Some(Device::NvidiaGpu));
        assert_eq!(device("gpu-operator/nvidia-device-plugin-daemonset", "own/image"), Some(Device::NvidiaGpu));
        assert_eq!(device("nvidia/nvidia-device-plugin-gpu-feature-discovery", image), None);
        assert_eq!(device("nvidia/nvidia-device-plugin-mps-control-daemon", image), None);
        let efa = "602401143452.dkr.ecr.us-west-2.amazonaws.com/eks/aws-efa-k8s-device-plugin:v0.5.6";
        assert_eq!(device("kube-system/a", efa), Some(Device::Efa));
        let neuron = "public.ecr.aws/neuron/neuron-device-plugin:2.29.16.0";
        assert_eq!(device("kube-system/a", neuron), Some(Device::Neuron));
        assert_eq!(device("kube-system/neuron-device-plugin-daemonset", "own/image"), Some(Device::Neuron));
        let amd = "docker.io/rocm/k8s-device-plugin:1.31.0.0";
        assert_eq!(device("kube-amd-gpu/default-device-plugin", amd), Some(Device::AmdGpu));
        assert_eq!(device("kube-system/amdgpu-device-plugin-daemonset", "own/image"), Some(Device::AmdGpu));
        let labeller = "docker.io/rocm/k8s-device-plugin:labeller-1.31.0.0";
        assert_eq!(device("kube-system/amd-gpu-labeller-daemonset", labeller), None);
        assert_eq!(device("nfd/w", "registry.k8s.io/nfd/node-feature-discovery:v0.17"), Some(Device::Features));
        assert_eq!(device("kube-system/aws-node", "eks/amazon-k8s-cni:v1"), None);
    }

    #[test]
    fn taints_keep_pods_off_unless_they_are_tolerated() {
        let plugin = plugin();
        let off = |of: &DaemonSet, taint: Taint| of.untolerated_taint([taint].iter()).is_some();
        assert!(!off(&plugin, taint("nvidia.com/gpu", "true", "NoSchedule")));
        assert!(off(&plugin, taint("nvidia.com/gpu", "true", "NoExecute")));
        assert!(off(&plugin, taint("team", "", "NoSchedule")) && !off(&plugin, taint("team", "", "PreferNoSchedule")));
        assert!(!off(&plugin, taint("CriticalAddonsOnly", "", "NoExecute")));
        let with = |toleration: Json| {
            DaemonSet::parse(&json!({"spec": {"template": {"spec": {"tolerations": [toleration]}}}}))
        };
        assert!(!off(&with(json!({"operator": "Exists"})), taint("team", "a", "NoExecute")));
        assert!(!off(&with(json!({"key": "team", "value": "a"})), taint("team", "a", "NoExecute")));
        assert!(off(&with(json!({"key": "team", "operator": "Equal", "value": "b"})), taint("team", "a", "NoExecute")));
        assert!(!off(&with(json!({"key": "team"})), taint("team", "", "NoExecute")), "an empty value is one, too");
    }

    #[test]
    fn one_term_must_hold_and_the_selector() {
        let plugin = plugin();
        assert!(plugin.fits(|asked| asked.key == "nvidia.com/gpu.present"));
        assert!(!plugin.fits(|_| false) && DaemonSet::default().fits(|_| false));
        let node_selector = [("a".to_owned(), "b".to_owned())].into();
        let selecting = DaemonSet { node_selector, ..plugin };
        assert!(!selecting.fits(|asked| asked.key == "nvidia.com/gpu.present"));
        assert!(selecting.fits(|asked| asked.key == "nvidia.com/gpu.present" || asked.allows(Some("b"))));
    }
}
