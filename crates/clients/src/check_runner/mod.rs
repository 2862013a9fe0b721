//! Runs the checks of [`preflight`] and reports what they find.
//!
//! - [`runner`] reads the facts that checks need, in rounds, and evaluates the checks.
//! - [`phases`] decides what the findings stop: the plan, or the write of an apply.
//! - [`reported`] reports each cause and each missing permission once per run.
//! - [`pool`] does the same for node pools, whose checks compare the pool with the instance type offerings of the
//!   Region and with its node class.

mod fatal;
mod phases;
pub mod pool;
mod reported;
mod runner;

pub use fatal::{fatal_call_diagnostic, fatal_diagnostic, unreachable};
pub use phases::{check_before_write, check_during_plan};
pub use runner::{CheckReport, run_checks};
