//! Checks whether a value has the shape of its type, with the same rules as the decoder of Terraform core.

use super::path::{Path, Step};
use super::types::Type;
use super::value::{Refinements, Value};

/// Maximum nesting depth, which exceeds that of any real object. The limit prevents a malicious value from exhausting
/// the stack.
pub const MAX_DEPTH: usize = 100;

/// The error for a value that does not have the shape of its type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{words}", path.as_prefix())]
pub struct TypeMismatch {
    /// Path of the invalid value.
    pub path: Path,
    /// The mismatch.
    pub words: String,
}

impl TypeMismatch {
    fn here(words: impl Into<String>) -> Self {
        Self { path: Path::root(), words: words.into() }
    }

    fn within(self, step: Step) -> Self {
        Self { path: self.path.within(step), words: self.words }
    }
}

/// Checks that Terraform core would accept the value as a value of the type.
///
/// # Errors
/// Returns the first mismatch: a value of another type, a missing or undeclared attribute, a refinement that does not
/// match the type, or elements of different types in one collection.
pub fn conforms(value: &Value, ty: &Type) -> Result<(), TypeMismatch> {
    check(value, ty, MAX_DEPTH)
}

fn check(value: &Value, ty: &Type, depth: usize) -> Result<(), TypeMismatch> {
    let Some(depth) = depth.checked_sub(1) else { return Err(TypeMismatch::here("the value is nested too deeply")) };
    match (ty, value) {
        (_, Value::Null) | (Type::Bool, Value::Bool(_)) | (Type::Number, Value::Number(_)) => Ok(()),
        (Type::String, Value::String(_)) => Ok(()),
        (_, Value::Unknown(refinements)) => refinements_fit(refinements, ty).map_err(TypeMismatch::here),
        (Type::Dynamic, Value::Dynamic(inner)) => check(&inner.1, &inner.0, depth),
        (Type::List(element), Value::List(elements)) => {
            let each =
                |(index, value)| check(value, element, depth).map_err(|misfit| misfit.within(Step::Index(index)));
            elements.iter().enumerate().try_for_each(each)?;
            one_type(elements, element).map_err(TypeMismatch::here)
        }
        (Type::Set(element), Value::Set(elements)) => {
            let step = |value: &Value| Step::Element(Box::new(value.clone()));
            let each = |value| check(value, element, depth).map_err(|misfit| misfit.within(step(value)));
            elements.iter().try_for_each(each)?;
            one_type(elements, element).map_err(TypeMismatch::here)
        }
        (Type::Map(element), Value::Map(members)) => {
            let step = |key: &String| Step::Key(key.clone());
            let each = |(key, value)| check(value, element, depth).map_err(|misfit| misfit.within(step(key)));
            members.iter().try_for_each(each)?;
            one_type(members.values(), element).map_err(TypeMismatch::here)
        }
        (Type::Tuple(types), Value::Tuple(elements)) => {
            if types.len() != elements.len() {
                let words = format!("expected a tuple of length {}, got length {}", types.len(), elements.len());
                return Err(TypeMismatch::here(words));
            }
            let pairs = types.iter().zip(elements).enumerate();
            pairs.into_iter().try_for_each(|(index, (ty, value))| {
                check(value, ty, depth).map_err(|misfit| misfit.within(Step::Index(index)))
            })
        }
        (Type::Object(attributes), Value::Object(members)) => {
            if let Some(extra) = members.keys().find(|name| !attributes.contains_key(*name)) {
                return Err(TypeMismatch::here("the attribute is not declared").within(Step::Attribute(extra.clone())));
            }
            attributes.iter().try_for_each(|(name, ty)| {
                let member = members.get(name).ok_or_else(|| TypeMismatch::here("the attribute is missing"));
                let checked = member.and_then(|value| check(value, ty, depth));
                checked.map_err(|misfit| misfit.within(Step::Attribute(name.clone())))
            })
        }
        _ => Err(TypeMismatch::here(format!("expected {}, got {}", type_words(ty), value_words(value)))),
    }
}

/// Checks that the refinements of an unknown value match its type and do not contradict each other. A `dynamic` accepts
/// any refinements, because Terraform core ignores them there.
///
/// # Errors
/// Returns a description of the mismatch.
pub fn refinements_fit(refinements: &Refinements, ty: &Type) -> Result<(), String> {
    if *ty == Type::Dynamic {
        return Ok(());
    }
    let Refinements { not_null: _, string_prefix, number_min, number_max, length_min, length_max } = refinements;
    let refuse = |what: &str| Err(format!("an unknown value of {} cannot have {what}", type_words(ty)));
    if string_prefix.is_some() && *ty != Type::String {
        return refuse("a prefix");
    }
    if (number_min.is_some() || number_max.is_some()) && *ty != Type::Number {
        return refuse("bounds of a number");
    }
    if (length_min.is_some() || length_max.is_some()) && !matches!(ty, Type::List(_) | Type::Set(_) | Type::Map(_)) {
        return refuse("bounds of a length");
    }
    if let (Some((min, _)), Some((max, _))) = (number_min, number_max)
        && min > max
    {
        return Err(format!("an unknown number cannot be at least {min} and at most {max}"));
    }
    let (min, max) = (length_min.unwrap_or(0), length_max.unwrap_or(u64::MAX));
    if min > max {
        return Err(format!("an unknown collection cannot have at least {min} and at most {max} elements"));
    }
    // Terraform core reads lengths as signed integers.
    if i64::try_from(min).is_err() || length_max.is_some_and(|max| i64::try_from(max).is_err()) {
        return Err("no collection satisfies the length bounds".to_owned());
    }
    Ok(())
}

/// Checks that elements of a collection have one concrete type. They can differ only if the element type contains a
/// `dynamic`. Terraform core crashes if the types differ.
///
/// # Errors
/// Returns a description of the two types that differ.
pub fn one_type<'v>(elements: impl IntoIterator<Item = &'v Value>, element: &Type) -> Result<(), String> {
    if element.has_dynamic() { common_type(elements, element).map(drop) } else { Ok(()) }
}

fn common_type<'v>(elements: impl IntoIterator<Item = &'v Value>, element: &Type) -> Result<Type, String> {
    let mut common: Option<Type> = None;
    for value in elements {
        let concrete = concrete_type(value, element)?;
        match &common {
            // A null or unknown value without a type is compatible with every other element.
            _ if concrete == Type::Dynamic => {}
            None => common = Some(concrete),
            Some(first) if *first == concrete => {}
            Some(first) => {
                return Err(format!(
                    "elements of one collection must have the same type, got {} and {}",
                    first.to_json(),
                    concrete.to_json()
                ));
            }
        }
    }
    Ok(common.unwrap_or_else(|| element.clone()))
}

/// Returns the type of the value as Terraform core sees it: the declared type with each `dynamic` replaced by the
/// actual type.
fn concrete_type(value: &Value, ty: &Type) -> Result<Type, String> {
    Ok(match (ty, value) {
        (Type::Dynamic, Value::Dynamic(inner)) => concrete_type(&inner.1, &inner.0)?,
        (Type::List(element), Value::List(elements)) => Type::list(common_type(elements, element)?),
        (Type::Set(element), Value::Set(elements)) => Type::set(common_type(elements, element)?),
        (Type::Map(element), Value::Map(members)) => Type::map(common_type(members.values(), element)?),
        (Type::Tuple(types), Value::Tuple(elements)) => {
            let each = types.iter().zip(elements).map(|(ty, value)| concrete_type(value, ty));
            Type::Tuple(each.collect::<Result<_, _>>()?)
        }
        (Type::Object(attributes), Value::Object(members)) => {
            let each = attributes.iter().map(|(name, ty)| {
                let concrete = members.get(name).map_or_else(|| Ok(ty.clone()), |value| concrete_type(value, ty))?;
                Ok((name.clone(), concrete))
            });
            Type::Object(each.collect::<Result<_, String>>()?)
        }
        (declared, _) => declared.clone(),
    })
}

/// Returns the type for a sentence, such as "a list".
#[must_use]
pub fn type_words(ty: &Type) -> &'static str {
    match ty {
        Type::Bool => "a bool",
        Type::Number => "a number",
        Type::String => "a string",
        Type::Dynamic => "a value with its type",
        Type::List(_) => "a list",
        Type::Set(_) => "a set",
        Type::Map(_) => "a map",
        Type::Object(_) => "an object",
        Type::Tuple(_) => "a tuple",
    }
}

/// Returns the kind of a value for a sentence, such as "a list". Never returns the value itself, which may be a secret.
#[must_use]
pub fn value_words(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Unknown(_) => "an unknown value",
        Value::Bool(_) => "a bool",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::List(_) => "a list",
        Value::Set(_) => "a set",
        Value::Map(_) => "a map",
        Value::Object(_) => "an object",
        Value::Tuple(_) => "a tuple",
        Value::Dynamic(_) => "a dynamic value",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dynamic(ty: Type, value: Value) -> Value {
        Value::Dynamic(Box::new((ty, value)))
    }

    fn words(value: &Value, ty: &Type) -> String {
        conforms(value, ty).unwrap_err().to_string()
    }

    #[test]
    fn null_and_unknown_are_of_every_type() {
        for ty in [Type::Bool, Type::Dynamic, Type::list(Type::String), Type::object([("a", Type::Bool)])] {
            assert_eq!(conforms(&Value::Null, &ty), Ok(()));
            assert_eq!(conforms(&Value::unknown(), &ty), Ok(()));
        }
    }

    #[test]
    fn breach_names_the_place() {
        let ty = Type::object([("taint", Type::list(Type::object([("key", Type::String)])))]);
        let value = Value::object([("taint", Value::List(vec![Value::object([("key", Value::Bool(true))])]))]);
        assert_eq!(words(&value, &ty), "taint[0].key: expected a string, got a bool");
    }

    #[test]
    fn objects_are_complete() {
        let ty = Type::object([("a", Type::String)]);
        let nothing: [(&str, Value); 0] = [];
        assert_eq!(words(&Value::object(nothing), &ty), "a: the attribute is missing");
        let more = Value::object([("a", Value::Null), ("b", Value::Null)]);
        assert_eq!(words(&more, &ty), "b: the attribute is not declared");
    }

    #[test]
    fn elements_have_one_concrete_type() {
        let ty = Type::list(Type::Dynamic);
        let text = || dynamic(Type::String, "x".into());
        let same = Value::List(vec![Value::Null, text(), Value::unknown(), dynamic(Type::String, Value::Null)]);
        assert_eq!(conforms(&same, &ty), Ok(()));
        let mixed = Value::List(vec![text(), dynamic(Type::Bool, Value::Bool(true))]);
        assert_eq!(
            words(&mixed, &ty),
            "elements of one collection must have the same type, got \"string\" and \"bool\""
        );
    }

    #[test]
    fn null_object_with_a_dynamic_inside_differs_from_a_known_one() {
        let ty = Type::list(Type::object([("a", Type::Dynamic)]));
        let known = Value::object([("a", dynamic(Type::String, "x".into()))]);
        assert!(conforms(&Value::List(vec![known.clone(), known.clone()]), &ty).is_ok());
        assert!(conforms(&Value::List(vec![known, Value::Null]), &ty).is_err());
    }

    #[test]
    fn refinements_suit_the_type() {
        let prefix = Refinements { string_prefix: Some("ami-".to_owned()), ..Default::default() };
        assert!(refinements_fit(&prefix, &Type::String).is_ok());
        assert!(refinements_fit(&prefix, &Type::Number).is_err());
        assert!(refinements_fit(&prefix, &Type::Dynamic).is_ok());
        let lengths = Refinements { length_min: Some(2), length_max: Some(1), ..Default::default() };
        assert!(refinements_fit(&lengths, &Type::list(Type::String)).is_err());
        for length in [Some(1 << 63), None] {
            let beyond = Refinements { length_min: length, length_max: Some(u64::MAX), ..Default::default() };
            assert!(refinements_fit(&beyond, &Type::list(Type::String)).is_err());
        }
        let beyond = Refinements { length_min: Some(1 << 63), ..Default::default() };
        assert!(refinements_fit(&beyond, &Type::list(Type::String)).is_err());
    }

    #[test]
    fn deeply_nested_values_are_rejected() {
        let nest = |depth| {
            (0..depth).fold((Type::String, Value::Null), |(ty, value), _| (Type::list(ty), Value::List(vec![value])))
        };
        let (ty, value) = nest(MAX_DEPTH - 1);
        assert_eq!(conforms(&value, &ty), Ok(()));
        let (ty, value) = nest(MAX_DEPTH);
        assert!(words(&value, &ty).ends_with("the value is nested too deeply"));
    }
}
