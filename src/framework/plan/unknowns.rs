//! Second step: when something changes, what apply may decide is unknown.

use super::walk::{Views, rebuild_each};
use crate::framework::schema::{Attribute, Block, Shape};
use crate::framework::value::Value;

/// The planned object with every computed value unknown that configuration does not give, that has no default, and
/// that is not stable across updates.
pub(crate) fn mark_unknown(block: &Block, config: &Value, prior: &Value, planned: &Value) -> Value {
    mark_block(block, Views { config, prior, planned })
}

fn mark_block(block: &Block, views: Views<'_>) -> Value {
    let Value::Object(members) = views.planned else { return views.planned.clone() };
    let mut members = members.clone();
    for attribute in &block.attributes {
        members.insert(attribute.name.clone(), mark_attribute(attribute, views.member(&attribute.name)));
    }
    for nested in &block.blocks {
        let inside = views.member(&nested.name);
        members.insert(
            nested.name.clone(),
            rebuild_each(nested.nesting, inside, &|views| mark_block(&nested.block, views)),
        );
    }
    Value::Object(members)
}

fn mark_attribute(attribute: &Attribute, views: Views<'_>) -> Value {
    let kept = attribute.stable && !views.prior.is_null();
    if attribute.presence.is_computed() && views.config.is_null() && attribute.default.is_none() {
        return if kept { views.planned.clone() } else { Value::unknown() };
    }
    match &attribute.shape {
        Shape::Nested(nested) => rebuild_each(nested.nesting, views, &|views| {
            let Value::Object(members) = views.planned else { return views.planned.clone() };
            let mut members = members.clone();
            for attribute in &nested.attributes {
                members.insert(attribute.name.clone(), mark_attribute(attribute, views.member(&attribute.name)));
            }
            Value::Object(members)
        }),
        Shape::Type(_) => views.planned.clone(),
    }
}
