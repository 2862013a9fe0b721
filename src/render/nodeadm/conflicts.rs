//! What several documents say together.

use serde_json::Value as Json;

use crate::render::node::{Finding, Place};

const TAINTS: &str = "--register-with-taints";

/// Says where taints would get lost: the flag replaces those of the kubelet's configuration, and a second flag the first.
pub(super) fn check(own: &Json, documents: &[(Place, Json)], found: &mut Vec<Finding>) {
    let has_list = |document: &Json| document.pointer("/spec/kubelet/config/registerWithTaints").is_some();
    let in_configuration = has_list(own) || documents.iter().any(|(_, document)| has_list(document));
    let mut seen = 0;
    for (place, document) in documents {
        let flags = document.pointer("/spec/kubelet/flags").and_then(Json::as_array);
        let is_taints = |flag: &&Json| {
            flag.as_str().is_some_and(|flag| {
                flag == TAINTS || flag.strip_prefix(TAINTS).is_some_and(|rest| rest.starts_with('='))
            })
        };
        let count = flags.into_iter().flatten().filter(is_taints).count();
        seen += count;
        if count > 0 && in_configuration {
            let text = format!(
                "spec.kubelet.flags: With {TAINTS} the kubelet drops the taints of registerWithTaints. Put all taints in \
                 one of the two."
            );
            found.push(Finding::error(place.clone(), text));
        } else if count > 0 && seen > 1 {
            let text = format!(
                "spec.kubelet.flags: The kubelet takes only the last of several {TAINTS}. Put all taints in one, \
                 separated by commas."
            );
            found.push(Finding::error(place.clone(), text));
        }
    }
}
