//! The resolved AWS settings of the provider block and its environment, without unknown values.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::environment::Environment;
use framework::secrets::Secret;

/// An invalid setting, with the argument that caused it, if there is one.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct ConfigError {
    /// The argument of the provider block.
    pub attribute: Option<&'static str>,
    /// The problem and its fix.
    pub message: String,
}

impl ConfigError {
    pub(super) fn at(attribute: &'static str, message: impl Into<String>) -> Self {
        Self { attribute: Some(attribute), message: message.into() }
    }
}

/// How to reach AWS. `None` means that the setting is not set and the SDK default applies.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The provider Region.
    pub region: Option<String>,
    /// Access keys in the provider block.
    pub keys: Option<Keys>,
    /// The profile in the provider block. Its credentials take precedence over environment variables.
    pub profile: Option<String>,
    /// Paths that replace `~/.aws/config`.
    pub shared_config_files: Vec<PathBuf>,
    /// Paths that replace `~/.aws/credentials`.
    pub shared_credentials_files: Vec<PathBuf>,
    /// Roles to assume in order. The credentials of the last one are used.
    pub assume_roles: Vec<AssumeRole>,
    /// A role to assume with a token of an identity provider.
    pub web_identity: Option<WebIdentity>,
    /// The allowed accounts. Empty if all accounts are allowed.
    pub allowed_account_ids: Vec<String>,
    /// The forbidden accounts.
    pub forbidden_account_ids: Vec<String>,
    /// Maximum number of attempts per API call.
    pub max_attempts: Option<u32>,
    /// The retry mode.
    pub retry_mode: Option<RetryMode>,
    /// The capacity of the retry token bucket of a client. `None` means no limit.
    pub retry_capacity: Option<usize>,
    /// Custom endpoint URLs by service.
    pub endpoints: BTreeMap<Service, String>,
    /// Whether to use FIPS endpoints.
    pub use_fips: Option<bool>,
    /// Whether to use dual-stack endpoints.
    pub use_dual_stack: Option<bool>,
    /// The instance metadata service.
    pub metadata: Metadata,
    /// Whether to skip requesting the account ID.
    pub skip_requesting_account_id: bool,
    /// The Region of STS calls, if it differs.
    pub sts_region: Option<String>,
    /// The HTTP settings.
    pub http: Http,
    /// The user agent.
    pub user_agent: UserAgent,
    /// The environment variables that apply if a setting is not set.
    pub environment: Environment,
}

/// An access key, long-term or temporary.
#[derive(Debug, Clone)]
pub struct Keys {
    /// The access key ID.
    pub access_key: String,
    /// The secret access key.
    pub secret_key: Secret,
    /// The session token of a temporary key.
    pub token: Option<Secret>,
}

/// One role to assume.
#[derive(Debug, Clone, Default)]
pub struct AssumeRole {
    /// ARN of the role.
    pub role_arn: String,
    /// Lifetime of the credentials.
    pub duration: Option<Duration>,
    /// The external ID.
    pub external_id: Option<String>,
    /// A session policy in JSON.
    pub policy: Option<String>,
    /// Managed session policies.
    pub policy_arns: Vec<String>,
    /// Name of the session in audit logs.
    pub session_name: Option<String>,
    /// The source identity of the session.
    pub source_identity: Option<String>,
    /// Session tags.
    pub tags: BTreeMap<String, String>,
    /// Keys of transitive session tags, which are passed to the next role.
    pub transitive_tag_keys: Vec<String>,
}

/// A role to assume with a token of an identity provider.
#[derive(Debug, Clone)]
pub struct WebIdentity {
    /// ARN of the role.
    pub role_arn: String,
    /// The token of the identity provider.
    pub token: WebIdentityToken,
    /// Lifetime of the credentials.
    pub duration: Option<Duration>,
    /// A session policy in JSON.
    pub policy: Option<String>,
    /// Managed session policies.
    pub policy_arns: Vec<String>,
    /// Name of the session in audit logs.
    pub session_name: Option<String>,
}

/// The location of the token.
#[derive(Debug, Clone)]
pub enum WebIdentityToken {
    /// The token itself.
    Inline(Secret),
    /// A file with the token, which is read for each request because another process renews it.
    File(PathBuf),
}

/// The retry mode of the SDK.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryMode {
    /// Retries after a pause.
    Standard,
    /// Retries after a pause, and limits the send rate while AWS throttles.
    Adaptive,
}

/// A service whose endpoint can be configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// EC2 Auto Scaling.
    AutoScaling,
    /// EC2.
    Ec2,
    /// EKS.
    Eks,
    /// IAM.
    Iam,
    /// KMS.
    Kms,
    /// Service Quotas.
    ServiceQuotas,
    /// Systems Manager.
    Ssm,
    /// Security Token Service.
    Sts,
}

/// The instance metadata service.
#[derive(Debug, Clone, Default)]
pub struct Metadata {
    /// URL of the service.
    pub endpoint: Option<String>,
    /// Whether the service uses IPv6.
    pub ipv6: Option<bool>,
    /// Whether to skip the service.
    pub skip: bool,
}

/// HTTP settings.
#[derive(Debug, Clone, Default)]
pub struct Http {
    /// Path to a PEM file with the CA certificates to trust instead of the system trust store.
    pub ca_bundle: Option<PathBuf>,
    /// Proxy for `http` URLs.
    pub http_proxy: Option<String>,
    /// Proxy for `https` URLs.
    pub https_proxy: Option<String>,
    /// Hosts that are reached without a proxy.
    pub no_proxy: Option<String>,
    /// Whether to skip TLS certificate verification.
    pub insecure: bool,
}

/// The user agent.
#[derive(Debug, Clone, Default)]
pub struct UserAgent {
    /// Version of the CLI.
    pub terraform_version: String,
    /// Suffix that is added at the end.
    pub append: Option<String>,
}
