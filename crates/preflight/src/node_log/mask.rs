//! Secrets in a console output: user data, environment variables, and requests can contain them.

use std::borrow::Cow;

/// What replaces a secret.
const MASK: &str = "***";

/// The length of text in base64 that can contain a secret. A file name or a host name has other characters.
const BASE64: usize = 60;

/// Masks secrets:
///
/// - values of names that end with `token`, `password`, `secret`, `key`, and similar words, after `=` or `:`, and after
///   a space for flags (`--token x`)
/// - `Authorization` headers, and what follows `Bearer` and `Basic`
/// - AWS access key IDs, EKS tokens, JSON Web Tokens, and base64 with more than 60 characters
/// - user information and query strings of URLs, and user information of addresses without a scheme
/// - private keys in PEM
/// - user data and environment variables that nodeadm repeats
///
/// Masked text is not changed again. Lines stay lines.
pub fn mask(text: &str) -> String {
    let text = private_keys(text);
    let lines = text.split('\n').map(line);
    lines.collect::<Vec<_>>().join("\n")
}

/// A mask can be the end of another secret, such as of a value with a quote in it.
fn line(line: &str) -> Cow<'_, str> {
    let mut masked = Cow::Borrowed(line);
    for _ in 0..5 {
        let next = once(&masked);
        if next == masked {
            break;
        }
        masked = Cow::Owned(next.into_owned());
    }
    masked
}

fn once(line: &str) -> Cow<'_, str> {
    let steps: [fn(&str) -> Cow<'_, str>; 5] = [traced, addresses, words, values, repeated];
    steps.into_iter().fold(Cow::Borrowed(line), |line, step| match line {
        Cow::Borrowed(line) => step(line),
        Cow::Owned(line) => Cow::Owned(step(&line).into_owned()),
    })
}

/// Commands that a shell prints before it runs them (`set -x`). Any argument can be a secret, such as in `curl -u`,
/// so only the name of the command or of the variable remains.
fn traced(line: &str) -> Cow<'_, str> {
    let start = line.find("]: ").map_or(0, |end| end + "]: ".len());
    let command = line[start..].trim_start_matches('+');
    let pluses = line.len() - start - command.len();
    let Some(command) = command.strip_prefix(' ').filter(|_| pluses > 0) else { return Cow::Borrowed(line) };
    let name = command.find([' ', '=']).unwrap_or(command.len());
    if matches!(command[name..].trim_start_matches([' ', '=']), "" | MASK) {
        return Cow::Borrowed(line);
    }
    Cow::Owned(format!("{}{}{MASK}", &line[..line.len() - command.len()], &command[..=name]))
}

/// What nodeadm writes before user data or environment variables, which end with the last quote or bracket of the line.
const BEFORE_USER_DATA: [&str; 4] = ["' is missing in '", "\"value\": \"", "\"value\":\"", "All envOpts: "];

fn repeated(line: &str) -> Cow<'_, str> {
    let starts = BEFORE_USER_DATA.iter().filter_map(|text| Some(line.find(text)? + text.len()));
    let Some(start) = starts.min() else { return Cow::Borrowed(line) };
    let end = line[start..].rfind(['\'', '"']).map_or(line.len(), |end| start + end);
    // The format of user data that nodeadm cannot decode.
    let format = if line[start..end].contains(MIME) { MIME } else { "" };
    Cow::Owned(format!("{}{format}{MASK}{}", &line[..start], &line[end..]))
}

/// What a MIME document begins with.
const MIME: &str = "MIME-Version: ";

/// Private keys with their line ends. A key whose end is missing ends with the first line that is not base64.
fn private_keys(text: &str) -> Cow<'_, str> {
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
        if !before[..label].rsplit('\n').next().is_some_and(|line| line.contains("-----BEGIN ")) {
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

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

/// User information and query strings. Addresses end at whitespace, quotes, and brackets.
fn addresses(line: &str) -> Cow<'_, str> {
    if !line.contains('@') && !line.contains("://") {
        return Cow::Borrowed(line);
    }
    let is_end = |character: char| character.is_whitespace() || "\"'`\\<>{}|".contains(character);
    let mut masked = String::with_capacity(line.len());
    for word in line.split_inclusive(is_end) {
        let end = word.chars().next_back().filter(|last| is_end(*last)).map_or(0, char::len_utf8);
        let (word, end) = word.split_at(word.len() - end);
        masked.push_str(&address(word));
        masked.push_str(end);
    }
    Cow::Owned(masked)
}

fn address(word: &str) -> Cow<'_, str> {
    let Some(scheme) = word.find("://") else { return without_scheme(word) };
    let (scheme, rest) = word.split_at(scheme + 3);
    // A password can contain any character, so that the last @ is decisive.
    let (user, rest) = match rest.rfind('@') {
        Some(at) => (MASK, &rest[at..]),
        None if has_port(rest) => ("", rest),
        None => (MASK, ""),
    };
    // A fragment without a value is a part of a page.
    let query = rest.find('?').or_else(|| rest.find('#').filter(|fragment| rest[*fragment..].contains('=')));
    let (rest, query) = match query {
        Some(query) => (&rest[..query], format!("{}{MASK}", &rest[query..=query])),
        None => (rest, String::new()),
    };
    Cow::Owned(format!("{scheme}{user}{rest}{query}"))
}

/// Whether the address begins with a host and at most a port. Otherwise, it can be the beginning of a password.
fn has_port(address: &str) -> bool {
    let host = address.split(['/', '?', '#', ',', ';', ')', ']']).next().unwrap_or_default();
    host.starts_with('[')
        || host
            .split_once(':')
            .is_none_or(|(_, port)| port.trim_end_matches(['.', ':']).bytes().all(|byte| byte.is_ascii_digit()))
}

/// `user:password@host`, as in a proxy variable.
fn without_scheme(word: &str) -> Cow<'_, str> {
    let Some(at) = word.rfind('@') else { return Cow::Borrowed(word) };
    let start = word[..at].rfind(['=', ',', '(']).map_or(0, |separator| separator + 1);
    match word[start..at].contains(':') {
        true => Cow::Owned(format!("{}{MASK}{}", &word[..start], &word[at..])),
        false => Cow::Borrowed(word),
    }
}

/// Secrets that are recognized without a name. The shortest is an access key ID.
fn words(line: &str) -> Cow<'_, str> {
    const LENGTH: usize = 12;
    let (mut masked, mut kept, mut at) = (String::new(), 0, 0);
    let bytes = line.as_bytes();
    while at < bytes.len() {
        let end = bytes[at..].iter().position(|byte| !is_token(*byte)).map_or(bytes.len(), |length| at + length);
        if end - at >= LENGTH
            && let Some(word) = word_masked(&line[at..end])
        {
            masked.push_str(&line[kept..at]);
            masked.push_str(&word);
            kept = end;
        }
        at = end + 1;
    }
    rest(line, masked, kept)
}

/// The line with the changes up to a position.
fn rest(line: &str, changed: String, kept: usize) -> Cow<'_, str> {
    match kept {
        0 => Cow::Borrowed(line),
        _ => Cow::Owned(changed + &line[kept..]),
    }
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

/// The ends of names whose values are secrets.
const NAMES: [&str; 10] = [
    "token",
    "password",
    "passwd",
    "passphrase",
    "secret",
    "key",
    "credential",
    "credentials",
    "pwd",
    "activationcode",
];

/// Values after the names.
fn values(line: &str) -> Cow<'_, str> {
    let (mut masked, mut kept, mut at) = (String::new(), 0, 0);
    while let Some((start, length)) = next_word(&line[at..]) {
        let (word, after) = (&line[at + start..at + start + length], at + start + length);
        at = after;
        let Some(value_start) = value_start(word, line, after) else { continue };
        let (value, end) = value(line, value_start, word);
        // A name in a sentence has no quotes, and a URL has them itself.
        let is_plain = value == value_start && line[after..value].contains(": ");
        let is_sentence = is_plain && (is_error(&line[value..]) || is_quoted(&line[after..]) && is_url(&line[..after]));
        if end > value && !is_sentence {
            masked.push_str(&line[kept..value]);
            masked.push_str(MASK);
            (kept, at) = (end, end);
        }
    }
    rest(line, masked, kept)
}

/// Whether the text ends with a URL and its quote, and not with the name of a value.
fn is_url(text: &str) -> bool {
    const LENGTH: usize = 500;
    let text = &text[text.ceil_char_boundary(text.len().saturating_sub(LENGTH))..];
    let start = text.rfind(|character: char| character.is_whitespace() || "\"'`".contains(character));
    text[start.map_or(0, |start| start + 1)..].contains("://")
}

/// Words of errors after a name and a colon, such as in `get credentials: failed to refresh cached credentials`.
const ERRORS: [&str; 20] = [
    "api",
    "cannot",
    "context",
    "could",
    "dial",
    "error",
    "expected",
    "failed",
    "get",
    "invalid",
    "must",
    "no",
    "not",
    "open",
    "operation",
    "request",
    "response",
    "timed",
    "unable",
    "unexpected",
];

/// Whether the value is the error of a sentence that continues.
fn is_error(value: &str) -> bool {
    let word = value.split_once(' ').filter(|(_, rest)| !rest.trim().is_empty()).map_or("", |(word, _)| word);
    ERRORS.iter().any(|error| word.eq_ignore_ascii_case(error))
}

fn is_quoted(text: &str) -> bool {
    text.starts_with(['"', '\'', '\\'])
}

fn ends_with(word: &str, name: &str) -> bool {
    let start = word.len().checked_sub(name.len());
    start.and_then(|start| word.get(start..)).is_some_and(|end| end.eq_ignore_ascii_case(name))
}

/// Parts of names, between `_`, `-`, and `.`, whose values are secrets wherever they are in the name.
const PARTS: [&str; 12] = [
    "pass",
    "password",
    "passwords",
    "passwd",
    "pwd",
    "auth",
    "token",
    "tokens",
    "secret",
    "secrets",
    "apikey",
    "credentials",
];

fn is_secret(word: &str) -> bool {
    let is_part = |part: &str| PARTS.iter().any(|name| part.eq_ignore_ascii_case(name));
    ends_with(word, "authorization")
        || NAMES.iter().any(|name| ends_with(word, name))
        || word.split(['_', '-', '.']).any(is_part)
}

/// The start and the length of the next word of a name.
fn next_word(text: &str) -> Option<(usize, usize)> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let start = text.bytes().position(is_name)?;
    let length = text[start..].bytes().position(|byte| !is_name(byte)).unwrap_or(text.len() - start);
    Some((start, length))
}

/// The start of the value that follows a name, if the name or the separator means a secret.
fn value_start(word: &str, line: &str, after: usize) -> Option<usize> {
    let rest = &line[after..];
    let spaces = |text: &str| text.len() - text.trim_start_matches(' ').len();
    let is_scheme = ["bearer", "basic"].iter().any(|scheme| word.eq_ignore_ascii_case(scheme));
    if is_scheme && rest.starts_with(' ') {
        return Some(after + spaces(rest)).filter(|start| *start < line.len());
    }
    if !is_secret(word) {
        return None;
    }
    let quote = rest.len() - rest.trim_start_matches(['\\', '"', '\'', ']', ')']).len();
    let separator = quote + spaces(&rest[quote..]);
    match rest[separator..].chars().next() {
        // `:=`, `=>`, and `==` are separators, too.
        Some('=' | ':') => {
            let value = rest[separator..].trim_start_matches(['=', ':', '>', ' ']);
            Some(line.len() - value.len())
        }
        _ if word.starts_with("--") && quote == 0 && separator > 0 && !rest[separator..].starts_with('-') => {
            Some(after + separator)
        }
        _ => None,
    }
}

/// The secret inside its quotes, or up to the end of its word. A header ends with the line.
fn value(line: &str, start: usize, word: &str) -> (usize, usize) {
    let value = &line[start..];
    let opened = value.trim_start_matches('\\');
    if let Some(quote @ ('"' | '\'')) = opened.chars().next() {
        let inside = line.len() - opened.len() + 1;
        let is_escaped = opened.len() < value.len();
        return (inside, inside + closing(&line[inside..], quote, is_escaped));
    }
    let ends = match ends_with(word, "authorization") {
        true => "\"'\\",
        false => " ,;&\"'`\\)]}",
    };
    (start, start + value.find(|character| ends.contains(character)).unwrap_or(value.len()))
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
