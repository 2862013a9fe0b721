//! Classified API errors. Resources decide by the kind of an error, never by its message.

use std::borrow::Cow;
use std::fmt;

use framework::diagnostics::Diagnostic;
use framework::secrets::masked;

/// The classification of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The object does not exist.
    NotFound,
    /// Another object has the name.
    AlreadyExists,
    /// The object has changed since it was read, or another field manager owns the fields. The object must be read
    /// again.
    Conflict,
    /// The object or its parent is busy with an operation that will complete: wait, then retry.
    InUse,
    /// Too many requests.
    Throttled,
    /// The caller lacks permission.
    Denied,
    /// The account of the caller is not allowed by the configuration.
    WrongAccount,
    /// The credentials are no longer valid.
    Expired,
    /// The request is not valid, so a retry fails as well.
    Invalid,
    /// A quota of the account is reached.
    Quota,
    /// A recently created object is not visible yet (eventual consistency).
    PropagationDelay,
    /// The service returned an internal error.
    Server,
    /// The request timed out.
    Timeout,
    /// The service is unreachable.
    Connection,
    /// The endpoint was never reached within the time limit, so retries are useless.
    Unreachable,
    /// The endpoint accepts connections and does not respond. Retries are useless, and the request may have taken
    /// effect.
    Silent,
    /// The response is not from the service: a proxy, a gateway, or a captive portal responded. It proves nothing about
    /// the object, regardless of its HTTP status.
    ForeignResponse,
    /// The user interrupted the operation.
    Cancelled,
    /// Any other error.
    Other,
}

/// The service name of API servers in errors.
pub const KUBERNETES: &str = "Kubernetes";

/// The code of an API server that does not recognize the caller.
pub const UNAUTHORIZED: &str = "Unauthorized";
/// The code of an API server that does not accept the credentials of the provider's `kubernetes` block.
pub const NOT_ACCEPTED: &str = "CredentialsNotAccepted";
/// The code of an API server that recognizes the caller and denies the request.
pub const FORBIDDEN: &str = "Forbidden";
/// The code for a certificate that is not trusted.
pub const CERTIFICATE: &str = "Certificate";

/// The code for a cluster that is being deleted and whose API server no longer responds.
pub const CLUSTER_DELETING: &str = "ClusterDeleting";

/// The code of an API server that has not been reached in this run.
pub const NEVER_ANSWERED: &str = "NeverAnswered";

/// The code for a cluster that has no API server yet, or no longer has one.
pub const NO_ENDPOINT: &str = "NoClusterEndpoint";

/// Codes for an unknown caller, as opposed to a caller without the permission.
const UNKNOWN_CALLER: &[&str] = &[
    "AuthFailure",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidIdentityToken",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
];

/// A failed call, or a wait that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// The classification.
    pub kind: ErrorKind,
    /// The service, such as `EKS`. Empty for errors of the provider itself, such as an expired wait.
    pub service: &'static str,
    /// The API operation, such as `DescribeNodegroup`, or the condition that was waited for.
    pub operation: Cow<'static, str>,
    /// The error code of the service, such as `ResourceInUseException`.
    pub code: Option<String>,
    /// The message of the service, or the root cause.
    pub message: String,
    /// The request ID, which AWS Support asks for.
    pub request_id: Option<String>,
    /// The HTTP status code.
    pub status: Option<u16>,
    /// The errors of individual fields, from an API server. Empty for other errors.
    pub causes: Vec<Cause>,
}

/// An error of one field, from an API server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The field, such as `spec.amiSelectorTerms[0].alias`.
    pub field: String,
    /// The message.
    pub message: String,
}

impl ErrorKind {
    /// Returns the general remediation for errors of this kind. Empty if it depends on the operation.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            Self::Throttled => {
                "AWS throttles this API for the account and Region. Retry the apply. If this happens often, use a \
                 lower -parallelism."
            }
            Self::Denied => {
                "The credentials in use lack this permission. Grant the action to the caller (also check permissions \
                 boundaries and service control policies), or use other credentials."
            }
            Self::WrongAccount => {
                "Use credentials of an allowed account, or correct allowed_account_ids and forbidden_account_ids in \
                 the provider block."
            }
            Self::Expired => "Renew the credentials (for example, by signing in again) and retry the apply.",
            Self::Quota => "Delete unused objects, or request a quota increase in the Service Quotas console.",
            Self::Server => {
                "The service returned an internal error. Retry the apply. If the error persists, contact AWS Support \
                 with the request ID."
            }
            Self::Timeout | Self::Connection => {
                "Check that the endpoint is reachable from this machine: DNS, proxy settings, firewall, VPC endpoints, \
                 and the Region."
            }
            Self::Unreachable | Self::Silent => {
                "The endpoint has not responded in this run. Check the Region and the endpoint URL (region and \
                 endpoints in the provider block, AWS_REGION, AWS_ENDPOINT_URL). Also check that this machine can \
                 reach the endpoint: DNS, proxy settings (https_proxy, no_proxy), custom_ca_bundle, firewall, and VPC \
                 endpoints."
            }
            Self::ForeignResponse => {
                "Check the path between this machine and the service: proxy settings (https_proxy, no_proxy), captive \
                 portals, gateways, load balancers, and DNS. Also check the endpoint URL of the service (endpoints in \
                 the provider block, AWS_ENDPOINT_URL). The response contains no information about the object, so the \
                 state is unchanged."
            }
            Self::Cancelled => "Retry the apply to continue.",
            Self::PropagationDelay => {
                "A recently created object is not visible yet (eventual consistency). Retry the apply."
            }
            Self::Conflict => "The object was modified concurrently. Retry the apply.",
            Self::NotFound | Self::AlreadyExists | Self::InUse | Self::Invalid | Self::Other => "",
        }
    }
}

impl ApiError {
    /// Creates an error of the provider itself, which is not a response of a service.
    pub fn own(kind: ErrorKind, doing: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self {
            kind,
            service: "",
            operation: doing.into(),
            code: None,
            message: message.into(),
            request_id: None,
            status: None,
            causes: Vec::new(),
        }
    }

    /// Whether the object does not exist.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.kind == ErrorKind::NotFound
    }

    /// Whether the error is transient, so that the same call may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self.kind {
            ErrorKind::Throttled
            | ErrorKind::Server
            | ErrorKind::Timeout
            | ErrorKind::Connection
            | ErrorKind::Expired => true,
            // Load balancers respond with these statuses for a service that restarts or is overloaded. A page with any
            // other status indicates a configuration problem, which is permanent.
            ErrorKind::ForeignResponse => matches!(self.status, Some(408 | 429 | 500..)),
            _ => false,
        }
    }

    /// Whether the endpoint is unreachable, so that all other requests would fail as well.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        matches!(self.kind, ErrorKind::Unreachable | ErrorKind::Silent)
    }

    /// Whether the credentials are the cause, so that all other calls would fail as well.
    #[must_use]
    pub fn is_credentials_error(&self) -> bool {
        let unknown = self.code.as_deref().is_none_or(|code| UNKNOWN_CALLER.contains(&code));
        match self.kind {
            ErrorKind::Expired | ErrorKind::WrongAccount => true,
            ErrorKind::Denied => unknown && self.service != KUBERNETES,
            _ => false,
        }
    }

    /// Returns the general remediation for this error. Empty if it depends on the operation.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        if let (KUBERNETES, Some(advice)) = (self.service, self.advice_of_kubernetes()) {
            return advice;
        }
        if self.kind == ErrorKind::Denied && self.is_credentials_error() {
            "AWS does not recognize the caller. Check which credentials the provider uses: arguments of the provider \
             block, AWS_PROFILE, AWS_ACCESS_KEY_ID, the shared files, or the role of the machine. Run `aws sts \
             get-caller-identity` with the same settings to verify them."
        } else {
            self.kind.advice()
        }
    }

    /// Returns the remediation for an API server error, if it differs from the one for AWS.
    fn advice_of_kubernetes(&self) -> Option<&'static str> {
        match (self.kind, self.code.as_deref()) {
            (_, Some(UNAUTHORIZED)) => Some(
                "Using a principal that has access to the cluster, create an access entry for the caller \
                 (ekscompute_access_entry). If the authentication mode of the cluster supports it, the caller can \
                 instead be mapped in the aws-auth ConfigMap (ekscompute_aws_auth_map_role). Alternatively, configure \
                 the provider with credentials that have access to the cluster.",
            ),
            (_, Some(NOT_ACCEPTED)) => Some(
                "Check token, exec, or config_path in the kubernetes block of the provider configuration. The \
                 credentials may have expired or may belong to another cluster. If none of these arguments is set, the \
                 provider creates an EKS token from its AWS credentials.",
            ),
            (_, Some(FORBIDDEN)) => Some(
                "Grant this permission to the user in the message: associate an access policy with the access entry of \
                 the user, or bind the user to a Role that allows this verb on this resource.",
            ),
            (_, Some(CERTIFICATE)) => Some(
                "The server certificate is not signed by the cluster CA for this host. If there is a tunnel or proxy \
                 between this machine and the cluster, set tls_server_name or cluster_ca_certificate in the kubernetes \
                 block of the provider configuration.",
            ),
            (ErrorKind::Connection | ErrorKind::Timeout, _) => Some(
                "Check that this machine can reach the cluster endpoint: DNS, firewall, and VPN. A private endpoint is \
                 reachable only from its VPC, or through the proxy_url or host that is set in the kubernetes block of \
                 the provider configuration.",
            ),
            (ErrorKind::ForeignResponse, _) => Some(
                "Check the path between this machine and the cluster endpoint: proxy settings (https_proxy, no_proxy), \
                 gateways, tunnels, load balancers, and DNS. Also check host and proxy_url in the kubernetes block of \
                 the provider configuration. The response contains no information about the object, so the state is \
                 unchanged.",
            ),
            (ErrorKind::Throttled, _) => Some("The API server is overloaded. Retry the apply."),
            (ErrorKind::Server, _) => Some("The API server returned an internal error. Retry the apply."),
            _ => None,
        }
    }

    /// Converts the error to a diagnostic: the failed operation, the cause as reported by the service, and the fix. If
    /// `what_to_do` is empty, the general remediation for this kind of error is used.
    #[must_use]
    pub fn into_diagnostic(self, summary: impl Into<String>, what_to_do: &str) -> Diagnostic {
        let advice = if what_to_do.is_empty() { self.advice() } else { what_to_do };
        let detail = if advice.is_empty() { self.to_string() } else { format!("{self}\n\n{advice}") };
        Diagnostic::error(summary, detail)
    }
}

/// Returns the message for a response that is not from the service, with its first characters.
#[must_use]
pub fn foreign(body: &str) -> String {
    const INSTEAD: &str = "a proxy, a gateway, or a captive portal responded instead of the service";
    let start: String = body.trim().chars().take(200).collect();
    if start.is_empty() {
        format!("{INSTEAD}: the response is empty and has no error code")
    } else {
        format!("{INSTEAD}: the response starts with {start:?}")
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.service.is_empty() {
            write!(formatter, "{} ", self.service)?;
        }
        write!(formatter, "{}: ", self.operation)?;
        if let Some(code) = &self.code {
            write!(formatter, "{code}: ")?;
        }
        formatter.write_str(&masked(&self.message))?;
        match (&self.request_id, self.status) {
            (Some(id), Some(status)) => write!(formatter, " (HTTP {status}, request ID {id})"),
            (Some(id), None) => write!(formatter, " (request ID {id})"),
            (None, Some(status)) => write!(formatter, " (HTTP {status})"),
            (None, None) => Ok(()),
        }
    }
}

impl std::error::Error for ApiError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn denied() -> ApiError {
        ApiError {
            kind: ErrorKind::Denied,
            service: "EKS",
            operation: "DescribeNodegroup".into(),
            code: Some("AccessDeniedException".to_owned()),
            message: "not authorized to perform eks:DescribeNodegroup".to_owned(),
            request_id: Some("abc-1".to_owned()),
            status: Some(403),
            causes: Vec::new(),
        }
    }

    #[test]
    fn error_shows_operation_code_message_and_request_id() {
        assert_eq!(
            denied().to_string(),
            "EKS DescribeNodegroup: AccessDeniedException: not authorized to perform eks:DescribeNodegroup \
             (HTTP 403, request ID abc-1)"
        );
        let own = ApiError::own(ErrorKind::Timeout, "waiting for node group a:b", "still CREATING after 60m0s");
        assert_eq!(own.to_string(), "waiting for node group a:b: still CREATING after 60m0s");
    }

    #[test]
    fn diagnostic_ends_with_advice() {
        let general = denied().into_diagnostic("Unable to read node group a:b", "");
        assert!(general.detail.ends_with(ErrorKind::Denied.advice()), "{}", general.detail);
        let special = denied().into_diagnostic("Unable to read node group a:b", "Ask the platform team.");
        assert!(special.detail.ends_with("request ID abc-1)\n\nAsk the platform team."), "{}", special.detail);
    }

    #[test]
    fn unknown_caller_is_told_to_look_at_the_credentials() {
        let missing = ApiError { code: None, ..denied() };
        let wrong = ApiError { code: Some("InvalidClientTokenId".to_owned()), ..denied() };
        for error in [missing, wrong] {
            assert!(error.advice().starts_with("AWS does not recognize the caller"), "{error}");
        }
        assert_eq!(denied().advice(), ErrorKind::Denied.advice());
        let forbidden = ApiError::own(ErrorKind::WrongAccount, "checking the account", "account 1 is forbidden");
        assert!(forbidden.is_credentials_error() && forbidden.advice().contains("allowed_account_ids"));
        assert!(!denied().is_credentials_error());
    }

    #[test]
    fn secret_in_a_message_is_not_shown() {
        framework::secrets::mask("s3cr3t-token-of-a-test");
        let error = ApiError::own(ErrorKind::Other, "a call", "refused token s3cr3t-token-of-a-test");
        assert_eq!(error.to_string(), "a call: refused token ***");
    }
}
