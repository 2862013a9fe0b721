//! Converts between the attributes of a model and the fields of an object. Their names differ only in spelling.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

use super::free_form;
use framework::model::Model;
use framework::number::Number;
use framework::path::Path;
use framework::schema::{Attribute, Block, NestedBlock, Nesting, Shape};
use framework::types::Type;
use framework::value::Value;

/// Returns the field of an attribute: `kms_key_id` is `kmsKeyID`, `associate_public_ip_address` is
/// `associatePublicIPAddress`.
#[must_use]
pub fn field_name(attribute: &str) -> String {
    let mut words = attribute.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| name + &capitalised(word))
}

/// Capitalizes a word inside a name. Initialisms are uppercase, as in Kubernetes.
fn capitalised(word: &str) -> String {
    match word {
        "id" | "ip" | "dns" | "gc" | "cfs" => word.to_uppercase(),
        "ipv4" => "IPv4".to_owned(),
        "ipv6" => "IPv6".to_owned(),
        _ => {
            let mut rest = word.chars();
            rest.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(rest).collect()
        }
    }
}

/// Returns the field of repeated blocks, which have a singular name: `subnet_selector_term` is `subnetSelectorTerms`.
#[must_use]
pub fn list_field_name(block: &str) -> String {
    format!("{}s", field_name(block))
}

fn block_field_name(nested: &NestedBlock) -> String {
    match nested.nesting {
        Nesting::List | Nesting::Set => list_field_name(&nested.name),
        Nesting::Single | Nesting::Group | Nesting::Map => field_name(&nested.name),
    }
}

/// Returns the fields of these attributes and nested blocks of a model, without null attributes and missing blocks.
/// Returns `None` if any of them is unknown.
pub fn fields_of<M: Model>(model: &M, names: &[&str]) -> Option<Json> {
    block_fields(&M::block(), &model.to_value(), Unknown::Spreads, |name| names.contains(&name))
}

/// Returns the names of the fields of these arguments and of everything nested in them.
#[must_use]
pub fn field_names<M: Model>(names: &[&str]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect_names(&M::block(), &|name| names.contains(&name), &mut found);
    found
}

fn collect_names(block: &Block, is_wanted: &dyn Fn(&str) -> bool, found: &mut BTreeSet<String>) {
    let attributes = block.attributes.iter().filter(|attribute| is_wanted(&attribute.name));
    found.extend(attributes.map(|attribute| field_name(&attribute.name)));
    for nested in block.blocks.iter().filter(|nested| is_wanted(&nested.name)) {
        found.insert(block_field_name(nested));
        collect_names(&nested.block, &|_| true, found);
    }
}

fn block_fields(block: &Block, value: &Value, unknown: Unknown, is_wanted: impl Fn(&str) -> bool) -> Option<Json> {
    let mut fields = Map::new();
    for attribute in block.attributes.iter().filter(|attribute| is_wanted(&attribute.name)) {
        match value.member(&attribute.name) {
            None | Some(Value::Null) => {}
            Some(member) => {
                fields.insert(field_name(&attribute.name), json_of(member, Purpose::Fields(unknown))?);
            }
        }
    }
    for nested in block.blocks.iter().filter(|nested| is_wanted(&nested.name)) {
        match value.member(&nested.name) {
            None | Some(Value::Null) => {}
            Some(Value::List(elements) | Value::Set(elements)) if elements.is_empty() => {}
            Some(member) => {
                fields.insert(block_field_name(nested), nested_fields(nested, member, unknown)?);
            }
        }
    }
    Some(Json::Object(fields))
}

/// Returns the same fields as far as the values are known. An unknown value becomes null, so that its field is present
/// and the indexes of lists do not change.
pub fn known_fields_of<M: Model>(model: &M, names: &[&str]) -> Json {
    block_fields(&M::block(), &model.to_value(), Unknown::IsNull, |name| names.contains(&name)).unwrap_or_default()
}

/// How unknown values are converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unknown {
    /// The result is unknown.
    Spreads,
    /// Unknown values become null.
    IsNull,
}

fn nested_fields(nested: &NestedBlock, value: &Value, unknown: Unknown) -> Option<Json> {
    match value {
        Value::Unknown(_) => (unknown == Unknown::IsNull).then_some(Json::Null),
        Value::List(elements) | Value::Set(elements) => {
            let each = elements.iter().map(|element| block_fields(&nested.block, element, unknown, |_| true));
            each.collect::<Option<_>>().map(Json::Array)
        }
        object => block_fields(&nested.block, object, unknown, |_| true),
    }
}

/// Converts a value to JSON. Objects have field names and no null members, maps keep their keys. Returns `None` if any
/// nested value is unknown.
#[must_use]
pub fn to_json(value: &Value) -> Option<Json> {
    json_of(value, Purpose::Fields(Unknown::Spreads))
}

/// Converts a model to the JSON of a state, for a move. Returns `None` if any value is unknown.
pub fn to_state<M: Model>(model: &M) -> Option<Json> {
    json_of(&model.to_value(), Purpose::State)
}

/// Reads a model from the JSON that [`to_state`] writes. A missing member is null, or no block. Returns `None` if a
/// member has another type.
#[must_use]
pub fn from_state<M: Model>(state: &Json) -> Option<M> {
    M::from_value(&block_from_state(&M::block(), state), &Path::root()).ok()
}

fn block_from_state(block: &Block, state: &Json) -> Value {
    let attributes = block.attributes.iter().map(|attribute| {
        let member = &state[attribute.name.as_str()];
        let value = match (&attribute.ty(), member.get("value")) {
            (Type::Dynamic, Some(value)) => free_form::from_json(value),
            (ty, _) => state_value(member, ty),
        };
        (attribute.name.clone(), value)
    });
    let blocks = block.blocks.iter().map(|nested| {
        let inside = |state: &Json| block_from_state(&nested.block, state);
        let value = match (&state[nested.name.as_str()], nested.nesting) {
            (Json::Array(elements), Nesting::Set) => Value::set(elements.iter().map(inside).collect()),
            (Json::Array(elements), _) => Value::List(elements.iter().map(inside).collect()),
            (object @ Json::Object(_), Nesting::Single | Nesting::Group) => inside(object),
            _ => nested.empty(),
        };
        (nested.name.clone(), value)
    });
    Value::object(attributes.chain(blocks))
}

/// Reads a value as [`from_json`] does, with attribute names.
fn state_value(json: &Json, ty: &Type) -> Value {
    match (ty, json) {
        (Type::List(element), Json::Array(elements)) => {
            Value::List(elements.iter().map(|each| state_value(each, element)).collect())
        }
        (Type::Set(element), Json::Array(elements)) => {
            Value::set(elements.iter().map(|each| state_value(each, element)).collect())
        }
        (Type::Object(types), Json::Object(members)) => {
            Value::object(types.iter().map(|(name, ty)| {
                (name.clone(), members.get(name).map_or(Value::Null, |member| state_value(member, ty)))
            }))
        }
        _ => from_json(json, ty),
    }
}

/// The target of the JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// The API server: field names, and no null members.
    Fields(Unknown),
    /// A state: attribute names, and free-form values with their types.
    State,
}

fn json_of(value: &Value, purpose: Purpose) -> Option<Json> {
    let json_of = |value: &Value| json_of(value, purpose);
    Some(match value {
        Value::Unknown(_) if purpose == Purpose::Fields(Unknown::IsNull) => Json::Null,
        Value::List(elements) | Value::Set(elements) | Value::Tuple(elements) => {
            Json::Array(elements.iter().map(json_of).collect::<Option<_>>()?)
        }
        Value::Map(members) => {
            let given = members.iter().filter(|(_, member)| !member.is_null());
            Json::Object(given.map(|(key, member)| Some((key.clone(), json_of(member)?))).collect::<Option<_>>()?)
        }
        Value::Object(members) => {
            let wanted = members.iter().filter(|(_, member)| purpose == Purpose::State || !member.is_null());
            let name = |name: &str| if purpose == Purpose::State { name.to_owned() } else { field_name(name) };
            Json::Object(wanted.map(|(own, member)| Some((name(own), json_of(member)?))).collect::<Option<_>>()?)
        }
        Value::Dynamic(pair) if purpose == Purpose::State => {
            json!({"type": pair.0.to_json(), "value": free_form::to_json(&pair.1)?})
        }
        Value::Dynamic(pair) if purpose == Purpose::Fields(Unknown::IsNull) => free_form::known_part(&pair.1),
        // The members of a free-form value already have Kubernetes names.
        other => return free_form::to_json(other),
    })
}

/// Returns the model with these attributes and nested blocks set from the fields. A missing field is null, or no block.
///
/// Values that the model does not support, such as a string instead of a number, are null as well: the API server has
/// validated the fields, so the definition must be newer than the model.
#[must_use]
pub fn with_fields<M: Model>(model: &M, names: &[&str], fields: &Json) -> M {
    let Value::Object(mut members) = model.to_value() else { return model.clone() };
    let block = M::block();
    for attribute in block.attributes.iter().filter(|attribute| names.contains(&attribute.name.as_str())) {
        let field = &fields[field_name(&attribute.name)];
        members.insert(attribute.name.clone(), from_json(field, &attribute.ty()));
    }
    for nested in block.blocks.iter().filter(|nested| names.contains(&nested.name.as_str())) {
        members.insert(nested.name.clone(), nested_from_json(nested, &fields[block_field_name(nested)]));
    }
    M::from_value(&Value::Object(members), &Path::root()).unwrap_or_else(|_| model.clone())
}

fn nested_from_json(nested: &NestedBlock, json: &Json) -> Value {
    let block = |json: &Json| {
        let attributes =
            nested.block.attributes.iter().map(|attribute| {
                (attribute.name.clone(), from_json(&json[field_name(&attribute.name)], &attribute.ty()))
            });
        let blocks = nested
            .block
            .blocks
            .iter()
            .map(|inner| (inner.name.clone(), nested_from_json(inner, &json[block_field_name(inner)])));
        Value::object(attributes.chain(blocks))
    };
    match (nested.nesting, json) {
        (Nesting::Single | Nesting::Group, Json::Object(_)) => block(json),
        (Nesting::List, Json::Array(elements)) => Value::List(elements.iter().map(block).collect()),
        (Nesting::Set, Json::Array(elements)) => Value::set(elements.iter().map(block).collect()),
        _ => nested.empty(),
    }
}

/// Converts JSON to a value of the type.
#[must_use]
pub fn from_json(json: &Json, ty: &Type) -> Value {
    match (ty, json) {
        (_, Json::Null) => Value::Null,
        (Type::Dynamic, json) => free_form::from_json(json),
        (Type::Bool, Json::Bool(value)) => Value::Bool(*value),
        (Type::Number, Json::Number(number)) => number.to_string().parse::<Number>().map_or(Value::Null, Value::Number),
        (Type::String, Json::String(text)) => Value::string(text),
        // Some fields accept a number or a string, such as quantities.
        (Type::String, Json::Number(number)) => Value::string(number.to_string()),
        (Type::String, Json::Bool(value)) => Value::string(value.to_string()),
        (Type::List(element), Json::Array(elements)) => {
            Value::List(elements.iter().map(|each| from_json(each, element)).collect())
        }
        (Type::Set(element), Json::Array(elements)) => {
            Value::set(elements.iter().map(|each| from_json(each, element)).collect())
        }
        (Type::Map(element), Json::Object(members)) => {
            Value::Map(members.iter().map(|(key, each)| (key.clone(), from_json(each, element))).collect())
        }
        (Type::Object(types), Json::Object(members)) => Value::object(types.iter().map(|(name, ty)| {
            let member = members.get(&field_name(name)).map_or(Value::Null, |member| from_json(member, ty));
            (name.clone(), member)
        })),
        _ => Value::Null,
    }
}

/// Returns the current values of the declared fields of a live object. Undeclared members belong to other field
/// managers, or are defaults of the server. `owned` is the union of `fieldsV1` at this path. If it contains only the
/// map itself, the map cannot be shared and is compared as a whole.
#[must_use]
pub fn declared(stored: &Json, live: &Json, owned: &Json) -> Json {
    match (stored, live) {
        // An empty object that the server fills with defaults appears to be owned as a whole.
        (Json::Object(stored), Json::Object(live)) if stored.is_empty() || !is_atomic(owned) => {
            let each = |(name, stored): (&String, &Json)| {
                let inside = match live.get(name) {
                    Some(live) => declared(stored, live, &owned[format!("f:{name}")]),
                    // The server does not store empty values.
                    None if is_empty(stored) => stored.clone(),
                    None => return None,
                };
                Some((name.clone(), inside))
            };
            Json::Object(stored.iter().filter_map(each).collect())
        }
        (Json::Array(stored), Json::Array(live)) if stored.len() == live.len() => {
            // A list without keys has one owner, and its elements have no names in `fieldsV1`.
            let each = |(stored, live): (&Json, &Json)| declared(stored, live, &Json::Null);
            Json::Array(stored.iter().zip(live).map(each).collect())
        }
        _ => live.clone(),
    }
}

fn is_empty(json: &Json) -> bool {
    json.as_object().is_some_and(Map::is_empty) || json.as_array().is_some_and(Vec::is_empty)
}

/// Whether field managers can own this path only as a whole.
fn is_atomic(owned: &Json) -> bool {
    owned.as_object().is_some_and(Map::is_empty)
}

/// Returns the live fields that `owned`, a part of `fieldsV1`, contains.
#[must_use]
pub fn named(live: &Json, owned: &Json) -> Json {
    match (live, owned) {
        (Json::Object(live), Json::Object(names)) if !names.is_empty() => {
            let each =
                |(name, live): (&String, &Json)| Some((name.clone(), named(live, names.get(&format!("f:{name}"))?)));
            Json::Object(live.iter().filter_map(each).collect())
        }
        _ => live.clone(),
    }
}

/// Returns the attribute of a field in a response, such as `spec.amiSelectorTerms[0].alias` or `.spec.tags.team`, as
/// far as the model has the names. `spec` and `metadata` themselves mean the whole object.
pub fn attribute_of<M: Model>(field: &str) -> Path {
    let block = M::block();
    let mut path = Path::root();
    let mut inside = Inside::Block(&block);
    let mut tokens = tokens(field).into_iter();
    // The first name is `spec`, or `metadata` for labels and annotations.
    if !matches!(tokens.next().as_deref(), Some("spec" | "metadata")) {
        return path;
    }
    for token in tokens {
        let next = match inside {
            Inside::Block(block) => {
                let attribute = block.attributes.iter().find(|attribute| field_name(&attribute.name) == token);
                let nested = block.blocks.iter().find(|nested| block_field_name(nested) == token);
                match (attribute, nested) {
                    (Some(attribute), _) => {
                        path = path.then(&attribute.name);
                        Some(Inside::of(&attribute.shape))
                    }
                    (None, Some(nested)) => {
                        path = path.then(&nested.name);
                        Some(Inside::of_block(nested))
                    }
                    (None, None) => None,
                }
            }
            Inside::Attributes(attributes) => {
                attributes.iter().find(|attribute| field_name(&attribute.name) == token).map(|attribute| {
                    path = path.then(&attribute.name);
                    Inside::of(&attribute.shape)
                })
            }
            Inside::Elements(attributes) => token.parse().ok().map(|index| {
                path = path.index(index);
                Inside::Attributes(attributes)
            }),
            Inside::Blocks(block) => token.parse().ok().map(|index| {
                path = path.index(index);
                Inside::Block(block)
            }),
            Inside::Members => {
                path = path.key(token);
                None
            }
            Inside::Values => token.parse().ok().map(|index| {
                path = path.index(index);
                Inside::Values
            }),
            Inside::Nothing => None,
        };
        let Some(next) = next else { break };
        inside = next;
    }
    path
}

enum Inside<'s> {
    Block(&'s Block),
    Blocks(&'s Block),
    Attributes(&'s [Attribute]),
    Elements(&'s [Attribute]),
    Members,
    Values,
    Nothing,
}

impl<'s> Inside<'s> {
    fn of_block(nested: &'s NestedBlock) -> Self {
        match nested.nesting {
            Nesting::Single | Nesting::Group => Self::Block(&nested.block),
            Nesting::List => Self::Blocks(&nested.block),
            Nesting::Set | Nesting::Map => Self::Nothing,
        }
    }

    fn of(shape: &'s Shape) -> Self {
        match shape {
            Shape::Nested(nested) => match nested.nesting {
                Nesting::Single | Nesting::Group => Self::Attributes(&nested.attributes),
                Nesting::List => Self::Elements(&nested.attributes),
                Nesting::Map => Self::Members,
                Nesting::Set => Self::Nothing,
            },
            Shape::Type(Type::List(_)) => Self::Values,
            Shape::Type(Type::Map(_)) => Self::Members,
            Shape::Type(_) => Self::Nothing,
        }
    }
}

/// Splits a field path into names and indexes. A map key can be in brackets and can then contain dots.
fn tokens(field: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = field;
    while !rest.is_empty() {
        rest = rest.trim_start_matches('.');
        if let Some(inside) = rest.strip_prefix('[') {
            let (token, after) = inside.split_once(']').unwrap_or((inside, ""));
            found.push(token.trim_matches('"').to_owned());
            rest = after;
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            let (token, after) = rest.split_at(end);
            if !token.is_empty() {
                found.push(token.to_owned());
            }
            rest = after;
        }
    }
    found
}

#[cfg(test)]
#[path = "fields_tests.rs"]
mod tests;
