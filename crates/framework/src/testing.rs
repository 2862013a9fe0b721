//! What tests of other crates need.

pub use crate::plan::normal;
pub use crate::plan::proposal::proposed;

use crate::diagnostics::Diagnostics;
use crate::erased;
use crate::model::Model;

/// The diagnostics of all checks of a configuration: of the schema, and of the resource.
pub fn validated<M: Model>(config: &M, own: impl FnOnce(&M, &mut Diagnostics)) -> Diagnostics {
    erased::validate(&M::block(), &config.to_value(), erased::decode, own)
}
