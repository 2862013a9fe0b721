//! For tests: the result of `terraform destroy` if reads fail. Makes the same calls as Terraform core: read, an
//! ordinary plan, a destroy plan, and the deletion.

use std::sync::Mutex;

use async_trait::async_trait;

use super::aws::Aws;
use super::aws::testing::{unreachable, without_region};
use super::context::Clients;
use super::errors::{ApiError, CLUSTER_DELETING, ErrorKind, KUBERNETES, NO_ENDPOINT};
use framework::diagnostics::{Diagnostics, Severity};
use framework::model::{Attr, Model};
use framework::private::Private;
use framework::provider::{Provider, Registry};
use framework::resource::Resource;
use framework::server::{ApplyRequest, PlanRequest, ReadRequest, Server};
use framework::tags::TagPolicy;
use framework::value::Value;
use preflight::settings::{Mode, Settings};

const NAME: &str = "ekscompute_victim";

/// A provider block without arguments.
#[derive(Debug, Clone, PartialEq, Default, Model)]
struct NoArguments {
    /// The test does not read it.
    #[attribute(optional)]
    unused: Attr<String>,
}

struct OneResource(Mutex<Option<Registry<Clients>>>);

#[async_trait]
impl Provider for OneResource {
    type Model = NoArguments;
    type Clients = Clients;

    async fn configure(
        &self,
        _config: NoArguments,
        _terraform_version: &str,
        _diagnostics: &mut Diagnostics,
    ) -> Result<Option<Clients>, Diagnostics> {
        Ok(None)
    }

    fn registry(&self) -> Registry<Clients> {
        self.0.lock().expect("the registry").take().unwrap_or_default()
    }
}

/// The expected result of a destroy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Without an error.
    Destroyed,
    /// An error with these words: the cause, and the manual fix.
    Named(&'static [&'static str]),
}

/// Creates clients of a process that reaches only test doubles.
pub async fn clients() -> Clients {
    of(unreachable().await)
}

/// Creates the same clients without a Region in the provider configuration.
pub async fn clients_without_region() -> Clients {
    of(without_region().await)
}

fn of(aws: Aws) -> Clients {
    let off = Settings { mode: Mode::Off, ..Settings::default() };
    Clients::new(aws, TagPolicy::default()).with_preflight(off)
}

/// Returns the faults of calls that a destroy does not need, each with its name and operation.
pub fn helper_faults(helpers: &[(&'static str, &'static str)]) -> Vec<(String, &'static str, ApiError)> {
    let of_one = |(service, operation): &(&'static str, &'static str)| {
        let gone = ("not found", not_found(service, operation));
        let faults = aws_faults(service, operation).into_iter().chain([gone]);
        faults.map(|(fault, error)| (format!("{operation}: {fault}"), *operation, error)).collect::<Vec<_>>()
    };
    helpers.iter().flat_map(of_one).collect()
}

/// Returns the errors and warnings of a destroy. The state is removed unless there is an error.
pub async fn destroy<R: Resource<Clients = Clients>>(
    resource: R,
    clients: &Clients,
    config: &R::Model,
    state: &R::Model,
) -> Diagnostics {
    let registry = Registry::new().resource(NAME, resource);
    let server = Server::configured(OneResource(Mutex::new(Some(registry))), clients.clone());
    let private = Private::default().to_bytes();
    let read = server
        .read_resource(ReadRequest {
            type_name: NAME.to_owned(),
            state: state.to_value(),
            private: private.clone(),
            identity: None,
            deferral_allowed: false,
        })
        .await;
    let mut seen = read.diagnostics;
    if seen.has_error() || read.state.is_null() {
        return seen;
    }
    let plan = |config: Value, proposed: Value| {
        server.plan_resource_change(PlanRequest {
            type_name: NAME.to_owned(),
            prior: read.state.clone(),
            proposed,
            config,
            private: private.clone(),
            planned_private: Vec::new(),
            identity: None,
            deferral_allowed: false,
        })
    };
    seen.extend(plan(config.to_value(), read.state.clone()).await.diagnostics);
    if seen.has_error() {
        return seen;
    }
    let planned = plan(Value::Null, Value::Null).await;
    seen.extend(planned.diagnostics);
    if seen.has_error() {
        return seen;
    }
    let applied = server
        .apply_resource_change(ApplyRequest {
            type_name: NAME.to_owned(),
            prior: read.state.clone(),
            planned: Value::Null,
            config: Value::Null,
            planned_private: planned.private,
            planned_identity: None,
        })
        .await;
    seen.extend(applied.diagnostics);
    assert_eq!(
        applied.state.is_null(),
        !seen.has_error(),
        "the state must be removed exactly if the destroy reports no errors: {seen:?}"
    );
    seen
}

/// The results of many destroys of one resource.
#[derive(Debug, Default)]
pub struct Matrix {
    destroyed: usize,
    named: usize,
    wrong: Vec<String>,
}

impl Matrix {
    /// Compares one result with the expected one.
    pub fn note(&mut self, case: &str, seen: &Diagnostics, end: End) {
        let errors: Vec<_> = seen.iter().filter(|each| each.severity == Severity::Error).collect();
        let text: String = errors.iter().map(|each| format!("{}\n{}\n", each.summary, each.detail)).collect();
        let is_right = match end {
            End::Destroyed => errors.is_empty(),
            End::Named(words) => !errors.is_empty() && words.iter().all(|each| text.contains(each)),
        };
        match end {
            _ if !is_right => self.wrong.push(format!("{case}: expected {end:?}, got {seen:?}")),
            End::Destroyed => self.destroyed += 1,
            End::Named(_) => self.named += 1,
        }
    }

    /// Prints the counts, and fails if any result was not as expected.
    pub fn finish(self, name: &str) {
        let Self { destroyed, named, wrong } = self;
        let cases = destroyed + named + wrong.len();
        eprintln!("destroy matrix of {name}: {cases} cases, {destroyed} destroyed, {named} with a manual fix");
        assert!(wrong.is_empty(), "{} unexpected results:\n{}", wrong.len(), wrong.join("\n"));
    }
}

/// Returns all faults of an AWS call that do not prove that the object was deleted.
#[must_use]
pub fn aws_faults(service: &'static str, operation: &'static str) -> Vec<(&'static str, ApiError)> {
    let of = |kind, code: Option<&str>, status, message: &str| ApiError {
        service,
        code: code.map(str::to_owned),
        status,
        ..ApiError::own(kind, operation, message)
    };
    let page = "a proxy answered: <html>";
    vec![
        ("denied", of(ErrorKind::Denied, Some("AccessDeniedException"), Some(403), "not authorized to perform this")),
        ("page with status 404", of(ErrorKind::ForeignResponse, None, Some(404), page)),
        ("page with status 503", of(ErrorKind::ForeignResponse, None, Some(503), page)),
        ("server error", of(ErrorKind::Server, Some("ServerException"), Some(500), "oops")),
        ("throttled", of(ErrorKind::Throttled, Some("ThrottlingException"), Some(429), "rate exceeded")),
        ("timeout", of(ErrorKind::Timeout, None, None, "no answer in time")),
        ("silent", of(ErrorKind::Silent, None, None, "no response within 15 s")),
        ("unreachable", of(ErrorKind::Unreachable, None, None, "connection refused")),
    ]
}

/// Returns the AWS response for a deleted object.
#[must_use]
pub fn not_found(service: &'static str, operation: &'static str) -> ApiError {
    let code = Some("ResourceNotFoundException".to_owned());
    ApiError { service, code, status: Some(404), ..ApiError::own(ErrorKind::NotFound, operation, "not found") }
}

/// Returns all faults of a cluster API that do not prove that the object was deleted.
#[must_use]
pub fn kubernetes_faults() -> Vec<(&'static str, ApiError)> {
    let of = |kind, code: Option<&str>, status| ApiError {
        service: KUBERNETES,
        code: code.map(str::to_owned),
        status,
        ..ApiError::own(kind, "GET", "as it happens")
    };
    vec![
        ("no connection", of(ErrorKind::Connection, None, None)),
        ("timeout", of(ErrorKind::Timeout, None, None)),
        ("server error", of(ErrorKind::Server, Some("InternalError"), Some(500))),
        ("page with status 404", of(ErrorKind::ForeignResponse, None, Some(404))),
        ("page with status 503", of(ErrorKind::ForeignResponse, None, Some(503))),
        ("forbidden", of(ErrorKind::Denied, Some("Forbidden"), Some(403))),
        ("unauthorized", of(ErrorKind::Denied, Some("Unauthorized"), Some(401))),
        ("throttled", of(ErrorKind::Throttled, Some("TooManyRequests"), Some(429))),
    ]
}

/// Returns the EKS responses for a cluster, and how a destroy of one of its Kubernetes objects must end.
#[must_use]
pub fn cluster_faults() -> Vec<(&'static str, ApiError, End)> {
    let of = |kind, code: &str| ApiError {
        service: "EKS",
        code: Some(code.to_owned()),
        ..ApiError::own(kind, "DescribeCluster", "of the cluster")
    };
    vec![
        ("cluster gone", not_found("EKS", "DescribeCluster"), End::Destroyed),
        ("cluster being deleted", of(ErrorKind::Other, CLUSTER_DELETING), End::Destroyed),
        ("cluster without an endpoint", of(ErrorKind::Other, NO_ENDPOINT), End::Named(&["terraform state rm"])),
        ("eks denies", of(ErrorKind::Denied, "AccessDeniedException"), End::Named(&["lack this permission"])),
    ]
}
