//! The `Schema` section of a page: all arguments and attributes, followed by nested objects.

use std::collections::BTreeMap;

use super::facts;
use super::markdown::item;
use crate::identity::IdentitySchema;
use crate::schema::{Attribute, Block, NestedBlock, Nesting, Presence, Shape};
use crate::types::Type;

const WRITE_ONLY: &str =
    "[Write-only](https://developer.hashicorp.com/terraform/language/resources/ephemeral#write-only-arguments)";

/// The group of an attribute, in the order of the page.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    Required,
    Optional,
    ReadOnly,
}

/// One line of the reference, with its nested lines.
struct Entry<'s> {
    name: &'s str,
    group: Group,
    kind: String,
    description: String,
    below: Option<Below<'s>>,
}

/// An object with a separate section.
enum Below<'s> {
    Block(&'s Block),
    /// With the group of all attributes, if it does not depend on each.
    Attributes(&'s [Attribute], Option<Group>),
    Object(&'s BTreeMap<String, Type>, Group),
    /// An object that is nested in another object.
    Inner(&'s BTreeMap<String, Type>, Group),
}

/// Returns the whole section, with its heading.
pub(super) fn schema(block: &Block) -> String {
    format!("## Schema\n\n{}", section(&[], &entries_of_block(block)))
}

/// Returns the attributes of an identity, as in an `import` block.
pub(super) fn identity(schema: &IdentitySchema) -> String {
    let mut text = "### Identity Schema\n".to_owned();
    for (title, required) in [("#### Required", true), ("#### Optional", false)] {
        let mut attributes: Vec<_> =
            schema.attributes.iter().filter(|attribute| attribute.required_for_import == required).collect();
        attributes.sort_by(|left, right| left.name.cmp(&right.name));
        if attributes.is_empty() {
            continue;
        }
        text.push_str(&format!("\n{title}\n\n"));
        for attribute in attributes {
            let head = format!("`{}` ({})", attribute.name, type_name(&attribute.ty));
            text.push_str(&item(&head, &attribute.description));
        }
    }
    text
}

/// Returns the type for documentation, such as `List of String`.
pub(super) fn type_name(ty: &Type) -> String {
    match ty {
        Type::Bool => "Boolean".to_owned(),
        Type::Number => "Number".to_owned(),
        Type::String => "String".to_owned(),
        Type::Dynamic => "Dynamic".to_owned(),
        Type::List(element) => format!("List of {}", type_name(element)),
        Type::Set(element) => format!("Set of {}", type_name(element)),
        Type::Map(element) => format!("Map of {}", type_name(element)),
        Type::Object(_) => "Object".to_owned(),
        Type::Tuple(_) => "Tuple".to_owned(),
    }
}

fn section(path: &[&str], entries: &[Entry<'_>]) -> String {
    let mut text = String::new();
    for group in [Group::Required, Group::Optional, Group::ReadOnly] {
        let mut members: Vec<_> = entries.iter().filter(|entry| entry.group == group).collect();
        members.sort_by_key(|entry| entry.name);
        if members.is_empty() {
            continue;
        }
        text.push_str(&if path.is_empty() {
            format!("### {}\n\n", group.title())
        } else {
            format!("{}:\n\n", group.title())
        });
        for entry in members {
            text.push_str(&entry.line(path));
        }
        text.push('\n');
    }
    let mut nested: Vec<_> = entries.iter().collect();
    nested.sort_by_key(|entry| (entry.group.title() != "Required", entry.group.title() != "Optional", entry.name));
    nested.iter().filter_map(|entry| entry.section_below(path)).for_each(|below| text.push_str(&below));
    text
}

impl Group {
    fn title(self) -> &'static str {
        match self {
            Self::Required => "Required",
            Self::Optional => "Optional",
            Self::ReadOnly => "Read-Only",
        }
    }

    /// Returns the group as a part of a sentence.
    fn word(self) -> &'static str {
        match self {
            Self::Required => "Required",
            Self::Optional => "Optional",
            Self::ReadOnly => "Read-only",
        }
    }

    fn of(presence: Presence) -> Self {
        match presence {
            Presence::Required => Self::Required,
            Presence::Optional | Presence::OptionalComputed => Self::Optional,
            Presence::Computed => Self::ReadOnly,
        }
    }
}

impl Entry<'_> {
    fn line(&self, path: &[&str]) -> String {
        let head = format!("`{}` ({})", self.name, self.kind);
        let Some(anchor) = self.anchor(path) else { return item(&head, &self.description) };
        let link = format!("(see [below for nested schema](#{anchor}))");
        let (first, rest) = self.description.split_once("\n\n").unwrap_or((&self.description, ""));
        item(&head, format!("{first} {link}\n\n{rest}").trim())
    }

    fn anchor(&self, path: &[&str]) -> Option<String> {
        let prefix = match self.below.as_ref()? {
            Below::Block(_) => "nestedblock",
            Below::Attributes(..) | Below::Object(..) => "nestedatt",
            Below::Inner(..) => "nestedobjatt",
        };
        Some([prefix].into_iter().chain(path.iter().copied()).chain([self.name]).collect::<Vec<_>>().join("--"))
    }

    fn section_below(&self, path: &[&str]) -> Option<String> {
        let anchor = self.anchor(path)?;
        let path: Vec<_> = path.iter().copied().chain([self.name]).collect();
        let entries = match self.below.as_ref()? {
            Below::Block(block) => entries_of_block(block),
            Below::Attributes(attributes, group) => {
                attributes.iter().map(|attribute| entry_of_member(attribute, *group)).collect()
            }
            Below::Object(members, group) | Below::Inner(members, group) => entries_of_object(members, *group),
        };
        let heading = format!("<a id=\"{anchor}\"></a>\n### Nested Schema for `{}`\n\n", path.join("."));
        Some(heading + &section(&path, &entries))
    }
}

fn entries_of_block(block: &Block) -> Vec<Entry<'_>> {
    block.attributes.iter().map(entry_of_attribute).chain(block.blocks.iter().map(entry_of_block)).collect()
}

fn entry_of_attribute(attribute: &Attribute) -> Entry<'_> {
    entry_of_member(attribute, None)
}

/// Returns the line of an attribute in an object whose attributes are all in the group.
fn entry_of_member(attribute: &Attribute, group: Option<Group>) -> Entry<'_> {
    let group = group.unwrap_or_else(|| Group::of(attribute.presence));
    let inside = (group == Group::ReadOnly).then_some(group);
    let (mut kind, below) = match (&attribute.shape, &attribute.members) {
        (Shape::Type(ty), Some(members)) => (type_name(ty), Some(Below::Attributes(&members.attributes, inside))),
        (Shape::Type(ty), None) => (type_name(ty), object_in(ty).map(|members| Below::Object(members, group))),
        (Shape::Nested(nested), _) => {
            (nested_name("Attributes", nested.nesting), Some(Below::Attributes(&nested.attributes, inside)))
        }
    };
    let flags = [
        (attribute.sensitive, "Sensitive"),
        (attribute.deprecation.is_some(), "Deprecated"),
        (attribute.write_only, WRITE_ONLY),
    ];
    for (_, flag) in flags.into_iter().filter(|(set, _)| *set) {
        kind = format!("{kind}, {flag}");
    }
    Entry { name: &attribute.name, group, kind, description: facts::attribute(attribute), below }
}

fn entry_of_block(nested: &NestedBlock) -> Entry<'_> {
    let group = if nested.min_items > 0 {
        Group::Required
    } else if is_read_only(&nested.block) {
        Group::ReadOnly
    } else {
        Group::Optional
    };
    let mut kind = nested_name("Block", nested.nesting);
    if nested.nesting == Nesting::Single {
        kind = format!("{kind}, {}", group.word());
    } else {
        for (name, limit) in [("Min", nested.min_items), ("Max", nested.max_items)] {
            if limit > 0 {
                kind = format!("{kind}, {name}: {limit}");
            }
        }
    }
    if nested.block.deprecation.is_some() {
        kind.push_str(", Deprecated");
    }
    Entry {
        name: &nested.name,
        group,
        kind,
        description: facts::block(nested),
        below: Some(Below::Block(&nested.block)),
    }
}

/// Whether the block has no arguments.
fn is_read_only(block: &Block) -> bool {
    let is_empty = block.attributes.is_empty() && block.blocks.is_empty();
    !is_empty
        && block.attributes.iter().all(|attribute| !attribute.presence.is_configurable())
        && block.blocks.iter().all(|nested| nested.min_items == 0 && is_read_only(&nested.block))
}

/// Returns the attributes of an object type, which are all in the group of the attribute.
fn entries_of_object(members: &BTreeMap<String, Type>, group: Group) -> Vec<Entry<'_>> {
    let group = if group == Group::ReadOnly { group } else { Group::Optional };
    let entry = |(name, ty)| Entry {
        name,
        group,
        kind: type_name(ty),
        description: String::new(),
        below: object_in(ty).map(|members| Below::Inner(members, group)),
    };
    members.iter().map(|(name, ty)| (name.as_str(), ty)).map(entry).collect()
}

/// Returns the members of an object type, or of a collection with object elements.
fn object_in(ty: &Type) -> Option<&BTreeMap<String, Type>> {
    match ty {
        Type::Object(members) => Some(members),
        Type::List(element) | Type::Set(element) | Type::Map(element) => match element.as_ref() {
            Type::Object(members) => Some(members),
            _ => None,
        },
        _ => None,
    }
}

fn nested_name(kind: &str, nesting: Nesting) -> String {
    match nesting {
        Nesting::Single | Nesting::Group => kind.to_owned(),
        Nesting::List => format!("{kind} List"),
        Nesting::Set => format!("{kind} Set"),
        Nesting::Map => format!("{kind} Map"),
    }
}
