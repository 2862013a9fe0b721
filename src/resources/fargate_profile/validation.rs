//! What a configuration of a Fargate profile must be, as far as it can be told without asking AWS.

use framework::diagnostics::Diagnostics;
use framework::path::Path;
use framework::validators::{Validator, text_that};
use framework::value::Value;

use super::model::{FargateProfile, Selector};

/// The longest name of a profile. Source: what EKS answers to a longer one.
const LONGEST_NAME: usize = 100;

/// The most tags of an object of EKS. Source: API reference, TagMap.
pub(super) const MOST_TAGS: usize = 50;

/// The longest namespace, and the longest part of a label.
const LONGEST: usize = 63;

pub(super) fn profile_name() -> Validator {
    let must = "be between 1 and 100 characters, must not start with the reserved prefix `eks-`, and must not contain \
                spaces, slashes, or colons";
    text_that(must, |text| {
        let forbidden = |character: char| character.is_whitespace() || matches!(character, '/' | ':');
        let fits = (1..=LONGEST_NAME).contains(&text.chars().count());
        fits && !text.starts_with("eks-") && !text.contains(forbidden)
    })
}

pub(super) fn namespace() -> Validator {
    text_that("not be empty", |text| !text.is_empty())
}

/// Whether a status is the one of a profile that works.
pub(super) fn is_active(status: &Value) -> bool {
    status.as_str() == Some("ACTIVE")
}

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

/// Whether the characters are all allowed or wildcards, and not too many even if every `*` stands for none.
fn fits(text: &str, allowed: fn(char) -> bool) -> bool {
    text.chars().all(|character| allowed(character) || matches!(character, '*' | '?'))
        && text.chars().filter(|character| *character != '*').count() <= LONGEST
}

fn is_namespace(text: &str) -> bool {
    fits(text, |character| matches!(character, 'a'..='z' | '0'..='9' | '-'))
}

fn is_label_part(text: &str) -> bool {
    fits(text, |character| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.'))
}

fn is_label_key(text: &str) -> bool {
    match text.split_once('/') {
        None => is_label_part(text),
        // A prefix is a DNS name of up to 253 characters, which a wildcard may stand in for.
        Some((prefix, name)) => {
            let allowed =
                |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '.' | '*' | '?');
            prefix.chars().all(allowed) && is_label_part(name)
        }
    }
}

#[cfg(test)]
#[path = "validation_tests.rs"]
mod tests;
