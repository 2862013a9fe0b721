//! Sentences about constraints, defaults, and replacement, generated from the schema and appended to descriptions.

use crate::schema::{Attribute, NestedBlock, Nesting, Replace, Shape};
use crate::types::Type;
use crate::value::Value;

/// Returns the description of an attribute, followed by its constraints, default, replacement, and deprecation.
#[must_use]
pub fn attribute(attribute: &Attribute) -> String {
    let is_map = match &attribute.shape {
        Shape::Type(ty) => matches!(ty, Type::Map(_)),
        Shape::Nested(nested) => nested.nesting == Nesting::Map,
    };
    let sentences = attribute.validators.iter().filter_map(|validator| validator.sentence(is_map));
    let mut facts: Vec<String> = sentences.collect();
    facts.extend(attribute.default.as_ref().and_then(default).map(|value| format!("Defaults to `{value}`.")));
    facts.extend(replacement(attribute.replace));
    facts.extend(attribute.deprecation.as_deref().map(deprecation));
    with_facts(&attribute.description, &facts)
}

/// Returns the description of a nested block, followed by its constraints, replacement, and deprecation.
#[must_use]
pub fn block(nested: &NestedBlock) -> String {
    let is_map = nested.nesting == Nesting::Map;
    let sentences = nested.validators.iter().filter_map(|validator| validator.sentence(is_map));
    let mut facts: Vec<String> = sentences.collect();
    facts.extend(replacement(nested.replace));
    facts.extend(nested.block.deprecation.as_deref().map(deprecation));
    with_facts(&nested.block.description, &facts)
}

/// Appends the facts to the first paragraph, because text cannot be appended to a list or code block that follows it.
fn with_facts(description: &str, facts: &[String]) -> String {
    let (first, rest) = description.trim().split_once("\n\n").unwrap_or((description.trim(), ""));
    let lines = [first].into_iter().chain(facts.iter().map(String::as_str)).filter(|text| !text.is_empty());
    let first = lines.collect::<Vec<_>>().join(" ");
    if rest.is_empty() { first } else { format!("{first}\n\n{rest}") }
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

/// Returns the default for documentation. Strings have no quotes, in the same format as the valid values before it.
fn default(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        other => literal(other),
    }
}

/// Returns the value as in configuration, if it has a short form.
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
