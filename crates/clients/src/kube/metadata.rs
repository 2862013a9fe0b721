//! Validators of the labels and annotations of objects.

use framework::validators::{Validator, string_matching};

/// Lowercase letters, digits, hyphens, and dots. Each part starts and ends with a letter or digit.
#[must_use]
pub fn is_subdomain(text: &str) -> bool {
    let is_edge = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit();
    let is_part = |part: &str| {
        part.starts_with(is_edge)
            && part.ends_with(is_edge)
            && part.chars().all(|character| is_edge(character) || character == '-')
    };
    text.len() <= 253 && text.split('.').all(is_part)
}

fn is_label_part(text: &str) -> bool {
    let is_edge = |character: char| character.is_ascii_alphanumeric();
    text.len() <= 63
        && text.starts_with(is_edge)
        && text.ends_with(is_edge)
        && text.chars().all(|character| is_edge(character) || matches!(character, '-' | '_' | '.'))
}

fn is_label_key(text: &str) -> bool {
    match text.split_once('/') {
        Some((prefix, name)) => is_subdomain(prefix) && is_label_part(name),
        None => is_label_part(text),
    }
}

/// Validates the key of a label.
#[must_use]
pub fn label_key() -> Validator {
    string_matching("be a label key, such as `team` or `example.com/team`", is_label_key)
}

/// Validates the value of a label.
#[must_use]
pub fn label_value() -> Validator {
    string_matching(
        "consist of at most 63 letters, digits, hyphens, underscores, and dots, and start and end with a letter or digit",
        |text| text.is_empty() || is_label_part(text),
    )
}

/// Validates the key of an annotation that the controller does not set.
#[must_use]
pub fn annotation_key() -> Validator {
    string_matching("be an annotation key other than the hash annotations that the controller sets", |text| {
        let of_controller = ["ec2nodeclass-hash", "nodeclass-hash", "nodepool-hash"]
            .iter()
            .any(|name| text.rsplit('/').next().is_some_and(|last| last == *name || last == format!("{name}-version")));
        is_label_key(text) && !of_controller
    })
}
