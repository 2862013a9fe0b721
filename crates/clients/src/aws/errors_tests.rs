use aws_sdk_eks::operation::describe_nodegroup::DescribeNodegroupError;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::ErrorMetadata;
use rstest::rstest;

use super::*;

fn answer(status: u16, body: &'static str) -> HttpResponse {
    let mut response = HttpResponse::new(StatusCode::try_from(status).expect("a status"), SdkBody::from(body));
    response.headers_mut().insert("x-amzn-requestid", "id-1");
    response
}

fn service_error(code: &str, message: &str, raw: HttpResponse) -> SdkError<DescribeNodegroupError, HttpResponse> {
    let meta = ErrorMetadata::builder().code(code).message(message).build();
    SdkError::service_error(DescribeNodegroupError::generic(meta), raw)
}

#[rstest]
#[case("ResourceNotFoundException", "No node group found for name: b.", 404, ErrorKind::NotFound)]
#[case("NotFoundException", "", 404, ErrorKind::NotFound)]
#[case("InvalidSubnetID.NotFound", "", 400, ErrorKind::NotFound)]
#[case("InvalidLaunchTemplateName.NotFoundException", "", 400, ErrorKind::NotFound)]
#[case("ParameterNotFound", "", 400, ErrorKind::NotFound)]
#[case(
    "ResourceInUseException",
    "NodeGroup already exists with name b and cluster name a",
    409,
    ErrorKind::AlreadyExists
)]
#[case(
    "ResourceInUseException",
    "The specified access entry resource is already in use on this cluster.",
    409,
    ErrorKind::AlreadyExists
)]
#[case("ResourceInUseException", "Nodegroup b currently has update 1-2 in progress", 409, ErrorKind::InUse)]
#[case("ResourceInUseException", "Cluster a currently has Fargate profile c in status CREATING", 409, ErrorKind::InUse)]
#[case("InvalidRequestException", "Cluster 'a' is not in ACTIVE status", 400, ErrorKind::InUse)]
#[case("InvalidRequestException", "Nothing to update", 400, ErrorKind::Invalid)]
#[case(
    "InvalidParameterException",
    "Misconfigured PodExecutionRole Trust Policy; Please add the eks-fargate-pods.amazonaws.com Service Principal",
    400,
    ErrorKind::PropagationDelay
)]
#[case(
    "InvalidParameterException",
    "Following required service principals [ec2.amazonaws.com] were not found in the trust relationships of nodeRole arn:aws:iam::1:role/r",
    400,
    ErrorKind::PropagationDelay
)]
#[case(
    "InvalidParameterException",
    "The specified principalArn is invalid: invalid principal.",
    400,
    ErrorKind::PropagationDelay
)]
#[case("InvalidParameterException", "x is not a valid instance type for requested amiType", 400, ErrorKind::Invalid)]
#[case("ResourcePropagationDelayException", "", 428, ErrorKind::PropagationDelay)]
#[case("ResourceLimitExceededException", "", 400, ErrorKind::Quota)]
#[case("VcpuLimitExceeded", "", 400, ErrorKind::Quota)]
#[case("RequestLimitExceeded", "", 503, ErrorKind::Throttled)]
#[case("ThrottlingException", "Rate exceeded", 429, ErrorKind::Throttled)]
#[case("ClientException", "Rate exceeded for DescribeSubnets", 400, ErrorKind::Throttled)]
#[case("AccessDeniedException", "", 403, ErrorKind::Denied)]
#[case("UnauthorizedOperation", "", 403, ErrorKind::Denied)]
#[case("ExpiredTokenException", "", 403, ErrorKind::Expired)]
#[case("RequestExpired", "", 400, ErrorKind::Expired)]
#[case("ServerException", "", 500, ErrorKind::Server)]
#[case("ServiceUnavailableException", "", 503, ErrorKind::Server)]
#[case("SomethingNew", "", 400, ErrorKind::Invalid)]
#[case("SomethingNew", "", 502, ErrorKind::Server)]
fn answer_is_sorted(#[case] code: &str, #[case] message: &str, #[case] status: u16, #[case] kind: ErrorKind) {
    let error = sort("EKS", "DescribeNodegroup", &service_error(code, message, answer(status, "{}")));
    assert_eq!(error.kind, kind, "{error}");
    assert_eq!((error.code.as_deref(), error.status), (Some(code), Some(status)));
    assert_eq!(error.request_id.as_deref(), Some("id-1"));
}

#[test]
fn zones_that_would_do_are_shown() {
    let raw = answer(400, r#"{"message":"not here","validZones":["us-east-1a","us-east-1b"]}"#);
    let error =
        sort("EKS", "CreateFargateProfile", &service_error("UnsupportedAvailabilityZoneException", "not here", raw));
    assert_eq!(error.message, "not here (supported zones: us-east-1a, us-east-1b)");
}

#[test]
fn request_id_of_an_xml_answer_is_found() {
    let body = "<Response><Errors/><RequestID>id-2</RequestID></Response>";
    let raw = HttpResponse::new(StatusCode::try_from(400).expect("a status"), SdkBody::from(body));
    let error = sort("EC2", "DescribeSubnets", &service_error("X", "y", raw));
    assert_eq!(error.request_id.as_deref(), Some("id-2"));
}

#[rstest]
#[case("NotFound", 404)]
#[case("UnknownOperationException", 404)]
fn not_found_status_needs_the_code_of_the_service(#[case] code: &str, #[case] status: u16) {
    let error = sort("EKS", "DescribeNodegroup", &service_error(code, "", answer(status, "{}")));
    assert_eq!(error.kind, ErrorKind::Invalid, "{error}");
}

/// A response of a proxy, without AWS headers.
fn page(status: u16, body: &'static str) -> HttpResponse {
    HttpResponse::new(StatusCode::try_from(status).expect("a status"), SdkBody::from(body))
}

fn without_code(raw: HttpResponse) -> SdkError<DescribeNodegroupError, HttpResponse> {
    SdkError::service_error(DescribeNodegroupError::generic(ErrorMetadata::builder().build()), raw)
}

#[rstest]
#[case(200, false)]
#[case(301, false)]
#[case(400, false)]
#[case(401, false)]
#[case(403, false)]
#[case(404, false)]
#[case(407, false)]
#[case(408, true)]
#[case(429, true)]
#[case(500, true)]
#[case(502, true)]
#[case(503, true)]
#[case(504, true)]
fn page_of_a_proxy_is_a_foreign_response(#[case] status: u16, #[case] transient: bool) {
    for body in ["<html><h1>Squid says no</h1></html>", "{\"message\": \"Squid says no\"", "Squid says no"] {
        for error in [without_code(page(status, body)), SdkError::response_error("unreadable", page(status, body))] {
            let error = sort("EKS", "DescribeNodegroup", &error);
            assert_eq!((error.kind, error.status), (ErrorKind::ForeignResponse, Some(status)), "{error}");
            assert_eq!(error.is_transient(), transient, "{error}");
            assert!(error.message.contains("Squid says no") && error.message.contains("proxy"), "{error}");
            assert!(!error.is_not_found() && !error.is_credentials_error(), "{error}");
        }
    }
    let numbered = sort("EKS", "DescribeNodegroup", &service_error("404", "no route", page(status, "{}")));
    assert_eq!((numbered.kind, numbered.code), (ErrorKind::ForeignResponse, None));
    let empty = sort("EKS", "DescribeNodegroup", &without_code(page(status, "")));
    assert!(empty.kind == ErrorKind::ForeignResponse && empty.message.contains("empty"), "{empty}");
}

#[test]
fn damaged_response_of_aws_is_a_lost_one() {
    let error = sort("EKS", "DescribeNodegroup", &without_code(answer(404, "{\"mess")));
    assert_eq!((error.kind, error.request_id.as_deref()), (ErrorKind::Connection, Some("id-1")), "{error}");
    let mut raw = answer(404, "{\"mess");
    raw.headers_mut().insert("x-amzn-errortype", "ResourceNotFoundException:http://internal.amazon.com/");
    assert!(sort("EKS", "DescribeNodegroup", &without_code(raw)).is_not_found(), "the code has arrived");
}

fn dispatched(failure: ConnectorError) -> ApiError {
    let error: SdkError<DescribeNodegroupError, HttpResponse> = SdkError::dispatch_failure(failure);
    sort("EKS", "DescribeNodegroup", &error)
}

#[test]
fn unreachable_service_shows_the_root_cause() {
    let refused = std::io::Error::new(std::io::ErrorKind::ConnectionRefused, "connection refused");
    let error = dispatched(ConnectorError::io(Box::new(refused)));
    assert_eq!(error.kind, ErrorKind::Connection);
    assert_eq!(error.to_string(), "EKS DescribeNodegroup: the service could not be reached: connection refused");
    assert_eq!(dispatched(ConnectorError::timeout("slow".into())).kind, ErrorKind::Timeout);
}

#[test]
fn missing_credentials_are_told_from_expired_ones() {
    let missing = CredentialsError::not_loaded("nothing configured");
    let error = dispatched(ConnectorError::other(missing.into(), None));
    assert_eq!(error.kind, ErrorKind::Denied);
    assert!(error.message.starts_with("no credentials found"), "{error}");

    let expired = CredentialsError::provider_error("the SSO session has expired");
    assert_eq!(dispatched(ConnectorError::other(expired.into(), None)).kind, ErrorKind::Expired);
}

#[test]
fn failed_assume_role_keeps_its_kind_and_request_id() {
    let denied = ApiError {
        kind: ErrorKind::Denied,
        service: "STS",
        operation: "AssumeRole".into(),
        code: Some("AccessDenied".to_owned()),
        message: "not authorized to perform sts:AssumeRole".to_owned(),
        request_id: Some("id-3".to_owned()),
        status: Some(403),
        causes: Vec::new(),
    };
    let error = dispatched(ConnectorError::other(CredentialsError::provider_error(denied).into(), None));
    assert_eq!((error.kind, error.request_id.as_deref()), (ErrorKind::Denied, Some("id-3")));
    assert!(error.message.contains("STS AssumeRole: AccessDenied: not authorized"), "{error}");
}
