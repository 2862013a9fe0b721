//! Checks whether pods with GPUs can run on the nodes: the taints and labels that the NVIDIA device plugin requires.
//! Source: chart `nvidia-device-plugin` 0.14 to 0.20, whose pods tolerate `nvidia.com/gpu` with the effect `NoSchedule`
//! and `CriticalAddonsOnly`, and run on nodes with a GPU label. The label comes from node-feature-discovery, whose
//! worker tolerates `nvidia.com/gpu` only with the value `present`, or from the node pool.

use std::collections::BTreeMap;

use super::super::controller::Controller;
use super::{NodePool, Placed, Taint};
use crate::node::{Finding, Place};

/// The key that the plugin tolerates.
pub const KEY: &str = "nvidia.com/gpu";
/// The value that node-feature-discovery tolerates.
pub const VALUE: &str = "present";
/// The label by which the plugin selects a node without node-feature-discovery.
pub const LABEL: &str = "nvidia.com/gpu.present";

/// The taint of a node pool without configured taints.
#[must_use]
pub fn default_taint() -> Taint {
    Taint { key: KEY.to_owned(), value: VALUE.to_owned(), effect: "NoSchedule".to_owned() }
}

/// The labels of a node pool without configured labels. EKS Auto Mode includes the plugin and requires no label.
#[must_use]
pub fn default_labels(controller: Controller) -> BTreeMap<String, String> {
    match controller {
        Controller::Karpenter => [(LABEL.to_owned(), "true".to_owned())].into(),
        Controller::AutoMode => BTreeMap::new(),
    }
}

/// Returns warnings for settings that leave pods Pending or GPUs unused. They are not errors: a plugin can be
/// configured, and some node images do not require one.
#[must_use]
pub fn check(pool: &NodePool, may_be_nvidia: bool) -> Vec<Finding> {
    let mut found = Vec::new();
    let keeps_out = |placed: &&Placed<Taint>| placed.value.effect != "PreferNoSchedule";
    if !pool.taints.iter().any(|placed| keeps_out(&placed)) {
        let text = format!(
            "No taint prevents pods that do not request a GPU from being scheduled on the nodes of this pool, so \
             expensive nodes are launched for these pods. Add a taint, such as {KEY}={VALUE}:NoSchedule, which is the \
             default if no taints are set."
        );
        found.push(Finding::warning(Place::of("taint"), text));
    }
    if pool.controller == Controller::AutoMode || !may_be_nvidia {
        return found;
    }
    for (input, list) in [("taint", &pool.taints), ("startup_taint", &pool.startup_taints)] {
        found.extend(list.iter().filter(keeps_out).filter_map(|placed| not_tolerated(input, placed)));
    }
    let has_label = pool.labels.get(LABEL).is_some_and(|value| value == "true");
    if !has_label {
        found.push(without_label(pool));
    }
    found
}

fn not_tolerated(input: &str, placed: &Placed<Taint>) -> Option<Finding> {
    let Taint { key, effect, .. } = &placed.value;
    if key == "CriticalAddonsOnly" || (key == KEY && effect == "NoSchedule") {
        return None;
    }
    // An agent on the node removes such a taint once it runs, for example `node.cilium.io/agent-not-ready`. The device
    // plugin starts after that. Only a taint that waits for the plugin itself would never be removed.
    if input == "startup_taint" && key.ends_with("/agent-not-ready") {
        return None;
    }
    let remedy = match input {
        "taint" => format!("Use {KEY}={VALUE}:NoSchedule"),
        _ => "Remove it".to_owned(),
    };
    let text = format!(
        "The NVIDIA device plugin does not tolerate the taint {key}:{effect}. By default, it therefore does not run on \
         these nodes, and they do not advertise {KEY}. {remedy}, or add a toleration to the plugin (the value \
         tolerations of its chart). Bottlerocket includes the plugin and does not require this."
    );
    Some(Finding::warning(placed.place.clone(), text))
}

fn without_label(pool: &NodePool) -> Finding {
    let other_value = pool.taints.iter().find(|placed| placed.value.key == KEY && placed.value.value != VALUE);
    let place = Place::of("node_labels");
    let why = match other_value {
        Some(placed) => format!(
            "node-feature-discovery tolerates {KEY} only with the value {VALUE}, but the value here is {:?}, so it \
             does not run on these nodes, and no other component labels them for the NVIDIA device plugin",
            placed.value.value
        ),
        None => "only node-feature-discovery labels these nodes for the NVIDIA device plugin, if the cluster has it"
            .to_owned(),
    };
    let text = format!(
        "Without the label {LABEL} = \"true\", {why}. If the label is missing on a node, the plugin does not run \
         there, and the node does not advertise {KEY}. Add the label, which is the default if no labels are set. \
         Bottlerocket requires neither the plugin nor the label."
    );
    Finding::warning(place, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(controller: Controller, taints: &[(&str, &str, &str)], labels: &[(&str, &str)]) -> NodePool {
        let taint = |(key, value, effect): &(&str, &str, &str)| Taint {
            key: (*key).to_owned(),
            value: (*value).to_owned(),
            effect: (*effect).to_owned(),
        };
        NodePool {
            controller,
            taints: Placed::list("taint", taints.iter().map(taint)),
            labels: labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            ..NodePool::default()
        }
    }

    fn places(pool: &NodePool) -> Vec<String> {
        check(pool, true).iter().map(|finding| finding.place.to_string()).collect()
    }

    #[test]
    fn default_labels_and_taints_are_compatible_with_plugin() {
        for controller in [Controller::Karpenter, Controller::AutoMode] {
            let pool = NodePool {
                labels: default_labels(controller),
                taints: Placed::list("taint", [default_taint()]),
                ..pool(controller, &[], &[])
            };
            assert_eq!(places(&pool), [""; 0], "{controller:?}");
        }
    }

    #[test]
    fn a_pool_without_taint_is_open_to_all_pods() {
        let labels = [(LABEL, "true")];
        assert_eq!(places(&pool(Controller::Karpenter, &[], &labels)), ["taint"]);
        assert_eq!(places(&pool(Controller::AutoMode, &[], &[])), ["taint"]);
        let soft = [(KEY, VALUE, "PreferNoSchedule")];
        assert_eq!(places(&pool(Controller::Karpenter, &soft, &labels)), ["taint"]);
    }

    #[test]
    fn taints_not_tolerated_by_plugin_are_reported() {
        let labels = [(LABEL, "true")];
        for taint in [("gpu-workload", "", "NoSchedule"), (KEY, VALUE, "NoExecute")] {
            assert_eq!(places(&pool(Controller::Karpenter, &[taint], &labels)), ["taint[0]"], "{taint:?}");
            assert_eq!(places(&pool(Controller::AutoMode, &[taint], &[])), [""; 0], "{taint:?}");
        }
        for taint in [("CriticalAddonsOnly", "", "NoExecute"), (KEY, "true", "NoSchedule")] {
            assert_eq!(places(&pool(Controller::Karpenter, &[taint], &labels)), [""; 0], "{taint:?}");
        }
        let startup = NodePool {
            startup_taints: Placed::list("startup_taint", [Taint { key: "wait".to_owned(), ..default_taint() }]),
            ..pool(Controller::Karpenter, &[(KEY, VALUE, "NoSchedule")], &labels)
        };
        assert_eq!(places(&startup), ["startup_taint[0]"]);
        let agents = ["node.cilium.io/agent-not-ready", "ebs.csi.aws.com/agent-not-ready"];
        let agents = agents.map(|key| Taint { key: key.to_owned(), ..default_taint() });
        let removed = NodePool { startup_taints: Placed::list("startup_taint", agents), ..startup };
        assert_eq!(places(&removed), [""; 0]);
    }

    #[test]
    fn a_missing_label_is_worse_with_another_value_of_the_taint() {
        let text =
            |value| check(&pool(Controller::Karpenter, &[(KEY, value, "NoSchedule")], &[]), true)[0].text.clone();
        assert!(
            text("true")
                .contains("tolerates nvidia.com/gpu only with the value present, but the value here is \"true\"")
        );
        assert!(text(VALUE).contains("if the cluster has it"));
        assert_eq!(check(&pool(Controller::Karpenter, &[(KEY, VALUE, "NoSchedule")], &[]), false), []);
    }
}
