//! Validates the configuration of a Fargate profile without AWS requests.

use super::model::{FargateProfile, Selector};
use super::validators::{is_label_key, is_label_part, is_namespace};
use framework::diagnostics::Diagnostics;
use framework::path::Path;

/// Warns about selectors that no pod can match. EKS accepts them, and the pods stay Pending.
pub(super) fn together(config: &FargateProfile, diagnostics: &mut Diagnostics) {
    for selector in config.selector.iter() {
        for (what, text) in impossible(selector) {
            diagnostics.warning_at(
                Path::attribute("selector"),
                format!("No pod can match the {what} in a selector"),
                format!(
                    "Kubernetes does not allow the {what} {text:?}. Namespaces consist of at most 63 lowercase \
                     letters, digits, and hyphens. Label keys and values consist of at most 63 letters, digits, hyphens, \
                     underscores, and dots. Keys can have a prefix, followed by a slash. `*` and `?` are wildcards. \
                     Pods that do not match a selector do not run on Fargate."
                ),
            );
        }
    }
}

/// Returns the parts of a selector that are not valid names in Kubernetes.
fn impossible(selector: &Selector) -> Vec<(&'static str, &str)> {
    let mut found = vec![];
    if let Some(namespace) = selector.namespace.text().filter(|text| !text.is_empty() && !is_namespace(text)) {
        found.push(("namespace", namespace));
    }
    for (key, value) in selector.labels.known_members() {
        if !key.is_empty() && !is_label_key(key) {
            found.push(("label key", key));
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
