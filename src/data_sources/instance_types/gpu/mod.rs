//! Instance types with GPUs and, if configured, with other accelerators.

mod filter;
mod model;
mod outputs;

pub use model::{GpuInstanceType, GpuInstanceTypes};

#[cfg(test)]
mod tests;
