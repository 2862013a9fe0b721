//! Blocks that contain a `dynamic`, as Terraform core passes them: a tuple or an object in a `dynamic`, whose type
//! contains the concrete type of every block. Inside, values that are `dynamic` in the schema have no separate type.

use std::borrow::Cow;

use super::types::Type;
use super::value::Value;

/// Returns blocks that Terraform core passes in a `dynamic` as the list or map of objects of the declared type.
pub(super) fn uncarried<'v>(value: &'v Value, ty: &Type) -> Cow<'v, Value> {
    let Value::Dynamic(pair) = value else { return Cow::Borrowed(value) };
    Cow::Owned(match &**pair {
        (Type::Tuple(types), Value::Tuple(elements)) => {
            let each = elements.iter().zip(types);
            Value::List(each.map(|(element, concrete)| declared(element, concrete, ty)).collect())
        }
        (Type::Object(types), Value::Object(members)) => {
            let each = members.iter().zip(types.values());
            Value::Map(each.map(|((key, member), concrete)| (key.clone(), declared(member, concrete, ty))).collect())
        }
        (_, other) => other.clone(),
    })
}

/// Returns a list or map of objects of the declared type as Terraform core passes it, in a `dynamic`.
pub(super) fn carried(value: &Value, ty: &Type) -> Value {
    match value {
        Value::List(elements) => {
            let (types, elements) = elements.iter().map(|element| concrete(element, ty)).unzip();
            Value::Dynamic(Box::new((Type::Tuple(types), Value::Tuple(elements))))
        }
        Value::Map(members) => {
            let each = members.iter().map(|(key, member)| {
                let (ty, member) = concrete(member, ty);
                ((key.clone(), ty), (key.clone(), member))
            });
            let (types, members) = each.unzip();
            Value::Dynamic(Box::new((Type::Object(types), Value::Object(members))))
        }
        other => other.clone(),
    }
}

/// Converts a value of a concrete type to the declared type. If the declared type is `dynamic`, the type is added to
/// the value.
fn declared(value: &Value, concrete: &Type, ty: &Type) -> Value {
    match (ty, concrete, value) {
        (Type::Dynamic, Type::Dynamic, _) => value.clone(),
        (Type::Dynamic, concrete, _) => Value::Dynamic(Box::new((concrete.clone(), value.clone()))),
        (Type::Object(types), Type::Object(concretes), Value::Object(members)) => {
            Value::object(members.iter().map(|(name, member)| {
                let member = match (types.get(name), concretes.get(name)) {
                    (Some(ty), Some(concrete)) => declared(member, concrete, ty),
                    _ => member.clone(),
                };
                (name.clone(), member)
            }))
        }
        (Type::List(ty), Type::List(concrete), Value::List(elements)) => {
            Value::List(elements.iter().map(|element| declared(element, concrete, ty)).collect())
        }
        (Type::Map(ty), Type::Map(concrete), Value::Map(members)) => {
            Value::Map(members.iter().map(|(key, member)| (key.clone(), declared(member, concrete, ty))).collect())
        }
        _ => value.clone(),
    }
}

/// Returns the concrete type of a value, and the value without the types that the concrete type already contains.
fn concrete(value: &Value, ty: &Type) -> (Type, Value) {
    match (ty, value) {
        (Type::Dynamic, Value::Dynamic(pair)) => (**pair).clone(),
        (Type::Object(types), Value::Object(members)) => {
            let each = |(name, ty): (&String, &Type)| {
                let (ty, member) = concrete(members.get(name).unwrap_or(&Value::Null), ty);
                ((name.clone(), ty), (name.clone(), member))
            };
            let (types, members): (Vec<_>, Vec<_>) = types.iter().map(each).unzip();
            (Type::object(types), Value::object(members))
        }
        (Type::List(element), Value::List(elements)) => match common(elements.iter(), element) {
            Some((element, elements)) => (Type::list(element), Value::List(elements)),
            None => (ty.clone(), value.clone()),
        },
        (Type::Map(element), Value::Map(members)) => match common(members.values(), element) {
            Some((element, values)) => (Type::map(element), Value::Map(members.keys().cloned().zip(values).collect())),
            None => (ty.clone(), value.clone()),
        },
        _ => (ty.clone(), value.clone()),
    }
}

/// Returns the elements with their common concrete type, or `None`.
fn common<'v>(elements: impl Iterator<Item = &'v Value>, ty: &Type) -> Option<(Type, Vec<Value>)> {
    let (types, elements): (Vec<_>, Vec<_>) = elements.map(|element| concrete(element, ty)).unzip();
    let first = types.first()?.clone();
    types.iter().all(|ty| *ty == first).then_some((first, elements))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ty() -> Type {
        Type::object([("any", Type::Dynamic), ("list", Type::list(Type::Dynamic)), ("name", Type::String)])
    }

    fn dynamic(value: Value) -> Value {
        Value::Dynamic(Box::new((Type::String, value)))
    }

    #[test]
    fn dynamic_stands_bare_where_its_type_is_said() {
        let list = Value::List(vec![dynamic("a".into()), dynamic(Value::Null)]);
        let value = Value::object([("any", dynamic("x".into())), ("list", list), ("name", "n".into())]);
        let expected_type =
            Type::object([("any", Type::String), ("list", Type::list(Type::String)), ("name", Type::String)]);
        let bare = Value::List(vec!["a".into(), Value::Null]);
        let expected = Value::object([("any", "x".into()), ("list", bare), ("name", "n".into())]);
        assert_eq!(concrete(&value, &ty()), (expected_type.clone(), expected.clone()));
        assert_eq!(declared(&expected, &expected_type, &ty()), value);
    }

    #[test]
    fn untyped_value_stays_dynamic() {
        let value = Value::object([("any", Value::unknown()), ("list", Value::List(vec![])), ("name", Value::Null)]);
        assert_eq!(concrete(&value, &ty()), (ty(), value.clone()));
        assert_eq!(declared(&value, &ty(), &ty()), value);
    }
}
