//! Runs the validators of a schema on a configuration.

use super::diagnostics::Diagnostics;
use super::nulls;
use super::path::Path;
use super::plan;
use super::schema::{Attribute, Block, Nesting, Shape};
use super::value::Value;

/// Runs every validator of the block on a configuration.
pub fn validate(block: &Block, config: &Value, diagnostics: &mut Diagnostics) {
    visit_block(block, config, &Path::root(), diagnostics);
}

/// Returns the paths of configured write-only values.
#[must_use]
pub fn write_only_values(block: &Block, config: &Value) -> Vec<Path> {
    let mut found = Vec::new();
    write_only_in_block(block, config, &Path::root(), &mut found);
    found
}

fn write_only_in_block(block: &Block, config: &Value, path: &Path, found: &mut Vec<Path>) {
    write_only_in_attributes(&block.attributes, config, path, found);
    for nested in &block.blocks {
        let Some(value) = config.member(&nested.name) else { continue };
        each(nested.nesting, value, &path.then(&nested.name), &mut |value, path| {
            write_only_in_block(&nested.block, value, path, found);
        });
    }
}

fn write_only_in_attributes(attributes: &[Attribute], config: &Value, path: &Path, found: &mut Vec<Path>) {
    for attribute in attributes {
        let Some(value) = config.member(&attribute.name).filter(|value| !value.is_null()) else { continue };
        let path = path.then(&attribute.name);
        if attribute.write_only {
            found.push(path);
        } else if let Shape::Nested(nested) = &attribute.shape {
            each(nested.nesting, value, &path, &mut |value, path| {
                write_only_in_attributes(&nested.attributes, value, path, found);
            });
        }
    }
}

/// Returns the nulls that a configuration must not contain.
#[must_use]
pub fn nulls(block: &Block, config: &Value) -> Diagnostics {
    let mut found = Diagnostics::new();
    nulls_in_block(block, config, &Path::root(), &mut found);
    found
}

fn nulls_in_block(block: &Block, config: &Value, path: &Path, found: &mut Diagnostics) {
    nulls_in_attributes(&block.attributes, config, path, found);
    for nested in &block.blocks {
        let Some(value) = config.member(&nested.name) else { continue };
        each(nested.nesting, value, &path.then(&nested.name), &mut |value, path| {
            nulls_in_block(&nested.block, value, path, found);
        });
    }
}

fn nulls_in_attributes(attributes: &[Attribute], config: &Value, path: &Path, found: &mut Diagnostics) {
    for attribute in attributes {
        let Some(value) = config.member(&attribute.name) else { continue };
        let path = path.then(&attribute.name);
        found.extend(nulls::of_attribute(attribute, value, &path));
        if let Shape::Nested(nested) = &attribute.shape {
            each(nested.nesting, value, &path, &mut |value, path| {
                nulls_in_attributes(&nested.attributes, value, path, found);
            });
        }
    }
}

fn visit_block(block: &Block, config: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    visit_attributes(&block.attributes, config, path, false, diagnostics);
    for nested in &block.blocks {
        let Some(value) = config.member(&nested.name) else { continue };
        let path = path.then(&nested.name);
        for validator in &nested.validators {
            validator.check(value, &path, false, diagnostics);
        }
        each(nested.nesting, value, &path, &mut |value, path| visit_block(&nested.block, value, path, diagnostics));
    }
}

/// Values inside a sensitive value are sensitive as well.
fn visit_attributes(
    attributes: &[Attribute],
    config: &Value,
    path: &Path,
    secret: bool,
    diagnostics: &mut Diagnostics,
) {
    for attribute in attributes {
        let Some(value) = config.member(&attribute.name) else { continue };
        let path = path.then(&attribute.name);
        let secret = secret || attribute.sensitive || attribute.write_only;
        // A null element was already reported.
        if nulls::of_attribute(attribute, value, &path).is_empty() {
            let given = plan::normal_attribute(attribute, value);
            for validator in &attribute.validators {
                validator.check(&given, &path, secret, diagnostics);
            }
        }
        if let Shape::Nested(nested) = &attribute.shape {
            each(nested.nesting, value, &path, &mut |value, path| {
                visit_attributes(&nested.attributes, value, path, secret, diagnostics);
            });
        }
    }
}

fn each(nesting: Nesting, value: &Value, path: &Path, visit: &mut dyn FnMut(&Value, &Path)) {
    let value = if let Value::Dynamic(pair) = value { &pair.1 } else { value };
    match (nesting, value) {
        (_, Value::Null | Value::Unknown(_)) => {}
        (Nesting::Single | Nesting::Group, object) => visit(object, path),
        (_, Value::List(elements) | Value::Tuple(elements)) => {
            elements.iter().enumerate().for_each(|(index, element)| visit(element, &path.index(index)));
        }
        (_, Value::Set(elements)) => {
            elements.iter().for_each(|element| visit(element, &path.element(element.clone())));
        }
        (_, Value::Map(members) | Value::Object(members)) => {
            members.iter().for_each(|(key, member)| visit(member, &path.key(key)));
        }
        _ => {}
    }
}
