//! Runs the checks of node pools, which compare a pool with the EC2 instance type offerings and with its node class.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::CheckReport;
use super::phases::{before_write, during_plan};
use super::reported::ReportedOnce;
use super::runner::Checks;
use crate::context::Clients;
use crate::errors::ApiError;
use crate::facts::{self, AwsFacts, ReadFacts, accelerated::AcceleratedTypes};
use crate::kube::{KubernetesApi, NodeClassRef};
use framework::diagnostics::Diagnostics;
use preflight::Effect;
use preflight::check::Label;
use preflight::facts::{Cause, Fact, Family};
use preflight::names::ALL;
use preflight::pool::{ACTIONS, Class, POOL_CHECKS, Pool, PoolCheck, judge};
use preflight::settings::{Mode, Settings};

/// Returns the checks that the pool or the provider configuration skips, or `None` if all checks are skipped, so that
/// nothing needs to be read.
#[must_use]
pub fn left_out(settings: &Settings, of_pool: &BTreeSet<String>) -> Option<BTreeSet<String>> {
    let skip: BTreeSet<_> = settings.skip.union(of_pool).cloned().collect();
    let some_run = settings.mode != Mode::Off && !skip.contains(ALL) && enabled(&skip).next().is_some();
    some_run.then_some(skip)
}

/// Adds the checks that cannot stop a write to the checks to skip. Returns `None` if no check remains.
#[must_use]
pub fn checks_skipped_before_write(settings: &Settings, of_pool: &BTreeSet<String>) -> Option<BTreeSet<String>> {
    let warning_only = POOL_CHECKS.iter().filter(|check| !check.effects.contains(&Effect::BlocksApply));
    let mut skip = of_pool.clone();
    skip.extend(warning_only.map(|check| check.name.to_owned()));
    left_out(settings, &skip).filter(|_| settings.mode.checks_before_write())
}

/// Reads the current state of a pool, together with its node class.
#[async_trait]
pub trait ReadPool: Send + Sync {
    /// Returns the pool.
    async fn read(&self) -> Pool;
}

/// A pool that was read before.
#[async_trait]
impl ReadPool for Pool {
    async fn read(&self) -> Pool {
        self.clone()
    }
}

/// A pool to check.
pub struct PoolTarget<'t> {
    /// The Region of the cluster.
    pub region: &'t str,
    /// The pool.
    pub pool: &'t dyn ReadPool,
    /// The label of the pool in messages about other pools.
    pub label: Label,
    /// The checks to skip.
    pub skip: &'t BTreeSet<String>,
}

/// Runs the checks of a planned pool and reports what they find. An interrupted run reports nothing.
pub async fn check_during_plan(
    clients: &Clients,
    target: PoolTarget<'_>,
    cancellation: &CancellationToken,
) -> Diagnostics {
    let mut checks = PoolChecks::new(clients, target);
    during_plan(&mut checks, clients.preflight().mode, &clients.facts().of::<ReportedOnce>(), cancellation).await
}

/// Runs the checks of a pool before it is written, if another resource can fix their findings.
///
/// # Errors
/// Returns an error if a cause persists, or if the run is interrupted. If the offerings cannot be read, they are
/// treated as empty.
pub async fn check_before_write(
    clients: &Clients,
    target: PoolTarget<'_>,
    cancellation: &CancellationToken,
) -> Result<(), Diagnostics> {
    let mut checks = PoolChecks::new(clients, target);
    before_write(&mut checks, &clients.facts().of::<ReportedOnce>(), cancellation).await
}

/// The result of reading the node class of a pool.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FoundClass {
    class: Option<Class>,
    missing: Option<String>,
}

impl FoundClass {
    /// Reads the node class. A class that a resource of the run is planned to create, is being deleted, or cannot be
    /// read is unknown.
    pub async fn read(cluster: &dyn KubernetesApi, class: &NodeClassRef, is_planned: bool) -> Self {
        let object = &class.object;
        match class.get(cluster).await {
            Ok(Some(live)) if live["metadata"]["deletionTimestamp"].is_null() => {
                Self { class: Some(Class::parse(&object.name, &live)), missing: None }
            }
            Ok(None) if !is_planned => {
                Self { class: None, missing: Some(format!("{} {}", object.kind.kind, object.name)) }
            }
            Ok(_) => Self::default(),
            Err(error) => {
                tracing::debug!(%error, "unable to read {object}, skipping its checks");
                Self::default()
            }
        }
    }

    /// Adds the node class to the facts about a pool.
    #[must_use]
    pub fn of(self, pool: Pool) -> Pool {
        Pool { class: self.class, missing_class: self.missing, ..pool }
    }
}

struct PoolChecks<'c> {
    clients: &'c Clients,
    target: PoolTarget<'c>,
    reader: Arc<AwsFacts>,
}

impl<'c> PoolChecks<'c> {
    fn new(clients: &'c Clients, target: PoolTarget<'c>) -> Self {
        Self { reader: facts::facts(clients, target.region), clients, target }
    }

    /// Reads the pool, and the facts that its checks evaluate.
    async fn pool(&self, report: &mut CheckReport) -> Pool {
        let skip = self.target.skip;
        let mut pool = self.target.pool.read().await;
        let asks = pool.asks(skip);
        if !asks.is_empty() {
            let facts = self.reader.read(asks).await;
            facts.iter().for_each(|fact| not_read(fact, skip, report));
            pool.learn(&facts);
        }
        pool
    }
}

#[async_trait]
impl Checks for PoolChecks<'_> {
    fn label(&self) -> Label {
        self.target.label.clone()
    }

    async fn run(&mut self) -> CheckReport {
        let PoolTarget { region, skip, .. } = &self.target;
        // The offerings do not change during a run.
        let types = AcceleratedTypes::shared(self.clients, Some(region));
        let mut report = CheckReport::default();
        let pool = self.pool(&mut report).await;
        let offers = if pool.is_for_accelerators { types.offers().await } else { types.all_offers().await };
        let (offers, unread) = match offers {
            Ok(offers) => (offers, CheckReport::default()),
            Err(error) => (Arc::default(), unreadable(&error, skip)),
        };
        let mut skip = (*skip).clone();
        skip.extend(unread.unread.iter().map(|(check, _)| (*check).to_owned()));
        report.unread.extend(unread.unread);
        report.to_allow.extend(unread.to_allow);
        report.verdicts = judge(&pool, &offers, &skip);
        report
    }

    async fn rerun(&mut self) -> Option<CheckReport> {
        // The pool and its node class are always read.
        if let Some(newer) = facts::renewed(self.clients, self.target.region, &self.reader) {
            self.reader = newer;
        }
        Some(self.run().await)
    }
}

fn enabled(skip: &BTreeSet<String>) -> impl Iterator<Item = &'static PoolCheck> {
    POOL_CHECKS.iter().copied().filter(|check| !skip.contains(check.name))
}

/// Records the checks that cannot evaluate a fact, with the reason.
fn not_read(fact: &Fact, skip: &BTreeSet<String>, report: &mut CheckReport) {
    let Some(why) = fact.why_unreadable() else { return };
    let family: Family = fact.ask().family();
    let checks = enabled(skip).filter(|check| check.reads.contains(&family));
    report.unread.extend(checks.map(|check| (check.name, why.clone())));
    if why.cause == Cause::Denied {
        report.to_allow.extend(family.actions());
    }
}

/// Returns the checks that cannot run without the offerings, each with the reason.
fn unreadable(error: &ApiError, skip: &BTreeSet<String>) -> CheckReport {
    let action = ACTIONS.into_iter().find(|action| action.ends_with(&format!(":{}", error.operation)));
    let why = facts::unreadable(action.unwrap_or(ACTIONS[0]), error);
    let to_allow = if why.cause == Cause::Denied { ACTIONS.into() } else { BTreeSet::new() };
    let checks = enabled(skip).filter(|check| check.offers);
    let unread = checks.map(|check| (check.name, why.clone())).collect();
    CheckReport { unread, to_allow, ..CheckReport::default() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::errors::ErrorKind;
    use crate::kube::NO_SUCH_KIND;
    use crate::kube::fake::{Fake, refusal};
    use preflight::facts::{FactResult, Unreadable};
    use render::karpenter::controller::Controller;

    #[test]
    fn nothing_is_read_when_nothing_is_checked() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let all: Vec<_> = POOL_CHECKS.iter().map(|check| check.name).collect();
        let without = |skip: &[&str]| Settings { skip: names(skip), ..Settings::default() };
        assert_eq!(left_out(&without(&["pool_limits"]), &names(&["pool_min_values"])).map(|skip| skip.len()), Some(2));
        assert_eq!(left_out(&without(&[]), &names(&[ALL])), None);
        assert_eq!(left_out(&without(&all[1..]), &names(&all[..1])), None);
        assert_eq!(left_out(&Settings { mode: Mode::Off, ..Settings::default() }, &names(&[])), None);
    }

    #[test]
    fn action_of_what_was_refused_is_named() {
        for (operation, action) in [
            ("DescribeInstanceTypes", "ec2:DescribeInstanceTypes"),
            ("DescribeInstanceTypeOfferings", "ec2:DescribeInstanceTypeOfferings"),
            ("DescribeAvailabilityZones", "ec2:DescribeAvailabilityZones"),
        ] {
            let denied = ApiError::own(ErrorKind::Denied, operation, "no");
            let denied = ApiError { code: Some("UnauthorizedOperation".to_owned()), ..denied };
            let found = unreadable(&denied, &BTreeSet::new()).unread;
            assert!(found.len() > 3 && found.iter().all(|(_, why)| why.action == action), "{found:?}");
            assert!(found.iter().all(|(_, why)| why.cause == Cause::Denied));
        }
        let skip = ["pool_limits".to_owned()].into();
        let found = unreadable(&ApiError::own(ErrorKind::Server, "DescribeInstanceTypes", "no"), &skip).unread;
        assert!(found.iter().all(|(check, why)| *check != "pool_limits" && why.cause == Cause::Failed));
    }

    #[test]
    fn unreadable_fact_skips_its_checks_only() {
        let why = Unreadable { action: "ec2:DescribeSecurityGroups", cause: Cause::Denied, message: "no".to_owned() };
        let fact = Fact::SecurityGroup("sg-1".to_owned(), FactResult::Unreadable(why.clone()));
        let mut report = CheckReport::default();
        not_read(&fact, &BTreeSet::new(), &mut report);
        assert_eq!(report.unread, [("pool_efa_security_groups", why)]);
        assert_eq!(report.to_allow, ["ec2:DescribeSecurityGroups"].into());
    }

    #[tokio::test]
    async fn missing_node_class_is_told_from_an_unknown_one() {
        let class = NodeClassRef::new(Controller::Karpenter, "us-east-1", "demo", "gpu");
        let fake = Fake::default();
        let read = async |is_planned| FoundClass::read(&fake, &class, is_planned).await;
        let missing = FoundClass { class: None, missing: Some("EC2NodeClass gpu".to_owned()) };
        assert_eq!(read(false).await, missing);
        assert_eq!(read(true).await, FoundClass::default(), "the same run creates it");
        for error in [
            ApiError { service: "EKS", ..refusal(ErrorKind::NotFound, "ResourceNotFoundException") },
            refusal(ErrorKind::Other, NO_SUCH_KIND),
            refusal(ErrorKind::Denied, "Forbidden"),
        ] {
            fake.world().errors.push_back(("GET", error));
            assert_eq!(read(false).await, FoundClass::default());
        }
        fake.put(&class.object, "helm", "Apply", json!({"spec": {"amiFamily": "AL2023"}}));
        assert_eq!(read(false).await.class.map(|class| class.name), Some("gpu".to_owned()));
        let leaving =
            json!({"deletionTimestamp": "2026-11-30T00:00:00Z", "finalizers": ["karpenter.k8s.aws/termination"]});
        fake.put(&class.object, "helm", "Apply", json!({"metadata": leaving}));
        assert_eq!(read(false).await, FoundClass::default());
    }
}
