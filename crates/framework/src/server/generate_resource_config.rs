//! GenerateResourceConfig: generates a configuration for an existing object that results in no changes.

use super::{Server, no_such};
use crate::diagnostics::Diagnostics;
use crate::plan;
use crate::provider::Provider;
use crate::schema::{Attribute, Block, NestedObject, Presence, Shape};
use crate::value::Value;

impl<P: Provider> Server<P> {
    /// GenerateResourceConfig.
    ///
    /// # Errors
    /// Returns an error if the resource does not exist.
    pub fn generate_resource_config(&self, name: &str, state: &Value) -> Result<Value, Diagnostics> {
        let resource = self.registry.resources.get(name).ok_or_else(|| no_such("resource", name))?;
        let block = &resource.schema().block;
        let config = configurable(block, &plan::normal(block, state));
        resource.tidy_generated_config(&config)
    }
}

/// Returns the state without values that cannot or should not be configured.
fn configurable(block: &Block, state: &Value) -> Value {
    let Value::Object(members) = state else { return state.clone() };
    let mut members = members.clone();
    for attribute in &block.attributes {
        if let Some(value) = members.get_mut(&attribute.name) {
            *value = configurable_attribute(attribute, value);
        }
    }
    for nested in &block.blocks {
        if let Some(value) = members.get_mut(&nested.name) {
            let unwanted = nested.block.deprecation.is_some() && nested.min_items == 0;
            *value = if unwanted {
                nested.empty()
            } else {
                value.map_objects(&|object| configurable(&nested.block, object))
            };
        }
    }
    Value::Object(members)
}

fn configurable_attribute(attribute: &Attribute, value: &Value) -> Value {
    let needed = attribute.presence == Presence::Required;
    let given_by_default = attribute.default.as_ref() == Some(value);
    let unwanted = attribute.deprecation.is_some() || given_by_default;
    if !attribute.presence.is_configurable() || attribute.write_only || (unwanted && !needed) {
        return Value::Null;
    }
    match &attribute.shape {
        // Values that only the provider sets are not part of the configuration, even if the enclosing attribute is.
        Shape::Nested(nested) if !needed && !is_configurable(nested) => Value::Null,
        Shape::Nested(nested) => {
            let block = Block { attributes: nested.attributes.clone(), ..Block::default() };
            value.map_objects(&|object| configurable(&block, object))
        }
        Shape::Type(_) => value.clone(),
    }
}

fn is_configurable(nested: &NestedObject) -> bool {
    nested.attributes.iter().any(|attribute| attribute.presence.is_configurable())
}
