//! The six Validate…Config RPCs. They run before configuration, several times, and support unknown values everywhere.

use super::{Server, no_such};
use crate::diagnostics::Diagnostics;
use crate::provider::Provider;
use crate::value::Value;
use crate::{erased, validation};

impl<P: Provider> Server<P> {
    /// ValidateProviderConfig.
    pub fn validate_provider_config(&self, config: &Value) -> Diagnostics {
        let block = &self.schemas().provider.block;
        erased::validate(block, config, erased::decode, |model, diagnostics| self.provider.validate(model, diagnostics))
    }

    /// ValidateResourceConfig. Old clients would store write-only values, so they must not use them.
    pub fn validate_resource_config(&self, name: &str, config: &Value, write_only_allowed: bool) -> Diagnostics {
        let Some(resource) = self.registry.resources.get(name) else { return no_such("resource", name) };
        let mut diagnostics = resource.validate(config);
        if !write_only_allowed {
            for path in validation::write_only_values(&resource.schema().block, config) {
                diagnostics.error_at(
                    path.clone(),
                    format!("{path} requires Terraform 1.11 or later"),
                    format!(
                        "{path} is write-only and must not be stored, but this CLI version would store it in state. \
                         Upgrade to Terraform or OpenTofu 1.11 or later, or remove the argument."
                    ),
                );
            }
        }
        diagnostics
    }

    /// ValidateDataResourceConfig.
    pub fn validate_data_resource_config(&self, name: &str, config: &Value) -> Diagnostics {
        self.registry
            .data_sources
            .get(name)
            .map_or_else(|| no_such("data source", name), |data_source| data_source.validate(config))
    }

    /// ValidateEphemeralResourceConfig.
    pub fn validate_ephemeral_resource_config(&self, name: &str, config: &Value) -> Diagnostics {
        self.registry
            .ephemeral_resources
            .get(name)
            .map_or_else(|| no_such("ephemeral resource", name), |ephemeral| ephemeral.validate(config))
    }

    /// ValidateListResourceConfig.
    pub fn validate_list_resource_config(&self, name: &str, config: &Value) -> Diagnostics {
        self.registry
            .list_resources
            .get(name)
            .map_or_else(|| no_such("list resource", name), |list| list.validate(config))
    }

    /// ValidateActionConfig.
    pub fn validate_action_config(&self, name: &str, config: &Value) -> Diagnostics {
        self.registry.actions.get(name).map_or_else(|| no_such("action", name), |action| action.validate(config))
    }
}
