//! Credentials that are cached until they expire, or until AWS reports that they have expired.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_sdk_sts::config::{ConfigBag, ResolveCachedIdentity, RuntimeComponents, SharedIdentityCache};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::identity::{IdentityFuture, SharedIdentityResolver};
use aws_smithy_runtime_api::client::interceptors::context::FinalizerInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

/// Timeout for loading credentials, because each role of a chain is assumed with retries.
const LOAD_TIMEOUT: Duration = Duration::from_secs(60);

/// A cache of credentials that can be cleared. Clones share the same cache.
#[derive(Debug, Clone)]
pub(super) struct Identities(Arc<RwLock<SharedIdentityCache>>);

impl Identities {
    /// Creates an empty cache.
    pub(super) fn new() -> Self {
        Self(Arc::new(RwLock::new(Self::empty())))
    }

    /// Clears all credentials, so that the next call loads them again.
    fn renew(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Self::empty();
    }

    fn empty() -> SharedIdentityCache {
        IdentityCache::lazy().load_timeout(LOAD_TIMEOUT).build()
    }
}

impl ResolveCachedIdentity for Identities {
    fn resolve_cached_identity<'a>(
        &'a self,
        resolver: SharedIdentityResolver,
        components: &'a RuntimeComponents,
        config: &'a ConfigBag,
    ) -> IdentityFuture<'a> {
        let cache = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        IdentityFuture::new(async move { cache.resolve_cached_identity(resolver, components, config).await })
    }
}

/// Clears the cache if AWS reports expired credentials before their expiration time, for example because another
/// program renews a file, or because the clock is wrong.
#[derive(Debug, Clone)]
pub(super) struct RenewExpired(pub(super) Identities);

#[dyn_dispatch_hint]
impl Intercept for RenewExpired {
    fn name(&self) -> &'static str {
        "RenewExpired"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if context.response().is_some_and(is_expired_credentials) {
            tracing::info!("AWS reports expired credentials, reloading them");
            self.0.renew();
        }
        Ok(())
    }
}

fn is_expired_credentials(response: &HttpResponse) -> bool {
    let names_it = |text: &str| text.contains("ExpiredToken") || text.contains("RequestExpired");
    let header = response.headers().get("x-amzn-errortype").is_some_and(names_it);
    let body = || response.body().bytes().map(String::from_utf8_lossy).is_some_and(|body| names_it(&body));
    matches!(response.status().as_u16(), 400 | 401 | 403) && (header || body())
}
