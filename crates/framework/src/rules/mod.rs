//! The rules of Terraform core, checked before a response is sent, so that a violation results in a clear message with
//! the attribute instead of "provider produced invalid plan".

mod applied;
mod planned;

pub use applied::applied;
#[cfg(any(test, feature = "testing"))]
pub use applied::consistent;
pub use planned::{opened, planned};

use super::diagnostics::{Diagnostic, Diagnostics};
use super::identity::IdentitySchema;
use super::list::ListedValue;
use super::path::Path;
use super::schema::{Block, Shape};
use super::value::Value;

/// The violation of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleViolation {
    pub path: Path,
    pub rule: String,
}

impl RuleViolation {
    pub(crate) fn new(path: &Path, rule: impl Into<String>) -> Self {
        Self { path: path.clone(), rule: rule.into() }
    }
}

/// Returns the violations of Terraform core and SDK rules in the identity of a stored object.
pub(crate) fn identified(schema: Option<&IdentitySchema>, identity: Option<&Value>) -> Vec<RuleViolation> {
    match (schema, identity) {
        (Some(_), None | Some(Value::Null)) => vec![RuleViolation::new(&Path::root(), "the object has no identity")],
        (Some(_), Some(identity)) => left_unknown(identity, "the identity is still unknown"),
        (None, _) => Vec::new(),
    }
}

/// Returns the violations of Terraform core rules in a listed object.
pub(crate) fn listed(listed: &ListedValue, with_object: bool) -> Vec<RuleViolation> {
    let mut breaches = Vec::new();
    let mut note = |broken: bool, rule: &str| {
        if broken {
            breaches.push(RuleViolation::new(&Path::root(), rule));
        }
    };
    note(listed.identity.is_null() || !listed.identity.is_wholly_known(), "a listed object has no known identity");
    note(listed.display_name.is_empty(), "a listed object has no display name");
    let missing = listed.object.as_ref().is_none_or(Value::is_null);
    note(with_object && missing, "a listed object was requested in full but is missing");
    if let Some(object) = &listed.object {
        breaches.extend(left_unknown(object, "the value is still unknown"));
    }
    breaches
}

/// Converts violations to errors that identify the provider as the cause. Values are not shown, because they may be
/// sensitive.
pub(crate) fn report(type_name: &str, verb: &str, breaches: Vec<RuleViolation>) -> Diagnostics {
    breaches
        .into_iter()
        .map(|RuleViolation { path, rule }| {
            let diagnostic = Diagnostic::error(
                format!("Bug in the provider: inconsistent {verb}"),
                format!(
                    "{type_name}: {}{rule}. This is a bug in the provider, not in the configuration. Report it, and \
                     include the configuration and this message.",
                    path.as_prefix()
                ),
            );
            if path.addressable().is_root() { diagnostic } else { diagnostic.at(path.addressable()) }
        })
        .collect()
}

/// Replaces every remaining unknown value by null, as Terraform core does.
pub(crate) fn null_unknowns(value: &Value) -> Value {
    match value {
        Value::Unknown(_) => Value::Null,
        Value::List(elements) => Value::List(elements.iter().map(null_unknowns).collect()),
        Value::Set(elements) => Value::set(elements.iter().map(null_unknowns).collect()),
        Value::Tuple(elements) => Value::Tuple(elements.iter().map(null_unknowns).collect()),
        Value::Map(members) => {
            Value::Map(members.iter().map(|(key, value)| (key.clone(), null_unknowns(value))).collect())
        }
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, value)| (name.clone(), null_unknowns(value))).collect())
        }
        Value::Dynamic(pair) => Value::Dynamic(Box::new((pair.0.clone(), null_unknowns(&pair.1)))),
        known => known.clone(),
    }
}

/// Returns the object without unknown and write-only values. Terraform core would refuse to store them and would lose
/// the whole object.
pub(crate) fn storable(block: &Block, value: &Value) -> Value {
    null_unknowns(&without_write_only(block, value))
}

fn without_write_only(block: &Block, value: &Value) -> Value {
    let Value::Object(members) = value else { return value.clone() };
    let mut members = members.clone();
    for attribute in &block.attributes {
        let Some(value) = members.get_mut(&attribute.name) else { continue };
        if attribute.write_only {
            *value = Value::Null;
        } else if let Shape::Nested(nested) = &attribute.shape {
            let inside = Block { attributes: nested.attributes.clone(), ..Block::default() };
            *value = value.map_objects(&|object| without_write_only(&inside, object));
        }
    }
    for nested in &block.blocks {
        if let Some(value) = members.get_mut(&nested.name) {
            *value = value.map_objects(&|object| without_write_only(&nested.block, object));
        }
    }
    Value::Object(members)
}

/// Returns a violation for every unknown value.
pub(crate) fn left_unknown(value: &Value, rule: &str) -> Vec<RuleViolation> {
    let mut left = Vec::new();
    unknowns(value, &Path::root(), &mut left);
    left.iter().map(|path| RuleViolation::new(path, rule)).collect()
}

/// Returns the paths of all unknown values.
fn unknowns(value: &Value, path: &Path, found: &mut Vec<Path>) {
    match value {
        Value::Unknown(_) => found.push(path.clone()),
        Value::List(elements) | Value::Tuple(elements) => {
            elements.iter().enumerate().for_each(|(index, element)| unknowns(element, &path.index(index), found));
        }
        Value::Set(elements) => {
            elements.iter().for_each(|element| unknowns(element, &path.element(element.clone()), found));
        }
        Value::Map(members) => members.iter().for_each(|(key, value)| unknowns(value, &path.key(key), found)),
        Value::Object(members) => members.iter().for_each(|(name, value)| unknowns(value, &path.then(name), found)),
        Value::Dynamic(pair) => unknowns(&pair.1, path, found),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests;
