//! Conflicts between documents.

use serde_json::Value as Json;

use crate::node::{Finding, Place};

const TAINTS: &str = "--register-with-taints";

/// Reports lost taints: the flag replaces the taints of the kubelet configuration, and a second flag replaces the
/// first.
pub(super) fn check(own: &Json, documents: &[(Place, Json)], found: &mut Vec<Finding>) {
    let has_list = |document: &Json| document.pointer("/spec/kubelet/config/registerWithTaints").is_some();
    let in_configuration = has_list(own) || documents.iter().any(|(_, document)| has_list(document));
    let mut seen = 0;
    for (place, document) in documents {
        let flags = document.pointer("/spec/kubelet/flags").and_then(Json::as_array);
        let count = flags.into_iter().flatten().filter(|flag| is_taints(flag)).count();
        seen += count;
        if count > 0 && in_configuration {
            let text = format!(
                "spec.kubelet.flags: With {TAINTS}, the kubelet ignores the taints of registerWithTaints. Specify all \
                 taints in one of the two."
            );
            found.push(Finding::error(place.clone(), text));
        } else if count > 0 && seen > 1 {
            let text = format!(
                "spec.kubelet.flags: The kubelet uses only the last of several {TAINTS} flags. Specify all taints in \
                 one flag, separated by commas."
            );
            found.push(Finding::error(place.clone(), text));
        }
    }
}

/// Returns the finding on taints, which Karpenter writes itself.
pub(super) fn with_taints(document: &Json, place: &Place) -> Option<Finding> {
    let flags = document.pointer("/spec/kubelet/flags").and_then(Json::as_array);
    if flags.into_iter().flatten().any(is_taints) {
        let text = format!(
            "spec.kubelet.flags: With {TAINTS}, the kubelet drops registerWithTaints, to which Karpenter adds the \
             taint that it waits for, so the node never registers. Set the taints in the node pool."
        );
        return Some(Finding::error(place.clone(), text));
    }
    document.pointer("/spec/kubelet/config/registerWithTaints").map(|_| {
        let text =
            "spec.kubelet.config.registerWithTaints: Karpenter replaces this list. Set the taints in the node pool.";
        Finding::warning(place.clone(), text)
    })
}

/// Returns whether a flag sets taints.
fn is_taints(flag: &Json) -> bool {
    flag.as_str()
        .is_some_and(|flag| flag == TAINTS || flag.strip_prefix(TAINTS).is_some_and(|rest| rest.starts_with('=')))
}

/// The fields and flags that EKS also sets in mode `merge`.
const OF_EKS: [(&str, &str); 4] = [
    ("/spec/kubelet/config/maxPods", "spec.kubelet.config.maxPods"),
    ("/spec/kubelet/config/clusterDNS", "spec.kubelet.config.clusterDNS"),
    ("/spec/kubelet/maxPodsExpression", "spec.kubelet.maxPodsExpression"),
    ("/spec/kubelet/config/registerWithTaints", "spec.kubelet.config.registerWithTaints"),
];

/// Reports settings of documents that conflict with the settings of EKS in mode `merge`, as for the arguments.
pub(super) fn with_eks(documents: &[(Place, Json)], found: &mut Vec<Finding>) {
    for (place, document) in documents {
        let fields =
            OF_EKS.iter().filter(|(pointer, _)| document.pointer(pointer).is_some_and(|value| !value.is_null()));
        let mut said: Vec<String> = fields.map(|(_, field)| (*field).to_owned()).collect();
        let flags = document.pointer("/spec/kubelet/flags").and_then(Json::as_array).into_iter().flatten();
        let names = flags.filter_map(|flag| flag.as_str()?.split('=').next());
        let ours = names.filter(|name| ["--max-pods", "--cluster-dns", TAINTS].contains(name));
        said.extend(ours.map(|name| format!("spec.kubelet.flags: {name}")));
        for what in said {
            found.push(if what.ends_with("registerWithTaints") || what.ends_with(TAINTS) {
                let text = format!(
                    "{what}: In mode \"merge\", EKS sets the taints of the node from the node group, and the kubelet \
                     supports only one list. Move them to the taint blocks of the node group."
                );
                Finding::error(place.clone(), text)
            } else {
                let text = format!(
                    "{what}: In mode \"merge\", EKS also sets this and does not document which value takes precedence. \
                     To be sure, specify an AMI in the launch template and use mode \"managed_ami\"."
                );
                Finding::warning(place.clone(), text)
            });
        }
    }
}
