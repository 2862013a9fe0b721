//! What tests of other crates need.

pub use crate::plan::normal;
pub use crate::plan::proposal::proposed;
