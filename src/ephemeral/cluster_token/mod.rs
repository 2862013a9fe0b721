//! `ekscompute_cluster_token`: a bearer token for a cluster, with what else is needed to reach it. Calls
//! `eks:DescribeCluster`; the token itself is made without a call.

pub mod aws;
pub mod client;
mod open;
#[cfg(test)]
mod tests;

pub use open::{ClusterTokenEphemeral, ClusterTokenModel, Connect};
