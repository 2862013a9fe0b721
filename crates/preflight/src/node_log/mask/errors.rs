//! Errors that follow a name, such as in `failed to get token: connection refused`. They are not secrets.

/// First words of an error.
const FIRST: [&str; 28] = [
    "api",
    "cannot",
    "context",
    "could",
    "dial",
    "eof",
    "error",
    "expected",
    "failed",
    "fork/exec",
    "get",
    "http2",
    "i/o",
    "invalid",
    "must",
    "net/http",
    "no",
    "not",
    "open",
    "operation",
    "request",
    "response",
    "rpc",
    "timed",
    "tls",
    "unable",
    "unexpected",
    "x509",
];

/// First words of an error that are also the first words of a passphrase. They are errors only in a sentence.
const FIRST_IN_SENTENCE: [&str; 48] = [
    "a",
    "access",
    "all",
    "an",
    "authentication",
    "authorization",
    "bad",
    "certificate",
    "client",
    "command",
    "connection",
    "content",
    "deadline",
    "denied",
    "empty",
    "exceeded",
    "exec",
    "exit",
    "expired",
    "file",
    "forbidden",
    "http",
    "illegal",
    "incorrect",
    "internal",
    "is",
    "lookup",
    "malformed",
    "missing",
    "network",
    "permission",
    "process",
    "read",
    "remote",
    "resource",
    "server",
    "service",
    "signal",
    "status",
    "the",
    "timeout",
    "too",
    "unauthenticated",
    "unauthorized",
    "unknown",
    "unsupported",
    "user",
    "write",
];

/// First two words of an error.
const PHRASES: [(&str, &str); 17] = [
    ("access", "denied"),
    ("command", "not"),
    ("connection", "closed"),
    ("connection", "refused"),
    ("connection", "reset"),
    ("connection", "timed"),
    ("deadline", "exceeded"),
    ("exit", "code"),
    ("exit", "status"),
    ("permission", "denied"),
    ("read", "tcp"),
    ("read", "udp"),
    ("remote", "error"),
    ("status", "code"),
    ("too", "many"),
    ("write", "tcp"),
    ("write", "udp"),
];

/// Errors with one word, at the end of a sentence.
const WHOLE: [&str; 6] = ["denied", "expired", "forbidden", "timeout", "unauthenticated", "unauthorized"];

/// The first words of the reasons of HTTP status codes.
const REASONS: [&str; 9] =
    ["Bad", "Unauthorized", "Forbidden", "Not", "Method", "Too", "Internal", "Service", "Gateway"];

/// Whether the value is an error. In a sentence, another word precedes the name.
pub(super) fn is_error(before: &str, value: &str) -> bool {
    let is_sentence = before.strip_suffix(' ').is_some_and(|before| before.ends_with(is_letter_or_quote));
    // The SSM Agent encloses errors in tags.
    let value = value.strip_prefix("<error>").unwrap_or(value);
    let (word, rest) = value.split_once(' ').unwrap_or((value, ""));
    let rest = rest.trim_start_matches(' ');
    let first = word.trim_end_matches([':', ',', ';', '.']);
    // A message in JSON ends with a quote.
    let (whole, end) = first.split_at(first.find(['"', '\\', '\'']).unwrap_or(first.len()));
    if rest.is_empty() || !end.is_empty() {
        return whole == "EOF" || is_sentence && is_one_of(whole, &WHOLE);
    }
    let second = rest.split(' ').next().unwrap_or_default();
    let is_colon = word.ends_with(':');
    is_one_of(first, &FIRST)
        || is_sentence && is_one_of(first, &FIRST_IN_SENTENCE)
        || is_phrase(first, second)
        || is_colon && is_code(first)
}

fn is_letter_or_quote(character: char) -> bool {
    character.is_ascii_alphabetic() || matches!(character, '"' | '\'' | '`' | ')')
}

fn is_one_of(word: &str, list: &[&str]) -> bool {
    list.iter().any(|each| word.eq_ignore_ascii_case(each))
}

/// Two words, the line of a script, or the status of a response, such as `403 Forbidden`.
fn is_phrase(first: &str, second: &str) -> bool {
    let second = second.trim_end_matches([':', ',', ';', '.']);
    let is_number = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    PHRASES.iter().any(|(one, two)| first.eq_ignore_ascii_case(one) && second.eq_ignore_ascii_case(two))
        || first == "line" && is_number(second)
        || first.len() == 3 && is_number(first) && REASONS.contains(&second)
}

/// An error code of a service or a library, such as `AccessDeniedException` or `NoCredentialProviders`.
fn is_code(word: &str) -> bool {
    let is_name = word.bytes().all(|byte| byte.is_ascii_alphabetic());
    let capitals = word.bytes().filter(u8::is_ascii_uppercase).count();
    is_name
        && word.starts_with(|first: char| first.is_ascii_uppercase())
        && (2..=6).contains(&capitals)
        && word.len() > 8
}
