//! The identity of an object: attributes for import blocks and list results.

use super::model::{DecodeError, Model};
use super::path::Path;
use super::schema::{Block, Presence};
use super::types::Type;
use super::value::Value;

/// A [`Model`] of primitive attributes. An import must set the `required` ones, and can set the `optional` ones.
pub trait Identity: Model {
    /// The schema version, incremented when the attributes change.
    const VERSION: i64 = 0;
    /// Whether the resource has an identity.
    const EXISTS: bool = true;
}

/// For resources without an identity.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NoIdentity;

impl Model for NoIdentity {
    fn block() -> Block {
        Block::default()
    }

    fn from_value(_value: &Value, _path: &Path) -> Result<Self, DecodeError> {
        Ok(Self)
    }

    fn to_value(&self) -> Value {
        Value::Null
    }
}

impl Identity for NoIdentity {
    const EXISTS: bool = false;
}

/// The schema of an identity.
#[derive(Debug, Clone)]
pub struct IdentitySchema {
    /// The schema version.
    pub version: i64,
    /// The attributes.
    pub attributes: Vec<IdentityAttribute>,
}

/// One attribute of an identity.
#[derive(Debug, Clone)]
pub struct IdentityAttribute {
    /// Name of the attribute.
    pub name: String,
    /// Type of the attribute: a primitive, or a list of primitives.
    pub ty: Type,
    /// Whether an import must set the attribute. Otherwise, it is optional.
    pub required_for_import: bool,
    /// Description of the attribute.
    pub description: String,
}

impl IdentitySchema {
    /// Returns the schema of an identity model, or `None` for [`NoIdentity`].
    #[must_use]
    pub fn of<I: Identity>() -> Option<Self> {
        I::EXISTS.then(|| Self {
            version: I::VERSION,
            attributes: I::block()
                .attributes
                .into_iter()
                .map(|attribute| IdentityAttribute {
                    ty: attribute.ty(),
                    required_for_import: attribute.presence == Presence::Required,
                    name: attribute.name,
                    description: attribute.description,
                })
                .collect(),
        })
    }

    /// Returns the object type of the identity.
    #[must_use]
    pub fn ty(&self) -> Type {
        Type::object(self.attributes.iter().map(|attribute| (attribute.name.clone(), attribute.ty.clone())))
    }
}
