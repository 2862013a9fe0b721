//! Helpers for tests of other crates.

pub use crate::plan::normal;
pub use crate::plan::proposal::proposed;

use crate::diagnostics::Diagnostics;
use crate::erased;
use crate::model::Model;

/// Returns the diagnostics of all checks of a configuration: the validators of the schema, and the validation of the
/// resource.
pub fn validated<M: Model>(config: &M, own: impl FnOnce(&M, &mut Diagnostics)) -> Diagnostics {
    erased::validate(&M::block(), &config.to_value(), erased::decode, own)
}
