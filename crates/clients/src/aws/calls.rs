//! Logs one line for each AWS response. The log of the SDK itself is suppressed, because it contains too much.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::FinalizerInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_types::request_id::RequestId;

/// Logs the operation, attempt, HTTP status, and request ID of every attempt.
#[derive(Debug, Clone, Copy)]
pub(super) struct LogCalls;

#[dyn_dispatch_hint]
impl Intercept for LogCalls {
    fn name(&self) -> &'static str {
        "LogCalls"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let (service, operation) =
            config.load::<Metadata>().map_or(("AWS", "call"), |call| (call.service(), call.name()));
        let attempt = config.load::<RequestAttempts>().map(RequestAttempts::attempts);
        match context.response() {
            Some(response) => tracing::debug!(
                attempt,
                status = response.status().as_u16(),
                request_id = response.request_id(),
                "{service} {operation} responded"
            ),
            None => tracing::debug!(attempt, "{service} {operation} did not respond"),
        }
        Ok(())
    }
}
