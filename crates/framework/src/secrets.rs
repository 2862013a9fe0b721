//! Secrets that must not appear in log lines or diagnostics. Code that reads a secret registers it; code that writes
//! output masks it.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::sync::{PoisonError, RwLock};

/// The replacement for a secret.
pub const MASK: &str = "***";

/// Minimum length of a masked secret. Shorter ones would mask ordinary words.
const SHORTEST: usize = 6;

/// Longest first. If a secret contains another one, the rest of the longer one does not remain readable.
static SECRETS: RwLock<Vec<String>> = RwLock::new(Vec::new());

/// A string that is masked as soon as it is created, and never shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Stores the string and masks it.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        mask(&text);
        Self(text)
    }

    /// Returns the string, for code that must send it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(MASK)
    }
}

/// Masks the string in the results of [`masked`] from now on, also in its JSON and percent-encoded form. Strings of
/// fewer than six characters are not masked.
pub fn mask(secret: &str) {
    let secret = secret.trim();
    if secret.len() < SHORTEST {
        return;
    }
    let mut secrets = SECRETS.write().unwrap_or_else(PoisonError::into_inner);
    for form in [secret.to_owned(), json_form(secret), percent_form(secret)] {
        if !secrets.contains(&form) {
            let place = secrets.partition_point(|other| other.len() >= form.len());
            secrets.insert(place, form);
        }
    }
}

/// Returns the text with every registered secret replaced by [`MASK`].
#[must_use]
pub fn masked(text: &str) -> Cow<'_, str> {
    let secrets = SECRETS.read().unwrap_or_else(PoisonError::into_inner);
    let mut shown = Cow::Borrowed(text);
    for secret in secrets.iter() {
        if shown.contains(secret.as_str()) {
            shown = Cow::Owned(shown.replace(secret.as_str(), MASK));
        }
    }
    shown
}

/// Returns the text as in a JSON string, without quotes. Rust's debug output escapes line breaks in the same way.
fn json_form(text: &str) -> String {
    let mut form = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '\\' => form.extend(['\\', character]),
            '\n' => form.push_str("\\n"),
            '\r' => form.push_str("\\r"),
            '\t' => form.push_str("\\t"),
            other => form.push(other),
        }
    }
    form
}

/// Returns the text in percent-encoded form, as in a URL or a form body.
fn percent_form(text: &str) -> String {
    let mut form = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            form.push(char::from(byte));
        } else {
            // Writing to a `String` cannot fail.
            let _ = write!(form, "%{byte:02X}");
        }
    }
    form
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_is_masked_in_every_form_it_travels_in() {
        mask("pass\"word/with+signs\nand lines");
        for text in [
            "pass\"word/with+signs\nand lines",
            r#"pass\"word/with+signs\nand lines"#,
            "pass%22word%2Fwith%2Bsigns%0Aand%20lines",
        ] {
            assert_eq!(masked(&format!("<{text}>")), "<***>");
        }
    }

    #[test]
    fn longer_secret_is_masked_whole() {
        mask("inner-secret");
        mask("outer-inner-secret-tail");
        assert_eq!(masked("a outer-inner-secret-tail b inner-secret"), "a *** b ***");
    }

    #[test]
    fn short_secrets_are_not_masked() {
        mask("short");
        mask("");
        assert!(matches!(masked("a short text"), Cow::Borrowed("a short text")));
    }
}
