//! Fakes for a cluster and for EKS.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use serde_json::{Value, json};

use clients::access::{AccessFacts, RoleInUse};
use clients::errors::{ApiError, ErrorKind, KUBERNETES};
use clients::kube::{Apply, Delete, Kind, KubernetesApi, Object, Patch, resource_version};
use clients::strikes::{Strikes, Trouble, struck};

/// An API server with at most one ConfigMap.
#[derive(Debug, Default)]
pub(super) struct FakeServer {
    state: Mutex<State>,
    pub(super) writes: AtomicUsize,
}

#[derive(Debug, Default)]
struct State {
    object: Option<Value>,
    broken: Option<ApiError>,
    version: u64,
    faults: VecDeque<Fault>,
    strikes: Strikes,
}

/// The fault of the next write.
#[derive(Debug, Clone)]
pub(super) enum Fault {
    /// Another client writes this text first.
    Other(String),
    /// Another client deletes the object first.
    Deleted,
    /// The write succeeds, and its response is lost.
    Lost,
    /// The server fails.
    Fails(ErrorKind),
}

pub(super) fn error(kind: ErrorKind) -> ApiError {
    ApiError { service: KUBERNETES, ..ApiError::own(kind, "PUT", "as it happens") }
}

impl FakeServer {
    pub(super) fn with(roles: &str) -> Self {
        let server = Self::default();
        server.write(Some(json!({"metadata": {}, "data": {"mapRoles": roles}})), "vpcLambda");
        server
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A killed process poisons the lock like a panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn fail(&self, fault: Fault) {
        self.state().faults.push_back(fault);
    }

    /// Adds a fault at a later call.
    pub(super) fn strike(&self, strike: Option<(usize, Trouble)>) {
        self.state().strikes.set(strike);
    }

    /// Every call fails from now on.
    pub(super) fn always_fail(&self, error: ApiError) {
        self.state().broken = Some(error);
    }

    fn working(&self) -> Result<(), ApiError> {
        self.state().broken.clone().map_or(Ok(()), Err)
    }

    fn call<T>(&self, work: impl FnOnce() -> Result<T, ApiError>) -> Result<T, ApiError> {
        self.working()?;
        let strike = self.state().strikes.take_due();
        struck(strike, || error(ErrorKind::Timeout), work)
    }

    pub(super) fn object(&self) -> Option<Value> {
        self.state().object.clone()
    }

    pub(super) fn roles(&self) -> String {
        self.object()
            .map_or_else(String::new, |object| object["data"]["mapRoles"].as_str().unwrap_or_default().to_owned())
    }

    pub(super) fn write(&self, object: Option<Value>, manager: &str) {
        let mut state = self.state();
        state.version += 1;
        let version = state.version.to_string();
        state.object = object.map(|mut object| {
            object["metadata"]["resourceVersion"] = json!(version);
            let fields = json!({"f:data": {"f:mapRoles": {}, "f:mapUsers": {}}});
            let time = jiff::Timestamp::now().to_string();
            let managed = json!([{"manager": manager, "operation": "Update", "time": time, "fieldsV1": fields}]);
            object["metadata"]["managedFields"] = managed;
            object
        });
    }

    /// Applies a write, or its fault.
    fn put(&self, content: &Value, create: bool) -> Result<Value, ApiError> {
        self.working()?;
        self.writes.fetch_add(1, Ordering::SeqCst);
        let fault = self.state().faults.pop_front();
        match &fault {
            Some(Fault::Other(roles)) => {
                self.write(Some(json!({"metadata": {}, "data": {"mapRoles": roles}})), "vpcLambda")
            }
            Some(Fault::Deleted) => self.write(None, "kubectl"),
            Some(Fault::Fails(kind)) => return Err(error(*kind)),
            Some(Fault::Lost) | None => {}
        }
        let current = self.object();
        match (&current, create) {
            (Some(_), true) => return Err(error(ErrorKind::AlreadyExists)),
            (None, false) => return Err(error(ErrorKind::NotFound)),
            (Some(current), false) if resource_version(current) != resource_version(content) => {
                return Err(error(ErrorKind::Conflict));
            }
            _ => {}
        }
        self.write(Some(content.clone()), clients::kube::FIELD_MANAGER);
        if let Some(Fault::Lost) = fault { Err(error(ErrorKind::Timeout)) } else { Ok(content.clone()) }
    }
}

#[async_trait]
impl KubernetesApi for FakeServer {
    async fn get(&self, _object: &Object) -> Result<Value, ApiError> {
        self.call(|| self.object().ok_or_else(|| error(ErrorKind::NotFound)))
    }

    async fn list(&self, _kind: Kind, _namespace: Option<&str>) -> Result<Vec<Value>, ApiError> {
        Err(error(ErrorKind::Invalid))
    }

    async fn create(&self, _object: &Object, content: &Value) -> Result<Value, ApiError> {
        self.call(|| self.put(content, true))
    }

    async fn replace(&self, _object: &Object, content: &Value) -> Result<Value, ApiError> {
        self.call(|| self.put(content, false))
    }

    async fn patch(&self, _object: &Object, _patch: &Patch) -> Result<Value, ApiError> {
        Err(error(ErrorKind::Invalid))
    }

    async fn apply(&self, _object: &Object, _fields: &Value, _how: Apply) -> Result<Value, ApiError> {
        Err(error(ErrorKind::Invalid))
    }

    async fn delete(&self, _object: &Object, _how: Delete<'_>) -> Result<(), ApiError> {
        Err(error(ErrorKind::Invalid))
    }
}

/// The data of EKS.
#[derive(Debug, Clone, Default)]
pub(super) struct FakeFacts {
    pub(super) mode: &'static str,
    pub(super) entries: Vec<String>,
    pub(super) roles: Vec<RoleInUse>,
    /// Roles that are or were recently in use.
    pub(super) roles_before: Vec<RoleInUse>,
    pub(super) caller: String,
    /// The error of all requests.
    pub(super) broken: Option<ApiError>,
}

impl FakeFacts {
    fn working(&self) -> Result<(), ApiError> {
        self.broken.clone().map_or(Ok(()), Err)
    }
}

#[async_trait]
impl AccessFacts for FakeFacts {
    async fn authentication_mode(&self, _cluster: &str) -> Result<String, ApiError> {
        self.working()?;
        Ok(self.mode.to_owned())
    }

    async fn access_entries(&self, _cluster: &str) -> Result<Vec<String>, ApiError> {
        self.working()?;
        Ok(self.entries.clone())
    }

    async fn roles_in_use(&self, _cluster: &str, now: bool) -> Result<Vec<RoleInUse>, ApiError> {
        self.working()?;
        Ok(if now { self.roles.clone() } else { self.roles.iter().chain(&self.roles_before).cloned().collect() })
    }

    async fn caller(&self) -> Result<String, ApiError> {
        self.working()?;
        Ok(self.caller.clone())
    }
}
