//! Runs the checks of node pools: reads what EC2 offers, once a process, and tells the user what they found.

use std::collections::BTreeSet;

use tokio_util::sync::CancellationToken;

use super::aws::facts::{self, accelerated::AcceleratedTypes};
use super::context::Clients;
use super::errors::ApiError;
use super::preflight::{Mode, Settings, Told, diagnostic};
use crate::framework::diagnostics::Diagnostics;
use crate::preflight::facts::Unreadable;
use crate::preflight::names::ALL;
use crate::preflight::pool::{ACTIONS, POOL_CHECKS, Pool, PoolCheck, judge};

/// The checks to leave out: those of the pool and those of the provider. None if that is all of them, so that nothing needs to
/// be read.
#[must_use]
pub fn left_out(settings: &Settings, of_pool: &BTreeSet<String>) -> Option<BTreeSet<String>> {
    let skip: BTreeSet<_> = settings.skip.union(of_pool).cloned().collect();
    let some_run = settings.mode != Mode::Off && !skip.contains(ALL) && enabled(&skip).next().is_some();
    some_run.then_some(skip)
}

/// Runs the checks of a pool but for those [`left_out`], and tells what was found, with what may not be read told once a
/// process. Whoever is interrupted is told nothing.
pub async fn report(
    clients: &Clients,
    region: &str,
    pool: &Pool,
    skip: &BTreeSet<String>,
    cancellation: &CancellationToken,
) -> Diagnostics {
    let mode = clients.preflight().mode;
    let types = AcceleratedTypes::shared(clients, Some(region));
    let mut diagnostics = Diagnostics::new();
    match cancellation.run_until_cancelled(types.offers()).await {
        Some(Ok(offers)) => {
            let verdicts = judge(pool, &offers, skip).into_iter();
            diagnostics.extend(verdicts.map(|verdict| diagnostic(verdict, mode)).collect());
        }
        Some(Err(error)) => diagnostics.extend(clients.facts().of::<Told>().unread(&unreadable(&error, skip))),
        None => {}
    }
    diagnostics
}

fn enabled(skip: &BTreeSet<String>) -> impl Iterator<Item = &'static PoolCheck> {
    POOL_CHECKS.iter().copied().filter(|check| !skip.contains(check.name))
}

/// The checks that have nothing to look at, each with the reason.
fn unreadable(error: &ApiError, skip: &BTreeSet<String>) -> Vec<(&'static str, Unreadable)> {
    let action = ACTIONS.into_iter().find(|action| action.ends_with(&format!(":{}", error.operation)));
    let why = facts::unreadable(action.unwrap_or(ACTIONS[0]), error);
    enabled(skip).map(|check| (check.name, why.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clients::errors::ErrorKind;
    use crate::preflight::facts::Cause;

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
            let found = unreadable(&denied, &BTreeSet::new());
            assert!(found.len() > 3 && found.iter().all(|(_, why)| why.action == action), "{found:?}");
            assert!(found.iter().all(|(_, why)| why.cause == Cause::Denied));
        }
        let skip = ["pool_limits".to_owned()].into();
        let found = unreadable(&ApiError::own(ErrorKind::Server, "DescribeInstanceTypes", "no"), &skip);
        assert!(found.iter().all(|(check, why)| *check != "pool_limits" && why.cause == Cause::Failed));
    }
}
