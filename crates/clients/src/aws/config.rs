//! Converts settings to SDK configuration. Reads files, but does not open connections.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_config::provider_config::ProviderConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_sdk_sts::config::retry::{ClientRateLimiter, RetryConfig, RetryPartition, TokenBucket};
use aws_sdk_sts::config::{SharedHttpClient, SharedIdentityCache};

use super::account::{Account, CheckedCredentials};
use super::credentials::{AssumedRole, source};
use super::external_config::ExternalConfig;
use super::http::LazyHttpClient;
use super::identities::{Identities, RenewExpired};
use super::settings::{ConfigError, RetryMode, Service, Settings};
use super::user_agent::UserAgentProducts;
use crate::environment::Environment;

/// Default maximum number of attempts per API call, as in the AWS provider.
const ATTEMPTS: u32 = 25;

/// The shared configuration of all clients.
#[derive(Debug, Clone)]
pub(super) struct Base {
    pub(super) sdk: SdkConfig,
    /// The provider Region. Empty if none is configured.
    pub(super) region: String,
    pub(super) account: Arc<Account>,
    pub(super) products: UserAgentProducts,
    pub(super) renewal: RenewExpired,
    endpoints: BTreeMap<Service, String>,
    retry_capacity: Option<usize>,
    sts_region: Option<String>,
}

/// Creates the client of a service, with its endpoint, retry quota, and user agent.
macro_rules! client {
    ($service:ident, $base:expr, $sdk:expr, $of:expr) => {{
        let base: &$crate::aws::config::Base = $base;
        let sdk: &aws_config::SdkConfig = $sdk;
        let config = $service::config::Builder::from(sdk)
            .interceptor(base.products.clone())
            .interceptor(base.renewal.clone())
            .interceptor($crate::aws::calls::LogCalls)
            .retry_classifier($crate::aws::reach::GiveUp)
            .retry_partition(base.retry_partition($of, sdk));
        let config = match base.endpoint($of) {
            Some(url) => config.endpoint_url(url),
            None => config,
        };
        $service::Client::from_conf(config.build())
    }};
}
pub(super) use client;

impl Base {
    pub(super) fn endpoint(&self, service: Service) -> Option<&str> {
        self.endpoints.get(&service).map(String::as_str)
    }

    /// Returns the retry quota and the send rate of one service in one Region.
    pub(super) fn retry_partition(&self, service: Service, sdk: &SdkConfig) -> RetryPartition {
        let region = sdk.region().map_or("none", |region| region.as_ref());
        let bucket = match self.retry_capacity {
            Some(capacity) => TokenBucket::builder().capacity(capacity).build(),
            None => TokenBucket::unlimited(),
        };
        // The SDK's initial timestamp for the send rate is 1970, so any rate measured from it is almost zero.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        RetryPartition::custom(format!("{service:?} in {region}"))
            .token_bucket(bucket)
            .client_rate_limiter(ClientRateLimiter::new(now.as_secs_f64()))
            .build()
    }

    /// Returns an STS client in the Region configured for STS.
    pub(super) fn sts(&self, sdk: &SdkConfig) -> aws_sdk_sts::Client {
        let sdk = match &self.sts_region {
            Some(region) => &sdk.to_builder().region(Region::new(region.clone())).build(),
            None => sdk,
        };
        client!(aws_sdk_sts, self, sdk, Service::Sts)
    }
}

/// Reads the shared files and prepares the configuration of the clients.
///
/// # Errors
/// Returns an error if the files, the profile, the CA bundle, or the retry settings are not valid.
pub(super) async fn load(settings: &Settings) -> Result<Base, ConfigError> {
    let files = shared_files(settings);
    let outside = ExternalConfig::read(settings, &files).await?;
    let region = region(settings, &outside);
    let http = LazyHttpClient::new(settings.http.clone())
        .map_err(|error| ConfigError::at("custom_ca_bundle", error.to_string()))?;
    let http = SharedHttpClient::new(http);
    let identities = Identities::new();
    let sdk = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(region.clone().map(Region::new))
        .retry_config(retry(settings, &outside)?)
        .timeout_config(timeouts())
        .http_client(http.clone())
        .identity_cache(SharedIdentityCache::new(identities.clone()))
        .use_fips(settings.use_fips.or(outside.switch("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint")).unwrap_or(false))
        .use_dual_stack(
            settings
                .use_dual_stack
                .or(outside.switch("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"))
                .unwrap_or(false),
        )
        .service_config(outside)
        .build();
    let mut base = Base {
        sdk,
        region: region.unwrap_or_default(),
        account: Arc::new(Account::new(settings)),
        products: UserAgentProducts::new(&settings.user_agent),
        renewal: RenewExpired(identities),
        endpoints: settings.endpoints.clone(),
        retry_capacity: settings.retry_capacity,
        sts_region: settings.sts_region.clone(),
    };
    let credentials = credentials(settings, &files, &base, http)?;
    base.sdk = base.sdk.to_builder().credentials_provider(credentials).build();
    Ok(base)
}

/// Creates the credentials chain: the source, the roles that are assumed in order, and the account check.
fn credentials(
    settings: &Settings,
    files: &EnvConfigFiles,
    base: &Base,
    http: SharedHttpClient,
) -> Result<SharedCredentialsProvider, ConfigError> {
    let surroundings = ProviderConfig::without_region()
        .with_region(base.sdk.region().cloned())
        .with_http_client(http)
        .with_behavior_version(Some(BehaviorVersion::v2026_01_12()))
        .with_use_fips(base.sdk.use_fips())
        .with_use_dual_stack(base.sdk.use_dual_stack());
    let mut provider = source(settings, files, &surroundings, || base.sts(&base.sdk))
        .map_err(|error| ConfigError::at("ec2_metadata_service_endpoint", error.message))?;
    for role in &settings.assume_roles {
        let sts = base.sts(&base.sdk.to_builder().credentials_provider(provider).build());
        provider = SharedCredentialsProvider::new(AssumedRole { sts, role: role.clone() });
    }
    let with = base.clone();
    Ok(SharedCredentialsProvider::new(CheckedCredentials {
        source: provider,
        account: Arc::clone(&base.account),
        sts: Box::new(move |credentials| {
            let provider = SharedCredentialsProvider::new(credentials);
            with.sts(&with.sdk.to_builder().credentials_provider(provider).build())
        }),
    }))
}

/// A connection that hangs times out and is retried. No operation of these APIs takes this long to respond.
fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(Duration::from_secs(10)).read_timeout(Duration::from_secs(30)).build()
}

fn shared_files(settings: &Settings) -> EnvConfigFiles {
    let mut files = EnvConfigFiles::builder()
        .include_default_config_file(settings.shared_config_files.is_empty())
        .include_default_credentials_file(settings.shared_credentials_files.is_empty());
    for path in &settings.shared_config_files {
        files = files.with_file(EnvConfigFileKind::Config, home(path, &settings.environment));
    }
    for path in &settings.shared_credentials_files {
        files = files.with_file(EnvConfigFileKind::Credentials, home(path, &settings.environment));
    }
    files.build()
}

/// Returns the path with a leading `~` replaced by the home directory.
fn home(path: &std::path::Path, environment: &Environment) -> PathBuf {
    match (path.strip_prefix("~"), environment.first(&["HOME", "USERPROFILE"])) {
        (Ok(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => path.to_owned(),
    }
}

/// If no Region is set, operations without AWS requests still work.
fn region(settings: &Settings, outside: &ExternalConfig) -> Option<String> {
    let from_outside = || outside.get("AWS_REGION", "region").or_else(|| outside.variable("AWS_DEFAULT_REGION"));
    settings.region.clone().or_else(from_outside)
}

fn retry(settings: &Settings, outside: &ExternalConfig) -> Result<RetryConfig, ConfigError> {
    let mode = match (settings.retry_mode, outside.get("AWS_RETRY_MODE", "retry_mode").as_deref()) {
        (Some(mode), _) => mode,
        // If AWS throttles because other callers use up the quota, the adaptive mode slows down to one call every 12
        // seconds and does not recover. It is therefore used only if configured.
        (None, None | Some("standard" | "legacy")) => RetryMode::Standard,
        (None, Some("adaptive")) => RetryMode::Adaptive,
        (None, Some(other)) => {
            let message = format!(
                "The retry mode in the environment or the profile must be standard or adaptive, got: {other:?}."
            );
            return Err(ConfigError::at("retry_mode", message));
        }
    };
    let attempts = match (settings.max_attempts, outside.get("AWS_MAX_ATTEMPTS", "max_attempts")) {
        (Some(attempts), _) => attempts,
        (None, None) => ATTEMPTS,
        (None, Some(text)) => text.parse().map_err(|_| {
            let message =
                format!("The number of attempts in the environment or the profile must be an integer, got: {text:?}.");
            ConfigError::at("max_retries", message)
        })?,
    };
    let config = match mode {
        RetryMode::Standard => RetryConfig::standard(),
        RetryMode::Adaptive => RetryConfig::adaptive(),
    };
    Ok(config.with_max_attempts(attempts.max(1)))
}
