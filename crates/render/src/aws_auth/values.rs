//! Decodes the tree like the authenticator: sigs.k8s.io/yaml to JSON, then Go's encoding/json into its struct.

use std::collections::{BTreeMap, HashMap};

use super::Refusal;
use super::scalar::{Plain, resolve};
use super::tree::{Kind, Node};

/// A value after the resolution of YAML types. Numbers and booleans matter only because they are not strings.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Other(String),
    Text(String),
    List(Vec<Value>),
    /// Sorted by key, like the JSON between the two libraries.
    Map(BTreeMap<String, Value>),
}

/// Maximum nesting depth: sufficient for every role map, and safe for the stack.
const MOST_DEPTH: usize = 64;
/// Maximum number of values: aliases of aliases could expand a small text to a huge one.
const MOST_VALUES: usize = 1_000_000;

pub(super) struct Resolver<'a> {
    anchors: &'a HashMap<usize, Node>,
    left: usize,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(anchors: &'a HashMap<usize, Node>) -> Self {
        Self { anchors, left: MOST_VALUES }
    }

    /// Returns the value of a node.
    ///
    /// # Errors
    /// Returns an error if the authenticator would reject the entire text, or if its result is uncertain.
    pub(super) fn value(&mut self, node: &Node, depth: usize) -> Result<Value, Refusal> {
        let unsure = |reason: &str| Err(Refusal::Unsupported { reason: reason.to_owned() });
        self.left = self.left.saturating_sub(1);
        if depth > MOST_DEPTH || self.left == 0 {
            return unsure("it is nested too deep");
        }
        match (&node.kind, node.tag.as_deref()) {
            (_, Some(tag)) if tag != "!!str" || !matches!(node.kind, Kind::Scalar { .. }) => {
                unsure(&format!("the tag {tag}"))
            }
            (Kind::Scalar { text, plain, .. }, tag) => scalar(text, *plain && tag.is_none()),
            (Kind::List { items, .. }, _) => {
                Ok(Value::List(items.iter().map(|item| self.value(item, depth + 1)).collect::<Result<_, _>>()?))
            }
            (Kind::Map { pairs, .. }, _) => self.map(pairs, depth),
            (Kind::Alias(id), _) => match self.anchors.get(id) {
                Some(target) => self.value(target, depth + 1),
                None => unsure("an alias without an anchor"),
            },
        }
    }

    fn map(&mut self, pairs: &[(Node, Node)], depth: usize) -> Result<Value, Refusal> {
        let mut members = BTreeMap::new();
        for (key, value) in pairs {
            let Kind::Scalar { text, plain, .. } = &key.kind else {
                return Err(Refusal::Unsupported { reason: "a key that is not a string".into() });
            };
            if *plain && resolve(text) == Plain::Merge {
                self.merge(value, depth, &mut members)?;
                continue;
            }
            let Value::Text(name) = self.value(key, depth + 1)? else {
                return Err(Refusal::Unsupported { reason: format!("the key {text:?}, which is not a string") });
            };
            members.insert(name, self.value(value, depth + 1)?);
        }
        Ok(Value::Map(members))
    }

    /// Merges `<<`: later values take precedence, regardless of their source. Of several merged maps, the first takes
    /// precedence.
    fn merge(&mut self, node: &Node, depth: usize, members: &mut BTreeMap<String, Value>) -> Result<(), Refusal> {
        match self.value(node, depth + 1)? {
            Value::Map(merged) => members.extend(merged),
            Value::List(several) => {
                for merged in several.into_iter().rev() {
                    let Value::Map(merged) = merged else {
                        return Err(Refusal::Unsupported { reason: "a merge key whose value is not a mapping".into() });
                    };
                    members.extend(merged);
                }
            }
            _ => return Err(Refusal::Unsupported { reason: "a merge key whose value is not a mapping".into() }),
        }
        Ok(())
    }
}

fn scalar(text: &str, plain: bool) -> Result<Value, Refusal> {
    if !plain {
        return Ok(Value::Text(text.to_owned()));
    }
    match resolve(text) {
        Plain::String => Ok(Value::Text(text.to_owned())),
        Plain::Null => Ok(Value::Null),
        Plain::Other => Ok(Value::Other(text.to_owned())),
        Plain::Merge => Err(Refusal::Unsupported { reason: "\"<<\" that is not a merge key".into() }),
        Plain::NotJson => Err(Refusal::Unparsable { line: 1, reason: format!("the number {text}") }),
    }
}

/// Returns the value of a string field. Names are compared case-insensitively; of several spellings, the last one of a
/// compatible type takes precedence, and null has no effect.
pub(super) fn text_field(members: &BTreeMap<String, Value>, name: &str) -> Option<String> {
    let fields = members.iter().filter(|(key, _)| folds_to(key, name));
    fields.filter_map(|(_, value)| if let Value::Text(text) = value { Some(text.clone()) } else { None }).next_back()
}

/// Returns the value of a list of strings. An element that is not a string becomes an empty string, or keeps the
/// element of another spelling of the field, because Go decodes into the existing list.
pub(super) fn list_field(members: &BTreeMap<String, Value>, name: &str) -> Vec<String> {
    let mut list: Vec<String> = Vec::new();
    for (_, value) in members.iter().filter(|(key, _)| folds_to(key, name)) {
        match value {
            Value::List(items) => {
                let before = std::mem::take(&mut list);
                let text = |(index, item): (usize, &Value)| match item {
                    Value::Text(text) => text.clone(),
                    _ => before.get(index).cloned().unwrap_or_default(),
                };
                list = items.iter().enumerate().map(text).collect();
            }
            Value::Null => list.clear(),
            _ => {}
        }
    }
    list
}

/// Compares field names like Go: case-insensitively, with the long s as an s and the kelvin sign as a k.
pub(super) fn folds_to(key: &str, name: &str) -> bool {
    let fold = |character: char| match character {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        character => character.to_ascii_lowercase(),
    };
    key.chars().map(fold).eq(name.chars())
}
