//! `ekscompute_gpu_instance_types`: the instance types with GPUs of a region.

pub mod aws;
pub mod client;
mod data_source;
#[cfg(test)]
mod fake;
mod filter;
pub mod model;
mod outputs;

pub use data_source::{Connect, GpuInstanceTypesDataSource};
