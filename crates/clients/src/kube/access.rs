//! Kubernetes clients of this process, one per cluster. Each is created on first use, and its token is renewed in time.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_sdk_eks::types::ClusterStatus;
use http::Method;
use kube::Client;
use serde_json::{Value, json};

use super::FIELD_MANAGER;
use super::connect::{Target, client};
use super::definitions::{CUSTOM_RESOURCE_DEFINITION, Definition};
use super::objects::{Apply, Delete, Kind, KubernetesApi, Object, Patch, resource_version};
use super::request::{Answer, Call, send};
use super::settings::Settings;
use super::workloads::{self, Lists};
use crate::aws::Aws;
use crate::aws::clusters::{ClusterAddress, ClusterToken};
use crate::cache::Cache;
use crate::errors::{
    ApiError, CERTIFICATE, CLUSTER_DELETING, ErrorKind, KUBERNETES, NEVER_ANSWERED, NOT_ACCEPTED, UNAUTHORIZED,
};
use preflight::facts::Workloads;

/// A token with less remaining lifetime is not used for another request.
const SPARE: Duration = Duration::from_secs(60);

/// How long after its creation a cluster may not recognize its creator yet, and how long requests are then retried.
const YOUNG: Duration = Duration::from_secs(5 * 60);
const INTRODUCTION: Duration = Duration::from_secs(10);

pub(super) const JSON: &str = "application/json";

/// The clients of all clusters. Clones share everything.
#[derive(Clone)]
pub struct Kubernetes(Arc<Shared>);

struct Shared {
    aws: Aws,
    settings: Settings,
    connections: Cache<(String, String), Arc<Connection>>,
    /// Definitions by Region, cluster, and kind.
    definitions: Cache<(String, String, Kind), Option<Arc<Definition>>>,
    /// The clusters whose API servers have responded in this run, by Region and name.
    answered: Mutex<HashSet<(String, String)>>,
}

/// A client for one cluster.
struct Connection {
    client: Client,
    /// The address from EKS, or `None` if the settings contain both the server and the credentials.
    address: Option<ClusterAddress>,
    region: String,
    token: Mutex<Option<ClusterToken>>,
}

impl fmt::Debug for Kubernetes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Kubernetes").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}

impl Kubernetes {
    /// Creates the clients. Nothing is read and no connection is opened before the first request.
    #[must_use]
    pub fn new(aws: Aws, settings: Settings) -> Self {
        let (connections, definitions) = (Cache::default(), Cache::default());
        Self(Arc::new(Shared { aws, settings, connections, definitions, answered: Mutex::default() }))
    }

    /// Returns a cluster of the Region, or of the provider Region if it is `None`.
    #[must_use]
    pub fn cluster(&self, region: Option<&str>, name: &str) -> Arc<dyn KubernetesApi> {
        Arc::new(self.named(region, name))
    }

    pub(super) fn named(&self, region: Option<&str>, name: &str) -> Cluster {
        let region = region.unwrap_or(self.0.aws.region()).to_owned();
        Cluster { kubernetes: self.clone(), region, name: name.to_owned() }
    }

    async fn connection(&self, region: &str, name: &str) -> Result<Arc<Connection>, ApiError> {
        let key = (region.to_owned(), name.to_owned());
        let (this, (region, name)) = (self.clone(), key.clone());
        self.0.connections.get(key, || async move { this.connect(region, name).await.map(Arc::new) }).await
    }

    async fn connect(&self, region: String, name: String) -> Result<Connection, ApiError> {
        let Shared { aws, settings, .. } = &*self.0;
        let complete = settings.has_server() && settings.has_credentials();
        let address = if complete { None } else { Some(aws.cluster_address(&region, &name).await?) };
        let target = match &address {
            Some(address) if !settings.has_server() => Target {
                endpoint: Some(address.endpoint.clone()),
                certificate_authority: Some(address.certificate_authority.clone()),
                proxy: aws.proxy_for(&address.endpoint),
            },
            _ => Target::default(),
        };
        let client = client(&target, settings).await?;
        tracing::debug!(cluster = name, endpoint = target.endpoint, "created a client for the cluster");
        Ok(Connection { client, address, region, token: Mutex::default() })
    }
}

impl Connection {
    /// Returns a token with enough remaining lifetime, or `None` if the client has credentials.
    async fn token(&self, aws: &Aws, settings: &Settings) -> Result<Option<ClusterToken>, ApiError> {
        let Some(address) = self.address.as_ref().filter(|_| !settings.has_credentials()) else { return Ok(None) };
        let known = self.token.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(token) = known.filter(|token| token.expiration > SystemTime::now() + SPARE) {
            return Ok(Some(token));
        }
        let token = aws.cluster_token(&self.region, &address.token_id).await?;
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
        Ok(Some(token))
    }

    fn forget_token(&self) {
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Whether the cluster is so new that it may not recognize its creator yet.
    fn is_recently_created(&self) -> bool {
        let age = self.address.as_ref().and_then(|address| address.created_at.elapsed().ok());
        age.is_some_and(|age| age < YOUNG)
    }
}

/// One cluster, by name.
#[derive(Clone)]
pub(super) struct Cluster {
    kubernetes: Kubernetes,
    region: String,
    name: String,
}

impl fmt::Debug for Cluster {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Cluster").field("region", &self.region).field("name", &self.name).finish()
    }
}

impl Cluster {
    /// Sends a call. If the connection fails, it is recreated once, because another cluster may now have the same name.
    pub(super) async fn call<A: Answer>(&self, call: Call) -> Result<A, ApiError> {
        let connection = self.kubernetes.connection(&self.region, &self.name).await?;
        let error = match self.introduced(&connection, &call).await {
            Err(error) if is_lost(&error) => error,
            answer => {
                self.answered().insert((self.region.clone(), self.name.clone()));
                return answer;
            }
        };
        self.kubernetes.0.aws.clusters(Some(&self.region)).forget(&self.name);
        if let Some(gone) = self.leaving().await {
            return Err(gone);
        }
        self.kubernetes.0.connections.forget(&(self.region.clone(), self.name.clone()));
        let fresh = self.kubernetes.connection(&self.region, &self.name).await?;
        if fresh.address == connection.address {
            return Err(self.explained(error, &connection));
        }
        self.introduced(&fresh, &call).await.map_err(|error| self.explained(error, &fresh))
    }

    /// Sends a call with a token. If the token is rejected, the call is retried with a new one: the credentials of the
    /// token may have expired early, and a new cluster may not recognize its creator yet.
    async fn introduced<A: Answer>(&self, connection: &Connection, call: &Call) -> Result<A, ApiError> {
        let Shared { aws, settings, .. } = &*self.kubernetes.0;
        let patience = if connection.is_recently_created() { INTRODUCTION } else { Duration::ZERO };
        let since = tokio::time::Instant::now();
        let mut renewed = false;
        loop {
            let token = connection.token(aws, settings).await?;
            let answer = send(&connection.client, call, token.as_ref().map(|token| &token.token)).await;
            match answer {
                Err(error) if error.code.as_deref() == Some(UNAUTHORIZED) => {
                    if renewed && since.elapsed() >= patience {
                        return Err(self.unauthorized_error(error).await);
                    }
                    if renewed {
                        tokio::time::sleep(Duration::from_secs(1)).await;
                    }
                    renewed = true;
                    connection.forget_token();
                }
                answer => return answer,
            }
        }
    }

    /// Returns why the API server will not respond again, if EKS has deleted the cluster or is deleting it. EKS is also
    /// queried if the provider settings contain the server, because nothing else shows that the objects of the cluster
    /// no longer exist.
    async fn leaving(&self) -> Option<ApiError> {
        let described = self.kubernetes.0.aws.clusters(Some(&self.region)).describe(&self.name).await;
        match described {
            Err(error) if error.is_not_found() => Some(error),
            Ok(cluster) if cluster.status() == Some(&ClusterStatus::Deleting) => {
                let message = "the cluster is being deleted and its API server no longer responds";
                let code = Some(CLUSTER_DELETING.to_owned());
                let error = ApiError::own(ErrorKind::Other, "DescribeCluster", message);
                Some(ApiError { service: "EKS", code, ..error })
            }
            Ok(_) | Err(_) => None,
        }
    }

    /// Adds the caller that the cluster does not recognize.
    async fn unauthorized_error(&self, error: ApiError) -> ApiError {
        let Shared { aws, settings, .. } = &*self.kubernetes.0;
        let cluster = &self.name;
        if settings.has_credentials() {
            let message = format!(
                "cluster {cluster} rejects the credentials in the kubernetes block of the provider \
                                   configuration"
            );
            return ApiError { message, code: Some(NOT_ACCEPTED.to_owned()), ..error };
        }
        let message = match aws.caller_arn().await {
            Ok(arn) => format!("cluster {cluster} does not recognize the caller {arn}"),
            Err(_) => format!("cluster {cluster} does not recognize the caller"),
        };
        ApiError { message, ..error }
    }

    /// Returns a definition, or `None` if it cannot be read, which is cached as well. A kind without a definition is an
    /// error and is not cached, because its definition may be installed shortly after.
    async fn read_definition(&self, kind: Kind, fresh: bool) -> Result<Option<Arc<Definition>>, ApiError> {
        let (document, object) = (self.published(kind), self.installed(kind));
        // The document is updated shortly after the object, so the object is read first after an upgrade.
        let found = if fresh { first(object, document).await } else { first(document, object).await };
        match found {
            Ok(definition) => Ok(Some(Arc::new(definition))),
            Err(error) => {
                tracing::debug!(%error, "unable to read the definition of {}", kind.kind);
                if error.kind == ErrorKind::Other { Err(error) } else { Ok(None) }
            }
        }
    }

    /// Reads the definition from the OpenAPI document, which every authenticated principal can read.
    async fn published(&self, kind: Kind) -> Result<Definition, ApiError> {
        let document: Value = self.call(call("GET", Method::GET, kind.openapi_path(), JSON, None)).await?;
        Definition::of_openapi(&document, kind).ok_or_else(|| no_definition(kind))
    }

    /// Reads the definition from its `CustomResourceDefinition`.
    async fn installed(&self, kind: Kind) -> Result<Definition, ApiError> {
        let name = format!("{}.{}", kind.plural, kind.group);
        let object = self.get(&Object::of_cluster(CUSTOM_RESOURCE_DEFINITION, &name)).await?;
        Definition::of_object(&object, kind).ok_or_else(|| no_definition(kind))
    }

    fn answered(&self) -> MutexGuard<'_, HashSet<(String, String)>> {
        // The lock cannot be poisoned: no code that panics runs while it is held.
        self.kubernetes.0.answered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds the reason why an endpoint may be unreachable.
    fn explained(&self, mut error: ApiError, connection: &Connection) -> ApiError {
        let no_answer = matches!(error.kind, ErrorKind::Connection | ErrorKind::Timeout) && error.status.is_none();
        // The DNS name of a new cluster may not have propagated yet.
        let is_expected =
            connection.is_recently_created() || self.answered().contains(&(self.region.clone(), self.name.clone()));
        if no_answer && error.code.is_none() && !is_expected {
            error.code = Some(NEVER_ANSWERED.to_owned());
        }
        let Some(address) = &connection.address else { return error };
        if !matches!(error.kind, ErrorKind::Connection | ErrorKind::Timeout) || self.kubernetes.0.settings.has_server()
        {
            return error;
        }
        let reach = match &address.public_access {
            None => {
                format!(
                    "the endpoint is private: it is reachable only from VPC {} and connected networks",
                    address.vpc_id
                )
            }
            Some(cidrs) if cidrs.iter().all(|cidr| cidr != "0.0.0.0/0") && !cidrs.is_empty() => {
                format!("outside the VPC, the endpoint is reachable only from {}", cidrs.join(", "))
            }
            Some(_) => return ApiError { message: format!("{}: {}", address.endpoint, error.message), ..error },
        };
        ApiError { message: format!("{}: {} ({reach})", address.endpoint, error.message), ..error }
    }
}

pub(super) fn call(
    operation: &'static str,
    method: Method,
    path: String,
    content_type: &'static str,
    body: Option<Value>,
) -> Call {
    Call { operation, method, path, content_type, body }
}

/// Returns the first result, or the second one if the first one is an error.
async fn first<T>(
    one: impl Future<Output = Result<T, ApiError>>,
    other: impl Future<Output = Result<T, ApiError>>,
) -> Result<T, ApiError> {
    match one.await {
        Ok(answer) => Ok(answer),
        Err(error) => other.await.map_err(|_| error),
    }
}

fn no_definition(kind: Kind) -> ApiError {
    let message = format!("the API server does not define {} in version {}", kind.kind, kind.api_version());
    ApiError { service: KUBERNETES, ..ApiError::own(ErrorKind::Other, "GET", message) }
}

/// Whether the response did not come from the cluster.
fn is_lost(error: &ApiError) -> bool {
    let unanswered = matches!(error.kind, ErrorKind::Connection | ErrorKind::Timeout) && error.status.is_none();
    let is_other = error.kind == ErrorKind::ForeignResponse || error.code.as_deref() == Some(CERTIFICATE);
    error.service == KUBERNETES && (unanswered || is_other)
}

/// Adds the kind, name, and namespace of the object to the content, so that callers need not repeat them.
fn addressed(object: &Object, content: &Value) -> Value {
    let mut content = content.clone();
    content["apiVersion"] = json!(object.kind.api_version());
    content["kind"] = json!(object.kind.kind);
    content["metadata"]["name"] = json!(object.name);
    if let Some(namespace) = &object.namespace {
        content["metadata"]["namespace"] = json!(namespace);
    }
    content
}

impl Lists for Cluster {
    async fn page<A: Answer + Send>(&self, path: String) -> Result<A, ApiError> {
        self.call(call("LIST", Method::GET, path, JSON, None)).await
    }
}

#[async_trait]
impl KubernetesApi for Cluster {
    async fn get(&self, object: &Object) -> Result<Value, ApiError> {
        self.call(call("GET", Method::GET, object.path(), JSON, None)).await
    }

    async fn list(&self, kind: Kind, namespace: Option<&str>) -> Result<Vec<Value>, ApiError> {
        let mut found = Vec::new();
        let mut next = String::new();
        loop {
            let path = format!("{}?limit=500{next}", kind.path(namespace));
            let mut page: Value = self.page(path).await?;
            if let Value::Array(items) = page["items"].take() {
                found.extend(items);
            }
            match page["metadata"]["continue"].as_str() {
                Some(token) if !token.is_empty() => next = format!("&continue={token}"),
                _ => return Ok(found),
            }
        }
    }

    async fn create(&self, object: &Object, content: &Value) -> Result<Value, ApiError> {
        // Without `Strict`, the API server would silently drop fields that the kind does not have.
        let path = object.kind.path(object.namespace.as_deref());
        let path = format!("{path}?fieldManager={FIELD_MANAGER}&fieldValidation=Strict");
        self.call(call("POST", Method::POST, path, JSON, Some(addressed(object, content)))).await
    }

    async fn replace(&self, object: &Object, content: &Value) -> Result<Value, ApiError> {
        if resource_version(content).is_none() {
            let message = "the content has no resourceVersion and could overwrite concurrent changes";
            return Err(ApiError { service: KUBERNETES, ..ApiError::own(ErrorKind::Invalid, "PUT", message) });
        }
        let path = format!("{}?fieldManager={FIELD_MANAGER}", object.path());
        self.call(call("PUT", Method::PUT, path, JSON, Some(addressed(object, content)))).await
    }

    async fn patch(&self, object: &Object, patch: &Patch) -> Result<Value, ApiError> {
        let path = format!("{}?fieldManager={FIELD_MANAGER}", object.path());
        let (content_type, body) = match patch {
            Patch::Merge(content) => ("application/merge-patch+json", content.clone()),
            Patch::Json(operations) => ("application/json-patch+json", Value::Array(operations.clone())),
        };
        self.call(call("PATCH", Method::PATCH, path, content_type, Some(body))).await
    }

    async fn apply(&self, object: &Object, fields: &Value, how: Apply) -> Result<Value, ApiError> {
        let dry_run = if how.dry_run { "&dryRun=All" } else { "" };
        let path = format!(
            "{}?fieldManager={FIELD_MANAGER}&force={}{dry_run}&fieldValidation=Strict",
            object.path(),
            how.force
        );
        // JSON is valid YAML. Without `Strict`, the API server would silently drop fields that the kind does not have.
        let content_type = "application/apply-patch+yaml";
        self.call(call("APPLY", Method::PATCH, path, content_type, Some(addressed(object, fields)))).await
    }

    async fn delete(&self, object: &Object, how: Delete<'_>) -> Result<(), ApiError> {
        let options = json!({
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "preconditions": how.resource_version.map(|version| json!({"resourceVersion": version})),
            "propagationPolicy": how.foreground.then_some("Foreground"),
        });
        self.call::<Value>(call("DELETE", Method::DELETE, object.path(), JSON, Some(options))).await.map(|_| ())
    }

    async fn workloads(&self) -> Result<Workloads, ApiError> {
        workloads::read(self).await
    }

    async fn definition(&self, kind: Kind, fresh: bool) -> Option<Arc<Definition>> {
        let (definitions, cluster) = (&self.kubernetes.0.definitions, self.clone());
        let key = (self.region.clone(), self.name.clone(), kind);
        if fresh {
            definitions.forget(&key);
        }
        definitions.get(key, || async move { cluster.read_definition(kind, fresh).await }).await.ok().flatten()
    }
}
