//! A stateful fake for EKS, for tests of the operations. Failures can be injected.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use clients::access::{AccessFacts, RoleInUse};
use clients::calls::{self, Calls};
use clients::errors::{ApiError, ErrorKind};
use clients::strikes::Trouble as Strike;

use super::api;
use super::client::{Access, AccessEntry, AccessEntryClient, Associations, AwsAuth, CreateAccessEntry, Scope};
use super::validators::STANDARD;

pub(super) const VIEW: &str = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy";
pub(super) const EDIT: &str = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy";

/// EKS in memory, with the cluster `blue`. Clones share their state.
#[derive(Debug, Clone, Default)]
pub(super) struct Fake(Arc<Mutex<World>>);

/// The objects and the injected faults.
#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) entries: BTreeMap<String, AccessEntry>,
    pub(super) policies: BTreeMap<String, Associations>,
    /// An empty string means `API_AND_CONFIG_MAP`.
    pub(super) mode: String,
    pub(super) roles_in_use: Vec<RoleInUse>,
    pub(super) caller: String,
    pub(super) aws_auth: AwsAuth,
    tokens: BTreeMap<String, String>,
    calls: Calls,
    made: u32,
}

pub(super) fn error(kind: ErrorKind, operation: &'static str) -> ApiError {
    ApiError { service: "EKS", code: Some(format!("{kind:?}")), ..ApiError::own(kind, operation, "as it happens") }
}

impl Fake {
    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        // A killed process poisons the lock like a panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn access(&self) -> Access {
        Access { client: Arc::new(self.clone()), facts: Arc::new(self.clone()) }
    }

    /// The next call of an operation fails without an effect.
    pub(super) fn fail(&self, operation: &'static str, kind: ErrorKind) {
        self.world().calls.fail(operation, error(kind, operation));
    }

    /// Every call of an operation fails without an effect.
    pub(super) fn always_fail(&self, operation: &'static str, error: ApiError) {
        self.world().calls.always_fail(operation, error);
    }

    /// The next call of an operation succeeds, but its response is lost.
    pub(super) fn lose_answer(&self, operation: &'static str) {
        self.world().calls.lose_answer(operation);
    }

    /// Returns the calls since the last time that change something.
    pub(super) fn changes(&self) -> Vec<&'static str> {
        let calls = self.world().calls.take();
        calls
            .into_iter()
            .filter(|call| !["Describe", "List", "Get"].iter().any(|read| call.starts_with(read)))
            .collect()
    }

    /// Adds a fault at a later call.
    pub(super) fn strike(&self, strike: Option<(usize, Strike)>) {
        self.world().calls.strike(strike);
    }

    fn call<T>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&mut World) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        calls::call(&mut *self.world(), |world| &mut world.calls, operation, work)
    }
}

impl World {
    fn entry(&mut self, operation: &'static str, principal: &str) -> Result<&mut AccessEntry, ApiError> {
        self.entries.get_mut(principal).ok_or_else(|| error(ErrorKind::NotFound, operation))
    }

    fn tagged(&mut self, arn: &str) -> Result<&mut AccessEntry, ApiError> {
        let found = self.entries.values_mut().find(|entry| entry.arn == arn);
        found.ok_or_else(|| error(ErrorKind::NotFound, "TagResource"))
    }

    fn create(&mut self, request: &CreateAccessEntry) -> Result<AccessEntry, ApiError> {
        let principal = &request.principal_arn;
        if let Some(existing) = self.entries.get(principal) {
            let same = self.tokens.get(principal) == Some(&request.client_request_token);
            return if same { Ok(existing.clone()) } else { Err(error(ErrorKind::AlreadyExists, "CreateAccessEntry")) };
        }
        self.made += 1;
        let now = Some(jiff::Timestamp::now().to_string());
        let username = match &request.username {
            Some(username) => username.clone(),
            None if request.kind == STANDARD => api::default_user_name(principal),
            None => "system:node:{{EC2PrivateDNSName}}".to_owned(),
        };
        let groups =
            if request.kind == STANDARD { request.groups.clone() } else { BTreeSet::from(["system:nodes".to_owned()]) };
        let entry = AccessEntry {
            cluster_name: request.cluster_name.clone(),
            principal_arn: principal.clone(),
            arn: format!("arn:aws:eks:eu-west-1:111122223333:access-entry/{}/{}", request.cluster_name, self.made),
            kind: request.kind.clone(),
            groups,
            username,
            created_at: now.clone(),
            modified_at: now,
            tags: request.tags.clone(),
        };
        self.entries.insert(principal.clone(), entry.clone());
        self.policies.insert(principal.clone(), Associations::new());
        self.tokens.insert(principal.clone(), request.client_request_token.clone());
        Ok(entry)
    }
}

#[async_trait]
impl AccessEntryClient for Fake {
    async fn create(&self, request: &CreateAccessEntry) -> Result<AccessEntry, ApiError> {
        self.call("CreateAccessEntry", |world| world.create(request))
    }

    async fn describe(&self, _cluster: &str, principal: &str) -> Result<AccessEntry, ApiError> {
        let operation = "DescribeAccessEntry";
        self.call(operation, |world| world.entry(operation, principal).cloned())
    }

    async fn update(
        &self,
        _cluster: &str,
        principal: &str,
        groups: &BTreeSet<String>,
        username: Option<&str>,
    ) -> Result<(), ApiError> {
        let operation = "UpdateAccessEntry";
        self.call(operation, |world| {
            let entry = world.entry(operation, principal)?;
            entry.groups.clone_from(groups);
            username.into_iter().for_each(|name| name.clone_into(&mut entry.username));
            Ok(())
        })
    }

    async fn delete(&self, _cluster: &str, principal: &str) -> Result<(), ApiError> {
        let operation = "DeleteAccessEntry";
        self.call(operation, |world| {
            world.entry(operation, principal)?;
            world.entries.remove(principal);
            world.policies.remove(principal);
            Ok(())
        })
    }

    async fn list(&self, _cluster: &str) -> Result<Vec<String>, ApiError> {
        self.call("ListAccessEntries", |world| Ok(world.entries.keys().cloned().collect()))
    }

    async fn clusters(&self) -> Result<Vec<String>, ApiError> {
        self.call("ListClusters", |_| Ok(vec!["blue".to_owned()]))
    }

    async fn associations(&self, _cluster: &str, principal: &str) -> Result<Associations, ApiError> {
        let operation = "ListAssociatedAccessPolicies";
        self.call(operation, |world| {
            world.policies.get(principal).cloned().ok_or_else(|| error(ErrorKind::NotFound, operation))
        })
    }

    async fn associate(&self, _cluster: &str, principal: &str, policy: &str, scope: &Scope) -> Result<(), ApiError> {
        let operation = "AssociateAccessPolicy";
        self.call(operation, |world| {
            world.entry(operation, principal)?;
            let policies = world.policies.entry(principal.to_owned()).or_default();
            policies.insert(policy.to_owned(), scope.clone());
            Ok(())
        })
    }

    async fn disassociate(&self, _cluster: &str, principal: &str, policy: &str) -> Result<(), ApiError> {
        let operation = "DisassociateAccessPolicy";
        self.call(operation, |world| {
            let gone = world.policies.get_mut(principal).and_then(|policies| policies.remove(policy));
            gone.map(drop).ok_or_else(|| error(ErrorKind::NotFound, operation))
        })
    }

    async fn tag(&self, arn: &str, tags: &BTreeMap<String, String>) -> Result<(), ApiError> {
        self.call("TagResource", |world| {
            world.tagged(arn)?.tags.extend(tags.clone());
            Ok(())
        })
    }

    async fn untag(&self, arn: &str, keys: &[String]) -> Result<(), ApiError> {
        self.call("UntagResource", |world| {
            world.tagged(arn)?.tags.retain(|key, _| !keys.contains(key));
            Ok(())
        })
    }

    async fn policies(&self) -> Result<Vec<String>, ApiError> {
        self.call("ListAccessPolicies", |_| Ok([EDIT, VIEW].map(str::to_owned).to_vec()))
    }

    async fn aws_auth(&self, _cluster: &str) -> Result<AwsAuth, ApiError> {
        self.call("GetConfigMap", |world| Ok(world.aws_auth.clone()))
    }
}

#[async_trait]
impl AccessFacts for Fake {
    async fn authentication_mode(&self, _cluster: &str) -> Result<String, ApiError> {
        let mode = self.call("DescribeCluster", |world| Ok(world.mode.clone()))?;
        Ok(if mode.is_empty() { "API_AND_CONFIG_MAP".to_owned() } else { mode })
    }

    async fn access_entries(&self, cluster: &str) -> Result<Vec<String>, ApiError> {
        self.list(cluster).await
    }

    async fn roles_in_use(&self, _cluster: &str, _now: bool) -> Result<Vec<RoleInUse>, ApiError> {
        self.call("ListNodegroups", |world| Ok(world.roles_in_use.clone()))
    }

    async fn caller(&self) -> Result<String, ApiError> {
        self.call("GetCallerIdentity", |world| Ok(world.caller.clone()))
    }
}
