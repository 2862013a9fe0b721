//! Common parts of the conversions of another provider's state.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use super::diagnostics::{Diagnostic, Diagnostics};
use super::types::Type;

/// The fields of moved states that the user agrees to drop. Moves run before the provider is configured, so the consent
/// is in an environment variable.
#[derive(Debug, Clone, Default)]
pub struct MoveConsent {
    /// The environment variable for the consent.
    pub variable: &'static str,
    /// The fields, by their full path in the source state.
    pub fields: BTreeSet<String>,
}

/// For conversions that only drop empty fields.
#[must_use]
pub fn lost_nothing(_state: &Json) -> Vec<String> {
    Vec::new()
}

/// Returns the members of a converted state that the type does not have, by full path. Empty members are ignored.
#[must_use]
pub fn unknown_members(ty: &Type, state: &Json) -> Vec<String> {
    let mut found = Vec::new();
    collect_unknown(ty, state, "", &mut found);
    found
}

fn collect_unknown(ty: &Type, state: &Json, path: &str, found: &mut Vec<String>) {
    match (ty, state) {
        (Type::Object(members), Json::Object(stored)) => {
            for (name, member) in stored.iter().filter(|(_, member)| !is_nothing(member)) {
                let path = joined(path, name);
                match members.get(name) {
                    Some(ty) => collect_unknown(ty, member, &path, found),
                    None => found.push(path),
                }
            }
        }
        (Type::List(element) | Type::Set(element), Json::Array(stored)) => {
            for (index, each) in stored.iter().enumerate() {
                collect_unknown(element, each, &format!("{path}[{index}]"), found);
            }
        }
        (Type::Map(element), Json::Object(stored)) => {
            stored.iter().for_each(|(key, each)| collect_unknown(element, each, &joined(path, key), found));
        }
        _ => {}
    }
}

/// Returns the fields of a source state that are not kept, by full path. A missing field is listed without its members.
/// Elements of lists can be kept in any order.
#[must_use]
pub fn missing_fields(source: &Json, kept: &Json, path: &str) -> Vec<String> {
    match (source, kept) {
        (source, _) if is_nothing(source) => Vec::new(),
        (Json::Object(_), Json::Null) => vec![path.to_owned()],
        (Json::Object(source), Json::Object(kept)) => source
            .iter()
            .flat_map(|(name, member)| {
                missing_fields(member, kept.get(name).unwrap_or(&Json::Null), &joined(path, name))
            })
            .collect(),
        (Json::Array(source), Json::Array(kept)) => {
            let each = |(index, element): (usize, &Json)| {
                let path = format!("{path}[{index}]");
                if kept.iter().any(|kept| missing_fields(element, kept, &path).is_empty()) {
                    return Vec::new();
                }
                missing_fields(element, kept.get(index).unwrap_or(&Json::Null), &path)
            };
            source.iter().enumerate().flat_map(each).collect()
        }
        // The same value may be written as a number or as a string.
        (Json::Bool(_) | Json::Number(_) | Json::String(_), Json::Bool(_) | Json::Number(_) | Json::String(_)) => {
            Vec::new()
        }
        _ => vec![path.to_owned()],
    }
}

/// Returns the path of a member. Keys that contain dots are in brackets.
fn joined(path: &str, name: &str) -> String {
    match (path.is_empty(), name.contains(['.', '/'])) {
        (true, _) => name.to_owned(),
        (false, true) => format!("{path}[{name:?}]"),
        (false, false) => format!("{path}.{name}"),
    }
}

fn is_nothing(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::Array(elements) => elements.is_empty(),
        Json::Object(members) => members.values().all(is_nothing),
        Json::String(text) => text.is_empty(),
        Json::Bool(_) | Json::Number(_) => false,
    }
}

/// Returns the error for fields that a move would drop without the consent of the user.
#[must_use]
pub fn refused(source: &str, target: &str, fields: &[String], variable: &str) -> Diagnostic {
    let detail = format!(
        "{target} has no attributes for these fields of {source}. A move would drop them, and the next apply could \
         remove them from the object:\n{}\n\nDo one of the following:\n  - To keep the fields, import the object \
         instead: replace the moved block with an import block for {target} and a removed block with lifecycle {{ \
         destroy = false }} for {source}.\n  - Remove the fields from {source} and apply that change first.\n  - To \
         drop the fields with this move, set the environment variable {variable} for plan and apply:\n\n    \
         {variable}='{}'",
        listed(fields),
        fields.join(",")
    );
    Diagnostic::error("Moved state has fields that cannot be kept", detail)
}

/// Returns the warning for fields that a move drops with the consent of the user.
#[must_use]
pub fn dropped(source: &str, target: &str, fields: &[String]) -> Diagnostic {
    let detail =
        format!("{target} has no attributes for these fields of {source}, so the move drops them:\n{}", listed(fields));
    Diagnostic::warning("Move drops fields from state", detail)
}

/// Returns the warning for fields of the state without an attribute that the object keeps, because an update only sends
/// planned differences.
#[must_use]
pub fn left_unmanaged(source: &str, target: &str, fields: &[String]) -> Diagnostic {
    let detail = format!(
        "{target} has no attributes for these fields of {source}. The object keeps them, but after the move Terraform \
         no longer manages them:\n{}",
        listed(fields)
    );
    Diagnostic::warning("Move leaves fields unmanaged", detail)
}

fn listed(fields: &[String]) -> String {
    fields.iter().map(|field| format!("  - {field}")).collect::<Vec<_>>().join("\n")
}

/// Returns the attributes of a state with schema version 0.
///
/// # Errors
/// Returns an error if the state is not one. The error explains how to import by an ID in this format.
pub fn source(version: i64, state: Json, type_name: &str, id: &str) -> Result<Map<String, Json>, Diagnostics> {
    let reason = match state {
        Json::Object(source) if version == 0 => return Ok(source),
        Json::Object(_) => format!("The state has schema version {version}, but only version 0 is supported."),
        _ => "The state is not an object.".to_owned(),
    };
    let detail = format!(
        "{reason} Import the object instead: use an import block with id = \"{id}\", and a removed block for the old \
         resource."
    );
    Err(Diagnostic::error(format!("Unable to move state from {type_name}"), detail).into())
}

/// Removes an empty `timeouts` block, which the AWS provider stores if the block is not configured.
pub fn clear_timeouts(source: &mut Map<String, Json>) {
    if source.get("timeouts").and_then(Json::as_object).is_some_and(|given| given.values().all(Json::is_null)) {
        source.remove("timeouts");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn missing_fields_are_named_by_their_full_path() {
        let source = json!({
            "kept": 1, "amount": "1000", "gone": {"inner": true}, "nothing": {"inner": null}, "empty": "",
            "map": {"a.b/c": "x", "d": "y"},
            "list": [{"id": 2, "new": 1}, {"id": 1}],
        });
        let kept = json!({"kept": 1, "amount": 1000, "map": {"d": "y"}, "list": [{"id": 1}, {"id": 2}]});
        let found = missing_fields(&source, &kept, "spec");
        assert_eq!(found, ["spec.gone", "spec.list[0].new", "spec.map[\"a.b/c\"]"]);
        assert!(missing_fields(&source, &source, "spec").is_empty());
    }

    #[test]
    fn members_outside_the_type_are_found() {
        let block = Type::List(Box::new(Type::object([("id", Type::String)])));
        let ty = Type::object([("name", Type::String), ("block", block), ("tags", Type::Map(Box::new(Type::String)))]);
        let state = json!({
            "name": "a", "tags": {"any": "key"}, "block": [{"id": "1"}, {"id": "2", "newer": true}], "future": {"a": 1},
            "null": null, "none": [], "unset": {"a": null},
        });
        assert_eq!(unknown_members(&ty, &state), ["block[1].newer", "future"]);
    }
}
