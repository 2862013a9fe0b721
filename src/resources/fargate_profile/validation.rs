//! What a configuration of a Fargate profile must be, as far as it can be told without asking AWS.

use super::model::{FargateProfile, Selector};
use super::validators::{is_label_key, is_label_part, is_namespace};
use framework::diagnostics::Diagnostics;
use framework::path::Path;

/// Warns of selectors that no pod can fit: EKS takes them, and the pods stay pending.
pub(super) fn together(config: &FargateProfile, diagnostics: &mut Diagnostics) {
    for selector in config.selector.iter() {
        for (what, text) in impossible(selector) {
            diagnostics.warning_at(
                Path::attribute("selector"),
                format!("No pod can match {what} {text:?} of a selector"),
                "Kubernetes does not allow this value. Namespaces consist of at most 63 lowercase letters, digits, and \
                 hyphens. Label keys and values consist of at most 63 letters, digits, hyphens, underscores, and dots. \
                 Keys can have a prefix, followed by a slash. `*` and `?` are wildcards. Pods that do not match a \
                 selector do not run on Fargate.",
            );
        }
    }
}

/// The parts of a selector that Kubernetes has no name for.
fn impossible(selector: &Selector) -> Vec<(&'static str, &str)> {
    let mut found = vec![];
    if let Some(namespace) = selector.namespace.text().filter(|text| !text.is_empty() && !is_namespace(text)) {
        found.push(("namespace", namespace));
    }
    for (key, value) in selector.labels.known_members() {
        if !key.is_empty() && !is_label_key(key) {
            found.push(("label", key));
        }
        if !is_label_part(value) {
            found.push(("label value", value));
        }
    }
    found
}

#[cfg(test)]
#[path = "validation_tests.rs"]
mod tests;
