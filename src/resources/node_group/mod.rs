//! `ekscompute_node_group`: an EKS managed node group. Its id is `cluster_name:node_group_name`.

pub mod ami_types;
pub mod aws;
pub mod client;
#[cfg(test)]
mod fake;
mod health;
