//! What a schema says beside the description, put into words: it is written once, and shown to users everywhere.

use crate::schema::{Attribute, NestedBlock, Replace};
use crate::validators::Validator;
use crate::value::Value;

/// The description of an attribute with what its validators, default, replacement and deprecation say.
#[must_use]
pub fn attribute(attribute: &Attribute) -> String {
    let mut facts: Vec<String> = attribute.validators.iter().map(must).collect();
    facts.extend(attribute.default.as_ref().and_then(literal).map(|value| format!("Defaults to `{value}`.")));
    facts.extend(replacement(attribute.replace));
    facts.extend(attribute.deprecation.as_deref().map(deprecation));
    with_facts(&attribute.description, &facts)
}

/// The description of a nested block with what its validators, replacement and deprecation say.
#[must_use]
pub fn block(nested: &NestedBlock) -> String {
    let mut facts: Vec<String> = nested.validators.iter().map(must).collect();
    facts.extend(replacement(nested.replace));
    facts.extend(nested.block.deprecation.as_deref().map(deprecation));
    with_facts(&nested.block.description, &facts)
}

/// Facts follow the first paragraph: what comes after it may be a list or a code block, which cannot be continued.
fn with_facts(description: &str, facts: &[String]) -> String {
    let (first, rest) = description.trim().split_once("\n\n").unwrap_or((description.trim(), ""));
    let lines = [first].into_iter().chain(facts.iter().map(String::as_str)).filter(|text| !text.is_empty());
    let first = lines.collect::<Vec<_>>().join(" ");
    if rest.is_empty() { first } else { format!("{first}\n\n{rest}") }
}

fn must(validator: &Validator) -> String {
    format!("Must {}.", validator.must())
}

fn replacement(replace: Replace) -> Option<String> {
    match replace {
        Replace::Never => None,
        Replace::Always => Some("Forces replacement.".to_owned()),
        Replace::IfConfigured => Some("Forces replacement if configured.".to_owned()),
    }
}

pub(super) fn deprecation(text: &str) -> String {
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("**Deprecated:** {text}{end}")
}

/// The value as it is written in configuration; none for what has no short form.
fn literal(value: &Value) -> Option<String> {
    let list = |elements: &[Value]| {
        let elements: Option<Vec<_>> = elements.iter().map(literal).collect();
        Some(format!("[{}]", elements?.join(", ")))
    };
    match value {
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(format!("{text:?}")),
        Value::List(elements) | Value::Set(elements) | Value::Tuple(elements) => list(elements),
        Value::Map(members) | Value::Object(members) if members.is_empty() => Some("{}".to_owned()),
        Value::Dynamic(inner) => literal(&inner.1),
        Value::Null | Value::Unknown(_) | Value::Map(_) | Value::Object(_) => None,
    }
}
