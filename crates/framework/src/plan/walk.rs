//! The traversal of nested objects that all planning steps share.

use std::collections::BTreeMap;

use super::matching::counterparts;
use crate::schema::{Attribute, Block, NestedBlock, NestedObject, Nesting, Shape};
use crate::value::Value;

pub(super) static NULL: Value = Value::Null;

/// The schema of a nested object, in an attribute or a block.
#[derive(Clone, Copy)]
pub(super) struct Inside<'s> {
    pub(super) attributes: &'s [Attribute],
    pub(super) blocks: &'s [NestedBlock],
}

impl<'s> From<&'s Block> for Inside<'s> {
    fn from(block: &'s Block) -> Self {
        Self { attributes: &block.attributes, blocks: &block.blocks }
    }
}

impl<'s> From<&'s NestedObject> for Inside<'s> {
    fn from(nested: &'s NestedObject) -> Self {
        Self { attributes: &nested.attributes, blocks: &[] }
    }
}

impl<'s> Inside<'s> {
    /// Returns the nested objects of attributes and blocks, by name.
    pub(super) fn nested(self) -> impl Iterator<Item = (&'s str, Nesting, Self)> {
        let attributes = self.attributes.iter().filter_map(|attribute| match &attribute.shape {
            Shape::Nested(nested) => Some((attribute.name.as_str(), nested.nesting, nested.into())),
            Shape::Type(_) => None,
        });
        attributes
            .chain(self.blocks.iter().map(|nested| (nested.name.as_str(), nested.nesting, (&nested.block).into())))
    }
}

/// The configured, stored, and planned version of an object.
#[derive(Clone, Copy)]
pub(super) struct Views<'v> {
    pub(super) config: &'v Value,
    pub(super) prior: &'v Value,
    pub(super) planned: &'v Value,
}

impl<'v> Views<'v> {
    /// Returns the member with this name in each view. It is null if the object is null or does not have the member.
    pub(super) fn member(self, name: &str) -> Self {
        Self {
            config: self.config.member(name).unwrap_or(&NULL),
            prior: self.prior.member(name).unwrap_or(&NULL),
            planned: self.planned.member(name).unwrap_or(&NULL),
        }
    }

    fn index(self, index: usize) -> Self {
        let at = |value: &'v Value| value.elements().and_then(|elements| elements.get(index)).unwrap_or(&NULL);
        Self { config: at(inner(self.config)), prior: at(inner(self.prior)), planned: at(inner(self.planned)) }
    }

    fn key(self, key: &str) -> Self {
        let at = |value: &'v Value| inner(value).member(key).unwrap_or(&NULL);
        Self { config: at(self.config), prior: at(self.prior), planned: at(self.planned) }
    }
}

/// Blocks with a `dynamic` inside are passed as a `dynamic` value.
pub(super) fn inner(value: &Value) -> &Value {
    if let Value::Dynamic(pair) = value { &pair.1 } else { value }
}

/// Rebuilds the planned value of nested objects by calling `rebuild` for each object.
pub(super) fn rebuild_each(
    inside: Inside<'_>,
    nesting: Nesting,
    views: Views<'_>,
    rebuild: &dyn Fn(Views<'_>) -> Value,
) -> Value {
    let rebuilt = match (nesting, inner(views.planned)) {
        (_, Value::Null | Value::Unknown(_)) => return views.planned.clone(),
        (Nesting::Single | Nesting::Group, _) => return rebuild(views),
        (Nesting::List, Value::List(elements)) => {
            Value::List((0..elements.len()).map(|index| rebuild_known(views.index(index), rebuild)).collect())
        }
        (Nesting::List, Value::Tuple(elements)) => {
            Value::Tuple((0..elements.len()).map(|index| rebuild_known(views.index(index), rebuild)).collect())
        }
        (Nesting::Map, Value::Map(members)) => Value::Map(by_key(members, views, rebuild)),
        (Nesting::Map, Value::Object(members)) => Value::Object(by_key(members, views, rebuild)),
        (Nesting::Set, Value::Set(elements)) => {
            let views_of_each = counterparts(inside, views);
            let rebuilt = Value::set(views_of_each.into_iter().map(|views| rebuild_known(views, rebuild)).collect());
            // Terraform core counts elements, so elements that would become equal are not changed.
            let complete = rebuilt.elements().is_some_and(|rebuilt| rebuilt.len() == elements.len());
            if complete { rebuilt } else { views.planned.clone() }
        }
        (_, other) => other.clone(),
    };
    match views.planned {
        Value::Dynamic(pair) => Value::Dynamic(Box::new((pair.0.clone(), rebuilt))),
        _ => rebuilt,
    }
}

fn rebuild_known(views: Views<'_>, rebuild: &dyn Fn(Views<'_>) -> Value) -> Value {
    if views.planned.is_null() || views.planned.is_unknown() { views.planned.clone() } else { rebuild(views) }
}

fn by_key(
    members: &BTreeMap<String, Value>,
    views: Views<'_>,
    rebuild: &dyn Fn(Views<'_>) -> Value,
) -> BTreeMap<String, Value> {
    members.keys().map(|key| (key.clone(), rebuild_known(views.key(key), rebuild))).collect()
}

/// Returns the steps to each nested object that can be addressed, with its views.
pub(super) fn addressable<'v>(nesting: Nesting, views: Views<'v>) -> Vec<(Option<Address>, Views<'v>)> {
    let longest = [views.planned, views.prior].into_iter().map(inner);
    match nesting {
        Nesting::Single | Nesting::Group => vec![(None, views)],
        Nesting::List => {
            let length = longest.filter_map(|value| value.elements().map(<[Value]>::len)).max().unwrap_or(0);
            (0..length).map(|index| (Some(Address::Index(index)), views.index(index))).collect()
        }
        Nesting::Map => {
            let mut keys: Vec<&String> = longest.filter_map(members).flat_map(BTreeMap::keys).collect();
            keys.sort();
            keys.dedup();
            keys.into_iter().map(|key| (Some(Address::Key(key.clone())), views.key(key))).collect()
        }
        Nesting::Set => Vec::new(),
    }
}

pub(super) fn members(value: &Value) -> Option<&BTreeMap<String, Value>> {
    if let Value::Map(members) | Value::Object(members) = value { Some(members) } else { None }
}

/// Returns the address of a nested object in its collection.
pub(super) enum Address {
    Index(usize),
    Key(String),
}
