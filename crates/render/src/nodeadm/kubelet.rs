//! The kubelet's configuration of several documents, each judged over all that come before it.

use serde_json::Value as Json;

use super::merge;
use crate::kubelet_config::base::{self, SHUTDOWN_SINCE};
use crate::kubelet_config::judge;
use crate::node::{Finding, Node, Place};

const CONFIG: &str = "/spec/kubelet/config";

pub(super) fn check(node: &Node, own: &Json, documents: &[(Place, Json)], found: &mut Vec<Finding>) {
    let minor = node.kubernetes_version.map(|(_, minor)| minor);
    let mut before = base::of(node.family, minor.unwrap_or(SHUTDOWN_SINCE - 1));
    if let Some(config) = own.pointer(CONFIG) {
        before = merge::deep(before, config);
    }
    let inside = ["spec", "kubelet", "config"].iter().fold(Place::whole(), |place, name| place.then(name));
    for (place, document) in documents {
        let Some(config) = document.pointer(CONFIG) else { continue };
        // What has another type was found before, and its text begins with the path.
        let is_wrong = found.iter().any(|known| known.place == *place && known.is_error());
        if let Some(members) = config.as_object().filter(|_| !is_wrong) {
            found.extend(judge::over(members, &before, minor, node.mode, &inside).into_iter().map(|finding| Finding {
                severity: finding.severity,
                place: place.clone(),
                text: format!("{}: {}", finding.place, finding.text),
            }));
        }
        before = merge::deep(before, config);
    }
}
