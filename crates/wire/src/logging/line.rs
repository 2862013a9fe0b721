//! The format of a log line.

use std::error::Error;
use std::fmt;

use jiff::Timestamp;
use serde_json::{Map, Value as Json};
use tracing::Level;
use tracing::field::{Field, Visit};

use framework::secrets;

/// The host reads lines of up to 64 KiB as a whole. It splits longer lines, which it then cannot parse.
const LONGEST_LINE: usize = 60 << 10;
/// Maximum length of a string in a line.
const LONGEST_TEXT: usize = 16 << 10;
/// RFC 3339 with exactly six fractional digits. With any other number of digits, the host ignores the level.
const TIME_FORMAT: &str = "%Y-%m-%dT%H:%M:%S.%6fZ";

/// Key-value pairs of a span or an event, with secrets masked.
#[derive(Default)]
pub(super) struct Pairs(pub(super) Map<String, Json>);

impl Pairs {
    fn insert(&mut self, field: &Field, value: Json) {
        let key = match field.name() {
            "message" => "@message",
            name => name.strip_prefix("r#").unwrap_or(name),
        };
        let value = if is_secret_name(key) { Json::from(secrets::MASK) } else { value };
        self.0.insert(key.to_owned(), value);
    }

    fn text(&mut self, field: &Field, text: &str) {
        self.insert(field, Json::from(shortened(&secrets::masked(text), LONGEST_TEXT)));
    }
}

impl Visit for Pairs {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.text(field, &value.to_string());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.insert(field, Json::from(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.insert(field, Json::from(value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.insert(field, Json::from(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field, Json::from(value));
    }
}

/// Whether a value with this name is always masked.
fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["token", "secret", "password", "passphrase", "private_key", "credential"].iter().any(|word| name.contains(word))
}

/// Returns the line for an event. A pair with a key of the host is dropped, because a value of the wrong type
/// terminates the host.
pub(super) fn render(level: Level, target: &str, mut pairs: Map<String, Json>) -> String {
    let message = match pairs.remove("@message") {
        Some(Json::String(message)) => message,
        Some(other) => other.to_string(),
        None => String::new(),
    };
    pairs.retain(|key, _| !key.starts_with('@'));
    let heads = [
        ("@level", level.as_str().to_lowercase()),
        ("@message", message),
        ("@module", target.replace("::", ".")),
        ("@timestamp", Timestamp::now().strftime(TIME_FORMAT).to_string()),
    ];
    let heads: Map<String, Json> = heads.into_iter().map(|(key, value)| (key.to_owned(), Json::from(value))).collect();
    let mut whole = heads.clone();
    whole.extend(pairs);
    let line = Json::Object(whole).to_string();
    if line.len() <= LONGEST_LINE { line } else { without_pairs(heads) }
}

/// Returns the line with a shortened message and no other fields.
fn without_pairs(mut heads: Map<String, Json>) -> String {
    if let Some(Json::String(message)) = heads.get_mut("@message") {
        // JSON can require six bytes for one.
        *message = shortened(message, LONGEST_LINE / 8);
    }
    heads.insert("shortened".to_owned(), Json::from(true));
    Json::Object(heads).to_string()
}

/// Returns the first `most` bytes, with the number of omitted bytes.
fn shortened(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(most);
    format!("{}… ({} more bytes)", &text[..end], text.len() - end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Map<String, Json> {
        assert!(!line.contains('\n'));
        serde_json::from_str(line).unwrap()
    }

    fn pairs(message: Json) -> Map<String, Json> {
        Map::from_iter([("@message".to_owned(), message)])
    }

    #[test]
    fn line_has_the_hosts_keys() {
        let line = parse(&render(Level::WARN, "wire::logging", pairs("a\nb".into())));
        assert_eq!(line["@level"], "warn");
        assert_eq!(line["@message"], "a\nb");
        assert_eq!(line["@module"], "wire.logging");
        let time = line["@timestamp"].as_str().unwrap();
        assert_eq!(time.len(), "2006-01-02T15:04:05.000000Z".len());
        assert_eq!((&time[19..20], &time[26..]), (".", "Z"));
    }

    #[test]
    fn hosts_keys_are_always_text() {
        let mut given = pairs(Json::from(7));
        given.insert("@level".to_owned(), Json::from(1));
        given.insert("@caller".to_owned(), Json::Null);
        let line = parse(&render(Level::INFO, "t", given));
        assert_eq!(line["@message"], "7");
        assert_eq!(line["@level"], "info");
        assert!(!line.contains_key("@caller"));
    }

    #[test]
    fn long_lines_are_shortened() {
        let mut given = pairs("\u{1}".repeat(LONGEST_LINE).into());
        given.insert("pair".to_owned(), "x".repeat(LONGEST_LINE).into());
        let line = render(Level::INFO, "t", given);
        assert!(line.len() < 64 << 10, "{}", line.len());
        assert_eq!(parse(&line)["shortened"], true);
    }

    #[test]
    fn names_that_hold_secrets_are_known() {
        assert!(["token", "AWS_SECRET_ACCESS_KEY", "session_token", "Password"].into_iter().all(is_secret_name));
        assert!(!is_secret_name("cluster_name"));
    }

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!(shortened("aé", 2), "a… (2 more bytes)");
        assert_eq!(shortened("aé", 3), "aé");
    }
}
