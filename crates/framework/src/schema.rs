//! Schemas: attributes, nested blocks, and their planning behavior.

use super::types::Type;
use super::validators::Validator;
use super::value::Value;

/// The schema of a resource, data source, provider block, or any other configurable object.
#[derive(Debug, Clone, Default)]
pub struct Schema {
    /// The schema version, incremented when the stored shape changes. See
    /// [`Resource::upgrade`](super::resource::Resource::upgrade).
    pub version: i64,
    /// The attributes and nested blocks of the root.
    pub block: Block,
}

/// Attributes and nested blocks, in declaration order.
#[derive(Debug, Clone, Default)]
pub struct Block {
    /// The attributes.
    pub attributes: Vec<Attribute>,
    /// The nested blocks.
    pub blocks: Vec<NestedBlock>,
    /// The description, in Markdown.
    pub description: String,
    /// Deprecation message of the whole object.
    pub deprecation: Option<String>,
}

/// One attribute.
#[derive(Debug, Clone)]
pub struct Attribute {
    /// Name of the attribute in configuration.
    pub name: String,
    /// Type of the attribute, or its nested attributes.
    pub shape: Shape,
    /// The attributes of the objects of a type, for the documentation.
    pub members: Option<NestedObject>,
    /// The source of the value.
    pub presence: Presence,
    /// The description, in Markdown.
    pub description: String,
    /// Deprecation message.
    pub deprecation: Option<String>,
    /// Whether the value is hidden in CLI output and masked in logs.
    pub sensitive: bool,
    /// Whether the value is only configured and never stored.
    pub write_only: bool,
    /// The default value. Requires `optional` and `computed`.
    pub default: Option<Value>,
    /// Whether a change requires replacement.
    pub replace: Replace,
    /// Whether the attribute is a computed value that an update does not change.
    pub stable: bool,
    /// The root arguments that determine a computed value. Empty for all arguments that are not inert.
    pub changes_with: &'static [&'static str],
    /// Returns `true` for a computed value that an update does not change.
    pub settled: Option<fn(&Value) -> bool>,
    /// Whether a change to this argument leaves all computed values unchanged.
    pub inert: bool,
    /// Whether null, an empty collection or string, zero, and `false` all mean unset. Models only contain null. The
    /// framework keeps the form of the configuration and the state, as the SDK of the AWS provider does.
    pub unset_if_zero: bool,
    /// Returns `true` if a configured value is equivalent to the stored one, which is then kept.
    pub equivalence: Option<Equivalence>,
    /// The constraints of the value.
    pub validators: Vec<Validator>,
}

/// Compares a configured and a stored value. Returns `true` if they mean the same to the API.
pub type Equivalence = fn(&Value, &Value) -> bool;

/// The source of the value of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Required in the configuration.
    Required,
    /// Optional in the configuration.
    Optional,
    /// Set by the provider.
    Computed,
    /// Optional in the configuration. If unset, the provider sets it.
    OptionalComputed,
}

/// Whether a change to an attribute requires replacement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Replace {
    /// The object is updated in place.
    #[default]
    Never,
    /// Any change replaces the object.
    Always,
    /// A change replaces the object only if the attribute is configured.
    IfConfigured,
}

/// The kind of value of an attribute.
#[derive(Debug, Clone)]
pub enum Shape {
    /// A value of a type.
    Type(Type),
    /// Objects with nested attributes.
    Nested(NestedObject),
}

/// Attributes that are nested in an attribute.
#[derive(Debug, Clone)]
pub struct NestedObject {
    /// The attributes of each object.
    pub attributes: Vec<Attribute>,
    /// The nesting mode.
    pub nesting: Nesting,
}

/// A block nested in a block.
#[derive(Debug, Clone)]
pub struct NestedBlock {
    /// Name of the block in configuration.
    pub name: String,
    /// The schema of a single block.
    pub block: Block,
    /// The nesting mode.
    pub nesting: Nesting,
    /// Minimum number of blocks.
    pub min_items: u32,
    /// Maximum number of blocks. Zero means no limit.
    pub max_items: u32,
    /// Whether a change to any nested value requires replacement.
    pub replace: Replace,
    /// Whether changes to nested values leave all computed values unchanged.
    pub inert: bool,
    /// Returns `true` if a configured value is equivalent to the stored one, which is then kept.
    pub equivalence: Option<Equivalence>,
    /// The constraints of all blocks combined.
    pub validators: Vec<Validator>,
}

impl NestedBlock {
    /// Creates a nested block with defaults for all settings except the name, nesting mode, and content.
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

/// The nesting mode of objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nesting {
    /// At most one.
    Single,
    /// Always exactly one. Attributes are null if the configuration has none. Only for blocks.
    Group,
    /// A list, by position.
    List,
    /// A set, by content.
    Set,
    /// A map, by key.
    Map,
}

impl Presence {
    /// Whether the configuration can set the value.
    #[must_use]
    pub fn is_configurable(self) -> bool {
        self != Self::Computed
    }

    /// Whether the provider can set the value.
    #[must_use]
    pub fn is_computed(self) -> bool {
        matches!(self, Self::Computed | Self::OptionalComputed)
    }
}

impl Attribute {
    /// Creates an attribute with defaults for all settings except the name, shape, and presence.
    #[must_use]
    pub fn new(name: impl Into<String>, shape: Shape, presence: Presence) -> Self {
        Self {
            name: name.into(),
            shape,
            members: None,
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

    /// Returns the type of the value in the protocol.
    #[must_use]
    pub fn ty(&self) -> Type {
        self.shape.ty()
    }
}

impl Shape {
    /// Returns the type of the value in the protocol.
    #[must_use]
    pub fn ty(&self) -> Type {
        match self {
            Self::Type(ty) => ty.clone(),
            Self::Nested(nested) => nested.nesting.wrap(nested.object_type()),
        }
    }

    /// Returns the nested attributes, if there are any.
    #[must_use]
    pub fn into_nested(self) -> Option<NestedObject> {
        match self {
            Self::Type(_) => None,
            Self::Nested(nested) => Some(nested),
        }
    }
}

impl NestedObject {
    /// Returns the type of one object.
    #[must_use]
    pub fn object_type(&self) -> Type {
        Type::object(self.attributes.iter().map(|attribute| (attribute.name.clone(), attribute.ty())))
    }
}

impl Nesting {
    /// Returns the type of all objects combined, given the type of one object.
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

    /// Returns the value if the configuration has no such block.
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
    /// Returns the object type of the block: attributes and nested blocks by name.
    #[must_use]
    pub fn ty(&self) -> Type {
        let attributes = self.attributes.iter().map(|attribute| (attribute.name.clone(), attribute.ty()));
        let blocks = self.blocks.iter().map(|block| (block.name.clone(), block.ty()));
        Type::object(attributes.chain(blocks))
    }

    /// Returns the value of an empty block.
    #[must_use]
    pub fn empty(&self) -> Value {
        let attributes = self.attributes.iter().map(|attribute| (attribute.name.clone(), Value::Null));
        let blocks = self.blocks.iter().map(|block| (block.name.clone(), block.empty()));
        Value::object(attributes.chain(blocks))
    }

    /// Returns the stored object with an empty value instead of null for every missing block, as in configuration. A
    /// state from another provider or an older version may not have all blocks of this schema.
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

    /// Returns the object without members that the block does not declare.
    #[must_use]
    pub fn without_others(&self, object: Value) -> Value {
        let Value::Object(mut members) = object else { return object };
        members.retain(|name, _| self.attribute(name).is_some() || self.nested(name).is_some());
        Value::Object(members)
    }

    /// Returns the attribute with this name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// Returns the nested block with this name.
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
