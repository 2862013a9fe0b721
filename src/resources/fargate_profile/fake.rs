//! A stateful fake for AWS, for tests of the operations: only one profile of a cluster is created or deleted at a time,
//! and failures can be injected. An operation in progress advances one step on each request.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use clients::calls::{self, Calls};
use clients::errors::{ApiError, ErrorKind};
use clients::strikes::Trouble as Strike;

use super::client::{CreateFargateProfile, FargateProfile, FargateProfileClient, FargateProfileStatus, Issue};

/// AWS in memory, with the cluster `blue`. Clones share their state.
#[derive(Debug, Clone, Default)]
pub(super) struct Fake(Arc<Mutex<World>>);

/// The objects and the injected faults.
#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) profiles: BTreeMap<String, FargateProfile>,
    /// Values by quota code. A missing quota cannot be read.
    pub(super) quotas: BTreeMap<String, usize>,
    /// Number of requests until an operation in progress ends.
    pub(super) steps: u32,
    running: BTreeMap<String, u32>,
    tokens: BTreeMap<String, String>,
    failing_creations: Vec<Vec<Issue>>,
    failing_deletions: Vec<Vec<Issue>>,
    calls: Calls,
    made: u32,
}

pub(super) fn error(kind: ErrorKind, operation: &'static str, code: &str, message: impl Into<String>) -> ApiError {
    ApiError { service: "EKS", code: Some(code.to_owned()), ..ApiError::own(kind, operation, message) }
}

fn not_found(operation: &'static str) -> ApiError {
    error(ErrorKind::NotFound, operation, "ResourceNotFoundException", "No Fargate Profile found")
}

impl Fake {
    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        // A killed process poisons the lock like a panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next call of an operation fails without an effect.
    pub(super) fn fail(&self, operation: &'static str, error: ApiError) {
        self.world().calls.fail(operation, error);
    }

    /// Every call of an operation fails without an effect.
    pub(super) fn always_fail(&self, operation: &'static str, error: ApiError) {
        self.world().calls.always_fail(operation, error);
    }

    /// The next call of an operation succeeds, but its response is lost.
    pub(super) fn lose_answer(&self, operation: &'static str) {
        self.world().calls.lose_answer(operation);
    }

    /// The next creation ends as `CREATE_FAILED`.
    pub(super) fn fail_creation(&self, issues: &[Issue]) {
        self.world().failing_creations.push(issues.to_vec());
    }

    /// The next deletion ends as `DELETE_FAILED`.
    pub(super) fn fail_deletion(&self, issues: &[Issue]) {
        self.world().failing_deletions.push(issues.to_vec());
    }

    pub(super) fn calls(&self) -> Vec<&'static str> {
        self.world().calls.made().to_vec()
    }

    pub(super) fn count(&self, operation: &str) -> usize {
        self.world().calls.count(operation)
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
    /// Adds a profile of another process.
    pub(super) fn put(&mut self, profile: FargateProfile) {
        self.profiles.insert(profile.name.clone(), profile);
    }

    /// Returns an error if another operation is in progress.
    fn admit(&self, operation: &'static str) -> Result<(), ApiError> {
        let busy = self
            .profiles
            .values()
            .find(|profile| matches!(profile.status, FargateProfileStatus::Creating | FargateProfileStatus::Deleting));
        busy.map_or(Ok(()), |busy| {
            let message = format!("cluster blue currently has Fargate profile {} in status {}", busy.name, busy.status);
            Err(error(ErrorKind::InUse, operation, "ResourceInUseException", message))
        })
    }

    fn create(&mut self, request: &CreateFargateProfile) -> Result<FargateProfile, ApiError> {
        let operation = "CreateFargateProfile";
        if let Some(existing) = self.profiles.get(&request.name) {
            if self.tokens.get(&request.name) == Some(&request.client_request_token) {
                return Ok(existing.clone());
            }
            let message = "A Fargate Profile already exists with this name in this cluster.";
            return Err(error(ErrorKind::AlreadyExists, operation, "ResourceInUseException", message));
        }
        self.admit(operation)?;
        self.made += 1;
        let (cluster, name) = (&request.cluster_name, &request.name);
        let profile = FargateProfile {
            cluster_name: cluster.clone(),
            name: name.clone(),
            arn: format!("arn:aws:eks:eu-west-1:123456789012:fargateprofile/{cluster}/{name}/{}", self.made),
            status: FargateProfileStatus::Creating,
            created_at: Some(jiff::Timestamp::now().to_string()),
            pod_execution_role: request.pod_execution_role.clone(),
            subnets: if request.subnets.is_empty() { vec!["subnet-9".to_owned()] } else { request.subnets.clone() },
            selectors: request.selectors.clone(),
            health: vec![],
            tags: request.tags.clone(),
        };
        self.put(profile.clone());
        self.tokens.insert(name.clone(), request.client_request_token.clone());
        self.running.insert(name.clone(), self.steps);
        Ok(profile)
    }

    /// Advances an operation in progress by one step.
    fn step(&mut self, name: &str) {
        let Some(left) = self.running.get_mut(name) else { return };
        if *left > 0 {
            *left -= 1;
            return;
        }
        self.running.remove(name);
        let Some(profile) = self.profiles.get_mut(name) else { return };
        let (failures, failed) = match profile.status {
            FargateProfileStatus::Creating => (&mut self.failing_creations, FargateProfileStatus::CreateFailed),
            _ => (&mut self.failing_deletions, FargateProfileStatus::DeleteFailed),
        };
        if !failures.is_empty() {
            profile.health = failures.remove(0);
            profile.status = failed;
        } else if profile.status == FargateProfileStatus::Creating {
            profile.status = FargateProfileStatus::Active;
        } else {
            self.profiles.remove(name);
        }
    }

    fn by_arn(&mut self, arn: &str) -> Result<&mut FargateProfile, ApiError> {
        self.profiles.values_mut().find(|profile| profile.arn == arn).ok_or_else(|| not_found("TagResource"))
    }
}

#[async_trait]
impl FargateProfileClient for Fake {
    async fn create(&self, request: &CreateFargateProfile) -> Result<FargateProfile, ApiError> {
        self.call("CreateFargateProfile", |world| world.create(request))
    }

    async fn describe(&self, _cluster: &str, name: &str) -> Result<FargateProfile, ApiError> {
        let operation = "DescribeFargateProfile";
        self.call(operation, |world| {
            world.step(name);
            world.profiles.get(name).cloned().ok_or_else(|| not_found(operation))
        })
    }

    async fn list(&self, cluster: &str) -> Result<Vec<String>, ApiError> {
        let operation = "ListFargateProfiles";
        self.call(operation, |world| {
            if cluster == "blue" { Ok(world.profiles.keys().cloned().collect()) } else { Err(not_found(operation)) }
        })
    }

    async fn known(&self, cluster: &str) -> Result<Vec<String>, ApiError> {
        self.list(cluster).await
    }

    async fn clusters(&self) -> Result<Vec<String>, ApiError> {
        self.call("ListClusters", |_| Ok(vec!["blue".to_owned()]))
    }

    async fn delete(&self, _cluster: &str, name: &str) -> Result<(), ApiError> {
        let operation = "DeleteFargateProfile";
        self.call(operation, |world| {
            if !world.profiles.contains_key(name) {
                return Err(not_found(operation));
            }
            world.admit(operation)?;
            let steps = world.steps;
            world.running.insert(name.to_owned(), steps);
            if let Some(profile) = world.profiles.get_mut(name) {
                profile.status = FargateProfileStatus::Deleting;
            }
            Ok(())
        })
    }

    async fn tag(&self, arn: &str, tags: &BTreeMap<String, String>) -> Result<(), ApiError> {
        self.call("TagResource", |world| {
            world.by_arn(arn)?.tags.extend(tags.clone());
            Ok(())
        })
    }

    async fn untag(&self, arn: &str, keys: &[String]) -> Result<(), ApiError> {
        self.call("UntagResource", |world| {
            world.by_arn(arn)?.tags.retain(|key, _| !keys.contains(key));
            Ok(())
        })
    }

    async fn quota(&self, code: &str) -> Result<Option<usize>, ApiError> {
        let operation = "GetServiceQuota";
        self.call(operation, |world| match world.quotas.get(code) {
            Some(value) => Ok(Some(*value)),
            None => Err(error(ErrorKind::Denied, operation, "AccessDeniedException", "not authorized")),
        })
    }
}
