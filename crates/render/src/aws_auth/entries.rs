//! The entries of a list.

use std::collections::BTreeSet;

use super::tree::{self, Kind, Node};
use super::values::{Resolver, Value, list_field, text_field};
use super::{Mapping, Refusal, scalar};

/// A desired entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The ARN. A role ARN has no path.
    pub arn: String,
    /// The username, which can contain templates, such as `system:node:{{EC2PrivateDNSName}}`.
    pub username: String,
    /// The groups, without duplicates. Their order has no meaning, and existing groups keep their order.
    pub groups: Vec<String>,
}

impl Entry {
    pub(super) fn check(&self) -> Result<(), Refusal> {
        scalar::check("the ARN", &self.arn)?;
        scalar::check("username", &self.username)?;
        self.groups.iter().try_for_each(|group| scalar::check("groups", group))
    }
}

/// An entry as parsed by the authenticator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The position, starting at 1.
    pub position: usize,
    /// The ARN as written. `None` if the entry has no string there.
    pub arn: Option<String>,
    /// The username. Empty if it is missing or not a string.
    pub username: String,
    /// The groups, in the order of the text.
    pub groups: Vec<String>,
}

impl Found {
    /// Returns whether the username and the groups are equal to these.
    #[must_use]
    pub fn has(&self, entry: &Entry) -> bool {
        self.username == entry.username && self.has_groups(entry)
    }

    /// Returns the difference from an expected entry, as the end of a sentence about the entry. Additional groups are
    /// accepted.
    #[must_use]
    pub fn lacks(&self, wanted: &Entry) -> Option<String> {
        if self.username != wanted.username {
            return Some(format!("has the username {:?}", self.username));
        }
        let missing: Vec<_> = wanted.groups.iter().filter(|group| !self.groups.contains(group)).cloned().collect();
        let noun = if missing.len() == 1 { "group" } else { "groups" };
        (!missing.is_empty()).then(|| format!("lacks the {noun} {}", missing.join(", ")))
    }

    pub(super) fn has_groups(&self, entry: &Entry) -> bool {
        self.groups.iter().collect::<BTreeSet<_>>() == entry.groups.iter().collect()
    }
}

/// A parsed list.
#[derive(Debug, Clone)]
pub struct Listing {
    pub(super) mapping: Mapping,
    pub(super) root: Option<Node>,
    pub(super) values: Vec<Value>,
    entries: Vec<Found>,
}

impl Listing {
    /// Parses a list. An empty string is an empty list.
    ///
    /// # Errors
    /// Returns an error if the authenticator cannot parse the list, or if its result is uncertain.
    pub fn read(text: &str, mapping: Mapping) -> Result<Self, Refusal> {
        let root = if is_empty_document(text) { None } else { tree::read(text)? };
        let values = root.as_ref().map_or_else(|| Ok(Vec::new()), values_of)?;
        let entries = values.iter().enumerate().map(|(index, value)| found(index + 1, value, mapping)).collect();
        Ok(Self { mapping, root, values, entries })
    }

    /// Returns all entries, including entries that the authenticator ignores.
    #[must_use]
    pub fn entries(&self) -> &[Found] {
        &self.entries
    }

    /// Returns the entries of an ARN, compared case-insensitively. Only the last one takes effect.
    pub fn of<'a>(&'a self, arn: &'a str) -> impl Iterator<Item = &'a Found> {
        self.entries.iter().filter(move |found| found.arn.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(arn)))
    }

    pub(super) fn positions(&self, arn: &str) -> Vec<usize> {
        self.of(arn).map(|found| found.position).collect()
    }

    pub(super) fn only(&self, arn: &str) -> Result<&Found, Refusal> {
        let positions = self.positions(arn);
        match positions.as_slice() {
            [] => Err(Refusal::Absent { arn: arn.to_owned() }),
            [position] => self.entries.get(position - 1).ok_or(Refusal::Unproven),
            _ => Err(Refusal::Duplicate { arn: arn.to_owned(), positions }),
        }
    }

    /// Returns the items of the list, and whether the list is in brackets.
    pub(super) fn items(&self) -> (&[Node], bool) {
        match self.root.as_ref().map(|root| &root.kind) {
            Some(Kind::List { items, flow }) => (items, *flow),
            _ => (&[], false),
        }
    }

    /// Returns the item, if no anchor or alias connects it with the rest of the text.
    pub(super) fn alone(&self, index: usize, arn: &str) -> Result<&Node, Refusal> {
        let (items, _) = self.items();
        let shared = || Refusal::Shared { arn: arn.to_owned() };
        let item = items.get(index).ok_or(Refusal::Unproven)?;
        let (anchors, aliases) = names(item);
        if !aliases.is_empty() {
            return Err(shared());
        }
        let elsewhere = items.iter().enumerate().filter(|(other, _)| *other != index);
        let used = elsewhere.flat_map(|(_, other)| names(other).1).any(|alias| anchors.contains(&alias));
        if used { Err(shared()) } else { Ok(item) }
    }
}

/// Returns the anchors and the aliases in a node.
fn names(node: &Node) -> (BTreeSet<usize>, BTreeSet<usize>) {
    let (mut anchors, mut aliases) = (BTreeSet::new(), BTreeSet::new());
    node.visit(&mut |node| {
        if node.anchor != 0 {
            anchors.insert(node.anchor);
        }
        if let Kind::Alias(id) = node.kind {
            aliases.insert(id);
        }
    });
    (anchors, aliases)
}

/// Returns whether the authenticator skips the string before it parses it.
pub(super) fn is_empty_document(text: &str) -> bool {
    matches!(text.trim(), "" | "\"\"" | "''" | "``")
}

fn values_of(root: &Node) -> Result<Vec<Value>, Refusal> {
    let anchors = tree::anchors(root);
    match Resolver::new(&anchors).value(root, 0)? {
        Value::Null => Ok(Vec::new()),
        Value::List(values) => Ok(values),
        _ => Err(Refusal::NotAList),
    }
}

fn found(position: usize, value: &Value, mapping: Mapping) -> Found {
    let Value::Map(members) = value else {
        return Found { position, arn: None, username: String::new(), groups: Vec::new() };
    };
    Found {
        position,
        arn: text_field(members, mapping.arn_field()),
        username: text_field(members, "username").unwrap_or_default(),
        groups: list_field(members, "groups"),
    }
}
