//! Matches the configured, stored, and planned elements of a set.
//!
//! Elements of a set have no position and no key. As in Terraform core, a stored element matches a configured one if
//! all configured values are equal. Computed values are ignored.

use super::walk::{Inside, NULL, Views, inner, members};
use crate::schema::{Attribute, Equivalence, NestedBlock, Nesting, Shape};
use crate::value::Value;

/// Returns the views of each planned element. An element without a matching configured element is its own
/// configuration.
pub(super) fn counterparts<'v>(inside: Inside<'_>, views: Views<'v>) -> Vec<Views<'v>> {
    let mut configured = Unused::of(views.config);
    let mut stored = Unused::of(views.prior);
    let elements = views.planned.elements().unwrap_or_default().iter();
    elements
        .map(|planned| {
            let config = configured.take(planned, |config| corresponds(inside, config, planned)).unwrap_or(planned);
            let prior = stored.take(planned, |prior| corresponds(inside, config, prior)).unwrap_or(&NULL);
            Views { config, prior, planned }
        })
        .collect()
}

/// Elements that have no counterpart yet.
struct Unused<'v>(Vec<&'v Value>);

impl<'v> Unused<'v> {
    fn of(set: &'v Value) -> Self {
        Self(set.elements().unwrap_or_default().iter().collect())
    }

    /// Takes the identical element, or else the first one that matches.
    fn take(&mut self, same: &Value, matches: impl Fn(&Value) -> bool) -> Option<&'v Value> {
        let exact = self.0.iter().position(|element| *element == same);
        let position = exact.or_else(|| self.0.iter().position(|element| matches(element)))?;
        Some(self.0.remove(position))
    }
}

/// Whether the other object matches the configured one, except for computed values.
pub(super) fn corresponds(inside: Inside<'_>, config: &Value, other: &Value) -> bool {
    if config.is_null() || other.is_null() || config.is_unknown() || other.is_unknown() {
        return same(config, other);
    }
    let pair = |name: &str| (config.member(name).unwrap_or(&NULL), other.member(name).unwrap_or(&NULL));
    inside.attributes.iter().all(|attribute| {
        let (config, other) = pair(&attribute.name);
        attribute_corresponds(attribute, config, other)
    }) && inside.blocks.iter().all(|nested| {
        let (config, other) = pair(&nested.name);
        block_corresponds(nested, config, other)
    })
}

fn attribute_corresponds(attribute: &Attribute, config: &Value, other: &Value) -> bool {
    if attribute.write_only || (config.is_null() && attribute.is_computed()) {
        return true;
    }
    if same(config, other) || equivalent(attribute.equivalence, config, other) {
        return true;
    }
    match &attribute.shape {
        Shape::Nested(nested) => each_corresponds(nested.into(), nested.nesting, config, other),
        Shape::Type(_) => false,
    }
}

fn block_corresponds(nested: &NestedBlock, config: &Value, other: &Value) -> bool {
    same(config, other)
        || equivalent(nested.equivalence, config, other)
        || each_corresponds((&nested.block).into(), nested.nesting, config, other)
}

fn each_corresponds(inside: Inside<'_>, nesting: Nesting, config: &Value, other: &Value) -> bool {
    let (config, other) = (inner(config), inner(other));
    match nesting {
        _ if config.is_null() || other.is_null() || config.is_unknown() || other.is_unknown() => same(config, other),
        Nesting::Single | Nesting::Group => corresponds(inside, config, other),
        Nesting::List => {
            let (config, other) = (config.elements().unwrap_or_default(), other.elements().unwrap_or_default());
            config.len() == other.len()
                && config.iter().zip(other).all(|(config, other)| corresponds(inside, config, other))
        }
        Nesting::Map => match (members(config), members(other)) {
            (Some(config), Some(other)) => {
                config.keys().eq(other.keys())
                    && config.iter().zip(other.values()).all(|((_, config), other)| corresponds(inside, config, other))
            }
            _ => false,
        },
        Nesting::Set => {
            let mut unused = Unused::of(other);
            let elements = config.elements().unwrap_or_default();
            elements.iter().all(|config| unused.take(config, |other| corresponds(inside, config, other)).is_some())
                && unused.0.is_empty()
        }
    }
}

fn same(left: &Value, right: &Value) -> bool {
    left.without_refinements() == right.without_refinements()
}

/// Whether a configured value is equivalent to the stored one, according to the schema.
pub(super) fn equivalent(equivalence: Option<Equivalence>, config: &Value, prior: &Value) -> bool {
    let comparable = |value: &Value| !value.is_null() && value.is_wholly_known();
    equivalence.is_some_and(|equivalent| comparable(config) && comparable(prior) && equivalent(config, prior))
}
