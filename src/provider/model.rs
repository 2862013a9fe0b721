//! The provider block. Its arguments are a subset of the AWS provider's arguments, so that an existing configuration can
//! be used unchanged.

use super::kubernetes::KubernetesAccess;
use super::validators::{account_id, proxy, role_arn, role_duration, url};
use clients::names::region;
use framework::blocks::{ListBlock, SetBlock};
use framework::model::{Attr, List, Map, Model, Set};
use framework::validators::{between, each, length_between, one_of, size_between};
use preflight::names::check_name;

/// Manages the compute side of Amazon EKS: managed node groups, Fargate profiles, Karpenter and EKS Auto Mode node
/// classes and node pools, access entries and `aws-auth` mappings, and node user data.
///
/// The arguments of the provider block and their environment variables have the same names as in the `hashicorp/aws`
/// provider, so you can copy the body of an existing `provider "aws"` block. If no arguments are set, the provider
/// finds the Region and credentials in the same way as the AWS CLI.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct ProviderModel {
    /// Access key ID. A profile, a role, or the `AWS_ACCESS_KEY_ID` environment variable is safer than keys in
    /// configuration.
    #[attribute(optional)]
    pub access_key: Attr<String>,
    /// IDs of the AWS accounts that the provider is allowed to use. Credentials of other accounts are rejected before
    /// anything is read or changed.
    #[attribute(optional, validate = [each(account_id())])]
    pub allowed_account_ids: Set<String>,
    /// Path to a file with the CA certificates to trust instead of the system certificates, in PEM format. Can also be
    /// set with the `AWS_CA_BUNDLE` environment variable.
    #[attribute(optional, validate = [length_between(1..=4096)])]
    pub custom_ca_bundle: Attr<String>,
    /// URL of the EC2 instance metadata service. Can also be set with the `AWS_EC2_METADATA_SERVICE_ENDPOINT`
    /// environment variable.
    #[attribute(optional, validate = [url()])]
    pub ec2_metadata_service_endpoint: Attr<String>,
    /// IP version used to call the EC2 instance metadata service. Can also be set with the
    /// `AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE` environment variable.
    #[attribute(optional, validate = [one_of(&["IPv4", "IPv6"])])]
    pub ec2_metadata_service_endpoint_mode: Attr<String>,
    /// IDs of AWS accounts that the provider must not use. Credentials of these accounts are rejected before anything
    /// is read or changed.
    #[attribute(optional, validate = [each(account_id())])]
    pub forbidden_account_ids: Set<String>,
    /// URL of the proxy for `http` endpoints. An empty string disables the proxy, even if the environment sets one. Can
    /// also be set with the `HTTP_PROXY` or `http_proxy` environment variable.
    #[attribute(optional, validate = [proxy()])]
    pub http_proxy: Attr<String>,
    /// URL of the proxy for `https` endpoints, which include all AWS endpoints. An empty string disables the proxy,
    /// even if the environment sets one. Can also be set with the `HTTPS_PROXY` or `https_proxy` environment variable.
    #[attribute(optional, validate = [proxy()])]
    pub https_proxy: Attr<String>,
    /// Whether to skip TLS certificate verification. Traffic can then be intercepted and modified. Defaults to `false`.
    #[attribute(optional)]
    pub insecure: Attr<bool>,
    /// Maximum number of attempts per API call. Can also be set with the `AWS_MAX_ATTEMPTS` environment variable or
    /// `max_attempts` in the profile. Defaults to `25`.
    #[attribute(optional, validate = [between(0..=1000)])]
    pub max_retries: Attr<i64>,
    /// Comma-separated list of hosts to reach without a proxy. Can also be set with the `NO_PROXY` or `no_proxy`
    /// environment variable.
    #[attribute(optional)]
    pub no_proxy: Attr<String>,
    /// Name of the profile in the shared config and credentials files. Its credentials take precedence over those in
    /// environment variables. Can also be set with the `AWS_PROFILE` environment variable.
    #[attribute(optional, validate = [length_between(1..=255)])]
    pub profile: Attr<String>,
    /// AWS Region of the resources. Can also be set with the `AWS_REGION` or `AWS_DEFAULT_REGION` environment variable,
    /// or with `region` in the profile. Operations that do not call AWS APIs do not require a Region, such as reading
    /// `ekscompute_userdata` with all cluster arguments set.
    #[attribute(optional, validate = [region()])]
    pub region: Attr<String>,
    /// Strategy for retrying failed API calls. `standard` retries with increasing delays. `adaptive` also lowers the
    /// rate of all calls to a service while AWS throttles them. This reduces the number of calls but can be very slow.
    /// Can also be set with the `AWS_RETRY_MODE` environment variable or `retry_mode` in the profile. Defaults to
    /// `standard`.
    #[attribute(optional, validate = [one_of(&["standard", "adaptive"]).documented()])]
    pub retry_mode: Attr<String>,
    /// Secret access key. A profile, a role, or the `AWS_SECRET_ACCESS_KEY` environment variable is safer than keys in
    /// configuration.
    #[attribute(optional, sensitive)]
    pub secret_key: Attr<String>,
    /// Paths to shared config files. Later files take precedence. Can also be set with the `AWS_CONFIG_FILE`
    /// environment variable. Defaults to `~/.aws/config`.
    #[attribute(optional)]
    pub shared_config_files: List<String>,
    /// Paths to shared credentials files. Later files take precedence. Can also be set with the
    /// `AWS_SHARED_CREDENTIALS_FILE` environment variable. Defaults to `~/.aws/credentials`.
    #[attribute(optional)]
    pub shared_credentials_files: List<String>,
    /// Has no effect. It is accepted so that configurations of the `hashicorp/aws` provider remain valid. The provider
    /// checks credentials before the first API call only if `allowed_account_ids` or `forbidden_account_ids` is set.
    #[attribute(optional)]
    pub skip_credentials_validation: Attr<bool>,
    /// Whether to skip requesting credentials from the EC2 instance metadata service. Can also be set with the
    /// `AWS_EC2_METADATA_DISABLED` environment variable. Defaults to `false`.
    #[attribute(optional)]
    pub skip_metadata_api_check: Attr<bool>,
    /// Whether to accept Region names that do not match any AWS partition. Defaults to `false`.
    #[attribute(optional)]
    pub skip_region_validation: Attr<bool>,
    /// Whether to skip requesting the account ID from STS. Resource identities then have no account ID. Defaults to
    /// `false`.
    #[attribute(optional)]
    pub skip_requesting_account_id: Attr<bool>,
    /// AWS Region of STS calls. Defaults to `region`.
    #[attribute(optional, validate = [length_between(1..=64)])]
    pub sts_region: Attr<String>,
    /// Session token. Can also be set with the `AWS_SESSION_TOKEN` environment variable.
    #[attribute(optional, sensitive)]
    pub token: Attr<String>,
    /// Capacity of the retry token bucket of each service. When the bucket is empty, calls fail instead of being
    /// retried. Unlimited by default.
    #[attribute(optional, validate = [between(0..=1_000_000)])]
    pub token_bucket_rate_limiter_capacity: Attr<i64>,
    /// Whether to use dual-stack endpoints, which support IPv4 and IPv6. Can also be set with the
    /// `AWS_USE_DUALSTACK_ENDPOINT` environment variable. Defaults to `false`.
    #[attribute(optional)]
    pub use_dualstack_endpoint: Attr<bool>,
    /// Whether to use FIPS 140 endpoints. Can also be set with the `AWS_USE_FIPS_ENDPOINT` environment variable.
    /// Defaults to `false`.
    #[attribute(optional)]
    pub use_fips_endpoint: Attr<bool>,
    /// List of products to append to the User-Agent header of all API calls, such as `team/7`. The value of the
    /// `TF_APPEND_USER_AGENT` environment variable is appended after them.
    #[attribute(optional)]
    pub user_agent: List<String>,
    /// Configuration block for a role to assume. If there are several blocks, the roles are assumed in order, each with
    /// the credentials of the previous role.
    #[block]
    pub assume_role: ListBlock<AssumeRole>,
    /// Configuration block for a role to assume with a token from an identity provider. This role is assumed before the
    /// roles in `assume_role`.
    #[block(max = 1)]
    pub assume_role_with_web_identity: ListBlock<AssumeRoleWithWebIdentity>,
    /// Configuration block for tags that the provider adds to all resources that support tags.
    #[block(max = 1)]
    pub default_tags: ListBlock<DefaultTags>,
    /// Configuration block for custom service endpoints.
    #[block]
    pub endpoints: SetBlock<Endpoints>,
    /// Configuration block for tags managed outside of Terraform. Ignored tags are neither shown in plans nor removed.
    #[block(max = 1)]
    pub ignore_tags: ListBlock<IgnoreTags>,
    /// Configuration block for access to the Kubernetes API of clusters. If the block is omitted, the provider reads
    /// the endpoint and CA certificate of each cluster from EKS and authenticates with its own AWS identity.
    #[block(max = 1)]
    pub kubernetes: ListBlock<KubernetesAccess>,
    /// Configuration block for preflight checks. They report problems at plan time that otherwise make a node group or
    /// Fargate profile fail long after an apply has started.
    #[block(max = 1)]
    pub preflight: ListBlock<Preflight>,
}

/// Configuration block for preflight checks.
#[derive(Debug, Clone, PartialEq, Eq, Default, Model)]
pub struct Preflight {
    /// How findings are reported. With `error`, a finding that no run can fix is an error during plan. A finding that
    /// another resource of the same run can fix is a warning during plan. During apply, it is an error right before the
    /// resource is written. With `strict`, every error is an error during plan, for example in continuous integration.
    /// With `warn`, all findings are warnings, and the run continues. With `off`, no checks run. Defaults to `error`.
    #[attribute(optional, validate = [one_of(&["error", "strict", "warn", "off"]).documented()])]
    pub mode: Attr<String>,
    /// Names of preflight checks to skip for all resources.
    #[attribute(optional, validate = [each(check_name())])]
    pub skip: Set<String>,
}

/// Configuration block for a role to assume.
#[derive(Debug, Clone, PartialEq, Eq, Default, Model)]
pub struct AssumeRole {
    /// Duration of the role session. The provider renews the credentials for as long as it runs. If unset, the session
    /// lasts 1 hour.
    #[attribute(optional, validate = [role_duration()])]
    pub duration: Attr<String>,
    /// External ID to pass when assuming the role.
    #[attribute(optional, validate = [length_between(2..=1224)])]
    pub external_id: Attr<String>,
    /// IAM policy in JSON that further restricts the permissions of the session.
    #[attribute(optional)]
    pub policy: Attr<String>,
    /// ARNs of managed IAM policies that further restrict the permissions of the session.
    #[attribute(optional, validate = [size_between(0..=10)])]
    pub policy_arns: Set<String>,
    /// ARN of the role to assume.
    #[attribute(optional, validate = [role_arn()])]
    pub role_arn: Attr<String>,
    /// Name of the session, recorded in audit logs. If unset, the provider generates a name.
    #[attribute(optional, validate = [length_between(2..=64)])]
    pub session_name: Attr<String>,
    /// Source identity of the session, recorded in audit logs.
    #[attribute(optional, validate = [length_between(2..=64)])]
    pub source_identity: Attr<String>,
    /// Session tags.
    #[attribute(optional, validate = [size_between(0..=50)])]
    pub tags: Map<String>,
    /// Keys of session tags to pass to subsequent sessions in a role chain.
    #[attribute(optional)]
    pub transitive_tag_keys: Set<String>,
}

/// Configuration block for a role to assume with a token from an identity provider.
#[derive(Debug, Clone, PartialEq, Eq, Default, Model)]
pub struct AssumeRoleWithWebIdentity {
    /// Duration of the role session. The provider renews the credentials for as long as the token is valid. If unset,
    /// the session lasts 1 hour.
    #[attribute(optional, validate = [role_duration()])]
    pub duration: Attr<String>,
    /// IAM policy in JSON that further restricts the permissions of the session.
    #[attribute(optional)]
    pub policy: Attr<String>,
    /// ARNs of managed IAM policies that further restrict the permissions of the session.
    #[attribute(optional, validate = [size_between(0..=10)])]
    pub policy_arns: Set<String>,
    /// ARN of the role to assume. Can also be set with the `AWS_ROLE_ARN` environment variable.
    #[attribute(optional, validate = [role_arn()])]
    pub role_arn: Attr<String>,
    /// Name of the session, recorded in audit logs. Can also be set with the `AWS_ROLE_SESSION_NAME` environment
    /// variable. If unset, the provider generates a name.
    #[attribute(optional, validate = [length_between(2..=64)])]
    pub session_name: Attr<String>,
    /// Token from the identity provider.
    #[attribute(optional, sensitive, validate = [length_between(4..=20_000)])]
    pub web_identity_token: Attr<String>,
    /// Path to a file with the token. The file is read each time the credentials are renewed. Can also be set with the
    /// `AWS_WEB_IDENTITY_TOKEN_FILE` environment variable.
    #[attribute(optional)]
    pub web_identity_token_file: Attr<String>,
}

/// Configuration block for tags of all resources that support tags.
#[derive(Debug, Clone, PartialEq, Eq, Default, Model)]
pub struct DefaultTags {
    /// Tags to add. Tags of a resource take precedence. Can also be set with `TF_AWS_DEFAULT_TAGS_<key>` environment
    /// variables, over which this argument takes precedence.
    #[attribute(optional)]
    pub tags: Map<String>,
}

/// Configuration block for tags managed outside of Terraform.
#[derive(Debug, Clone, PartialEq, Eq, Default, Model)]
pub struct IgnoreTags {
    /// Prefixes of tag keys to ignore. The comma-separated prefixes in the `TF_AWS_IGNORE_TAGS_KEY_PREFIXES`
    /// environment variable are added.
    #[attribute(optional)]
    pub key_prefixes: Set<String>,
    /// Tag keys to ignore. The comma-separated keys in the `TF_AWS_IGNORE_TAGS_KEYS` environment variable are added.
    #[attribute(optional)]
    pub keys: Set<String>,
}

/// Configuration block for custom service endpoints. Can also be set with the `AWS_ENDPOINT_URL_<SERVICE>` and
/// `AWS_ENDPOINT_URL` environment variables.
#[derive(Debug, Clone, PartialEq, Eq, Default, Model)]
pub struct Endpoints {
    /// URL of the EC2 Auto Scaling endpoint.
    #[attribute(optional, validate = [url()])]
    pub autoscaling: Attr<String>,
    /// URL of the EC2 endpoint.
    #[attribute(optional, validate = [url()])]
    pub ec2: Attr<String>,
    /// URL of the EKS endpoint.
    #[attribute(optional, validate = [url()])]
    pub eks: Attr<String>,
    /// URL of the IAM endpoint.
    #[attribute(optional, validate = [url()])]
    pub iam: Attr<String>,
    /// URL of the KMS endpoint.
    #[attribute(optional, validate = [url()])]
    pub kms: Attr<String>,
    /// URL of the Service Quotas endpoint.
    #[attribute(optional, validate = [url()])]
    pub servicequotas: Attr<String>,
    /// URL of the AWS Systems Manager endpoint.
    #[attribute(optional, validate = [url()])]
    pub ssm: Attr<String>,
    /// URL of the STS endpoint.
    #[attribute(optional, validate = [url()])]
    pub sts: Attr<String>,
}
