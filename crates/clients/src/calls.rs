//! For tests: records the calls of a test double, and injects faults.

use super::errors::{ApiError, ErrorKind};
use crate::strikes::{Strikes, Trouble as Strike, struck};

/// The recorded calls, and the faults to inject.
#[derive(Debug, Default)]
pub struct Calls {
    made: Vec<&'static str>,
    troubles: Vec<Trouble>,
    strikes: Strikes,
    broken: Vec<(&'static str, ApiError)>,
}

#[derive(Debug)]
struct Trouble {
    operation: &'static str,
    error: ApiError,
    /// The operation completes, and only its response is lost.
    is_after_the_work: bool,
}

impl Calls {
    /// Makes the next call of an operation fail without an effect.
    pub fn fail(&mut self, operation: &'static str, error: ApiError) {
        self.troubles.push(Trouble { operation, error, is_after_the_work: false });
    }

    /// Makes the next call of an operation complete and lose its response.
    pub fn lose_answer(&mut self, operation: &'static str) {
        let error = ApiError::own(ErrorKind::Connection, operation, "connection reset by peer");
        self.troubles.push(Trouble { operation, error, is_after_the_work: true });
    }

    /// Injects a fault at a later call of any operation, or no fault.
    pub fn strike(&mut self, strike: Option<(usize, Strike)>) {
        self.strikes.set(strike);
    }

    /// Makes every call of an operation fail without an effect.
    pub fn always_fail(&mut self, operation: &'static str, error: ApiError) {
        self.broken.push((operation, error));
    }

    /// Returns the operations called so far, in order.
    #[must_use]
    pub fn made(&self) -> &[&'static str] {
        &self.made
    }

    /// Returns the operations called since the last time, in order.
    pub fn take(&mut self) -> Vec<&'static str> {
        std::mem::take(&mut self.made)
    }

    /// Returns how many times an operation was called.
    #[must_use]
    pub fn count(&self, operation: &str) -> usize {
        self.made.iter().filter(|made| **made == operation).count()
    }

    fn trouble(&mut self, operation: &'static str) -> Option<Trouble> {
        let position = self.troubles.iter().position(|trouble| trouble.operation == operation)?;
        Some(self.troubles.remove(position))
    }
}

/// Records the call, runs the operation unless it must fail, and drops the response if it must be lost.
///
/// # Errors
/// Returns the error of the operation or of the injected fault.
pub fn call<W, T>(
    world: &mut W,
    calls: fn(&mut W) -> &mut Calls,
    operation: &'static str,
    work: impl FnOnce(&mut W) -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    calls(world).made.push(operation);
    if let Some((_, error)) = calls(world).broken.iter().find(|(broken, _)| *broken == operation) {
        return Err(error.clone());
    }
    let strike = calls(world).strikes.take_due();
    let lost = || ApiError::own(ErrorKind::Connection, operation, "connection reset by peer");
    struck(strike, lost, || troubled(world, calls, operation, work))
}

fn troubled<W, T>(
    world: &mut W,
    calls: fn(&mut W) -> &mut Calls,
    operation: &'static str,
    work: impl FnOnce(&mut W) -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    match calls(world).trouble(operation) {
        Some(trouble) if !trouble.is_after_the_work => Err(trouble.error),
        Some(trouble) => work(world).and(Err(trouble.error)),
        None => work(world),
    }
}
