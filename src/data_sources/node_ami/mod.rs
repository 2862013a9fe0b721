//! `ekscompute_node_ami`: which AMI nodes of an AMI type have.

pub mod aws;
pub mod client;
mod data_source;
#[cfg(test)]
mod fake;
pub mod model;

pub use data_source::{Connect, NodeAmiDataSource};
