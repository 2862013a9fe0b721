//! Strings as Terraform core stores them.

use std::borrow::Cow;

/// Returns the string in Unicode normalization form C (NFC), as Terraform core stores strings, map keys, and attribute
/// names.
#[must_use]
pub fn nfc(text: &str) -> Cow<'_, str> {
    use unicode_normalization::{UnicodeNormalization, is_nfc};
    if is_nfc(text) { Cow::Borrowed(text) } else { Cow::Owned(text.nfc().collect()) }
}
