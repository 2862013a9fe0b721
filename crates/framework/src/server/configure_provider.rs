//! ConfigureProvider. It can contain unknown values during plan, and can be called again in the same process.

use std::sync::{Arc, PoisonError};

use super::Server;
use crate::diagnostics::Diagnostics;
use crate::provider::Provider;
use crate::value::Value;
use crate::{erased, plan};

impl<P: Provider> Server<P> {
    /// ConfigureProvider.
    pub async fn configure_provider(&self, config: &Value, terraform_version: &str) -> Diagnostics {
        let model: P::Model = match erased::decode(&plan::normal(&self.schemas().provider.block, config)) {
            Ok(model) => model,
            Err(errors) => return errors,
        };
        let mut diagnostics = Diagnostics::new();
        let cancellation = self.context().cancellation().clone();
        let configured =
            erased::asked(&cancellation, self.provider.configure(model, terraform_version, &mut diagnostics)).await;
        match configured {
            Ok(clients) => {
                *self.clients.write().unwrap_or_else(PoisonError::into_inner) = clients.map(Arc::new);
            }
            Err(errors) => diagnostics.extend(errors),
        }
        diagnostics
    }
}
