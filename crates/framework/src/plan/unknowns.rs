//! Second step: marks values as unknown that only the apply can determine. On create, these are all computed values. On
//! update, these are only the values that depend on the changes.

use std::collections::{BTreeMap, BTreeSet};

use super::walk::{Inside, NULL, Views, rebuild_each};
use crate::schema::{Attribute, Block, Shape};
use crate::value::Value;

/// The values that an update leaves unknown until apply.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Open {
    /// Computed attributes of the root.
    attributes: BTreeSet<String>,
    /// Whether computed values in nested objects are unknown as well.
    nested: bool,
}

impl Open {
    /// Returns the values that are unknown after changes to these root attributes.
    fn after(block: &Block, prior: &Value, changed: &BTreeSet<&str>) -> Self {
        let inert = |name: &str| {
            block.attribute(name).is_some_and(|attribute| attribute.inert)
                || block.nested(name).is_some_and(|nested| nested.inert)
        };
        let any = changed.iter().any(|name| !inert(name));
        let is_open = |attribute: &&Attribute| {
            let stored = prior.member(&attribute.name).unwrap_or(&NULL);
            let determined = match attribute.changes_with {
                [] => any,
                inputs => inputs.iter().any(|input| changed.contains(input)),
            };
            is_decided_by_apply(attribute)
                && determined
                && !attribute.stable
                && !attribute.settled.is_some_and(|settled| settled(stored))
        };
        let attributes = block.attributes.iter().filter(is_open);
        Self { attributes: attributes.map(|attribute| attribute.name.clone()).collect(), nested: any }
    }

    /// Returns these values, and values that depend on additional changes of a plan.
    pub(crate) fn and_after(&self, block: &Block, prior: &Value, planned: &Value) -> Self {
        let mut changed = changes(prior, planned);
        changed.retain(|name| !self.attributes.contains(*name));
        let Self { attributes, nested } = Self::after(block, prior, &changed);
        Self { attributes: self.attributes.union(&attributes).cloned().collect(), nested: self.nested || nested }
    }
}

/// Returns the members of the root that a plan changes.
fn changes<'v>(prior: &'v Value, planned: &'v Value) -> BTreeSet<&'v str> {
    let Value::Object(members) = planned else { return BTreeSet::new() };
    let differs = |(name, planned): &(&String, &Value)| prior.member(name) != Some(planned);
    members.iter().filter(differs).map(|(name, _)| name.as_str()).collect()
}

fn is_decided_by_apply(attribute: &Attribute) -> bool {
    attribute.presence.is_computed() && attribute.default.is_none()
}

/// Returns the planned object with unknown values. A computed value becomes unknown if it is not configured, has no
/// default, and can change. On create, and in new nested objects, all such values can change.
pub(crate) fn mark_unknown(block: &Block, config: &Value, prior: &Value, planned: &Value, open: &Open) -> Value {
    let is_open = |attribute: &Attribute| open.attributes.contains(&attribute.name);
    let views = Views { config, prior, planned };
    Marking { open_nested: open.nested }.object(block.into(), views, &is_open)
}

#[derive(Clone, Copy)]
struct Marking {
    open_nested: bool,
}

impl Marking {
    fn object(self, inside: Inside<'_>, views: Views<'_>, is_open: &dyn Fn(&Attribute) -> bool) -> Value {
        let Value::Object(_) = views.planned else { return views.planned.clone() };
        let is_new = views.prior.is_null();
        let attributes = inside.attributes.iter().map(|attribute| {
            let is_open = is_new || is_open(attribute);
            (attribute.name.clone(), self.attribute(attribute, views.member(&attribute.name), is_open))
        });
        let blocks = inside.blocks.iter().map(|nested| {
            let inside = Inside::from(&nested.block);
            let mark = |views: Views<'_>| self.nested(inside, views);
            (nested.name.clone(), rebuild_each(inside, nested.nesting, views.member(&nested.name), &mark))
        });
        Value::Object(attributes.chain(blocks).collect::<BTreeMap<_, _>>())
    }

    fn nested(self, inside: Inside<'_>, views: Views<'_>) -> Value {
        self.object(inside, views, &|attribute| self.open_nested && !attribute.stable)
    }

    fn attribute(self, attribute: &Attribute, views: Views<'_>, is_open: bool) -> Value {
        if is_decided_by_apply(attribute) && views.config.is_null() {
            return if is_open { Value::unknown() } else { views.planned.clone() };
        }
        match &attribute.shape {
            Shape::Nested(nested) if !views.config.is_null() => {
                rebuild_each(nested.into(), nested.nesting, views, &|views| self.nested(nested.into(), views))
            }
            _ => views.planned.clone(),
        }
    }
}
