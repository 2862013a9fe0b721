//! Second step: when something changes, what apply may decide is unknown.

use std::collections::BTreeMap;

use super::walk::{Inside, Views, rebuild_each};
use crate::framework::schema::{Attribute, Block, Shape};
use crate::framework::value::Value;

/// The planned object with every computed value unknown that configuration does not give, that has no default, and
/// that is not stable across updates.
pub(crate) fn mark_unknown(block: &Block, config: &Value, prior: &Value, planned: &Value) -> Value {
    mark_object(block.into(), Views { config, prior, planned })
}

fn mark_object(inside: Inside<'_>, views: Views<'_>) -> Value {
    let Value::Object(_) = views.planned else { return views.planned.clone() };
    let attributes = inside
        .attributes
        .iter()
        .map(|attribute| (attribute.name.clone(), mark_attribute(attribute, views.member(&attribute.name))));
    let blocks = inside.blocks.iter().map(|nested| {
        let inside = Inside::from(&nested.block);
        let mark = |views: Views<'_>| mark_object(inside, views);
        (nested.name.clone(), rebuild_each(inside, nested.nesting, views.member(&nested.name), &mark))
    });
    Value::Object(attributes.chain(blocks).collect::<BTreeMap<_, _>>())
}

fn mark_attribute(attribute: &Attribute, views: Views<'_>) -> Value {
    if attribute.presence.is_computed() && views.config.is_null() && attribute.default.is_none() {
        let kept = attribute.stable && !views.prior.is_null();
        return if kept { views.planned.clone() } else { Value::unknown() };
    }
    match &attribute.shape {
        Shape::Nested(nested) if !views.config.is_null() => {
            rebuild_each(nested.into(), nested.nesting, views, &|views| mark_object(nested.into(), views))
        }
        _ => views.planned.clone(),
    }
}
