//! What a configured value must be. A validator sees known values only; unknown ones are checked when they are known.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

use super::diagnostics::Diagnostics;
use super::path::Path;
use super::value::Value;

/// A check of one value. It answers what is wrong in words that finish the sentence "must …".
#[derive(Clone)]
pub struct Validator {
    must: String,
    holds: Arc<dyn Fn(&Value) -> bool + Send + Sync>,
    hint: Hint,
    found: fn(&Validator, &Value) -> String,
    /// What each element or key must be.
    part: Option<Arc<Validator>>,
}

/// What may have been meant by a value for which a check does not hold.
type Hint = Arc<dyn Fn(&Value) -> Option<String> + Send + Sync>;

impl fmt::Debug for Validator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "must {}", self.must)
    }
}

impl Validator {
    /// A check in the words that finish "must …", e.g. `be a role ARN`.
    pub fn new(must: impl Into<String>, holds: impl Fn(&Value) -> bool + Send + Sync + 'static) -> Self {
        let found = |_: &Self, value: &Value| show(value);
        Self { must: must.into(), holds: Arc::new(holds), hint: Arc::new(|_| None), found, part: None }
    }

    /// The same with a sentence for a text for which it does not hold, e.g. of what is probably meant.
    #[must_use]
    pub fn or_hint(mut self, hint: fn(&str) -> Option<String>) -> Self {
        self.hint = Arc::new(move |value| value.as_str().and_then(hint));
        self
    }

    /// What a value must be, for the documentation.
    #[must_use]
    pub fn must(&self) -> &str {
        &self.must
    }

    /// Reports a known value for which the check does not hold.
    pub fn check(&self, value: &Value, path: &Path, sensitive: bool, diagnostics: &mut Diagnostics) {
        if value.is_null() || !value.is_wholly_known() || (self.holds)(value) {
            return;
        }
        let found = if sensitive { "the given value (sensitive)".to_owned() } else { (self.found)(self, value) };
        let hint = (self.hint)(value).filter(|_| !sensitive).map(|hint| format!(" {hint}")).unwrap_or_default();
        diagnostics.error_at(
            path.addressable(),
            format!("Invalid value for {path}"),
            format!("{path} must {}; got {found}.{hint}", self.must),
        );
    }
}

/// The value as a user would write it, cut to a readable length.
fn show(value: &Value) -> String {
    match value {
        Value::String(text) if text.chars().count() > 120 => {
            format!("{:?}…", text.chars().take(120).collect::<String>())
        }
        Value::String(text) => format!("{text:?}"),
        Value::Number(number) => number.to_string(),
        Value::Bool(value) => value.to_string(),
        Value::List(elements) | Value::Set(elements) => format!("{} elements", elements.len()),
        Value::Map(members) => format!("{} elements", members.len()),
        _ => "this value".to_owned(),
    }
}

fn text(value: &Value, holds: impl Fn(&str) -> bool) -> bool {
    value.as_str().is_some_and(holds)
}

/// One of these texts.
#[must_use]
pub fn one_of(allowed: &'static [&'static str]) -> Validator {
    let must = format!("be one of {}", allowed.iter().map(|text| format!("`{text}`")).collect::<Vec<_>>().join(", "));
    Validator::new(must, move |value| text(value, |text| allowed.contains(&text)))
}

/// A text of this many characters.
#[must_use]
pub fn length(range: RangeInclusive<usize>) -> Validator {
    let must = match (*range.start(), *range.end()) {
        (1, usize::MAX) => "not be empty".to_owned(),
        (start, usize::MAX) => format!("be at least {start} characters long"),
        (0, end) => format!("be at most {end} characters long"),
        (start, end) => format!("be {start} to {end} characters long"),
    };
    Validator::new(must, move |value| text(value, |text| range.contains(&text.chars().count())))
}

/// A whole number in this range.
#[must_use]
pub fn between(range: RangeInclusive<i64>) -> Validator {
    let must = if *range.end() == i64::MAX {
        format!("be a whole number of at least {}", range.start())
    } else {
        format!("be a whole number from {} to {}", range.start(), range.end())
    };
    Validator::new(
        must,
        move |value| matches!(value, Value::Number(number) if number.to_i64().is_some_and(|number| range.contains(&number))),
    )
}

/// This many elements.
#[must_use]
pub fn size(range: RangeInclusive<usize>) -> Validator {
    let must = match (*range.start(), *range.end()) {
        (1, usize::MAX) => "not be empty".to_owned(),
        (start, usize::MAX) => format!("have at least {start} elements"),
        (0, end) => format!("have at most {end} elements"),
        (start, end) => format!("have {start} to {end} elements"),
    };
    Validator::new(must, move |value| match value {
        Value::Map(members) => range.contains(&members.len()),
        other => other.elements().is_some_and(|elements| range.contains(&elements.len())),
    })
}

/// A text for which the function holds, described in words that finish "must …".
pub fn text_that(must: impl Into<String>, holds: fn(&str) -> bool) -> Validator {
    Validator::new(must, move |value| text(value, holds))
}

/// Every element of a list or set, and every value of a map, fulfils the check.
#[must_use]
pub fn each(element: Validator) -> Validator {
    let must = format!("have only elements of which each must {}", element.must);
    let (part, hint) = (element.clone(), element.clone());
    let holds = move |value: &Value| match value {
        Value::Map(members) => members.values().all(|value| value.is_null() || (element.holds)(value)),
        other => other
            .elements()
            .is_some_and(|elements| elements.iter().all(|value| value.is_null() || (element.holds)(value))),
    };
    let of_the_first = move |value: &Value| (hint.hint)(first_wrong(&hint, value)?.1);
    let found = |this: &Validator, value: &Value| {
        let first = this.part.as_deref().and_then(|part| first_wrong(part, value));
        match first {
            Some((Some(key), wrong)) => format!("{} for {key:?}", show(wrong)),
            Some((None, wrong)) => show(wrong),
            None => show(value),
        }
    };
    Validator { hint: Arc::new(of_the_first), found, part: Some(Arc::new(part)), ..Validator::new(must, holds) }
}

/// The first element for which a check does not hold, with its key in a map.
fn first_wrong<'v>(element: &Validator, value: &'v Value) -> Option<(Option<&'v str>, &'v Value)> {
    let is_wrong = |value: &Value| !value.is_null() && !(element.holds)(value);
    match value {
        Value::Map(members) => {
            members.iter().find(|(_, value)| is_wrong(value)).map(|(key, value)| (Some(key.as_str()), value))
        }
        other => other.elements()?.iter().find(|value| is_wrong(value)).map(|value| (None, value)),
    }
}

/// Every key of a map fulfils the check.
#[must_use]
pub fn each_key(key: Validator) -> Validator {
    let must = format!("have only keys of which each must {}", key.must);
    let holds = key.clone();
    let found = |this: &Validator, value: &Value| {
        let Value::Map(members) = value else { return show(value) };
        let is_wrong = |name: &&String| this.part.as_ref().is_some_and(|key| !(key.holds)(&Value::string(*name)));
        members.keys().find(is_wrong).map_or_else(|| show(value), |name| show(&Value::string(name)))
    };
    let validator = Validator::new(
        must,
        move |value| matches!(value, Value::Map(members) if members.keys().all(|name| (holds.holds)(&Value::string(name)))),
    );
    Validator { found, part: Some(Arc::new(key)), ..validator }
}

/// A duration in Go's syntax, e.g. `30s`, `1h30m`.
#[must_use]
pub fn go_duration() -> Validator {
    text_that("be a duration such as `30s`, `45m` or `1h30m`", |text| super::duration::parse(text).is_some())
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
    fn finding_names_the_attribute_what_is_allowed_and_what_was_found() {
        let found = findings(&between(1..=100), &Value::from(0));
        let message = found.iter().next().expect("a finding");
        assert_eq!(message.detail, "size must be a whole number from 1 to 100; got 0.");
        assert_eq!(message.path, Some(Path::attribute("size")));
    }

    #[test]
    fn null_and_unknown_are_left_alone() {
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
    fn what_is_meant_is_said_of_the_first_element_that_is_wrong() {
        let names = each(text_that("be a name", |text| text == "blue").or_hint(|text| Some(format!("Not {text}?"))));
        let found = findings(&names, &Value::List(vec!["blue".into(), "bleu".into(), "x".into()]));
        let detail = &found.iter().next().expect("a finding").detail;
        assert!(detail.ends_with("got \"bleu\". Not bleu?"), "{detail}");
    }

    #[test]
    fn the_first_element_or_key_that_is_wrong_is_shown() {
        let map = Value::Map([("fine".to_owned(), "ok".into()), ("k".to_owned(), "toolong".into())].into());
        for (validator, value, shown) in [
            (each(length(1..=3)), Value::Set(vec!["ok".into(), "toolong".into()]), "got \"toolong\"."),
            (each(length(1..=3)), map.clone(), "got \"toolong\" for \"k\"."),
            (each_key(length(2..=9)), map, "got \"k\"."),
        ] {
            let found = findings(&validator, &value);
            let detail = &found.iter().next().expect("a finding").detail;
            assert!(detail.ends_with(shown), "{detail}");
        }
    }

    #[test]
    fn limits_are_said_in_the_fewest_words() {
        for (validator, must) in [
            (length(0..=9), "be at most 9 characters long"),
            (length(1..=9), "be 1 to 9 characters long"),
            (length(1..=usize::MAX), "not be empty"),
            (length(2..=usize::MAX), "be at least 2 characters long"),
            (size(1..=usize::MAX), "not be empty"),
            (size(2..=usize::MAX), "have at least 2 elements"),
            (size(0..=9), "have at most 9 elements"),
            (each(between(0..=i64::MAX)), "have only elements of which each must be a whole number of at least 0"),
        ] {
            assert_eq!(validator.must(), must);
        }
    }

    #[test]
    fn elements_and_keys_are_checked() {
        let map = Value::Map([("k".to_owned(), Value::from("toolong"))].into());
        assert!(findings(&each(length(1..=3)), &map).has_error());
        assert!(findings(&each_key(length(1..=3)), &map).is_empty());
        assert!(findings(&size(2..=3), &map).has_error());
    }
}
