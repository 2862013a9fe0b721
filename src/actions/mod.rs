//! The actions, one directory each. Terraform 1.14 and later runs them on request or after changes of resources.

pub mod drain_nodes;
pub mod roll_node_group;
