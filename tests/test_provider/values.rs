//! Values of the served schemas, written and shown as JSON. The types come from the schema on the wire, so that what is
//! encoded here depends on nothing but what a real host sees.

use std::collections::BTreeMap;

use framework::types::Type;
use framework::value::Value;
use serde_json::Value as Json;
use wire::codec::{Leniency, decode_msgpack, encode_msgpack, value_from_json};
use wire::proto::tfplugin6 as proto;
use wire::proto::tfplugin6::schema::nested_block::NestingMode as BlockNesting;
use wire::proto::tfplugin6::schema::object::NestingMode;
use wire::proto::tfplugin6::schema::{Attribute, Block, NestedBlock};

/// The type of a block's value, as core derives it.
pub(crate) fn block_type(block: &Block) -> Type {
    let attributes = block.attributes.iter().map(|attribute| (attribute.name.clone(), attribute_type(attribute)));
    let blocks = block.block_types.iter().map(|nested| (nested.type_name.clone(), nested_type(nested)));
    Type::object(attributes.chain(blocks))
}

fn attribute_type(attribute: &Attribute) -> Type {
    let Some(nested) = &attribute.nested_type else {
        let json = serde_json::from_slice(&attribute.r#type).expect("a type expression");
        return Type::from_json(&json).expect("a type expression");
    };
    let object =
        Type::object(nested.attributes.iter().map(|attribute| (attribute.name.clone(), attribute_type(attribute))));
    match nested.nesting() {
        NestingMode::Single => object,
        NestingMode::List => Type::list(object),
        NestingMode::Set => Type::set(object),
        NestingMode::Map => Type::map(object),
        NestingMode::Invalid => panic!("{} has no nesting", attribute.name),
    }
}

fn inside(nested: &NestedBlock) -> &Block {
    nested.block.as_ref().expect("core would crash without a block")
}

fn nested_type(nested: &NestedBlock) -> Type {
    let object = block_type(inside(nested));
    match nested.nesting() {
        BlockNesting::List | BlockNesting::Map if object.has_dynamic() => Type::Dynamic,
        BlockNesting::Single | BlockNesting::Group => object,
        BlockNesting::List => Type::list(object),
        BlockNesting::Set => Type::set(object),
        BlockNesting::Map => Type::map(object),
        BlockNesting::Invalid => panic!("{} has no nesting", nested.type_name),
    }
}

/// An object of the schema from what is written of it: `"?"` is unknown, what is left out is null or no block.
pub(crate) fn object(block: &Block, members: &Json) -> Value {
    let known: Vec<&str> = block.attributes.iter().map(|attribute| attribute.name.as_str()).collect();
    let blocks: Vec<&str> = block.block_types.iter().map(|nested| nested.type_name.as_str()).collect();
    for name in members.as_object().expect("an object").keys() {
        assert!(known.contains(&name.as_str()) || blocks.contains(&name.as_str()), "the schema has no {name}");
    }
    let attributes = block.attributes.iter().map(|attribute| {
        let json = members.get(&attribute.name).unwrap_or(&Json::Null);
        (attribute.name.clone(), value(&attribute_type(attribute), json))
    });
    let blocks = block
        .block_types
        .iter()
        .map(|nested| (nested.type_name.clone(), blocks_of(nested, members.get(&nested.type_name))));
    Value::object(attributes.chain(blocks))
}

fn blocks_of(nested: &NestedBlock, json: Option<&Json>) -> Value {
    let of = |json: &Json| object(inside(nested), json);
    let elements = || json.and_then(Json::as_array).into_iter().flatten().map(of).collect::<Vec<_>>();
    let dynamic = nested_type(nested) == Type::Dynamic;
    match nested.nesting() {
        _ if json.is_some_and(|json| json == "?") => Value::unknown(),
        BlockNesting::Single => json.map_or(Value::Null, of),
        BlockNesting::Group => of(json.unwrap_or(&serde_json::json!({}))),
        BlockNesting::List if dynamic => {
            let (types, elements) = elements().iter().map(|element| bare(element, &block_type(inside(nested)))).unzip();
            Value::Dynamic(Box::new((Type::Tuple(types), Value::Tuple(elements))))
        }
        BlockNesting::List => Value::List(elements()),
        BlockNesting::Set => Value::set(elements()),
        _ => {
            let members = json.and_then(Json::as_object).into_iter().flatten();
            Value::Map(members.map(|(key, json)| (key.clone(), of(json))).collect::<BTreeMap<_, _>>())
        }
    }
}

/// A block as core carries it in a `dynamic`: its type says what each value is, which then stands bare.
fn bare(block: &Value, ty: &Type) -> (Type, Value) {
    let (Value::Object(members), Type::Object(types)) = (block, ty) else { panic!("not an object: {block:?}") };
    let each = members.iter().map(|(name, member)| match member {
        Value::Dynamic(pair) => ((name.clone(), pair.0.clone()), (name.clone(), pair.1.clone())),
        other => ((name.clone(), types[name].clone()), (name.clone(), other.clone())),
    });
    let (types, members): (Vec<_>, Vec<_>) = each.unzip();
    (Type::object(types), Value::object(members))
}

/// A value of the type.
pub(crate) fn value(ty: &Type, json: &Json) -> Value {
    let each = |ty: &Type| json.as_array().expect("an array").iter().map(|json| value(ty, json)).collect::<Vec<_>>();
    match (ty, json) {
        (_, Json::String(text)) if text == "?" => Value::unknown(),
        (Type::List(ty), Json::Array(_)) => Value::List(each(ty)),
        (Type::Set(ty), Json::Array(_)) => Value::set(each(ty)),
        (Type::Map(ty), Json::Object(members)) => {
            Value::Map(members.iter().map(|(key, json)| (key.clone(), value(ty, json))).collect())
        }
        (Type::Object(types), Json::Object(members)) => {
            assert!(members.keys().all(|name| types.contains_key(name)), "{members:?}");
            let member = |name: &String, ty: &Type| value(ty, members.get(name).unwrap_or(&Json::Null));
            Value::object(types.iter().map(|(name, ty)| (name.clone(), member(name, ty))))
        }
        _ => value_from_json(json, ty, Leniency::Strict).expect("a value of the type"),
    }
}

/// The value on the wire.
pub(crate) fn encoded(value: &Value, ty: &Type) -> Option<proto::DynamicValue> {
    let msgpack = encode_msgpack(value, ty).expect("a value of the type");
    Some(proto::DynamicValue { msgpack, json: Vec::new() })
}

/// The value from the wire.
pub(crate) fn decoded(value: Option<&proto::DynamicValue>, ty: &Type) -> Value {
    let value = value.expect("a value in the answer");
    assert!(value.json.is_empty(), "providers answer in MessagePack");
    decode_msgpack(&value.msgpack, ty).expect("a value of the type")
}
