//! ReadDataSource.

use super::{Deferral, Server, no_such};
use crate::diagnostics::Diagnostics;
use crate::provider::Provider;
use crate::rules;
use crate::value::Value;

/// The result of a read.
#[derive(Debug, Clone, Default)]
pub struct ReadDataResponse {
    /// The object, or `None` if there are errors.
    pub state: Option<Value>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
    /// Whether the read is deferred to a later run.
    pub deferred: Option<Deferral>,
}

impl<P: Provider> Server<P> {
    /// ReadDataSource.
    pub async fn read_data_source(&self, name: &str, config: &Value, deferral_allowed: bool) -> ReadDataResponse {
        let Some(data_source) = self.registry.data_sources.get(name) else {
            return ReadDataResponse { diagnostics: no_such("data source", name), ..ReadDataResponse::default() };
        };
        let context = self.context();
        if let Some(deferred) = self.deferral(&context, deferral_allowed) {
            return ReadDataResponse { deferred: Some(deferred), ..ReadDataResponse::default() };
        }
        let mut diagnostics = Diagnostics::new();
        match data_source.read(&context, config, &mut diagnostics).await {
            Ok(state) => {
                if !diagnostics.has_error() {
                    let breaches = rules::opened(&data_source.schema().block, config, &state);
                    diagnostics.extend(rules::report(name, "read", breaches));
                }
                ReadDataResponse { state: Some(rules::null_unknowns(&state)), diagnostics, deferred: None }
            }
            Err(errors) => {
                diagnostics.extend(errors);
                ReadDataResponse { diagnostics, ..ReadDataResponse::default() }
            }
        }
    }
}
