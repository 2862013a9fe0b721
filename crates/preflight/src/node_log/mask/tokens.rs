//! Secrets that are recognized by their form: EKS tokens, JSON Web Tokens, access key IDs, and long base64.

use std::borrow::Cow;

use super::{Edits, MASK};

/// The length of text in base64 that can contain a secret. A file name or a host name has other characters.
const BASE64: usize = 60;

/// Secrets that are recognized without a name. The shortest is an access key ID.
pub(super) fn tokens(line: &str) -> Cow<'_, str> {
    const LENGTH: usize = 12;
    let (mut edits, mut at) = (Edits::new(line), 0);
    let bytes = line.as_bytes();
    while at < bytes.len() {
        let end = bytes[at..].iter().position(|byte| !is_token(*byte)).map_or(bytes.len(), |length| at + length);
        if end - at >= LENGTH
            && let Some(word) = word_masked(&line[at..end])
        {
            edits.replace(at, end, &word);
        }
        at = end + 1;
    }
    edits.finish()
}

pub(super) fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

fn is_token(byte: u8) -> bool {
    is_base64(byte) || matches!(byte, b'-' | b'_' | b'.' | b'=')
}

/// The beginning of a token for an EKS cluster.
const EKS_TOKEN: &str = "k8s-aws-v1.";

fn word_masked(word: &str) -> Option<String> {
    if let Some((before, _)) = word.split_once(EKS_TOKEN).filter(|(_, token)| !token.is_empty()) {
        return Some(format!("{before}{EKS_TOKEN}{MASK}"));
    }
    if let Some(start) = word.find("eyJ").filter(|start| word[*start..].matches('.').count() >= 2) {
        return Some(format!("{}{MASK}", &word[..start]));
    }
    let is_long = word.len() > BASE64 || word.contains("AKIA") || word.contains("ASIA");
    is_long.then(|| base64_masked(word)).filter(|masked| masked != word)
}

/// Long base64 and access key IDs in a word.
fn base64_masked(word: &str) -> String {
    let is_other = |character: char| !u8::try_from(character).is_ok_and(is_base64);
    let mut masked = String::with_capacity(word.len());
    for run in word.split_inclusive(is_other) {
        let text = run.trim_end_matches(is_other);
        match text.len() > BASE64 {
            true => masked.push_str(MASK),
            // A key ID can follow a slash, as in the credential of a signature.
            false => masked.push_str(
                &text.split('/').map(|part| if is_key_id(part) { MASK } else { part }).collect::<Vec<_>>().join("/"),
            ),
        }
        masked.push_str(&run[text.len()..]);
    }
    masked
}

fn is_key_id(text: &str) -> bool {
    let id = text.strip_prefix("AKIA").or_else(|| text.strip_prefix("ASIA")).unwrap_or_default();
    id.len() >= 12 && id.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}
