//! What conversions of another provider's state have in common.

use serde_json::{Map, Value as Json};

use super::diagnostics::{Diagnostic, Diagnostics};

/// The attributes of a state of schema version 0 of the type.
///
/// # Errors
/// When it is none; the user is told to import by an id of this form.
pub fn source(version: i64, state: Json, type_name: &str, id: &str) -> Result<Map<String, Json>, Diagnostics> {
    let reason = match state {
        Json::Object(source) if version == 0 => return Ok(source),
        Json::Object(_) => format!("Its schema version is {version}; this provider knows version 0."),
        _ => "The state is not an object.".to_owned(),
    };
    let detail = format!(
        "{reason} Import the object instead: an import block with id = \"{id}\", and a removed block for the old resource."
    );
    Err(Diagnostic::error(format!("Cannot take over the state of {type_name}"), detail).into())
}

/// Removes a `timeouts` block in which nothing is given: the aws provider stores one where there is none.
pub fn clear_timeouts(source: &mut Map<String, Json>) {
    if source.get("timeouts").and_then(Json::as_object).is_some_and(|given| given.values().all(Json::is_null)) {
        source.remove("timeouts");
    }
}
