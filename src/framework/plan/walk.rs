//! The one traversal of nested objects that all steps of planning share.

use std::collections::BTreeMap;

use crate::framework::schema::Nesting;
use crate::framework::value::Value;

static NULL: Value = Value::Null;

/// The same object as configured, stored and planned.
#[derive(Clone, Copy)]
pub(super) struct Views<'v> {
    pub(super) config: &'v Value,
    pub(super) prior: &'v Value,
    pub(super) planned: &'v Value,
}

impl<'v> Views<'v> {
    /// The member of that name in each view; null where the object is null or has no such member.
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

/// Blocks with a `dynamic` inside travel in a dynamic pair.
fn inner(value: &Value) -> &Value {
    if let Value::Dynamic(pair) = value { &pair.1 } else { value }
}

/// Rebuilds the planned value of nested objects from what `rebuild` makes of each object.
///
/// Elements of a set cannot be told apart by position, so each stands for its own configuration: what is null in it
/// was not configured.
pub(super) fn rebuild_each(nesting: Nesting, views: Views<'_>, rebuild: &dyn Fn(Views<'_>) -> Value) -> Value {
    let planned = inner(views.planned);
    let rebuilt = match (nesting, planned) {
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
        (Nesting::Set, Value::Set(elements)) => Value::set(
            elements
                .iter()
                .map(|element| rebuild_known(Views { config: element, prior: &NULL, planned: element }, rebuild))
                .collect(),
        ),
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

/// Which steps lead to each nested object of a value that can be addressed, with its views.
pub(super) fn addressable<'v>(nesting: Nesting, views: Views<'v>) -> Vec<(Option<Address>, Views<'v>)> {
    let longest = [views.planned, views.prior].into_iter().map(inner);
    match nesting {
        Nesting::Single | Nesting::Group => vec![(None, views)],
        Nesting::List => {
            let length = longest.filter_map(|value| value.elements().map(<[Value]>::len)).max().unwrap_or(0);
            (0..length).map(|index| (Some(Address::Index(index)), views.index(index))).collect()
        }
        Nesting::Map => {
            let mut keys: Vec<&String> = longest
                .filter_map(|value| if let Value::Map(map) | Value::Object(map) = value { Some(map) } else { None })
                .flat_map(BTreeMap::keys)
                .collect();
            keys.sort();
            keys.dedup();
            keys.into_iter().map(|key| (Some(Address::Key(key.clone())), views.key(key))).collect()
        }
        Nesting::Set => Vec::new(),
    }
}

/// How a nested object is addressed inside its collection.
pub(super) enum Address {
    Index(usize),
    Key(String),
}
