//! `ekscompute_node_group`: an EKS managed node group. Its id is `cluster_name:node_group_name`.

pub mod client;
