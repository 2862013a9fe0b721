//! The identity of an object: attributes in import blocks and list results.

use super::model::{DecodeError, Model};
use super::path::Path;
use super::schema::{Block, Presence};
use super::types::Type;
use super::value::Value;

/// A [`Model`] of primitive attributes: `required` ones an import must give, `optional` ones it may.
pub trait Identity: Model {
    /// The schema version, raised when the attributes change.
    const VERSION: i64 = 0;
    /// Whether the resource has an identity at all.
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
    /// The version.
    pub version: i64,
    /// The attributes.
    pub attributes: Vec<IdentityAttribute>,
}

/// One attribute of an identity.
#[derive(Debug, Clone)]
pub struct IdentityAttribute {
    /// The name.
    pub name: String,
    /// A primitive, or a list of primitives.
    pub ty: Type,
    /// Whether an import must give it; else it may.
    pub required_for_import: bool,
    /// The description.
    pub description: String,
}

impl IdentitySchema {
    /// The schema of an identity model; none for [`NoIdentity`].
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

    /// The object type of the identity.
    #[must_use]
    pub fn ty(&self) -> Type {
        Type::object(self.attributes.iter().map(|attribute| (attribute.name.clone(), attribute.ty.clone())))
    }
}
