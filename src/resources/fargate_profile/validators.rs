//! Single arguments: which values are valid, and which mean the same.

use framework::validators::{Validator, text_that};
use framework::value::Value;

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

/// Whether all characters are allowed or wildcards, and the text is not too long even if every `*` matches nothing.
pub(super) fn fits(text: &str, allowed: fn(char) -> bool) -> bool {
    text.chars().all(|character| allowed(character) || matches!(character, '*' | '?'))
        && text.chars().filter(|character| *character != '*').count() <= LONGEST
}

pub(super) fn is_namespace(text: &str) -> bool {
    fits(text, |character| matches!(character, 'a'..='z' | '0'..='9' | '-'))
}

pub(super) fn is_label_part(text: &str) -> bool {
    fits(text, |character| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.'))
}

pub(super) fn is_label_key(text: &str) -> bool {
    match text.split_once('/') {
        None => is_label_part(text),
        // A prefix is a DNS name of up to 253 characters, and can contain wildcards.
        Some((prefix, name)) => {
            let allowed =
                |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '.' | '*' | '?');
            prefix.chars().all(allowed) && is_label_part(name)
        }
    }
}
