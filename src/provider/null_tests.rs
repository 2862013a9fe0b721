//! Nulls in the configuration of every object: null for a required argument and null elements are errors at their path.
//! A null member of a map is omitted.

use std::collections::BTreeMap;

use framework::diagnostics::{Diagnostic, Diagnostics, Severity};
use framework::path::Path;
use framework::schema::{Attribute, Block, NestedBlock, Nesting, Presence, Shape};
use framework::server::Server;
use framework::types::Type;
use framework::value::Value;

use super::EksCompute;

/// A configuration, and the path of its only error. `None` if it is valid.
struct Case {
    config: Value,
    error: Option<Path>,
}

/// The value around the object whose arguments vary.
type Around<'a> = &'a dyn Fn(Value) -> Value;

fn filled_attributes(attributes: &[Attribute]) -> BTreeMap<String, Value> {
    let value = |attribute: &Attribute| match attribute.presence {
        Presence::Computed => Value::Null,
        _ => Value::unknown(),
    };
    attributes.iter().map(|attribute| (attribute.name.clone(), value(attribute))).collect()
}

/// An object in which every possible value is unknown.
fn filled(block: &Block) -> Value {
    let mut members = filled_attributes(&block.attributes);
    for nested in &block.blocks {
        members.insert(nested.name.clone(), in_nesting(nested.nesting, filled(&nested.block)));
    }
    Value::Object(members)
}

fn in_nesting(nesting: Nesting, object: Value) -> Value {
    match nesting {
        Nesting::Single | Nesting::Group => object,
        Nesting::List => Value::List(vec![object]),
        Nesting::Set => Value::Set(vec![object]),
        Nesting::Map => Value::Map([("a".to_owned(), object)].into()),
    }
}

fn inside(nesting: Nesting, path: &Path) -> Path {
    match nesting {
        Nesting::Single | Nesting::Group => path.clone(),
        Nesting::List => path.index(0),
        Nesting::Set => path.element(Value::Null),
        Nesting::Map => path.key("a"),
    }
}

fn block_cases(block: &Block, around: Around<'_>, path: &Path, cases: &mut Vec<Case>) {
    let base = filled(block);
    attribute_cases(&block.attributes, &base, around, path, cases);
    for NestedBlock { name, block, nesting, .. } in &block.blocks {
        let around = |object: Value| around(with(&base, name, in_nesting(*nesting, object)));
        block_cases(block, &around, &inside(*nesting, &path.then(name)), cases);
    }
}

fn attribute_cases(attributes: &[Attribute], base: &Value, around: Around<'_>, path: &Path, cases: &mut Vec<Case>) {
    for attribute in attributes.iter().filter(|attribute| attribute.presence.is_configurable()) {
        let path = path.then(&attribute.name);
        let config = |value: Value| around(with(base, &attribute.name, value));
        if attribute.presence == Presence::Required {
            cases.push(Case { config: config(Value::Null), error: Some(path.clone()) });
        }
        match &attribute.shape {
            Shape::Type(ty) => {
                for (value, error) in null_inside(ty, &path) {
                    cases.push(Case { config: config(value), error });
                }
            }
            Shape::Nested(nested) => {
                let inner = Value::Object(filled_attributes(&nested.attributes));
                let around = |object: Value| config(in_nesting(nested.nesting, object));
                attribute_cases(&nested.attributes, &inner, &around, &inside(nested.nesting, &path), cases);
                if nested.nesting == Nesting::List {
                    let config = config(Value::List(vec![inner, Value::Null]));
                    cases.push(Case { config, error: Some(path.index(1)) });
                }
            }
        }
    }
}

/// Returns values of the type that contain a null, at any depth.
fn null_inside(ty: &Type, path: &Path) -> Vec<(Value, Option<Path>)> {
    let each = |ty: &Type, path: &Path, wrap: &dyn Fn(Value) -> Value| {
        null_inside(ty, path).into_iter().map(|(value, error)| (wrap(value), error)).collect::<Vec<_>>()
    };
    match ty {
        Type::List(ty) => {
            let own = (Value::List(vec![Value::unknown(), Value::Null]), Some(path.index(1)));
            [vec![own], each(ty, &path.index(0), &|value| Value::List(vec![value]))].concat()
        }
        Type::Set(ty) => {
            let own = (Value::Set(vec![Value::Null, Value::unknown()]), Some(path.clone()));
            [vec![own], each(ty, path, &|value| Value::Set(vec![value]))].concat()
        }
        Type::Map(ty) => {
            let map = |value: Value| Value::Map([("a".to_owned(), value)].into());
            [vec![(map(Value::Null), None)], each(ty, &path.key("a"), &map)].concat()
        }
        _ => Vec::new(),
    }
}

fn with(object: &Value, name: &str, value: Value) -> Value {
    let Value::Object(members) = object else { panic!("not an object: {object:?}") };
    let mut members = members.clone();
    members.insert(name.to_owned(), value);
    Value::Object(members)
}

/// Checks every case of an object. Returns the number of cases.
fn check(object: &str, block: &Block, validate: &dyn Fn(&Value) -> Diagnostics) -> usize {
    let mut cases = Vec::new();
    // Blocks that conflict with each other.
    let always: Vec<_> = validate(&filled(block)).into_iter().collect();
    block_cases(block, &|value| value, &Path::root(), &mut cases);
    for Case { config, error } in &cases {
        let found = validate(config);
        let is_own = |one: &&Diagnostic| one.severity == Severity::Error && !always.contains(one);
        let errors: Vec<_> = found.iter().filter(is_own).collect();
        let expected = error.as_ref().map(Path::addressable);
        match &expected {
            Some(path) => {
                assert!(
                    matches!(&errors[..], [one] if one.path.as_ref() == Some(path)),
                    "{object}: {path}: {errors:?}"
                );
            }
            None => {
                let of_nulls = errors.iter().any(|one| one.detail.contains("null"));
                assert!(!of_nulls, "{object}: {errors:?}");
            }
        }
    }
    cases.len()
}

#[test]
fn nulls_are_errors_at_their_path_everywhere() {
    let server = Server::new(EksCompute);
    let schemas = server.schemas();
    let mut count = check("provider", &schemas.provider.block, &|config| server.validate_provider_config(config));
    for (name, resource) in &schemas.resources {
        let validate = |config: &Value| server.validate_resource_config(name, config, true);
        count += check(name, &resource.schema.block, &validate);
    }
    for (name, schema) in &schemas.data_sources {
        count += check(name, &schema.block, &|config| server.validate_data_resource_config(name, config));
    }
    for (name, schema) in &schemas.ephemeral_resources {
        count += check(name, &schema.block, &|config| server.validate_ephemeral_resource_config(name, config));
    }
    for (name, schema) in &schemas.list_resources {
        count += check(name, &schema.block, &|config| server.validate_list_resource_config(name, config));
    }
    for (name, schema) in &schemas.actions {
        count += check(name, &schema.block, &|config| server.validate_action_config(name, config));
    }
    assert!(count > 150, "{count}");
}
