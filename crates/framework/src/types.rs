//! The types of Terraform, and their JSON notation.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::normalization::nfc;

/// The type constraint of an attribute, parameter, or result.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    /// `true` or `false`.
    Bool,
    /// A decimal number.
    Number,
    /// A string.
    String,
    /// Any type, determined by the value.
    Dynamic,
    /// An ordered collection.
    List(Box<Type>),
    /// A collection of distinct elements without order.
    Set(Box<Type>),
    /// A collection by key.
    Map(Box<Type>),
    /// Named attributes with individual types.
    Object(BTreeMap<String, Type>),
    /// A fixed sequence of elements with individual types.
    Tuple(Vec<Type>),
}

/// The error for a JSON document that is not a type expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a type expression")]
pub struct TypeError(String);

/// Maximum nesting depth, which exceeds that of any real schema. The limit prevents a malicious document from
/// exhausting the stack.
const MAX_DEPTH: usize = 64;

impl Type {
    /// Creates a list with the element type.
    #[must_use]
    pub fn list(element: Self) -> Self {
        Self::List(Box::new(element))
    }

    /// Creates a set with the element type.
    #[must_use]
    pub fn set(element: Self) -> Self {
        Self::Set(Box::new(element))
    }

    /// Creates a map with the element type.
    #[must_use]
    pub fn map(element: Self) -> Self {
        Self::Map(Box::new(element))
    }

    /// Creates an object from names and types.
    #[must_use]
    pub fn object<K: Into<String>>(attributes: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Object(attributes.into_iter().map(|(name, ty)| (name.into(), ty)).collect())
    }

    /// Whether the type is, or contains at any depth, `dynamic`.
    #[must_use]
    pub fn has_dynamic(&self) -> bool {
        match self {
            Self::Dynamic => true,
            Self::Bool | Self::Number | Self::String => false,
            Self::List(element) | Self::Set(element) | Self::Map(element) => element.has_dynamic(),
            Self::Object(attributes) => attributes.values().any(Self::has_dynamic),
            Self::Tuple(elements) => elements.iter().any(Self::has_dynamic),
        }
    }

    /// Returns the JSON type expression, such as `["list","string"]`.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match self {
            Self::Bool => json!("bool"),
            Self::Number => json!("number"),
            Self::String => json!("string"),
            Self::Dynamic => json!("dynamic"),
            Self::List(element) => json!(["list", element.to_json()]),
            Self::Set(element) => json!(["set", element.to_json()]),
            Self::Map(element) => json!(["map", element.to_json()]),
            Self::Object(attributes) => {
                let attributes: serde_json::Map<_, _> =
                    attributes.iter().map(|(name, ty)| (name.clone(), ty.to_json())).collect();
                json!(["object", attributes])
            }
            Self::Tuple(elements) => json!(["tuple", elements.iter().map(Self::to_json).collect::<Vec<_>>()]),
        }
    }

    /// Parses a JSON type expression.
    ///
    /// # Errors
    /// Returns an error if the document is not a type expression, or exceeds the maximum nesting depth.
    pub fn from_json(document: &Json) -> Result<Self, TypeError> {
        Self::from_json_at(document, MAX_DEPTH)
    }

    fn from_json_at(document: &Json, depth: usize) -> Result<Self, TypeError> {
        let error = || TypeError(document.to_string().chars().take(200).collect());
        let depth = depth.checked_sub(1).ok_or_else(error)?;
        let parse = |inner: &Json| Self::from_json_at(inner, depth);
        if let Json::String(name) = document {
            return match name.as_str() {
                "bool" => Ok(Self::Bool),
                "number" => Ok(Self::Number),
                "string" => Ok(Self::String),
                "dynamic" => Ok(Self::Dynamic),
                _ => Err(error()),
            };
        }
        let parts = document.as_array().ok_or_else(error)?;
        // An object can have a third part with the names of its optional attributes, which do not affect values.
        let (Some(Json::String(kind)), Some(inner), 2 | 3) = (parts.first(), parts.get(1), parts.len()) else {
            return Err(error());
        };
        match (kind.as_str(), inner, parts.len()) {
            ("list", element, 2) => Ok(Self::list(parse(element)?)),
            ("set", element, 2) => Ok(Self::set(parse(element)?)),
            ("map", element, 2) => Ok(Self::map(parse(element)?)),
            ("tuple", Json::Array(elements), 2) => {
                Ok(Self::Tuple(elements.iter().map(parse).collect::<Result<_, _>>()?))
            }
            ("object", Json::Object(attributes), _) => {
                let attributes = attributes.iter().map(|(name, ty)| Ok((nfc(name).into_owned(), parse(ty)?)));
                Ok(Self::Object(attributes.collect::<Result<_, TypeError>>()?))
            }
            _ => Err(error()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expression_round_trips() {
        let ty = Type::object([
            ("names", Type::set(Type::String)),
            ("pair", Type::Tuple(vec![Type::Bool, Type::map(Type::Dynamic)])),
        ]);
        assert_eq!(Type::from_json(&ty.to_json()), Ok(ty));
    }

    #[test]
    fn optional_object_attributes_are_accepted() {
        let document = json!(["object", {"a": "string"}, ["a"]]);
        assert_eq!(Type::from_json(&document), Ok(Type::object([("a", Type::String)])));
    }

    #[test]
    fn attribute_names_are_normalised_to_nfc() {
        let document = json!(["object", {"e\u{301}": "string"}]);
        assert_eq!(Type::from_json(&document), Ok(Type::object([("é", Type::String)])));
    }

    #[test]
    fn invalid_type_documents_are_rejected() {
        for document in [json!(null), json!("text"), json!([]), json!(["list"]), json!(["list", "string", 1])] {
            assert!(Type::from_json(&document).is_err(), "{document}");
        }
    }

    #[test]
    fn deep_nesting_is_rejected() {
        let deep = (0..1000).fold(json!("string"), |inner, _| json!(["list", inner]));
        assert!(Type::from_json(&deep).is_err());
    }
}
