//! The names whose values are secrets.

/// The ends of names, also of names without a separator, such as `dbpassword`.
const ENDS: [&str; 15] = [
    "token",
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "secret",
    "key",
    "credential",
    "pwd",
    "dbpass",
    "keypass",
    "rootpass",
    "storepass",
    "userpass",
    "activationcode",
];

/// Words of names, between `_`, `-`, `.`, and uppercase letters, whose values are secrets. They can be anywhere in the
/// name.
const WORDS: [&str; 12] = [
    "pass",
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "pwd",
    "auth",
    "token",
    "secret",
    "apikey",
    "credential",
    "jwt",
];

/// The last words of names in camel case that refer to a secret, or describe it.
const REFERENCES: [&str; 18] = [
    "arn",
    "class",
    "dir",
    "endpoint",
    "exception",
    "error",
    "file",
    "mode",
    "name",
    "names",
    "path",
    "provider",
    "ref",
    "refs",
    "ttl",
    "type",
    "url",
    "version",
];

/// The ends of the names of scripts, source files, and units, as in `get-token.sh: line 3: jq: command not found`.
const FILES: [&str; 10] = [".sh", ".bash", ".py", ".go", ".rs", ".js", ".rb", ".service", ".socket", ".timer"];

/// Whether the name is the name of a secret: by its end, or by a word in it. A number or a plural does not matter.
pub(super) fn is_secret(name: &str) -> bool {
    if FILES.iter().any(|end| name.ends_with(end)) {
        return false;
    }
    let name = name.trim_end_matches(|character: char| character.is_ascii_digit() || "_-.".contains(character));
    is_header(name) || has_end(name) || has_word(name)
}

/// Whether the value is a header with parts, which ends with the line.
pub(super) fn is_header(name: &str) -> bool {
    ["authorization", "cookie"].iter().any(|header| ends_with(name, header))
}

fn has_end(name: &str) -> bool {
    if ENDS.iter().any(|end| ends_with(name, end)) {
        return true;
    }
    let Some(singular) = name.strip_suffix(['s', 'S']) else { return false };
    // Public keys, and the keys of a document.
    let is_public = || {
        let start = singular.get(..singular.len() - 3).map(|start| start.trim_end_matches(['_', '-', '.']));
        start.is_none_or(|start| ["", "authorized", "public", "host"].iter().any(|kind| ends_in(start, kind)))
    };
    ENDS.iter().any(|end| ends_with(singular, end)) && !(ends_with(singular, "key") && is_public())
}

/// Whether the name ends with the word, or is empty if the word is.
fn ends_in(name: &str, word: &str) -> bool {
    if word.is_empty() { name.is_empty() } else { ends_with(name, word) }
}

fn ends_with(name: &str, end: &str) -> bool {
    let start = name.len().checked_sub(end.len());
    start.and_then(|start| name.get(start..)).is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}

fn has_word(name: &str) -> bool {
    let mut parts = name.split(['_', '-', '.']).peekable();
    while let Some(part) = parts.next() {
        // A credential provider is a program.
        let is_provider = parts.peek().is_some_and(|next| is_one_of(next, &["provider", "providers"]));
        let is_credential = is_one_of(part, &["credential"]);
        if is_one_of(part, &WORDS) && !(is_credential && is_provider) || has_word_in_camel_case(part) {
            return true;
        }
    }
    false
}

/// Whether a word of a name such as `dbPassValue` is the name of a secret.
fn has_word_in_camel_case(part: &str) -> bool {
    let words = camel_case(part);
    let is_reference = words.last().is_some_and(|last| REFERENCES.iter().any(|word| last.eq_ignore_ascii_case(word)));
    words.len() > 1 && !is_reference && words.iter().any(|word| is_one_of(word, &WORDS))
}

fn camel_case(part: &str) -> Vec<&str> {
    let bytes = part.as_bytes();
    let (mut words, mut start) = (Vec::new(), 0);
    for at in 1..bytes.len() {
        let is_upper = bytes[at].is_ascii_uppercase();
        let is_next_lower = bytes.get(at + 1).is_some_and(u8::is_ascii_lowercase);
        let is_start = is_upper && (!bytes[at - 1].is_ascii_uppercase() || is_next_lower);
        if is_start && let Some(word) = part.get(start..at) {
            words.push(word);
            start = at;
        }
    }
    words.extend(part.get(start..));
    words
}

/// Whether the word is in the list, also with a number or as a plural.
fn is_one_of(word: &str, list: &[&str]) -> bool {
    let word = word.trim_matches(|character: char| character.is_ascii_digit());
    let singular = word.strip_suffix(['s', 'S']).unwrap_or(word);
    list.iter().any(|each| word.eq_ignore_ascii_case(each) || singular.eq_ignore_ascii_case(each))
}
