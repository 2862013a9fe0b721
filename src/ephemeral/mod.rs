//! The provider's ephemeral resources, one folder each.

pub mod cluster_token;
