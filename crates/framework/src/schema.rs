//! The shape of an object: attributes, nested blocks, and what planning does with each of them.

use super::types::Type;
use super::validators::Validator;
use super::value::Value;

/// The schema of a resource, data source, provider block or any other configurable object.
#[derive(Debug, Clone, Default)]
pub struct Schema {
    /// Raised when the stored shape changes; [`Resource::upgrade`](super::resource::Resource::upgrade) follows.
    pub version: i64,
    /// The attributes and nested blocks at the root.
    pub block: Block,
}

/// Attributes and nested blocks, in the order they are declared.
#[derive(Debug, Clone, Default)]
pub struct Block {
    /// The attributes.
    pub attributes: Vec<Attribute>,
    /// The nested blocks.
    pub blocks: Vec<NestedBlock>,
    /// The description, in Markdown.
    pub description: String,
    /// Why the whole object should no longer be used.
    pub deprecation: Option<String>,
}

/// One attribute.
#[derive(Debug, Clone)]
pub struct Attribute {
    /// The name in configuration.
    pub name: String,
    /// The type, or the attributes nested in it.
    pub shape: Shape,
    /// The source of the value.
    pub presence: Presence,
    /// The description, in Markdown.
    pub description: String,
    /// Why it should no longer be used.
    pub deprecation: Option<String>,
    /// Hidden in the output of the CLI and masked in logs.
    pub sensitive: bool,
    /// Given by configuration only, and stored nowhere.
    pub write_only: bool,
    /// The default value. Requires `optional` and `computed`.
    pub default: Option<Value>,
    /// Whether a change needs another object.
    pub replace: Replace,
    /// A computed value that an update does not change.
    pub stable: bool,
    /// The arguments of the root that determine a computed value; empty for all that are not inert.
    pub changes_with: &'static [&'static str],
    /// A computed value for which this holds stays as it is through an update.
    pub settled: Option<fn(&Value) -> bool>,
    /// A change of this argument changes no computed value.
    pub inert: bool,
    /// Null, an empty collection or string, zero, and `false` all mean unset. Models see null only; the framework
    /// keeps the form that configuration and state have, as the SDK of the AWS provider does.
    pub unset_if_zero: bool,
    /// When true for a configured and a stored value, the stored one stays.
    pub equivalence: Option<Equivalence>,
    /// The constraints of the value.
    pub validators: Vec<Validator>,
}

/// Whether two values mean the same to the API: configured, then stored.
pub type Equivalence = fn(&Value, &Value) -> bool;

/// The source of the value of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Configuration must.
    Required,
    /// Configuration may.
    Optional,
    /// The provider does.
    Computed,
    /// Configuration may, else the provider does.
    OptionalComputed,
}

/// Whether a change of an attribute needs another object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Replace {
    /// The object is changed in place.
    #[default]
    Never,
    /// Any change replaces the object.
    Always,
    /// A change replaces the object only if configuration gives a value.
    IfConfigured,
}

/// The kind of value of an attribute.
#[derive(Debug, Clone)]
pub enum Shape {
    /// A value of a type.
    Type(Type),
    /// Objects whose attributes have a schema.
    Nested(NestedObject),
}

/// Attributes nested in an attribute.
#[derive(Debug, Clone)]
pub struct NestedObject {
    /// The attributes of each object.
    pub attributes: Vec<Attribute>,
    /// How many objects, and how they are told apart.
    pub nesting: Nesting,
}

/// A block nested in a block.
#[derive(Debug, Clone)]
pub struct NestedBlock {
    /// The name in configuration.
    pub name: String,
    /// The schema of each block.
    pub block: Block,
    /// How many blocks, and how they are told apart.
    pub nesting: Nesting,
    /// Minimum number of blocks.
    pub min_items: u32,
    /// Maximum number of blocks. Zero means no limit.
    pub max_items: u32,
    /// Whether a change anywhere inside needs another object.
    pub replace: Replace,
    /// A change anywhere inside changes no computed value.
    pub inert: bool,
    /// When true for a configured and a stored value, the stored one stays.
    pub equivalence: Option<Equivalence>,
    /// The constraints of all blocks combined.
    pub validators: Vec<Validator>,
}

impl NestedBlock {
    /// A nested block with everything but name, nesting and content at rest.
    #[must_use]
    pub fn new(name: impl Into<String>, nesting: Nesting, block: Block) -> Self {
        Self {
            name: name.into(),
            block,
            nesting,
            min_items: 0,
            max_items: 0,
            replace: Replace::Never,
            inert: false,
            equivalence: None,
            validators: Vec::new(),
        }
    }
}

/// How nested objects are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nesting {
    /// At most one.
    Single,
    /// Always exactly one, null attributes when nothing is written. Blocks only.
    Group,
    /// By position.
    List,
    /// By content.
    Set,
    /// By key.
    Map,
}

impl Presence {
    /// Whether configuration may give the value.
    #[must_use]
    pub fn is_configurable(self) -> bool {
        self != Self::Computed
    }

    /// Whether the provider may give the value.
    #[must_use]
    pub fn is_computed(self) -> bool {
        matches!(self, Self::Computed | Self::OptionalComputed)
    }
}

impl Attribute {
    /// An attribute with everything but name, shape and presence at rest.
    #[must_use]
    pub fn new(name: impl Into<String>, shape: Shape, presence: Presence) -> Self {
        Self {
            name: name.into(),
            shape,
            presence,
            description: String::new(),
            deprecation: None,
            sensitive: false,
            write_only: false,
            default: None,
            replace: Replace::Never,
            stable: false,
            changes_with: &[],
            settled: None,
            inert: false,
            unset_if_zero: false,
            equivalence: None,
            validators: Vec::new(),
        }
    }

    /// Whether Terraform core treats the value as computed. Otherwise, it would not accept a stored `{}` if the
    /// configuration is empty.
    #[must_use]
    pub fn is_computed(&self) -> bool {
        self.presence.is_computed() || self.unset_if_zero
    }

    /// The type of the value on the wire.
    #[must_use]
    pub fn ty(&self) -> Type {
        self.shape.ty()
    }
}

impl Shape {
    /// The type of the value on the wire.
    #[must_use]
    pub fn ty(&self) -> Type {
        match self {
            Self::Type(ty) => ty.clone(),
            Self::Nested(nested) => nested.nesting.wrap(nested.object_type()),
        }
    }
}

impl NestedObject {
    /// The type of one object.
    #[must_use]
    pub fn object_type(&self) -> Type {
        Type::object(self.attributes.iter().map(|attribute| (attribute.name.clone(), attribute.ty())))
    }
}

impl Nesting {
    /// The type of all objects together, given the type of one.
    #[must_use]
    pub fn wrap(self, object: Type) -> Type {
        match self {
            Self::Single | Self::Group => object,
            Self::List => Type::list(object),
            Self::Set => Type::set(object),
            Self::Map => Type::map(object),
        }
    }
}

impl NestedBlock {
    /// Returns the type of all blocks combined. If a `dynamic` inside does not permit a common element type, Terraform
    /// core uses a tuple or an object in a `dynamic`.
    #[must_use]
    pub fn ty(&self) -> Type {
        let object = self.block.ty();
        match self.nesting {
            Nesting::List | Nesting::Map if object.has_dynamic() => Type::Dynamic,
            nesting => nesting.wrap(object),
        }
    }

    /// The value when configuration has no such block.
    #[must_use]
    pub fn empty(&self) -> Value {
        let dynamic = self.block.ty().has_dynamic();
        match self.nesting {
            Nesting::Single => Value::Null,
            Nesting::Group => self.block.empty(),
            Nesting::List if dynamic => Value::Dynamic(Box::new((Type::Tuple(vec![]), Value::Tuple(vec![])))),
            Nesting::List => Value::List(vec![]),
            Nesting::Set => Value::Set(vec![]),
            Nesting::Map if dynamic => {
                let nothing: [(&str, Type); 0] = [];
                let empty: [(&str, Value); 0] = [];
                Value::Dynamic(Box::new((Type::object(nothing), Value::object(empty))))
            }
            Nesting::Map => Value::Map(Default::default()),
        }
    }
}

impl Block {
    /// The object type of the block: attributes and nested blocks by name.
    #[must_use]
    pub fn ty(&self) -> Type {
        let attributes = self.attributes.iter().map(|attribute| (attribute.name.clone(), attribute.ty()));
        let blocks = self.blocks.iter().map(|block| (block.name.clone(), block.ty()));
        Type::object(attributes.chain(blocks))
    }

    /// The value of the block when nothing is written in it.
    #[must_use]
    pub fn empty(&self) -> Value {
        let attributes = self.attributes.iter().map(|attribute| (attribute.name.clone(), Value::Null));
        let blocks = self.blocks.iter().map(|block| (block.name.clone(), block.empty()));
        Value::object(attributes.chain(blocks))
    }

    /// The stored object with every missing block as configuration would have it: empty, not null. A state that
    /// another provider or an older version wrote may lack blocks of this schema.
    #[must_use]
    pub fn with_blocks(&self, stored: &Value) -> Value {
        let Value::Object(members) = stored else { return stored.clone() };
        let mut members = members.clone();
        for nested in &self.blocks {
            let value = members.entry(nested.name.clone()).or_default();
            *value = match &*value {
                Value::Null => nested.empty(),
                present => present.map_objects(&|object| nested.block.with_blocks(object)),
            };
        }
        Value::Object(members)
    }

    /// The object without members that the block does not declare.
    #[must_use]
    pub fn without_others(&self, object: Value) -> Value {
        let Value::Object(mut members) = object else { return object };
        members.retain(|name, _| self.attribute(name).is_some() || self.nested(name).is_some());
        Value::Object(members)
    }

    /// The attribute of that name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// The nested block of that name.
    #[must_use]
    pub fn nested(&self, name: &str) -> Option<&NestedBlock> {
        self.blocks.iter().find(|block| block.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_blocks_of_a_stored_object_are_empty() {
        let leaf = NestedBlock::new("leaf", Nesting::Set, Block::default());
        let inner = Block { blocks: vec![leaf], ..Block::default() };
        let single = NestedBlock::new("single", Nesting::Single, Block::default());
        let blocks = vec![NestedBlock::new("list", Nesting::List, inner), single];
        let block = Block { blocks, ..Block::default() };
        let element = Value::object([("leaf", Value::Null)]);
        let stored = Value::object([("list", Value::List(vec![element])), ("single", Value::Null)]);
        let expected = Value::object([("leaf", Value::Set(vec![]))]);
        let expected = Value::object([("list", Value::List(vec![expected])), ("single", Value::Null)]);
        assert_eq!(block.with_blocks(&stored), expected);
        let nothing: [(&str, Value); 0] = [];
        assert_eq!(block.with_blocks(&Value::object(nothing)), block.empty());
    }
}
