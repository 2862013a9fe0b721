//! Rules for a planned object, given configuration and prior state (`AssertPlanValid` in Terraform core).

use std::collections::BTreeMap;

use super::RuleViolation;
use crate::path::Path;
use crate::schema::{Attribute, Block, NestedBlock, NestedObject, Nesting, Shape};
use crate::value::Value;

static NULL: Value = Value::Null;

/// Returns the violations of Terraform core rules in the planned object.
pub fn planned(block: &Block, config: &Value, prior: &Value, planned: &Value) -> Vec<RuleViolation> {
    let mut breaches = Vec::new();
    if planned.is_null() != config.is_null() {
        breaches
            .push(RuleViolation::new(&Path::root(), "the plan must be null if and only if the configuration is null"));
    } else if !planned.is_null() {
        check_block(block, config, prior, planned, &Path::root(), &mut breaches);
    }
    breaches
}

/// Returns the violations of Terraform core rules in the result of a data source or an ephemeral resource: configured
/// values are kept, only computed values are added, and no value is unknown.
pub fn opened(block: &Block, config: &Value, result: &Value) -> Vec<RuleViolation> {
    let mut breaches = planned(block, config, &NULL, result);
    breaches.extend(super::left_unknown(result, "the value is still unknown"));
    breaches
}

fn member<'v>(value: &'v Value, name: &str) -> &'v Value {
    value.member(name).unwrap_or(&NULL)
}

fn check_block(
    block: &Block,
    config: &Value,
    prior: &Value,
    planned: &Value,
    path: &Path,
    breaches: &mut Vec<RuleViolation>,
) {
    check_attributes(&block.attributes, config, prior, planned, path, breaches);
    for nested in &block.blocks {
        let name = &nested.name;
        let (config, prior, planned) = (member(config, name), member(prior, name), member(planned, name));
        check_nested_block(nested, config, prior, planned, &path.then(name), breaches);
    }
}

fn check_attributes(
    attributes: &[Attribute],
    config: &Value,
    prior: &Value,
    planned: &Value,
    path: &Path,
    breaches: &mut Vec<RuleViolation>,
) {
    for attribute in attributes {
        let name = &attribute.name;
        let (config, prior, planned) = (member(config, name), member(prior, name), member(planned, name));
        check_attribute(attribute, config, prior, planned, &path.then(name), breaches);
    }
}

fn check_attribute(
    attribute: &Attribute,
    config: &Value,
    prior: &Value,
    planned: &Value,
    path: &Path,
    breaches: &mut Vec<RuleViolation>,
) {
    if attribute.write_only {
        if !planned.is_null() {
            breaches.push(RuleViolation::new(path, "a write-only value must not be planned"));
        }
        return;
    }
    if planned.without_refinements() == config.without_refinements() {
        return;
    }
    if planned == prior && !prior.is_null() && !config.is_null() {
        return;
    }
    if !attribute.presence.is_configurable() || (config.is_null() && attribute.is_computed()) {
        return;
    }
    if config.is_null() {
        breaches.push(RuleViolation::new(path, "the planned value is neither configured nor computed"));
        return;
    }
    match &attribute.shape {
        Shape::Nested(nested) => check_nested_attribute(nested, config, prior, planned, path, breaches),
        Shape::Type(_) => {
            breaches.push(RuleViolation::new(path, "the planned value differs from the configured value"))
        }
    }
}

fn check_nested_attribute(
    nested: &NestedObject,
    config: &Value,
    prior: &Value,
    planned: &Value,
    path: &Path,
    breaches: &mut Vec<RuleViolation>,
) {
    if planned.is_null() || planned.is_unknown() || config.is_unknown() {
        breaches.push(RuleViolation::new(
            path,
            "nested attributes must be null or unknown if and only if the configuration is",
        ));
        return;
    }
    // Terraform core counts the elements of nested attributes, but does not check the number of blocks in a set.
    let lengths = (config.elements().map(<[Value]>::len), planned.elements().map(<[Value]>::len));
    if nested.nesting == Nesting::Set && config.is_wholly_known() && planned.is_wholly_known() && lengths.0 != lengths.1
    {
        breaches.push(RuleViolation::new(path, "the number of elements differs from the configuration"));
        return;
    }
    let check = |config: &Value, prior: &Value, planned: &Value, path: &Path, breaches: &mut Vec<RuleViolation>| {
        check_attributes(&nested.attributes, config, prior, planned, path, breaches);
    };
    each(nested.nesting, config, prior, planned, path, breaches, &check);
}

fn check_nested_block(
    nested: &NestedBlock,
    config: &Value,
    prior: &Value,
    planned: &Value,
    path: &Path,
    breaches: &mut Vec<RuleViolation>,
) {
    if planned.without_refinements() == config.without_refinements() {
        return;
    }
    if config.is_unknown() || planned.is_unknown() {
        breaches.push(RuleViolation::new(path, "blocks must be unknown if and only if the configuration is"));
        return;
    }
    if planned.is_null() != config.is_null() {
        breaches.push(RuleViolation::new(path, "a block was added to or removed from the configured blocks"));
        return;
    }
    let check = |config: &Value, prior: &Value, planned: &Value, path: &Path, breaches: &mut Vec<RuleViolation>| {
        if planned.is_unknown() {
            breaches.push(RuleViolation::new(path, "a block must not be unknown"));
        } else {
            check_block(&nested.block, config, prior, planned, path, breaches);
        }
    };
    each(nested.nesting, config, prior, planned, path, breaches, &check);
}

type Check<'c> = &'c dyn Fn(&Value, &Value, &Value, &Path, &mut Vec<RuleViolation>);

/// Checks each object. The contents of sets are not checked, as in Terraform core.
fn each(
    nesting: Nesting,
    config: &Value,
    prior: &Value,
    planned: &Value,
    path: &Path,
    breaches: &mut Vec<RuleViolation>,
    check: Check<'_>,
) {
    match (nesting, inner(config), inner(planned)) {
        (Nesting::Single | Nesting::Group, config, planned) => check(config, prior, planned, path, breaches),
        (
            Nesting::List,
            Value::List(configured) | Value::Tuple(configured),
            Value::List(elements) | Value::Tuple(elements),
        ) => {
            if configured.len() != elements.len() {
                breaches.push(RuleViolation::new(path, "the number of elements differs from the configuration"));
                return;
            }
            let stored = inner(prior).elements().unwrap_or_default();
            for (index, (config, planned)) in configured.iter().zip(elements).enumerate() {
                check(config, stored.get(index).unwrap_or(&NULL), planned, &path.index(index), breaches);
            }
        }
        (
            Nesting::Map,
            Value::Map(configured) | Value::Object(configured),
            Value::Map(members) | Value::Object(members),
        ) => {
            each_key(configured, prior, members, path, breaches, check);
        }
        (Nesting::Set, Value::Set(configured), Value::Set(elements)) => {
            if elements.len() > configured.len() || elements.is_empty() != configured.is_empty() {
                breaches.push(RuleViolation::new(path, "the number of elements cannot result from the configuration"));
            }
        }
        _ => breaches.push(RuleViolation::new(path, "the planned value does not have the configured shape")),
    }
}

fn each_key(
    configured: &BTreeMap<String, Value>,
    prior: &Value,
    planned: &BTreeMap<String, Value>,
    path: &Path,
    breaches: &mut Vec<RuleViolation>,
    check: Check<'_>,
) {
    if !configured.keys().eq(planned.keys()) {
        breaches.push(RuleViolation::new(path, "the keys differ from the configured keys"));
        return;
    }
    for (key, planned) in planned {
        let config = configured.get(key).unwrap_or(&NULL);
        check(config, inner(prior).member(key).unwrap_or(&NULL), planned, &path.key(key), breaches);
    }
}

fn inner(value: &Value) -> &Value {
    if let Value::Dynamic(pair) = value { &pair.1 } else { value }
}
