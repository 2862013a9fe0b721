//! The managed resources, one folder a noun.

pub mod access_entry;
pub mod aws_auth;
pub mod fargate_profile;
pub mod gpu_node_class;
pub mod gpu_node_pool;
pub mod node_group;
pub mod windows_support;
