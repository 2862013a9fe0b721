//! The resolved AWS settings of the provider block and its environment, without unknown values.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::environment::Environment;
use framework::secrets::Secret;

/// Settings the SDK cannot work with; the attribute at fault, if it is one.
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

/// How to reach AWS. `None` means that nothing was said and the SDK's own way counts.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The region of every call that does not name another.
    pub region: Option<String>,
    /// Keys written in the provider block.
    pub keys: Option<Keys>,
    /// The profile in the provider block. Its credentials take precedence over environment variables.
    pub profile: Option<String>,
    /// Instead of `~/.aws/config`.
    pub shared_config_files: Vec<PathBuf>,
    /// Instead of `~/.aws/credentials`.
    pub shared_credentials_files: Vec<PathBuf>,
    /// Roles to assume one after the other, the last one being the one that works.
    pub assume_roles: Vec<AssumeRole>,
    /// A role to assume with a token of an identity provider.
    pub web_identity: Option<WebIdentity>,
    /// The only accounts that may be worked in; empty means all.
    pub allowed_account_ids: Vec<String>,
    /// Accounts that must not be worked in.
    pub forbidden_account_ids: Vec<String>,
    /// Maximum number of attempts per API call.
    pub max_attempts: Option<u32>,
    /// How calls are repeated.
    pub retry_mode: Option<RetryMode>,
    /// The retries a client may owe at a time; none means no such limit.
    pub retry_capacity: Option<usize>,
    /// URLs by service, instead of those of AWS.
    pub endpoints: BTreeMap<Service, String>,
    /// Endpoints with cryptography validated after FIPS 140.
    pub use_fips: Option<bool>,
    /// Endpoints that answer over IPv6, too.
    pub use_dual_stack: Option<bool>,
    /// The instance metadata service.
    pub metadata: Metadata,
    /// The account id is not asked for.
    pub skip_requesting_account_id: bool,
    /// The region of STS calls, if another one.
    pub sts_region: Option<String>,
    /// How HTTP is spoken.
    pub http: Http,
    /// The user agent.
    pub user_agent: UserAgent,
    /// The variables everything else falls back to.
    pub environment: Environment,
}

/// Long-term or session keys.
#[derive(Debug, Clone)]
pub struct Keys {
    /// The public half.
    pub access_key: String,
    /// The secret half.
    pub secret_key: Secret,
    /// Of a session.
    pub token: Option<Secret>,
}

/// One role to assume.
#[derive(Debug, Clone, Default)]
pub struct AssumeRole {
    /// The role.
    pub role_arn: String,
    /// How long the credentials are valid.
    pub duration: Option<Duration>,
    /// The external ID.
    pub external_id: Option<String>,
    /// A session policy in JSON.
    pub policy: Option<String>,
    /// Managed session policies.
    pub policy_arns: Vec<String>,
    /// The session's name in audit logs.
    pub session_name: Option<String>,
    /// The source identity of the session.
    pub source_identity: Option<String>,
    /// Session tags.
    pub tags: BTreeMap<String, String>,
    /// Keys of session tags that are passed on to the next role.
    pub transitive_tag_keys: Vec<String>,
}

/// A role to assume with a token of an identity provider.
#[derive(Debug, Clone)]
pub struct WebIdentity {
    /// The role.
    pub role_arn: String,
    /// The token.
    pub token: WebIdentityToken,
    /// How long the credentials are valid.
    pub duration: Option<Duration>,
    /// A session policy in JSON.
    pub policy: Option<String>,
    /// Managed session policies.
    pub policy_arns: Vec<String>,
    /// The session's name in audit logs.
    pub session_name: Option<String>,
}

/// The location of the token.
#[derive(Debug, Clone)]
pub enum WebIdentityToken {
    /// The token itself.
    Inline(Secret),
    /// A file with the token, which is read again each time because another process renews it.
    File(PathBuf),
}

/// How calls are repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryMode {
    /// After a pause.
    Standard,
    /// After a pause, and more slowly overall while AWS throttles.
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
    /// Its URL.
    pub endpoint: Option<String>,
    /// Whether the service uses IPv6.
    pub ipv6: Option<bool>,
    /// Whether to skip the service.
    pub skip: bool,
}

/// How HTTP is spoken.
#[derive(Debug, Clone, Default)]
pub struct Http {
    /// PEM certificates of the authorities to trust instead of the system's.
    pub ca_bundle: Option<PathBuf>,
    /// The proxy for `http` URLs.
    pub http_proxy: Option<String>,
    /// The proxy for `https` URLs.
    pub https_proxy: Option<String>,
    /// Hosts reached without a proxy.
    pub no_proxy: Option<String>,
    /// Certificates of servers are not checked.
    pub insecure: bool,
}

/// The user agent.
#[derive(Debug, Clone, Default)]
pub struct UserAgent {
    /// The version of the CLI.
    pub terraform_version: String,
    /// Added at the end.
    pub append: Option<String>,
}
