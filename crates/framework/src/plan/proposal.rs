//! How Terraform core merges the configuration into the prior state, reimplemented for tests.

use std::collections::BTreeMap;

use crate::schema::{Attribute, Block, NestedBlock, Nesting, Presence, Shape};
use crate::value::Value;

/// Returns `proposed_new_state` of PlanResourceChange.
#[must_use]
pub fn proposed(block: &Block, prior: &Value, config: &Value) -> Value {
    if config.is_null() {
        return Value::Null;
    }
    let empty = block.empty();
    of_block(block, if prior.is_null() { &empty } else { prior }, config)
}

fn get<'v>(value: &'v Value, name: &str) -> &'v Value {
    static NULL: Value = Value::Null;
    value.member(name).unwrap_or(&NULL)
}

fn of_block(block: &Block, prior: &Value, config: &Value) -> Value {
    let mut members = of_attributes(&block.attributes, prior, config);
    for nested in &block.blocks {
        let (prior, config) = (get(prior, &nested.name), get(config, &nested.name));
        members.insert(nested.name.clone(), of_nested_block(nested, prior, config));
    }
    Value::Object(members)
}

fn of_nested_block(nested: &NestedBlock, prior: &Value, config: &Value) -> Value {
    let each = |prior: &Value, config: &Value| {
        let empty = nested.block.empty();
        of_block(&nested.block, if prior.is_null() { &empty } else { prior }, config)
    };
    let same = |prior: &Value, config: &Value| block_explains(&nested.block, prior, config);
    merge(nested.nesting, prior, config, &each, &same)
}

fn of_attributes(attributes: &[Attribute], prior: &Value, config: &Value) -> BTreeMap<String, Value> {
    let of = |attribute: &Attribute| of_attribute(attribute, get(prior, &attribute.name), get(config, &attribute.name));
    attributes.iter().map(|attribute| (attribute.name.clone(), of(attribute))).collect()
}

fn of_attribute(attribute: &Attribute, prior: &Value, config: &Value) -> Value {
    if attribute.is_computed() && config.is_null() {
        let was_configured = attribute.presence == Presence::OptionalComputed
            && matches!(&attribute.shape, Shape::Nested(nested) if holds_configured(&nested.attributes, prior));
        return if was_configured { Value::Null } else { prior.clone() };
    }
    let Shape::Nested(nested) = &attribute.shape else { return config.clone() };
    let each = |prior: &Value, config: &Value| Value::Object(of_attributes(&nested.attributes, prior, config));
    let same = |prior: &Value, config: &Value| attributes_explain(&nested.attributes, prior, config);
    merge(nested.nesting, prior, config, &each, &same)
}

/// Whether any nested attribute has a value that only the configuration can have set.
fn holds_configured(attributes: &[Attribute], value: &Value) -> bool {
    match value {
        Value::List(elements) | Value::Set(elements) => {
            elements.iter().any(|element| holds_configured(attributes, element))
        }
        Value::Map(members) => members.values().any(|member| holds_configured(attributes, member)),
        Value::Object(_) => attributes.iter().any(|attribute| {
            let member = get(value, &attribute.name);
            let own = !attribute.presence.is_computed() && !member.is_null();
            own || matches!(&attribute.shape, Shape::Nested(nested) if holds_configured(&nested.attributes, member))
        }),
        _ => false,
    }
}

type Merge<'m> = &'m dyn Fn(&Value, &Value) -> Value;
type Same<'m> = &'m dyn Fn(&Value, &Value) -> bool;

fn merge(nesting: Nesting, prior: &Value, config: &Value, each: Merge<'_>, same: Same<'_>) -> Value {
    let known = |prior: &Value, config: &Value| {
        if config.is_null() || config.is_unknown() { config.clone() } else { each(prior, config) }
    };
    match (nesting, config) {
        (_, Value::Null | Value::Unknown(_)) => config.clone(),
        (Nesting::Single | Nesting::Group, _) => known(prior, config),
        (Nesting::List, Value::List(elements)) => {
            let prior = prior.elements().unwrap_or_default();
            let merged = elements.iter().enumerate();
            Value::List(merged.map(|(index, config)| known(prior.get(index).unwrap_or(&Value::Null), config)).collect())
        }
        (Nesting::Map, Value::Map(members)) => {
            Value::Map(members.iter().map(|(key, config)| (key.clone(), known(get(prior, key), config))).collect())
        }
        (Nesting::Set, Value::Set(elements)) => {
            let mut unused: Vec<&Value> = prior.elements().unwrap_or_default().iter().collect();
            let merged = elements.iter().map(|config| {
                let found = unused.iter().position(|prior| !config.is_unknown() && same(prior, config));
                let prior = found.map(|position| unused.remove(position));
                known(prior.unwrap_or(&Value::Null), config)
            });
            Value::set(merged.collect())
        }
        (_, other) => panic!("not a nested value: {other:?}"),
    }
}

fn block_explains(block: &Block, prior: &Value, config: &Value) -> bool {
    attributes_explain(&block.attributes, prior, config)
        && block.blocks.iter().all(|nested| {
            let (prior, config) = (get(prior, &nested.name), get(config, &nested.name));
            nested_explains(nested.nesting, prior, config, &|prior, config| {
                block_explains(&nested.block, prior, config)
            })
        })
}

/// Whether the prior element matches the configured one, except for computed values. Inner sets must be equal.
fn attributes_explain(attributes: &[Attribute], prior: &Value, config: &Value) -> bool {
    attributes.iter().all(|attribute| {
        let (prior, config) = (get(prior, &attribute.name), get(config, &attribute.name));
        if prior == config || (attribute.is_computed() && config.is_null()) {
            return true;
        }
        match &attribute.shape {
            Shape::Type(_) => false,
            Shape::Nested(nested) => nested_explains(nested.nesting, prior, config, &|prior, config| {
                attributes_explain(&nested.attributes, prior, config)
            }),
        }
    })
}

fn nested_explains(nesting: Nesting, prior: &Value, config: &Value, each: Same<'_>) -> bool {
    match (nesting, prior, config) {
        _ if prior == config => true,
        (_, Value::Null | Value::Unknown(_), _) | (_, _, Value::Null | Value::Unknown(_)) => false,
        (Nesting::Single | Nesting::Group, _, _) => each(prior, config),
        (Nesting::List, Value::List(prior), Value::List(config)) => {
            prior.len() == config.len() && prior.iter().zip(config).all(|(prior, config)| each(prior, config))
        }
        (Nesting::Map, Value::Map(prior), Value::Map(config)) => {
            prior.keys().eq(config.keys()) && prior.iter().all(|(key, prior)| each(prior, &config[key]))
        }
        _ => false,
    }
}
