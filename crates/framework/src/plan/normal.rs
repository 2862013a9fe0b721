//! Normalizes values, so that resources see one form for each meaning.
//!
//! A null member of a map means that the key is absent. An attribute that is `unset_if_zero` is unset if it is null,
//! empty, or zero. Terraform core distinguishes all of these, so [`forms`](super::forms) restores them.

use std::collections::BTreeMap;

use super::walk::Inside;
use crate::dynamic_blocks;
use crate::schema::{Attribute, Block, NestedBlock, Shape};
use crate::types::Type;
use crate::value::Value;

/// Returns the object without null members of maps, and with null for all unset attributes.
pub fn normal(block: &Block, value: &Value) -> Value {
    normal_object(block.into(), value)
}

/// Returns the object as the state of a newly imported or moved object: unset attributes have their zero value. Unlike
/// null, Terraform core keeps it if the configuration has no value, and if it has the zero value.
pub(crate) fn with_zeros(block: &Block, value: &Value) -> Value {
    zeros_of_object(block.into(), value)
}

fn normal_object(inside: Inside<'_>, value: &Value) -> Value {
    each_member(inside, value, &normal_attribute, &normal_block)
}

pub(super) fn normal_block(nested: &NestedBlock, value: &Value) -> Value {
    let normal = |object: &Value| normal_object((&nested.block).into(), object);
    if !matches!(value, Value::Dynamic(_)) {
        return value.map_objects(&normal);
    }
    // The type of the `dynamic` contains the types of null and unknown values, which have no meaning.
    let ty = nested.block.ty();
    dynamic_blocks::carried(&dynamic_blocks::uncarried(value, &ty).map_objects(&normal), &ty)
}

/// Normalizes the value of one attribute.
pub(crate) fn normal_attribute(attribute: &Attribute, value: &Value) -> Value {
    let value = match &attribute.shape {
        Shape::Type(ty) => normal_of_type(ty, value),
        Shape::Nested(nested) => {
            let normal = value.map_objects(&|object| normal_object(nested.into(), object));
            if let Value::Map(members) = normal { without_nulls(members) } else { normal }
        }
    };
    if attribute.unset_if_zero && value.is_zero() { Value::Null } else { value }
}

/// Returns the value of a type without null members of maps. The contents of a `dynamic` are not changed.
fn normal_of_type(ty: &Type, value: &Value) -> Value {
    match (ty, value) {
        (Type::List(ty), Value::List(elements)) => {
            Value::List(elements.iter().map(|element| normal_of_type(ty, element)).collect())
        }
        (Type::Set(ty), Value::Set(elements)) => {
            Value::set(elements.iter().map(|element| normal_of_type(ty, element)).collect())
        }
        (Type::Map(ty), Value::Map(members)) => {
            without_nulls(members.iter().map(|(key, member)| (key.clone(), normal_of_type(ty, member))).collect())
        }
        (Type::Object(types), Value::Object(members)) => Value::object(members.iter().map(|(name, member)| {
            let normal = types.get(name).map_or_else(|| member.clone(), |ty| normal_of_type(ty, member));
            (name.clone(), normal)
        })),
        // Terraform core adds the type of the expression to them, which has no meaning.
        (Type::Dynamic, Value::Dynamic(_)) if value.is_null() => Value::Null,
        (Type::Dynamic, Value::Dynamic(_)) if value.is_unknown() => Value::unknown(),
        _ => value.clone(),
    }
}

fn without_nulls(mut members: BTreeMap<String, Value>) -> Value {
    members.retain(|_, member| !member.is_null());
    Value::Map(members)
}

fn zero(ty: &Type) -> Value {
    match ty {
        Type::List(_) => Value::List(vec![]),
        Type::Set(_) => Value::Set(vec![]),
        Type::Map(_) => Value::Map(BTreeMap::new()),
        Type::String => "".into(),
        Type::Number => 0.into(),
        Type::Bool => false.into(),
        Type::Object(_) | Type::Tuple(_) | Type::Dynamic => Value::Null,
    }
}

fn zeros_of_object(inside: Inside<'_>, value: &Value) -> Value {
    let of_attribute = |attribute: &Attribute, value: &Value| match &attribute.shape {
        _ if attribute.unset_if_zero && value.is_null() => zero(&attribute.ty()),
        Shape::Nested(nested) => value.map_objects(&|object| zeros_of_object(nested.into(), object)),
        Shape::Type(_) => value.clone(),
    };
    let of_block = |nested: &NestedBlock, value: &Value| {
        value.map_objects(&|object| zeros_of_object((&nested.block).into(), object))
    };
    each_member(inside, value, &of_attribute, &of_block)
}

fn each_member(
    inside: Inside<'_>,
    value: &Value,
    of_attribute: &dyn Fn(&Attribute, &Value) -> Value,
    of_block: &dyn Fn(&NestedBlock, &Value) -> Value,
) -> Value {
    let Value::Object(members) = value else { return value.clone() };
    let mut members = members.clone();
    for attribute in inside.attributes {
        if let Some(member) = members.get_mut(&attribute.name) {
            *member = of_attribute(attribute, member);
        }
    }
    for nested in inside.blocks {
        if let Some(member) = members.get_mut(&nested.name) {
            *member = of_block(nested, member);
        }
    }
    Value::Object(members)
}
