//! Values after the names of secrets.

use std::borrow::Cow;

use super::errors::is_error;
use super::names::{is_header, is_secret};
use super::{Edits, MASK};

pub(super) fn values(line: &str) -> Cow<'_, str> {
    let (mut edits, mut at) = (Edits::new(line), 0);
    while let Some((start, length)) = next_word(&line[at..]) {
        let (start, after) = (at + start, at + start + length);
        at = after;
        let word = &line[start..after];
        let Some(value) = value_start(word, line, start) else { continue };
        if is_sentence(line, start, after, value) {
            continue;
        }
        let secret = if is_header(word) { header(line, value) } else { argument(line, value) };
        if secret.end > secret.start {
            secret.mask(&mut edits);
            at = secret.end;
        }
    }
    edits.finish()
}

/// The start and the length of the next word of a name.
fn next_word(text: &str) -> Option<(usize, usize)> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let start = text.bytes().position(is_name)?;
    let length = text[start..].bytes().position(|byte| !is_name(byte)).unwrap_or(text.len() - start);
    Some((start, length))
}

/// The start of the value that follows a name, if the name or the separator means a secret.
fn value_start(word: &str, line: &str, start: usize) -> Option<usize> {
    let after = start + word.len();
    let (rest, bytes) = (&line[after..], line.as_bytes());
    if is_scheme(word, rest) {
        return Some(after + spaces(rest)).filter(|start| *start < line.len());
    }
    if !is_secret(word) {
        return None;
    }
    let quote = rest.len() - rest.trim_start_matches(['\\', '"', '\'', ']', ')']).len();
    let separator = quote + spaces(&rest[quote..]);
    let is_flag = word.starts_with('-');
    match rest[separator..].chars().next() {
        // `:=`, `=>`, and `==` are separators, too.
        Some('=' | ':') => {
            let is_separator = |at: &usize| match bytes[*at] {
                b'=' | b':' | b' ' => true,
                // A `>` after a space is the start of a block scalar.
                next => next == b'>' && matches!(bytes[*at - 1], b'=' | b':'),
            };
            (after + separator..line.len()).find(|at| !is_separator(at)).or(Some(line.len()))
        }
        // A list of arguments, such as `['--password', 'x']`.
        Some(',') if is_flag && quote > 0 => {
            let next = separator + 1 + spaces(&rest[separator + 1..]);
            rest[next..].starts_with(['\\', '"', '\'']).then_some(after + next)
        }
        // An element of XML.
        Some('>') if separator == 0 && line[..start].ends_with('<') => Some(after + 1),
        _ if is_flag && quote == 0 && separator > 0 && !rest[separator..].starts_with('-') => Some(after + separator),
        _ => None,
    }
}

fn spaces(text: &str) -> usize {
    text.len() - text.trim_start_matches(' ').len()
}

/// Whether credentials follow the scheme. `Basic` and `Bearer` are also words, as in `no basic auth credentials`.
fn is_scheme(word: &str, rest: &str) -> bool {
    const WORDS: [&str; 10] = [
        "auth",
        "authentication",
        "authorization",
        "credential",
        "credentials",
        "header",
        "realm",
        "scheme",
        "token",
        "tokens",
    ];
    let Some(value) = rest.strip_prefix(' ') else { return false };
    let value = value.trim_start_matches(' ');
    let value = &value[..value.bytes().position(|byte| !byte.is_ascii_alphabetic()).unwrap_or(value.len())];
    let is_word = || WORDS.iter().any(|each| value.eq_ignore_ascii_case(each));
    // Base64 has digits or uppercase letters.
    let is_lowercase = || value.bytes().skip(1).all(|byte| byte.is_ascii_lowercase());
    let is_whole = || {
        !rest.trim_start_matches(' ')[value.len()..]
            .starts_with(|next: char| "=/+-_".contains(next) || next.is_alphanumeric())
    };
    match word {
        _ if word.eq_ignore_ascii_case("bearer") => !is_word(),
        _ if word.eq_ignore_ascii_case("basic") => !(is_word() || is_lowercase() && is_whole()),
        _ => false,
    }
}

/// Whether a sentence continues after the name. A name in a sentence has no quotes, and a URL has them itself.
fn is_sentence(line: &str, start: usize, after: usize, value: usize) -> bool {
    let is_plain = !line[value..].starts_with(['"', '\'', '\\']) && line[after..value].contains(": ");
    let is_quoted = line[after..].starts_with(['"', '\'', '\\']);
    is_plain && (is_error(&line[..start], &line[value..]) || is_quoted && is_url(&line[..after]))
}

/// Whether the text ends with a URL and its quote, and not with the name of a value.
fn is_url(text: &str) -> bool {
    const LENGTH: usize = 500;
    let text = &text[text.ceil_char_boundary(text.len().saturating_sub(LENGTH))..];
    let start = text.rfind(|character: char| character.is_whitespace() || "\"'`".contains(character));
    text[start.map_or(0, |start| start + 1)..].contains("://")
}

/// The part of a line that is a secret.
pub(super) struct Secret {
    pub(super) start: usize,
    pub(super) end: usize,
    /// The quote that closes the secret, if more of the secret follows it.
    quote: Option<char>,
}

impl Secret {
    fn new(start: usize, end: usize) -> Self {
        Self { start, end, quote: None }
    }

    pub(super) fn mask(&self, edits: &mut Edits<'_>) {
        match self.quote {
            Some(quote) => edits.replace(self.start, self.end, &format!("{MASK}{quote}")),
            None => edits.replace(self.start, self.end, MASK),
        }
    }
}

/// A header ends with the line, or with the quotes around it.
fn header(line: &str, start: usize) -> Secret {
    match line[start..].starts_with(['"', '\'', '\\']) {
        true => argument(line, start),
        false => Secret::new(start, line[start..].find(['"', '\'', '\\']).map_or(line.len(), |end| start + end)),
    }
}

/// The secret inside its quotes or its brackets, or up to the end of its word.
pub(super) fn argument(line: &str, start: usize) -> Secret {
    let value = &line[start..];
    let opened = value.trim_start_matches('\\');
    // Prefixes of strings in Python and shells.
    let unprefixed = opened.strip_prefix(['b', 'u', 'r', '$']).filter(|text| text.starts_with(['"', '\'']));
    let opened = unprefixed.unwrap_or(opened);
    if let Some(quote @ ('"' | '\'')) = opened.chars().next() {
        let inside = line.len() - opened.len() + 1;
        return match value.starts_with('\\') {
            true => Secret::new(inside, inside + closing(&line[inside..], quote, true)),
            false => quoted(line, inside, quote),
        };
    }
    match bracketed(value) {
        Some(length) => Secret::new(start + 1, start + 1 + length),
        None => Secret::new(start, start + unquoted(value)),
    }
}

/// The length of a list or a map inside its brackets.
fn bracketed(value: &str) -> Option<usize> {
    const LENGTH: usize = 4096;
    let mut depth = 0;
    for (index, byte) in value.bytes().enumerate().take(LENGTH) {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' if depth > 0 => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return index.checked_sub(1).filter(|length| *length > 0);
        }
    }
    None
}

/// A quoted string and what a shell or YAML concatenates to it: `'it'\''s'`, `'it'"'"'s'`, `'it''s'`, and `'it'is`.
fn quoted(line: &str, inside: usize, quote: char) -> Secret {
    let mut end = inside + closing(&line[inside..], quote, false);
    while let Some(after) = line[end..].strip_prefix(quote) {
        let other = if quote == '"' { '\'' } else { '"' };
        let escapes = [format!("\\{quote}{quote}"), format!("{other}{quote}{other}{quote}")];
        let escape = escapes.iter().find_map(|escape| after.strip_prefix(escape.as_str()));
        let doubled = after.strip_prefix(quote).filter(|rest| rest.starts_with(is_part));
        if let Some(rest) = escape.or(doubled) {
            end = line.len() - rest.len() + closing(rest, quote, false);
        } else if after.starts_with(char::is_alphanumeric) {
            return Secret { start: inside, end: end + 1 + unquoted(after), quote: Some(quote) };
        } else {
            break;
        }
    }
    Secret::new(inside, end)
}

/// The length of quoted text. In quotes that are escaped themselves, a backslash belongs to the closing quote.
fn closing(text: &str, quote: char, is_escaped: bool) -> usize {
    let mut backslash = false;
    for (index, character) in text.char_indices() {
        match character {
            '\\' if is_escaped => return index,
            '\\' => backslash = !backslash,
            _ if character == quote && !backslash => return index,
            _ => backslash = false,
        }
    }
    text.len()
}

/// The length of a value without quotes. A separator, a quote, or a bracket is a part of the value if more of it
/// follows.
fn unquoted(value: &str) -> usize {
    const CLOSING: [char; 7] = ['"', '\'', '`', ')', ']', '}', '\\'];
    let mut at = 0;
    while let Some(next) = value[at..].chars().next() {
        let rest = &value[at + next.len_utf8()..];
        match next {
            _ if next.is_whitespace() => return at,
            ',' | ';' | '&' if is_separator(rest) => return at,
            '<' if rest.starts_with('/') => return at,
            '\\' if rest.starts_with(['n', 'r', 't']) => return at,
            // A space with a backslash does not separate arguments.
            '\\' if rest.starts_with(' ') && !rest[1..].starts_with(' ') && rest.len() > 1 => at += 2,
            _ if CLOSING.contains(&next) => {
                let after = rest.trim_start_matches(CLOSING);
                if !after.starts_with(is_part) {
                    return at;
                }
                at = value.len() - after.len();
            }
            _ => at += next.len_utf8(),
        }
    }
    value.len()
}

/// Whether the character after a quote or a bracket is a part of a value, and not of what is around the value.
fn is_part(next: char) -> bool {
    !next.is_whitespace() && !",;:.)]}>|&\\\"'`/?!".contains(next)
}

/// Whether another name, or no other part of the value, follows a separator.
fn is_separator(rest: &str) -> bool {
    const LENGTH: usize = 64;
    let is_end = |next: char| next.is_whitespace() || ",;&|\"'`\\)]}<>{[(".contains(next);
    let name =
        rest.bytes().take(LENGTH).take_while(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(byte)).count();
    rest.is_empty() || rest.starts_with(is_end) || name > 0 && rest[name..].starts_with(['=', ':'])
}
