//! GenerateResourceConfig: a configuration for an object that exists, which plans no change.

use super::{Server, no_such};
use crate::framework::diagnostics::Diagnostics;
use crate::framework::provider::Provider;
use crate::framework::schema::{Attribute, Block, Shape};
use crate::framework::value::Value;

impl<P: Provider> Server<P> {
    /// GenerateResourceConfig.
    ///
    /// # Errors
    /// When there is no such resource.
    pub fn generate_resource_config(&self, name: &str, state: &Value) -> Result<Value, Diagnostics> {
        let resource = self.registry.resources.get(name).ok_or_else(|| no_such("resource", name))?;
        let config = configurable(&resource.schema().block, state);
        resource.tidy_generated_config(&config)
    }
}

/// The state without what configuration cannot or should not give.
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
            *value = value.map_objects(&|object| configurable(&nested.block, object));
        }
    }
    Value::Object(members)
}

fn configurable_attribute(attribute: &Attribute, value: &Value) -> Value {
    let given_by_default = attribute.default.as_ref() == Some(value);
    let absent = !attribute.presence.is_configurable() || attribute.write_only || attribute.deprecation.is_some();
    if absent || given_by_default {
        return Value::Null;
    }
    match &attribute.shape {
        Shape::Nested(nested) => {
            let block = Block { attributes: nested.attributes.clone(), ..Block::default() };
            value.map_objects(&|object| configurable(&block, object))
        }
        Shape::Type(_) => value.clone(),
    }
}
