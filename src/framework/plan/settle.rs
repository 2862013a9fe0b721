//! First step: what configuration, defaults and equivalence say about every attribute.

use std::collections::BTreeMap;

use super::walk::{Views, rebuild_each};
use crate::framework::schema::{Attribute, Block, Equivalence, NestedBlock, Shape};
use crate::framework::value::Value;

/// Core's proposal with write-only values removed, defaults filled in, and configured values that mean the same as
/// the stored ones replaced by those.
pub(crate) fn settle(block: &Block, config: &Value, prior: &Value, proposed: &Value) -> Value {
    settle_block(block, Views { config, prior, planned: proposed })
}

fn settle_block(block: &Block, views: Views<'_>) -> Value {
    let Value::Object(_) = views.planned else { return views.planned.clone() };
    let mut members: BTreeMap<String, Value> = settle_attributes(&block.attributes, views);
    for nested in &block.blocks {
        members.insert(nested.name.clone(), settle_nested(nested, views.member(&nested.name)));
    }
    Value::Object(members)
}

fn settle_attributes(attributes: &[Attribute], views: Views<'_>) -> BTreeMap<String, Value> {
    attributes
        .iter()
        .map(|attribute| (attribute.name.clone(), settle_attribute(attribute, views.member(&attribute.name))))
        .collect()
}

fn settle_attribute(attribute: &Attribute, views: Views<'_>) -> Value {
    if attribute.write_only {
        return Value::Null;
    }
    if let (true, Some(default)) = (views.config.is_null(), &attribute.default) {
        return default.clone();
    }
    if is_equivalent(attribute.equivalence, views) {
        return views.prior.clone();
    }
    match &attribute.shape {
        Shape::Nested(nested) if !views.config.is_null() => {
            rebuild_each(nested.nesting, views, &|views| Value::Object(settle_attributes(&nested.attributes, views)))
        }
        _ => views.planned.clone(),
    }
}

fn settle_nested(nested: &NestedBlock, views: Views<'_>) -> Value {
    if is_equivalent(nested.equivalence, views) {
        return views.prior.clone();
    }
    rebuild_each(nested.nesting, views, &|views| settle_block(&nested.block, views))
}

fn is_equivalent(equivalence: Option<Equivalence>, views: Views<'_>) -> bool {
    let comparable = |value: &Value| !value.is_null() && value.is_wholly_known();
    equivalence.is_some_and(|equivalent| {
        comparable(views.config) && comparable(views.prior) && equivalent(views.config, views.prior)
    })
}
