//! `ekscompute_gpu_instance_types` and `ekscompute_neuron_instance_types`: the instance types of a Region with GPUs or
//! Neuron devices.

pub mod aws;
pub mod client;
mod data_source;
#[cfg(test)]
mod fake;
mod filter;
pub mod gpu;
pub mod neuron;
mod outputs;
mod shared;

pub use data_source::{Connect, InstanceTypesDataSource};
pub use gpu::GpuInstanceTypes;
pub use neuron::NeuronInstanceTypes;
