//! The plan engine: computes the planned object and the replacements from the configuration, the state, and the
//! proposal of Terraform core.
//!
//! Pure functions of values and schemas. The proposal of Terraform core already merges the configuration into the prior
//! state. The engine adds defaults, equivalence, unknown computed values, and replacement, in this order.

mod forms;
mod ignored;
mod matching;
mod normal;
mod normalize;
mod replacement;
mod unknowns;
mod walk;
mod write_only;

pub(crate) use forms::{in_form_of, planned_in_form};
pub(crate) use ignored::keep_ignored;
pub use normal::normal;
pub(crate) use normal::{normal_attribute, with_zeros};
pub(crate) use normalize::{keep_equivalent, settle};
pub(crate) use replacement::{replacements, still_differs};
pub(crate) use unknowns::{Open, mark_unknown};
pub(crate) use write_only::write_only;

#[cfg(test)]
mod properties;
#[cfg(any(test, feature = "testing"))]
pub(crate) mod proposal;
#[cfg(test)]
mod tests;
