//! Detects schema errors that Terraform core would reject or crash on, before anything is served.

use std::collections::BTreeSet;

use super::function::FunctionDefinition;
use super::identity::IdentitySchema;
use super::path::Path;
use super::schema::{Attribute, Block, NestedBlock, Nesting, Presence, Schema, Shape};
use super::type_check::conforms;
use super::types::Type;

/// The kind of object that a schema describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Provider,
    Resource,
    DataSource,
    Ephemeral,
    List,
    Action,
}

impl Kind {
    /// Root names that are reserved by Terraform core.
    fn reserved(self) -> &'static [&'static str] {
        match self {
            Self::Provider => &["alias", "version", "count", "depends_on", "for_each", "source"],
            // Terraform reserves `provisioner` for blocks: in JSON syntax and in CDK bindings, an attribute of that
            // name cannot be set.
            Self::Resource | Self::DataSource | Self::Ephemeral => {
                &["count", "for_each", "depends_on", "provider", "lifecycle", "connection", "locals", "provisioner"]
            }
            // Their configuration is in a separate block.
            Self::List | Self::Action => &[],
        }
    }
}

/// Returns the schema errors of the provider block.
pub(crate) fn provider(schema: &Schema) -> Vec<String> {
    object(Kind::Provider, "provider", schema)
}

/// Returns the schema errors of a managed resource.
pub(crate) fn resource(name: &str, schema: &Schema, identity: Option<&IdentitySchema>) -> Vec<String> {
    let mut found = object(Kind::Resource, name, schema);
    let Some(identity) = identity else { return found };
    if identity.version < 0 {
        found.push(format!("{name}: the identity version is negative"));
    }
    for attribute in &identity.attributes {
        let element = if let Type::List(element) = &attribute.ty { element } else { &attribute.ty };
        if !matches!(element, Type::Bool | Type::Number | Type::String) {
            let name = format!("{name}: {}", attribute.name);
            found.push(format!("{name}: identities support only primitives and lists of primitives"));
        }
    }
    found
}

/// Returns the errors of any schema.
pub(crate) fn object(kind: Kind, name: &str, schema: &Schema) -> Vec<String> {
    let mut check = Check { kind, object: name, found: Vec::new() };
    if schema.version < 0 {
        check.note(&Path::root(), "the version is negative");
    }
    let names = schema.block.attributes.iter().map(|attribute| &attribute.name);
    for name in names.chain(schema.block.blocks.iter().map(|nested| &nested.name)) {
        if kind.reserved().contains(&name.as_str()) {
            check.note(&Path::attribute(name), "the name is reserved by Terraform core");
        }
    }
    check.block(&schema.block, &Path::root(), EnclosingScope::default());
    check.inputs(&schema.block);
    check.found
}

/// Returns the errors of a function signature.
pub(crate) fn function(name: &str, function: &FunctionDefinition) -> Vec<String> {
    let mut found = Vec::new();
    let mut names = BTreeSet::new();
    if !is_name(name, true) {
        found.push(format!("function {name}: not a valid name"));
    }
    for parameter in function.parameters.iter().chain(&function.variadic) {
        if !is_name(&parameter.name, true) {
            found.push(format!("function {name}: {} is not a valid name", parameter.name));
        }
        if !names.insert(&parameter.name) {
            found.push(format!("function {name}: two parameters are named {}", parameter.name));
        }
    }
    found
}

/// Returns type names with different prefixes, for which Terraform core could not determine the provider.
pub(crate) fn prefixes<'n>(names: impl Iterator<Item = &'n str>) -> Vec<String> {
    let words: BTreeSet<&str> = names.map(|name| name.split('_').next().unwrap_or(name)).collect();
    let differ = words.len() > 1;
    differ.then(|| format!("type names have different prefixes: {words:?}")).into_iter().collect()
}

fn is_name(name: &str, of_attribute: bool) -> bool {
    let begins = |character: char| character.is_ascii_lowercase() || character == '_';
    let goes_on = |character: char| begins(character) || character.is_ascii_digit();
    name.chars().all(goes_on) && name.chars().next().is_some_and(|first| begins(first) || !of_attribute)
}

/// The enclosing attribute, which restricts the attributes inside.
#[derive(Clone, Copy, Default)]
struct EnclosingScope {
    set: bool,
    computed: bool,
    write_only: bool,
}

struct Check<'n> {
    kind: Kind,
    object: &'n str,
    found: Vec<String>,
}

impl Check<'_> {
    fn note(&mut self, path: &Path, words: &str) {
        self.found.push(format!("{}: {}{words}", self.object, path.as_prefix()));
    }

    fn block(&mut self, block: &Block, path: &Path, around: EnclosingScope) {
        self.attributes(&block.attributes, path, around);
        let mut names: BTreeSet<&str> = block.attributes.iter().map(|attribute| attribute.name.as_str()).collect();
        for nested in &block.blocks {
            let path = path.then(&nested.name);
            if !names.insert(&nested.name) {
                self.note(&path, "the name is used twice");
            }
            if !is_name(&nested.name, false) {
                self.note(&path, "not a valid name");
            }
            self.counts(nested, &path);
            self.block(
                &nested.block,
                &path,
                EnclosingScope { set: around.set || nested.nesting == Nesting::Set, ..around },
            );
        }
    }

    fn counts(&mut self, nested: &NestedBlock, path: &Path) {
        let (min, max) = (nested.min_items, nested.max_items);
        let allowed = match nested.nesting {
            Nesting::Single => min == max && max <= 1,
            Nesting::Group | Nesting::Map => min == 0 && max == 0,
            Nesting::List | Nesting::Set => max == 0 || min <= max,
        };
        if !allowed {
            self.note(path, "the minimum and maximum are not valid for the nesting mode");
        }
    }

    fn attributes(&mut self, attributes: &[Attribute], path: &Path, around: EnclosingScope) {
        let mut names = BTreeSet::new();
        for attribute in attributes {
            let path = path.then(&attribute.name);
            if !names.insert(&attribute.name) {
                self.note(&path, "the name is used twice");
            }
            if !is_name(&attribute.name, true) {
                self.note(&path, "not a valid name");
            }
            self.write_only(attribute, &path, around);
            self.planning(attribute, &path);
            if around.set && attribute.ty().has_dynamic() {
                self.note(&path, "sets do not support dynamic values");
            }
            if let Shape::Nested(nested) = &attribute.shape {
                if nested.nesting == Nesting::Group {
                    self.note(&path, "only blocks can be grouped, not nested attributes");
                }
                let inside = EnclosingScope {
                    set: around.set || nested.nesting == Nesting::Set,
                    computed: around.computed || attribute.presence.is_computed(),
                    write_only: around.write_only || attribute.write_only,
                };
                self.attributes(&nested.attributes, &path, inside);
            }
        }
    }

    fn write_only(&mut self, attribute: &Attribute, path: &Path, around: EnclosingScope) {
        if !attribute.write_only {
            if around.write_only {
                self.note(path, "attributes inside a write-only attribute must be write-only");
            }
            return;
        }
        if !matches!(self.kind, Kind::Resource | Kind::Action) {
            self.note(path, "only managed resources and actions support write-only attributes");
        }
        if attribute.presence.is_computed() || around.computed {
            self.note(path, "write-only attributes must not be computed");
        }
        if around.set {
            self.note(path, "sets do not support write-only values");
        }
    }

    /// Terraform core compares only arguments of the root when it plans an update.
    fn inputs(&mut self, block: &Block) {
        for attribute in &block.attributes {
            let is_member = |name: &str| block.attribute(name).is_some() || block.nested(name).is_some();
            if !attribute.changes_with.iter().all(|name| is_member(name)) {
                self.note(&Path::attribute(&attribute.name), "changes_with contains an attribute that does not exist");
            }
        }
    }

    fn planning(&mut self, attribute: &Attribute, path: &Path) {
        let plain = matches!(attribute.shape, Shape::Type(_)) && !attribute.write_only && attribute.default.is_none();
        if attribute.unset_if_zero && !(plain && attribute.presence.is_configurable()) {
            self.note(path, "only arguments with a type and without a default support unset_if_zero");
        }
        if attribute.stable && !attribute.presence.is_computed() {
            self.note(path, "only computed attributes can be stable");
        }
        let Some(default) = &attribute.default else { return };
        if self.kind != Kind::Resource || attribute.presence != Presence::OptionalComputed {
            self.note(path, "only optional and computed attributes of managed resources support defaults");
        }
        if default.is_null() || !default.is_wholly_known() || conforms(default, &attribute.ty()).is_err() {
            self.note(path, "the default does not have the type of the attribute");
        }
    }
}

#[cfg(test)]
mod tests;
