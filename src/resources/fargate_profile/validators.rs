//! Validators of single arguments, and which values are equivalent.

use framework::validators::{Validator, string_matching};
use framework::value::Value;

/// Maximum length of a profile name. Source: the EKS error for a longer name.
const LONGEST_NAME: usize = 100;

/// Maximum number of tags of an EKS resource. Source: API reference, TagMap.
pub(super) const MOST_TAGS: usize = 50;

/// Maximum length of a namespace, and of each part of a label.
const LONGEST: usize = 63;

pub(super) fn profile_name() -> Validator {
    let must = "be between 1 and 100 characters, must not start with the reserved prefix `eks-`, and must not contain \
                spaces, slashes, or colons";
    string_matching(must, |text| {
        let forbidden = |character: char| character.is_whitespace() || matches!(character, '/' | ':');
        let fits = (1..=LONGEST_NAME).contains(&text.chars().count());
        fits && !text.starts_with("eks-") && !text.contains(forbidden)
    })
}

pub(super) fn namespace() -> Validator {
    string_matching("not be empty", |text| !text.is_empty())
}

/// Whether a status is `ACTIVE`.
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
        // A prefix is a DNS name of up to 253 characters, which can contain wildcards.
        Some((prefix, name)) => {
            let allowed =
                |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '.' | '*' | '?');
            prefix.chars().all(allowed) && is_label_part(name)
        }
    }
}
