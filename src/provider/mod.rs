//! The provider block, and the list of everything the provider serves.

mod registry;

pub use registry::EksCompute;
