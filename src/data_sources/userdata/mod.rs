//! `ekscompute_userdata`: the user data that joins a node to its cluster.

pub mod aws;
pub mod client;
mod data_source;
#[cfg(test)]
mod fake;
mod inputs;
pub mod model;
mod outputs;
mod validators;

pub use data_source::{Connect, UserdataDataSource};
