//! What would make a node group or a Fargate profile fail long after `apply` started, found while planning.
//!
//! A check is one small file in `checks/`: facts in, verdicts out. It reads nothing itself, waits for nothing and knows
//! no time. What it needs it asks of two values:
//!
//! - [`Subject`]: what is planned. `subject.role_arn.need()?` is the configured value; an input that apply decides ends
//!   the check there, and the check runs again when the input is known.
//! - [`Facts`](facts::Facts): what AWS says. `facts.role(arn)?` is `None` when there is no such role. A fact that nobody
//!   has read yet ends the check there; it is read and the check runs again from its beginning. One that may not be read
//!   ends the check, and the user is told the missing action once. So a check says only what it concludes. To ask for
//!   several facts at once, ask [`together`], which makes one round of them.
//!
//! Each constant declares the [`Effect`]s of its findings: what blocks a plan, what blocks only the write of an apply because
//! another resource of the same run can fix it first, and what only warns.
//!
//! Node classes have checks of the same make in [`class`].
//!
//! What several checks derive from both, such as the effective instance types or the way out of a subnet, is in
//! [`known`](self::known).
//!
//! To add a check: write `checks/<name>.rs` with `pub(super) const CHECK: Check` and its tests, as in
//! `checks/role_exists.rs`, and add one line to `checks/mod.rs`. A kind of fact that does not exist yet is one line and
//! a plain struct in `facts/`, and its reader in `clients/facts/`. The page of the checks in `docs/guides` is
//! generated from the constants.

pub mod check;
mod checks;
pub mod class;
mod efa;
pub mod facts;
pub mod known;
pub mod names;
pub mod network;
pub mod permissions;
pub mod policy;
pub mod pool;
pub mod reservations;
pub mod settings;
pub mod subject;
#[cfg(test)]
mod testing;
pub mod verdict;

pub use check::{Check, Examined, Outcome, check};
pub use checks::CHECKS;
pub use facts::{Skip, together};
pub use subject::{Input, Kind, Phase, Subject};
pub use verdict::{Effect, Verdict, Verdicts};
