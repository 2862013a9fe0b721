//! Converts between the dynamic [`Value`] and declared structs.
//!
//! `#[derive(Model)]` on a struct provides its schema, decoding, and encoding. The field types determine the possible
//! values: [`Attr`] is null, unknown, or known, and collections contain `Attr` elements because each of them can be
//! unknown.

use std::collections::BTreeMap;

pub use framework_macros::Model;

use super::number::Number;
use super::path::Path;
use super::schema::{Block, NestedObject, Nesting, Shape};
use super::type_check::value_words;
use super::types::Type;
use super::value::Value;

/// A struct that is a schema block. The derive macro implements it.
pub trait Model: Sized + Send + Sync + Clone + std::fmt::Debug + PartialEq + 'static {
    /// Returns the attributes and nested blocks.
    fn block() -> Block;

    /// Reads the struct from an object value.
    ///
    /// # Errors
    /// Returns an error if the value does not have the shape of [`Model::block`]. Terraform core never sends such a
    /// value.
    fn from_value(value: &Value, path: &Path) -> Result<Self, DecodeError>;

    /// Returns the object value of the struct.
    fn to_value(&self) -> Value;
}

/// The error for a value that does not have the shape of the schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: expected {expected}, got {found}")]
pub struct DecodeError {
    /// Path of the value.
    pub path: Path,
    /// The expected value.
    pub expected: &'static str,
    /// The actual value.
    pub found: String,
}

/// The additional constraint of a model on a number, which the Terraform type does not have.
const WHOLE_NUMBER: &str = "a 64-bit integer";

/// A number that violates this constraint.
const OTHER_NUMBER: &str = "a fraction or an out-of-range number";

impl DecodeError {
    /// Whether the value has the type of the schema, so that the configuration is the cause.
    #[must_use]
    pub fn is_of_user(&self) -> bool {
        self.expected == WHOLE_NUMBER && self.found == OTHER_NUMBER
    }

    /// Creates the error for a value that does not have the expected kind.
    #[must_use]
    pub fn new(path: &Path, expected: &'static str, found: &Value) -> Self {
        Self { path: path.clone(), expected, found: value_words(found).to_owned() }
    }
}

/// The members of an object value, for the derive macro.
#[derive(Debug, Clone, Copy)]
pub struct Members<'v> {
    members: &'v BTreeMap<String, Value>,
    path: &'v Path,
}

impl<'v> Members<'v> {
    /// Returns the members of the object at the path.
    ///
    /// # Errors
    /// Returns an error if the value is not an object.
    pub fn of(value: &'v Value, path: &'v Path) -> Result<Self, DecodeError> {
        let Value::Object(members) = value else { return Err(DecodeError::new(path, "an object", value)) };
        Ok(Self { members, path })
    }

    /// Returns the member with this name.
    ///
    /// # Errors
    /// Returns an error if the object does not have it. An object has every member of its schema.
    pub fn get(&self, name: &str) -> Result<&'v Value, DecodeError> {
        self.members.get(name).ok_or_else(|| DecodeError {
            path: self.path.then(name),
            expected: "a value or null",
            found: "nothing".to_owned(),
        })
    }
}

/// The value of an attribute: null, unknown, or known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Attr<T> {
    /// Null.
    #[default]
    Null,
    /// Known after apply.
    Unknown,
    /// A known value.
    Known(T),
}

/// A list attribute.
pub type List<T> = Attr<Vec<Attr<T>>>;
/// A set attribute.
pub type Set<T> = Attr<SetOf<Attr<T>>>;
/// A map attribute.
pub type Map<T> = Attr<BTreeMap<String, Attr<T>>>;

/// Distinct elements without order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SetOf<T>(pub Vec<T>);

impl<T> Attr<T> {
    /// Returns the known value.
    pub fn known(&self) -> Option<&T> {
        if let Self::Known(value) = self { Some(value) } else { None }
    }

    /// Converts to the known value.
    pub fn into_known(self) -> Option<T> {
        if let Self::Known(value) = self { Some(value) } else { None }
    }

    /// Whether the value is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether the value is unknown.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    /// Whether the value is set and known.
    pub fn is_known(&self) -> bool {
        matches!(self, Self::Known(_))
    }

    /// Converts a known value, and keeps null and unknown.
    pub fn map<U>(self, convert: impl FnOnce(T) -> U) -> Attr<U> {
        match self {
            Self::Null => Attr::Null,
            Self::Unknown => Attr::Unknown,
            Self::Known(value) => Attr::Known(convert(value)),
        }
    }
}

impl<T> From<Option<T>> for Attr<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::Known)
    }
}

impl From<&str> for Attr<String> {
    fn from(value: &str) -> Self {
        Self::Known(value.to_owned())
    }
}

impl From<String> for Attr<String> {
    fn from(value: String) -> Self {
        Self::Known(value)
    }
}

impl Attr<String> {
    /// Returns the known string.
    pub fn text(&self) -> Option<&str> {
        self.known().map(String::as_str)
    }
}

impl<T> List<T> {
    /// Returns the known elements of a known list, in order.
    pub fn known_elements(&self) -> impl Iterator<Item = &T> {
        self.known().into_iter().flatten().filter_map(Attr::known)
    }

    /// Creates a known list of known elements.
    pub fn of(elements: impl IntoIterator<Item = T>) -> Self {
        Self::Known(elements.into_iter().map(Attr::Known).collect())
    }
}

impl<T> Set<T> {
    /// Returns the known elements of a known set.
    pub fn known_elements(&self) -> impl Iterator<Item = &T> {
        self.known().into_iter().flat_map(|set| &set.0).filter_map(Attr::known)
    }
}

impl<T: Ord> Set<T> {
    /// Creates a known set of known elements.
    pub fn of(elements: impl IntoIterator<Item = T>) -> Self {
        let mut elements: Vec<_> = elements.into_iter().map(Attr::Known).collect();
        elements.sort();
        elements.dedup();
        Self::Known(SetOf(elements))
    }
}

impl<T> Map<T> {
    /// Returns the known members of a known map, by key.
    pub fn known_members(&self) -> impl Iterator<Item = (&String, &T)> {
        self.known().into_iter().flatten().filter_map(|(key, value)| Some((key, value.known()?)))
    }

    /// Creates a known map of known members.
    pub fn of(members: impl IntoIterator<Item = (String, T)>) -> Self {
        Self::Known(members.into_iter().map(|(key, value)| (key, Attr::Known(value))).collect())
    }
}

/// An attribute as a field of a [`Model`]. It must be an [`Attr`], which supports null and unknown.
///
/// ```compile_fail,E0277
/// use framework::model::Model;
///
/// /// A struct whose field could not hold null or unknown.
/// #[derive(Debug, Clone, PartialEq, Model)]
/// struct Wrong {
///     /// The name.
///     #[attribute(required)]
///     name: String,
/// }
/// ```
///
/// A struct with blocks is a block, and cannot be used in an attribute:
///
/// ```compile_fail,E0277
/// use framework::blocks::ListBlock;
/// use framework::model::{Attr, List, Model};
///
/// /// The innermost.
/// #[derive(Debug, Clone, PartialEq, Model)]
/// struct Inner {
///     /// The name.
///     #[attribute(required)]
///     name: Attr<String>,
/// }
///
/// /// With a block.
/// #[derive(Debug, Clone, PartialEq, Model)]
/// struct Middle {
///     /// The innermost.
///     #[block]
///     inner: ListBlock<Inner>,
/// }
///
/// /// With an attribute whose type has a block.
/// #[derive(Debug, Clone, PartialEq, Model)]
/// struct Outer {
///     /// Not possible.
///     #[attribute(required)]
///     middle: List<Middle>,
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the type of an attribute field",
    note = "an attribute can be null or unknown: use `Attr`, `List`, `Set`, or `Map`"
)]
pub trait AttrField: Sized {
    /// Returns the type, or the nested attributes.
    fn shape() -> Shape;

    /// Reads a value that is null, unknown, or known.
    ///
    /// # Errors
    /// Returns an error if a known value does not have the type.
    fn from_value(value: &Value, path: &Path) -> Result<Self, DecodeError>;

    /// Returns the value.
    fn to_value(&self) -> Value;
}

impl<T: AttrType> AttrField for Attr<T> {
    fn shape() -> Shape {
        T::shape()
    }

    fn from_value(value: &Value, path: &Path) -> Result<Self, DecodeError> {
        Self::from_value(value, path)
    }

    fn to_value(&self) -> Value {
        self.to_value()
    }
}

/// A type that an [`Attr`] can contain. The derive macro implements it for structs without blocks.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used in an `Attr`",
    note = "it can be `String`, `bool`, `i64`, `Number`, `Value`, a collection of `Attr`s, or a struct without blocks \
            that derives `Model`"
)]
pub trait AttrType: Sized {
    /// Returns the type, or the nested attributes.
    fn shape() -> Shape;

    /// Reads a known value.
    ///
    /// # Errors
    /// Returns an error if the value does not have this type.
    fn from_known(value: &Value, path: &Path) -> Result<Self, DecodeError>;

    /// Returns the value.
    fn to_known(&self) -> Value;
}

impl<T: AttrType> Attr<T> {
    /// Reads a value that is null, unknown, or known.
    ///
    /// # Errors
    /// Returns an error if a known value does not have the type.
    pub fn from_value(value: &Value, path: &Path) -> Result<Self, DecodeError> {
        match value {
            null if null.is_null() => Ok(Self::Null),
            // Terraform core sends a null or unknown value of a `dynamic` attribute with its type.
            unknown if unknown.is_unknown() => Ok(Self::Unknown),
            known => T::from_known(known, path).map(Self::Known),
        }
    }

    /// Returns the value.
    pub fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Unknown => Value::unknown(),
            Self::Known(value) => value.to_known(),
        }
    }
}

impl AttrType for String {
    fn shape() -> Shape {
        Shape::Type(Type::String)
    }

    fn from_known(value: &Value, path: &Path) -> Result<Self, DecodeError> {
        value.as_str().map(str::to_owned).ok_or_else(|| DecodeError::new(path, "a string", value))
    }

    fn to_known(&self) -> Value {
        Value::string(self)
    }
}

impl AttrType for bool {
    fn shape() -> Shape {
        Shape::Type(Type::Bool)
    }

    fn from_known(value: &Value, path: &Path) -> Result<Self, DecodeError> {
        if let Value::Bool(known) = value { Ok(*known) } else { Err(DecodeError::new(path, "a bool", value)) }
    }

    fn to_known(&self) -> Value {
        Value::Bool(*self)
    }
}

impl AttrType for Number {
    fn shape() -> Shape {
        Shape::Type(Type::Number)
    }

    fn from_known(value: &Value, path: &Path) -> Result<Self, DecodeError> {
        if let Value::Number(known) = value {
            Ok(known.clone())
        } else {
            Err(DecodeError::new(path, "a number", value))
        }
    }

    fn to_known(&self) -> Value {
        Value::Number(self.clone())
    }
}

impl AttrType for i64 {
    fn shape() -> Shape {
        Shape::Type(Type::Number)
    }

    fn from_known(value: &Value, path: &Path) -> Result<Self, DecodeError> {
        let Value::Number(number) = value else { return Err(DecodeError::new(path, WHOLE_NUMBER, value)) };
        number.to_i64().ok_or_else(|| DecodeError {
            path: path.clone(),
            expected: WHOLE_NUMBER,
            found: OTHER_NUMBER.to_owned(),
        })
    }

    fn to_known(&self) -> Value {
        Value::from(*self)
    }
}

/// A value of any type, for `dynamic` attributes.
impl AttrType for Value {
    fn shape() -> Shape {
        Shape::Type(Type::Dynamic)
    }

    fn from_known(value: &Value, _path: &Path) -> Result<Self, DecodeError> {
        Ok(value.clone())
    }

    fn to_known(&self) -> Value {
        self.clone()
    }
}

fn collection(element: Shape, nesting: Nesting) -> Shape {
    match element {
        Shape::Nested(NestedObject { attributes, nesting: Nesting::Single }) => {
            Shape::Nested(NestedObject { attributes, nesting })
        }
        other => Shape::Type(nesting.wrap(other.ty())),
    }
}

impl<T: AttrType> AttrType for Vec<Attr<T>> {
    fn shape() -> Shape {
        collection(T::shape(), Nesting::List)
    }

    fn from_known(value: &Value, path: &Path) -> Result<Self, DecodeError> {
        let Value::List(elements) = value else { return Err(DecodeError::new(path, "a list", value)) };
        elements.iter().enumerate().map(|(index, element)| Attr::from_value(element, &path.index(index))).collect()
    }

    fn to_known(&self) -> Value {
        Value::List(self.iter().map(Attr::to_value).collect())
    }
}

impl<T: AttrType> AttrType for SetOf<Attr<T>> {
    fn shape() -> Shape {
        collection(T::shape(), Nesting::Set)
    }

    fn from_known(value: &Value, path: &Path) -> Result<Self, DecodeError> {
        let Value::Set(elements) = value else { return Err(DecodeError::new(path, "a set", value)) };
        let decode = |element: &Value| Attr::from_value(element, &path.element(element.clone()));
        elements.iter().map(decode).collect::<Result<_, _>>().map(Self)
    }

    fn to_known(&self) -> Value {
        Value::set(self.0.iter().map(Attr::to_value).collect())
    }
}

impl<T: AttrType> AttrType for BTreeMap<String, Attr<T>> {
    fn shape() -> Shape {
        collection(T::shape(), Nesting::Map)
    }

    fn from_known(value: &Value, path: &Path) -> Result<Self, DecodeError> {
        let Value::Map(members) = value else { return Err(DecodeError::new(path, "a map", value)) };
        members.iter().map(|(key, value)| Ok((key.clone(), Attr::from_value(value, &path.key(key))?))).collect()
    }

    fn to_known(&self) -> Value {
        Value::Map(self.iter().map(|(key, value)| (key.clone(), value.to_value())).collect())
    }
}

#[cfg(test)]
mod tests;
