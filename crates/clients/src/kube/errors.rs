//! Classifies the errors of an API server. Statuses and reasons: `metav1.Status` in apimachinery.

use std::error::Error;
use std::iter::successors;

use http::{HeaderMap, StatusCode};
use kube::client::AuthError;
use serde_json::Value;

use crate::errors::{ApiError, CERTIFICATE, Cause, ErrorKind, FORBIDDEN, KUBERNETES, UNAUTHORIZED, foreign};

/// The code of a field manager conflict. The message contains the field managers and the fields.
pub const FIELD_MANAGER_CONFLICT: &str = "FieldManagerConflict";

/// The code of an eviction that a PodDisruptionBudget does not allow now. The causes contain the budget and the numbers
/// of pods.
pub const DISRUPTION_BUDGET: &str = "DisruptionBudget";

/// The code of a request for a namespace that is being deleted.
pub const NAMESPACE_TERMINATING: &str = "NamespaceTerminating";

/// The code of a kind that the API server does not serve, such as one whose definition is not installed.
pub const NO_SUCH_KIND: &str = "NoSuchKind";

/// The message of an API server that cannot read the fields of a server-side apply. The status is 500 and there is no
/// reason, but the fields are at fault, and the same request fails again.
const NOT_TYPED: &str = "failed to create typed patch object";

/// The message of an API server for a field that the definition of the kind does not have.
pub(super) const NOT_DECLARED: &str = "field not declared in schema";

/// The header that an API server adds to every response. This includes responses that are not a `Status`, such as the
/// page for a path that it does not serve.
const AUDIT_ID: &str = "audit-id";

/// Classifies an error response.
pub(super) fn refused(operation: &'static str, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> ApiError {
    let parsed: Value = serde_json::from_slice(body).unwrap_or_default();
    let is_status = parsed["kind"] == "Status";
    if !is_status && !headers.contains_key(AUDIT_ID) {
        return foreign_response(operation, status, body);
    }
    let reason = parsed["reason"].as_str().filter(|reason| !reason.is_empty() && is_status);
    let code = code(status, reason, &parsed, is_status);
    let message = match (code.as_deref(), parsed["message"].as_str()) {
        (Some(NO_SUCH_KIND), _) => "the API server does not serve this kind of object".to_owned(),
        (_, Some(message)) if is_status => message.to_owned(),
        _ => plain(body),
    };
    let typing = typing_causes(&message);
    let kind = if typing.is_empty() { kind(status, code.as_deref()) } else { ErrorKind::Invalid };
    let causes = causes(&parsed).filter_map(cause).chain(typing).collect();
    ApiError { code, causes, status: Some(status.as_u16()), ..error(kind, operation, message) }
}

/// Returns the error for a response that is not from an API server. A proxy page with status 404 does not mean that the
/// object was deleted.
pub(super) fn foreign_response(operation: &'static str, status: StatusCode, body: &[u8]) -> ApiError {
    let message = foreign(&String::from_utf8_lossy(body));
    ApiError { status: Some(status.as_u16()), ..error(ErrorKind::ForeignResponse, operation, message) }
}

fn error(kind: ErrorKind, operation: &'static str, message: String) -> ApiError {
    ApiError { service: KUBERNETES, ..ApiError::own(kind, operation, message) }
}

fn causes(status: &Value) -> impl Iterator<Item = &Value> {
    status["details"]["causes"].as_array().into_iter().flatten()
}

fn cause(cause: &Value) -> Option<Cause> {
    let text = |name: &str| cause[name].as_str().map(str::to_owned);
    Some(Cause { field: text("field").unwrap_or_default(), message: text("message")? })
}

/// Returns the problem of each field that cannot be read: one problem on the same line, or one on each following line.
fn typing_causes(message: &str) -> Vec<Cause> {
    let Some((_, rest)) = message.strip_prefix(NOT_TYPED).and_then(|rest| rest.split_once("): ")) else {
        return Vec::new();
    };
    let fields = rest.lines().filter_map(|line| line.trim_start().strip_prefix('.')?.split_once(": "));
    fields.map(|(field, message)| Cause { field: field.to_owned(), message: message.to_owned() }).collect()
}

fn code(status: StatusCode, reason: Option<&str>, parsed: &Value, is_status: bool) -> Option<String> {
    let has_cause = |reason: &str| causes(parsed).any(|cause| cause["reason"] == reason);
    match status {
        StatusCode::UNAUTHORIZED => Some(UNAUTHORIZED.to_owned()),
        StatusCode::FORBIDDEN if has_cause(NAMESPACE_TERMINATING) => Some(NAMESPACE_TERMINATING.to_owned()),
        StatusCode::TOO_MANY_REQUESTS if has_cause(DISRUPTION_BUDGET) => Some(DISRUPTION_BUDGET.to_owned()),
        StatusCode::FORBIDDEN => Some(FORBIDDEN.to_owned()),
        StatusCode::CONFLICT if has_cause(FIELD_MANAGER_CONFLICT) => Some(FIELD_MANAGER_CONFLICT.to_owned()),
        // The 404 response contains a name if the object is missing, and no name if the path is not served.
        StatusCode::NOT_FOUND if !is_status || parsed["details"]["name"].is_null() => Some(NO_SUCH_KIND.to_owned()),
        _ => reason.map(str::to_owned),
    }
}

fn kind(status: StatusCode, code: Option<&str>) -> ErrorKind {
    match status.as_u16() {
        401 | 403 => ErrorKind::Denied,
        404 if code == Some(NO_SUCH_KIND) => ErrorKind::Other,
        404 => ErrorKind::NotFound,
        409 if code == Some("AlreadyExists") => ErrorKind::AlreadyExists,
        409 => ErrorKind::Conflict,
        429 => ErrorKind::Throttled,
        408 | 504 => ErrorKind::Timeout,
        500..=599 => ErrorKind::Server,
        400..=499 => ErrorKind::Invalid,
        _ => ErrorKind::Other,
    }
}

/// Returns the start of an API server response that is not a `Status`.
fn plain(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let short: String = text.trim().chars().take(300).collect();
    if short.is_empty() { "the response has no body".to_owned() } else { short }
}

/// A request without a response.
#[derive(Debug)]
pub(super) struct Unanswered {
    pub(super) error: ApiError,
    /// Whether the server cannot have received the request.
    pub(super) before_it_was_sent: bool,
}

/// Classifies a transport error.
pub(super) fn unanswered(operation: &'static str, error: &kube::Error) -> Unanswered {
    let first: &(dyn Error + 'static) = error;
    let chain: Vec<_> = successors(Some(first), |error| (*error).source()).collect();
    let mut code = None;
    let mut kind = ErrorKind::Connection;
    let mut before_it_was_sent = false;
    let mut cause = chain.last().map(ToString::to_string).unwrap_or_default();
    for link in &chain {
        if let Some(failed) = link.downcast_ref::<hyper_util::client::legacy::Error>() {
            before_it_was_sent |= failed.is_connect();
        }
        let io = link.downcast_ref::<std::io::Error>();
        if io.is_some_and(|io| io.kind() == std::io::ErrorKind::TimedOut) {
            kind = ErrorKind::Timeout;
        }
        if let Some(tls) = tls_error(*link) {
            cause = tls.to_string();
            if let rustls::Error::InvalidCertificate(_) = tls {
                (kind, code) = (ErrorKind::Invalid, Some(CERTIFICATE.to_owned()));
            }
        }
    }
    if let kube::Error::Auth(_) | kube::Error::InferKubeconfig(_) = error {
        (kind, cause) = (ErrorKind::Denied, without_credentials(error));
    }
    Unanswered { error: ApiError { code, ..self::error(kind, operation, cause) }, before_it_was_sent }
}

/// Describes the error of a client that cannot get credentials. Standard output and the environment of the command are
/// omitted, because they can contain the credentials.
pub(super) fn without_credentials(error: &kube::Error) -> String {
    let kube::Error::Auth(auth) = error else { return error.to_string() };
    match auth {
        AuthError::AuthExecStart(cause) => {
            format!("unable to run the exec command for credentials: {cause}")
        }
        AuthError::AuthExecRun { out, .. } => {
            let said: String = String::from_utf8_lossy(&out.stderr).trim().chars().take(500).collect();
            let said = if said.is_empty() { "no output on standard error".to_owned() } else { said };
            format!("the exec command for credentials failed with {}: {said}", out.status)
        }
        AuthError::AuthExecParse(_) => {
            "the exec command for credentials did not print an ExecCredential in the configured api_version".to_owned()
        }
        other => other.to_string(),
    }
}

/// Returns the TLS error among the causes. I/O errors contain a TLS error without exposing it as their source.
fn tls_error<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return Some(tls);
    }
    tls_error(error.downcast_ref::<std::io::Error>()?.get_ref()?)
}
