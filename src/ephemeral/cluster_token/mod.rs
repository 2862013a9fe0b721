//! `ekscompute_cluster_token`: a bearer token for a cluster, and its endpoint and CA certificates. Calls
//! `eks:DescribeCluster`. Generating the token does not require an API call.

pub mod aws;
pub mod client;
mod open;
#[cfg(test)]
mod tests;

pub use open::{ClusterTokenEphemeral, ClusterTokenModel, Connect};
