//! Checks at plan time for problems that would make a node group or a Fargate profile fail long after `apply` started.
//!
//! Each check is a pure function from facts to findings, in its own file under `checks/`. It performs no I/O and does
//! not read the clock. It uses two values:
//!
//! - [`Subject`]: the plan. `subject.role_arn.need()?` is the configured value. If an input is known only after apply,
//!   the check ends there, and it runs again when the input is known.
//! - [`Facts`](facts::Facts): the state of AWS. `facts.role(arn)?` is `None` if the role does not exist. If a fact has
//!   not been read yet, the check ends there; the fact is read, and the check runs again from the beginning. If the
//!   caller is not allowed to read a fact, the check ends, and the missing action is reported once. A check therefore
//!   contains only its conclusions. To request several facts in one round, use [`together`].
//!
//! Each constant declares the [`Effect`]s of its findings: what blocks a plan, what blocks only the write of an apply
//! because another resource of the same run can fix it first, and what only warns.
//!
//! The checks of node classes in [`class`] work the same way.
//!
//! Values that several checks derive from both, such as the effective instance types or the outbound route of a subnet,
//! are in [`derived`].
//!
//! To add a check, write `checks/<name>.rs` with `pub(super) const CHECK: Check` and its tests, as in
//! `checks/role_exists.rs`, and add one line to `checks/mod.rs`. A new kind of fact is one line and a plain struct in
//! `facts/`, and a reader in `clients/facts/`. The page of the checks in `docs/guides` is generated from the constants.

pub mod check;
mod checks;
pub mod class;
pub mod derived;
pub mod drain;
mod efa;
pub mod facts;
pub mod finding;
pub mod names;
pub mod network;
pub mod node_log;
pub mod permissions;
pub mod policy;
pub mod pool;
pub mod reservations;
pub mod settings;
pub mod subject;
#[cfg(test)]
mod testing;

pub use check::{Check, CheckTarget, Outcome, check};
pub use checks::CHECKS;
pub use facts::{Skip, together};
pub use finding::{CheckFinding, CheckFindings, Effect};
pub use subject::{Input, Kind, Phase, Subject};
