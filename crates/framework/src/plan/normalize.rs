//! First step: applies configuration, defaults, and equivalence to every attribute.

use std::collections::BTreeMap;

use super::matching::equivalent;
use super::walk::{Inside, Views, rebuild_each};
use crate::schema::{Attribute, Block, NestedBlock, Shape};
use crate::value::Value;

/// Returns the proposal of Terraform core without write-only values, with defaults, and with the stored notation of
/// configured values that are equivalent to the stored ones.
pub(crate) fn settle(block: &Block, config: &Value, prior: &Value, proposed: &Value) -> Value {
    Settling { fills: true }.object(block.into(), Views { config, prior, planned: proposed })
}

/// Replaces values that are equivalent to the stored ones by the stored notation, because they are not drift.
pub(crate) fn keep_equivalent(block: &Block, stored: &Value, read: &Value) -> Value {
    if stored.is_null() || read.is_null() {
        return read.clone();
    }
    Settling { fills: false }.object(block.into(), Views { config: read, prior: stored, planned: read })
}

#[derive(Clone, Copy)]
struct Settling {
    /// Whether to set defaults for values that are not configured. An object that was read is already complete.
    fills: bool,
}

impl Settling {
    fn object(self, inside: Inside<'_>, views: Views<'_>) -> Value {
        let Value::Object(_) = views.planned else { return views.planned.clone() };
        let attributes = inside
            .attributes
            .iter()
            .map(|attribute| (attribute.name.clone(), self.attribute(attribute, views.member(&attribute.name))));
        let blocks =
            inside.blocks.iter().map(|nested| (nested.name.clone(), self.block(nested, views.member(&nested.name))));
        Value::Object(attributes.chain(blocks).collect::<BTreeMap<_, _>>())
    }

    fn attribute(self, attribute: &Attribute, views: Views<'_>) -> Value {
        if attribute.write_only {
            return Value::Null;
        }
        // Terraform core treats an unset value as computed and proposes the stored value, but an argument that is
        // removed is unset.
        if self.fills && attribute.is_computed() && !attribute.presence.is_computed() {
            return views.config.clone();
        }
        if self.fills && views.config.is_null() {
            if let Some(default) = &attribute.default {
                return default.clone();
            }
            // Terraform core proposes null if it treats a computed value as one that was configured before.
            if attribute.presence.is_computed() && views.planned.is_null() {
                return views.prior.clone();
            }
        }
        if equivalent(attribute.equivalence, views.config, views.prior) {
            return views.prior.clone();
        }
        match &attribute.shape {
            Shape::Nested(nested) if !views.config.is_null() => {
                rebuild_each(nested.into(), nested.nesting, views, &|views| self.object(nested.into(), views))
            }
            _ => views.planned.clone(),
        }
    }

    fn block(self, nested: &NestedBlock, views: Views<'_>) -> Value {
        if equivalent(nested.equivalence, views.config, views.prior) {
            return views.prior.clone();
        }
        let inside = Inside::from(&nested.block);
        rebuild_each(inside, nested.nesting, views, &|views| self.object(inside, views))
    }
}
