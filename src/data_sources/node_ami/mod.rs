//! `ekscompute_node_ami`: the AMI of an AMI type.

pub mod aws;
pub mod client;
mod data_source;
#[cfg(test)]
mod fake;
pub mod model;

pub use data_source::{Connect, NodeAmiDataSource};
