//! Runs the checks of [`preflight`] and reports what they find.
//!
//! - [`runner`] reads the facts that checks need, in rounds, and evaluates the checks.
//! - [`phases`] decides what the findings stop: the plan, or the write of an apply.
//! - [`reported`] reports each cause and each missing permission once per run.
//! - [`pool`] does the same for node pools, whose checks need no facts of an account.

mod fatal;
mod phases;
pub mod pool;
mod reported;
mod runner;

use std::collections::BTreeSet;

use preflight::names::ALL;
use preflight::{Check, Effect, Examined};

pub use fatal::{fatal_diagnostic, hopeless_call, unreachable};
pub use phases::{check_before_write, check_during_plan};
pub use runner::{CheckReport, ReadFacts, run_checks};

/// What findings stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Errors that no run can fix stop the plan. The others are warnings there, and stop apply before the first write.
    #[default]
    Error,
    /// Every error stops the plan.
    Strict,
    /// Every error is a warning, and nothing stops.
    Warn,
    /// No checks run and no facts are read.
    Off,
}

impl Mode {
    /// Whether a finding with this effect stops a plan.
    fn stops_plan(self, effect: Effect) -> bool {
        match (self, effect) {
            (Self::Error, Effect::BlocksPlan) | (Self::Strict, Effect::BlocksPlan | Effect::BlocksApply) => true,
            (Self::Error, Effect::BlocksApply | Effect::Warns)
            | (Self::Strict, Effect::Warns)
            | (Self::Warn | Self::Off, _) => false,
        }
    }

    /// Whether checks run again before the first write of an apply.
    fn checks_before_write(self) -> bool {
        match self {
            Self::Error | Self::Strict => true,
            Self::Warn | Self::Off => false,
        }
    }
}

/// The provider's `preflight` block.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// What findings stop.
    pub mode: Mode,
    /// Names of checks that do not run for any resource.
    pub skip: BTreeSet<String>,
}

/// Returns the checks of a subject that are not skipped.
#[must_use]
pub fn enabled<S: Examined>(subject: &S, settings: &Settings, skip: &BTreeSet<String>) -> Vec<&'static Check<S>> {
    let skipped = |name: &str| settings.skip.contains(name) || skip.contains(name);
    if settings.mode == Mode::Off || skipped(ALL) {
        return Vec::new();
    }
    S::checks().iter().copied().filter(|check| check.applies(subject) && !skipped(check.name)).collect()
}
