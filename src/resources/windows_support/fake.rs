//! Fake clusters.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use clients::errors::{ApiError, ErrorKind, KUBERNETES};
use clients::kube::FIELD_MANAGER_CONFLICT;

use clients::strikes::{Strikes, struck};

use super::client::{Key, Removal, WindowsSupportClient};

/// One cluster.
#[derive(Debug, Clone, Default)]
pub(super) struct FakeCluster {
    pub(super) value: Option<String>,
    pub(super) ipv6: bool,
    pub(super) linux: bool,
    /// Another field manager that owns the key, if it is not `true`.
    pub(super) owner: Option<&'static str>,
    /// Another field manager that declares the key.
    pub(super) declared_by: Option<&'static str>,
    /// The token of a creation.
    pub(super) token: Option<String>,
    /// Whether this provider manages the key.
    pub(super) is_ours: bool,
}

impl FakeCluster {
    fn key(&self) -> Option<Key> {
        Some(Key { value: self.value.clone()?, token: self.token.clone(), is_ours: self.is_ours })
    }
}

/// The clusters, the errors of the next calls, and the calls.
#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) clusters: BTreeMap<String, FakeCluster>,
    pub(super) errors: Vec<ApiError>,
    /// Errors of every call of this name.
    pub(super) broken: Vec<(&'static str, ApiError)>,
    pub(super) calls: Vec<&'static str>,
    pub(super) strikes: Strikes,
}

#[derive(Debug, Default)]
pub(super) struct Fake(Mutex<World>);

impl Fake {
    pub(super) fn with(name: &str, cluster: FakeCluster) -> Self {
        let fake = Self::default();
        fake.world().clusters.insert(name.to_owned(), cluster);
        fake
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        // A killed process poisons the lock like a panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask<T>(
        &self,
        call: &'static str,
        cluster: &str,
        answer: impl FnOnce(&mut FakeCluster) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let mut world = self.world();
        world.calls.push(call);
        if let Some((_, error)) = world.broken.iter().find(|(broken, _)| *broken == call) {
            return Err(error.clone());
        }
        if let Some(error) = world.errors.pop() {
            return Err(error);
        }
        let missing = || ApiError { service: "EKS", ..ApiError::own(ErrorKind::NotFound, call, "no such cluster") };
        let strike = world.strikes.take_due();
        let lost = || ApiError::own(ErrorKind::Connection, call, "connection reset by peer");
        struck(strike, lost, || answer(world.clusters.get_mut(cluster).ok_or_else(missing)?))
    }
}

pub(super) fn refusal(kind: ErrorKind, code: &str) -> ApiError {
    ApiError { service: KUBERNETES, code: Some(code.to_owned()), ..ApiError::own(kind, "a call", "words") }
}

#[async_trait]
impl WindowsSupportClient for Fake {
    async fn clusters(&self) -> Result<Vec<String>, ApiError> {
        Ok(self.world().clusters.keys().cloned().collect())
    }

    async fn ip_family(&self, cluster: &str) -> Result<String, ApiError> {
        self.ask("ip_family", cluster, |cluster| Ok(if cluster.ipv6 { "ipv6" } else { "ipv4" }.to_owned()))
    }

    async fn may_run_linux(&self, cluster: &str) -> Result<bool, ApiError> {
        self.ask("may_run_linux", cluster, |cluster| Ok(cluster.linux))
    }

    async fn read(&self, cluster: &str) -> Result<Option<Key>, ApiError> {
        self.ask("read", cluster, |cluster| Ok(cluster.key()))
    }

    async fn create(&self, cluster: &str, force: bool, token: &str) -> Result<(), ApiError> {
        self.ask("create", cluster, |cluster| {
            match cluster.key() {
                Some(key) if key.token.as_deref() == Some(token) => return Ok(()),
                Some(key) if key.is_on() && (key.is_ours || !force) => {
                    return Err(refusal(ErrorKind::AlreadyExists, "AlreadyExists"));
                }
                _ => {}
            }
            if cluster.owner.is_some() && !force {
                return Err(refusal(ErrorKind::Conflict, FIELD_MANAGER_CONFLICT));
            }
            (cluster.value, cluster.owner, cluster.is_ours) = (Some("true".to_owned()), None, true);
            cluster.token = Some(token.to_owned());
            Ok(())
        })
    }

    async fn complete(&self, cluster: &str) -> Result<(), ApiError> {
        self.ask("complete", cluster, |cluster| {
            (cluster.value, cluster.token, cluster.is_ours) = (Some("true".to_owned()), None, true);
            Ok(())
        })
    }

    async fn enable(&self, cluster: &str, force: bool, dry_run: bool) -> Result<(), ApiError> {
        self.ask(if dry_run { "try" } else { "enable" }, cluster, |cluster| {
            if cluster.owner.is_some() && !force {
                return Err(refusal(ErrorKind::Conflict, FIELD_MANAGER_CONFLICT));
            }
            if !dry_run {
                (cluster.value, cluster.owner, cluster.is_ours) = (Some("true".to_owned()), None, true);
            }
            Ok(())
        })
    }

    async fn disable(&self, cluster: &str) -> Result<Removal, ApiError> {
        self.ask("disable", cluster, |cluster| match cluster.declared_by {
            Some(manager) => Ok(Removal::KeptFor(vec![manager.to_owned()])),
            None => {
                (cluster.value, cluster.token, cluster.is_ours) = (None, None, false);
                Ok(Removal::Done)
            }
        })
    }
}
