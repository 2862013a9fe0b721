//! Strings as Terraform core stores them.

use std::borrow::Cow;

/// The text in Unicode normal form C, in which core keeps strings, map keys and attribute names.
#[must_use]
pub fn nfc(text: &str) -> Cow<'_, str> {
    use unicode_normalization::{UnicodeNormalization, is_nfc};
    if is_nfc(text) { Cow::Borrowed(text) } else { Cow::Owned(text.nfc().collect()) }
}
