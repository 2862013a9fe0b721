//! Between the attributes of a model and the fields of an object: the names differ in spelling only.

use serde_json::{Map, Value as Json, json};

use framework::model::Model;
use framework::number::Number;
use framework::path::Path;
use framework::schema::{Attribute, Nesting, Shape};
use framework::types::Type;
use framework::value::Value;

/// The field of an attribute: `kms_key_id` is `kmsKeyID`, `associate_public_ip_address` is `associatePublicIPAddress`.
#[must_use]
pub fn field_name(attribute: &str) -> String {
    let mut words = attribute.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| name + &capitalised(word))
}

/// A word inside a name, with the initialisms that Kubernetes writes in capitals.
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

/// The fields of these attributes of a model, without those that are null; none while any of them is unknown.
pub fn fields_of<M: Model>(model: &M, attributes: &[&str]) -> Option<Json> {
    let value = model.to_value();
    let mut fields = Map::new();
    for name in attributes {
        match value.member(name) {
            None | Some(Value::Null) => {}
            Some(member) => {
                fields.insert(field_name(name), to_json(member)?);
            }
        }
    }
    Some(Json::Object(fields))
}

/// The same as far as the attributes are known. An unknown value is null, so that the indexes of lists stay.
pub fn known_fields_of<M: Model>(model: &M, attributes: &[&str]) -> Json {
    let value = model.to_value();
    let members = attributes.iter().filter_map(|name| {
        let member = value.member(name).filter(|member| !member.is_null())?;
        Some((field_name(name), json_of(member, &as_field, Some(&Json::Null))?))
    });
    Json::Object(members.collect())
}

/// A value as JSON: objects under the names of fields, without what is null, and maps under their own keys. None if
/// anything in it is unknown.
#[must_use]
pub fn to_json(value: &Value) -> Option<Json> {
    json_of(value, &as_field, None)
}

/// A model as a state holds it, for a move; none if anything in it is unknown.
pub fn to_state<M: Model>(model: &M) -> Option<Json> {
    json_of(&model.to_value(), &|name, _| Some(name.to_owned()), None)
}

fn as_field(name: &str, member: &Value) -> Option<String> {
    (!member.is_null()).then(|| field_name(name))
}

/// A value as JSON, with the members of objects under the names that `named` gives them, and with `unknown` for unknown
/// values.
fn json_of(value: &Value, named: &dyn Fn(&str, &Value) -> Option<String>, unknown: Option<&Json>) -> Option<Json> {
    let json_of = |value: &Value| json_of(value, named, unknown);
    Some(match value {
        Value::Null => Json::Null,
        Value::Unknown(_) => return unknown.cloned(),
        Value::Bool(value) => json!(value),
        Value::Number(number) => match number.to_i64() {
            Some(whole) => json!(whole),
            None => json!(number.to_f64()?),
        },
        Value::String(text) => json!(text),
        Value::List(elements) | Value::Set(elements) | Value::Tuple(elements) => {
            Json::Array(elements.iter().map(json_of).collect::<Option<_>>()?)
        }
        Value::Map(members) => {
            let given = members.iter().filter(|(_, member)| !member.is_null());
            Json::Object(given.map(|(key, member)| Some((key.clone(), json_of(member)?))).collect::<Option<_>>()?)
        }
        Value::Object(members) => {
            let named = members.iter().filter_map(|(name, member)| Some((named(name, member)?, member)));
            Json::Object(named.map(|(name, member)| Some((name, json_of(member)?))).collect::<Option<_>>()?)
        }
        Value::Dynamic(pair) => return json_of(&pair.1),
    })
}

/// The model with these attributes as the fields say it; a field that is not there is null.
///
/// What the model cannot hold, such as a word where it has a number, is null, too: the API server has checked the fields,
/// so that this is a definition newer than the model.
#[must_use]
pub fn with_fields<M: Model>(model: &M, attributes: &[&str], fields: &Json) -> M {
    let Value::Object(mut members) = model.to_value() else { return model.clone() };
    let block = M::block();
    for name in attributes {
        let Some(attribute) = block.attribute(name) else { continue };
        members.insert((*name).to_owned(), from_json(&fields[field_name(name)], &attribute.ty()));
    }
    M::from_value(&Value::Object(members), &Path::root()).unwrap_or_else(|_| model.clone())
}

/// JSON as a value of the type.
#[must_use]
pub fn from_json(json: &Json, ty: &Type) -> Value {
    match (ty, json) {
        (_, Json::Null) => Value::Null,
        (Type::Bool, Json::Bool(value)) => Value::Bool(*value),
        (Type::Number, Json::Number(number)) => number.to_string().parse::<Number>().map_or(Value::Null, Value::Number),
        (Type::String, Json::String(text)) => Value::string(text),
        // Some fields take a number or a string, such as quantities.
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

/// Of the live fields those that were declared, as they are now: members that were not declared belong to others, or are
/// defaults of the server. `owned` is the union of `fieldsV1` at this place; where it names a whole map, the map cannot be
/// shared and counts whole.
#[must_use]
pub fn declared(stored: &Json, live: &Json, owned: &Json) -> Json {
    match (stored, live) {
        // An empty object that the server fills with defaults looks as if it were owned as a whole.
        (Json::Object(stored), Json::Object(live)) if stored.is_empty() || !is_atomic(owned) => {
            let each = |(name, stored): (&String, &Json)| {
                let inside = match live.get(name) {
                    Some(live) => declared(stored, live, &owned[format!("f:{name}")]),
                    // The server does not keep what is empty.
                    None if is_empty(stored) => stored.clone(),
                    None => return None,
                };
                Some((name.clone(), inside))
            };
            Json::Object(stored.iter().filter_map(each).collect())
        }
        (Json::Array(stored), Json::Array(live)) if stored.len() == live.len() => {
            // What stands in a list has one owner, and no names of its own.
            let each = |(stored, live): (&Json, &Json)| declared(stored, live, &Json::Null);
            Json::Array(stored.iter().zip(live).map(each).collect())
        }
        _ => live.clone(),
    }
}

fn is_empty(json: &Json) -> bool {
    json.as_object().is_some_and(Map::is_empty) || json.as_array().is_some_and(Vec::is_empty)
}

/// Whether managers own this place only as a whole.
fn is_atomic(owned: &Json) -> bool {
    owned.as_object().is_some_and(Map::is_empty)
}

/// Of the live fields those that `owned`, a part of `fieldsV1`, names.
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

/// The attribute that a field of an answer means, such as `spec.amiSelectorTerms[0].alias` or `.spec.tags.team`: as far as
/// the model knows the names. `spec` and `metadata` themselves are the whole object.
pub fn attribute_of<M: Model>(field: &str) -> Path {
    let block = M::block();
    let mut path = Path::root();
    let mut inside = Inside::Attributes(&block.attributes);
    let mut tokens = tokens(field).into_iter();
    // The first one is `spec`, or `metadata` for labels and annotations.
    if !matches!(tokens.next().as_deref(), Some("spec" | "metadata")) {
        return path;
    }
    for token in tokens {
        let next = match inside {
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
    Attributes(&'s [Attribute]),
    Elements(&'s [Attribute]),
    Members,
    Values,
    Nothing,
}

impl<'s> Inside<'s> {
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

/// The names and indexes of a field. A key of a map may stand in brackets, and then hold dots.
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
