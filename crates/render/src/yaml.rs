//! YAML for users and nodeadm, which uses version 1.1 (go-yaml). The output means the same in versions 1.1 and 1.2, and
//! input is accepted only if the two versions agree.

use std::fmt::Write as _;

use serde_json::{Map, Number, Value as Json};
use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle};

/// Maximum nesting depth of a document.
const MOST_LEVELS: usize = 64;

/// Plain words that are booleans in YAML 1.1 and strings in YAML 1.2, in lowercase.
const OLD_BOOLEANS: [&str; 6] = ["y", "n", "yes", "no", "on", "off"];

/// Plain words that are not strings in either version, in lowercase.
const WORDS: [&str; 3] = ["true", "false", "null"];

/// The reason why a document is rejected. Line numbers start at 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum YamlError {
    /// The text is not YAML.
    #[error("line {line}: this is not valid YAML: {reason}")]
    Syntax {
        /// The line.
        line: usize,
        /// The message of the parser.
        reason: String,
    },
    /// The text is empty, or contains only comments.
    #[error("there is no document")]
    Nothing,
    /// Parsers read only the first document.
    #[error("line {line}: there is a second document, which would be ignored. Specify each document separately")]
    SecondDocument {
        /// The line.
        line: usize,
    },
    /// A value that parsers interpret in two ways.
    #[error("line {line}: {text:?} is ambiguous. Put it in quotes, or write {instead}")]
    Ambiguous {
        /// The line.
        line: usize,
        /// The original text.
        text: String,
        /// The probable meaning.
        instead: &'static str,
    },
    /// A number that no parser supports.
    #[error("line {line}: the number {text} is too large. If it is a string, put it in quotes")]
    Number {
        /// The line.
        line: usize,
        /// The original text.
        text: String,
    },
    /// The same key twice in a mapping.
    #[error("line {line}: duplicate key {key:?}, which would be ignored")]
    Duplicate {
        /// The line.
        line: usize,
        /// The key.
        key: String,
    },
    /// An alias, a merge key, or a tag.
    #[error("line {line}: write out {what}. Aliases, merge keys, and tags are not supported")]
    Indirect {
        /// The line.
        line: usize,
        /// The construct.
        what: &'static str,
    },
    /// A key that is a list or a mapping.
    #[error("line {line}: a key must be a string")]
    Key {
        /// The line.
        line: usize,
    },
    /// The nesting is too deep.
    #[error("line {line}: the value is nested more than {MOST_LEVELS} levels deep")]
    Deep {
        /// The line.
        line: usize,
    },
}

/// Prints in block style, with sorted keys. Strings are in double quotes, or in literal blocks if they have several
/// lines. The output is ASCII.
#[must_use]
pub fn print(tree: &Json) -> String {
    let mut out = String::new();
    match tree {
        Json::Object(members) if !members.is_empty() => mapping(&mut out, members, 0, true),
        Json::Array(elements) if !elements.is_empty() => sequence(&mut out, elements, 0, true),
        other => out.push_str(&scalar(other)),
    }
    if !out.ends_with('\n') {
        out.push('\n');
    }
    out
}

/// Prints the members, one per line. The first one is on the current line unless `indent_first` is set.
fn mapping(out: &mut String, members: &Map<String, Json>, indent: usize, indent_first: bool) {
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_by_key(|(key, _)| *key);
    for (position, (key, value)) in sorted.into_iter().enumerate() {
        if position > 0 || indent_first {
            spaces(out, indent);
        }
        let key = if is_plain_key(key) { key.clone() } else { quoted(key) };
        out.push_str(&key);
        out.push(':');
        match value {
            Json::Object(inner) if !inner.is_empty() => {
                out.push('\n');
                mapping(out, inner, indent + 2, true);
            }
            Json::Array(inner) if !inner.is_empty() => {
                out.push('\n');
                sequence(out, inner, indent + 2, true);
            }
            other => leaf(out, other, indent + 2),
        }
    }
}

fn sequence(out: &mut String, elements: &[Json], indent: usize, indent_first: bool) {
    for (position, element) in elements.iter().enumerate() {
        if position > 0 || indent_first {
            spaces(out, indent);
        }
        out.push('-');
        match element {
            Json::Object(inner) if !inner.is_empty() => {
                out.push(' ');
                mapping(out, inner, indent + 2, false);
            }
            Json::Array(inner) if !inner.is_empty() => {
                out.push(' ');
                sequence(out, inner, indent + 2, false);
            }
            other => leaf(out, other, indent + 2),
        }
    }
}

/// Prints a value after `key:` or `-`, including its additional lines.
fn leaf(out: &mut String, value: &Json, indent: usize) {
    match value {
        Json::String(text) if is_block(text) => {
            out.push_str(if text.ends_with('\n') { " |\n" } else { " |-\n" });
            for line in text.lines() {
                if !line.is_empty() {
                    spaces(out, indent);
                    out.push_str(line);
                }
                out.push('\n');
            }
        }
        other => {
            out.push(' ');
            out.push_str(&scalar(other));
            out.push('\n');
        }
    }
}

fn spaces(out: &mut String, count: usize) {
    out.extend(std::iter::repeat_n(' ', count));
}

fn scalar(value: &Json) -> String {
    match value {
        Json::Null => "null".to_owned(),
        Json::Bool(given) => given.to_string(),
        Json::Number(number) => number.to_string(),
        Json::String(text) => quoted(text),
        Json::Array(_) => "[]".to_owned(),
        Json::Object(_) => "{}".to_owned(),
    }
}

/// Prints a string in double quotes. All characters except printable ASCII are escaped, because YAML treats some of
/// them as line breaks, and rejects others.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            ' '..='~' => out.push(letter),
            _ => {
                let code = u32::from(letter);
                // Writing to a string cannot fail.
                let _ = if code > 0xffff { write!(out, "\\U{code:08x}") } else { write!(out, "\\u{code:04x}") };
            }
        }
    }
    out.push('"');
    out
}

/// Returns whether all versions read the key as a string.
fn is_plain_key(key: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    key.bytes().next().is_some_and(|first| first.is_ascii_alphabetic())
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !OLD_BOOLEANS.contains(&lower.as_str())
        && !WORDS.contains(&lower.as_str())
}

/// Returns whether a literal block preserves the text.
fn is_block(text: &str) -> bool {
    let lines: Vec<_> = text.lines().collect();
    let is_plain = |byte: u8| byte == b'\n' || (b' '..=b'~').contains(&byte);
    lines.len() > 1
        && text.bytes().all(is_plain)
        && lines.first().is_some_and(|first| !first.is_empty() && !first.starts_with(' '))
        && lines.last().is_some_and(|last| !last.trim().is_empty())
}

/// Reads one document. Keys are the original strings.
///
/// # Errors
/// Returns an error if the text is not YAML, or if YAML 1.1 and 1.2 parsers interpret it differently.
pub fn read(text: &str) -> Result<Json, YamlError> {
    let mut reader = Reader::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event
            .map_err(|error| YamlError::Syntax { line: error.marker().line(), reason: error.info().to_owned() })?;
        reader.take(event, span.start.line())?;
    }
    reader.root.ok_or(YamlError::Nothing)
}

/// A collection that is not closed yet.
enum Open {
    Sequence(Vec<Json>),
    Mapping { members: Map<String, Json>, key: Option<String> },
}

#[derive(Default)]
struct Reader {
    open: Vec<Open>,
    root: Option<Json>,
    documents: usize,
}

impl Reader {
    fn take(&mut self, event: Event<'_>, line: usize) -> Result<(), YamlError> {
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(YamlError::SecondDocument { line });
                }
            }
            Event::Alias(..) => return Err(YamlError::Indirect { line, what: "the value of the alias" }),
            Event::Scalar(_, _, _, Some(_))
            | Event::SequenceStart(_, _, Some(_))
            | Event::MappingStart(_, _, Some(_)) => {
                return Err(YamlError::Indirect { line, what: "the value without its tag" });
            }
            Event::Scalar(text, style, _, None) => return self.scalar(&text, style, line),
            Event::SequenceStart(..) => return self.open(Open::Sequence(Vec::new()), line),
            Event::MappingStart(..) => return self.open(Open::Mapping { members: Map::new(), key: None }, line),
            Event::SequenceEnd | Event::MappingEnd => {
                let closed = match self.open.pop() {
                    Some(Open::Sequence(elements)) => Json::Array(elements),
                    Some(Open::Mapping { members, .. }) => Json::Object(members),
                    None => Json::Null,
                };
                self.put(closed);
            }
            _ => {}
        }
        Ok(())
    }

    fn open(&mut self, collection: Open, line: usize) -> Result<(), YamlError> {
        if matches!(self.open.last(), Some(Open::Mapping { key: None, .. })) {
            return Err(YamlError::Key { line });
        }
        if self.open.len() >= MOST_LEVELS {
            return Err(YamlError::Deep { line });
        }
        self.open.push(collection);
        Ok(())
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, line: usize) -> Result<(), YamlError> {
        let is_plain = matches!(style, ScalarStyle::Plain);
        if let Some(Open::Mapping { members, key: key @ None }) = self.open.last_mut() {
            if is_plain && text == "<<" {
                return Err(YamlError::Indirect { line, what: "the contents of the merge key" });
            }
            if members.contains_key(text) {
                return Err(YamlError::Duplicate { line, key: text.to_owned() });
            }
            *key = Some(text.to_owned());
            return Ok(());
        }
        let value = if is_plain { plain(text, line)? } else { Json::String(text.to_owned()) };
        self.put(value);
        Ok(())
    }

    fn put(&mut self, value: Json) {
        match self.open.last_mut() {
            Some(Open::Sequence(elements)) => elements.push(value),
            Some(Open::Mapping { members, key }) => {
                members.insert(key.take().unwrap_or_default(), value);
            }
            None => self.root = Some(value),
        }
    }
}

/// Returns the value of an unquoted scalar on which all parsers agree.
fn plain(text: &str, line: usize) -> Result<Json, YamlError> {
    let ambiguous = |instead| Err(YamlError::Ambiguous { line, text: text.to_owned(), instead });
    let lower = text.to_ascii_lowercase();
    let is_word = is_usual_case(text);
    match lower.as_str() {
        "" | "~" => return Ok(Json::Null),
        "null" if is_word => return Ok(Json::Null),
        "true" if is_word => return Ok(Json::Bool(true)),
        "false" if is_word => return Ok(Json::Bool(false)),
        word if OLD_BOOLEANS.contains(&word) && is_word => return ambiguous("true or false"),
        _ => {}
    }
    if is_decimal(text) {
        let digits = text.strip_prefix('+').unwrap_or(text);
        return number(digits).ok_or_else(|| YamlError::Number { line, text: text.to_owned() });
    }
    if is_fraction(text) {
        let float = text.parse::<f64>().ok().and_then(Number::from_f64);
        return float.map(Json::Number).ok_or_else(|| YamlError::Number { line, text: text.to_owned() });
    }
    if looks_like_a_number(&lower) { ambiguous("a decimal number") } else { Ok(Json::String(text.to_owned())) }
}

/// `true`, `True`, or `TRUE`. Parsers accept no other spelling.
fn is_usual_case(text: &str) -> bool {
    let rest = text.get(1..).unwrap_or_default();
    let is_lower = rest.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_upper = text.bytes().all(|byte| byte.is_ascii_uppercase());
    is_lower || is_upper
}

fn number(digits: &str) -> Option<Json> {
    let signed = digits.parse::<i64>().ok().map(Number::from);
    signed.or_else(|| digits.parse::<u64>().ok().map(Number::from)).map(Json::Number)
}

/// An integer without leading zeros, which version 1.1 reads as octal.
fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let has_leading_zero = digits.len() > 1 && digits.starts_with('0');
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) && !has_leading_zero
}

/// A number with a point or an exponent.
fn is_fraction(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let has_sign_of_it = mantissa.contains('.') || exponent.is_some();
    has_sign_of_it
        && is_digits(whole)
        && is_digits(part)
        && !(whole.is_empty() && part.is_empty())
        && exponent.is_none_or(|exponent| !exponent.is_empty() && is_digits(exponent))
}

/// Returns whether any parser reads it as a number: other bases, underscores, leading zeros, infinity.
fn looks_like_a_number(lower: &str) -> bool {
    let unsigned = lower.strip_prefix(['+', '-']).unwrap_or(lower);
    if [".inf", ".nan"].contains(&unsigned) {
        return true;
    }
    let compact = unsigned.replace('_', "");
    let is_of = |digits: &str, radix: u32| !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
    let prefixed = |prefix: &str, radix: u32| compact.strip_prefix(prefix).is_some_and(|rest| is_of(rest, radix));
    is_of(&compact, 10) || is_fraction(&compact) || prefixed("0x", 16) || prefixed("0o", 8) || prefixed("0b", 2)
}

#[cfg(test)]
#[path = "yaml_tests.rs"]
mod tests;
