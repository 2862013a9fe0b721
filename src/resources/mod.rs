//! The managed resources, one folder a noun.

pub mod node_group;
