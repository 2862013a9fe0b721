//! ConfigureProvider. It may see unknown values while planning, and may come again in the same process.

use std::sync::{Arc, PoisonError};

use super::Server;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::model::Model;
use crate::framework::path::Path;
use crate::framework::provider::Provider;
use crate::framework::value::Value;

impl<P: Provider> Server<P> {
    /// ConfigureProvider.
    pub async fn configure_provider(&self, config: &Value, terraform_version: &str) -> Diagnostics {
        let model = match P::Model::from_value(config, &Path::root()) {
            Ok(model) => model,
            Err(error) => return Diagnostic::error("Unexpected provider configuration", error.to_string()).into(),
        };
        let mut diagnostics = Diagnostics::new();
        match self.provider.configure(model, terraform_version, &mut diagnostics).await {
            Ok(clients) => {
                *self.clients.write().unwrap_or_else(PoisonError::into_inner) = clients.map(Arc::new);
            }
            Err(errors) => diagnostics.extend(errors),
        }
        diagnostics
    }
}
