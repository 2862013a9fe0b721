//! Sends one request, and retries it if that is safe.

use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use kube::Client;
use kube::client::Body;
use serde_json::Value;

use super::FIELD_MANAGER;
use super::errors::{DISRUPTION_BUDGET, foreign_response, refused, unanswered};
use crate::errors::{ApiError, ErrorKind, KUBERNETES};
use framework::secrets::Secret;

/// Maximum number of attempts per request.
const ATTEMPTS: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// If an API server requires a longer pause, the caller that waits for the object retries.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// A request.
#[derive(Debug, Clone)]
pub(super) struct Call {
    /// The operation in errors, such as `GET ConfigMap`.
    pub(super) operation: &'static str,
    pub(super) method: Method,
    /// The path and query.
    pub(super) path: String,
    pub(super) content_type: &'static str,
    pub(super) body: Option<Value>,
}

/// The content of a successful response.
pub(super) trait Answer: Sized {
    /// Returns the content, or `None` if the response does not come from an API server.
    fn decode(body: &[u8]) -> Option<Self>;
}

/// An object, a list, or a document.
impl Answer for Value {
    fn decode(body: &[u8]) -> Option<Self> {
        // Content without an `apiVersion` is not an object, list, or `Status`, so missing parts mean nothing. The
        // OpenAPI document is the only response without an `apiVersion`.
        let is_whole = |answer: &Self| answer["apiVersion"].is_string() || answer["openapi"].is_string();
        serde_json::from_slice(body).ok().filter(is_whole)
    }
}

/// Sends a call, with a token unless the client has other credentials.
///
/// # Errors
/// Returns the last error, classified.
pub(super) async fn send<A: Answer>(client: &Client, call: &Call, token: Option<&Secret>) -> Result<A, ApiError> {
    let mut pause = FIRST_PAUSE;
    for attempt in 1.. {
        let failure = match once(client, call, token).await {
            Ok(value) => return Ok(value),
            Err(failure) => failure,
        };
        if attempt == ATTEMPTS || !failure.may_be_repeated {
            return Err(failure.error);
        }
        let wait = failure.retry_after.unwrap_or(pause).min(LONGEST_PAUSE);
        tracing::debug!(attempt, error = %failure.error, "retrying the API server request");
        tokio::time::sleep(wait.mul_f64(0.75 + fastrand::f64() / 4.0)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    Err(ApiError::own(ErrorKind::Other, call.operation, "no request was sent"))
}

struct Failure {
    error: ApiError,
    may_be_repeated: bool,
    retry_after: Option<Duration>,
}

impl Failure {
    fn last(error: ApiError) -> Self {
        Self { error, may_be_repeated: false, retry_after: None }
    }
}

async fn once<A: Answer>(client: &Client, call: &Call, token: Option<&Secret>) -> Result<A, Failure> {
    let request = request(call, token).map_err(Failure::last)?;
    let reads = call.method == Method::GET;
    let lost = |error: &kube::Error| {
        let lost = unanswered(call.operation, error);
        // If a firewall drops the packets to a host, a retry does not get a response either.
        let silent = lost.before_it_was_sent && lost.error.kind == ErrorKind::Timeout;
        let may_be_repeated = (reads || lost.before_it_was_sent) && lost.error.is_transient() && !silent;
        Failure { error: lost.error, may_be_repeated, retry_after: None }
    };
    let answer = client.send(request).await.map_err(|error| lost(&error))?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    tracing::debug!(status = status.as_u16(), "Kubernetes {} responded", call.operation);
    let body = answer.into_body().collect_bytes().await.map_err(|error| lost(&error))?;
    if !status.is_success() {
        let error = refused(call.operation, status, &headers, &body);
        // A request that was rejected by rate limiting was not processed. A budget allows an eviction only after other
        // pods have started, so that the caller decides when to retry.
        let is_limited = status == StatusCode::TOO_MANY_REQUESTS && error.code.as_deref() != Some(DISRUPTION_BUDGET);
        let may_be_repeated = is_limited || reads && error.is_transient();
        return Err(Failure { error, may_be_repeated, retry_after: retry_after(&headers) });
    }
    A::decode(&body).ok_or_else(|| Failure::last(foreign_response(call.operation, status, &body)))
}

fn request(call: &Call, token: Option<&Secret>) -> Result<Request<Body>, ApiError> {
    let mut request = Request::builder().method(call.method.clone()).uri(&call.path).header(USER_AGENT, FIELD_MANAGER);
    if let Some(token) = token {
        let value = HeaderValue::from_str(&format!("Bearer {}", token.expose()));
        let mut value = value.map_err(|error| unreadable(call.operation, &error.to_string()))?;
        value.set_sensitive(true);
        request = request.header(AUTHORIZATION, value);
    }
    let body = match &call.body {
        Some(body) => {
            request = request.header(CONTENT_TYPE, call.content_type);
            Body::from(body.to_string().into_bytes())
        }
        None => Body::empty(),
    };
    request.body(body).map_err(|error| unreadable(call.operation, &error.to_string()))
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok().map(Duration::from_secs)
}

pub(super) fn unreadable(operation: &'static str, message: &str) -> ApiError {
    ApiError { service: KUBERNETES, ..ApiError::own(ErrorKind::Other, operation, message) }
}
