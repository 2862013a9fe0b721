//! What tests of other crates need.

pub use crate::plan::normal;
pub use crate::plan::proposal::proposed;

use crate::diagnostics::Diagnostics;
use crate::erased;
use crate::model::Model;

/// What all checks of a configuration find: those of the schema, and the author's own.
pub fn validated<M: Model>(config: &M, own: impl FnOnce(&M, &mut Diagnostics)) -> Diagnostics {
    erased::validate(&M::block(), &config.to_value(), own)
}
