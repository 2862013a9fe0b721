//! The checks that run, and the effects of their findings.

use std::collections::BTreeSet;

use super::check::{Check, CheckTarget};
use super::finding::Effect;
use super::names::ALL;

/// The effect of findings.
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
    /// Returns whether a finding with this effect stops a plan.
    #[must_use]
    pub fn stops_plan(self, effect: Effect) -> bool {
        match (self, effect) {
            (Self::Error, Effect::BlocksPlan) | (Self::Strict, Effect::BlocksPlan | Effect::BlocksApply) => true,
            (Self::Error, Effect::BlocksApply | Effect::Warns)
            | (Self::Strict, Effect::Warns)
            | (Self::Warn | Self::Off, _) => false,
        }
    }

    /// Returns whether checks run again before the first write of an apply.
    #[must_use]
    pub fn checks_before_write(self) -> bool {
        match self {
            Self::Error | Self::Strict => true,
            Self::Warn | Self::Off => false,
        }
    }
}

/// The provider's `preflight` block.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// The effect of findings.
    pub mode: Mode,
    /// Names of checks that do not run for any resource.
    pub skip: BTreeSet<String>,
}

/// Returns the checks of a subject that are not skipped.
#[must_use]
pub fn enabled<S: CheckTarget>(subject: &S, settings: &Settings, skip: &BTreeSet<String>) -> Vec<&'static Check<S>> {
    let skipped = |name: &str| settings.skip.contains(name) || skip.contains(name);
    if settings.mode == Mode::Off || skipped(ALL) {
        return Vec::new();
    }
    S::checks().iter().copied().filter(|check| check.applies(subject) && !skipped(check.name)).collect()
}
