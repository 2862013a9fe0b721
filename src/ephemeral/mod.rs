//! The ephemeral resources, one directory each.

pub mod cluster_token;
