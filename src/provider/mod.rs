//! The provider block, its conversion to clients, and the registry.

mod configure;
pub mod kubernetes;
mod model;
mod registry;
mod settings;
mod validate;
mod validators;

pub use registry::EksCompute;

#[cfg(test)]
mod misspelling_tests;
#[cfg(test)]
mod null_tests;
#[cfg(test)]
mod plan_tests;
#[cfg(test)]
mod tests;
