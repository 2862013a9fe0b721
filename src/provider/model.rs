//! The provider block. Its arguments are those of the aws provider that concern this one, so that a configuration of
//! that provider can be taken over as it is.

use super::kubernetes::KubernetesAccess;
use super::validators::{account_id, proxy, role_arn, role_duration, url};
use clients::names::region;
use framework::blocks::{ListBlock, SetBlock};
use framework::model::{Attr, List, Map, Model, Set};
use framework::validators::{between, each, length, one_of, size};
use preflight::names::check_name;

/// Manages the compute side of Amazon EKS: node groups, Fargate profiles, Karpenter and Auto Mode node classes and pools, role
/// mappings and node userdata.
///
/// The arguments of the provider block, their names and the environment variables behind them are those of the
/// `hashicorp/aws` provider: copy the body of your `provider "aws"` block. Without any argument the provider finds
/// region and credentials as the AWS CLI does.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct ProviderModel {
    /// Access key id. Prefer a profile, a role or the environment (`AWS_ACCESS_KEY_ID`) to keys in configuration.
    #[attribute(optional)]
    pub access_key: Attr<String>,
    /// The only accounts the provider may work in. Other credentials are refused before anything is read or changed.
    #[attribute(optional, validate = [each(account_id())])]
    pub allowed_account_ids: Set<String>,
    /// File with the certificates, in PEM format, of the authorities to trust instead of the system's. Also
    /// `AWS_CA_BUNDLE`.
    #[attribute(optional, validate = [length(1..=4096)])]
    pub custom_ca_bundle: Attr<String>,
    /// URL of the EC2 instance metadata service. Also `AWS_EC2_METADATA_SERVICE_ENDPOINT`.
    #[attribute(optional, validate = [url()])]
    pub ec2_metadata_service_endpoint: Attr<String>,
    /// Whether the EC2 instance metadata service is asked over `IPv4` or `IPv6`. Also
    /// `AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE`.
    #[attribute(optional, validate = [one_of(&["IPv4", "IPv6"])])]
    pub ec2_metadata_service_endpoint_mode: Attr<String>,
    /// Accounts the provider must not work in. Such credentials are refused before anything is read or changed.
    #[attribute(optional, validate = [each(account_id())])]
    pub forbidden_account_ids: Set<String>,
    /// URL of the proxy for `http` endpoints; an empty string means none, whatever the environment says. Also
    /// `HTTP_PROXY` or `http_proxy`.
    #[attribute(optional, validate = [proxy()])]
    pub http_proxy: Attr<String>,
    /// URL of the proxy for `https` endpoints, which are all of AWS; an empty string means none, whatever the
    /// environment says. Also `HTTPS_PROXY` or `https_proxy`.
    #[attribute(optional, validate = [proxy()])]
    pub https_proxy: Attr<String>,
    /// Leaves the certificates of servers unchecked. Everybody on the way can then read and change what is sent.
    #[attribute(optional)]
    pub insecure: Attr<bool>,
    /// How many times a call is tried in all. Also `AWS_MAX_ATTEMPTS` and `max_attempts` of the profile; by default 25.
    #[attribute(optional, validate = [between(0..=1000)])]
    pub max_retries: Attr<i64>,
    /// Hosts that are reached without a proxy, separated by commas. Also `NO_PROXY` or `no_proxy`.
    #[attribute(optional)]
    pub no_proxy: Attr<String>,
    /// Profile of the shared configuration files. Its credentials come before those of the environment. Also
    /// `AWS_PROFILE`.
    #[attribute(optional, validate = [length(1..=255)])]
    pub profile: Attr<String>,
    /// Region to work in. Also `AWS_REGION`, `AWS_DEFAULT_REGION` and `region` of the profile. What asks AWS for nothing,
    /// such as `ekscompute_userdata` with all facts of the cluster, works without one.
    #[attribute(optional, validate = [region()])]
    pub region: Attr<String>,
    /// How calls are repeated: `standard`, the default, after growing pauses; `adaptive` also lowers the rate of all
    /// calls to a service while AWS throttles, which needs fewer calls but can become very slow. Also `AWS_RETRY_MODE`
    /// and `retry_mode` of the profile.
    #[attribute(optional, validate = [one_of(&["standard", "adaptive"])])]
    pub retry_mode: Attr<String>,
    /// Secret access key. Prefer a profile, a role or the environment (`AWS_SECRET_ACCESS_KEY`) to keys in configuration.
    #[attribute(optional, sensitive)]
    pub secret_key: Attr<String>,
    /// Shared configuration files instead of `~/.aws/config`; later ones win. Also `AWS_CONFIG_FILE`.
    #[attribute(optional)]
    pub shared_config_files: List<String>,
    /// Shared credentials files instead of `~/.aws/credentials`; later ones win. Also `AWS_SHARED_CREDENTIALS_FILE`.
    #[attribute(optional)]
    pub shared_credentials_files: List<String>,
    /// Accepted for the sake of configurations of the aws provider. Credentials are never checked ahead of the first
    /// call, unless `allowed_account_ids` or `forbidden_account_ids` ask for it.
    #[attribute(optional)]
    pub skip_credentials_validation: Attr<bool>,
    /// Leaves the EC2 instance metadata service unasked for credentials. Also `AWS_EC2_METADATA_DISABLED`.
    #[attribute(optional)]
    pub skip_metadata_api_check: Attr<bool>,
    /// Accepts regions whose name fits no partition of AWS.
    #[attribute(optional)]
    pub skip_region_validation: Attr<bool>,
    /// Leaves STS unasked for the account id, which resource identities then lack.
    #[attribute(optional)]
    pub skip_requesting_account_id: Attr<bool>,
    /// Region of STS calls, if not the provider's.
    #[attribute(optional, validate = [length(1..=64)])]
    pub sts_region: Attr<String>,
    /// Session token. Also `AWS_SESSION_TOKEN`.
    #[attribute(optional, sensitive)]
    pub token: Attr<String>,
    /// How many retries the calls of one service may owe at a time before they fail instead. By default there is no
    /// such limit.
    #[attribute(optional, validate = [between(0..=1_000_000)])]
    pub token_bucket_rate_limiter_capacity: Attr<i64>,
    /// Uses endpoints that answer over IPv6, too. Also `AWS_USE_DUALSTACK_ENDPOINT`.
    #[attribute(optional)]
    pub use_dualstack_endpoint: Attr<bool>,
    /// Uses endpoints with cryptography validated after FIPS 140. Also `AWS_USE_FIPS_ENDPOINT`.
    #[attribute(optional)]
    pub use_fips_endpoint: Attr<bool>,
    /// Products added to the User-Agent header of all calls, such as `team/7`. The environment variable
    /// `TF_APPEND_USER_AGENT` is added after them.
    #[attribute(optional)]
    pub user_agent: List<String>,
    /// A role to assume. Several blocks are assumed one after the other, each with the credentials of the one before.
    #[block]
    pub assume_role: ListBlock<AssumeRole>,
    /// A role to assume with the token of an identity provider, before those of `assume_role`.
    #[block(max = 1)]
    pub assume_role_with_web_identity: ListBlock<AssumeRoleWithWebIdentity>,
    /// Tags of all objects that can have tags.
    #[block(max = 1)]
    pub default_tags: ListBlock<DefaultTags>,
    /// URLs to call instead of the endpoints of AWS.
    #[block]
    pub endpoints: SetBlock<Endpoints>,
    /// Tags that others own: they are neither shown nor removed.
    #[block(max = 1)]
    pub ignore_tags: ListBlock<IgnoreTags>,
    /// How the Kubernetes API of clusters is reached, where it is not as Amazon EKS tells. Without the block, endpoint and CA
    /// certificate of a cluster are read from EKS by its name, and the provider's own AWS identity is used.
    #[block(max = 1)]
    pub kubernetes: ListBlock<KubernetesAccess>,
    /// What becomes of the findings of preflight checks: of what would make a node group or a Fargate profile fail long
    /// after an apply has started, found while planning.
    #[block(max = 1)]
    pub preflight: ListBlock<Preflight>,
}

/// What becomes of the findings of preflight checks.
#[derive(Debug, Clone, PartialEq, Eq, Default, Model)]
pub struct Preflight {
    /// What findings stop. With `error`, a finding that no run can fix is an error during plan; one that another resource of the
    /// same run can fix is a warning during plan, and an error during apply right before the resource is written. With
    /// `strict`, every error is an error during plan, for example in continuous integration. With `warn`, findings are warnings
    /// and nothing stops. With `off`, no checks run. Defaults to `error`.
    #[attribute(optional, validate = [one_of(&["error", "strict", "warn", "off"])])]
    pub mode: Attr<String>,
    /// Names of checks to leave out for all objects. The guide to preflight checks lists them.
    #[attribute(optional, validate = [each(check_name())])]
    pub skip: Set<String>,
}

/// A role to assume.
#[derive(Debug, Clone, PartialEq, Eq, Default, Model)]
pub struct AssumeRole {
    /// How long the credentials are valid, from `15m` to `12h`. They are renewed as long as the provider runs.
    #[attribute(optional, validate = [role_duration()])]
    pub duration: Attr<String>,
    /// What the role's owner asks others to say.
    #[attribute(optional, validate = [length(2..=1224)])]
    pub external_id: Attr<String>,
    /// Policy in JSON that narrows what the session may do.
    #[attribute(optional)]
    pub policy: Attr<String>,
    /// Managed policies that narrow what the session may do.
    #[attribute(optional, validate = [size(0..=10)])]
    pub policy_arns: Set<String>,
    /// The role.
    #[attribute(optional, validate = [role_arn()])]
    pub role_arn: Attr<String>,
    /// Name of the session in audit logs.
    #[attribute(optional, validate = [length(2..=64)])]
    pub session_name: Attr<String>,
    /// Who is behind the session, for audit logs.
    #[attribute(optional, validate = [length(2..=64)])]
    pub source_identity: Attr<String>,
    /// Tags of the session.
    #[attribute(optional, validate = [size(0..=50)])]
    pub tags: Map<String>,
    /// Keys of session tags that are passed on to the next role.
    #[attribute(optional)]
    pub transitive_tag_keys: Set<String>,
}

/// A role to assume with the token of an identity provider.
#[derive(Debug, Clone, PartialEq, Eq, Default, Model)]
pub struct AssumeRoleWithWebIdentity {
    /// How long the credentials are valid, from `15m` to `12h`. They are renewed as long as the token is valid.
    #[attribute(optional, validate = [role_duration()])]
    pub duration: Attr<String>,
    /// Policy in JSON that narrows what the session may do.
    #[attribute(optional)]
    pub policy: Attr<String>,
    /// Managed policies that narrow what the session may do.
    #[attribute(optional, validate = [size(0..=10)])]
    pub policy_arns: Set<String>,
    /// The role. Also `AWS_ROLE_ARN`.
    #[attribute(optional, validate = [role_arn()])]
    pub role_arn: Attr<String>,
    /// Name of the session in audit logs. Also `AWS_ROLE_SESSION_NAME`.
    #[attribute(optional, validate = [length(2..=64)])]
    pub session_name: Attr<String>,
    /// The token.
    #[attribute(optional, sensitive, validate = [length(4..=20_000)])]
    pub web_identity_token: Attr<String>,
    /// File with the token; it is read anew whenever the credentials are. Also `AWS_WEB_IDENTITY_TOKEN_FILE`.
    #[attribute(optional)]
    pub web_identity_token_file: Attr<String>,
}

/// Tags of all objects that can have tags.
#[derive(Debug, Clone, PartialEq, Eq, Default, Model)]
pub struct DefaultTags {
    /// The tags. Those of a resource win. Also environment variables `TF_AWS_DEFAULT_TAGS_<key>`, over which these win.
    #[attribute(optional)]
    pub tags: Map<String>,
}

/// Tags that others own.
#[derive(Debug, Clone, PartialEq, Eq, Default, Model)]
pub struct IgnoreTags {
    /// Prefixes of keys. Those of `TF_AWS_IGNORE_TAGS_KEY_PREFIXES`, separated by commas, are added.
    #[attribute(optional)]
    pub key_prefixes: Set<String>,
    /// Keys. Those of `TF_AWS_IGNORE_TAGS_KEYS`, separated by commas, are added.
    #[attribute(optional)]
    pub keys: Set<String>,
}

/// URLs to call instead of the endpoints of AWS. Also `AWS_ENDPOINT_URL_<SERVICE>` and `AWS_ENDPOINT_URL`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Model)]
pub struct Endpoints {
    /// URL of EC2 Auto Scaling.
    #[attribute(optional, validate = [url()])]
    pub autoscaling: Attr<String>,
    /// URL of EC2.
    #[attribute(optional, validate = [url()])]
    pub ec2: Attr<String>,
    /// URL of EKS.
    #[attribute(optional, validate = [url()])]
    pub eks: Attr<String>,
    /// URL of IAM.
    #[attribute(optional, validate = [url()])]
    pub iam: Attr<String>,
    /// URL of KMS.
    #[attribute(optional, validate = [url()])]
    pub kms: Attr<String>,
    /// URL of Service Quotas.
    #[attribute(optional, validate = [url()])]
    pub servicequotas: Attr<String>,
    /// URL of Systems Manager.
    #[attribute(optional, validate = [url()])]
    pub ssm: Attr<String>,
    /// URL of STS.
    #[attribute(optional, validate = [url()])]
    pub sts: Attr<String>,
}
