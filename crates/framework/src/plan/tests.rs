use std::collections::BTreeMap;

use super::*;
use crate::path::Path;
use crate::schema::{Attribute, Block, NestedBlock, Nesting, Presence, Replace, Shape};
use crate::types::Type;
use crate::value::Value;

fn attribute(name: &str, presence: Presence) -> Attribute {
    Attribute::new(name, Shape::Type(Type::String), presence)
}

fn block() -> Block {
    let mut name = attribute("name", Presence::Required);
    name.replace = Replace::Always;
    let mut arn = attribute("arn", Presence::Computed);
    arn.stable = true;
    let mut mode = attribute("mode", Presence::OptionalComputed);
    mode.default = Some("fast".into());
    let mut kind = attribute("kind", Presence::OptionalComputed);
    kind.replace = Replace::Always;
    let mut secret = attribute("secret", Presence::Optional);
    secret.write_only = true;
    let mut size = attribute("size", Presence::Optional);
    size.equivalence = Some(|a, b| a.as_str().map(str::to_lowercase) == b.as_str().map(str::to_lowercase));
    let mut desired = attribute("desired", Presence::OptionalComputed);
    desired.stable = true;
    let inside = Block { attributes: vec![attribute("max", Presence::Required), desired], ..Block::default() };
    let scaling = NestedBlock { min_items: 1, max_items: 1, ..NestedBlock::new("scaling", Nesting::List, inside) };
    Block {
        attributes: vec![name, arn, mode, kind, secret, size, attribute("status", Presence::Computed)],
        blocks: vec![scaling],
        ..Block::default()
    }
}

fn object(members: &[(&str, Value)], desired: Value) -> Value {
    let mut all: BTreeMap<_, _> = if let Value::Object(all) = block().empty() { all } else { BTreeMap::new() };
    all.extend(members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    let scaling = Value::object([("max", Value::from("3")), ("desired", desired)]);
    all.insert("scaling".to_owned(), Value::List(vec![scaling]));
    Value::Object(all)
}

fn stored() -> Value {
    let members =
        [("name", "a"), ("arn", "arn:a"), ("mode", "fast"), ("kind", "x"), ("status", "ACTIVE"), ("size", "Big")];
    object(&members.map(|(name, value)| (name, Value::from(value))), "2".into())
}

/// Returns the planned object with unknown values.
fn marked(block: &Block, config: &Value, prior: &Value, planned: &Value) -> Value {
    let open = Open::default().and_after(block, prior, planned);
    mark_unknown(block, config, prior, planned, &open)
}

#[test]
fn create_fills_defaults_and_leaves_the_rest_to_apply() {
    let config = object(&[("name", "a".into()), ("secret", "s".into())], Value::Null);
    let settled = settle(&block(), &config, &Value::Null, &config);
    let planned = marked(&block(), &config, &Value::Null, &settled);
    let expected = object(
        &[
            ("name", "a".into()),
            ("arn", Value::unknown()),
            ("mode", "fast".into()),
            ("kind", Value::unknown()),
            ("status", Value::unknown()),
        ],
        Value::unknown(),
    );
    assert_eq!(planned, expected);
}

#[test]
fn unchanged_configuration_plans_the_prior_state() {
    let config = object(&[("name", "a".into()), ("size", "big".into()), ("secret", "s".into())], Value::Null);
    let mut proposed = stored();
    if let Value::Object(members) = &mut proposed {
        members.insert("size".into(), "big".into());
        members.insert("secret".into(), "s".into());
    }
    assert_eq!(settle(&block(), &config, &stored(), &proposed), stored());
}

#[test]
fn update_keeps_stable_values_and_marks_others() {
    let config = object(&[("name", "a".into()), ("size", "small".into())], Value::Null);
    let mut proposed = stored();
    if let Value::Object(members) = &mut proposed {
        members.insert("size".into(), "small".into());
    }
    let planned = marked(&block(), &config, &stored(), &settle(&block(), &config, &stored(), &proposed));
    assert_eq!(planned.member("arn"), Some(&"arn:a".into()));
    assert_eq!(planned.member("status"), Some(&Value::unknown()));
    assert_eq!(Path::attribute("scaling").index(0).then("desired").find(&planned), Some(&"2".into()));
}

#[test]
fn replacement_names_changed_values_only() {
    let config = object(&[("name", "b".into())], Value::Null);
    let planned = object(&[("name", "b".into()), ("kind", Value::unknown())], "2".into());
    assert_eq!(replacements(&block(), &config, &stored(), &planned), vec![Path::attribute("name")]);
    assert!(replacements(&block(), &config, &Value::Null, &planned).is_empty());
}

#[test]
fn replacement_of_a_configured_unknown_counts() {
    let config = object(&[("name", Value::unknown())], Value::Null);
    let planned = object(&[("name", Value::unknown()), ("kind", "x".into())], "2".into());
    assert_eq!(replacements(&block(), &config, &stored(), &planned), vec![Path::attribute("name")]);
}

#[test]
fn set_elements_get_their_computed_values_unknown() {
    let attributes = vec![attribute("key", Presence::Required), attribute("id", Presence::Computed)];
    let nested = NestedBlock::new("item", Nesting::Set, Block { attributes, ..Block::default() });
    let block = Block { blocks: vec![nested], ..Block::default() };
    let item = |key: &str, id: Value| Value::object([("key", key.into()), ("id", id)]);
    let config = Value::object([("item", Value::set(vec![item("a", Value::Null), item("b", Value::Null)]))]);
    let proposed = Value::object([("item", Value::set(vec![item("a", "1".into()), item("b", Value::Null)]))]);
    let prior = Value::object([("item", Value::set(vec![item("a", "1".into())]))]);
    let planned = marked(&block, &config, &prior, &proposed);
    let expected = Value::set(vec![item("a", Value::unknown()), item("b", Value::unknown())]);
    assert_eq!(planned.member("item"), Some(&expected));
}

/// Terraform core sends a null or unknown value of a `dynamic` attribute with the type of the expression, and expects
/// it in the response.
#[test]
fn typed_nulls_of_dynamic_attributes_are_planned_as_configured() {
    let free = Attribute::new("free", Shape::Type(Type::Dynamic), Presence::Optional);
    let block = Block { attributes: vec![free], ..Block::default() };
    let with = |value: Value| Value::object([("free", value)]);
    let typed = |value: Value| Value::Dynamic(Box::new((Type::String, value)));
    for (given, normal) in [(Value::Null, Value::Null), (Value::unknown(), Value::unknown())] {
        let config = with(typed(given));
        for prior in [with(typed("a".into())), with(Value::Null)] {
            assert_eq!(planned_in_form(&block, &config, &prior, &with(normal.clone())), config);
        }
        assert_eq!(normal_attribute(&block.attributes[0], config.member("free").unwrap()), normal);
    }
}

/// Terraform core passes the blocks in a `dynamic`, whose type contains the type of each null and unknown value.
#[test]
fn typed_nulls_of_dynamic_attributes_in_blocks_are_planned_as_configured() {
    let text = Attribute::new("text", Shape::Type(Type::Dynamic), Presence::Optional);
    let inside = Block { attributes: vec![text], ..Block::default() };
    let nested = NestedBlock::new("remark", Nesting::List, inside);
    let block = Block { blocks: vec![nested], ..Block::default() };
    let with = |ty: Type, value: Value| {
        let pair =
            (Type::Tuple(vec![Type::object([("text", ty)])]), Value::Tuple(vec![Value::object([("text", value)])]));
        Value::object([("remark", Value::Dynamic(Box::new(pair)))])
    };
    for value in [Value::Null, Value::unknown()] {
        let config = with(Type::String, value.clone());
        let planned = with(Type::Dynamic, value);
        assert_eq!(normal(&block, &config), planned);
        for prior in [with(Type::String, "a".into()), Value::Null] {
            assert_eq!(planned_in_form(&block, &config, &prior, &planned), config);
        }
    }
}
