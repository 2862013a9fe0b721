//! The value of an attribute, a block, or a whole object: null, unknown, or known, as in Terraform core.

use std::collections::BTreeMap;

use super::normalization::nfc;
use super::number::Number;
use super::types::Type;

/// A value in the type system of Terraform. The states null, unknown, and known are always distinct.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// A null value.
    #[default]
    Null,
    /// A value that is known after apply. The refinements contain what is already certain.
    Unknown(Refinements),
    /// A boolean.
    Bool(bool),
    /// A decimal number of any precision.
    Number(Number),
    /// A string in Unicode normalization form C (NFC).
    String(String),
    /// An ordered collection of elements of one type.
    List(Vec<Value>),
    /// Distinct elements in canonical order. Create it with [`Value::set`].
    Set(Vec<Value>),
    /// Elements of one type by key.
    Map(BTreeMap<String, Value>),
    /// Attributes and nested blocks by name. Every declared one is present.
    Object(BTreeMap<String, Value>),
    /// A fixed sequence of elements of different types.
    Tuple(Vec<Value>),
    /// A value with its type, for `dynamic` attributes.
    Dynamic(Box<(Type, Value)>),
}

/// The refinements of an unknown value (go-cty, wire keys 1 to 6).
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refinements {
    /// The value is not null.
    pub not_null: bool,
    /// The string starts with this prefix.
    pub string_prefix: Option<String>,
    /// The number is not below this bound. `true` includes the bound.
    pub number_min: Option<(Number, bool)>,
    /// The number is not above this bound. `true` includes the bound.
    pub number_max: Option<(Number, bool)>,
    /// The collection has at least this many elements.
    pub length_min: Option<u64>,
    /// The collection has at most this many elements.
    pub length_max: Option<u64>,
}

impl Value {
    /// Creates an unknown value without refinements.
    #[must_use]
    pub fn unknown() -> Self {
        Self::Unknown(Refinements::default())
    }

    /// Creates a string, normalized to NFC as in Terraform core.
    #[must_use]
    pub fn string(text: impl AsRef<str>) -> Self {
        Self::String(nfc(text.as_ref()).into_owned())
    }

    /// Creates a set with its elements in canonical order and without duplicates. Elements that are not completely
    /// known are never merged, because they may become different after apply.
    #[must_use]
    pub fn set(mut elements: Vec<Value>) -> Self {
        elements.sort();
        elements.dedup_by(|a, b| a == b && a.is_wholly_known());
        Self::Set(elements)
    }

    /// Creates an object from names and values.
    #[must_use]
    pub fn object<K: Into<String>>(members: impl IntoIterator<Item = (K, Value)>) -> Self {
        Self::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }

    /// Whether the value is null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Dynamic(inner) => inner.1.is_null(),
            _ => false,
        }
    }

    /// Whether the value itself is unknown. Its elements are ignored.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        match self {
            Self::Unknown(_) => true,
            Self::Dynamic(inner) => inner.1.is_unknown(),
            _ => false,
        }
    }

    /// Whether the value is empty, zero, or `false`. Null is not.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        match self {
            Self::List(elements) | Self::Set(elements) => elements.is_empty(),
            Self::Map(members) => members.is_empty(),
            Self::String(text) => text.is_empty(),
            Self::Number(number) => *number == Number::from(0_i64),
            Self::Bool(flag) => !flag,
            _ => false,
        }
    }

    /// Whether neither the value nor any element at any depth is unknown.
    #[must_use]
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Self::Unknown(_) => false,
            Self::List(elements) | Self::Set(elements) | Self::Tuple(elements) => {
                elements.iter().all(Self::is_wholly_known)
            }
            Self::Map(members) | Self::Object(members) => members.values().all(Self::is_wholly_known),
            Self::Dynamic(inner) => inner.1.is_wholly_known(),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => true,
        }
    }

    /// Returns the value with all unknowns stripped of their refinements, for comparisons that ignore them.
    #[must_use]
    pub fn without_refinements(&self) -> Self {
        let each = |elements: &[Self]| elements.iter().map(Self::without_refinements).collect::<Vec<_>>();
        let members = |members: &BTreeMap<String, Self>| {
            members.iter().map(|(name, value)| (name.clone(), value.without_refinements())).collect()
        };
        match self {
            Self::Unknown(_) => Self::unknown(),
            Self::List(elements) => Self::List(each(elements)),
            Self::Set(elements) => Self::set(each(elements)),
            Self::Tuple(elements) => Self::Tuple(each(elements)),
            Self::Map(map) => Self::Map(members(map)),
            Self::Object(object) => Self::Object(members(object)),
            Self::Dynamic(inner) => Self::Dynamic(Box::new((inner.0.clone(), inner.1.without_refinements()))),
            known => known.clone(),
        }
    }

    /// Applies a function to each object in a nesting (an object, or a list, set, or map of objects, also inside a
    /// `dynamic`).
    #[must_use]
    pub fn map_objects(&self, change: &dyn Fn(&Self) -> Self) -> Self {
        match self {
            Self::List(elements) => Self::List(elements.iter().map(change).collect()),
            Self::Tuple(elements) => Self::Tuple(elements.iter().map(change).collect()),
            Self::Set(elements) => Self::set(elements.iter().map(change).collect()),
            Self::Map(members) => Self::Map(members.iter().map(|(key, value)| (key.clone(), change(value))).collect()),
            Self::Object(_) => change(self),
            Self::Dynamic(pair) => {
                // Map-nested blocks with a `dynamic` inside are passed as an object of objects.
                let inside = match &pair.1 {
                    Self::Object(members) => {
                        Self::Object(members.iter().map(|(key, value)| (key.clone(), change(value))).collect())
                    }
                    other => other.map_objects(change),
                };
                Self::Dynamic(Box::new((pair.0.clone(), inside)))
            }
            other => other.clone(),
        }
    }

    /// Returns the member of an object or map.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) | Self::Map(members) => members.get(name),
            _ => None,
        }
    }

    /// Returns the string of a known string value.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// Returns the elements of a known list, set, or tuple.
    #[must_use]
    pub fn elements(&self) -> Option<&[Self]> {
        match self {
            Self::List(elements) | Self::Set(elements) | Self::Tuple(elements) => Some(elements),
            _ => None,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::string(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::string(text)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Number(Number::from(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn set_order_and_repetition_do_not_matter() {
        let left = Value::set(vec!["b".into(), "a".into(), "b".into()]);
        assert_eq!(left, Value::set(vec!["a".into(), "b".into()]));
    }

    #[test]
    fn set_unknown_elements_are_kept_apart() {
        let set = Value::set(vec![Value::unknown(), Value::unknown(), "a".into()]);
        assert_eq!(set.elements().map(<[Value]>::len), Some(3));
    }

    #[test]
    fn string_is_normalised_to_nfc() {
        assert_eq!(Value::string("e\u{301}"), Value::string("é"));
    }
}
