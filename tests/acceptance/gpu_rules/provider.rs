//! What the provider says of a configuration before anything is asked of anybody.

use ekscompute::provider::EksCompute;
use framework::diagnostics::Severity;
use framework::schema::{Attribute, Block, Presence, Shape};
use framework::server::Server;
use framework::types::Type;
use serde_json::Value;
use wire::codec::{Leniency, value_from_json};

pub(super) struct Provider(Server<EksCompute>);

impl Provider {
    pub(super) fn new() -> Self {
        Self(Server::new(EksCompute))
    }

    /// The type of a resource's configuration.
    pub(super) fn ty(&self, resource: &str) -> &Type {
        &self.0.schemas().resources[resource].ty
    }

    /// The errors of a configuration, which has only what is given. Each is at an attribute.
    #[track_caller]
    pub(super) fn errors(&self, resource: &str, config: &Value) -> Vec<String> {
        let schema = &self.0.schemas().resources[resource];
        assert_known(config, &schema.ty, resource);
        // What Terraform itself says before it asks the provider.
        let mut errors = missing(&schema.schema.block, config);
        let config = match value_from_json(config, &schema.ty, Leniency::Stored) {
            Ok(value) => schema.schema.block.with_blocks(&value),
            Err(error) => return vec![format!("not of the schema's type: {error}")],
        };
        for diagnostic in self.0.validate_resource_config(resource, &config, true).iter() {
            if diagnostic.severity == Severity::Error {
                assert!(diagnostic.path.is_some(), "an error at no attribute: {diagnostic:?}");
                errors.push(format!("{}: {}", diagnostic.summary, diagnostic.detail));
            }
        }
        errors
    }
}

/// Fails when the configuration has a name that the schema does not know: that is a mistake of these tests.
#[track_caller]
fn assert_known(config: &Value, ty: &Type, place: &str) {
    match (ty, config) {
        (Type::Object(known), Value::Object(members)) => {
            for (name, value) in members {
                let ty = known.get(name).unwrap_or_else(|| panic!("{place} has no attribute {name}"));
                assert_known(value, ty, &format!("{place}.{name}"));
            }
        }
        (Type::List(element) | Type::Set(element), Value::Array(items)) => {
            items.iter().for_each(|item| assert_known(item, element, place));
        }
        _ => {}
    }
}

/// Required arguments and blocks that are missing.
fn missing(block: &Block, config: &Value) -> Vec<String> {
    let mut errors = missing_of(&block.attributes, config);
    for nested in &block.blocks {
        let count = elements(&config[&nested.name]).count();
        let is_too_many = nested.max_items > 0 && count > nested.max_items as usize;
        if count < nested.min_items as usize || is_too_many {
            errors.push(format!("Wrong number of {} blocks", nested.name));
        }
        for inner in elements(&config[&nested.name]) {
            errors.extend(missing(&nested.block, inner));
        }
    }
    errors
}

fn missing_of(attributes: &[Attribute], config: &Value) -> Vec<String> {
    let mut errors = Vec::new();
    for attribute in attributes {
        let given = &config[&attribute.name];
        if attribute.presence == Presence::Required && given.is_null() {
            errors.push(format!("Missing required argument: {}", attribute.name));
        }
        if let Shape::Nested(object) = &attribute.shape {
            errors.extend(elements(given).flat_map(|inner| missing_of(&object.attributes, inner)));
        }
    }
    errors
}

/// The objects of a nested value, of whichever nesting.
fn elements(value: &Value) -> impl Iterator<Item = &Value> {
    let (one, many) = match value {
        Value::Array(items) => (None, items.as_slice()),
        Value::Null => (None, [].as_slice()),
        one => (Some(one), [].as_slice()),
    };
    one.into_iter().chain(many)
}
