//! Endpoints that have never responded. An endpoint that is unreachable when a run starts rarely becomes reachable
//! within minutes, but an endpoint that has responded before may be unavailable for a short time.
//!
//! A firewall can block an endpoint in two ways: the connection is not accepted, or it is accepted and no response
//! arrives.

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction, RetryClassifierPriority};
use aws_smithy_types::retry::ErrorKind;
use tokio::time::Instant;

use super::causes::{causes, chain};

/// The limit for all attempts to reach an endpoint that has never responded, and for its first response.
const PATIENCE: Duration = Duration::from_secs(15);

/// The same limit for services that only checks use: without their responses, fewer problems are found, with no other
/// effect.
const ADVISORY_PATIENCE: Duration = Duration::from_secs(3);

/// The signing names of the services that only checks use.
const ADVISORY: [&str; 5] = ["ec2", "iam", "kms", "servicequotas", "ssm"];

/// After this many consecutive requests without a response, an endpoint that has responded before is treated as
/// unreachable, too.
const UNANSWERED: u32 = 3;

/// The pause between two attempts to reach it.
const PAUSE: Duration = Duration::from_secs(2);

/// How long later requests fail immediately with the error of the last attempt.
const SETTLED: Duration = Duration::from_secs(30);

/// The state of the endpoints, by scheme, host, and port.
#[derive(Debug, Default)]
pub(super) struct Reach(Mutex<HashMap<String, Endpoint>>);

#[derive(Debug)]
enum Endpoint {
    /// The endpoint has responded, possibly with an error. Contains the number of consecutive requests since then that
    /// timed out.
    Answers(u32),
    /// No connection has succeeded. Contains when and why the attempts ended.
    Silent(Instant, Option<GivenUp>),
}

#[derive(Debug)]
struct GivenUp {
    when: Instant,
    cause: String,
    /// How long the request waited. Several services can share a URL: a request that waits longer tries again.
    patience: Duration,
}

/// Error for an endpoint that has never been reached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{endpoint} {}{}: {cause}", if *.may_be_sent { "does not respond" } else { "cannot be reached" }, through(.proxy.as_deref()))]
pub(super) struct NeverReached {
    /// Scheme, host, and port.
    endpoint: String,
    /// The Region of the request, if it contains one.
    pub(super) region: Option<String>,
    proxy: Option<String>,
    cause: String,
    /// Whether the attempts lasted long enough.
    pub(super) is_given_up: bool,
    /// Whether the request may have arrived.
    pub(super) may_be_sent: bool,
}

fn through(proxy: Option<&str>) -> String {
    proxy.map(|proxy| format!(" through the proxy {proxy}")).unwrap_or_default()
}

/// The endpoint of a request and its transport.
#[derive(Debug, Clone)]
pub(super) struct Target {
    endpoint: String,
    region: Option<String>,
    proxy: Option<String>,
    patience: Duration,
}

impl Target {
    /// Returns the target of a request, or `None` if it has no host or is a link-local service of the machine.
    pub(super) fn of(request: &HttpRequest, uri: &http::Uri, proxy: Option<&str>) -> Option<Self> {
        let host = uri.host()?.trim_start_matches('[').trim_end_matches(']');
        let is_of_the_machine = host.starts_with("169.254.") || host.starts_with("fd00:ec2:");
        let scope = |place| request.headers().get("authorization").and_then(|header| in_scope(header, place));
        let (region, service) = (scope(REGION), scope(SERVICE));
        let is_advisory = service.is_some_and(|service| ADVISORY.contains(&service.as_str()));
        let patience = if is_advisory { ADVISORY_PATIENCE } else { PATIENCE };
        let endpoint = format!("{}://{}", uri.scheme_str().unwrap_or("https"), uri.authority()?);
        (!is_of_the_machine).then(|| Self { endpoint, region, proxy: proxy.map(str::to_owned), patience })
    }

    fn never_reached(&self, cause: String, is_given_up: bool) -> NeverReached {
        let Self { endpoint, region, proxy, .. } = self.clone();
        NeverReached { endpoint, region, proxy, cause, is_given_up, may_be_sent: false }
    }
}

const REGION: usize = 2;
const SERVICE: usize = 3;

/// Returns a part of the credential scope of a signature: `Credential=<key>/<date>/<region>/<service>/aws4_request`.
fn in_scope(authorization: &str, place: usize) -> Option<String> {
    let (_, scope) = authorization.split_once("Credential=")?;
    scope.split('/').nth(place).filter(|part| !part.is_empty()).map(str::to_owned)
}

impl Reach {
    fn all(&self) -> MutexGuard<'_, HashMap<String, Endpoint>> {
        // The lock cannot be poisoned: no code that panics runs while it is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records that the endpoint has responded.
    pub(super) fn answered(&self, target: &Target) {
        self.all().insert(target.endpoint.clone(), Endpoint::Answers(0));
    }

    /// Returns the limit for a response, or `None` if the endpoint has responded before: then the timeouts of the
    /// client apply.
    pub(super) fn patience(&self, target: &Target) -> Option<Duration> {
        let has_answered = matches!(self.all().get(&target.endpoint), Some(Endpoint::Answers(_)));
        (!has_answered).then_some(target.patience)
    }

    /// Returns the error of a request that got no response within the limit.
    pub(super) fn unanswered(&self, target: &Target, patience: Duration) -> ConnectorError {
        let cause = format!("no response within {} s", patience.as_secs());
        let now = Instant::now();
        let given_up = GivenUp { when: now, cause: cause.clone(), patience: target.patience };
        self.all().insert(target.endpoint.clone(), Endpoint::Silent(now, Some(given_up)));
        let found = NeverReached { may_be_sent: true, ..target.never_reached(cause, true) };
        ConnectorError::timeout(found.into())
    }

    /// Returns the error of a request that timed out at an endpoint that has responded before.
    fn timed_out(&self, target: &Target, error: ConnectorError) -> ConnectorError {
        let mut all = self.all();
        let Some(Endpoint::Answers(unanswered)) = all.get_mut(&target.endpoint) else { return error };
        *unanswered += 1;
        if *unanswered < UNANSWERED {
            return error;
        }
        drop(all);
        tracing::warn!(endpoint = target.endpoint, "{UNANSWERED} consecutive requests received no response");
        let cause = format!("{UNANSWERED} consecutive requests received no response: {}", causes(error.source()));
        let now = Instant::now();
        let given_up = GivenUp { when: now, cause: cause.clone(), patience: PATIENCE };
        self.all().insert(target.endpoint.clone(), Endpoint::Silent(now, Some(given_up)));
        let found = NeverReached { may_be_sent: true, ..target.never_reached(cause, true) };
        ConnectorError::timeout(found.into())
    }

    /// Returns the reason if the endpoint was recently found to be unreachable.
    pub(super) fn is_given_up(&self, target: &Target) -> Option<ConnectorError> {
        match self.all().get(&target.endpoint)? {
            Endpoint::Silent(_, Some(GivenUp { when, cause, patience }))
                if when.elapsed() < SETTLED && *patience >= target.patience =>
            {
                Some(ConnectorError::io(target.never_reached(cause.clone(), true).into()))
            }
            _ => None,
        }
    }

    /// Returns the error of a request, with the state of the endpoint if it has never been reached.
    pub(super) fn failed(&self, target: &Target, error: ConnectorError) -> ConnectorError {
        if error.is_timeout() && !is_about_connecting(&error) {
            return self.timed_out(target, error);
        }
        if error.is_user() || !is_about_connecting(&error) {
            return error;
        }
        let cause = causes(error.source());
        let now = Instant::now();
        let mut all = self.all();
        let known = all.entry(target.endpoint.clone()).or_insert(Endpoint::Silent(now, None));
        let Endpoint::Silent(since, given_up) = known else { return error };
        let is_given_up = now.duration_since(*since) >= target.patience;
        if is_given_up {
            *given_up = Some(GivenUp { when: now, cause: cause.clone(), patience: target.patience });
        }
        let found = target.never_reached(cause, is_given_up).into();
        if error.is_timeout() { ConnectorError::timeout(found) } else { ConnectorError::io(found) }
    }
}

/// Whether the request was not sent because the connection failed: unknown host, connection refused, no route, or an
/// untrusted certificate.
fn is_about_connecting(error: &ConnectorError) -> bool {
    chain(Some(error))
        .any(|cause| cause.downcast_ref::<hyper_util::client::legacy::Error>().is_some_and(|error| error.is_connect()))
}

/// Returns the endpoint error among the causes of an error.
pub(super) fn never_reached<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e NeverReached> {
    chain(Some(error)).find_map(|cause| cause.downcast_ref())
}

/// Ends the attempts at an endpoint that has never responded after the time limit, regardless of the configured number
/// of attempts.
#[derive(Debug, Clone, Copy)]
pub(super) struct GiveUp;

impl ClassifyRetry for GiveUp {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let failure = context.output_or_error().and_then(|answer| answer.err()?.as_connector_error());
        match failure.and_then(|failure| never_reached(failure)) {
            None => RetryAction::NoActionIndicated,
            Some(found) if found.is_given_up => RetryAction::RetryForbidden,
            Some(_) => RetryAction::retryable_error_with_explicit_delay(ErrorKind::TransientError, PAUSE),
        }
    }

    /// Runs last, so that no other classifier overrides the pause.
    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }

    fn name(&self) -> &'static str {
        "an endpoint that has never responded"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target() -> Target {
        let endpoint = "https://eks.test".to_owned();
        Target { endpoint, region: Some("eu-wset-1".to_owned()), proxy: None, patience: PATIENCE }
    }

    /// Returns the error of a connection to a closed port.
    async fn refused() -> ConnectorError {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new()).build_http();
        let request = http::Request::get(format!("http://127.0.0.1:{port}/"))
            .body(aws_smithy_types::body::SdkBody::empty())
            .expect("a request");
        ConnectorError::io(client.request(request).await.expect_err("nobody is there").into())
    }

    fn is_given_up(error: &ConnectorError) -> Option<bool> {
        never_reached(error).map(|found| found.is_given_up)
    }

    #[tokio::test(start_paused = true)]
    async fn services_of_one_endpoint_wait_as_long_as_they_need() {
        let (reach, main) = (Reach::default(), target());
        let advisory = Target { patience: ADVISORY_PATIENCE, ..target() };
        reach.unanswered(&advisory, ADVISORY_PATIENCE);
        assert!(reach.is_given_up(&advisory).is_some() && reach.is_given_up(&main).is_none());
        assert_eq!(reach.patience(&main), Some(PATIENCE));
        reach.unanswered(&main, PATIENCE);
        assert!(reach.is_given_up(&advisory).is_some() && reach.is_given_up(&main).is_some());
    }

    #[tokio::test]
    async fn unreachable_endpoint_fails_fast_after_timeout_then_recovers() {
        let errors = [refused().await, refused().await, refused().await];
        tokio::time::pause();
        let (reach, target) = (Reach::default(), target());
        let [first, second, third] = errors;
        assert!(reach.is_given_up(&target).is_none());
        let first = reach.failed(&target, first);
        assert_eq!(is_given_up(&first), Some(false));
        tokio::time::advance(PATIENCE).await;
        let second = reach.failed(&target, second);
        assert_eq!(is_given_up(&second), Some(true));
        assert_eq!(reach.is_given_up(&target).as_ref().and_then(is_given_up), Some(true));
        let text = never_reached(&second).expect("what is known").to_string();
        assert!(text.starts_with("https://eks.test cannot be reached: ") && text.contains("refused"), "{text}");
        tokio::time::advance(SETTLED).await;
        assert!(reach.is_given_up(&target).is_none());
        reach.answered(&target);
        let third = reach.failed(&target, third);
        assert_eq!(is_given_up(&third), None);
    }

    #[test]
    fn connection_reset_does_not_mark_endpoint_unreachable() {
        let lost = ConnectorError::io(std::io::Error::from(std::io::ErrorKind::ConnectionReset).into());
        assert_eq!(is_given_up(&Reach::default().failed(&target(), lost)), None);
    }

    #[tokio::test(start_paused = true)]
    async fn first_timeout_marks_new_endpoint_unreachable() {
        let (reach, target) = (Reach::default(), target());
        assert_eq!(reach.patience(&target), Some(PATIENCE));
        let error = reach.unanswered(&target, PATIENCE);
        let found = never_reached(&error).expect("what is known");
        assert_eq!((found.is_given_up, found.may_be_sent), (true, true));
        assert_eq!(found.to_string(), "https://eks.test does not respond: no response within 15 s");
        assert_eq!(reach.is_given_up(&target).as_ref().and_then(is_given_up), Some(true));
        reach.answered(&target);
        assert_eq!(reach.patience(&target), None);
    }

    #[tokio::test(start_paused = true)]
    async fn three_timeouts_mark_responding_endpoint_unreachable() {
        let (reach, target) = (Reach::default(), target());
        let timeout = || ConnectorError::timeout("no response".into());
        reach.answered(&target);
        for _ in 1..UNANSWERED {
            assert_eq!(is_given_up(&reach.failed(&target, timeout())), None);
        }
        reach.answered(&target);
        for _ in 1..UNANSWERED {
            assert_eq!(is_given_up(&reach.failed(&target, timeout())), None, "a response resets the count");
        }
        assert_eq!(is_given_up(&reach.failed(&target, timeout())), Some(true));
    }

    #[test]
    fn services_of_checks_get_little_time() {
        for (service, patience) in [("eks", PATIENCE), ("iam", ADVISORY_PATIENCE), ("sts", PATIENCE)] {
            let header = format!("AWS4-HMAC-SHA256 Credential=AKIA/20260101/eu-west-1/{service}/aws4_request");
            let mut request = HttpRequest::empty();
            request.headers_mut().insert("authorization", header);
            let uri = "https://service.test/".parse().expect("a URI");
            assert_eq!(Target::of(&request, &uri, None).expect("a target").patience, patience, "{service}");
        }
    }

    #[test]
    fn proxy_is_named() {
        let proxied = Target { proxy: Some("http://proxy:3128".to_owned()), ..target() };
        let text = proxied.never_reached("no route".to_owned(), true).to_string();
        assert_eq!(text, "https://eks.test cannot be reached through the proxy http://proxy:3128: no route");
    }

    #[test]
    fn region_is_read_from_signature_scope() {
        let header = "AWS4-HMAC-SHA256 Credential=AKIA/20260101/eu-wset-1/eks/aws4_request, SignedHeaders=host";
        assert_eq!(in_scope(header, REGION).as_deref(), Some("eu-wset-1"));
        assert_eq!(in_scope(header, SERVICE).as_deref(), Some("eks"));
        assert_eq!(in_scope("Bearer x", REGION), None);
    }
}
