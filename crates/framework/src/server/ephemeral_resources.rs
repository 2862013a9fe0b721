//! OpenEphemeralResource, RenewEphemeralResource, and CloseEphemeralResource.

use super::{Deferral, Server, no_such};
use crate::diagnostics::Diagnostics;
use crate::ephemeral::Lease;
use crate::provider::Provider;
use crate::rules;
use crate::value::Value;

/// An opened ephemeral resource.
#[derive(Debug, Clone, Default)]
pub struct OpenResponse {
    /// The result, or `None` if there are errors.
    pub result: Option<Value>,
    /// Time of the next renewal, and the data for renewing and closing.
    pub lease: Lease,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
    /// Whether opening is deferred to a later run.
    pub deferred: Option<Deferral>,
}

impl<P: Provider> Server<P> {
    /// OpenEphemeralResource.
    pub async fn open_ephemeral_resource(&self, name: &str, config: &Value, deferral_allowed: bool) -> OpenResponse {
        let Some(ephemeral) = self.registry.ephemeral_resources.get(name) else {
            return OpenResponse { diagnostics: no_such("ephemeral resource", name), ..OpenResponse::default() };
        };
        let context = self.context();
        if let Some(deferred) = self.deferral(&context, deferral_allowed) {
            return OpenResponse { deferred: Some(deferred), ..OpenResponse::default() };
        }
        let mut lease = Lease::default();
        let result = match ephemeral.open(&context, config, &mut lease).await {
            Ok(result) => result,
            Err(diagnostics) => return OpenResponse { diagnostics, ..OpenResponse::default() },
        };
        let breaches = rules::opened(&ephemeral.schema().block, config, &result);
        if breaches.is_empty() {
            return OpenResponse { result: Some(result), lease, ..OpenResponse::default() };
        }
        // Terraform core does not close a resource if it rejects the result of opening it.
        let mut diagnostics = rules::report(name, "result", breaches);
        diagnostics.extend(ephemeral.close(&context, &lease).await.err().unwrap_or_default());
        OpenResponse { diagnostics, ..OpenResponse::default() }
    }

    /// RenewEphemeralResource. The private data is returned even if no further renewal follows.
    pub async fn renew_ephemeral_resource(&self, name: &str, lease: &mut Lease) -> Diagnostics {
        let Some(ephemeral) = self.registry.ephemeral_resources.get(name) else {
            return no_such("ephemeral resource", name);
        };
        ephemeral.renew(&self.context(), lease).await.err().unwrap_or_default()
    }

    /// CloseEphemeralResource.
    pub async fn close_ephemeral_resource(&self, name: &str, lease: &Lease) -> Diagnostics {
        let Some(ephemeral) = self.registry.ephemeral_resources.get(name) else {
            return no_such("ephemeral resource", name);
        };
        ephemeral.close(&self.context(), lease).await.err().unwrap_or_default()
    }
}
