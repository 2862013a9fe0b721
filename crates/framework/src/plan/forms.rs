//! Converts normalized values back to the notation of Terraform core: `{}` or null, and maps with or without null
//! members.
//!
//! Terraform core requires a planned value to be identical to the configured or the stored one, and an applied value to
//! be identical to the planned one.

use std::collections::BTreeMap;

use super::normal::{normal_attribute, normal_block};
use super::walk::{Inside, Views, inner, rebuild_each};
use crate::dynamic_blocks;
use crate::schema::{Attribute, Block, NestedBlock, Nesting, Presence, Shape};
use crate::value::Value;

/// Returns the planned object in the notation of the state if the change is not significant and Terraform core accepts
/// it, or else in the notation of the configuration.
pub(crate) fn planned_in_form(block: &Block, config: &Value, prior: &Value, planned: &Value) -> Value {
    if config.is_null() || planned.is_null() {
        return planned.clone();
    }
    Forms { of: Of::Plan }.object(block.into(), Views { config, prior, planned })
}

/// Returns the object after an apply or a read, in the notation of the planned or stored object.
pub(crate) fn in_form_of(block: &Block, known: &Value, found: &Value) -> Value {
    if known.is_null() || found.is_null() {
        return found.clone();
    }
    Forms { of: Of::State }.object(block.into(), Views { config: known, prior: known, planned: found })
}

#[derive(Clone, Copy)]
struct Forms {
    of: Of,
}

#[derive(Clone, Copy, PartialEq)]
enum Of {
    Plan,
    State,
}

impl Forms {
    fn object(self, inside: Inside<'_>, views: Views<'_>) -> Value {
        let Value::Object(planned) = views.planned else { return views.planned.clone() };
        let mut members = planned.clone();
        for attribute in inside.attributes {
            let form = self.attribute(attribute, views.member(&attribute.name));
            members.insert(attribute.name.clone(), form);
        }
        for nested in inside.blocks {
            let form = self.block(nested, views.member(&nested.name));
            members.insert(nested.name.clone(), form);
        }
        Value::Object(members)
    }

    fn attribute(self, attribute: &Attribute, views: Views<'_>) -> Value {
        let Views { config, prior, planned } = views;
        if attribute.write_only {
            return planned.clone();
        }
        let means_planned = |value: &Value| normal_attribute(attribute, value) == *planned;
        // Terraform core accepts the stored value only in place of another non-null value, or for a computed value.
        let may_stay = prior == config || (!prior.is_null() && (!config.is_null() || attribute.is_computed()));
        if may_stay && means_planned(prior) {
            return prior.clone();
        }
        // A null of a `dynamic` attribute has the type of the expression, and Terraform core compares the types.
        let has_form = !config.is_null() || matches!(config, Value::Dynamic(_));
        if has_form && means_planned(config) {
            return config.clone();
        }
        let is_unset = attribute.unset_if_zero && !config.is_null() && normal_attribute(attribute, config).is_null();
        if is_unset && (self.of == Of::Plan || attribute.presence == Presence::OptionalComputed) {
            // The configuration has an empty value, and Terraform core requires that it is kept, regardless of the
            // value that the provider selects.
            return config.clone();
        }
        match &attribute.shape {
            Shape::Nested(nested) => with_null_members(
                config,
                self.nested(nested.into(), nested.nesting, views, &|value| normal_attribute(attribute, value)),
            ),
            Shape::Type(_) => planned.clone(),
        }
    }

    fn block(self, nested: &NestedBlock, views: Views<'_>) -> Value {
        let normal = |value: &Value| normal_block(nested, value);
        if !matches!(views.planned, Value::Dynamic(_)) {
            return self.nested((&nested.block).into(), nested.nesting, views, &normal);
        }
        // In the declared type, each `dynamic` value contains its type, so that a form that is kept keeps the type.
        let ty = nested.block.ty();
        let [config, prior, planned] =
            [views.config, views.prior, views.planned].map(|value| dynamic_blocks::uncarried(value, &ty));
        let views = Views { config: &config, prior: &prior, planned: &planned };
        dynamic_blocks::carried(&self.nested((&nested.block).into(), nested.nesting, views, &normal), &ty)
    }

    fn nested(self, inside: Inside<'_>, nesting: Nesting, views: Views<'_>, normal: &dyn Fn(&Value) -> Value) -> Value {
        match (nesting, inner(views.planned)) {
            (Nesting::Set, Value::Set(planned)) => {
                let same_number = |value: &Value| value.elements().map(<[Value]>::len) == Some(planned.len());
                if same_number(views.prior) && normal(views.prior) == *views.planned {
                    return views.prior.clone();
                }
                set_in_form(views, planned, normal)
            }
            _ => rebuild_each(inside, nesting, views, &|views| self.object(inside, views)),
        }
    }
}

/// Elements of a set have no address, so each gets the notation of an equivalent stored or configured element.
fn set_in_form(views: Views<'_>, planned: &[Value], normal: &dyn Fn(&Value) -> Value) -> Value {
    let elements = |value| Value::elements(value).unwrap_or_default();
    let known: Vec<&Value> = elements(views.prior).iter().chain(elements(views.config)).collect();
    let form = |planned: &Value| {
        let alone = Value::Set(vec![planned.clone()]);
        let found = known.iter().find(|known| normal(&Value::Set(vec![(**known).clone()])) == alone);
        found.map_or_else(|| planned.clone(), |found| (*found).clone())
    };
    Value::set(planned.iter().map(form).collect())
}

/// Nested objects in a map have the configured keys, including keys without an object.
fn with_null_members(config: &Value, mut value: Value) -> Value {
    if let (Value::Map(config), Value::Map(members)) = (config, &mut value) {
        let nulls: BTreeMap<_, _> =
            config.iter().filter(|(key, member)| member.is_null() && !members.contains_key(*key)).collect();
        members.extend(nulls.into_iter().map(|(key, member)| (key.clone(), member.clone())));
    }
    value
}
