//! Free-form arguments: parts of an object with Kubernetes field names, for fields that no other argument sets.

use serde_json::{Map, Value as Json, json};

use framework::model::Attr;
use framework::number::Number;
use framework::types::Type;
use framework::value::Value;
use render::nearest;

/// Converts a free-form value to JSON. Members keep their names, and null members are omitted. Returns `None` if any
/// nested value is unknown.
#[must_use]
pub fn to_json(value: &Value) -> Option<Json> {
    Some(match value {
        Value::Null => Json::Null,
        Value::Unknown(_) => return None,
        Value::Bool(value) => json!(value),
        Value::Number(number) => match number.to_i64() {
            Some(whole) => json!(whole),
            None => json!(number.to_f64()?),
        },
        Value::String(text) => json!(text),
        Value::List(elements) | Value::Set(elements) | Value::Tuple(elements) => {
            Json::Array(elements.iter().map(to_json).collect::<Option<_>>()?)
        }
        Value::Map(members) | Value::Object(members) => {
            let given = members.iter().filter(|(_, member)| !member.is_null());
            Json::Object(given.map(|(key, member)| Some((key.clone(), to_json(member)?))).collect::<Option<_>>()?)
        }
        Value::Dynamic(pair) => return to_json(&pair.1),
    })
}

/// Converts a free-form value to JSON without its unknown parts.
#[must_use]
pub fn known_part(value: &Value) -> Json {
    match value {
        Value::Map(members) | Value::Object(members) => {
            let known = members.iter().filter(|(_, member)| !member.is_null() && !member.is_unknown());
            known.map(|(key, member)| (key.clone(), known_part(member))).collect()
        }
        Value::Dynamic(pair) => known_part(&pair.1),
        other => to_json(other).unwrap_or_default(),
    }
}

/// Returns the known fields of a free-form argument, or null if it has no known value.
#[must_use]
pub fn known_fields(argument: &Attr<Value>) -> Json {
    argument.known().map(known_part).unwrap_or_default()
}

/// Returns the value of a free-form argument for these fields: the stored value if it is equivalent, so that its types
/// are kept, and null without fields.
#[must_use]
pub fn argument(stored: &Attr<Value>, fields: &Json) -> Attr<Value> {
    match stored {
        Attr::Known(value) if to_json(value).is_some_and(|stored| is_same(&stored, fields)) => stored.clone(),
        _ if fields.as_object().is_none_or(Map::is_empty) => Attr::Null,
        _ => Attr::Known(from_json(fields)),
    }
}

/// Returns whether a free-form argument sets the field at this path. Returns `None` while the argument, the field, or an
/// object that contains it is unknown.
#[must_use]
pub fn sets(argument: &Attr<Value>, path: &[&str]) -> Option<bool> {
    match argument {
        Attr::Unknown => None,
        Attr::Null => Some(false),
        Attr::Known(value) => has(value, path),
    }
}

fn has(value: &Value, path: &[&str]) -> Option<bool> {
    match (value, path) {
        (Value::Dynamic(pair), _) => has(&pair.1, path),
        // It can become null, or an object without the field.
        (Value::Unknown(_), _) => None,
        (value, []) => Some(!value.is_null()),
        (Value::Map(members) | Value::Object(members), [name, rest @ ..]) => {
            members.get(*name).map_or(Some(false), |member| has(member, rest))
        }
        _ => Some(false),
    }
}

/// Whether two free-form values produce the same JSON.
#[must_use]
pub fn same_values(configured: &Value, stored: &Value) -> bool {
    match (to_json(configured), to_json(stored)) {
        (Some(configured), Some(stored)) => is_same(&configured, &stored),
        _ => configured == stored,
    }
}

/// Converts JSON to the value of a `dynamic` attribute.
#[must_use]
pub fn from_json(json: &Json) -> Value {
    Value::Dynamic(Box::new(typed(json)))
}

fn typed(json: &Json) -> (Type, Value) {
    match json {
        Json::Null => (Type::Dynamic, Value::Null),
        Json::Bool(value) => (Type::Bool, Value::Bool(*value)),
        Json::Number(number) => (Type::Number, number.to_string().parse::<Number>().map_or(Value::Null, Value::Number)),
        Json::String(text) => (Type::String, Value::string(text)),
        Json::Array(elements) => {
            let (types, elements) = elements.iter().map(typed).unzip();
            (Type::Tuple(types), Value::Tuple(elements))
        }
        Json::Object(members) => {
            let each = members.iter().map(|(name, member)| (name, typed(member)));
            let (types, members): (Vec<_>, Vec<_>) =
                each.map(|(name, (ty, member))| ((name.clone(), ty), (name.clone(), member))).unzip();
            (Type::object(types), Value::object(members))
        }
    }
}

/// Merges the additional fields into the typed fields. If both set a field, the typed one takes precedence.
#[must_use]
pub fn merged(typed: Json, additional: &Json) -> Json {
    match (typed, additional) {
        (Json::Object(mut typed), Json::Object(additional)) => {
            for (name, member) in additional {
                let merged = match typed.remove(name) {
                    Some(own) => merged(own, member),
                    None => member.clone(),
                };
                typed.insert(name.clone(), merged);
            }
            Json::Object(typed)
        }
        (Json::Null, additional) => additional.clone(),
        (typed, _) => typed,
    }
}

/// Splits a spec into the fields of the typed arguments and the rest, which belongs to the free-form argument. `typed`
/// returns the spec that the typed arguments produce. `stored` is the free-form argument in state, whose fields remain
/// in it.
pub fn split(spec: &Json, stored: &Json, typed: impl Fn(&Json) -> Json) -> (Json, Json) {
    let own = part(spec, stored);
    let others = without(spec, &own);
    let lost = missing(&others, &typed(&others));
    let held = without(&others, &lost);
    (held, merged(own, &lost))
}

/// Returns the fields that both arguments set, or that the typed arguments support, each as a path such as
/// `disruption.budgets`.
pub fn overlaps(additional: &Json, fields: &Json, typed: impl Fn(&Json) -> Json) -> Vec<String> {
    let mut found = Vec::new();
    collect(&without(additional, &missing(additional, &typed(additional))), None, "", &mut found);
    collect(additional, Some(fields), "", &mut found);
    found.sort();
    found.dedup();
    found
}

/// Returns the names in a free-form value that are probably misspelled, each with the similar known name.
pub fn misspelled<'k>(json: &Json, known: &[&'k str]) -> Vec<(String, &'k str)> {
    let mut found = Vec::new();
    let mut values = vec![json];
    while let Some(value) = values.pop() {
        for (name, member) in value.as_object().into_iter().flatten() {
            if !known.contains(&name.as_str())
                && let Some(near) = nearest::misspelled(name, known.iter().copied())
            {
                found.push((name.clone(), near));
            }
            values.push(member);
        }
        values.extend(value.as_array().into_iter().flatten());
    }
    found
}

/// Returns the paths of all values of an object, or only of the values that another object has as well.
fn collect(json: &Json, other: Option<&Json>, path: &str, found: &mut Vec<String>) {
    for (name, member) in json.as_object().into_iter().flatten() {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let other = match other {
            None => None,
            Some(other) => match other.get(name) {
                None => continue,
                same => same,
            },
        };
        if member.is_object() && other.is_none_or(Json::is_object) {
            collect(member, other, &path, found);
        } else {
            found.push(path);
        }
    }
}

/// Returns the members of the object that the shape has as well.
fn part(json: &Json, shape: &Json) -> Json {
    match (json, shape) {
        (Json::Object(members), Json::Object(shape)) => {
            let each = |(name, shape): (&String, &Json)| Some((name.clone(), part(members.get(name)?, shape)));
            Json::Object(shape.iter().filter_map(each).collect())
        }
        (_, Json::Null) => json!({}),
        _ => json.clone(),
    }
}

/// Returns the object without the members of the other object.
fn without(json: &Json, other: &Json) -> Json {
    let (Json::Object(members), Json::Object(other)) = (json, other) else { return json.clone() };
    let each = |(name, member): (&String, &Json)| match other.get(name) {
        None => Some((name.clone(), member.clone())),
        Some(inside) if member.is_object() && inside.is_object() => {
            let rest = without(member, inside);
            rest.as_object().is_some_and(|rest| !rest.is_empty()).then(|| (name.clone(), rest))
        }
        Some(_) => None,
    };
    Json::Object(members.iter().filter_map(each).collect())
}

/// Returns the parts of the object that are missing or different in the other object. Empty values are treated as
/// absent.
fn missing(json: &Json, held: &Json) -> Json {
    let Json::Object(members) = json else { return json!({}) };
    let mut found = Map::new();
    for (name, member) in members {
        let held = &held[name.as_str()];
        if is_same(member, held) {
            continue;
        }
        if member.is_object() && held.is_object() {
            let inside = missing(member, held);
            if inside.as_object().is_some_and(|inside| !inside.is_empty()) {
                found.insert(name.clone(), inside);
            }
        } else {
            found.insert(name.clone(), member.clone());
        }
    }
    Json::Object(found)
}

/// Whether two values have the same meaning: some fields accept a number or its string form, and empty values are
/// treated as absent.
#[must_use]
pub fn is_same(one: &Json, other: &Json) -> bool {
    let is_nothing = |json: &Json| match json {
        Json::Null => true,
        Json::Array(elements) => elements.is_empty(),
        Json::Object(members) => members.is_empty(),
        _ => false,
    };
    match (one, other) {
        (one, other) if is_nothing(one) && is_nothing(other) => true,
        (Json::Object(one), Json::Object(other)) => {
            let names = one.keys().chain(other.keys());
            let member = |members: &Map<String, Json>, name: &String| members.get(name).cloned().unwrap_or_default();
            names.into_iter().all(|name| is_same(&member(one, name), &member(other, name)))
        }
        (Json::Array(one), Json::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Json::Number(number), Json::String(text)) | (Json::String(text), Json::Number(number)) => {
            number.to_string() == *text
        }
        (one, other) => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Arguments that contain `role`, `a.b`, and a list of objects with `id`.
    fn typed(spec: &Json) -> Json {
        let terms = spec["terms"]
            .as_array()
            .map(|terms| terms.iter().map(|term| json!({"id": term["id"]})).collect::<Vec<_>>());
        json!({"role": spec["role"], "a": {"b": spec["a"]["b"]}, "terms": terms, "size": spec["size"].to_string()})
    }

    #[test]
    fn json_survives_both_conversions() {
        let json = json!({"a": {"b": [1, "x", true, {"c": 1.5}]}, "empty": {}});
        assert_eq!(to_json(&from_json(&json)), Some(json));
        assert_eq!(to_json(&from_json(&json!({"a": null}))), Some(json!({})));
    }

    #[test]
    fn fields_below_unknown_values_are_unknown() {
        let value = Value::object([("a", Value::unknown()), ("b", Value::object([("c", Value::from("x"))]))]);
        let sets = |path: &[&str]| sets(&Attr::Known(value.clone()), path);
        assert_eq!((sets(&["a"]), sets(&["a", "b"])), (None, None));
        assert_eq!((sets(&["b", "c"]), sets(&["b", "d"]), sets(&["c"])), (Some(true), Some(false), Some(false)));
    }

    #[test]
    fn unknown_members_make_the_whole_unknown() {
        let value = Value::object([("a", Value::unknown()), ("b", Value::from("x"))]);
        assert_eq!((to_json(&value), known_part(&value)), (None, json!({"b": "x"})));
    }

    #[test]
    fn spec_is_split_by_what_arguments_hold() {
        let spec =
            json!({"role": "r", "a": {"b": 1, "new": 2}, "terms": [{"id": "x"}], "newer": {"on": true}, "size": 1});
        let (held, rest) = split(&spec, &Json::Null, typed);
        assert_eq!(held, json!({"role": "r", "a": {"b": 1}, "terms": [{"id": "x"}], "size": 1}));
        assert_eq!(rest, json!({"a": {"new": 2}, "newer": {"on": true}}));
        assert!(is_same(&merged(held, &rest), &spec));
    }

    #[test]
    fn lists_with_new_fields_are_kept_whole() {
        let spec = json!({"terms": [{"id": "x", "zone": "a"}], "role": "r"});
        let (held, rest) = split(&spec, &Json::Null, typed);
        assert_eq!((held, rest), (json!({"role": "r"}), json!({"terms": [{"id": "x", "zone": "a"}]})));
    }

    #[test]
    fn stored_fields_stay_free_form() {
        let spec = json!({"terms": [{"id": "x"}], "role": "r", "newer": 1});
        let (held, rest) = split(&spec, &json!({"terms": [{"id": "old", "zone": "a"}]}), typed);
        assert_eq!((held, rest), (json!({"role": "r"}), json!({"terms": [{"id": "x"}], "newer": 1})));
    }

    #[test]
    fn misspelled_names_are_found_at_any_depth() {
        let json = json!({"rolle": 1, "terms": [{"identifer": 1}], "entirelyNew": {"role": 1}});
        let mut found = misspelled(&json, &["role", "terms", "identifier"]);
        found.sort();
        assert_eq!(found, [("identifer".to_owned(), "identifier"), ("rolle".to_owned(), "role")]);
    }

    #[test]
    fn fields_of_arguments_overlap() {
        let fields = json!({"a": {"b": 1}, "terms": [{"id": "x"}]});
        let found = |additional: Json| overlaps(&additional, &fields, typed);
        assert_eq!(found(json!({"a": {"new": 1}, "newer": {"on": true}})), [""; 0]);
        assert_eq!(found(json!({"role": "r", "a": {"b": 2, "new": 1}})), ["a.b", "role"]);
        assert_eq!(found(json!({"terms": [{"id": "x", "zone": "a"}]})), ["terms"]);
        assert_eq!(overlaps(&json!({"terms": [{"zone": "a"}]}), &json!({}), typed), [""; 0]);
    }
}
