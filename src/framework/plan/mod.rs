//! The plan engine: from configuration, state and core's proposal to a planned object and what must be replaced.
//!
//! Pure functions over values and schemas. Core's own proposal already lays configuration over the prior state;
//! this adds defaults, equivalence, unknown computed values and replacement, in that order.

mod ignored;
mod matching;
mod replacement;
mod settle;
mod unknowns;
mod walk;
mod write_only;

pub(crate) use ignored::keep_ignored;
pub(crate) use replacement::{replacements, still_differs};
pub(crate) use settle::{keep_equivalent, settle};
pub(crate) use unknowns::mark_unknown;
pub(crate) use write_only::write_only;

#[cfg(test)]
mod properties;
#[cfg(test)]
pub(crate) mod proposal;
#[cfg(test)]
mod tests;
