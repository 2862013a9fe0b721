//! Values that `ignore_changes` protects.
//!
//! Terraform puts the prior value into the configuration of a plan for each argument in `ignore_changes`. A
//! computed attribute, such as `tags_all`, cannot get a value from the configuration in any other way.

use std::collections::BTreeMap;

use super::walk::{Inside, Views, rebuild_each};
use crate::schema::{Attribute, Block, Presence, Shape};
use crate::value::Value;

/// Returns the planned object with the prior value of each computed attribute in `ignore_changes`.
pub(crate) fn keep_ignored(block: &Block, config: &Value, prior: &Value, planned: &Value) -> Value {
    // With `ignore_changes = all`, the configuration is the prior object itself.
    if config == prior && !prior.is_null() {
        return prior.clone();
    }
    keep(block.into(), Views { config, prior, planned })
}

fn keep(inside: Inside<'_>, views: Views<'_>) -> Value {
    let Value::Object(_) = views.planned else { return views.planned.clone() };
    let attributes = inside
        .attributes
        .iter()
        .map(|attribute| (attribute.name.clone(), keep_attribute(attribute, views.member(&attribute.name))));
    let blocks = inside.blocks.iter().map(|nested| {
        let inside = Inside::from(&nested.block);
        let kept = rebuild_each(inside, nested.nesting, views.member(&nested.name), &|views| keep(inside, views));
        (nested.name.clone(), kept)
    });
    Value::Object(attributes.chain(blocks).collect::<BTreeMap<_, _>>())
}

fn keep_attribute(attribute: &Attribute, views: Views<'_>) -> Value {
    if views.config.is_null() {
        return views.planned.clone();
    }
    match &attribute.shape {
        _ if attribute.presence == Presence::Computed => views.config.clone(),
        Shape::Nested(nested) => {
            rebuild_each(nested.into(), nested.nesting, views, &|views| keep(nested.into(), views))
        }
        Shape::Type(_) => views.planned.clone(),
    }
}
