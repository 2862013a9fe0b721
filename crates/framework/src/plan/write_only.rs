//! The part of a configuration that an apply can read: write-only values, which are neither in the plan nor in the
//! state.

use std::collections::BTreeMap;

use super::walk::{Inside, NULL, Views, rebuild_each};
use crate::schema::{Block, Nesting, Shape};
use crate::value::Value;

/// Returns the configuration in which all values that are not write-only are null or empty.
///
/// Terraform applies `ignore_changes` only during plan, so every other value of the configuration may differ from the
/// plan.
pub(crate) fn write_only(block: &Block, config: &Value) -> Value {
    only(block.into(), Views { config, prior: &NULL, planned: config })
}

fn only(inside: Inside<'_>, views: Views<'_>) -> Value {
    let Value::Object(_) = views.planned else { return Value::Null };
    let attributes = inside.attributes.iter().map(|attribute| {
        let views = views.member(&attribute.name);
        let value = match &attribute.shape {
            _ if attribute.write_only => views.planned.clone(),
            Shape::Nested(nested) if holds(nested.nesting, nested.into()) => {
                rebuild_each(nested.into(), nested.nesting, views, &|views| only(nested.into(), views))
            }
            _ => Value::Null,
        };
        (attribute.name.clone(), value)
    });
    let blocks = inside.blocks.iter().map(|nested| {
        let inside = Inside::from(&nested.block);
        let value = match holds(nested.nesting, inside) {
            true => rebuild_each(inside, nested.nesting, views.member(&nested.name), &|views| only(inside, views)),
            false => nested.empty(),
        };
        (nested.name.clone(), value)
    });
    Value::Object(attributes.chain(blocks).collect::<BTreeMap<_, _>>())
}

/// Whether the attribute or block can contain write-only values. Terraform does not allow them in sets.
fn holds(nesting: Nesting, inside: Inside<'_>) -> bool {
    nesting != Nesting::Set
        && (inside.attributes.iter().any(|attribute| attribute.write_only)
            || inside.nested().any(|(_, nesting, inside)| holds(nesting, inside)))
}
