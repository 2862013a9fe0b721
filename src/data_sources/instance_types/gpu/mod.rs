//! Instance types with GPUs, and on request with other accelerators.

mod filter;
mod model;
mod outputs;

pub use model::{GpuInstanceType, GpuInstanceTypes};

#[cfg(test)]
mod tests;
