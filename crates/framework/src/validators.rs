//! Constraints of configured values. A validator checks known values only; unknown values are checked once known.
//!
//! A constraint is a subject and a predicate: "Each element" and "be at most 9 characters". Validators nest by changing
//! the subject, so the sentence never contains a second "must".

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

use super::diagnostics::Diagnostics;
use super::path::Path;
use super::value::Value;

/// Validates one configured value and describes the constraint.
#[derive(Clone)]
pub struct Validator {
    subject: Subject,
    /// The predicate, which finishes the sentence "must …". Literal values are in backticks.
    must: String,
    /// The allowed values as a phrase, if there is a fixed list of at least two.
    allowed: Option<String>,
    /// Whether the attribute's description explains each allowed value.
    is_documented: bool,
    holds: Arc<dyn Fn(&Value) -> bool + Send + Sync>,
    hint: Hint,
    found: fn(&Validator, &Value) -> String,
    /// The constraint of each element or key.
    part: Option<Arc<Validator>>,
}

/// The part of a value that a predicate applies to.
#[derive(Debug, Clone, Copy)]
enum Subject {
    Value,
    Elements,
    Keys,
}

/// Suggests a fix for an invalid value.
type Hint = Arc<dyn Fn(&Value) -> Option<String> + Send + Sync>;

impl fmt::Debug for Validator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "must {}", self.must)
    }
}

impl Validator {
    /// Creates a validator with a predicate that finishes the sentence "must …", such as `be a role ARN`.
    pub fn new(must: impl Into<String>, holds: impl Fn(&Value) -> bool + Send + Sync + 'static) -> Self {
        let found = |_: &Self, value: &Value| show(value);
        Self {
            subject: Subject::Value,
            must: must.into(),
            allowed: None,
            is_documented: false,
            holds: Arc::new(holds),
            hint: Arc::new(|_| None),
            found,
            part: None,
        }
    }

    /// Adds a sentence to the diagnostic of an invalid string, such as the value that was probably meant.
    #[must_use]
    pub fn or_hint(mut self, hint: fn(&str) -> Option<String>) -> Self {
        self.hint = Arc::new(move |value| value.as_str().and_then(hint));
        self
    }

    /// Omits the constraint from the documentation, because the attribute's description explains each allowed value.
    #[must_use]
    pub fn documented(mut self) -> Self {
        self.is_documented = true;
        self
    }

    /// The predicate, which finishes the sentence "must …".
    #[must_use]
    pub fn must(&self) -> &str {
        &self.must
    }

    /// The constraint as a sentence of the documentation. `of_map` is whether the value is a map.
    #[must_use]
    pub fn sentence(&self, of_map: bool) -> Option<String> {
        if self.is_documented {
            return None;
        }
        let must = &self.must;
        Some(match (self.subject, &self.allowed) {
            (Subject::Value, Some(allowed)) => format!("Valid values: {allowed}."),
            (Subject::Value, None) => format!("Must {must}."),
            (Subject::Elements, Some(allowed)) => format!("Valid element values: {allowed}."),
            (Subject::Elements, None) if of_map => format!("Each value must {must}."),
            (Subject::Elements, None) => format!("Each element must {must}."),
            (Subject::Keys, Some(allowed)) => format!("Valid keys: {allowed}."),
            (Subject::Keys, None) => format!("Each key must {must}."),
        })
    }

    /// Reports a known value for which the check does not hold.
    pub fn check(&self, value: &Value, path: &Path, sensitive: bool, diagnostics: &mut Diagnostics) {
        if value.is_null() || !value.is_wholly_known() || (self.holds)(value) {
            return;
        }
        let subject = match (self.subject, value) {
            (Subject::Value, _) => path.to_string(),
            (Subject::Elements, Value::Map(_)) => format!("each value of {path}"),
            (Subject::Elements, _) => format!("each element of {path}"),
            (Subject::Keys, _) => format!("each key of {path}"),
        };
        let must = self.must.replace('`', "\"");
        let found = if sensitive { "(sensitive value)".to_owned() } else { (self.found)(self, value) };
        let hint = (self.hint)(value).filter(|_| !sensitive).map(|hint| format!(" {hint}")).unwrap_or_default();
        diagnostics.error_at(
            path.addressable(),
            format!("Invalid value for {path}"),
            format!("{subject} must {must}, got: {found}.{hint}"),
        );
    }
}

/// Formats the value as in configuration, truncated to a readable length.
fn show(value: &Value) -> String {
    match value {
        Value::String(text) if text.chars().count() > 120 => {
            format!("{:?}…", text.chars().take(120).collect::<String>())
        }
        Value::String(text) => format!("{text:?}"),
        Value::Number(number) => number.to_string(),
        Value::Bool(value) => value.to_string(),
        Value::List(elements) | Value::Set(elements) => counted(elements.len()),
        Value::Map(members) => counted(members.len()),
        _ => "this value".to_owned(),
    }
}

fn counted(elements: usize) -> String {
    if elements == 1 { "1 element".to_owned() } else { format!("{elements} elements") }
}

fn text(value: &Value, holds: impl Fn(&str) -> bool) -> bool {
    value.as_str().is_some_and(holds)
}

/// Requires one of these strings.
#[must_use]
pub fn one_of(allowed: &'static [&'static str]) -> Validator {
    one_of_names(allowed.iter().copied())
}

/// Requires one of these strings, which are computed.
pub fn one_of_names(allowed: impl IntoIterator<Item = &'static str>) -> Validator {
    let allowed: Vec<_> = allowed.into_iter().collect();
    let shown: Vec<_> = allowed.iter().map(|name| format!("`{name}`")).collect();
    let (must, phrase) = match shown.as_slice() {
        [only] => (format!("be {only}"), None),
        [first, second] => (format!("be one of {first}, {second}"), Some(format!("{first} or {second}"))),
        [first @ .., last] => {
            (format!("be one of {}", shown.join(", ")), Some(format!("{}, and {last}", first.join(", "))))
        }
        [] => ("not be set".to_owned(), None),
    };
    let holds = move |value: &Value| text(value, |text| allowed.contains(&text));
    Validator { allowed: phrase, ..Validator::new(must, holds) }
}

/// Requires a string with this many characters.
#[must_use]
pub fn length_between(range: RangeInclusive<usize>) -> Validator {
    let must = match (*range.start(), *range.end()) {
        (1, usize::MAX) => "not be empty".to_owned(),
        (start, usize::MAX) => format!("be at least {start} characters"),
        (0, end) => format!("be at most {end} characters"),
        (start, end) => format!("be between {start} and {end} characters"),
    };
    Validator::new(must, move |value| text(value, |text| range.contains(&text.chars().count())))
}

/// Requires an integer in this range.
#[must_use]
pub fn between(range: RangeInclusive<i64>) -> Validator {
    let must = if *range.end() == i64::MAX {
        format!("be at least {}", range.start())
    } else {
        format!("be between {} and {}", range.start(), range.end())
    };
    let validator = Validator::new(
        must,
        move |value| matches!(value, Value::Number(number) if number.to_i64().is_some_and(|number| range.contains(&number))),
    );
    let hint = |value: &Value| {
        let is_fraction = matches!(value, Value::Number(number) if !number.is_integer());
        is_fraction.then(|| "Fractions are not supported.".to_owned())
    };
    Validator { hint: Arc::new(hint), ..validator }
}

/// Requires this many elements.
#[must_use]
pub fn size_between(range: RangeInclusive<usize>) -> Validator {
    let must = match (*range.start(), *range.end()) {
        (1, usize::MAX) => "not be empty".to_owned(),
        (start, usize::MAX) => format!("contain at least {start} elements"),
        (0, end) => format!("contain at most {end} elements"),
        (start, end) => format!("contain between {start} and {end} elements"),
    };
    let found = |_: &Validator, value: &Value| count(value).unwrap_or_default().to_string();
    let holds = move |value: &Value| count(value).is_some_and(|count| range.contains(&count));
    Validator { found, ..Validator::new(must, holds) }
}

/// Returns the number of elements of a collection.
fn count(value: &Value) -> Option<usize> {
    match value {
        Value::Map(members) => Some(members.len()),
        other => other.elements().map(<[Value]>::len),
    }
}

/// Requires a string for which the function returns `true`, with a predicate that finishes "must …".
pub fn string_matching(must: impl Into<String>, holds: fn(&str) -> bool) -> Validator {
    Validator::new(must, move |value| text(value, holds))
}

/// Applies the validator to every element of a list or set, and to every value of a map.
#[must_use]
pub fn each(element: Validator) -> Validator {
    let (part, hint) = (element.clone(), element.clone());
    let holds = move |value: &Value| match value {
        Value::Map(members) => members.values().all(|value| value.is_null() || (element.holds)(value)),
        other => other
            .elements()
            .is_some_and(|elements| elements.iter().all(|value| value.is_null() || (element.holds)(value))),
    };
    let hint_at_first = move |value: &Value| (hint.hint)(first_wrong(&hint, value)?.1);
    let found = |this: &Validator, value: &Value| {
        let first = this.part.as_deref().and_then(|part| first_wrong(part, value));
        match first {
            Some((Some(key), wrong)) => format!("{} for key {key:?}", show(wrong)),
            Some((None, wrong)) => show(wrong),
            None => show(value),
        }
    };
    let validator = Validator::new(part.must.clone(), holds);
    Validator {
        subject: Subject::Elements,
        allowed: part.allowed.clone(),
        is_documented: part.is_documented,
        hint: Arc::new(hint_at_first),
        found,
        part: Some(Arc::new(part)),
        ..validator
    }
}

/// Returns the first invalid element, with its key in a map.
fn first_wrong<'v>(element: &Validator, value: &'v Value) -> Option<(Option<&'v str>, &'v Value)> {
    let is_wrong = |value: &Value| !value.is_null() && !(element.holds)(value);
    match value {
        Value::Map(members) => {
            members.iter().find(|(_, value)| is_wrong(value)).map(|(key, value)| (Some(key.as_str()), value))
        }
        other => other.elements()?.iter().find(|value| is_wrong(value)).map(|value| (None, value)),
    }
}

/// Applies the validator to every key of a map.
#[must_use]
pub fn each_key(key: Validator) -> Validator {
    let holds = key.clone();
    let found = |this: &Validator, value: &Value| {
        let Value::Map(members) = value else { return show(value) };
        let is_wrong = |name: &&String| this.part.as_ref().is_some_and(|key| !(key.holds)(&Value::string(*name)));
        members.keys().find(is_wrong).map_or_else(|| show(value), |name| show(&Value::string(name)))
    };
    let validator = Validator::new(
        key.must.clone(),
        move |value| matches!(value, Value::Map(members) if members.keys().all(|name| (holds.holds)(&Value::string(name)))),
    );
    Validator {
        subject: Subject::Keys,
        allowed: key.allowed.clone(),
        is_documented: key.is_documented,
        found,
        part: Some(Arc::new(key)),
        ..validator
    }
}

/// Requires a duration in Go syntax, such as `30s` or `1h30m`.
#[must_use]
pub fn go_duration() -> Validator {
    string_matching("be a duration, such as `30s` or `1h30m`", |text| super::duration::parse(text).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(validator: &Validator, value: &Value) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        validator.check(value, &Path::attribute("size"), false, &mut diagnostics);
        diagnostics
    }

    #[test]
    fn finding_names_attribute_constraint_and_value() {
        let found = findings(&between(1..=100), &Value::from(0));
        let message = found.iter().next().expect("a finding");
        assert_eq!(message.detail, "size must be between 1 and 100, got: 0.");
        assert_eq!(message.path, Some(Path::attribute("size")));
    }

    #[test]
    fn null_and_unknown_pass() {
        for value in [Value::Null, Value::unknown(), Value::List(vec![Value::unknown()])] {
            assert!(findings(&between(1..=2), &value).is_empty(), "{value:?}");
        }
    }

    #[test]
    fn sensitive_value_is_not_shown() {
        let mut diagnostics = Diagnostics::new();
        one_of(&["a"]).check(&"secret".into(), &Path::attribute("token"), true, &mut diagnostics);
        assert!(diagnostics.iter().all(|message| !message.detail.contains("secret")) && diagnostics.has_error());
    }

    #[test]
    fn each_hints_at_first_invalid_element() {
        let names =
            each(string_matching("be a name", |text| text == "blue").or_hint(|text| Some(format!("Not {text}?"))));
        let found = findings(&names, &Value::List(vec!["blue".into(), "bleu".into(), "x".into()]));
        let detail = &found.iter().next().expect("a finding").detail;
        assert!(detail.ends_with("got: \"bleu\". Not bleu?"), "{detail}");
    }

    #[test]
    fn diagnostic_shows_first_invalid_element_or_key() {
        let map = Value::Map([("fine".to_owned(), "ok".into()), ("k".to_owned(), "toolong".into())].into());
        let set = Value::Set(vec!["ok".into(), "toolong".into()]);
        for (validator, value, expected) in [
            (
                each(length_between(1..=3)),
                set,
                "each element of size must be between 1 and 3 characters, got: \"toolong\".",
            ),
            (
                each(length_between(1..=3)),
                map.clone(),
                "each value of size must be between 1 and 3 characters, got: \"toolong\" for key \"k\".",
            ),
            (each_key(length_between(2..=9)), map, "each key of size must be between 2 and 9 characters, got: \"k\"."),
        ] {
            let found = findings(&validator, &value);
            assert_eq!(found.iter().next().expect("a finding").detail, expected);
        }
    }

    #[test]
    fn diagnostic_shows_counts_quotes_and_fractions() {
        let half: crate::number::Number = "1.5".parse().expect("a number");
        for (validator, value, expected) in [
            (one_of(&["a", "b"]), Value::from("c"), "size must be one of \"a\", \"b\", got: \"c\"."),
            (size_between(2..=3), Value::List(vec!["a".into()]), "size must contain between 2 and 3 elements, got: 1."),
            (
                between(1..=3),
                Value::Number(half),
                "size must be between 1 and 3, got: 1.5. Fractions are not supported.",
            ),
        ] {
            let found = findings(&validator, &value);
            assert_eq!(found.iter().next().expect("a finding").detail, expected);
        }
    }

    #[test]
    fn describes_limits() {
        for (validator, sentence) in [
            (length_between(0..=9), "Must be at most 9 characters."),
            (length_between(1..=9), "Must be between 1 and 9 characters."),
            (length_between(1..=usize::MAX), "Must not be empty."),
            (length_between(2..=usize::MAX), "Must be at least 2 characters."),
            (size_between(1..=usize::MAX), "Must not be empty."),
            (size_between(2..=usize::MAX), "Must contain at least 2 elements."),
            (size_between(0..=9), "Must contain at most 9 elements."),
            (each(between(0..=i64::MAX)), "Each element must be at least 0."),
            (each_key(length_between(1..=9)), "Each key must be between 1 and 9 characters."),
        ] {
            assert_eq!(validator.sentence(false).as_deref(), Some(sentence));
        }
        let of_map = each(length_between(1..=9)).sentence(true);
        assert_eq!(of_map.as_deref(), Some("Each value must be between 1 and 9 characters."));
    }

    #[test]
    fn describes_allowed_values() {
        for (validator, sentence) in [
            (one_of(&["a"]), Some("Must be `a`.")),
            (one_of(&["a", "b"]), Some("Valid values: `a` or `b`.")),
            (one_of(&["a", "b", "c"]), Some("Valid values: `a`, `b`, and `c`.")),
            (each(one_of(&["a", "b"])), Some("Valid element values: `a` or `b`.")),
            (each_key(one_of(&["a", "b"])), Some("Valid keys: `a` or `b`.")),
            (one_of(&["a", "b"]).documented(), None),
            (each(one_of(&["a", "b"]).documented()), None),
        ] {
            assert_eq!(validator.sentence(false).as_deref(), sentence);
        }
    }

    #[test]
    fn elements_and_keys_are_checked() {
        let map = Value::Map([("k".to_owned(), Value::from("toolong"))].into());
        assert!(findings(&each(length_between(1..=3)), &map).has_error());
        assert!(findings(&each_key(length_between(1..=3)), &map).is_empty());
        assert!(findings(&size_between(2..=3), &map).has_error());
    }
}
