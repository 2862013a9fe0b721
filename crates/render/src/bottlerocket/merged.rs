//! Bottlerocket settings that Karpenter merges with its own. Karpenter parses `settings.kubernetes` into its own types
//! and drops unknown fields. It passes on all other settings.

use serde_json::{Map, Value as Json};

use super::builder::SettingsBuilder;
use super::settings::members_of_karpenter;
use super::{document, kubelet, rules};
use crate::members::{Checker, Reader};
use crate::node::{Family, Finding, Mode, Node, Place, Severity};

/// The settings that Karpenter always overwrites.
const REPLACED: [&str; 3] = ["api-server", "cluster-certificate", "cluster-name"];

const KARPENTER: Reader = Reader {
    name: "Karpenter",
    consequence: "Karpenter cannot parse the user data otherwise, and does not launch nodes",
    releases: "v1.14.1",
    versions: (0, 255),
};

/// Checks a document that Karpenter merges with its own settings.
#[must_use]
pub fn check_merged(text: &str, place: &Place) -> Vec<Finding> {
    let document = match document::parse(text) {
        Ok(document) => document,
        Err(why) => {
            return vec![Finding::error(
                place.clone(),
                format!("Karpenter cannot parse it, and does not launch nodes. {why}"),
            )];
        }
    };
    let mut found: Vec<_> = document::others(&document).map(|name| outside(name, place)).collect();
    match document::settings(&document) {
        Ok(mut settings) => {
            found.extend(of_kubernetes(&mut settings, place));
            found.extend(of_settings(settings, place));
        }
        Err(why) => found.push(Finding::error(place.clone(), why)),
    }
    found
}

fn outside(name: &str, place: &Place) -> Finding {
    let text = format!("Karpenter passes on only settings, and drops {name:?}. Move it into settings.");
    Finding::warning(place.clone(), text)
}

/// Checks the settings of Kubernetes as Karpenter reads them, and keeps only the settings that it passes on.
fn of_kubernetes(settings: &mut Map<String, Json>, place: &Place) -> Vec<Finding> {
    let Some(kubernetes) = settings.get_mut("kubernetes") else { return Vec::new() };
    let Some(kubernetes) = kubernetes.as_object_mut() else {
        settings.remove("kubernetes");
        return vec![Finding::error(place.clone(), "settings.kubernetes must be a table.")];
    };
    let members = members_of_karpenter();
    let mut found = Vec::new();
    kubernetes.retain(|name, value| {
        let mut of_one = Vec::new();
        let inside = Place::of("settings").then("kubernetes");
        let one = Map::from_iter([(name.clone(), value.clone())]);
        Checker { reader: KARPENTER, minor: None, found: &mut of_one }.object(&one, members, &inside);
        let is_known = members.iter().any(|(known, ..)| known == name);
        let is_passed_on = is_known && of_one.is_empty() && !REPLACED.contains(&name.as_str());
        found.extend(of_one.into_iter().map(|finding| Finding {
            // A name that Karpenter drops does not prevent the node from joining.
            severity: if is_known { finding.severity } else { Severity::Warning },
            place: place.clone(),
            text: format!("settings.kubernetes.{name}: {}", finding.text),
            ..finding
        }));
        is_passed_on
    });
    if kubernetes.remove("node-taints").is_some() {
        let text = "Karpenter replaces settings.kubernetes.node-taints. Set the taints in the node pool.";
        found.push(Finding::warning(place.clone(), text));
    }
    found
}

/// Checks the settings that reach the settings API, which rejects the entire document for one invalid setting.
fn of_settings(settings: Map<String, Json>, place: &Place) -> Vec<Finding> {
    let node = Node::new(Family::Bottlerocket, Mode::SelfManaged);
    let mut sheet = SettingsBuilder::new(None, true);
    sheet.put_tree(&Json::Object(settings), place, false);
    rules::check(&node, &mut sheet);
    kubelet::judge(&node, &mut sheet);
    // The rules report paths of single settings, but the user data is one argument.
    sheet.findings.into_iter().map(|finding| Finding { place: place.clone(), ..finding }).collect()
}
