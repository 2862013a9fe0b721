//! Third step: which changes need another object.

use super::walk::{Address, Views, addressable};
use crate::framework::path::Path;
use crate::framework::schema::{Attribute, Block, Nesting, Replace, Shape};
use crate::framework::value::Value;

/// The paths of all changed values whose schema says that a change needs another object.
pub(crate) fn replacements(block: &Block, config: &Value, prior: &Value, planned: &Value) -> Vec<Path> {
    let mut paths = Vec::new();
    if !prior.is_null() && !planned.is_null() {
        visit_block(block, Views { config, prior, planned }, &Path::root(), &mut paths);
    }
    paths
}

fn visit_block(block: &Block, views: Views<'_>, path: &Path, paths: &mut Vec<Path>) {
    visit_attributes(&block.attributes, views, path, paths);
    for nested in &block.blocks {
        let views = views.member(&nested.name);
        let path = path.then(&nested.name);
        if nested.replace != Replace::Never && differs(views) {
            paths.push(path);
            continue;
        }
        if nested.nesting == Nesting::Set {
            let forced = has_replace(&nested.block.attributes) && differs(views);
            paths.extend(forced.then_some(path));
            continue;
        }
        for (address, views) in addressable(nested.nesting, views) {
            visit_block(&nested.block, views, &step(&path, address), paths);
        }
    }
}

fn visit_attributes(attributes: &[Attribute], views: Views<'_>, path: &Path, paths: &mut Vec<Path>) {
    for attribute in attributes {
        let views = views.member(&attribute.name);
        let path = path.then(&attribute.name);
        if needs_replacement(attribute, views) {
            paths.push(path);
            continue;
        }
        if let Shape::Nested(nested) = &attribute.shape {
            if nested.nesting == Nesting::Set {
                paths.extend((has_replace(&nested.attributes) && differs(views)).then_some(path));
                continue;
            }
            for (address, views) in addressable(nested.nesting, views) {
                visit_attributes(&nested.attributes, views, &step(&path, address), paths);
            }
        }
    }
}

/// A computed value that nobody configured and that is merely not known yet does not force a replacement.
fn needs_replacement(attribute: &Attribute, views: Views<'_>) -> bool {
    let undecided = views.config.is_null() && attribute.presence.is_computed() && views.planned.is_unknown();
    match attribute.replace {
        Replace::Never => false,
        Replace::Always => differs(views) && !undecided,
        Replace::IfConfigured => differs(views) && !views.config.is_null(),
    }
}

fn has_replace(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.replace != Replace::Never)
}

fn differs(views: Views<'_>) -> bool {
    views.planned.is_unknown() || views.planned.without_refinements() != views.prior.without_refinements()
}

fn step(path: &Path, address: Option<Address>) -> Path {
    match address {
        None => path.clone(),
        Some(Address::Index(index)) => path.index(index),
        Some(Address::Key(key)) => path.key(key),
    }
}

/// Whether a path that was found earlier still leads to a change.
pub(crate) fn still_differs(path: &Path, prior: &Value, planned: &Value) -> bool {
    let null = Value::Null;
    let prior = path.find(prior).unwrap_or(&null);
    let planned = path.find(planned).unwrap_or(&null);
    planned.is_unknown() || prior != planned
}
