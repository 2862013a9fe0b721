//! Classifies AWS errors. Codes and messages: EKS, EC2, STS, SSM, and Auto Scaling API references. The EKS messages for
//! resources that are not ready yet were reported by users.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_types::request_id::RequestId;

use super::causes::{causes, chain};
use super::reach::never_reached;
use super::regions;
use crate::errors::{ApiError, ErrorKind, foreign};

/// Codes with the same meaning for every message.
const CODES: &[(ErrorKind, &[&str])] = &[
    (
        ErrorKind::NotFound,
        &[
            "NotFoundException",
            "ResourceNotFoundException",
            "NoSuchEntity",
            "NoSuchEntityException",
            "ParameterNotFound",
        ],
    ),
    (ErrorKind::AlreadyExists, &["AlreadyExists", "EntityAlreadyExists", "ResourceAlreadyExistsException"]),
    (
        ErrorKind::InUse,
        &[
            "ResourceInUse",
            "ResourceContention",
            "ScalingActivityInProgress",
            "ConcurrentModification",
            "DependencyViolation",
        ],
    ),
    (
        ErrorKind::Throttled,
        &[
            "Throttling",
            "ThrottlingException",
            "ThrottledException",
            "RequestThrottled",
            "RequestThrottledException",
            "TooManyRequestsException",
            "RequestLimitExceeded",
            "EC2ThrottledException",
            "SlowDown",
            "PriorRequestNotComplete",
            "TransactionInProgressException",
            "BandwidthLimitExceeded",
            "ProvisionedThroughputExceededException",
            "LimitExceededException",
        ],
    ),
    (
        ErrorKind::Denied,
        &[
            "AccessDenied",
            "AccessDeniedException",
            "UnauthorizedOperation",
            "NotAuthorized",
            "AuthFailure",
            "UnrecognizedClientException",
            "InvalidClientTokenId",
            "InvalidAccessKeyId",
            "InvalidIdentityToken",
            "SignatureDoesNotMatch",
            "InvalidSignatureException",
            "IncompleteSignature",
            "MissingAuthenticationToken",
            "OptInRequired",
        ],
    ),
    (
        ErrorKind::Expired,
        &["ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired", "UnauthorizedException"],
    ),
    (ErrorKind::Quota, &["ResourceLimitExceededException", "LimitExceeded", "ServiceQuotaExceededException"]),
    (ErrorKind::PropagationDelay, &["ResourcePropagationDelayException"]),
    (
        ErrorKind::Server,
        &[
            "ServerException",
            "InternalError",
            "InternalFailure",
            "InternalServerError",
            "InternalServerException",
            "ServiceUnavailable",
            "ServiceUnavailableException",
            "Unavailable",
        ],
    ),
    (ErrorKind::Timeout, &["RequestTimeout", "RequestTimeoutException"]),
];

/// Messages of `ResourceInUseException` that mean a name conflict instead of a busy object.
const TAKEN: &[&str] = &["already exists", "is already in use on this cluster"];

/// Messages of `InvalidRequestException` that mean a busy cluster or node group.
const BUSY: &[&str] = &["currently has", "not active", "not in active", "in progress", "is being updated"];

/// Messages of `InvalidParameterException` about IAM objects or versions that EKS does not see yet. If the object is
/// invalid, the same error persists.
const PROPAGATING: &[&str] = &[
    "misconfigured podexecutionrole trust policy",
    "were not found in the trust relationships of noderole",
    "the specified principalarn is invalid: invalid principal",
    "could not be assumed because it does not exist or the trusted entity is not correct",
    "failed to validate if slr",
    "was unable to assume the service-linked role",
    "nodegroup kubernetes version should be equal to cluster kubernetes version",
];

/// Classifies the error of a call, for example with `.map_err(sorted("EKS", "DescribeNodegroup"))`.
pub fn sorted<E>(service: &'static str, operation: &'static str) -> impl FnOnce(SdkError<E, HttpResponse>) -> ApiError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    move |error| sort(service, operation, &error)
}

/// Classifies the error of a call.
pub fn sort<E>(service: &'static str, operation: &'static str, error: &SdkError<E, HttpResponse>) -> ApiError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    match error {
        SdkError::ServiceError(_) | SdkError::ResponseError(_) => answered(service, operation, error),
        _ => unanswered(service, operation, error),
    }
}

/// Classifies an error response, or a response that does not conform to the protocol of the service.
fn answered<E>(service: &'static str, operation: &'static str, error: &SdkError<E, HttpResponse>) -> ApiError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let raw = error.raw_response();
    let status = raw.map(|raw| raw.status().as_u16());
    let body = raw.and_then(|raw| raw.body().bytes()).map(String::from_utf8_lossy).unwrap_or_default();
    // A truncated body cannot be parsed, but the headers arrived.
    let code = error.code().map(str::to_owned).or_else(|| raw.and_then(code_in_header)).filter(|code| is_code(code));
    let request_id = error.request_id().map(str::to_owned).or_else(|| request_id_in(&body));
    let mut message = match error.message() {
        Some(message) if !message.is_empty() && (code.is_some() || request_id.is_some()) => message.to_owned(),
        _ if code.is_some() => "the service did not return a reason".to_owned(),
        _ if request_id.is_some() => format!("the response was corrupted in transit: {}", causes(error.source())),
        _ => foreign(&body),
    };
    if let Some(zones) = valid_zones(&body) {
        message.push_str(&format!(" (supported zones: {zones})"));
    }
    let kind = match &code {
        Some(code) => kind_of(code, &message, status),
        // AWS responded, but the response was corrupted in transit.
        None if request_id.is_some() => match status {
            Some(429) => ErrorKind::Throttled,
            Some(500..) => ErrorKind::Server,
            _ => ErrorKind::Connection,
        },
        None => ErrorKind::ForeignResponse,
    };
    ApiError { kind, service, operation: operation.into(), code, message, request_id, status, causes: Vec::new() }
}

/// Returns the error code from the header of the AWS JSON protocols, such as
/// `ResourceNotFoundException:http://internal…`.
fn code_in_header(raw: &HttpResponse) -> Option<String> {
    let header = raw.headers().get("x-amzn-errortype")?;
    let code = header.split(':').next().unwrap_or_default();
    Some(code.rsplit('#').next().unwrap_or_default().trim().to_owned())
}

/// Whether a code has the form of an AWS error code. The JSON page of a gateway can also contain a `code`, such as
/// `404`.
fn is_code(code: &str) -> bool {
    code.starts_with(|first: char| first.is_ascii_alphabetic())
        && code.chars().all(|each| each.is_ascii_alphanumeric() || each == '.')
}

/// Classifies an error by its code, message, and HTTP status.
fn kind_of(code: &str, message: &str, status: Option<u16>) -> ErrorKind {
    let text = message.to_lowercase();
    let says = |texts: &[&str]| texts.iter().any(|part| text.contains(part));
    let by_code = match code {
        "ResourceInUseException" if says(TAKEN) => Some(ErrorKind::AlreadyExists),
        "ResourceInUseException" => Some(ErrorKind::InUse),
        "InvalidRequestException" if says(BUSY) => Some(ErrorKind::InUse),
        "InvalidParameterException" | "InvalidRequestException" if says(PROPAGATING) => {
            Some(ErrorKind::PropagationDelay)
        }
        _ => CODES.iter().find(|(_, codes)| codes.contains(&code)).map(|(kind, _)| *kind),
    };
    by_code.unwrap_or_else(|| match status {
        _ if is_missing(code) => ErrorKind::NotFound,
        _ if code.ends_with("LimitExceeded") => ErrorKind::Quota,
        _ if code.ends_with(".Duplicate") || code.ends_with("AlreadyExistsException") => ErrorKind::AlreadyExists,
        _ if text.contains("rate exceeded") => ErrorKind::Throttled,
        Some(401 | 403) => ErrorKind::Denied,
        Some(408) => ErrorKind::Timeout,
        Some(429) => ErrorKind::Throttled,
        Some(500..) => ErrorKind::Server,
        // A 404 with another code is about the request, such as an unsupported operation. It does not prove that the
        // object does not exist.
        _ => ErrorKind::Invalid,
    })
}

/// Whether this EC2 code identifies the missing object, such as `InvalidSubnetID.NotFound` or
/// `InvalidLaunchTemplateName.NotFoundException`. Gateways return only `NotFound`.
fn is_missing(code: &str) -> bool {
    code != "NotFound" && code.ends_with("NotFound") || code.ends_with(".NotFoundException")
}

/// Classifies an error without a response: no credentials, no connection, a timeout, or a request that could not be
/// built.
fn unanswered<E>(service: &'static str, operation: &'static str, error: &SdkError<E, HttpResponse>) -> ApiError
where
    E: Error + Send + Sync + 'static,
{
    let sources = || chain(error.source());
    if let Some(known) = sources().find_map(|source| source.downcast_ref::<ApiError>()) {
        // The credentials come from a call of this provider, whose error is already classified.
        let message = format!("no credentials: {known}");
        return ApiError { service, operation: operation.into(), message, ..known.clone() };
    }
    if let Some(found) = error.source().and_then(never_reached) {
        let kind = match found {
            _ if !found.is_given_up => ErrorKind::Connection,
            _ if found.may_be_sent => ErrorKind::Silent,
            _ => ErrorKind::Unreachable,
        };
        let region = found.region.as_deref().map(regions::described).unwrap_or_default();
        let message = format!("{found}{region}");
        return ApiError { service, ..ApiError::own(kind, operation, message) };
    }
    let credentials = sources().find_map(|source| source.downcast_ref::<CredentialsError>());
    let cause = causes(error.source());
    let (kind, message) = match (credentials, error) {
        (Some(failure), _) => credentials_failure(failure, &cause),
        (None, SdkError::TimeoutError(_)) => (ErrorKind::Timeout, format!("the request timed out: {cause}")),
        (None, SdkError::DispatchFailure(failure)) if failure.is_timeout() => {
            (ErrorKind::Timeout, format!("the request timed out: {cause}"))
        }
        (None, SdkError::DispatchFailure(failure)) if !failure.is_user() => {
            (ErrorKind::Connection, format!("the service could not be reached: {cause}"))
        }
        _ => (ErrorKind::Invalid, format!("the request could not be built: {cause}")),
    };
    ApiError { service, ..ApiError::own(kind, operation, message) }
}

/// Returns why there are no credentials, and whether they may become available.
fn credentials_failure(failure: &CredentialsError, cause: &str) -> (ErrorKind, String) {
    let lower = cause.to_lowercase();
    let expired = ["expired", "refresh token", "sign in", "sso login", "session has ended"];
    match failure {
        CredentialsError::ProviderTimedOut(_) => {
            (ErrorKind::Timeout, format!("loading credentials timed out: {cause}"))
        }
        CredentialsError::CredentialsNotLoaded(_) => (
            ErrorKind::Denied,
            format!(
                "no credentials found in the provider block, the environment, the shared files, the container, or the \
                 instance ({cause})"
            ),
        ),
        _ if expired.iter().any(|text| lower.contains(text)) => {
            (ErrorKind::Expired, format!("the credentials have expired: {cause}"))
        }
        _ => (ErrorKind::Denied, format!("no credentials: {cause}")),
    }
}

/// EKS lists the supported zones in `UnsupportedAvailabilityZoneException`.
fn valid_zones(body: &str) -> Option<String> {
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    let zones: Vec<_> = body.get("validZones")?.as_array()?.iter().filter_map(serde_json::Value::as_str).collect();
    if zones.is_empty() { None } else { Some(zones.join(", ")) }
}

/// Returns the request ID of an XML response: `RequestID` of EC2, `RequestId` of the query APIs.
fn request_id_in(body: &str) -> Option<String> {
    ["RequestID", "RequestId"].iter().find_map(|name| {
        let (_, rest) = body.split_once(&format!("<{name}>"))?;
        let (id, _) = rest.split_once("</")?;
        Some(id.trim().to_owned())
    })
}

#[cfg(test)]
#[path = "errors_tests.rs"]
mod tests;
