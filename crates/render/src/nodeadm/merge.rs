//! Merges documents like nodeadm: later documents take precedence, with a rule for each type of field.

use serde_json::{Map as JsonMap, Value as Json};

use super::schema::{self, Shape};
use super::toml;
use crate::node::Family;

/// Merges valid documents in order. Fields without a value are omitted.
#[must_use]
pub fn merge(documents: &[Json], family: Family) -> Json {
    let shape = schema::shape(family);
    let merged = documents.iter().fold(Json::Null, |merged, document| combine(shape, merged, document));
    tidy(shape, merged).unwrap_or(Json::Null)
}

/// Merges the second value into the first. Null is an unset field.
fn combine(shape: Shape, first: Json, second: &Json) -> Json {
    if second.is_null() {
        return first;
    }
    match shape {
        Shape::Object(known) => {
            let mut members = object(first);
            for (name, shape) in known {
                if let Some(given) = second.get(*name) {
                    let old = members.remove(*name).unwrap_or(Json::Null);
                    members.insert((*name).to_owned(), combine(*shape, old, given));
                }
            }
            // Fields of a newer nodeadm, whose own rules are unknown.
            let is_known = |name: &str| known.iter().any(|(known, _)| *known == name);
            for (name, given) in object(second.clone()).into_iter().filter(|(name, _)| !is_known(name)) {
                let old = members.remove(&name).unwrap_or(Json::Null);
                members.insert(name, deep(old, &given));
            }
            Json::Object(members)
        }
        Shape::Flags(_) => {
            let mut flags = list(first);
            flags.extend(second.as_array().into_iter().flatten().cloned());
            Json::Array(flags)
        }
        Shape::List(_) if second.as_array().is_some_and(Vec::is_empty) => first,
        Shape::Bool if second == &Json::Bool(false) && !first.is_null() => first,
        Shape::Toml => match (first.as_str().unwrap_or_default(), second.as_str().unwrap_or_default()) {
            ("", _) => second.clone(),
            (_, "") => first,
            // The schema has parsed both.
            (old, new) => toml::merge(old, new).map_or_else(|_| second.clone(), Json::String),
        },
        _ if shape.is_text() && second == "" => first,
        Shape::Map(_) | Shape::Gates => {
            let mut members = object(first);
            members.extend(object(second.clone()));
            Json::Object(members)
        }
        Shape::Environment | Shape::Kubelet | Shape::Document => deep(first, second),
        _ => second.clone(),
    }
}

/// Objects are merged at every depth; everything else is replaced, also by null.
pub(super) fn deep(first: Json, second: &Json) -> Json {
    match (first, second) {
        (Json::Object(mut members), Json::Object(given)) => {
            for (name, value) in given {
                let old = members.remove(name).unwrap_or(Json::Null);
                members.insert(name.clone(), deep(old, value));
            }
            Json::Object(members)
        }
        _ => second.clone(),
    }
}

/// Returns the value without fields that have no value, or `None` if nothing remains.
fn tidy(shape: Shape, value: Json) -> Option<Json> {
    let is_empty = match &value {
        Json::Null => true,
        Json::String(text) => text.is_empty(),
        Json::Array(elements) => elements.is_empty(),
        Json::Object(members) => members.is_empty(),
        Json::Bool(_) | Json::Number(_) => false,
    };
    let (Shape::Object(known), Json::Object(mut members)) = (shape, value.clone()) else {
        return (!is_empty).then_some(value);
    };
    let mut kept = JsonMap::new();
    for (name, shape) in known {
        if let Some(value) = members.remove(*name).and_then(|value| tidy(*shape, value)) {
            kept.insert((*name).to_owned(), value);
        }
    }
    kept.extend(members);
    (!kept.is_empty()).then_some(Json::Object(kept))
}

fn object(value: Json) -> JsonMap<String, Json> {
    if let Json::Object(members) = value { members } else { JsonMap::new() }
}

fn list(value: Json) -> Vec<Json> {
    if let Json::Array(elements) = value { elements } else { Vec::new() }
}

#[cfg(test)]
#[path = "merge_tests.rs"]
mod tests;
