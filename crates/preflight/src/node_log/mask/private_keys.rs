//! Private keys in PEM.

use std::borrow::Cow;

use super::MASK;
use super::tokens::is_base64;

/// Private keys with their line ends. A key whose end is missing ends with the first line that is not base64.
pub(super) fn private_keys(text: &str) -> Cow<'_, str> {
    const LABEL: &str = "PRIVATE KEY-----";
    /// A private key with 8192 bits has 6.4 KB, and the console adds a prefix to each line.
    const LENGTH: usize = 12 * 1024;
    if !text.contains(LABEL) {
        return Cow::Borrowed(text);
    }
    let (mut masked, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(label) = rest.find(LABEL) {
        let (before, after) = rest.split_at(label + LABEL.len());
        masked.push_str(before);
        rest = after;
        let line = before[..label].rsplit('\n').next().unwrap_or_default();
        if line.rfind("-----BEGIN ") <= line.rfind("-----END ") {
            continue;
        }
        let near = &after[..after.floor_char_boundary(LENGTH)];
        let end = near.find("-----END ").unwrap_or_else(|| base64_lines(after));
        let (secret, after) = after.split_at(end);
        masked.push_str(MASK);
        masked.extend(secret.matches('\n'));
        rest = after;
    }
    Cow::Owned(masked + rest)
}

/// The length of the rest of the line and of the following lines with base64, after the prefix of a program.
fn base64_lines(text: &str) -> usize {
    let is_key = |line: &str| {
        let word = line.trim_end().rsplit("]: ").next().unwrap_or_default();
        !word.is_empty() && word.bytes().all(|byte| is_base64(byte) || byte == b'=')
    };
    let mut lines = text.split_inclusive('\n');
    let first = lines.next().map_or(0, str::len);
    let length = first + lines.take_while(|line| is_key(line)).map(str::len).sum::<usize>();
    // The last line end stays outside.
    length - usize::from(text[..length].ends_with('\n'))
}
