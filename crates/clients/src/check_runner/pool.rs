//! Runs the checks of node pools, which compare a pool with what EC2 offers and with its node class.

use std::collections::BTreeSet;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::CheckReport;
use super::phases::{before_write, during_plan};
use super::reported::ReportedOnce;
use super::runner::Checks;
use crate::context::Clients;
use crate::errors::ApiError;
use crate::facts::{self, accelerated::AcceleratedTypes};
use framework::diagnostics::Diagnostics;
use preflight::Effect;
use preflight::check::Label;
use preflight::facts::Cause;
use preflight::names::ALL;
use preflight::pool::{ACTIONS, POOL_CHECKS, Pool, PoolCheck, judge};
use preflight::settings::{Mode, Settings};

/// Returns the checks to skip: those of the pool and those of the provider. None if that is all of them, so that nothing needs
/// to be read.
#[must_use]
pub fn left_out(settings: &Settings, of_pool: &BTreeSet<String>) -> Option<BTreeSet<String>> {
    let skip: BTreeSet<_> = settings.skip.union(of_pool).cloned().collect();
    let some_run = settings.mode != Mode::Off && !skip.contains(ALL) && enabled(&skip).next().is_some();
    some_run.then_some(skip)
}

/// Adds to the checks to skip those that cannot stop a write. None if no check is left.
#[must_use]
pub fn left_out_before_write(settings: &Settings, of_pool: &BTreeSet<String>) -> Option<BTreeSet<String>> {
    let warning_only = POOL_CHECKS.iter().filter(|check| !check.effects.contains(&Effect::BlocksApply));
    let mut skip = of_pool.clone();
    skip.extend(warning_only.map(|check| check.name.to_owned()));
    left_out(settings, &skip).filter(|_| settings.mode.checks_before_write())
}

/// Reads a pool as it is now, together with its node class.
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

/// What to check, and where.
pub struct PoolTarget<'t> {
    /// The region of the cluster.
    pub region: &'t str,
    /// The pool.
    pub pool: &'t dyn ReadPool,
    /// Names the pool in a message about another one.
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
    let mut checks = PoolChecks { clients, target };
    during_plan(&mut checks, clients.preflight().mode, &clients.facts().of::<ReportedOnce>(), cancellation).await
}

/// Runs the checks of a pool that is about to be written, as far as they find what another resource could have fixed.
///
/// # Errors
/// Returns an error if a cause persists, or if the run is interrupted meanwhile. Offers that cannot be read are none.
pub async fn check_before_write(
    clients: &Clients,
    target: PoolTarget<'_>,
    cancellation: &CancellationToken,
) -> Result<(), Diagnostics> {
    let mut checks = PoolChecks { clients, target };
    before_write(&mut checks, &clients.facts().of::<ReportedOnce>(), cancellation).await
}

struct PoolChecks<'c> {
    clients: &'c Clients,
    target: PoolTarget<'c>,
}

#[async_trait]
impl Checks for PoolChecks<'_> {
    fn label(&self) -> Label {
        self.target.label.clone()
    }

    async fn run(&mut self) -> CheckReport {
        let PoolTarget { region, pool, skip, .. } = &self.target;
        // Offers do not change during a run.
        let types = AcceleratedTypes::shared(self.clients, Some(region));
        match types.offers().await {
            Ok(offers) => CheckReport { verdicts: judge(&pool.read().await, &offers, skip), ..CheckReport::default() },
            Err(error) => unreadable(&error, skip),
        }
    }

    async fn rerun(&mut self) -> Option<CheckReport> {
        Some(self.run().await)
    }
}

fn enabled(skip: &BTreeSet<String>) -> impl Iterator<Item = &'static PoolCheck> {
    POOL_CHECKS.iter().copied().filter(|check| !skip.contains(check.name))
}

/// The checks that cannot run, each with the reason.
fn unreadable(error: &ApiError, skip: &BTreeSet<String>) -> CheckReport {
    let action = ACTIONS.into_iter().find(|action| action.ends_with(&format!(":{}", error.operation)));
    let why = facts::unreadable(action.unwrap_or(ACTIONS[0]), error);
    let to_allow = if why.cause == Cause::Denied { ACTIONS.into() } else { BTreeSet::new() };
    let unread = enabled(skip).map(|check| (check.name, why.clone())).collect();
    CheckReport { unread, to_allow, ..CheckReport::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errors::ErrorKind;

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
}
