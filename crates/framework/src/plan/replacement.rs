//! Third step: determines which changes require replacement.

use super::matching::counterparts;
use super::walk::{Address, Inside, Views, addressable, inner, members};
use crate::path::Path;
use crate::schema::{Attribute, Block, NestedBlock, Nesting, Replace, Shape};
use crate::value::Value;

/// Returns the paths of all changed values that require replacement according to the schema.
pub(crate) fn replacements(block: &Block, config: &Value, prior: &Value, planned: &Value) -> Vec<Path> {
    let mut paths = Vec::new();
    if !prior.is_null() && !planned.is_null() {
        visit_object(block.into(), Views { config, prior, planned }, &Path::root(), &mut paths);
    }
    paths
}

fn visit_object(inside: Inside<'_>, views: Views<'_>, path: &Path, paths: &mut Vec<Path>) {
    for attribute in inside.attributes {
        let views = views.member(&attribute.name);
        let path = path.then(&attribute.name);
        if attribute_forces(attribute, views) {
            paths.push(path);
        } else if let Shape::Nested(nested) = &attribute.shape {
            visit_nested(nested.into(), nested.nesting, views, &path, paths);
        }
    }
    for nested in inside.blocks {
        let views = views.member(&nested.name);
        let path = path.then(&nested.name);
        if block_forces(nested, views) {
            paths.push(path);
        } else {
            visit_nested((&nested.block).into(), nested.nesting, views, &path, paths);
        }
    }
}

fn visit_nested(inside: Inside<'_>, nesting: Nesting, views: Views<'_>, path: &Path, paths: &mut Vec<Path>) {
    if !forces_somewhere(inside) {
        return;
    }
    // It is unknown whether the nested values change, and a planned update must not become a replacement later.
    if views.config.is_unknown() {
        paths.push(path.clone());
        return;
    }
    if nesting == Nesting::Set {
        paths.extend(set_forces(inside, views).then(|| path.clone()));
        return;
    }
    for (address, views) in addressable(nesting, views) {
        let path = match address {
            None => path.clone(),
            Some(Address::Index(index)) => path.index(index),
            Some(Address::Key(key)) => path.key(key),
        };
        if views.config.is_unknown() {
            paths.push(path);
        } else {
            visit_object(inside, views, &path, paths);
        }
    }
}

fn attribute_forces(attribute: &Attribute, views: Views<'_>) -> bool {
    match attribute.replace {
        Replace::Never => false,
        Replace::Always => attribute_changes(attribute, views),
        Replace::IfConfigured => !views.config.is_null() && attribute_changes(attribute, views),
    }
}

fn block_forces(nested: &NestedBlock, views: Views<'_>) -> bool {
    nested.replace != Replace::Never && nested_changes((&nested.block).into(), nested.nesting, views)
}

/// Whether the value changes. A computed value that is only unknown does not change.
fn attribute_changes(attribute: &Attribute, views: Views<'_>) -> bool {
    if views.config.is_null() && attribute.presence.is_computed() && views.planned.is_unknown() {
        return false;
    }
    match &attribute.shape {
        Shape::Nested(nested) => nested_changes(nested.into(), nested.nesting, views),
        Shape::Type(_) => views.planned.is_unknown() || !same(views.planned, views.prior),
    }
}

fn nested_changes(inside: Inside<'_>, nesting: Nesting, views: Views<'_>) -> bool {
    let (prior, planned) = (inner(views.prior), inner(views.planned));
    if planned.is_unknown() || planned.is_null() != prior.is_null() {
        return true;
    }
    let counts_differ = match nesting {
        Nesting::Single | Nesting::Group => false,
        Nesting::Map => {
            members(planned).map(|map| map.keys().collect::<Vec<_>>())
                != members(prior).map(|map| map.keys().collect::<Vec<_>>())
        }
        Nesting::List | Nesting::Set => planned.elements().map(<[Value]>::len) != prior.elements().map(<[Value]>::len),
    };
    counts_differ
        || match nesting {
            Nesting::Set => counterparts(inside, views).into_iter().any(|views| object_changes(inside, views)),
            _ => addressable(nesting, views).into_iter().any(|(_, views)| object_changes(inside, views)),
        }
}

fn object_changes(inside: Inside<'_>, views: Views<'_>) -> bool {
    if views.planned.is_unknown() || views.planned.is_null() != views.prior.is_null() {
        return true;
    }
    inside.attributes.iter().any(|attribute| attribute_changes(attribute, views.member(&attribute.name)))
        || inside
            .blocks
            .iter()
            .any(|nested| nested_changes((&nested.block).into(), nested.nesting, views.member(&nested.name)))
}

/// Whether a set changes in attributes that require replacement. Elements cannot be addressed, so only these attributes
/// are compared.
fn set_forces(inside: Inside<'_>, views: Views<'_>) -> bool {
    let planned = counterparts(inside, views);
    let prior: Vec<&Value> = views.prior.elements().unwrap_or_default().iter().collect();
    let keeps = |planned: &Views<'_>, prior: &Value| {
        let mut forced = Vec::new();
        let views = Views { config: planned.config, prior, planned: planned.planned };
        visit_object(inside, views, &Path::root(), &mut forced);
        forced.is_empty()
    };
    let is_new = |planned: &Views<'_>| !prior.iter().any(|prior| keeps(planned, prior));
    let is_gone = |prior: &Value| !planned.iter().any(|planned| keeps(planned, prior));
    let unknown = planned.iter().any(|views| views.planned.is_unknown());
    unknown || planned.iter().any(is_new) || prior.iter().any(|prior| is_gone(prior))
}

fn forces_somewhere(inside: Inside<'_>) -> bool {
    inside.attributes.iter().any(|attribute| attribute.replace != Replace::Never)
        || inside.blocks.iter().any(|nested| nested.replace != Replace::Never)
        || inside.nested().any(|(_, _, inside)| forces_somewhere(inside))
}

fn same(left: &Value, right: &Value) -> bool {
    left.without_refinements() == right.without_refinements()
}

/// Whether a path that was found earlier still refers to a change. Any nested value of an unknown value can change.
pub(crate) fn still_differs(path: &Path, prior: &Value, planned: &Value) -> bool {
    let null = Value::Null;
    let mut way = Path::root();
    for step in path.steps() {
        way = way.with(step.clone());
        if way.find(planned).is_some_and(Value::is_unknown) {
            return true;
        }
    }
    !same(path.find(prior).unwrap_or(&null), path.find(planned).unwrap_or(&null))
}
