//! Nested blocks of a model, with one type for each nesting mode.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::dynamic_blocks;
use super::model::{DecodeError, Model};
use super::path::Path;
use super::schema::Nesting;
use super::value::Value;

/// A nested block as a field of a [`Model`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the type of a block field",
    note = "use `ListBlock`, `SetBlock`, `MapBlock`, `SingleBlock`, or `GroupBlock` of a struct that derives `Model`"
)]
pub trait BlockType: Sized {
    /// The model of a single block.
    type Model: Model;
    /// The nesting mode of the blocks.
    const NESTING: Nesting;

    /// Reads the blocks from a value.
    ///
    /// # Errors
    /// Returns an error if the value does not have the shape of the schema.
    fn from_value(value: &Value, path: &Path) -> Result<Self, DecodeError>;

    /// Returns the value of the blocks.
    fn to_value(&self) -> Value;
}

/// Several blocks, or an unknown number of blocks: a `dynamic` block over an unknown collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blocks<B> {
    /// The number of blocks is unknown.
    Unknown,
    /// A known number of blocks, possibly zero.
    Known(B),
}

/// Blocks by position.
pub type ListBlock<M> = Blocks<Vec<M>>;
/// Blocks by key.
pub type MapBlock<M> = Blocks<BTreeMap<String, M>>;
/// At most one block.
pub type SingleBlock<M> = Blocks<Option<Box<M>>>;

/// Blocks by content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetBlock<M>(pub Blocks<Vec<M>>);

/// Exactly one block, with null attributes if the configuration has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupBlock<M>(pub Blocks<Box<M>>);

impl<B: Default> Default for Blocks<B> {
    fn default() -> Self {
        Self::Known(B::default())
    }
}

impl<M> Default for SetBlock<M> {
    fn default() -> Self {
        Self(Blocks::default())
    }
}

impl<M: Default> Default for GroupBlock<M> {
    fn default() -> Self {
        Self(Blocks::Known(Box::default()))
    }
}

impl<B> Blocks<B> {
    /// Returns the blocks, if their number is known.
    pub fn known(&self) -> Option<&B> {
        if let Self::Known(blocks) = self { Some(blocks) } else { None }
    }

    /// Whether the number of blocks is unknown.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }
}

impl<M> ListBlock<M> {
    /// Creates these blocks, in this order.
    pub fn of(blocks: impl IntoIterator<Item = M>) -> Self {
        Self::Known(blocks.into_iter().collect())
    }

    /// Returns the first block, if at most one is allowed.
    pub fn first(&self) -> Option<&M> {
        self.known().and_then(|blocks| blocks.first())
    }

    /// Returns the first block for changes, if at most one is allowed.
    pub fn first_mut(&mut self) -> Option<&mut M> {
        if let Self::Known(blocks) = self { blocks.first_mut() } else { None }
    }

    /// Returns the known blocks in order.
    pub fn iter(&self) -> impl Iterator<Item = &M> {
        self.known().into_iter().flatten()
    }
}

impl<M> SetBlock<M> {
    /// Returns the known blocks.
    pub fn iter(&self) -> impl Iterator<Item = &M> {
        self.0.known().into_iter().flatten()
    }

    /// Creates a known set of blocks.
    pub fn of(blocks: impl IntoIterator<Item = M>) -> Self {
        Self(Blocks::Known(blocks.into_iter().collect()))
    }
}

impl<M> SingleBlock<M> {
    /// Creates a single block.
    pub fn of(block: M) -> Self {
        Self::Known(Some(Box::new(block)))
    }

    /// Returns the block, if it exists.
    pub fn block(&self) -> Option<&M> {
        self.known().and_then(|block| block.as_deref())
    }

    /// Whether it is certain that there is no block.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Known(None))
    }
}

impl<M: Model> SingleBlock<M> {
    /// Returns the block, unless it may be absent. Terraform core sends a `dynamic` block over an unknown collection as
    /// a block in which all values that its content sets are unknown.
    pub fn certain(&self) -> Option<&M> {
        self.block().filter(|block| {
            let value = block.to_value();
            !has_unknown(&value) || has_known(&value)
        })
    }
}

/// Whether the object or a nested object has an unknown member.
fn has_unknown(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.values().any(has_unknown),
        value => value.is_unknown(),
    }
}

/// Whether the object or a nested object has a member that is known and set.
fn has_known(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.values().any(has_known),
        Value::Dynamic(pair) => has_known(&pair.1),
        // Missing nested blocks are not arguments that the content sets.
        Value::List(elements) | Value::Set(elements) | Value::Tuple(elements) => !elements.is_empty(),
        value => !value.is_null() && !value.is_unknown(),
    }
}

fn known<B>(value: &Value, decode: impl FnOnce(&Value) -> Result<B, DecodeError>) -> Result<Blocks<B>, DecodeError> {
    if value.is_unknown() { Ok(Blocks::Unknown) } else { decode(value).map(Blocks::Known) }
}

fn encode<B>(blocks: &Blocks<B>, encode: impl FnOnce(&B) -> Value) -> Value {
    blocks.known().map_or_else(Value::unknown, encode)
}

fn uncarried<M: Model>(value: &Value) -> Cow<'_, Value> {
    dynamic_blocks::uncarried(value, &M::block().ty())
}

/// Returns blocks as Terraform core passes them.
fn carried<M: Model>(blocks: Value) -> Value {
    let ty = M::block().ty();
    if ty.has_dynamic() { dynamic_blocks::carried(&blocks, &ty) } else { blocks }
}

impl<M: Model> BlockType for ListBlock<M> {
    type Model = M;
    const NESTING: Nesting = Nesting::List;

    fn from_value(value: &Value, path: &Path) -> Result<Self, DecodeError> {
        known(value, |value| match &*uncarried::<M>(value) {
            Value::Null => Ok(vec![]),
            Value::List(elements) => {
                elements.iter().enumerate().map(|(index, element)| M::from_value(element, &path.index(index))).collect()
            }
            other => Err(DecodeError::new(path, "a list of blocks", other)),
        })
    }

    fn to_value(&self) -> Value {
        encode(self, |blocks| carried::<M>(Value::List(blocks.iter().map(Model::to_value).collect())))
    }
}

impl<M: Model> BlockType for MapBlock<M> {
    type Model = M;
    const NESTING: Nesting = Nesting::Map;

    fn from_value(value: &Value, path: &Path) -> Result<Self, DecodeError> {
        known(value, |value| match &*uncarried::<M>(value) {
            Value::Null => Ok(BTreeMap::new()),
            Value::Map(members) => {
                members.iter().map(|(key, member)| Ok((key.clone(), M::from_value(member, &path.key(key))?))).collect()
            }
            other => Err(DecodeError::new(path, "a map of blocks", other)),
        })
    }

    fn to_value(&self) -> Value {
        encode(self, |blocks| {
            let members = blocks.iter().map(|(key, block)| (key.clone(), block.to_value()));
            carried::<M>(Value::Map(members.collect()))
        })
    }
}

impl<M: Model> BlockType for SetBlock<M> {
    type Model = M;
    const NESTING: Nesting = Nesting::Set;

    fn from_value(value: &Value, path: &Path) -> Result<Self, DecodeError> {
        known(value, |value| match value {
            Value::Null => Ok(vec![]),
            Value::Set(elements) => {
                elements.iter().map(|element| M::from_value(element, &path.element(element.clone()))).collect()
            }
            other => Err(DecodeError::new(path, "a set of blocks", other)),
        })
        .map(Self)
    }

    fn to_value(&self) -> Value {
        encode(&self.0, |blocks| Value::set(blocks.iter().map(Model::to_value).collect()))
    }
}

impl<M: Model> BlockType for SingleBlock<M> {
    type Model = M;
    const NESTING: Nesting = Nesting::Single;

    fn from_value(value: &Value, path: &Path) -> Result<Self, DecodeError> {
        known(value, |value| match value {
            Value::Null => Ok(None),
            block => M::from_value(block, path).map(|block| Some(Box::new(block))),
        })
    }

    fn to_value(&self) -> Value {
        encode(self, |block| block.as_ref().map_or(Value::Null, |block| block.to_value()))
    }
}

impl<M: Model> BlockType for GroupBlock<M> {
    type Model = M;
    const NESTING: Nesting = Nesting::Group;

    fn from_value(value: &Value, path: &Path) -> Result<Self, DecodeError> {
        known(value, |value| M::from_value(value, path).map(Box::new)).map(Self)
    }

    fn to_value(&self) -> Value {
        encode(&self.0, |block| block.to_value())
    }
}
