//! The kubelet configuration and flags of several documents, each checked in combination with all preceding documents.

use serde_json::{Map as JsonMap, Value as Json};

use super::merge;
use crate::kubelet_config::base::{self, SHUTDOWN_SINCE};
use crate::kubelet_config::flag_values::{self, Flag};
use crate::kubelet_config::startup;
use crate::node::{Finding, Node, Place};

const CONFIG: &str = "/spec/kubelet/config";
const FLAGS: &str = "/spec/kubelet/flags";

pub(super) fn check(node: &Node, own: &Json, documents: &[(Place, Json)], found: &mut Vec<Finding>) {
    let minor = node.kubernetes_version.map(|(_, minor)| minor);
    let mut before = base::of(node.family, minor.unwrap_or(SHUTDOWN_SINCE - 1));
    if let Some(config) = own.pointer(CONFIG) {
        before = merge::deep(before, config);
    }
    let inside = |member: &str| ["spec", "kubelet", member].iter().fold(Place::whole(), |place, name| place.then(name));
    let (of_config, of_flags) = (inside("config"), inside("flags"));
    for (place, document) in documents {
        let empty = JsonMap::new();
        let config = document.pointer(CONFIG).and_then(Json::as_object).unwrap_or(&empty);
        // A value of another type was already reported.
        let is_wrong = found.iter().any(|known| known.place == *place && known.is_error());
        let mut all = Vec::new();
        let flags = flags(document, &of_flags, &mut all);
        if !is_wrong && all.is_empty() {
            flag_values::contradictions(config, "spec.kubelet.config", &flags, &of_flags, &mut all);
            let members = flag_values::over(config, &flags);
            for name in flag_values::replaced(&flags) {
                before.as_object_mut().map(|before| before.remove(name));
            }
            let judged = startup::over(&members, &before, minor, node.mode, &of_config);
            all.extend(
                judged.into_iter().map(|finding| flag_values::relocated(finding, &of_config, &flags, &of_flags)),
            );
            before = merge::deep(before, &Json::Object(members));
        }
        found.extend(all.into_iter().map(|finding| finding.in_document(place)));
    }
}

fn flags(document: &Json, place: &Place, found: &mut Vec<Finding>) -> Vec<Flag> {
    let texts = document.pointer(FLAGS).and_then(Json::as_array).into_iter().flatten();
    let texts: Vec<String> = texts.map(|flag| flag.as_str().unwrap_or_default().to_owned()).collect();
    flag_values::read(&texts, place, found)
}
