//! The managed resources, one directory each.

pub mod access_entry;
pub mod aws_auth;
pub mod fargate_profile;
pub mod node_class;
pub mod node_group;
pub mod node_pool;
pub mod windows_support;
